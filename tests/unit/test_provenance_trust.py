"""Trust roots and public keys: one reading, or an error."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from make_provenance_vectors import CHECKPOINTS, ORIGIN, RECORDS, RECORDS_P256, trust_root

from clearcue_provenance import keys, trust, trust_file
from clearcue_provenance.errors import KeyMaterialError, UnknownSignerError

ROOT = trust_root((RECORDS, RECORDS_P256))
VALUE = json.loads(trust_file.encode(ROOT))


def test_a_trust_root_reads_back_as_it_was_written() -> None:
    """Keys, purposes, algorithms, times and logs survive, in any layout of the JSON."""
    ended = trust.TrustRoot(
        (
            trust.TrustedKey(
                RECORDS.public_key,
                trust.RECORDS,
                datetime(2026, 1, 1, tzinfo=UTC),
                datetime(2027, 1, 1, tzinfo=UTC),
            ),
            *ROOT.keys[1:],
        ),
        ROOT.logs,
    )
    assert trust_file.parse(trust_file.encode(ended)) == ended
    assert trust_file.parse(json.dumps(VALUE).encode()) == ROOT


def _set(value: Any, *path: str | int) -> Callable[[Any], None]:
    def change(target: Any) -> None:
        for name in path[:-1]:
            target = target[name]
        target[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_set("urn:clearcue:trust-root:v3", "type"), "type must be"),
        (_set("x", "comment"), "unknown field"),
        (_set("ecdsa-p256-sha256", "keys", 0, "algorithm"), "stated to be"),
        (_set("00" * 32, "keys", 0, "key_id"), "not its fingerprint"),
        (_set("root", "keys", 0, "purpose"), "purpose must be"),
        (_set("AAAA", "keys", 0, "public_key"), "not a public key"),
        (_set("yesterday", "keys", 0, "valid_from"), "UTC time"),
        (_set([], "keys"), "keys must be"),
        (_set(VALUE["keys"] + VALUE["keys"][:1], "keys"), "one key twice"),
        (_set(VALUE["logs"] * 2, "logs"), "one log twice"),
        (_set([RECORDS.key_id], "logs", 0, "checkpoint_keys"), "Ed25519 checkpoint key"),
        (_set("a b", "logs", 0, "origin"), "origin"),
    ],
)
def test_a_trust_root_that_contradicts_itself_is_refused(
    change: Callable[[Any], None], words: str
) -> None:
    """Each key is what its entry says, and each log has a key for checkpoints."""
    value = copy.deepcopy(VALUE)
    change(value)
    with pytest.raises(KeyMaterialError, match=words):
        trust_file.parse(json.dumps(value).encode())


def test_a_p256_key_cannot_sign_checkpoints() -> None:
    """A log's checkpoint key must be an Ed25519 key."""
    when = datetime(2026, 1, 1, tzinfo=UTC)
    key = trust.TrustedKey(RECORDS_P256.public_key, trust.CHECKPOINTS, when)
    with pytest.raises(KeyMaterialError, match="Ed25519"):
        trust.TrustRoot((key,), (trust.TrustedLog(ORIGIN, (RECORDS_P256.key_id,)),))


def test_a_key_is_found_for_its_purpose_only() -> None:
    """Asking for a key by its id and another purpose finds nothing."""
    assert ROOT.key(RECORDS.key_id, trust.RECORDS).key == RECORDS.public_key
    with pytest.raises(UnknownSignerError) as caught:
        ROOT.key(CHECKPOINTS.key_id, trust.RECORDS)
    assert caught.value.key_id == CHECKPOINTS.key_id


def test_a_key_may_sign_from_its_start_until_before_its_end() -> None:
    """The period is half open, and without an end it stays open."""
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    ended = trust.TrustedKey(RECORDS.public_key, trust.RECORDS, start, end)
    assert [ended.allows(t) for t in (start, end)] == [True, False]
    assert trust.TrustedKey(RECORDS.public_key, trust.RECORDS, start).allows(end)


def test_other_kinds_of_key_are_refused() -> None:
    """RSA, other curves, trailing bytes and compressed points are no keys of ours."""
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    p384 = ec.derive_private_key(7, ec.SECP384R1()).public_key().public_bytes(*form)
    modulus = rsa.RSAPublicNumbers(65_537, (1 << 1023) + 1).public_key().public_bytes(*form)
    compressed = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200")
    point = RECORDS_P256.public_key.raw
    compressed += bytes([2 + point[-1] % 2]) + point[1:33]
    for spki in (p384, modulus, RECORDS.public_key.spki + b"\0", compressed, b""):
        with pytest.raises(KeyMaterialError):
            keys.load_public_key(spki)
