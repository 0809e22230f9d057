"""Checkpoints: the C2SP text, the key hash, and everything else refused."""

import base64

import pytest
from make_provenance_vectors import CHECKPOINTS, ORIGIN, RECORDS, RECORDS_P256

from clearcue_provenance import checkpoint
from clearcue_provenance.errors import LogProofError
from clearcue_provenance.keys import load_public_key

ROOT = bytes(range(32))
STORED = checkpoint.sign(ORIGIN, 42, ROOT, CHECKPOINTS)


def test_text_is_three_lines_by_hand() -> None:
    """Origin, size and root in base64, then a blank line and one signature line."""
    text = f"{ORIGIN}\n42\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
    assert STORED.startswith(f"{text}\n\u2014 {ORIGIN} ".encode())
    parsed = checkpoint.parse(STORED)
    assert (parsed.origin, parsed.size, parsed.root) == (ORIGIN, 42, ROOT)
    assert parsed.text == text.encode()
    checkpoint.verify(parsed, ORIGIN, CHECKPOINTS.public_key)


def test_key_hash_is_that_of_other_implementations() -> None:
    """A published verifier key "name+hash+key" has the hash that we compute for it."""
    name, key_hash, key = [
        "example.com/foo",
        "530d903a",
        "AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    ]
    raw = base64.b64decode(key)[1:]
    spki = bytes.fromhex("302a300506032b6570032100") + raw
    assert checkpoint.log_id(name, load_public_key(spki))[:4].hex() == key_hash


def _changed(old: bytes, new: bytes) -> bytes:
    assert old in STORED
    return STORED.replace(old, new, 1)


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        STORED[:-1],
        STORED + b"\n",
        STORED + STORED.split(b"\n")[4] + b"\n",
        _changed(b"\n42\n", b"\n042\n"),
        _changed(b"\n42\n", b"\n-1\n"),
        _changed(b"\n42\n", b"\n99999999999999999\n"),
        _changed(b"\n\n", b"\nextension\n\n"),
        _changed(b"Hh8=\n", b"Hh9=\n"),
        _changed("\u2014 ".encode(), b"-- "),
        _changed("\u2014 clearcue".encode(), "\u2014 other".encode()),
        STORED.replace(b"clearcue/log", b"clear cue/log"),
        STORED.replace(b"clearcue/log", b"clear+cue/log"),
        STORED.replace(b"clearcue/log", b"clear\x1bcue/log"),
        b"\xff" + STORED,
        STORED * 40,
    ],
)
def test_any_other_text_is_refused(stored: bytes) -> None:
    """A checkpoint that is not exactly what the signer writes cannot be read."""
    with pytest.raises(LogProofError):
        checkpoint.parse(stored)


def test_another_origin_key_or_size_does_not_verify() -> None:
    """The signature binds the origin, the size and the root to the log's one key."""
    for changed in (_changed(b"\n42\n", b"\n43\n"), _changed(b"AAECAw", b"AAECBw")):
        with pytest.raises(LogProofError, match="does not match"):
            checkpoint.verify(checkpoint.parse(changed), ORIGIN, CHECKPOINTS.public_key)
    parsed = checkpoint.parse(STORED)
    with pytest.raises(LogProofError, match="of the log"):
        checkpoint.verify(parsed, "clearcue/log/other", CHECKPOINTS.public_key)
    with pytest.raises(LogProofError, match="does not hold"):
        checkpoint.verify(parsed, ORIGIN, RECORDS.public_key)


def test_only_an_ed25519_key_signs_checkpoints() -> None:
    """A P-256 key has no C2SP Ed25519 key hash and is refused."""
    with pytest.raises(LogProofError, match="Ed25519"):
        checkpoint.sign(ORIGIN, 1, ROOT, RECORDS_P256)
