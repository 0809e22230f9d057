"""Named attacks on a bundle and the files that go with it, each with the reason for its refusal.

Every attack starts from the example that verifies, changes one thing, and names the check that must
fail first and words of its message. The tests run them; `make evidence NAME=attacks` lists them.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

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
    VALID_FROM,
    WITNESSES,
    ExampleSigner,
    authorship_file,
    bundles,
    cosigned,
    delivery_statement,
    digest,
    example_set,
    generation_predicate,
    generation_statement,
    ledger_set,
    licence_statement,
    rooted_root,
    trust_root,
    wav,
)

from clearcue_provenance import (
    canonical,
    checkpoint,
    cosignature,
    envelope,
    leaf,
    merkle,
    statement,
    trust,
)
from clearcue_provenance.verify import NamedFile, Report, verify

SET = example_set()
MAIN = SET["bundle.json"]
A, B = WITNESSES
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
OTHER = ExampleSigner("somebody else's records")
OTHER_LOG = ExampleSigner("somebody else's checkpoints")
Value = dict[str, Any]


@dataclass(frozen=True)
class Attack:
    """One attack: what it is called, what it gives the verifier, and why it is refused."""

    name: str
    check: str
    words: str
    main: bytes = MAIN
    files: Mapping[str, bytes] = field(default_factory=dict)
    root: trust.TrustRoot = field(default_factory=trust_root)
    now: datetime = NOW

    def run(self) -> Report:
        """The verifier's report."""
        named = [NamedFile(name, data) for name, data in self.files.items()]
        return verify(NamedFile("bundle.json", self.main), named, self.root, self.now)


def edited(change: Callable[[Value], Any], data: bytes = MAIN) -> bytes:
    """A bundle with a change of its value, in canonical encoding again."""
    value = json.loads(data)
    change(value)
    return canonical.encode(value)


def entry(value: Value) -> Value:
    """The log entry of a bundle's value."""
    found: Value = value["verificationMaterial"]["tlogEntries"][0]
    return found


def put(*path: str | int, to: Any) -> Callable[[Value], None]:
    """A change that sets one place; a path that begins with `log` starts at the log entry."""

    def change(value: Value) -> None:
        holder: Any = entry(value) if path[0] == "log" else value
        steps = path[1:] if path[0] == "log" else path
        for step in steps[:-1]:
            holder = holder[step]
        holder[steps[-1]] = to

    return change


def note(change: Callable[[str], str], data: bytes = MAIN) -> bytes:
    """A bundle with another text for a checkpoint."""

    def edit(value: Value) -> None:
        held = entry(value)["inclusionProof"]["checkpoint"]
        held["envelope"] = change(held["envelope"])

    return edited(edit, data)


def stated(change: Callable[[Value], Any], signer: ExampleSigner = RECORDS) -> bytes:
    """A bundle whose statement was changed and then signed and logged by our own keys."""
    value = json.loads(generation_statement())
    change(value)
    return bundles([canonical.encode(value)], signer)[0]


def by_hand(stored: bytes, signer: ExampleSigner) -> bytes:
    """A bundle around an envelope whose signature does not verify, in an otherwise good log."""
    body = leaf.body_of(envelope.parse(stored), signer.public_key)
    root = merkle.merkle_root([body])
    value = json.loads(MAIN)
    value["dsseEnvelope"] = json.loads(stored)
    held = entry(value)
    held["canonicalizedBody"] = canonical.encode_base64(body)
    held["logIndex"] = "0"
    held["inclusionProof"] = {
        "checkpoint": {"envelope": checkpoint.sign(ORIGIN, 1, root, CHECKPOINTS).decode()},
        "hashes": [],
        "logIndex": "0",
        "rootHash": canonical.encode_base64(root),
        "treeSize": "1",
    }
    return canonical.encode(value)


def rekeyed(trusted: trust.TrustedKey) -> trust.TrustRoot:
    """The trust root with another entry for the records key."""
    root = trust_root()
    return replace(root, keys=(trusted, *root.keys[1:]), version=1, issued_at=VALID_FROM)


def _zeros(count: int) -> str:
    return canonical.encode_base64(bytes(count))


