"""Publishing the log, and the bundles that prove a statement stands in it.

The database holds the leaves in order; publishing brings the tiles up to it and signs the new
checkpoint. It may be killed at any moment and done again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from clearcue.services.platform import Platform
from clearcue.services.ports import UnitOfWork, Units
from clearcue_provenance import bundle, checkpoint, envelope, leaf, statement
from clearcue_provenance.log import LogDirectory
from clearcue_provenance.trust import RECORDS

READ_AT_ONCE = 256


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
    """
    payload = statement.encode(subjects, predicate_type, predicate)
    signer = platform.keyring.records()
    stored = envelope.sign(payload, signer)
    body = leaf.leaf_body(stored, signer.public_key)
    return Signed(stored, sha256(stored).hexdigest(), body)


def append(unit: UnitOfWork, signed: Signed) -> int:
    """Append a statement's leaf within a unit of work; returns its index."""
    return unit.log_leaves.append(signed.leaf_body, signed.digest)


def log_of(platform: Platform) -> LogDirectory:
    """The published log."""
    return LogDirectory(platform.log_folder, platform.keyring.log_origin())


def publish(platform: Platform) -> checkpoint.Checkpoint:
    """Bring the published log up to the database.

    Raises:
        RolledBackError: when the database has fewer leaves than were published.
    """
    return log_of(platform).publish(_Leaves(platform.units), platform.keyring.checkpoints())


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
