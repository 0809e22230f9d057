"""The trust root: which keys are believed, for what, and when. See docs/formats/trust-root.md.

A trust root reaches the verifier by a way of its own, never inside a bundle. Each key has one
purpose, one algorithm and a time from which (and until which) it may sign; each log has an origin
and the keys that may sign its checkpoints. Version 2 of the format adds to this what version 1 has
no place for: revocations, witnesses and how many of them must have cosigned, a version number, an
expiry, and root keys with a threshold, which sign the trust root itself. The file may be laid out
freely: it is read strictly (no duplicate keys, no unknown fields) but not compared byte by byte.
Reading and writing it is in `clearcue_provenance.trust_file`; who may replace it, in `succession`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from clearcue_provenance import checkpoint, cosignature
from clearcue_provenance.errors import KeyMaterialError, LogProofError, UnknownSignerError
from clearcue_provenance.keys import ED25519, PublicKey

RECORDS = "records"
CHECKPOINTS = "checkpoints"
C2PA = "c2pa"
PURPOSES = (RECORDS, CHECKPOINTS)
"""What every installation has keys for."""
ALL_PURPOSES = (*PURPOSES, C2PA)
MAX_KEYS = 256
MAX_LOGS = 64


@dataclass(frozen=True, slots=True)
class Revocation:
    """From when a key is no longer believed: a time, and the number of leaves of a log then.

    A statement of the key counts only if it states an earlier time *and* its leaf in this log comes
    before `size`: whoever stole the key can write an earlier time, but not into an older tree.
    """

    moment: datetime
    origin: str
    size: int


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A key, its one purpose, and when it may sign: from `valid_from` until before `valid_until`.

    `valid_until` None means without an end, `revoked` None that it was not revoked.
    """

    key: PublicKey
    purpose: str
    valid_from: datetime
    valid_until: datetime | None = None
    revoked: Revocation | None = None

    def allows(self, moment: datetime) -> bool:
        """Whether the key may sign at this time."""
        ended = self.valid_until is not None and moment >= self.valid_until
        revoked = self.revoked is not None and moment >= self.revoked.moment
        return self.valid_from <= moment and not ended and not revoked

    def allows_leaf(self, origin: str, index: int) -> bool:
        """Whether a leaf of this log may be by the key: not one from after its revocation."""
        gone = self.revoked
        return gone is None or gone.origin != origin or index < gone.size


@dataclass(frozen=True, slots=True)
class TrustedLog:
    """A log's origin and the ids of the keys that may sign its checkpoints."""

    origin: str
    checkpoint_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Witness:
    """Somebody else who cosigns checkpoints (C2SP tlog-cosignature), by name and Ed25519 key."""

    name: str
    key: PublicKey


@dataclass(frozen=True, slots=True)
class RootKeys:
    """The keys that sign the trust root itself, and how many of them must."""

    keys: tuple[PublicKey, ...]
    threshold: int