def _stray_bits(text: str) -> str:
    """The same base64 with other bits after the last byte."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    kept = text.rstrip("=")
    last = alphabet[alphabet.index(kept[-1]) + 1]
    return kept[:-1] + last + "=" * (len(text) - len(kept))


def _malleated() -> bytes:
    """The twin (r, n - s) of a P-256 signature: it verifies, and is not the one that was logged."""
    value = json.loads(bundles([generation_statement()], RECORDS_P256)[0])
    held = value["dsseEnvelope"]["signatures"][0]
    r, s = decode_dss_signature(canonical.decode_base64(held["sig"]))
    held["sig"] = canonical.encode_base64(encode_dss_signature(r, P256_ORDER - s))
    return canonical.encode(value)


def _renamed_algorithm(value: Value) -> None:
    body = canonical.decode_base64(entry(value)["canonicalizedBody"])
    body = body.replace(b"PKIX_ED25519", b"PKIX_ECDSA_P256_SHA_256")
    entry(value)["canonicalizedBody"] = canonical.encode_base64(body)


def _changed_payload(value: Value) -> None:
    payload = canonical.decode_base64(value["dsseEnvelope"]["payload"])
    payload = payload.replace(b'"mood":"uplifting"', b'"mood":"romantic!"')
    value["dsseEnvelope"]["payload"] = canonical.encode_base64(payload)


def _own_record() -> str:
    return digest(SET["record.json"])


def _foreign(payload: bytes) -> bytes:
    """A statement that somebody else signed, in our log's shape."""
    return bundles([payload], OTHER, OTHER_LOG)[0]


def on_the_envelope() -> list[Attack]:
    """Attacks on the signature, its key and the signed bytes."""
    forged = example_set(OTHER, OTHER_LOG)
    swapped = envelope.sign(generation_statement(), RECORDS_P256)
    swapped = swapped.replace(RECORDS_P256.key_id.encode(), RECORDS.key_id.encode())
    signature = json.loads(MAIN)["dsseEnvelope"]["signatures"][0]
    key, sig = "signatures", ("dsseEnvelope", "signatures", 0, "sig")
    hold, match = "does not hold for records", "does not match the signed bytes"
    return [
        Attack("another key throughout", "envelope", hold, forged["bundle.json"]),
        Attack("checkpoint key used for records", "envelope", hold,
               bundles([generation_statement()], CHECKPOINTS)[0]),
        Attack("changed statement", "envelope", match, edited(_changed_payload)),
        Attack("signature of zeros", "envelope", match, edited(put(*sig, to=_zeros(64)))),
        Attack("empty signature", "envelope", "base64", edited(put(*sig, to=""))),
        Attack("signature of another statement", "envelope", match, edited(put(
            *sig, to=json.loads(SET["licence.json"])["dsseEnvelope"]["signatures"][0]["sig"]))),
        Attack("extra signature in the envelope", "envelope", "array of 1 to 1",
               edited(put("dsseEnvelope", key, to=[signature] * 2))),
        Attack("no signature", "envelope", "array of 1 to 1",
               edited(put("dsseEnvelope", key, to=[]))),
        Attack("non-canonical base64 in the payload", "envelope", "base64",
               edited(put("dsseEnvelope", "payload", to=_stray_bits(_zeros(4))))),
        Attack("non-canonical base64 in the signature", "envelope", "base64",
               edited(put(*sig, to=_stray_bits(signature["sig"])))),
        Attack("URL-safe base64 in the signature", "envelope", "base64",
               edited(put(*sig, to="-_" + signature["sig"][2:]))),
        Attack("another payload type", "envelope", "payloadType", edited(put(
            "dsseEnvelope", "payloadType", to="application/json"))),
        Attack("algorithm confusion by key id", "envelope", match, by_hand(swapped, RECORDS)),
        Attack("key id of another key", "envelope", hold,
               edited(put("dsseEnvelope", key, 0, "keyid", to="00" * 32))),
        Attack("another key hint", "envelope", "hint", edited(put(
            "verificationMaterial", "publicKey", "hint", to="00" * 32))),
        Attack("signed under another context", "envelope", match, by_hand(canonical.encode({
            **json.loads(SET["record.json"]),
            "signatures": [{"keyid": RECORDS.key_id, "sig": canonical.encode_base64(
                RECORDS.sign(generation_statement()))}]}), RECORDS)),
    ]  # fmt: skip


