"""Key files: made once, private, encrypted with a passphrase, and their public halves written."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from clearcue.adapters.key_files import KeyringError
from clearcue.adapters.keys import FileKeyring
from clearcue_provenance import trust, trust_file

NOW = datetime(2026, 11, 22, 14, 0, 0, 123, tzinfo=UTC)


def _ring(home: Path, passphrase: str | None = None) -> FileKeyring:
    return FileKeyring(home, passphrase, lambda: NOW)


def _key_files(home: Path) -> list[Path]:
    return sorted((home / "keys").glob("*.pem"))


def test_first_use_makes_two_separate_keys_for_the_owner_alone(tmp_path: Path) -> None:
    """Records and checkpoints get keys of their own in files that nobody else may read."""
    home = tmp_path / "home"
    ring = _ring(home)
    records, checkpoints = ring.records(), ring.checkpoints()
    assert records.key_id != checkpoints.key_id
    assert (home / "keys").stat().st_mode & 0o777 == 0o700
    assert [path.stat().st_mode & 0o777 for path in _key_files(home)] == [0o600, 0o600]
    assert records.public_key.verifies(records.sign(b"message"), b"message")
    assert not records.public_key.verifies(checkpoints.sign(b"message"), b"message")


def test_the_trust_root_names_the_keys_and_the_log(tmp_path: Path) -> None:
    """trust-root.json holds the public halves, and the log's name follows from the first key."""
    ring = _ring(tmp_path)
    root = ring.trust_root()
    assert trust_file.parse((tmp_path / "trust-root.json").read_bytes()) == root
    assert root.key(ring.records().key_id, trust.RECORDS).allows(NOW)
    assert root.logs[0].checkpoint_keys == (ring.checkpoints().key_id,)
    assert ring.log_origin() == f"clearcue/log/{ring.checkpoints().key_id[:16]}"
    assert b"PRIVATE" not in (tmp_path / "trust-root.json").read_bytes()


def test_keys_stay_the_same(tmp_path: Path) -> None:
    """A second keyring on the folder finds the keys of the first."""
    first = _ring(tmp_path)
    ids = (first.records().key_id, first.checkpoints().key_id)
    files = {path: path.read_bytes() for path in _key_files(tmp_path)}
    second = _ring(tmp_path)
    assert (second.records().key_id, second.checkpoints().key_id) == ids
    assert {path: path.read_bytes() for path in _key_files(tmp_path)} == files


def test_a_lost_trust_root_is_made_again(tmp_path: Path) -> None:
    """The same trust root, times and origin included, follows from the key files."""
    before = _ring(tmp_path).trust_root()
    (tmp_path / "trust-root.json").unlink()
    later = FileKeyring(tmp_path, None, lambda: datetime(2030, 1, 1, tzinfo=UTC))
    assert later.trust_root() == before


def test_a_passphrase_encrypts_the_files(tmp_path: Path) -> None:
    """With a passphrase no key lies in clear text, and a wrong or missing one opens nothing."""
    key_id = _ring(tmp_path, "correct horse").records().key_id
    assert all(b"ENCRYPTED" in path.read_bytes() for path in _key_files(tmp_path))
    assert _ring(tmp_path, "correct horse").records().key_id == key_id
    with pytest.raises(KeyringError, match="check the passphrase"):
        _ring(tmp_path, "wrong").records()
    with pytest.raises(KeyringError, match="set CLEARCUE_KEY_PASSPHRASE"):
        _ring(tmp_path).records()


def test_a_passphrase_given_later_encrypts_what_was_clear(tmp_path: Path) -> None:
    """Key files from before the passphrase are encrypted, and stay the same keys."""
    key_id = _ring(tmp_path).records().key_id
    assert _ring(tmp_path, "now").records().key_id == key_id
    assert all(b"ENCRYPTED" in path.read_bytes() for path in _key_files(tmp_path))
    assert [path.stat().st_mode & 0o777 for path in _key_files(tmp_path)] == [0o600, 0o600]


def test_files_that_others_may_read_are_refused(tmp_path: Path) -> None:
    """A wider mode on a key file or on the folder is an error that says what to run."""
    _ring(tmp_path).records()
    path = _key_files(tmp_path)[0]
    path.chmod(0o640)
    with pytest.raises(KeyringError, match="chmod 600"):
        _ring(tmp_path).records()
    path.chmod(0o600)
    (tmp_path / "keys").chmod(0o755)
    with pytest.raises(KeyringError, match="chmod 700"):
        _ring(tmp_path).records()


def test_damaged_files_are_one_clear_error(tmp_path: Path) -> None:
    """A key or trust root that cannot be read is named, and no new one is put in its place."""
    _ring(tmp_path).records()
    (tmp_path / "trust-root.json").write_text("{}")
    with pytest.raises(KeyringError, match=r"trust-root\.json is damaged"):
        _ring(tmp_path).records()
    (tmp_path / "trust-root.json").unlink()
    path = _key_files(tmp_path)[0]
    path.write_bytes(b"not a key")
    with pytest.raises(KeyringError, match=path.name):
        _ring(tmp_path).records()
    assert path.read_bytes() == b"not a key"


def test_a_p256_key_may_sign_records_but_not_checkpoints(tmp_path: Path) -> None:
    """A P-256 key put into the folder is used for records; for checkpoints it is refused."""
    _ring(tmp_path).records()
    pem = ec.derive_private_key(7, ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    path = tmp_path / "keys" / "records-20261122T130000Z.pem"
    path.write_bytes(pem)
    path.chmod(0o600)
    ring = _ring(tmp_path)
    signer = ring.records()
    assert signer.algorithm == "ecdsa-p256-sha256"
    assert signer.public_key.verifies(signer.sign(b"message"), b"message")
    assert [key.purpose for key in ring.trust_root().keys].count(trust.RECORDS) == 2
    path.rename(path.with_name("checkpoints-20261122T130000Z.pem"))
    with pytest.raises(KeyringError):
        ring.checkpoints()


def test_a_signer_does_not_show_its_key(tmp_path: Path) -> None:
    """Neither the text form of a signer nor that of the keyring holds private bytes."""
    signer = _ring(tmp_path).records()
    assert "Private" not in repr(signer)
    assert "_private" not in repr(signer)


def test_several_keyrings_at_once_make_one_set_of_keys(tmp_path: Path) -> None:
    """Processes that start together end with the same two keys."""
    readers = []
    for _ in range(4):
        read_end, write_end = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(write_end, _ring(tmp_path).records().key_id.encode())
            os._exit(0)
        os.close(write_end)
        readers.append((child, read_end))
    ids = set()
    for child, read_end in readers:
        ids.add(os.read(read_end, 100))
        os.close(read_end)
        assert os.waitpid(child, 0)[1] == 0
    assert ids == {_ring(tmp_path).records().key_id.encode()}
    assert len(_key_files(tmp_path)) == 2
