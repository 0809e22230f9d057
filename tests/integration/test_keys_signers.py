"""Signers behind one port: a key file, the agent's process, a key management service."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fakes_kms import FakeKms
from make_provenance_vectors import generation_statement

from clearcue.adapters.key_agent import SOCKET_NAME, open_agent_keyring
from clearcue.adapters.key_files import KeyringError
from clearcue.adapters.keys import FileKeyring
from clearcue.adapters.kms import HeldKeyring, open_kms_signer
from clearcue.services.platform import Keyring
from clearcue_provenance import checkpoint, envelope, trust
from clearcue_provenance.keys import ECDSA_P256

VALID_FROM = datetime(2026, 11, 1, tzinfo=UTC)
RUN = "import sys; from clearcue.cli.main import main; sys.exit(main())"


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Path]:
    """A home whose keys are encrypted, with an agent of its own; gives the home."""
    home = tmp_path / "home"
    command = [sys.executable, "-c", RUN, "keys", "agent"]
    environment = {**os.environ, "CLEARCUE_HOME": str(home), "CLEARCUE_KEY_PASSPHRASE": "secret"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("signing on ")
        yield home
        process.terminate()


def kms_keyring(service: FakeKms) -> HeldKeyring:
    """A keyring of a service's keys, with a trust root that names them."""
    records = open_kms_signer(service, "records")
    checkpoints = open_kms_signer(service, "checkpoints")
    log = trust.TrustedLog("clearcue/log/kms", (checkpoints.key_id,))
    keys = (
        trust.TrustedKey(records.public_key, trust.RECORDS, VALID_FROM),
        trust.TrustedKey(checkpoints.public_key, trust.CHECKPOINTS, VALID_FROM),
    )
    return HeldKeyring(records, checkpoints, records, trust.TrustRoot(keys, (log,)))


@pytest.fixture(params=["file", "agent", "kms"])
def keyring(request: pytest.FixtureRequest, tmp_path: Path) -> Keyring:
    """Each kind of keyring."""
    if request.param == "file":
        return FileKeyring(tmp_path / "files", None, lambda: datetime.now(UTC))
    if request.param == "kms":
        return kms_keyring(FakeKms())
    home: Path = request.getfixturevalue("agent")
    return open_agent_keyring(home / SOCKET_NAME, home / "trust-root.json")


def test_every_keyring_signs_statements_and_checkpoints(keyring: Keyring) -> None:
    """What it signs verifies under the trust root that it hands out, with separate keys."""
    records, checkpoints, root = keyring.records(), keyring.checkpoints(), keyring.trust_root()
    assert records.key_id != checkpoints.key_id
    stored = envelope.sign(generation_statement(), records)
    key = root.key(records.key_id, trust.RECORDS).key
    assert envelope.verify(envelope.parse(stored), key) == generation_statement()
    head = checkpoint.sign(keyring.log_origin(), 1, bytes(32), checkpoints)
    assert root.verify_checkpoint(checkpoint.parse(head)).key.key_id == checkpoints.key_id
    assert records.algorithm == records.public_key.algorithm


def test_the_agent_signs_nothing_else(agent: Path) -> None:
    """No other bytes, no checkpoint of another log, none that goes back, no second of one size."""
    ring = open_agent_keyring(agent / SOCKET_NAME, agent / "trust-root.json")
    records, checkpoints, origin = ring.records(), ring.checkpoints(), ring.log_origin()
    with pytest.raises(KeyringError, match="signs statements"):
        records.sign(b"any bytes")
    with pytest.raises(KeyringError, match="signs statements"):
        records.sign(envelope.pae(b"{}", "application/other"))
    for text in (b"x", checkpoint.note_text("clearcue/log/other", 5, bytes(32))):
        with pytest.raises(KeyringError, match="checkpoints of its log"):
            checkpoints.sign(text)
    with pytest.raises(KeyringError, match="C2PA claims"):
        ring.c2pa().sign(b"any bytes")
    assert ring.c2pa().sign(b"\x84\x6aSignature1 and a claim")
    first = checkpoint.note_text(origin, 5, bytes(32))
    assert checkpoints.sign(first) == checkpoints.sign(first)
    for size, root in ((4, bytes(32)), (5, b"\1" * 32)):
        with pytest.raises(KeyringError, match="later checkpoint"):
            checkpoints.sign(checkpoint.note_text(origin, size, root))


def test_the_keys_stay_in_the_agent(agent: Path) -> None:
    """The socket is the owner's alone, the files are encrypted, and a second agent is refused."""
    assert (agent / SOCKET_NAME).stat().st_mode & 0o777 == 0o600
    assert all(b"ENCRYPTED" in path.read_bytes() for path in (agent / "keys").glob("*.pem"))
    environment = {**os.environ, "CLEARCUE_HOME": str(agent), "CLEARCUE_KEY_PASSPHRASE": "secret"}
    done = subprocess.run(
        [sys.executable, "-c", RUN, "keys", "agent"],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "another agent answers" in done.stderr


def test_a_missing_agent_is_one_clear_error(tmp_path: Path) -> None:
    """Where nobody answers, the error says how to start it."""
    ring = FileKeyring(tmp_path, None, lambda: datetime.now(UTC))
    ring.trust_root()
    with pytest.raises(KeyringError, match="clearcue keys agent"):
        open_agent_keyring(tmp_path / SOCKET_NAME, ring.trust_root_path)


def test_a_service_that_fails_or_lies_issues_nothing() -> None:
    """An unreachable service, and one whose signature does not verify, are clear errors."""
    service = FakeKms()
    ring = kms_keyring(service)
    assert ring.records().algorithm == ECDSA_P256
    service.lying = True
    with pytest.raises(KeyringError, match="does not verify; nothing was issued"):
        ring.records().sign(b"message")
    service.lying, service.down = False, True
    with pytest.raises(KeyringError, match="cannot sign"):
        ring.records().sign(b"message")
    with pytest.raises(KeyringError, match="cannot be reached"):
        open_kms_signer(service, "records")
