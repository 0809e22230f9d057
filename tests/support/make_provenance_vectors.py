"""Make the vectors in tests/vectors/provenance/ from fixed test keys and a fixed example track.

Run `python tests/support/make_provenance_vectors.py` in the repository's root; with --check it only
says whether the committed files are what it makes. The keys are derived from words that everybody
can read here: they protect nothing. The tests of the record format work on the same example.
"""

import hashlib
import json
import struct
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256

from clearcue_provenance import (
    authorship,
    bundle,
    canonical,
    checkpoint,
    cosignature,
    envelope,
    leaf,
    membership,
    merkle,
    predicates,
    statement,
    succession,
    tiles,
    trust,
    trust_file,
)
from clearcue_provenance.keys import PublicKey, public_key_of
from clearcue_provenance.log import LogDirectory

VECTORS = Path(__file__).resolve().parents[1] / "vectors" / "provenance"
ORIGIN = "clearcue/log/0123456789abcdef"
VALID_FROM = datetime(2026, 11, 1, tzinfo=UTC)
NOW = datetime(2026, 12, 1, tzinfo=UTC)
PCM_24_STEREO = statement.PcmFormat(48_000, 24, 2)


@dataclass(frozen=True)
class ExampleSigner:
    """A signer whose private key follows from a word."""

    word: str
    algorithm: str = "ed25519"

    @property
    def _seed(self) -> bytes:
        return hashlib.sha256(f"clearcue test key {self.word}".encode()).digest()

    @property
    def private_key(self) -> ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey:
        """The key itself, for outside tools."""
        if self.algorithm == "ed25519":
            return ed25519.Ed25519PrivateKey.from_private_bytes(self._seed)
        return ec.derive_private_key(int.from_bytes(self._seed, "big") >> 1, ec.SECP256R1())

    @property
    def public_key(self) -> PublicKey:
        """What verifies the signatures."""
        return public_key_of(self.private_key.public_key())

    @property
    def key_id(self) -> str:
        """The fingerprint."""
        return self.public_key.key_id

    def sign(self, message: bytes) -> bytes:
        """A signature that is the same on every run (RFC 8032; RFC 6979 for P-256)."""
        key = self.private_key
        if isinstance(key, ed25519.Ed25519PrivateKey):
            return key.sign(message)
        return key.sign(message, ec.ECDSA(SHA256(), deterministic_signing=True))


RECORDS = ExampleSigner("records")
RECORDS_P256 = ExampleSigner("records p256", "ecdsa-p256-sha256")
CHECKPOINTS = ExampleSigner("checkpoints")
ROOT_KEYS = tuple(ExampleSigner(f"root {name}") for name in ("a", "b", "c"))
WITNESSES = {f"witness.example/{name}": ExampleSigner(f"witness {name}") for name in ("a", "b")}
PERSON = ExampleSigner("a person who declares")


@dataclass(frozen=True)
class Leaves:
    """A source of leaves in memory."""

    leaves: Sequence[bytes]

    def size(self) -> int:
        """How many there are."""
        return len(self.leaves)

    def read(self, start: int, stop: int) -> Sequence[bytes]:
        """A range of them."""
        return self.leaves[start:stop]


def trust_root(
    records: Sequence[ExampleSigner] = (RECORDS,), checkpoints: ExampleSigner = CHECKPOINTS
) -> trust.TrustRoot:
    """The trust root that believes these signers."""
    return trust.TrustRoot(
        (
            *(trust.TrustedKey(s.public_key, trust.RECORDS, VALID_FROM) for s in records),
            trust.TrustedKey(checkpoints.public_key, trust.CHECKPOINTS, VALID_FROM),
        ),
        (trust.TrustedLog(ORIGIN, (checkpoints.key_id,)),),
    )


