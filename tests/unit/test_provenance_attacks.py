"""Named attacks on a bundle and its files: each is refused, for the stated reason."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from make_provenance_vectors import (
    CHECKPOINTS,
    FILES,
    NOW,
    ORIGIN,
    RECORDS,
    RECORDS_P256,
    ExampleSigner,
    bundles,
    example_set,
    generation_statement,
    trust_root,
)

from clearcue_provenance import canonical, checkpoint, envelope, leaf, merkle, trust
from clearcue_provenance.verify import NamedFile, Report, verify

SET = example_set()
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
OTHER_RECORDS = ExampleSigner("somebody else's records")
OTHER_CHECKPOINTS = ExampleSigner("somebody else's checkpoints")
Value = dict[str, Any]


def _verify(
    main: bytes,
    files: dict[str, bytes] | None = None,
    root: trust.TrustRoot | None = None,
    now: datetime = NOW,
) -> Report:
    named = [NamedFile(name, data) for name, data in (files or {}).items()]
    return verify(NamedFile("bundle.json", main), named, root or trust_root(), now)


def _failure(report: Report) -> tuple[str, str]:
    """The first failed check of a report that must have one: its name and its words."""
    assert not report.verified
    failed = [check for check in report.checks if check.passed is False]
    return failed[0].check, failed[0].message


def _edited(change: Callable[[Value], None], data: bytes = SET["bundle.json"]) -> bytes:
    value = json.loads(data)
    change(value)
    return canonical.encode(value)


def _entry(value: Value) -> Value:
    entry: Value = value["verificationMaterial"]["tlogEntries"][0]
    return entry


def test_the_untouched_example_verifies() -> None:
    """Nothing below fails for another reason than its change: the whole example is verified."""
    files = {name: data for name, data in SET.items() if name != "bundle.json"}
    report = _verify(SET["bundle.json"], files)
    assert report.verified
    assert report.verdict == "verified"
    assert {check.check for check in report.checks} == {
        "envelope", "log proof", "statement", "licence", "delivery", "record", "audio samples",
        "file",
    }  # fmt: skip
    assert len(report.checks) == 3 + len(files)


def test_another_key_throughout() -> None:
    """A bundle made anew, whole, with other keys is consistent in itself and still not verified."""
    forged = example_set(OTHER_RECORDS, OTHER_CHECKPOINTS)
    report = _verify(forged["bundle.json"], {"track.wav": FILES["track.wav"]})
    assert _failure(report)[0] == "envelope"
    assert OTHER_RECORDS.key_id in _failure(report)[1]
    assert not report.signer_known


def test_another_log_key_with_the_right_records_key() -> None:
    """The right signer in a log of somebody else's is not in our log."""
    forged = bundles([generation_statement()], RECORDS, OTHER_CHECKPOINTS)[0]
    assert _failure(_verify(forged)) == (
        "log proof",
        "the checkpoint is signed with a key that the trust root does not hold",
    )


def test_wrong_origin() -> None:
    """The log's own key under another log's name is another log."""
    forged = bundles([generation_statement()], origin="clearcue/log/ffffffffffffffff")[0]
    assert "not one that the trust root names" in _failure(_verify(forged))[1]


def test_checkpoint_key_used_for_records() -> None:
    """A key trusted for checkpoints cannot sign a record."""
    forged = bundles([generation_statement()], signer=CHECKPOINTS)[0]
    check, words = _failure(_verify(forged))
    assert check == "envelope"
    assert "does not hold for records" in words


def test_swapped_leaf() -> None:
    """The leaf and proof of another statement in the same log do not stand for this one."""

    def change(value: Value) -> None:
        other = json.loads(SET["licence.json"])
        value["verificationMaterial"]["tlogEntries"] = other["verificationMaterial"]["tlogEntries"]

    assert _failure(_verify(_edited(change))) == (
        "log proof",
        "the log's leaf is not that of this envelope and key",
    )


def test_swapped_envelope() -> None:
    """Another signed envelope in front of this proof is refused by its leaf."""

    def change(value: Value) -> None:
        value["dsseEnvelope"] = json.loads(SET["licence.json"])["dsseEnvelope"]

    assert _failure(_verify(_edited(change)))[0] == "log proof"


def test_changed_statement() -> None:
    """A changed payload under the old signature fails in the envelope."""

    def change(value: Value) -> None:
        payload = canonical.decode_base64(value["dsseEnvelope"]["payload"])
        payload = payload.replace(b'"mood":"uplifting"', b'"mood":"romantic!"')
        value["dsseEnvelope"]["payload"] = canonical.encode_base64(payload)

    assert _failure(_verify(_edited(change))) == (
        "envelope",
        "the signature does not match the signed bytes",
    )


