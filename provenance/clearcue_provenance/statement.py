"""The statement: what an envelope's payload says. Specified in docs/formats/statement.md.

An in-toto Statement v1 (in-toto/attestation, spec/v1/statement.md) in canonical JSON: `_type`,
`subject` (named artifacts with their sha256), `predicateType` and `predicate`. What each predicate
must hold is in `clearcue_provenance.predicates`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clearcue_provenance import canonical, envelope, predicates, shape
from clearcue_provenance.errors import EncodingError, ShapeError, StatementError

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
MAX_SUBJECTS = 4096
PCM_ORDER = "interleaved little-endian signed"
"""How a PCM subject's samples were laid out when they were hashed."""

_PCM_SHAPE = shape.closed(
    {
        "channels": shape.integer(1, 64),
        "order": shape.constant(PCM_ORDER),
        "sample_rate": shape.integer(1, 768_000),
        "sample_width_bits": shape.integer(8, 64),
    }
)
_SUBJECT_SHAPE = shape.closed(
    {"digest": shape.closed({"sha256": shape.sha256_hex}), "name": shape.text(512)},
    {"annotations": _PCM_SHAPE},
)
_STATEMENT_SHAPE = shape.closed(
    {
        "_type": shape.constant(STATEMENT_TYPE),
        "predicate": shape.mapping,
        "predicateType": shape.one_of(*predicates.SHAPES),
        "subject": shape.array(_SUBJECT_SHAPE, minimum=1, maximum=MAX_SUBJECTS),
    }
)


@dataclass(frozen=True, slots=True)
class PcmFormat:
    """How decoded samples are laid out: rate in Hz, bits a sample, channels interleaved."""

    sample_rate: int
    sample_width_bits: int
    channels: int


@dataclass(frozen=True, slots=True)
class Subject:
    """A named artifact and its sha256 in hexadecimal.

    `pcm` None means a file, hashed byte for byte. Otherwise the digest is over the decoded samples
    in this layout, without any container.
    """

    name: str
    sha256: str
    pcm: PcmFormat | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A checked statement."""

    subjects: tuple[Subject, ...]
    predicate_type: str
    predicate: Mapping[str, Any]


def file_subject(name: str, data: bytes) -> Subject:
    """The subject for a file's bytes."""
    return Subject(name, hashlib.sha256(data).hexdigest())


def encode(subjects: Sequence[Subject], predicate_type: str, predicate: Mapping[str, Any]) -> bytes:
    """The canonical bytes of a statement, ready to be signed.

    Raises:
        StatementError: when the predicate lacks a required field, or anything has the wrong type.
    """
    value = {
        "_type": STATEMENT_TYPE,
        "subject": [_encode_subject(subject) for subject in subjects],
        "predicateType": predicate_type,
        "predicate": predicate,
    }
    try:
        data = canonical.encode(value)
    except EncodingError as error:
        raise StatementError(f"the statement cannot be encoded: {error}") from error
    parse(data)
    return data


def parse(payload: bytes) -> Statement:
    """The statement in a payload, with its own and its predicate's contents checked.

    Raises:
        StatementError: when the bytes are not one canonical statement of a known predicate type.
    """
    try:
        value = canonical.parse(payload, envelope.MAX_PAYLOAD_BYTES)
        _STATEMENT_SHAPE(value, "statement")
        predicates.SHAPES[value["predicateType"]](value["predicate"], "predicate")
    except (EncodingError, ShapeError) as error:
        raise StatementError(str(error)) from error
    subjects = tuple(_decode_subject(entry) for entry in value["subject"])
    if len({subject.name for subject in subjects}) != len(subjects):
        raise StatementError("two subjects have one name")
    predicates.check_agreement(
        value["predicateType"],
        value["predicate"],
        {subject.name: subject.sha256 for subject in subjects},
    )
    return Statement(subjects, value["predicateType"], value["predicate"])


def _encode_subject(subject: Subject) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": subject.name, "digest": {"sha256": subject.sha256}}
    if subject.pcm is not None:
        entry["annotations"] = {
            "channels": subject.pcm.channels,
            "order": PCM_ORDER,
            "sample_rate": subject.pcm.sample_rate,
            "sample_width_bits": subject.pcm.sample_width_bits,
        }
    return entry


def _decode_subject(entry: Mapping[str, Any]) -> Subject:
    pcm = None
    if "annotations" in entry:
        notes = entry["annotations"]
        pcm = PcmFormat(notes["sample_rate"], notes["sample_width_bits"], notes["channels"])
    return Subject(entry["name"], entry["digest"]["sha256"], pcm)