def rooted_root(
    signers: Sequence[ExampleSigner] = ROOT_KEYS[:2], quorum: int = 1, **changes: Any
) -> trust.TrustRoot:
    """The trust root in its second version: two witnesses, three root keys of which two sign."""
    plain = trust_root()
    root = trust.TrustRoot(
        plain.keys,
        plain.logs,
        version=1,
        issued_at=VALID_FROM,
        expires_at=datetime(2027, 12, 1, tzinfo=UTC),
        witnesses=tuple(trust.Witness(n, s.public_key) for n, s in WITNESSES.items()),
        quorum=quorum,
        root=trust.RootKeys(tuple(signer.public_key for signer in ROOT_KEYS), 2),
    )
    root = replace(root, **changes)
    for signer in signers:
        root = succession.sign(root, signer)
    return root


def cosigned(stored: bytes, *names: str) -> bytes:
    """A bundle whose checkpoint these witnesses have cosigned, in this order."""
    value = json.loads(stored)
    note = value["verificationMaterial"]["tlogEntries"][0]["inclusionProof"]["checkpoint"]
    head = checkpoint.parse(note["envelope"].encode())
    for name in names:
        line = cosignature.cosign(
            name, WITNESSES[name], None, head, CHECKPOINTS.public_key, (), NOW
        )
        note["envelope"] += line.decode()
    return canonical.encode(value)


def pcm(frames: int, word: str, layout: statement.PcmFormat = PCM_24_STEREO) -> bytes:
    """Samples that follow from a word."""
    count = frames * layout.channels * layout.sample_width_bits // 8
    return hashlib.shake_256(word.encode()).digest(count)


def wav(samples: bytes, layout: statement.PcmFormat = PCM_24_STEREO, extra: bytes = b"") -> bytes:
    """A WAV file around samples, with more chunks at its end."""
    block = layout.channels * layout.sample_width_bits // 8
    form = struct.pack(
        "<HHIIHH",
        1,
        layout.channels,
        layout.sample_rate,
        layout.sample_rate * block,
        block,
        layout.sample_width_bits,
    )
    body = b"WAVE" + chunk(b"fmt ", form) + chunk(b"data", samples) + extra
    return b"RIFF" + struct.pack("<I", len(body)) + body


def chunk(name: bytes, body: bytes) -> bytes:
    """One RIFF chunk, padded to an even length."""
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def digest(data: bytes) -> str:
    """sha256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


TRACK_PCM = pcm(64, "track")
FILES = {
    "track.wav": wav(TRACK_PCM),
    "track.mp3": b"\xff\xfb\x90\x00 not really an MP3, and no matter",
    "score.mid": b"MThd\0\0\0\x06\0\x01\0\x01\x01\xe0MTrk\0\0\0\x04\0\xff\x2f\0",
    "score.musicxml": b'<?xml version="1.0"?><score-partwise version="4.0"/>',
}


def generation_predicate() -> dict[str, Any]:
    """What the example record says."""
    machine = {"maker": "machine", "by": "Clearcue 0.1.0"}
    rule = {
        "rule": "bass-follows-root",
        "file": "styles/plain.json",
        "version": "1",
        "author": "Example Author",
        "licence": "CC0-1.0",
    }
    return {
        "buildDefinition": {
            "buildType": predicates.BUILD_TYPE,
            "externalParameters": {
                "mood": "uplifting",
                "usage": "ad",
                "seconds": "30",
                "style": None,
                "seed": 7,
                "attempt": 1,
            },
            "internalParameters": {"sample_rate": 48000},
            "resolvedDependencies": [
                {"name": "training-set", "digest": {"sha256": digest(b"training set")}},
                {"name": "sound-bank", "digest": {"sha256": digest(b"sound bank")}},
            ],
        },
        "runDetails": {
            "builder": {"id": predicates.BUILDER_ID, "version": {"clearcue": "0.1.0"}},
            "metadata": {
                "invocationId": "track-example",
                "startedOn": "2026-11-22T14:00:00Z",
                "finishedOn": "2026-11-22T14:00:05Z",
            },
        },
        "influence": {
            "parts": [
                {
                    "part": "melody",
                    "learnt": "3/4",
                    "sources": [
                        {"kind": "work", "work": "work-a", "share": "1/2"},
                        {"kind": "work", "work": "work-b", "share": "1/4"},
                        {"kind": "rule", "share": "1/4", **rule},
                    ],
                },
                {
                    "part": "bass",
                    "learnt": "0/1",
                    "sources": [{"kind": "rule", "share": "1/1", **rule}],
                },
            ]
        },
        "rules": [rule],
        "originality": {
            "method": "shingles 16/4, MinHash and alignment",
            "corpus": {"digest": digest(b"corpus"), "counts": {"works": 2}},
            "verdict": "clear",
            "similarity": "0.21",
            "nearest": [
                {
                    "work": "work-a",
                    "title": "Ein frohes Stück",
                    "similarity": "0.21",
                    "query_bars": {"from": 1, "to": 4},
                    "work_bars": {"from": 9, "to": 12},
                    "transposition": -3,
                }
            ],
        },
        "authorship": dict.fromkeys(predicates.ELEMENTS, machine),
    }


def generation_statement() -> bytes:
    """The example record's payload."""
    subjects = [
        statement.file_subject("score.mid", FILES["score.mid"]),
        statement.file_subject("score.musicxml", FILES["score.musicxml"]),
        statement.Subject("track.pcm", digest(TRACK_PCM), PCM_24_STEREO),
        statement.Subject("stems/bass.pcm", digest(pcm(64, "bass")), PCM_24_STEREO),
    ]
    return statement.encode(subjects, predicates.GENERATION, generation_predicate())