def on_the_log() -> list[Attack]:
    """Attacks on leaf, proof and checkpoint."""
    licence = json.loads(SET["licence.json"])
    proof = ("log", "inclusionProof")
    hashes = entry(json.loads(MAIN))["inclusionProof"]["hashes"]
    one = bundles([generation_statement()])
    return [
        Attack("another log key with the right records key", "log proof", "does not hold",
               bundles([generation_statement()], RECORDS, OTHER_LOG)[0]),
        Attack("wrong origin", "log proof", "not one that the trust root names",
               bundles([generation_statement()], origin="clearcue/log/ffffffffffffffff")[0]),
        Attack("swapped leaf", "log proof", "not that of this envelope", edited(put(
            "verificationMaterial", "tlogEntries",
            to=licence["verificationMaterial"]["tlogEntries"]))),
        Attack("swapped envelope", "log proof", "not that of this envelope",
               edited(put("dsseEnvelope", to=licence["dsseEnvelope"]))),
        Attack("malleated P-256 signature", "log proof", "not that of this envelope",
               _malleated(), root=trust_root((RECORDS_P256,))),
        Attack("algorithm confusion in the leaf", "log proof", "not that of this envelope",
               edited(_renamed_algorithm)),
        Attack("leaf of zeros", "log proof", "not that of this envelope",
               edited(put("log", "canonicalizedBody", to=_zeros(64)))),
        Attack("truncated proof", "log proof", "too short",
               edited(put(*proof, "hashes", to=hashes[:-1]))),
        Attack("empty proof", "log proof", "too short", edited(put(*proof, "hashes", to=[]))),
        Attack("lengthened proof", "log proof", "too long",
               edited(put(*proof, "hashes", to=[*hashes, hashes[-1]]))),
        Attack("reordered proof", "log proof", "does not lead",
               edited(put(*proof, "hashes", to=hashes[::-1]))),
        Attack("foreign hash in the proof", "log proof", "does not lead",
               edited(put(*proof, "hashes", to=[_zeros(32), *hashes[1:]]))),
        Attack("hash of another length in the proof", "log proof", "32 to 32",
               edited(put(*proof, "hashes", to=[_zeros(31), *hashes[1:]]))),
        Attack("proof of 65 hashes", "log proof", "0 to 64",
               edited(put(*proof, "hashes", to=[_zeros(32)] * 65))),
        Attack("proof from another log", "log proof", "does not lead", edited(put(
            *proof, "hashes", to=entry(json.loads(one[0]))["inclusionProof"]["hashes"][:1] * 3))),
        Attack("another place in the log", "log proof", "two different places",
               edited(put("log", "logIndex", to="4"))),
        Attack("another place in the proof", "log proof", "two different places",
               edited(put(*proof, "logIndex", to="4"))),
        Attack("place in the log with a leading zero", "log proof", "whole number",
               edited(put("log", "logIndex", to="02"))),
        Attack("negative place in the log", "log proof", "whole number",
               edited(put("log", "logIndex", to="-1"))),
        Attack("another tree size", "log proof", "different log sizes",
               edited(put(*proof, "treeSize", to="4"))),
        Attack("another root hash beside the checkpoint", "log proof", "does not lead",
               edited(put(*proof, "rootHash", to=_zeros(32)))),
        Attack("another log id", "log proof", "another log key",
               edited(put("log", "logId", "keyId", to=_zeros(32)))),
        Attack("another kind of entry", "log proof", "kind must be",
               edited(put("log", "kindVersion", "kind", to="hashedrekord"))),
        Attack("a second log entry", "log proof", "array of 1 to 1", edited(
            lambda value: value["verificationMaterial"]["tlogEntries"].append(entry(value)))),
        Attack("checkpoint's size raised", "log proof", "",
               note(lambda text: text.replace("\n5\n", "\n6\n"))),
        Attack("checkpoint without its signature", "log proof", "three lines",
               note(lambda text: text.split("\n\n")[0] + "\n\n")),
        Attack("checkpoint with an extension line", "log proof", "three lines",
               note(lambda text: text.replace("\n\n", "\nextension\n\n"))),
        Attack("signature of another checkpoint", "log proof", "does not match its text",
               note(lambda text: text.split("\n\n")[0] + "\n\n"
                    + checkpoint.sign(ORIGIN, 5, bytes(32), CHECKPOINTS).decode()
                    .split("\n\n")[1])),
    ]  # fmt: skip


