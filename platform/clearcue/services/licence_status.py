"""A licence's signed status: fresh evidence that it is in force, or that it is not."""

from datetime import timedelta

from clearcue.services.licences import ShownLicence
from clearcue.services.platform import Platform
from clearcue.services.publishing import publish
from clearcue_provenance import envelope, predicates, statement
from clearcue_provenance.canonical import encode_base64
from clearcue_provenance.shape import format_time
from clearcue_provenance.statement import Subject

FRESH = timedelta(hours=24)
"""How long a status is good for."""
STATES = {
    "active": "in force",
    "issued": "not yet in force",
    "expired": "expired",
    "revoked": "revoked",
    "superseded": "superseded",
}


def signed_status(platform: Platform, shown: ShownLicence) -> bytes:
    """The signed status of a licence at this moment; it names no licensee.

    Raises:
        ClearcueError: when the log or the keys cannot be used.
    """
    head = publish(platform)
    now = platform.clock.now()
    digest = shown.licence.envelope_sha256
    predicate = {
        "licence": {"sha256": digest},
        "state": STATES[shown.state],
        "end": None if shown.end is None else {"sha256": shown.end.digest},
        "log": {
            "origin": head.origin,
            "size": head.size,
            "root": encode_base64(head.root),
        },
        "stated_at": format_time(now),
        "fresh_until": format_time(now + FRESH),
    }
    payload = statement.encode(
        [Subject(predicates.LICENCE_NAME, digest)], predicates.STATUS, predicate
    )
    return envelope.sign(payload, platform.keyring.records())