def licence_predicate(record: str) -> dict[str, Any]:
    """What the example licence says of a record."""
    return {
        "licence_id": "LIC-EXAMPLE-1",
        "record": {"sha256": record},
        "template": {"id": "online-ad", "version": "1", "sha256": digest(b"the exact text")},
        "licensor": {"name": "Example Studio"},
        "licensee": {"name": "Example Licensee"},
        "grant": {
            "media": ["online-video"],
            "territory": ["DE", "FR"],
            "start": "2026-11-22T00:00:00Z",
            "end": "2027-11-22T00:00:00Z",
        },
        "nonce": digest(b"nonce"),
        "price": {"amount_minor": 4900, "currency": "EUR"},
        "quote": {"sha256": digest(b"quote")},
        "issued_at": "2026-11-22T14:01:00Z",
    }


def licence_statement(record: str) -> bytes:
    """The example licence's payload."""
    subject = statement.Subject(predicates.RECORD_NAME, record)
    return statement.encode([subject], predicates.LICENCE, licence_predicate(record))


def licence_end_statement(licence: str, successor: str | None) -> bytes:
    """The example end's payload: revoked, or superseded by a successor."""
    said = {
        "licence": {"sha256": licence},
        "state": "revoked" if successor is None else "superseded",
        "reason": "chargeback" if successor is None else "amendment",
        "note": "",
        "successor": None if successor is None else {"sha256": successor},
        "ended_at": "2026-11-22T16:00:00Z",
    }
    subject = statement.Subject(predicates.LICENCE_NAME, licence)
    return statement.encode([subject], predicates.LICENCE_END, said)


def ending_set() -> dict[str, bytes]:
    """Both ends of the example's licence."""
    licence = bundle.parse(example_set()["licence.json"]).digest
    ends = [licence_end_statement(licence, None), licence_end_statement(licence, "5c" * 32)]
    revoked, superseded = bundles(ends)
    return {"revoked.json": revoked, "superseded.json": superseded}


STATUS_AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


def status_predicate() -> dict[str, Any]:
    """What the example status says of the licence of the example."""
    licence = bundle.parse(example_set()["licence.json"])
    return {
        "licence": {"sha256": licence.digest},
        "state": "in force",
        "end": None,
        "log": {
            "origin": ORIGIN,
            "size": licence.checkpoint.size,
            "root": canonical.encode_base64(licence.checkpoint.root),
        },
        "stated_at": "2026-11-23T09:00:00Z",
        "fresh_until": "2026-11-24T09:00:00Z",
    }