def on_the_form() -> list[Attack]:
    """Attacks that say the same in other bytes, or more than a bundle can say."""
    unknown = "unknown field 'certificate'"
    extra = {"rawBytes": "AA=="}
    return [
        Attack("duplicate JSON keys", "bundle", "comes twice",
               b'{"dsseEnvelope":{},' + MAIN[1:]),
        Attack("the same values in another layout", "bundle", "canonical",
               json.dumps(json.loads(MAIN)).encode()),
        Attack("white space at the end", "log proof", "canonical", MAIN + b"\n"),
        Attack("byte order mark", "bundle", "", b"\xef\xbb\xbf" + MAIN),
        Attack("a number with a fraction", "bundle", "not an integer",
               MAIN[:-1] + b',"x":1.0}'),
        Attack("thirty-three levels", "bundle", "deeper than", edited(lambda value: value)[:-1]
               + b',"x":' + b"[" * 33 + b"]" * 33 + b"}"),
        Attack("certificate beside the bundle", "bundle", unknown,
               edited(put("certificate", to=extra))),
        Attack("certificate beside the key hint", "log proof", unknown,
               edited(put("verificationMaterial", "certificate", to=extra))),
        Attack("certificate in the envelope", "envelope", unknown,
               edited(put("dsseEnvelope", "certificate", to=extra))),
        Attack("certificate in the log entry", "log proof", unknown,
               edited(put("log", "certificate", to=extra))),
        Attack("a promise instead of a proof", "log proof", "unknown field 'inclusionPromise'",
               edited(put("log", "inclusionPromise", to={"signedEntryTimestamp": "AA=="}))),
        Attack("another media type", "bundle", "mediaType", edited(put(
            "mediaType", to="application/vnd.dev.sigstore.bundle.v0.2+json"))),
    ]  # fmt: skip


def on_the_keys() -> list[Attack]:
    """Attacks with keys and trust roots out of their time, and with witnesses."""
    later, earlier = datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC)
    key = RECORDS.public_key
    revoked = trust.Revocation(earlier, ORIGIN, 100)
    logged = trust.Revocation(NOW, ORIGIN, 2)
    good, both = cosigned(MAIN, A), cosigned(MAIN, A, B)
    head = checkpoint.parse(entry(json.loads(MAIN))["inclusionProof"]["checkpoint"]
                            ["envelope"].encode())  # fmt: skip
    stranger = cosignature.cosign(
        "witness.example/x", OTHER, None, head, CHECKPOINTS.public_key, (), NOW
    ).decode()
    under_a = cosignature.cosign(A, OTHER, None, head, CHECKPOINTS.public_key, (), NOW).decode()
    time = "not allowed to sign"
    rooted = rooted_root()
    return [
        Attack("future key", "statement", time,
               root=rekeyed(trust.TrustedKey(key, trust.RECORDS, later))),
        Attack("ended key", "statement", time,
               root=rekeyed(trust.TrustedKey(key, trust.RECORDS, VALID_FROM, earlier))),
        Attack("revoked key", "statement", time, root=rekeyed(
            trust.TrustedKey(key, trust.RECORDS, VALID_FROM, None, revoked))),
        Attack("revoked key, dated back", "statement", "logged after", root=rekeyed(
            trust.TrustedKey(key, trust.RECORDS, VALID_FROM, None, logged))),
        Attack("stale root", "trust root", "expired", good, root=rooted,
               now=datetime(2027, 12, 1, tzinfo=UTC)),
        Attack("no witness where one is asked for", "log proof", "asks for 1", root=rooted),
        Attack("too few witnesses", "log proof", "asks for 2", good,
               root=rooted_root(quorum=2)),
        Attack("duplicate witness", "log proof", "twice", note(
            lambda text: text + text.split("\n")[-2] + "\n", good), root=rooted_root(quorum=2)),
        Attack("unknown witness", "log proof", "does not name",
               note(lambda text: text + stranger), root=rooted),
        Attack("witness under another key", "log proof", "by another key",
               note(lambda text: text + under_a), root=rooted),
        Attack("witness of another checkpoint", "log proof", "does not match the checkpoint",
               note(lambda text: text + cosigned_line(bytes(32))), root=rooted),
        Attack("a witness where the trust root names none", "log proof", "does not name", both),
        Attack("log signature in a witness's place", "log proof", "not the log's or a witness's",
               note(lambda text: text + text.split("\n")[-2] + "\n"), root=rooted),
        Attack("witness before the log", "log proof", "", note(
            lambda text: text.split("\n\n")[0] + "\n\n"
            + "".join(f"{line}\n" for line in text.split("\n\n")[1].split("\n")[1::-1]), good),
            root=rooted),
    ]  # fmt: skip


def cosigned_line(root: bytes) -> str:
    """A known witness's line for a checkpoint of the same size with another root."""
    other = checkpoint.parse(checkpoint.sign(ORIGIN, 5, root, CHECKPOINTS))
    line = cosignature.cosign(A, WITNESSES[A], None, other, CHECKPOINTS.public_key, (), NOW)
    return line.decode()


