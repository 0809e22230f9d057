"""Rotation, revocation and the offline root; and the drill as docs/operations.md writes it."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from make_provenance_vectors import ExampleSigner, generation_statement

from clearcue.adapters.key_ceremony import (
    draft,
    install,
    listed,
    make_root_key,
    open_root_key,
    revoke,
    rotate,
    sign_draft,
)
from clearcue.adapters.key_files import FileSigner, KeyringError
from clearcue.adapters.keys import FileKeyring
from clearcue.errors import BadInputError
from clearcue_provenance import bundle, checkpoint, envelope, leaf, merkle, trust, trust_file
from clearcue_provenance.keys import ECDSA_P256, ED25519
from clearcue_provenance.verify import NamedFile, verify

OPERATIONS = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
START = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
"""The example statement says that it was made at 14:00:05 on this day."""
WEEK = timedelta(days=7)


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    """A clock of this test's own."""
    return Clock()


@pytest.fixture
def ring(tmp_path: Path, clock: Clock) -> FileKeyring:
    """A fresh keyring."""
    ring = FileKeyring(tmp_path / "home", None, clock)
    ring.trust_root()
    return ring


def _bundle(ring: FileKeyring, before: int = 0) -> bytes:
    """The example's record, signed and logged by the keyring's present keys, behind some leaves."""
    records, log_key = ring.records(), ring.checkpoints()
    stored = envelope.sign(generation_statement(), records)
    leaves = [b"%d" % i for i in range(before)] + [leaf.leaf_body(stored, records.public_key)]
    nodes = merkle.nodes_of([*map(merkle.leaf_hash, leaves)])
    origin, size = ring.log_origin(), len(leaves)
    head = checkpoint.sign(origin, size, merkle.root(size, nodes), log_key)
    return bundle.make(
        stored, records.public_key, index=before,
        proof=merkle.inclusion_proof(before, size, nodes), stored_checkpoint=head,
        log_id=checkpoint.log_id(origin, log_key.public_key),
    )  # fmt: skip


def _verified(data: bytes, root: trust.TrustRoot) -> tuple[bool, str]:
    report = verify(NamedFile("bundle.json", data), [], root, START + timedelta(hours=2))
    failed = [check.message for check in report.checks if check.passed is False]
    return report.verified, "; ".join(failed)


def test_a_rotated_key_signs_and_the_old_one_ends_after_the_overlap(
    ring: FileKeyring, clock: Clock
) -> None:
    """Both keys verify within the overlap; after it a statement by the old one is refused."""
    old = _bundle(ring)
    clock.at = START + timedelta(minutes=30)
    change = rotate(ring, trust.RECORDS, ECDSA_P256, timedelta(minutes=15))
    assert change.in_force
    new = _bundle(ring)
    assert ring.records().algorithm == ECDSA_P256
    root = ring.trust_root()
    assert trust_file.parse(ring.trust_root_path.read_bytes()) == root
    assert _verified(new, root) == (True, "")
    verified, words = _verified(old, root)  # stated at 14:00:05, and the overlap ended at 13:45
    assert not verified
    assert "not allowed to sign" in words
    ended = [one for one in listed(ring)["keys"] if one["valid_until"]]
    assert [one["valid_until"] for one in ended] == ["2026-11-22T13:45:00Z"]


def test_the_log_goes_on_under_a_rotated_checkpoint_key(ring: FileKeyring, clock: Clock) -> None:
    """Checkpoints by the old and by the new key both verify, under one origin."""
    old, origin = _bundle(ring), ring.log_origin()
    clock.at += timedelta(minutes=1)
    rotate(ring, trust.CHECKPOINTS, ED25519, WEEK)
    assert ring.log_origin() == origin
    for data in (old, _bundle(ring)):
        assert _verified(data, ring.trust_root()) == (True, "")
    with pytest.raises(BadInputError, match="Ed25519"):
        rotate(ring, trust.CHECKPOINTS, ECDSA_P256, WEEK)