def status_statement() -> bytes:
    """The example status's payload."""
    said = status_predicate()
    subject = statement.Subject(predicates.LICENCE_NAME, said["licence"]["sha256"])
    return statement.encode([subject], predicates.STATUS, said)


def status_file(signer: ExampleSigner = RECORDS) -> bytes:
    """The example's status.json."""
    return envelope.sign(status_statement(), signer)


def delivery_statement(record: str) -> bytes:
    """The example delivery's payload."""
    files = [
        {"name": name, "sha256": digest(data), "size": len(data)}
        for name, data in sorted(FILES.items())
    ]
    predicate = {
        "record": {"sha256": record},
        "delivered_at": "2026-11-22T14:02:00Z",
        "files": files,
    }
    subjects = [statement.Subject(str(f["name"]), str(f["sha256"])) for f in files]
    return statement.encode(subjects, predicates.DELIVERY, predicate)


def authorship_predicate(record: str) -> dict[str, Any]:
    """What the example authorship says: a melody given, a harmony edited, two declarations."""
    engine, sound = "urn:clearcue:builder:engine 2", "clearcue-computed 1"
    given, before, after = digest(b"melody.mid"), digest(b"score 1"), digest(FILES["score.mid"])
    text, at = "I wrote the melody that I gave.", "2026-11-22T13:58:00Z"
    made = {"origin": authorship.MACHINE, "machine": engine, "persons": []}
    heard = {"origin": authorship.MACHINE, "machine": sound, "persons": []}
    signed = PERSON.sign(authorship.declaration_bytes("p1", text, at, given))
    return authorship.predicate(
        record,
        {
            "melody": {"origin": authorship.HUMAN, "persons": ["p1"]},
            "harmony": {"origin": authorship.EDITED, "machine": engine, "persons": ["p2"]},
            "rhythm": made,
            "arrangement": made,
            "performance": heard,
            "mix": heard,
        },
        [
            {"kind": "brief", "at": "2026-11-22T13:57:00Z", "by": "p2",
             "after": {"brief": digest(b"brief")}},
            {"kind": "input", "at": at, "by": "p1", "elements": ["melody"],
             "after": {"melody.mid": given}},
            {"kind": "seed", "at": "2026-11-22T14:00:00Z", "by": engine, "detail": {"seed": 7}},
            {"kind": "candidates", "at": "2026-11-22T14:00:01Z", "by": engine,
             "detail": {"attempts": [{"attempt": 0, "verdict": "similar", "similarity": "0.61"},
                                     {"attempt": 1, "verdict": "clear", "similarity": "0.21"}]}},
            {"kind": "choice", "at": "2026-11-22T14:00:02Z", "by": "p2", "elements": ["harmony"],
             "after": {"score.mid": before}, "detail": {"attempt": 1}},
            {"kind": "edit", "at": "2026-11-22T14:00:03Z", "by": "p2", "elements": ["harmony"],
             "before": {"score.mid": before}, "after": {"score.mid": after}},
            {"kind": "render", "at": "2026-11-22T14:00:05Z", "by": sound,
             "before": {"score.mid": after}, "after": {"track.pcm": digest(TRACK_PCM)}},
        ],
        "2026-11-22T14:00:06Z",
        [
            {"id": "p1", "name": "Example Composer", "roles": ["composer"]},
            {"id": "p2", "name": "Example Producer", "roles": ["producer", "editor"]},
        ],
        [
            {"person": "p1", "text": text, "at": at, "about": given,
             "algorithm": PERSON.algorithm,
             "public_key": canonical.encode_base64(PERSON.public_key.spki),
             "signature": canonical.encode_base64(signed)},
            {"person": "p2", "text": "I chose among the candidates and changed the chords.",
             "at": "2026-11-22T14:00:04Z", "about": after},
        ],
    )  # fmt: skip


def authorship_statement(record: str) -> bytes:
    """The example authorship's payload."""
    subject = statement.Subject(predicates.RECORD_NAME, record)
    return statement.encode([subject], predicates.AUTHORSHIP, authorship_predicate(record))