def on_the_statement() -> list[Attack]:
    """Statements that our own keys signed and logged, and that say what they must not."""
    predicate = ("predicate", "influence", "parts", 0)
    ledger = ledger_set()
    twice = generation_predicate()["influence"]["parts"][1]
    return [
        Attack("a licence as the bundle", "statement", "does not state how", SET["licence.json"]),
        Attack("a delivery as the bundle", "statement", "does not state how",
               SET["delivery.json"]),
        Attack("a withdrawal as the bundle", "statement", "does not state how",
               ledger["withdrawal.json"]),
        Attack("another statement type", "statement", "_type",
               stated(put("_type", to="https://in-toto.io/Statement/v0.1"))),
        Attack("an unknown predicate type", "statement", "predicateType",
               stated(put("predicateType", to="urn:clearcue:predicate:generation:v2"))),
        Attack("two subjects of one name", "statement", "one name",
               stated(lambda value: value["subject"].append(value["subject"][0]))),
        Attack("a second digest of a subject", "statement", "unknown field 'md5'",
               stated(put("subject", 0, "digest", "md5", to="00" * 16))),
        Attack("shares beyond one", "statement", "do not sum to one",
               stated(put(*predicate, "sources", 0, "share", to="3/4"))),
        Attack("a share not in lowest terms", "statement", "lowest terms",
               stated(put(*predicate, "sources", 0, "share", to="2/4"))),
        Attack("a learnt fraction that is not that of the works", "statement", "learnt fraction",
               stated(put(*predicate, "learnt", to="1/4"))),
        Attack("one part's influence twice", "statement", "stated twice", stated(
            lambda value: value["predicate"]["influence"]["parts"].append(twice))),
        Attack("finished before it started", "statement", "finishes before", stated(put(
            "predicate", "runDetails", "metadata", "finishedOn", to="2026-11-22T13:00:00Z"))),
        Attack("a time in another zone's form", "statement", "UTC time", stated(put(
            "predicate", "runDetails", "metadata", "finishedOn", to="2026-11-22T14:00:05+00:00"))),
    ]  # fmt: skip


def on_the_files() -> list[Attack]:
    """Attacks with the files that go with a bundle."""
    record = _own_record()
    foreign = example_set(RECORDS_P256)
    samples = FILES["track.wav"]
    at_another_rate = wav(samples[44:], statement.PcmFormat(44_100, 24, 2))
    return [
        Attack("replayed licence of another record", "licence", "belongs to another record",
               files={"licence.json": bundles([licence_statement("ab" * 32)])[0]}),
        Attack("licence by another key", "licence", "does not hold",
               files={"licence.json": _foreign(licence_statement(record))}),
        Attack("licence of another installation", "licence", "does not hold",
               files={"licence.json": foreign["licence.json"]}),
        Attack("delivery named licence", "licence", "", files={
            "licence.json": SET["delivery.json"].replace(b"dsse", b"dssE", 1)}),
        Attack("replayed delivery of another record", "delivery", "belongs to another record",
               files={"delivery.json": bundles([delivery_statement("ab" * 32)])[0]}),
        Attack("authorship of another record", "authorship", "belongs to another record",
               files={"authorship.json": authorship_file(RECORDS_P256)},
               root=trust_root((RECORDS, RECORDS_P256))),
        Attack("record of another track", "record", "not the envelope",
               files={"record.json": foreign["record.json"]}),
        Attack("one sample changed", "audio samples", "none that the record names",
               files={"track.wav": samples[:60] + bytes([samples[60] ^ 1]) + samples[61:]}),
        Attack("the same samples at another rate", "audio samples", "none that the record names",
               files={"track.wav": at_another_rate}),
        Attack("one frame cut off", "audio samples", "none that the record names",
               files={"track.wav": wav(samples[44:-6])}),
        Attack("a second data chunk", "audio samples", "two data chunks", files={
            "track.wav": wav(samples[44:], extra=b"data\x06\0\0\0" + bytes(6))}),
        Attack("a file that nobody delivered", "file", "neither a subject",
               files={"track.mp3": b"\xff\xfbanother", "delivery.json": SET["delivery.json"]}),
        Attack("a score that was changed", "file", "neither a subject",
               files={"score.mid": FILES["score.mid"] + b"\0"}),
    ]  # fmt: skip


def attacks() -> list[Attack]:
    """Every named attack."""
    return [
        *on_the_envelope(), *on_the_log(), *on_the_form(), *on_the_keys(), *on_the_statement(),
        *on_the_files(),
    ]  # fmt: skip
