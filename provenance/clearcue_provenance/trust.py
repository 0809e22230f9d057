"""The trust root: which keys are believed, for what, and when. See docs/formats/trust-root.md.

A trust root reaches the verifier by a way of its own, never inside a bundle. Each key has one
purpose ("records" or "checkpoints"), one algorithm and a time from which (and until which) it may
sign; each log has an origin and the keys that may sign its checkpoints. The file may be laid out
freely: it is read strictly (no duplicate keys, no unknown fields) but not compared byte by byte.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clearcue_provenance import canonical, checkpoint, shape
from clearcue_provenance.errors import (
    EncodingError,
    KeyMaterialError,
    LogProofError,
    ShapeError,
    UnknownSignerError,
)
from clearcue_provenance.keys import ALGORITHMS, ED25519, MAX_SPKI_BYTES, PublicKey, load_public_key

TYPE = "urn:clearcue:trust-root:v1"
RECORDS = "records"
CHECKPOINTS = "checkpoints"
PURPOSES = (RECORDS, CHECKPOINTS)
MAX_TRUST_ROOT_BYTES = 2**20
MAX_KEYS = 256
MAX_LOGS = 64

_SHAPE = shape.closed(
    {
        "type": shape.constant(TYPE),
        "keys": shape.array(
            shape.closed(
                {
                    "key_id": shape.sha256_hex,
                    "purpose": shape.one_of(*PURPOSES),
                    "algorithm": shape.one_of(*ALGORITHMS),
                    "public_key": shape.base64_bytes(1, MAX_SPKI_BYTES),
                    "valid_from": shape.timestamp,
                    "valid_until": shape.nullable(shape.timestamp),
                }
            ),
            minimum=1,
            maximum=MAX_KEYS,
        ),
        "logs": shape.array(
            shape.closed(
                {
                    "origin": shape.text(checkpoint.MAX_ORIGIN_CHARACTERS),
                    "checkpoint_keys": shape.array(shape.sha256_hex, minimum=1, maximum=MAX_KEYS),
                }
            ),
            minimum=1,
            maximum=MAX_LOGS,
        ),
    }
)


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A key, its one purpose, and when it may sign: from `valid_from` until before `valid_until`.

    `valid_until` None means without an end.
    """

    key: PublicKey
    purpose: str
    valid_from: datetime
    valid_until: datetime | None = None

    def allows(self, moment: datetime) -> bool:
        """Whether the key may sign at this time."""
        return self.valid_from <= moment and (self.valid_until is None or moment < self.valid_until)


@dataclass(frozen=True, slots=True)
class TrustedLog:
    """A log's origin and the ids of the keys that may sign its checkpoints."""

    origin: str
    checkpoint_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrustRoot:
    """The keys and logs that are believed.

    Raises:
        KeyMaterialError: when a key comes twice, a log comes twice, or a log names a key that is
            not an Ed25519 key for checkpoints.
    """

    keys: tuple[TrustedKey, ...]
    logs: tuple[TrustedLog, ...]

    def __post_init__(self) -> None:
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

    def verify_checkpoint(self, signed: checkpoint.Checkpoint) -> TrustedKey:
        """The key that signed a checkpoint of a trusted log.

        Raises:
            LogProofError: when the log is not trusted, or none of its keys made the signature.
        """
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


def encode(root: TrustRoot) -> bytes:
    """The trust root as a file: indented JSON with a newline at the end."""
    value = {
        "type": TYPE,
        "keys": [_encode_key(trusted) for trusted in root.keys],
        "logs": [
            {"origin": log.origin, "checkpoint_keys": list(log.checkpoint_keys)}
            for log in root.logs
        ],
    }
    return json.dumps(value, ensure_ascii=False, indent=2).encode("utf-8") + b"\n"


def parse(data: bytes) -> TrustRoot:
    """The trust root in a file's bytes.

    Raises:
        KeyMaterialError: when they are not one, or a key's id or algorithm is not that of its
            bytes.
    """
    try:
        value = canonical.parse_lenient(data, MAX_TRUST_ROOT_BYTES)
        _SHAPE(value, "trust root")
    except (EncodingError, ShapeError) as error:
        raise KeyMaterialError(f"the trust root cannot be used: {error}") from error
    return TrustRoot(
        tuple(_decode_key(entry) for entry in value["keys"]),
        tuple(TrustedLog(e["origin"], tuple(e["checkpoint_keys"])) for e in value["logs"]),
    )


def to_sigstore(root: TrustRoot) -> dict[str, Any]:
    """The trust root for Sigstore's verifiers: `trustedRoot` and `publicKeys`, both plain JSON.

    `trustedRoot` is a `dev.sigstore.trustroot.v1.TrustedRoot` with one transparency log for each
    checkpoint key; `publicKeys` maps a key id (a bundle's hint) to its bytes and validity.
    """
    logs = [
        {
            "baseUrl": log.origin,
            "hashAlgorithm": "SHA2_256",
            "publicKey": {
                "rawBytes": canonical.encode_base64(trusted.key.spki),
                "keyDetails": "PKIX_ED25519",
                "validFor": _validity(trusted),
            },
            "logId": {"keyId": canonical.encode_base64(checkpoint.log_id(log.origin, trusted.key))},
        }
        for log in root.logs
        for trusted in (root.key(key_id, CHECKPOINTS) for key_id in log.checkpoint_keys)
    ]
    return {
        "trustedRoot": {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": logs,
            "certificateAuthorities": [],
            "ctlogs": [],
            "timestampAuthorities": [],
        },
        "publicKeys": {
            trusted.key.key_id: {
                "rawBytes": canonical.encode_base64(trusted.key.spki),
                "validFor": _validity(trusted),
            }
            for trusted in root.keys
            if trusted.purpose == RECORDS
        },
    }


def _encode_key(trusted: TrustedKey) -> dict[str, Any]:
    until = trusted.valid_until
    return {
        "key_id": trusted.key.key_id,
        "purpose": trusted.purpose,
        "algorithm": trusted.key.algorithm,
        "public_key": canonical.encode_base64(trusted.key.spki),
        "valid_from": shape.format_time(trusted.valid_from),
        "valid_until": None if until is None else shape.format_time(until),
    }


def _decode_key(entry: dict[str, Any]) -> TrustedKey:
    key = load_public_key(canonical.decode_base64(entry["public_key"]), entry["algorithm"])
    if key.key_id != entry["key_id"]:
        raise KeyMaterialError("the trust root names a key by an id that is not its fingerprint")
    until = entry["valid_until"]
    return TrustedKey(
        key,
        entry["purpose"],
        shape.parse_time(entry["valid_from"]),
        None if until is None else shape.parse_time(until),
    )


def _validity(trusted: TrustedKey) -> dict[str, str]:
    result = {"start": shape.format_time(trusted.valid_from)}
    if trusted.valid_until is not None:
        result["end"] = shape.format_time(trusted.valid_until)
    return result