def test_a_revoked_key_is_believed_for_what_was_logged_before(
    ring: FileKeyring, clock: Clock
) -> None:
    """Earlier leaves hold; a statement that a thief dates back stands too late in the log."""
    early, late = _bundle(ring, before=3), _bundle(ring, before=9)
    clock.at = START + timedelta(hours=1, minutes=30)
    stolen = ring.records().key_id
    revoke(ring, stolen, log_size=5)
    root = ring.trust_root()
    assert _verified(early, root) == (True, "")
    verified, words = _verified(late, root)
    assert not verified
    assert "logged after its key had been revoked" in words
    with pytest.raises(KeyringError, match="every key for records is revoked"):
        ring.records()
    clock.at += timedelta(minutes=1)
    rotate(ring, trust.RECORDS, ED25519, WEEK)
    assert ring.records().key_id != stolen
    with pytest.raises(BadInputError, match="in force"):
        revoke(ring, stolen, log_size=5)


def test_a_revocation_by_its_date(ring: FileKeyring, clock: Clock) -> None:
    """A statement that states a time after the revocation is refused wherever it stands."""
    data = _bundle(ring)
    revoke(ring, ring.records().key_id, log_size=100)
    verified, words = _verified(data, ring.trust_root())
    assert not verified
    assert "not allowed to sign" in words


def _rooted(ring: FileKeyring, folder: Path) -> list[FileSigner]:
    """Give the keyring three root keys of which two must sign, and install that."""
    made = [make_root_key(folder / name, name, "pass")[1] for name in ("a", "b", "c")]
    path = draft(ring, tuple(one.public_key for one in made), threshold=2).path
    for signer in made[:2]:
        sign_draft(path, signer)
    install(ring, path)
    return made


def test_two_of_three_root_keys_sign_a_change(
    ring: FileKeyring, clock: Clock, tmp_path: Path
) -> None:
    """One signature installs nothing, two do; until then the new key waits."""
    signers = _rooted(ring, tmp_path)
    before = ring.records().key_id
    clock.at += timedelta(minutes=1)
    change = rotate(ring, trust.RECORDS, ED25519, WEEK)
    assert not change.in_force
    assert ring.records().key_id == before
    assert len(listed(ring)["waiting"]) == 1
    sign_draft(change.path, signers[2])
    with pytest.raises(BadInputError, match="already"):
        sign_draft(change.path, signers[2])
    with pytest.raises(BadInputError, match="signed by 1 of its root keys; it takes 2"):
        install(ring, change.path)
    sign_draft(change.path, signers[0])
    assert install(ring, change.path).root.version == 2
    assert ring.records().key_id != before
    assert listed(ring)["waiting"] == []


def test_new_root_keys_need_the_old_and_the_new(ring: FileKeyring, tmp_path: Path) -> None:
    """A thief's three root keys alone install nothing; nor do the old ones without the new."""
    old = _rooted(ring, tmp_path)
    new = [make_root_key(tmp_path / name, name, "pass")[1] for name in ("x", "y", "z")]
    gone = tuple(signer.key_id for signer in old)
    path = draft(ring, tuple(one.public_key for one in new), remove=gone, threshold=2).path
    for signer in new:
        sign_draft(path, signer)
    with pytest.raises(BadInputError, match="signed by 0 of its root keys; it takes 2"):
        install(ring, path)
    sign_draft(path, old[0])
    sign_draft(path, old[2])
    assert install(ring, path).root.root is not None
    assert listed(ring)["root"]["keys"] == [signer.key_id for signer in new]


def test_a_draft_that_was_changed_after_signing_is_refused(
    ring: FileKeyring, clock: Clock, tmp_path: Path
) -> None:
    """What the root keys signed is what is installed."""
    signers = _rooted(ring, tmp_path)
    clock.at += timedelta(minutes=1)
    path = rotate(ring, trust.RECORDS, ED25519, WEEK).path
    for signer in signers[:2]:
        sign_draft(path, signer)
    value = json.loads(path.read_text())
    value["quorum"] = 0
    value["expires_at"] = None
    path.write_text(json.dumps(value))
    with pytest.raises(BadInputError, match="does not match the trust root"):
        install(ring, path)