def test_extra_signature_in_the_envelope() -> None:
    """A second signature, even a good one, is refused."""

    def change(value: Value) -> None:
        value["dsseEnvelope"]["signatures"] *= 2

    assert _failure(_verify(_edited(change)))[0] == "envelope"


def test_extra_signature_on_the_checkpoint() -> None:
    """A second signature line on the checkpoint goes unchecked nowhere: it is refused."""

    def change(value: Value) -> None:
        note = _entry(value)["inclusionProof"]["checkpoint"]
        note["envelope"] += note["envelope"].split("\n\n")[1]

    assert _failure(_verify(_edited(change)))[0] == "log proof"


@pytest.mark.parametrize(("field", "check"), [("payload", "envelope"), ("sig", "envelope")])
def test_non_canonical_base64_in_the_envelope(field: str, check: str) -> None:
    """Stray bits in the last base64 character mean the same bytes and are refused."""

    def change(value: Value) -> None:
        holder = value["dsseEnvelope"] if field == "payload" else None
        holder = holder or value["dsseEnvelope"]["signatures"][0]
        text = holder[field]
        if not text.endswith("="):
            holder[field] = text + "===="
            return
        kept = text.rstrip("=")
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        last = alphabet[alphabet.index(kept[-1]) + 1]
        holder[field] = kept[:-1] + last + "=" * (len(text) - len(kept))

    failed, words = _failure(_verify(_edited(change)))
    assert failed == check
    assert "base64" in words


@pytest.mark.parametrize("change", ["drop", "double", "reorder", "foreign"])
def test_truncated_and_altered_proofs(change: str) -> None:
    """A proof that is too short, too long, out of order or another's is refused."""

    def edit(value: Value) -> None:
        hashes = _entry(value)["inclusionProof"]["hashes"]
        if change == "drop":
            hashes.pop()
        elif change == "double":
            hashes.append(hashes[-1])
        elif change == "reorder":
            hashes.reverse()
        else:
            hashes[0] = canonical.encode_base64(bytes(32))

    assert _failure(_verify(_edited(edit)))[0] == "log proof"


@pytest.mark.parametrize(
    "path", [("logIndex",), ("inclusionProof", "logIndex"), ("inclusionProof", "treeSize")]
)
def test_stated_numbers_that_nothing_proves(path: tuple[str, ...]) -> None:
    """Each of the numbers that the bundle repeats is compared with the proved one."""

    def change(value: Value) -> None:
        holder = _entry(value)
        for name in path[:-1]:
            holder = holder[name]
        holder[path[-1]] = "4"

    assert _failure(_verify(_edited(change)))[0] == "log proof"


def test_another_root_hash_beside_the_checkpoint() -> None:
    """The root hash that the bundle repeats must be the checkpoint's."""

    def change(value: Value) -> None:
        _entry(value)["inclusionProof"]["rootHash"] = canonical.encode_base64(bytes(32))

    assert _failure(_verify(_edited(change)))[0] == "log proof"


def test_another_log_id() -> None:
    """The log id must be that of the checkpoint's key and origin."""

    def change(value: Value) -> None:
        _entry(value)["logId"]["keyId"] = canonical.encode_base64(bytes(32))

    assert _failure(_verify(_edited(change)))[0] == "log proof"


def test_another_key_hint() -> None:
    """The key hint cannot name a key that did not sign."""

    def change(value: Value) -> None:
        value["verificationMaterial"]["publicKey"]["hint"] = "00" * 32

    assert _failure(_verify(_edited(change)))[0] == "envelope"


@pytest.mark.parametrize(
    "path", [(), ("verificationMaterial",), ("dsseEnvelope",), ("verificationMaterial", "tlog")]
)
def test_a_field_that_nobody_knows(path: tuple[str, ...]) -> None:
    """An unknown field at any level is refused, such as a certificate of the attacker's."""

    def change(value: Value) -> None:
        holder = value
        for name in path:
            holder = _entry(value) if name == "tlog" else holder[name]
        holder["certificate"] = {"rawBytes": "AA=="}

    assert "unknown field 'certificate'" in _failure(_verify(_edited(change)))[1]


def test_duplicate_json_keys() -> None:
    """A second `dsseEnvelope`, of which readers would pick one or the other, is refused."""
    main = SET["bundle.json"]
    twice = b'{"dsseEnvelope":{},' + main[1:]
    assert "comes twice" in _failure(_verify(twice))[1]


def test_the_same_values_in_another_layout() -> None:
    """The same JSON with white space is not the bundle."""
    loose = json.dumps(json.loads(SET["bundle.json"])).encode()
    assert "canonical" in _failure(_verify(loose))[1]