@dataclass(frozen=True, slots=True)
class RootSignature:
    """A root key's signature over the trust root."""

    key_id: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class TrustRoot:
    """The keys and logs that are believed.

    `version` 0 means the first version of the format, which has none of the fields after `logs`.
    `quorum` is how many of the witnesses must have cosigned a checkpoint.

    Raises:
        KeyMaterialError: when a key, a log or a witness comes twice, a log names a key that is not
            an Ed25519 key for checkpoints, or a threshold cannot be reached.
    """

    keys: tuple[TrustedKey, ...]
    logs: tuple[TrustedLog, ...]
    version: int = 0
    issued_at: datetime | None = None
    expires_at: datetime | None = None
    witnesses: tuple[Witness, ...] = ()
    quorum: int = 0
    root: RootKeys | None = None
    signatures: tuple[RootSignature, ...] = ()

    def __post_init__(self) -> None:
        revoked = any(trusted.revoked for trusted in self.keys)
        if self.version == 0 and (revoked or self.witnesses or self.root or self.expires_at):
            raise KeyMaterialError("the first version of a trust root cannot say this")
        _check_witnesses(self.witnesses, self.quorum)
        _check_root_keys(self.root)
        ids = [trusted.key.key_id for trusted in self.keys]
        if len(set(ids)) != len(ids):
            raise KeyMaterialError("the trust root lists one key twice")
        if len({log.origin for log in self.logs}) != len(self.logs):
            raise KeyMaterialError("the trust root lists one log twice")
        for log in self.logs:
            try:
                checkpoint.check_origin(log.origin)
            except LogProofError as error:
                raise KeyMaterialError(str(error)) from error
            for key_id in log.checkpoint_keys:
                found = self._find(key_id, CHECKPOINTS)
                if found is None or found.key.algorithm != ED25519:
                    raise KeyMaterialError(
                        f"the log {log.origin!a} needs an Ed25519 checkpoint key {key_id}"
                    )

    def key(self, key_id: str, purpose: str) -> TrustedKey:
        """The key of this id, if it is trusted for this purpose.

        Raises:
            UnknownSignerError: when it is not.
        """
        found = self._find(key_id, purpose)
        if found is None:
            raise UnknownSignerError(
                f"signed with a key that the trust root does not hold for {purpose}: {key_id}",
                key_id,
            )
        return found

    def refuse_stale(self, now: datetime) -> None:
        """Return when the trust root may still be used.

        Raises:
            KeyMaterialError: when it has expired.
        """
        if self.expires_at is not None and now >= self.expires_at:
            raise KeyMaterialError(
                f"the trust root expired at {self.expires_at:%Y-%m-%dT%H:%M:%SZ}: get a fresh one "
                "from where you got this one"
            )

    def verify_checkpoint(self, signed: checkpoint.Checkpoint) -> TrustedKey:
        """The key that signed a checkpoint of a trusted log, cosigned by enough witnesses.

        Raises:
            LogProofError: when the log is not trusted, none of its keys made the signature, a
                cosignature is not by a witness of this trust root, or too few witnesses cosigned.
        """
        cosignature.check_all(
            signed, {witness.name: witness.key for witness in self.witnesses}, self.quorum
        )
        log = next((log for log in self.logs if log.origin == signed.origin), None)
        if log is None:
            raise LogProofError(f"the log {signed.origin!a} is not one that the trust root names")
        for key_id in log.checkpoint_keys:
            trusted = self.key(key_id, CHECKPOINTS)
            if checkpoint.log_id(log.origin, trusted.key)[:4] == signed.key_hash:
                checkpoint.verify(signed, log.origin, trusted.key)
                return trusted
        raise LogProofError("the checkpoint is signed with a key that the trust root does not hold")

    def _find(self, key_id: str, purpose: str) -> TrustedKey | None:
        return next((k for k in self.keys if k.key.key_id == key_id and k.purpose == purpose), None)


def _check_witnesses(witnesses: Sequence[Witness], quorum: int) -> None:
    names = {witness.name for witness in witnesses}
    ids = {witness.key.key_id for witness in witnesses}
    if not len(names) == len(ids) == len(witnesses):
        raise KeyMaterialError("the trust root lists one witness twice")
    if any(witness.key.algorithm != ED25519 for witness in witnesses):
        raise KeyMaterialError("a witness needs an Ed25519 key")
    if not 0 <= quorum <= len(witnesses):
        raise KeyMaterialError("the trust root asks for more witnesses than it names")


def _check_root_keys(root: RootKeys | None) -> None:
    if root is None:
        return
    ids = {key.key_id for key in root.keys}
    if len(ids) != len(root.keys):
        raise KeyMaterialError("the trust root lists one root key twice")
    if not 1 <= root.threshold <= len(ids):
        raise KeyMaterialError("the trust root's threshold cannot be reached")
