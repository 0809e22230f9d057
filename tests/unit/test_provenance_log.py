"""The log on disk: what is published, what is refused, and what a damaged folder leads to."""

import os
from contextlib import suppress
from pathlib import Path

import pytest
from make_provenance_vectors import CHECKPOINTS, ORIGIN, RECORDS, Leaves

from clearcue_provenance import merkle, tiles
from clearcue_provenance.errors import LogProofError, LogWriteError, RolledBackError
from clearcue_provenance.log import LogDirectory

LEAVES = [f"leaf {i}".encode() for i in range(700)]


def _log(folder: Path, *sizes: int) -> LogDirectory:
    log = LogDirectory(folder / "log", ORIGIN)
    for size in sizes:
        log.publish(Leaves(LEAVES[:size]), CHECKPOINTS)
    return log


def _files(log: LogDirectory) -> dict[str, bytes]:
    return {
        str(path.relative_to(log.folder)): path.read_bytes()
        for path in sorted(log.folder.rglob("*"))
        if path.is_file()
    }


def test_growing_step_by_step_gives_the_files_of_one_publication(tmp_path: Path) -> None:
    """However the leaves arrive, the log of 700 has the same files, tiles and checkpoint."""
    stepwise = _log(tmp_path / "a", 1, 2, 255, 256, 257, 511, 700)
    at_once = _log(tmp_path / "b", 700)
    wanted = _files(at_once)
    assert {name: _files(stepwise)[name] for name in wanted} == wanted
    assert sorted(name for name in wanted if name != ".lock") == [
        "checkpoint",
        "tile/0/000",
        "tile/0/001",
        "tile/0/002.p/188",
        "tile/1/000.p/2",
        "tile/entries/000",
        "tile/entries/001",
        "tile/entries/002.p/188",
    ]


def test_root_and_leaves_are_those_of_the_source(tmp_path: Path) -> None:
    """The root read from tiles is the root over the leaves, and each leaf is found again."""
    log = _log(tmp_path, 300, 700)
    head = log.latest()
    assert head is not None
    assert head.root == merkle.merkle_root(LEAVES) == log.root(700) == log.audit(700)
    assert [log.leaf(i, 700) for i in (0, 255, 256, 699)] == [LEAVES[i] for i in (0, 255, 256, 699)]
    with pytest.raises(LogProofError):
        log.leaf(700, 700)


def test_proofs_from_tiles_are_those_from_memory(tmp_path: Path) -> None:
    """Inclusion and consistency proofs read from disk equal those over all the hashes."""
    log = _log(tmp_path, 300, 700)
    node = merkle.nodes_of([merkle.leaf_hash(leaf) for leaf in LEAVES])
    for index in (0, 1, 255, 256, 299, 511, 512, 698, 699):
        assert log.inclusion_proof(index, 700) == merkle.inclusion_proof(index, 700, node)
    for old in (1, 255, 256, 300, 512, 699):
        assert log.consistency_proof(old, 700) == merkle.consistency_proof(old, 700, node)
    assert log.inclusion_proof(3, 300) == merkle.inclusion_proof(3, 300, node)


def test_nothing_new_changes_nothing(tmp_path: Path) -> None:
    """Publishing again without new leaves returns the checkpoint in force and writes no byte."""
    log = _log(tmp_path, 10)
    before = _files(log)
    head = log.publish(Leaves(LEAVES[:10]), CHECKPOINTS)
    assert head == log.latest()
    assert _files(log) == before


def test_an_empty_log_has_the_empty_root(tmp_path: Path) -> None:
    """A log without leaves can be published, and grows from there."""
    log = _log(tmp_path, 0)
    head = log.latest()
    assert head is not None
    assert (head.size, head.root) == (0, merkle.EMPTY_ROOT)
    assert log.publish(Leaves(LEAVES[:3]), CHECKPOINTS).size == 3


def test_a_source_with_fewer_leaves_is_refused(tmp_path: Path) -> None:
    """A database restored from an older copy cannot take the checkpoint back."""
    log = _log(tmp_path, 300)
    before = _files(log)
    with pytest.raises(RolledBackError) as caught:
        log.publish(Leaves(LEAVES[:299]), CHECKPOINTS)
    assert (caught.value.published, caught.value.offered) == (300, 299)
    assert _files(log) == before


@pytest.mark.parametrize("size", [300, 301, 600])
def test_a_source_with_other_leaves_is_refused(tmp_path: Path, size: int) -> None:
    """A restored database that grew again, differently, is refused whatever its size."""
    log = _log(tmp_path, 300)
    before = _files(log)
    other = [*LEAVES[:298], *(f"other {i}".encode() for i in range(size - 298))]
    with pytest.raises(RolledBackError):
        log.publish(Leaves(other), CHECKPOINTS)
    assert _files(log) == before