def test_algorithm_confusion() -> None:
    """A leaf that calls an Ed25519 key a P-256 key is not the leaf of this envelope."""

    def change(value: Value) -> None:
        body = canonical.decode_base64(_entry(value)["canonicalizedBody"])
        body = body.replace(b"PKIX_ED25519", b"PKIX_ECDSA_P256_SHA_256")
        _entry(value)["canonicalizedBody"] = canonical.encode_base64(body)

    forged = _edited(change)
    assert _failure(_verify(forged))[0] == "log proof"
    alone = verify(NamedFile("bundle.json", forged), [], None, NOW)
    assert not alone.consistent


def test_a_p256_signature_under_an_ed25519_key_id() -> None:
    """A signature of another algorithm does not verify under the trusted key's id."""
    stored = envelope.sign(generation_statement(), RECORDS_P256)
    swapped = stored.replace(RECORDS_P256.key_id.encode(), RECORDS.key_id.encode())
    main = _by_hand(swapped, RECORDS)
    assert _failure(_verify(main)) == ("envelope", "the signature does not match the signed bytes")


def test_a_p256_key_that_is_trusted_verifies() -> None:
    """The other algorithm is no attack when the trust root binds it to the key."""
    main = bundles([generation_statement()], RECORDS_P256)[0]
    assert _verify(main, root=trust_root((RECORDS, RECORDS_P256))).verified


def _by_hand(stored: bytes, signer: ExampleSigner) -> bytes:
    """A bundle around an envelope whose signature does not verify, in an otherwise good log."""
    signed = envelope.parse(stored)
    body = leaf.body_of(signed, signer.public_key)
    head = checkpoint.sign(ORIGIN, 1, merkle.merkle_root([body]), CHECKPOINTS)
    value = json.loads(SET["bundle.json"])
    value["dsseEnvelope"] = json.loads(stored)
    entry = _entry(value)
    entry["canonicalizedBody"] = canonical.encode_base64(body)
    entry["logIndex"] = "0"
    entry["inclusionProof"] = {
        "checkpoint": {"envelope": head.decode()},
        "hashes": [],
        "logIndex": "0",
        "rootHash": canonical.encode_base64(merkle.merkle_root([body])),
        "treeSize": "1",
    }
    return canonical.encode(value)


def test_a_key_not_yet_allowed_to_sign() -> None:
    """A statement from before its key's time is refused (a key made later, and dated back)."""
    later = datetime(2026, 11, 23, tzinfo=UTC)
    root = trust_root()
    keys = (
        trust.TrustedKey(RECORDS.public_key, trust.RECORDS, later),
        *root.keys[1:],
    )
    check, words = _failure(_verify(SET["bundle.json"], root=trust.TrustRoot(keys, root.logs)))
    assert check == "statement"
    assert "not allowed to sign" in words


def test_a_key_no_longer_allowed_to_sign() -> None:
    """A statement from after its key's end is refused."""
    root = trust_root()
    ended = trust.TrustedKey(
        RECORDS.public_key,
        trust.RECORDS,
        datetime(2026, 11, 1, tzinfo=UTC),
        datetime(2026, 11, 22, tzinfo=UTC),
    )
    keys = (ended, *root.keys[1:])
    assert _failure(_verify(SET["bundle.json"], root=trust.TrustRoot(keys, root.logs)))[0] == (
        "statement"
    )


def test_a_licence_as_the_bundle() -> None:
    """A genuine licence does not pass for the record of a track."""
    assert _failure(_verify(SET["licence.json"])) == (
        "statement",
        "this bundle does not state how a track was made",
    )


def test_a_malleated_p256_signature() -> None:
    """The twin (r, n - s) of a P-256 signature verifies, but is not the one that was logged."""
    value = json.loads(bundles([generation_statement()], RECORDS_P256)[0])
    entry = value["dsseEnvelope"]["signatures"][0]
    r, s = decode_dss_signature(canonical.decode_base64(entry["sig"]))
    twin = encode_dss_signature(r, P256_ORDER - s)
    signed = envelope.pae(generation_statement())
    assert RECORDS_P256.public_key.verifies(twin, signed)
    entry["sig"] = canonical.encode_base64(twin)
    report = _verify(canonical.encode(value), root=trust_root((RECORDS_P256,)))
    assert _failure(report) == ("log proof", "the log's leaf is not that of this envelope and key")


def test_only_what_failed_is_called_failed() -> None:
    """With a damaged envelope the other files are not checked, rather than blamed."""

    def change(value: Value) -> None:
        value["dsseEnvelope"]["signatures"][0]["sig"] = canonical.encode_base64(bytes(64))

    files = {name: data for name, data in SET.items() if name != "bundle.json"}
    report = _verify(_edited(change), files)
    assert report.failed == ("envelope",)
    assert report.verdict == "not verified: envelope"
    assert {check.passed for check in report.checks[1:]} == {None}
