"""The trust root's file: two versions of one JSON format. See docs/formats/trust-root.md.

Version 1 is written as long as it can say everything; both are read for ever. A version 2 that
names root keys is refused unless enough of them have signed it.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from clearcue_provenance import canonical, checkpoint, envelope, shape
from clearcue_provenance.errors import EncodingError, KeyMaterialError, ShapeError
from clearcue_provenance.keys import ALGORITHMS, MAX_SPKI_BYTES, PublicKey, load_public_key
from clearcue_provenance.trust import (
    ALL_PURPOSES,
    MAX_KEYS,
    MAX_LOGS,
    PURPOSES,
    Revocation,
    RootKeys,
    RootSignature,
    TrustedKey,
    TrustedLog,
    TrustRoot,
    Witness,
)

TYPE = "urn:clearcue:trust-root:v1"
TYPE_2 = "urn:clearcue:trust-root:v2"
PAYLOAD_TYPE = "application/vnd.clearcue.trust-root+json"
"""What the pre-authentication encoding of a signed trust root names (DSSE)."""
MAX_TRUST_ROOT_BYTES = 2**20
MAX_WITNESSES = 16
MAX_ROOT_KEYS = 16

_KEY = {
    "key_id": shape.sha256_hex,
    "purpose": shape.one_of(*PURPOSES),
    "algorithm": shape.one_of(*ALGORITHMS),
    "public_key": shape.base64_bytes(1, MAX_SPKI_BYTES),
    "valid_from": shape.timestamp,
    "valid_until": shape.nullable(shape.timestamp),
}
_REVOKED = shape.closed(
    {
        "from": shape.timestamp,
        "origin": shape.text(checkpoint.MAX_ORIGIN_CHARACTERS),
        "size": shape.integer(),
    }
)
_LOGS = shape.array(
    shape.closed(
        {
            "origin": shape.text(checkpoint.MAX_ORIGIN_CHARACTERS),
            "checkpoint_keys": shape.array(shape.sha256_hex, minimum=1, maximum=MAX_KEYS),
        }
    ),
    minimum=1,
    maximum=MAX_LOGS,
)
_BARE_KEY = {name: _KEY[name] for name in ("key_id", "algorithm", "public_key")}
_SHAPE = shape.closed(
    {
        "type": shape.constant(TYPE),
        "keys": shape.array(shape.closed(_KEY), minimum=1, maximum=MAX_KEYS),
        "logs": _LOGS,
    }
)
_SHAPE_2 = shape.closed(
    {
        "type": shape.constant(TYPE_2),
        "version": shape.integer(1),
        "issued_at": shape.timestamp,
        "expires_at": shape.nullable(shape.timestamp),
        "keys": shape.array(
            shape.closed(
                {
                    **_KEY,
                    "purpose": shape.one_of(*ALL_PURPOSES),
                    "revoked": shape.nullable(_REVOKED),
                }
            ),
            minimum=1,
            maximum=MAX_KEYS,
        ),
        "logs": _LOGS,
        "witnesses": shape.array(
            shape.closed({"name": shape.text(checkpoint.MAX_ORIGIN_CHARACTERS), **_BARE_KEY}),
            maximum=MAX_WITNESSES,
        ),
        "quorum": shape.integer(0, MAX_WITNESSES),
        "root": shape.nullable(
            shape.closed(
                {
                    "threshold": shape.integer(1, MAX_ROOT_KEYS),
                    "keys": shape.array(shape.closed(_BARE_KEY), minimum=1, maximum=MAX_ROOT_KEYS),
                }
            )
        ),
        "signatures": shape.array(
            shape.closed(
                {
                    "key_id": shape.sha256_hex,
                    "sig": shape.base64_bytes(1, envelope.MAX_SIGNATURE_BYTES),
                }
            ),
            maximum=2 * MAX_ROOT_KEYS,
        ),
    }
)


def encode(root: TrustRoot) -> bytes:
    """The trust root as a file: indented JSON with a newline at the end."""
    value = _value(root)
    if root.version:
        value["signatures"] = [
            {"key_id": entry.key_id, "sig": canonical.encode_base64(entry.signature)}
            for entry in root.signatures
        ]
    return json.dumps(value, ensure_ascii=False, indent=2).encode("utf-8") + b"\n"


def parse(data: bytes) -> TrustRoot:
    """The trust root in a file's bytes, signed by its own root keys where it names any.

    Raises:
        KeyMaterialError: when they are not one, a key's id or algorithm is not that of its bytes,
            or too few of the root keys have signed it.
    """
    root = parse_unsigned(data)
    if root.root is not None:
        check_signatures(root, root.root)
    return root


def parse_unsigned(data: bytes) -> TrustRoot:
    """As `parse`, for a draft that is being signed: its signatures are not counted.

    Raises:
        KeyMaterialError: as `parse`.
    """
    try:
        value = canonical.parse_lenient(data, MAX_TRUST_ROOT_BYTES)
        second = isinstance(value, dict) and value.get("type") == TYPE_2
        (_SHAPE_2 if second else _SHAPE)(value, "trust root")
    except (EncodingError, ShapeError) as error:
        raise KeyMaterialError(f"the trust root cannot be used: {error}") from error
    return _read(value, second)


def signed_bytes(root: TrustRoot) -> bytes:
    """What the root keys sign: all but the signatures, in canonical JSON under DSSE's PAE."""
    return envelope.pae(canonical.encode(_value(root)), PAYLOAD_TYPE)