def test_a_source_that_ends_early_signs_nothing(tmp_path: Path) -> None:
    """A source that names more leaves than it hands over is refused before the checkpoint."""

    class Short(Leaves):
        def size(self) -> int:
            return len(self.leaves) + 1

    log = _log(tmp_path, 5)
    with pytest.raises(LogWriteError, match="ended"):
        log.publish(Short(LEAVES[:20]), CHECKPOINTS)
    head = log.latest()
    assert head is not None
    assert head.size == 5


@pytest.mark.parametrize("name", ["tile/1/000.p/1", "tile/0/001.p/44"])
def test_a_damaged_tile_is_noticed_before_signing(tmp_path: Path, name: str) -> None:
    """One flipped byte in a tile that the next root is built on stops the publication."""
    log = _log(tmp_path, 300)
    path = log.folder / name
    data = bytearray(path.read_bytes())
    data[5] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises((LogProofError, RolledBackError)):
        log.publish(Leaves(LEAVES[:301]), CHECKPOINTS)
    head = log.latest()
    assert head is not None
    assert head.size == 300


@pytest.mark.parametrize("name", ["tile/0/000", "tile/entries/000"])
def test_an_audit_names_the_damaged_file(tmp_path: Path, name: str) -> None:
    """Hashing everything again finds damage that does not show in the root from the upper tiles."""
    log = _log(tmp_path, 300)
    path = log.folder / name
    data = bytearray(path.read_bytes())
    data[5] ^= 1
    path.write_bytes(bytes(data))
    assert log.root(300) == merkle.merkle_root(LEAVES[:300])
    with pytest.raises(LogProofError, match="tile/0/000"):
        log.audit(300)


def test_a_checkpoint_of_another_key_is_not_built_upon(tmp_path: Path) -> None:
    """A folder published under another key is refused, unless that key is named as a former one."""
    log = _log(tmp_path, 3)
    with pytest.raises(LogProofError, match="another log's key"):
        log.publish(Leaves(LEAVES[:4]), RECORDS)
    head = log.publish(Leaves(LEAVES[:4]), RECORDS, [CHECKPOINTS.public_key])
    assert head.size == 4


def test_partial_tiles_go_once_the_full_one_is_there(tmp_path: Path) -> None:
    """Partial tiles are kept for published sizes until their full tile takes their place."""
    log = _log(tmp_path, 5, 250)
    partials = {"tile/0/000.p/5", "tile/0/000.p/250"}
    assert partials <= _files(log).keys()
    log.publish(Leaves(LEAVES[:256]), CHECKPOINTS)
    assert not [name for name in _files(log) if name.startswith("tile/0/000.p")]
    assert log.inclusion_proof(3, 250) == merkle.inclusion_proof(
        3, 250, merkle.nodes_of([merkle.leaf_hash(leaf) for leaf in LEAVES])
    )


def test_a_missing_log_is_made_again_from_its_source(tmp_path: Path) -> None:
    """With the folder lost, the same leaves give a checkpoint that continues the old one."""
    log = _log(tmp_path, 300)
    old = log.latest()
    assert old is not None
    again = _log(tmp_path / "again", 400)
    proof = again.consistency_proof(300, 400)
    merkle.check_consistency(300, old.root, 400, again.root(400), proof)


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    """A file where the log's folder should be leads to our error and nothing else."""
    (tmp_path / "log").write_text("in the way")
    with pytest.raises(LogWriteError, match="cannot be written"):
        LogDirectory(tmp_path / "log", ORIGIN).publish(Leaves(LEAVES[:1]), CHECKPOINTS)


def test_several_publishers_at_once_make_one_log(tmp_path: Path) -> None:
    """Processes that publish the same source together take turns, and none takes the log back."""
    log = LogDirectory(tmp_path / "log", ORIGIN)
    children = []
    for number in range(3):
        child = os.fork()
        if child == 0:
            for size in range(10 + number, 90, 3):
                with suppress(RolledBackError):
                    log.publish(Leaves(LEAVES[:size]), CHECKPOINTS)
            os._exit(0)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
    head = log.latest()
    assert head is not None
    assert head.size == 89
    assert log.audit(89) == head.root == merkle.merkle_root(LEAVES[:89])


def test_leftovers_of_a_killed_process_do_no_harm(tmp_path: Path) -> None:
    """Temporary files and tiles beyond the checkpoint are overwritten by the next publication."""
    log = _log(tmp_path, 10)
    (log.folder / "tile/0/000.p/.12.tmp").write_bytes(b"half")
    (log.folder / "tile/0/000.p/12").write_bytes(b"\0" * 32 * 12)
    (log.folder / "tile/entries/000.p/12").write_bytes(tiles.encode_entries([b"x"] * 12))
    head = log.publish(Leaves(LEAVES[:12]), CHECKPOINTS)
    assert head.root == merkle.merkle_root(LEAVES[:12])
    assert log.audit(12) == head.root
    assert not list(log.folder.rglob("*.tmp"))
