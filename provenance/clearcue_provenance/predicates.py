"""What each kind of statement must say. Specified in docs/formats/, one page a predicate.

Each predicate type is named by a URI of its own: generation (how a track was made), authorship (who
or what made each element, by what acts), delivery (the files that were written), licence (what was
granted to whom), licence end (that it was revoked or superseded), training set (which works a model
learnt from) and withdrawal (which work must not be learnt from any more). A predicate is open, but
for authorship: fields may be added under the same type, and an older reader ignores those; a field
named here never changes meaning.
"""

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from clearcue_provenance import authorship, shape
from clearcue_provenance.errors import StatementError

GENERATION = "urn:clearcue:predicate:generation:v1"
AUTHORSHIP = "urn:clearcue:predicate:authorship:v1"
DELIVERY = "urn:clearcue:predicate:delivery:v1"
LICENCE = "urn:clearcue:predicate:licence:v1"
LICENCE_END = "urn:clearcue:predicate:licence-end:v1"
STATUS = "urn:clearcue:predicate:status:v1"
TRAINING_SET = "urn:clearcue:predicate:training-set:v1"
WITHDRAWAL = "urn:clearcue:predicate:withdrawal:v1"

BUILD_TYPE = "urn:clearcue:build:track:v1"
BUILDER_ID = "urn:clearcue:builder:engine"
RECORD_NAME = "record.json"
"""The name under which the subject of a licence or an authorship points at the record."""
TRAINING_SET_NAME = "training-set"
"""The name of a training set's subject; its digest is the Merkle root over the set."""
LICENCE_NAME = "licence"
"""The name of a licence end's subject: the licence's envelope."""
LICENCE_ENDS = ("revoked", "superseded")
LICENCE_STATES = ("in force", "not yet in force", "expired", *LICENCE_ENDS)
"""What ends a licence before its term."""
WORK_NAME = "work"
"""The name of a withdrawal's subject: the withdrawn work's file."""
ELEMENTS = authorship.ELEMENTS
"""What the authorship block says a maker for."""
MAKERS = ("human", "machine")
MAX_FILES = 4096
MAX_REASON = 2000
"""Characters in the reason for a withdrawal, and in the note of a licence's end."""

