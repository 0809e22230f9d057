"""What a verified statement says, as plain values and as words, for reports.

Nothing here checks anything: the callers pass statements that have passed.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from clearcue_provenance import authorship, bundle, predicates, shape, statement


def signed_at(stated: statement.Statement) -> str:
    """The time that a statement states for its own making."""
    return predicates.signed_at(stated.predicate_type, stated.predicate)


def track_facts(parsed: bundle.Bundle, stated: statement.Statement) -> dict[str, Any]:
    """Which track a generation statement speaks of, what was asked for, and where it is logged."""
    definition, details = stated.predicate["buildDefinition"], stated.predicate["runDetails"]
    brief = definition["externalParameters"]
    return {
        "track_id": details["metadata"]["invocationId"],
        "record_digest": parsed.digest,
        "made_at": signed_at(stated),
        **{name: brief[name] for name in ("mood", "usage", "seconds", "style", "seed", "attempt")},
        "originality": stated.predicate["originality"]["verdict"],
        "log_index": parsed.index,
        "log_origin": parsed.checkpoint.origin,
    }


def licence_facts(stated: statement.Statement, digest: str, now: datetime) -> dict[str, Any]:
    """What a licence grants to whom, and whether its period runs at this time.

    `digest` is the sha256 of its envelope.
    """
    predicate = stated.predicate
    grant = predicate["grant"]
    state = "in force"
    if now < shape.parse_time(grant["start"]):
        state = "not yet in force"
    elif grant["end"] is not None and now >= shape.parse_time(grant["end"]):
        state = "expired"
    return {
        "licence_id": predicate["licence_id"],
        "licensee": predicate["licensee"]["name"],
        "template": f"{predicate['template']['id']} {predicate['template']['version']}",
        "media": list(grant["media"]),
        "territory": list(grant["territory"]),
        "start": grant["start"],
        "end": grant["end"],
        "state": state,
        "digest": digest,
    }


def end_facts(stated: statement.Statement) -> dict[str, Any]:
    """How, when and why a licence ended before its term."""
    said = stated.predicate
    return {
        "state": said["state"],
        "ended": {
            "at": said["ended_at"],
            "reason": said["reason"],
            "note": said["note"],
            "successor": said["successor"]["sha256"] if said["successor"] else None,
        },
    }


def end_words(facts: Mapping[str, Any]) -> str:
    """A licence's end as one line."""
    ended = facts["ended"]
    words = f"{facts['licence_id']} was {facts['state'].upper()} at {ended['at']}"
    if ended["successor"]:
        return f"{words} by the licence whose envelope is {ended['successor']}"
    return f"{words}, for the reason {ended['reason']}" + (
        f": {ended['note']}" if ended["note"] else ""
    )


def authorship_facts(stated: statement.Statement) -> dict[str, Any]:
    """Who or what made each element, also in words."""
    said = stated.predicate
    return {
        **{name: said[name] for name in ("elements", "persons", "ai", "stated_at")},
        "acts": len(said["acts"]),
        "in_words": list(authorship.in_words(said)),
    }


def licence_words(facts: Mapping[str, Any]) -> str:
    """A licence's facts as one line."""
    period = f"from {facts['start']}" + (f" until {facts['end']}" if facts["end"] else "")
    state = {
        "in force": "its period runs now",
        "expired": f"EXPIRED at {facts['end']}",
        "not yet in force": f"NOT YET IN FORCE, starts at {facts['start']}",
    }[facts["state"]]
    return f"{facts['licence_id']}, granted to {facts['licensee']}, {period}: {state}"