def authorship_file(signer: ExampleSigner = RECORDS) -> bytes:
    """The example's authorship.json, for the record of the example."""
    record = digest(envelope.sign(generation_statement(), signer))
    return bundles([authorship_statement(record)], signer)[0]


WORK_FILE = b"<score-partwise>the file of work-b</score-partwise>"


def training_set_leaves() -> list[bytes]:
    """The example training set: its head, and three works in the order of their ids."""
    head = {
        "engine_version": "0.1.0",
        "format": "clearcue-training-set/1",
        "policy": "strict",
        "policy_version": "1.0.0",
    }
    files = {"work-a": b"file a", "work-b": WORK_FILE, "work-c": b"file c"}
    works = [
        {
            "licence": "CC0-1.0",
            "sha256": digest(data),
            "verdict": "cleared",
            "work_id": name,
        }
        for name, data in files.items()
    ]
    return [canonical.encode(entry) for entry in (head, *works)]


def training_set_predicate() -> dict[str, Any]:
    """What the example training set's statement says."""
    leaves = training_set_leaves()
    return {
        "root": {"sha256": merkle.merkle_root(leaves).hex()},
        **canonical.parse(leaves[0], 4096),
        "works": len(leaves) - 1,
        "issued_at": "2026-11-22T13:00:00Z",
    }


def training_set_statement() -> bytes:
    """The example training set's payload."""
    said = training_set_predicate()
    subject = statement.Subject(predicates.TRAINING_SET_NAME, said["root"]["sha256"])
    return statement.encode([subject], predicates.TRAINING_SET, said)


def withdrawal_predicate() -> dict[str, Any]:
    """What the example notice of a withdrawal says."""
    return {
        "work": {"id": "work-b", "title": "Ein Stück", "sha256": digest(WORK_FILE)},
        "by": {"name": "Example Rights Holder"},
        "reason": "The grant was given by mistake.",
        "training_sets": [training_set_predicate()["root"]],
        "affected": {"tracks": 3, "influenced": 2, "licences": 1},
        "withdrawn_at": "2026-11-22T15:00:00Z",
    }


def withdrawal_statement() -> bytes:
    """The example notice's payload."""
    subject = statement.Subject(predicates.WORK_NAME, digest(WORK_FILE))
    return statement.encode([subject], predicates.WITHDRAWAL, withdrawal_predicate())


def ledger_set(
    signer: ExampleSigner = RECORDS, log_signer: ExampleSigner = CHECKPOINTS
) -> dict[str, bytes]:
    """The example's files of the rights ledger."""
    payloads = [training_set_statement(), withdrawal_statement()]
    trained, withdrawn = bundles(payloads, signer, log_signer)
    return {
        "training-set.json": trained,
        "membership.json": membership.make_proof(trained, training_set_leaves(), 2),
        "members.json": membership.make_list(trained, training_set_leaves()),
        "withdrawal.json": withdrawn,
        "work.musicxml": WORK_FILE,
    }


def bundles(
    payloads: Sequence[bytes],
    signer: ExampleSigner = RECORDS,
    log_signer: ExampleSigner = CHECKPOINTS,
    origin: str = ORIGIN,
) -> list[bytes]:
    """A bundle for each payload, all in one log, after two leaves of others."""
    envelopes = [envelope.sign(payload, signer) for payload in payloads]
    bodies = [leaf.leaf_body(stored, signer.public_key) for stored in envelopes]
    leaves = [b"first leaf", b"second leaf", *bodies]
    nodes = merkle.nodes_of([merkle.leaf_hash(item) for item in leaves])
    root = merkle.root(len(leaves), nodes)
    head = checkpoint.sign(origin, len(leaves), root, log_signer)
    return [
        bundle.make(
            stored,
            signer.public_key,
            index=index,
            proof=merkle.inclusion_proof(index, len(leaves), nodes),
            stored_checkpoint=head,
            log_id=checkpoint.log_id(origin, log_signer.public_key),
        )
        for index, stored in enumerate(envelopes, start=2)
    ]


