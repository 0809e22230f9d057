"""Publishing the log, and the bundles that prove a statement stands in it.

The database holds the leaves in order; publishing brings the tiles up to it and signs the new
checkpoint. It may be killed at any moment and done again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from clearcue.errors import ClearcueError
from clearcue.services.platform import Platform
from clearcue.services.ports import UnitOfWork, Units
from clearcue.services.stored import StoredRecord
from clearcue_provenance import bundle, checkpoint, envelope, leaf, predicates, statement
from clearcue_provenance.log import LogDirectory
from clearcue_provenance.shape import parse_time
from clearcue_provenance.trust import CHECKPOINTS, RECORDS

READ_AT_ONCE = 256


class ClockError(ClearcueError):
    """The machine's clock shows a time at which the key must not sign."""


class _Leaves:
    """The database's leaves as the log reads them."""

    def __init__(self, units: Units) -> None:
        self._units = units

    def size(self) -> int:
        with self._units.read() as unit:
            return unit.log_leaves.count()

    def read(self, start: int, stop: int) -> Iterable[bytes]:
        while start < stop:
            with self._units.read() as unit:
                leaves = unit.log_leaves.read(start, min(READ_AT_ONCE, stop - start))
            if not leaves:
                return
            yield from (entry.body for entry in leaves)
            start += len(leaves)


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed statement: its stored bytes, its digest, and its leaf's body."""

    envelope: bytes
    digest: str
    leaf_body: bytes


def sign(
    platform: Platform,
    subjects: Sequence[statement.Subject],
    predicate_type: str,
    predicate: Mapping[str, Any],
) -> Signed:
    """Encode, sign and make the leaf of a statement; nothing is stored.

    Raises:
        StatementError: when the predicate is not one of its type.
        ClockError: when it states a time at which its key must not sign, so that nobody could
            verify it.
    """
    payload = statement.encode(subjects, predicate_type, predicate)
    signer = platform.keyring.records()
    stated = predicates.signed_at(predicate_type, predicate)
    trusted = platform.keyring.trust_root().key(signer.key_id, RECORDS)
    if not trusted.allows(parse_time(stated)):
        raise ClockError(
            f"the clock shows {stated}, but the signing key is valid from "
            f"{trusted.valid_from:%Y-%m-%dT%H:%M:%SZ}; set the machine's clock right"
        )
    stored = envelope.sign(payload, signer)
    body = leaf.leaf_body(stored, signer.public_key)
    return Signed(stored, sha256(stored).hexdigest(), body)


def append(unit: UnitOfWork, signed: Signed) -> int:
    """Append a statement's leaf within a unit of work; returns its index."""
    return unit.log_leaves.append(signed.leaf_body, signed.digest)


def add_record(
    platform: Platform,
    unit: UnitOfWork,
    organisation_id: str,
    track_id: str,
    kind: str,
    signed: Signed,
    now: datetime,
) -> StoredRecord:
    """Store a track's signed statement and its leaf within a unit of work.

    `kind` is `record`, `authorship` or `delivery`.
    """
    record = StoredRecord(
        id=platform.ids.new(),
        organisation_id=organisation_id,
        track_id=track_id,
        kind=kind,
        envelope=signed.envelope,
        digest=signed.digest,
        leaf_index=append(unit, signed),
        created_at=now,
    )
    unit.records.add(record)
    return record


def log_of(platform: Platform) -> LogDirectory:
    """The published log."""
    return LogDirectory(platform.log_folder, platform.keyring.log_origin())


def publish(platform: Platform) -> checkpoint.Checkpoint:
    """Bring the published log up to the database.

    Raises:
        RolledBackError: when the database has fewer leaves than were published.
        LogProofError: when the published log is damaged, or not of these keys.
        LogWriteError: when its folder cannot be written.
    """
    signer, root = platform.keyring.checkpoints(), platform.keyring.trust_root()
    log = log_of(platform)
    earlier = [
        root.key(key_id, CHECKPOINTS).key
        for trusted in root.logs
        if trusted.origin == log.origin
        for key_id in trusted.checkpoint_keys
    ]
    return log.publish(_Leaves(platform.units), signer, earlier)


def bundle_of(platform: Platform, stored_envelope: bytes, index: int) -> bytes:
    """A statement's bundle, as of the latest checkpoint."""
    log = log_of(platform)
    head = log.latest()
    if head is None or head.size <= index:
        head = publish(platform)
    root = platform.keyring.trust_root()
    return bundle.make(
        stored_envelope,
        root.key(envelope.parse(stored_envelope).key_id, RECORDS).key,
        index=index,
        proof=log.inclusion_proof(index, head.size),
        stored_checkpoint=head.stored,
        log_id=checkpoint.log_id(log.origin, root.verify_checkpoint(head).key),
    )