def test_older_roots_and_strangers_are_refused(
    ring: FileKeyring, clock: Clock, tmp_path: Path
) -> None:
    """An installed version is not taken back, and a stranger's signature is not carried along."""
    signers = _rooted(ring, tmp_path)
    first = ring.trust_root_path.read_bytes()
    clock.at += timedelta(minutes=1)
    path = rotate(ring, trust.RECORDS, ED25519, WEEK).path
    sign_draft(path, signers[0])
    sign_draft(path, signers[1])
    stranger = make_root_key(tmp_path / "s", "s", "pass")[1]
    kept = path.read_bytes()
    sign_draft(path, stranger)
    with pytest.raises(BadInputError, match="no root key"):
        install(ring, path)
    path.write_bytes(kept)
    install(ring, path)
    (tmp_path / "old.json").write_bytes(first)
    with pytest.raises(BadInputError, match="version 1, and version 2 is known"):
        install(ring, tmp_path / "old.json")


def test_a_root_key_is_kept_encrypted(tmp_path: Path) -> None:
    """Its file needs the passphrase, is never written over, and opens as the same key."""
    path, made = make_root_key(tmp_path / "r", "r", "right")
    assert b"ENCRYPTED" in path.read_bytes()
    assert open_root_key(path, "right").key_id == made.key_id
    with pytest.raises(KeyringError, match="check the passphrase"):
        open_root_key(path, "wrong")
    with pytest.raises(BadInputError, match="never written over"):
        make_root_key(tmp_path / "r", "r", "right")
    with pytest.raises(BadInputError, match="passphrase"):
        make_root_key(tmp_path / "other", "r", "")


def test_an_expired_trust_root_verifies_nothing(ring: FileKeyring, tmp_path: Path) -> None:
    """A trust root that was held back past its day is refused, with words that say so."""
    _rooted(ring, tmp_path)
    data, root = _bundle(ring), ring.trust_root()
    assert _verified(data, root) == (True, "")
    late = verify(NamedFile("bundle.json", data), [], root, START + timedelta(days=500))
    assert not late.verified
    assert late.failed == ("trust root",)
    assert "expired at 2027-12-27T13:00:00Z" in late.checks[0].message
    assert replace(root, expires_at=None).expires_at is None
    assert ExampleSigner("x").key_id not in {one.key.key_id for one in root.keys}


def test_the_drill_in_the_operations_page(tmp_path: Path) -> None:
    """The page's block runs as it stands, and ends with Dora in Bob's place."""
    block = re.search(r"```sh drill\n(.*?)```", OPERATIONS.read_text("utf-8"), re.S)
    assert block is not None
    shim = tmp_path / "bin" / "clearcue"
    shim.parent.mkdir()
    shim.write_text(
        f"#!/bin/sh\nexec '{sys.executable}' -c 'import sys; assert sys.argv.pop(1) == \"keys\"; "
        'from clearcue.cli.keys import keys; keys()\' "$@"\n'
    )
    shim.chmod(0o755)
    home = tmp_path / "home"
    environment = {
        **os.environ, "CLEARCUE_HOME": str(home), "PATH": f"{shim.parent}:{os.environ['PATH']}",
    }  # fmt: skip
    done = subprocess.run(
        ["sh", "-e", "-c", block[1]], cwd=tmp_path, env=environment, capture_output=True,
        text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    root = trust_file.parse((home / "trust-root.json").read_bytes())
    assert root.root is not None
    dora = json.loads((tmp_path / "dora" / "dora.pub.json").read_text())["key_id"]
    bob = json.loads((tmp_path / "bob" / "bob.pub.json").read_text())["key_id"]
    named = [key.key_id for key in root.root.keys]
    assert (root.version, root.root.threshold, dora in named, bob in named) == (3, 2, True, False)
    assert {one.key.algorithm for one in root.keys} == {ED25519, ECDSA_P256}
    assert done.stdout.splitlines()[-1].endswith("2 of 3 root keys sign it")
