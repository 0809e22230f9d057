"""Go's sumdb packages note and tlog read our log and proofs, and refuse changed ones."""

from pathlib import Path

import pytest
from go_log import build_checker, go_says, write_proofs
from make_provenance_vectors import CHECKPOINTS, ORIGIN, RECORDS, Leaves

from clearcue_provenance.log import LogDirectory

LEAVES = [b"leaf %d" % i for i in range(600)]
INDEXES = (0, 1, 255, 256, 511, 599)


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checker, built once."""
    return build_checker(tmp_path_factory.mktemp("go"))


@pytest.fixture
def log(tmp_path: Path) -> LogDirectory:
    """A log of 600 leaves, published in two steps."""
    log = LogDirectory(tmp_path / "log", ORIGIN)
    log.publish(Leaves(LEAVES[:300]), CHECKPOINTS)
    log.publish(Leaves(LEAVES), CHECKPOINTS)
    return log


@pytest.fixture
def proofs(log: LogDirectory, tmp_path: Path) -> Path:
    """Our proofs in that log, from before anything is changed."""
    path = tmp_path / "proofs.json"
    write_proofs(path, log, 300, INDEXES)
    return path


def test_go_verifies_the_log_and_our_proofs(checker: Path, log: LogDirectory, proofs: Path) -> None:
    """Checkpoint, every leaf, inclusion and consistency hold, and Go's own proofs are ours."""
    assert go_says(checker, log, CHECKPOINTS.public_key, 300, proofs) == (
        0, "verified: 600 leaves, 6 inclusion proofs, consistency from 300",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "position"),
    [("checkpoint", 40), ("checkpoint", -10), ("tile/0/001", 77), ("tile/1/000.p/2", 3),
     ("tile/entries/002.p/88", 500)],
)  # fmt: skip
def test_go_refuses_a_changed_byte(
    checker: Path, log: LogDirectory, proofs: Path, name: str, position: int
) -> None:
    """One changed byte of the checkpoint, a tile or a leaf is refused."""
    path = log.folder / name
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(data)
    code, words = go_says(checker, log, CHECKPOINTS.public_key, 300, proofs)
    assert code == 1
    assert words.startswith("not verified")


def test_go_refuses_another_key(checker: Path, log: LogDirectory, proofs: Path) -> None:
    """The checkpoint under another key is refused."""
    code, words = go_says(checker, log, RECORDS.public_key, 300, proofs)
    assert code == 1
    assert words.startswith("not verified: checkpoint")


def test_go_refuses_a_changed_proof(checker: Path, log: LogDirectory, proofs: Path) -> None:
    """A proof that leads elsewhere is refused."""
    proofs.write_text(proofs.read_text().replace('"index": 1,', '"index": 2,'))
    code, words = go_says(checker, log, CHECKPOINTS.public_key, 300, proofs)
    assert code == 1
    assert words.startswith("not verified: inclusion of 2")