def example_set(
    signer: ExampleSigner = RECORDS, log_signer: ExampleSigner = CHECKPOINTS
) -> dict[str, bytes]:
    """Every file of the example: record, bundle, licence, delivery and what they are about."""
    record = envelope.sign(generation_statement(), signer)
    named = digest(record)
    payloads = [generation_statement(), licence_statement(named), delivery_statement(named)]
    main, licence, delivery = bundles(payloads, signer, log_signer)
    return {
        "record.json": record,
        "bundle.json": main,
        "licence.json": licence,
        "delivery.json": delivery,
        **FILES,
    }


def log_vector() -> dict[str, Any]:
    """Roots, proofs, tile paths and a checkpoint of a log of 260 leaves "leaf 0" to "leaf 259"."""
    leaves = [f"leaf {i}".encode() for i in range(260)]
    with tempfile.TemporaryDirectory() as folder:
        log = LogDirectory(Path(folder), ORIGIN)
        head = log.publish(Leaves(leaves), CHECKPOINTS)
        nodes = merkle.nodes_of([merkle.leaf_hash(item) for item in leaves])
        return {
            "leaves": "the ASCII texts 'leaf 0' to 'leaf 259'",
            "roots": {str(n): merkle.root(n, nodes).hex() for n in (1, 2, 3, 7, 8, 256, 257, 260)},
            "inclusion": [
                {
                    "index": index,
                    "size": 260,
                    "hashes": [item.hex() for item in log.inclusion_proof(index, 260)],
                }
                for index in (0, 255, 256, 259)
            ],
            "consistency": [
                {
                    "old": old,
                    "new": 260,
                    "hashes": [item.hex() for item in log.consistency_proof(old, 260)],
                }
                for old in (1, 7, 256, 259)
            ],
            "files": {
                str(path.relative_to(folder)): digest(path.read_bytes())
                for path in sorted(Path(folder).rglob("*"))
                if path.is_file() and path.name != ".lock"
            },
            "paths": {str(index): tiles.tile_path(0, index) for index in (0, 999, 1000, 1_234_067)},
            "checkpoint": head.stored.decode(),
        }


def vectors() -> dict[str, bytes]:
    """Every vector file by name."""
    example = example_set()
    p256 = envelope.sign(generation_statement(), RECORDS_P256)
    keys = {
        signer.word: {
            "algorithm": signer.algorithm,
            "public_key": canonical.encode_base64(signer.public_key.spki),
            "key_id": signer.key_id,
        }
        for signer in (RECORDS, RECORDS_P256, CHECKPOINTS)
    }
    return {
        **{f"example/{name}": data for name, data in example.items()},
        "status/status.json": status_file(),
        "authorship/authorship.json": authorship_file(),
        **{f"ending/{name}": data for name, data in ending_set().items()},
        **{f"ledger/{name}": data for name, data in ledger_set().items()},
        "rooted/trust-root.json": trust_file.encode(rooted_root()),
        "rooted/bundle.json": cosigned(example["bundle.json"], "witness.example/a"),
        "example/trust-root.json": trust_file.encode(trust_root()),
        "statement.json": generation_statement(),
        "pae.bin": envelope.pae(generation_statement()),
        "leaf.json": bundle.parse(example["bundle.json"]).body,
        "record-p256.json": p256,
        "leaf-p256.json": leaf.leaf_body(p256, RECORDS_P256.public_key),
        "keys.json": _pretty(keys),
        "log.json": _pretty(log_vector()),
    }


def _pretty(value: dict[str, Any]) -> bytes:
    return json.dumps(value, indent=2, ensure_ascii=False).encode() + b"\n"


def main(arguments: Sequence[str]) -> int:
    """Write the vectors, or compare them."""
    made = vectors()
    differing = [
        name
        for name, data in made.items()
        if not (VECTORS / name).is_file() or (VECTORS / name).read_bytes() != data
    ]
    if "--check" in arguments:
        print("\n".join(f"differs: {name}" for name in differing) or "all vectors are as committed")
        return 1 if differing else 0
    for name in differing:
        path = VECTORS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made[name])
        print(f"wrote {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