_NAME = shape.text(512)
_FILE_NAME = re.compile(r"(?!/)(?!(?:.*/)?\.{1,2}(?:/|$))[^\\\x00-\x1f]{1,512}(?<!/)")
_NONCE = re.compile(r"[0-9a-f]{64}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_TERRITORY = re.compile(r"WORLD|[A-Z]{2}")

file_name = shape.pattern(_FILE_NAME, "a relative path with forward slashes and without ..")
_digest_set = shape.open_object({"sha256": shape.sha256_hex})

_source = shape.open_object(
    {"kind": shape.one_of("work", "rule"), "share": shape.fraction},
)
_part = shape.open_object(
    {"part": _NAME, "learnt": shape.fraction, "sources": shape.array(_source)}
)
_WORK_FIELDS = shape.open_object({"work": _NAME})
_RULE_FIELDS = shape.open_object(
    {"rule": _NAME, "file": _NAME, "version": _NAME, "author": _NAME, "licence": _NAME}
)
_rule_used = _RULE_FIELDS
_dependency = shape.open_object(
    {"name": _NAME, "digest": _digest_set}, {"uri": shape.text(), "annotations": shape.mapping}
)
_maker = shape.open_object(
    {"maker": shape.one_of(*MAKERS), "by": shape.text()}, {"given": shape.fraction}
)
_bars = shape.open_object({"from": shape.integer(), "to": shape.integer()})
_match = shape.open_object(
    {"work": _NAME, "similarity": shape.decimal},
    {
        "title": _NAME,
        "query_bars": _bars,
        "work_bars": _bars,
        "transposition": shape.integer(-127, 127),
    },
)
_verdict = shape.one_of("clear", "similar", "near-duplicate")

_file_given = shape.open_object({"name": _NAME, "sha256": shape.sha256_hex})
_supplied = shape.open_object(
    {"by": _NAME, "right": _NAME},
    {
        "statement": shape.text(),
        "motif": _file_given,
        "chords": _file_given,
        "bass": _file_given,
    },
)
_rework = shape.open_object(
    {"by": _NAME, "record": _digest_set, "score": _digest_set, "recipe": shape.mapping},
    {"locks": shape.array(_NAME, minimum=1), "vary_percent": shape.integer(0, 100)},
)
_hit = shape.open_object({"at_ms": shape.integer(), "kind": _NAME})
_build_definition = shape.open_object(
    {
        "buildType": shape.constant(BUILD_TYPE),
        "externalParameters": shape.open_object(
            {
                "mood": _NAME,
                "usage": _NAME,
                "seconds": shape.decimal,
                "style": shape.nullable(_NAME),
                "seed": shape.integer(),
                "attempt": shape.integer(),
            },
            {
                "adventure_percent": shape.integer(0, 100),
                "hits": shape.array(_hit, minimum=1),
                "tempo_bpm": shape.decimal,
                "key": _NAME,
                "loudness_lufs": shape.integer(-70, 0),
                "versions": shape.array(_NAME, minimum=1),
                "bank": _NAME,
                "supplied": _supplied,
                "rework": _rework,
            },
        ),
        "internalParameters": shape.mapping,
        "resolvedDependencies": shape.array(_dependency, minimum=1),
    }
)
_run_details = shape.open_object(
    {
        "builder": shape.open_object(
            {"id": shape.constant(BUILDER_ID), "version": shape.mapping_of(_NAME, minimum=1)}
        ),
        "metadata": shape.open_object(
            {
                "invocationId": _NAME,
                "startedOn": shape.timestamp,
                "finishedOn": shape.timestamp,
            }
        ),
    }
)
_originality = shape.open_object(
    {
        "method": shape.text(),
        "corpus": shape.open_object(
            {"digest": shape.sha256_hex, "counts": shape.mapping_of(shape.integer(), minimum=1)}
        ),
        "verdict": _verdict,
        "similarity": shape.decimal,
        "nearest": shape.array(_match),
    }
)
_generation = shape.open_object(
    {
        "buildDefinition": _build_definition,
        "runDetails": _run_details,
        "influence": shape.open_object({"parts": shape.array(_part, minimum=1)}),
        "rules": shape.array(_rule_used),
        "originality": _originality,
        "authorship": shape.open_object(dict.fromkeys(ELEMENTS, _maker)),
    }
)
_delivery = shape.open_object(
    {
        "record": _digest_set,
        "delivered_at": shape.timestamp,
        "files": shape.array(
            shape.open_object(
                {"name": file_name, "sha256": shape.sha256_hex, "size": shape.integer()}
            ),
            minimum=1,
            maximum=MAX_FILES,
        ),
    }
)
_party = shape.open_object({"name": _NAME})
_licence = shape.open_object(
    {
        "licence_id": _NAME,
        "record": _digest_set,
        "template": shape.open_object({"id": _NAME, "version": _NAME, "sha256": shape.sha256_hex}),
        "licensor": _party,
        "licensee": _party,
        "grant": shape.open_object(
            {
                "media": shape.array(_NAME, minimum=1),
                "territory": shape.array(
                    shape.pattern(_TERRITORY, "WORLD or a two-letter country code"), minimum=1
                ),
                "start": shape.timestamp,
                "end": shape.nullable(shape.timestamp),
            }
        ),
        "nonce": shape.pattern(_NONCE, "32 bytes in 64 lower-case hexadecimal digits"),
        "price": shape.open_object(
            {
                "amount_minor": shape.integer(),
                "currency": shape.pattern(_CURRENCY, "a three-letter currency code"),
            }
        ),
        "quote": _digest_set,
        "issued_at": shape.timestamp,
    }
)
_licence_end = shape.open_object(
    {
        "licence": _digest_set,
        "state": shape.one_of(*LICENCE_ENDS),
        "reason": _NAME,
        "note": shape.text(MAX_REASON, minimum=0),
        "successor": shape.nullable(_digest_set),
        "ended_at": shape.timestamp,
    }
)
_training_set = shape.open_object(
    {
        "root": _digest_set,
        "format": _NAME,
        "policy": _NAME,
        "policy_version": _NAME,
        "engine_version": _NAME,
        "works": shape.integer(1),
        "issued_at": shape.timestamp,
    }
)
_withdrawal = shape.open_object(
    {
        "work": shape.open_object({"id": _NAME, "title": _NAME, "sha256": shape.sha256_hex}),
        "by": _party,
        "reason": shape.text(MAX_REASON),
        "training_sets": shape.array(_digest_set),
        "affected": shape.open_object(
            {
                "tracks": shape.integer(),
                "influenced": shape.integer(),
                "licences": shape.integer(),
            }
        ),
        "withdrawn_at": shape.timestamp,
    }
)

_status = shape.open_object(
    {
        "licence": _digest_set,
        "state": shape.one_of(*LICENCE_STATES),
        "end": shape.nullable(_digest_set),
        "log": shape.open_object(
            {"origin": _NAME, "size": shape.integer(), "root": shape.base64_bytes(32, 32)}
        ),
        "stated_at": shape.timestamp,
        "fresh_until": shape.timestamp,
    }
)

SHAPES: Mapping[str, shape.Check] = {
    GENERATION: _generation,
    AUTHORSHIP: authorship.SHAPE,
    DELIVERY: _delivery,
    LICENCE: _licence,
    LICENCE_END: _licence_end,
    STATUS: _status,
    TRAINING_SET: _training_set,
    WITHDRAWAL: _withdrawal,
}
"""Each predicate type's required fields."""

_TIMES = {
    AUTHORSHIP: "stated_at",
    DELIVERY: "delivered_at",
    LICENCE: "issued_at",
    LICENCE_END: "ended_at",
    STATUS: "stated_at",
    TRAINING_SET: "issued_at",
    WITHDRAWAL: "withdrawn_at",
}


def signed_at(predicate_type: str, predicate: Mapping[str, Any]) -> str:
    """The time that a checked predicate states for its own making, as a timestamp."""
    if predicate_type == GENERATION:
        return str(predicate["runDetails"]["metadata"]["finishedOn"])
    return str(predicate[_TIMES[predicate_type]])


def check_agreement(
    predicate_type: str, predicate: Mapping[str, Any], subjects: Mapping[str, str]
) -> None:
    """Return when a predicate of the right shape agrees with itself and with its subjects.

    Args:
        subjects: each subject's name and sha256.

    Raises:
        StatementError: when shares do not sum to one, a period ends before it starts, or a subject
            is not what the predicate says.
    """
    if predicate_type == GENERATION:
        _check_influence(predicate["influence"]["parts"])
        metadata = predicate["runDetails"]["metadata"]
        if metadata["finishedOn"] < metadata["startedOn"]:
            raise StatementError("the generation finishes before it starts")
    elif predicate_type == AUTHORSHIP:
        _check_subject(subjects, RECORD_NAME, predicate["record"]["sha256"], "authorship")
        authorship.check_agreement(predicate)
    elif predicate_type == DELIVERY:
        files = {entry["name"]: entry["sha256"] for entry in predicate["files"]}
        if files != dict(subjects) or len(files) != len(predicate["files"]):
            raise StatementError("the delivery's subjects are not its files")
    elif predicate_type == LICENCE:
        _check_subject(subjects, RECORD_NAME, predicate["record"]["sha256"], "licence")
        grant = predicate["grant"]
        if grant["end"] is not None and grant["end"] <= grant["start"]:
            raise StatementError("the licence ends before it starts")
    elif predicate_type == LICENCE_END:
        _check_subject(subjects, LICENCE_NAME, predicate["licence"]["sha256"], "licence end")
        if (predicate["state"] == "superseded") != (predicate["successor"] is not None):
            raise StatementError("only a superseded licence has a successor, and every one has")
    elif predicate_type == STATUS:
        _check_subject(subjects, LICENCE_NAME, predicate["licence"]["sha256"], "status")
        _check_status(predicate)
    elif predicate_type == TRAINING_SET:
        _check_subject(subjects, TRAINING_SET_NAME, predicate["root"]["sha256"], "training set")
    else:
        _check_subject(subjects, WORK_NAME, predicate["work"]["sha256"], "withdrawal")
        affected = predicate["affected"]
        if affected["influenced"] > affected["tracks"]:
            raise StatementError("the withdrawal counts more influenced tracks than tracks")


def _check_status(predicate: Mapping[str, Any]) -> None:
    if predicate["fresh_until"] <= predicate["stated_at"]:
        raise StatementError("the status is stale before it is made")
    if (predicate["state"] in LICENCE_ENDS) != (predicate["end"] is not None):
        raise StatementError("a status names an end just where there is one")


_SUBJECT_WORDS = {
    RECORD_NAME: "record",
    TRAINING_SET_NAME: "root",
    WORK_NAME: "work",
    LICENCE_NAME: "licence",
}


def _check_subject(subjects: Mapping[str, str], name: str, digest: str, kind: str) -> None:
    if dict(subjects) != {name: digest}:
        raise StatementError(f"the {kind}'s subject is not the {_SUBJECT_WORDS[name]} it names")


def _check_influence(parts: list[Mapping[str, Any]]) -> None:
    if len({part["part"] for part in parts}) != len(parts):
        raise StatementError("the influence of one part is stated twice")
    for part in parts:
        total, learnt = Fraction(0), Fraction(0)
        for source in part["sources"]:
            is_work = source["kind"] == "work"
            (_WORK_FIELDS if is_work else _RULE_FIELDS)(source, "predicate.influence source")
            share = Fraction(source["share"])
            total += share
            learnt += share if is_work else 0
        if part["sources"] and total != 1:
            raise StatementError(f"the shares of the part {part['part']!a} do not sum to one")
        if learnt != Fraction(part["learnt"]):
            raise StatementError(
                f"the learnt fraction of the part {part['part']!a} is not that of its works"
            )
