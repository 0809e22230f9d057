"""Cosignatures of checkpoints by witnesses, after C2SP tlog-cosignature (cosignature/v1).

A witness has seen that a checkpoint continues the one that it saw before, and signs a time and the
checkpoint's text with Ed25519 (signature type 0x04). It says nothing about the leaves. The lines
stand in the checkpoint's note behind the log's own signature line.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from clearcue_provenance import checkpoint, merkle
from clearcue_provenance.canonical import encode_base64
from clearcue_provenance.checkpoint import Checkpoint, Cosignature
from clearcue_provenance.errors import LogProofError
from clearcue_provenance.keys import ED25519, PublicKey, Signer

_TYPE = b"\x04"
LATEST_SECONDS = 253_402_300_799
"""The last second of the year 9999."""


def key_hash(name: str, key: PublicKey) -> bytes:
    """The four bytes that name a witness's key: of SHA-256(name || 0x0A || 0x04 || raw key).

    Raises:
        LogProofError: when the name cannot stand in a note, or the key is not an Ed25519 key.
    """
    checkpoint.check_origin(name)
    if key.algorithm != ED25519:
        raise LogProofError("a witness signs with an Ed25519 key")
    return hashlib.sha256(name.encode() + b"\n" + _TYPE + key.raw).digest()[:4]


def message(signed: Checkpoint, timestamp: int) -> bytes:
    """What a witness signs: a line that says so, the time, and the checkpoint's text."""
    return f"cosignature/v1\ntime {timestamp}\n".encode() + signed.text


def cosign(
    name: str,
    signer: Signer,
    seen: Checkpoint | None,
    offered: Checkpoint,
    log_key: PublicKey,
    proof: Sequence[bytes],
    now: datetime,
) -> bytes:
    """A witness's step: the signature line for a checkpoint that continues the one seen before.

    Args:
        seen: the log's checkpoint that this witness cosigned last, or None for a log new to it.
        proof: the consistency proof from `seen` to `offered`; empty where there is nothing to show.

    Raises:
        LogProofError: when the checkpoint is not signed by the log's key, is of another log, goes
            back, forks, or is not shown to continue the one seen before. Nothing is signed.
    """
    checkpoint.verify(offered, offered.origin, log_key)
    if seen is not None:
        check_continues(seen, offered, proof)
    timestamp = int(now.timestamp())
    signature = signer.sign(message(offered, timestamp))
    blob = key_hash(name, signer.public_key) + timestamp.to_bytes(8, "big") + signature
    return f"\u2014 {name} {encode_base64(blob)}\n".encode()


def check_continues(seen: Checkpoint, offered: Checkpoint, proof: Sequence[bytes]) -> None:
    """Return when a checkpoint is shown to continue an earlier one of the same log.

    Raises:
        LogProofError: naming whether it is another log, a rollback, a fork or a rewritten history.
    """
    if offered.origin != seen.origin:
        raise LogProofError(f"this is the log {offered.origin!a}, not {seen.origin!a}")
    if offered.size < seen.size:
        raise LogProofError(f"the log went back from {seen.size} leaves to {offered.size}")
    if offered.size == seen.size and offered.root != seen.root:
        raise LogProofError(f"the log was forked: two roots of {seen.size} leaves")
    if seen.size == 0:
        return
    try:
        merkle.check_consistency(seen.size, seen.root, offered.size, offered.root, proof)
    except LogProofError as error:
        raise LogProofError(f"the log's history was rewritten: {error}") from error


def check_all(signed: Checkpoint, witnesses: Mapping[str, PublicKey], quorum: int) -> None:
    """Return when every cosignature is by a known witness, and enough witnesses have cosigned.

    Raises:
        LogProofError: for a stranger, a witness twice, a signature that does not verify, a time
            out of range, or too few of them.
    """
    names = [line.name for line in signed.cosignatures]
    if len(set(names)) != len(names):
        raise LogProofError("one witness has cosigned the checkpoint twice")
    for line in signed.cosignatures:
        key = witnesses.get(line.name)
        if key is None:
            raise LogProofError(
                f"the checkpoint is cosigned by {line.name!a}, which the trust root does not name"
            )
        check(signed, line, key)
    if len(names) < quorum:
        raise LogProofError(
            f"{len(names)} witnesses have cosigned the checkpoint; the trust root asks for {quorum}"
        )


def check(signed: Checkpoint, line: Cosignature, key: PublicKey) -> datetime:
    """When the witness cosigned, once its signature has verified.

    Raises:
        LogProofError: when it was made with another key, or does not verify.
    """
    if line.key_hash != key_hash(line.name, key):
        raise LogProofError(f"the cosignature of {line.name!a} is by another key")
    if not 0 < line.timestamp <= LATEST_SECONDS:
        raise LogProofError(f"the cosignature of {line.name!a} has no time")
    if not key.verifies(line.signature, message(signed, line.timestamp)):
        raise LogProofError(f"the cosignature of {line.name!a} does not match the checkpoint")
    return datetime.fromtimestamp(line.timestamp, UTC)


def attach(stored: bytes, line: bytes) -> bytes:
    """A stored checkpoint with one more cosignature line.

    Raises:
        LogProofError: when the result is no checkpoint.
    """
    joined = stored + line
    checkpoint.parse(joined)
    return joined
