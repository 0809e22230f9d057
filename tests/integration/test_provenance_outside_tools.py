"""Envelopes and checkpoints checked with openssl and securesystemslib instead of our own code."""

import json
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key
from make_provenance_vectors import (
    CHECKPOINTS,
    RECORDS,
    RECORDS_P256,
    VECTORS,
    ExampleSigner,
    vectors,
)
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey

from clearcue_provenance import canonical, checkpoint, envelope

SIGNED = [("example/record.json", RECORDS), ("record-p256.json", RECORDS_P256)]


def test_the_committed_vectors_are_what_the_script_makes() -> None:
    """Every vector file is there, byte for byte, and there is no other."""
    made = vectors()
    found = {p.relative_to(VECTORS).as_posix(): p.read_bytes() for p in VECTORS.rglob("*.*")}
    assert found == made


def _openssl_verifies(folder: Path, signer: ExampleSigner, signature: bytes, data: bytes) -> bool:
    (folder / "key.der").write_bytes(signer.public_key.spki)
    (folder / "sig").write_bytes(signature)
    (folder / "data").write_bytes(data)
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-rawin"]
    command += ["-inkey", "key.der", "-sigfile", "sig", "-in", "data"]
    if signer.algorithm != "ed25519":
        command += ["-digest", "sha256"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=60, check=False)
    return done.returncode == 0


@pytest.mark.needs("openssl")
@pytest.mark.parametrize(("name", "signer"), SIGNED)
def test_openssl_verifies_the_envelope(tmp_path: Path, name: str, signer: ExampleSigner) -> None:
    """openssl accepts the signature over the PAE vector, and not over one changed byte of it."""
    value = json.loads((VECTORS / name).read_bytes())
    signature = canonical.decode_base64(value["signatures"][0]["sig"])
    signed = (VECTORS / "pae.bin").read_bytes()
    assert _openssl_verifies(tmp_path, signer, signature, signed)
    assert not _openssl_verifies(tmp_path, signer, signature, signed[:-1] + b"?")


@pytest.mark.needs("openssl")
def test_openssl_verifies_the_checkpoint(tmp_path: Path) -> None:
    """openssl accepts the checkpoint's signature over its three lines."""
    note = json.loads((VECTORS / "log.json").read_bytes())["checkpoint"]
    text, line = note.split("\n\n")
    signature = canonical.decode_base64(line.split(" ")[2].strip())[4:]
    signed = f"{text}\n".encode()
    assert _openssl_verifies(tmp_path, CHECKPOINTS, signature, signed)
    assert not _openssl_verifies(tmp_path, CHECKPOINTS, signature, signed.replace(b"260", b"261"))
    assert checkpoint.parse(note.encode()).size == 260


@pytest.mark.parametrize(("name", "signer"), SIGNED)
def test_securesystemslib_verifies_the_envelope(name: str, signer: ExampleSigner) -> None:
    """Another DSSE implementation reads our envelope, builds the same PAE, and verifies it."""
    stored = (VECTORS / name).read_bytes()
    other = Envelope.from_dict(json.loads(stored))
    assert other.pae() == envelope.pae(other.payload) == (VECTORS / "pae.bin").read_bytes()
    key = SSlibKey.from_crypto(load_der_public_key(signer.public_key.spki), signer.key_id)
    assert list(other.verify([key], 1)) == [signer.key_id]
    other.payload += b" "
    with pytest.raises(VerificationError):
        other.verify([key], 1)
