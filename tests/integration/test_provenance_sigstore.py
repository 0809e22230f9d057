"""The npm packages @sigstore/bundle and @sigstore/verify, unmodified, read our bundles."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from make_provenance_vectors import (
    RECORDS,
    RECORDS_P256,
    ExampleSigner,
    bundles,
    example_set,
    generation_statement,
    trust_root,
)

from clearcue_provenance import canonical, sigstore, trust

pytestmark = pytest.mark.needs("node")

SCRIPT = Path(__file__).resolve().parents[1] / "support" / "node" / "verify_bundle.js"


def _sigstore(folder: Path, data: bytes, root: trust.TrustRoot) -> tuple[int, str]:
    """What Sigstore's verifier says of a bundle: exit code and words."""
    (folder / "bundle.json").write_bytes(data)
    (folder / "trust.json").write_text(json.dumps(sigstore.to_sigstore(root)))
    command = [
        "node",
        str(SCRIPT),
        os.environ["CLEARCUE_NODE_MODULES"],
        str(folder / "bundle.json"),
        str(folder / "trust.json"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, (done.stdout + done.stderr).strip()


@pytest.mark.parametrize("name", ["bundle.json", "licence.json", "delivery.json"])
def test_sigstore_verifies_our_bundles(tmp_path: Path, name: str) -> None:
    """A record, a licence and a delivery verify with our trust root's keys."""
    assert _sigstore(tmp_path, example_set()[name], trust_root()) == (0, "verified")


def test_sigstore_verifies_a_p256_signature(tmp_path: Path) -> None:
    """The other algorithm verifies as well."""
    data = bundles([generation_statement()], RECORDS_P256)[0]
    assert _sigstore(tmp_path, data, trust_root((RECORDS_P256,))) == (0, "verified")


@pytest.mark.parametrize("part", ["payload", "sig", "canonicalizedBody", "hashes", "checkpoint"])
def test_sigstore_refuses_a_changed_byte(tmp_path: Path, part: str) -> None:
    """One changed byte in any part that it checks makes Sigstore refuse the bundle."""
    value = json.loads(example_set()["bundle.json"])
    entry = value["verificationMaterial"]["tlogEntries"][0]
    envelope = value["dsseEnvelope"]
    if part == "payload":
        envelope["payload"] = _flipped(envelope["payload"])
    elif part == "sig":
        envelope["signatures"][0]["sig"] = _flipped(envelope["signatures"][0]["sig"])
    elif part == "canonicalizedBody":
        entry["canonicalizedBody"] = _flipped(entry["canonicalizedBody"])
    elif part == "hashes":
        entry["inclusionProof"]["hashes"][0] = _flipped(entry["inclusionProof"]["hashes"][0])
    else:
        note = entry["inclusionProof"]["checkpoint"]
        note["envelope"] = note["envelope"].replace("\n5\n", "\n6\n")
    code, words = _sigstore(tmp_path, canonical.encode(value), trust_root())
    assert code == 1, words
    assert words.startswith("not verified")


def test_sigstore_refuses_another_key(tmp_path: Path) -> None:
    """A bundle signed by a key that the trust root does not hold is refused."""
    data = bundles([generation_statement()], ExampleSigner("somebody else"))[0]
    code, words = _sigstore(tmp_path, data, trust_root((RECORDS,)))
    assert (code, words.startswith("not verified: key not found")) == (1, True)


def _flipped(text: str) -> str:
    data = bytearray(canonical.decode_base64(text))
    data[len(data) // 2] ^= 1
    return canonical.encode_base64(bytes(data))