def check_signatures(root: TrustRoot, by: RootKeys) -> None:
    """Return when enough of these root keys have signed the trust root, each at most once.

    Signatures by other keys are left to whoever trusts those.

    Raises:
        KeyMaterialError: when a key signed twice, a signature does not verify, or too few signed.
    """
    ids = [entry.key_id for entry in root.signatures]
    if len(set(ids)) != len(ids):
        raise KeyMaterialError("one root key has signed the trust root twice")
    message, found = signed_bytes(root), {key.key_id: key for key in by.keys}
    signed = 0
    for entry in root.signatures:
        key = found.get(entry.key_id)
        if key is not None and not key.verifies(entry.signature, message):
            raise KeyMaterialError("a root key's signature does not match the trust root")
        signed += key is not None
    if signed < by.threshold:
        raise KeyMaterialError(
            f"the trust root is signed by {signed} of its root keys; it takes {by.threshold}"
        )


def _value(root: TrustRoot) -> dict[str, Any]:
    """The file's value without signatures."""
    second = root.version > 0
    logs = [
        {"origin": log.origin, "checkpoint_keys": list(log.checkpoint_keys)} for log in root.logs
    ]
    keys = [_encode_trusted(trusted, second) for trusted in root.keys]
    if not second:
        return {"type": TYPE, "keys": keys, "logs": logs}
    assert root.issued_at is not None
    return {
        "type": TYPE_2,
        "version": root.version,
        "issued_at": shape.format_time(root.issued_at),
        "expires_at": _time(root.expires_at),
        "keys": keys,
        "logs": logs,
        "witnesses": [{"name": w.name, **_encode_key(w.key)} for w in root.witnesses],
        "quorum": root.quorum,
        "root": None if root.root is None else {
            "threshold": root.root.threshold,
            "keys": [_encode_key(key) for key in root.root.keys],
        },
    }  # fmt: skip


def _read(value: Mapping[str, Any], second: bool) -> TrustRoot:
    keys = tuple(_read_trusted(entry) for entry in value["keys"])
    logs = tuple(TrustedLog(e["origin"], tuple(e["checkpoint_keys"])) for e in value["logs"])
    if not second:
        return TrustRoot(keys, logs)
    until, held = value["expires_at"], value["root"]
    return TrustRoot(
        keys,
        logs,
        value["version"],
        shape.parse_time(value["issued_at"]),
        None if until is None else shape.parse_time(until),
        tuple(Witness(entry["name"], _read_key(entry)) for entry in value["witnesses"]),
        value["quorum"],
        None if held is None else RootKeys(tuple(map(_read_key, held["keys"])), held["threshold"]),
        tuple(
            RootSignature(entry["key_id"], canonical.decode_base64(entry["sig"]))
            for entry in value["signatures"]
        ),
    )


def _encode_key(key: PublicKey) -> dict[str, str]:
    return {
        "key_id": key.key_id,
        "algorithm": key.algorithm,
        "public_key": canonical.encode_base64(key.spki),
    }


def _read_key(entry: Mapping[str, Any]) -> PublicKey:
    key = load_public_key(canonical.decode_base64(entry["public_key"]), entry["algorithm"])
    if key.key_id != entry["key_id"]:
        raise KeyMaterialError("the trust root names a key by an id that is not its fingerprint")
    return key


def _encode_trusted(trusted: TrustedKey, second: bool) -> dict[str, Any]:
    key, gone = _encode_key(trusted.key), trusted.revoked
    value: dict[str, Any] = {
        "key_id": key["key_id"],
        "purpose": trusted.purpose,
        "algorithm": key["algorithm"],
        "public_key": key["public_key"],
        "valid_from": shape.format_time(trusted.valid_from),
        "valid_until": _time(trusted.valid_until),
    }
    if second:
        value["revoked"] = None if gone is None else {
            "from": shape.format_time(gone.moment), "origin": gone.origin, "size": gone.size,
        }  # fmt: skip
    return value


def _read_trusted(entry: Mapping[str, Any]) -> TrustedKey:
    until, gone = entry["valid_until"], entry.get("revoked")
    return TrustedKey(
        _read_key(entry),
        entry["purpose"],
        shape.parse_time(entry["valid_from"]),
        None if until is None else shape.parse_time(until),
        None
        if gone is None
        else Revocation(shape.parse_time(gone["from"]), gone["origin"], gone["size"]),
    )


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else shape.format_time(moment)
