"""Monitor and witness: a log that grows is followed; any other change is named, not cosigned."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from make_provenance_vectors import CHECKPOINTS, ORIGIN, Leaves, trust_root

from clearcue.adapters.key_ceremony import set_witnesses
from clearcue.adapters.keys import FileKeyring
from clearcue.adapters.witnessing import (
    Memory,
    add_cosignature,
    export,
    watch,
    witness,
    witness_signer,
)
from clearcue.errors import BadInputError
from clearcue_provenance import trust
from clearcue_provenance.errors import LogProofError
from clearcue_provenance.follow import FolderReader, WebReader, follow, reader_of, rehash
from clearcue_provenance.log import LogDirectory

NOW = datetime(2026, 11, 22, 14, tzinfo=UTC)
NAME = "witness.example/w"
LEAVES = [b"leaf %d" % i for i in range(600)]


def _log(folder: Path, leaves: Sequence[bytes]) -> LogDirectory:
    log = LogDirectory(folder, ORIGIN)
    log.publish(Leaves(leaves), CHECKPOINTS)
    return log


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    """A monitor's memory."""
    return Memory(tmp_path / "memory")


def test_a_log_that_grows_is_followed(tmp_path: Path, memory: Memory) -> None:
    """First seen, unchanged, grown: in each state the whole log is hashed anew as well."""
    outcomes = []
    for size in (10, 10, 300, 600):
        log = _log(tmp_path / "log", LEAVES[:size])
        reader = FolderReader(log.folder)
        outcomes.append(watch(reader, trust_root(), memory, whole=True).outcome)
    assert outcomes == ["first seen", "unchanged", "grown", "grown"]


@pytest.mark.parametrize(
    ("leaves", "words"),
    [
        (LEAVES[:299], "went back from 300 leaves to 299"),
        ([b"other", *LEAVES[1:300]], "forked: two roots of 300 leaves"),
        ([b"other", *LEAVES[1:400]], "history was rewritten"),
        ([*LEAVES[:299], b"other", *LEAVES[300:]], "history was rewritten"),
    ],
)
def test_a_fork_or_a_rewritten_history_is_named_and_not_cosigned(
    tmp_path: Path, memory: Memory, leaves: list[bytes], words: str
) -> None:
    """The log's own good signature does not help it; what was seen before is kept."""
    watch(
        FolderReader(_log(tmp_path / "a", LEAVES[:300]).folder), trust_root(), memory, whole=False
    )
    other = FolderReader(_log(tmp_path / "b", leaves).folder)
    with pytest.raises(LogProofError, match=words):
        watch(other, trust_root(), memory, whole=False)
    signer = witness_signer(tmp_path / "w", None)
    with pytest.raises(LogProofError, match=words):
        witness(NAME, signer, other, trust_root(), memory, lambda: NOW)
    kept = memory.seen(ORIGIN)
    assert kept is not None
    assert kept.size == 300


def test_a_changed_leaf_is_found_by_hashing_anew(tmp_path: Path, memory: Memory) -> None:
    """A leaf that was changed under its hash is found when the whole log is asked for."""
    log = _log(tmp_path / "log", LEAVES)
    path = log.folder / "tile" / "entries" / "001"
    data = bytearray(path.read_bytes())
    data[105] ^= 1  # within the eleventh leaf: each takes ten bytes, of which two are its length
    path.write_bytes(data)
    reader = FolderReader(log.folder)
    assert follow(reader, trust_root(), None).outcome == "first seen"
    with pytest.raises(LogProofError, match="not that of its leaves"):
        watch(reader, trust_root(), memory, whole=True)
    assert memory.seen(ORIGIN) is None


def test_another_log_is_not_followed(tmp_path: Path, memory: Memory) -> None:
    """A log that the trust root does not name is refused; so are addresses that are not safe."""
    strange = LogDirectory(tmp_path / "log", "clearcue/log/other")
    strange.publish(Leaves(LEAVES[:3]), CHECKPOINTS)
    with pytest.raises(LogProofError, match="not one that the trust root names"):
        watch(FolderReader(strange.folder), trust_root(), memory, whole=False)
    for source in ("http://example.org/log", "file:///etc", "ftp://x/log"):
        with pytest.raises(LogProofError, match="https"):
            reader_of(source)
    assert isinstance(reader_of("https://example.org/log"), WebReader)
    with pytest.raises(LogProofError, match="no log in"):
        reader_of(str(tmp_path / "none"))


def test_a_witness_cosigns_another_installations_log(tmp_path: Path) -> None:
    """The line goes into that log's checkpoint, and its policy of one witness is met."""
    ring = FileKeyring(tmp_path / "home", None, lambda: NOW)
    plain = ring.trust_root()
    log = LogDirectory(tmp_path / "home" / "log", ring.log_origin())
    log.publish(Leaves(LEAVES[:20]), ring.checkpoints())
    signer, memory = witness_signer(tmp_path / "w", "secret"), Memory(tmp_path / "seen")
    _, line = witness(NAME, signer, FolderReader(log.folder), plain, memory, lambda: NOW)
    with pytest.raises(BadInputError, match="does not name"):
        add_cosignature(log, plain, line)
    root = set_witnesses(ring, (trust.Witness(NAME, signer.public_key),), 1).root
    head = log.latest()
    assert head is not None
    with pytest.raises(LogProofError, match="asks for 1"):
        root.verify_checkpoint(head)
    root.verify_checkpoint(add_cosignature(log, root, line))
    later = lambda: datetime(2026, 11, 23, tzinfo=UTC)  # noqa: E731 - a clock
    _, again = witness(NAME, signer, FolderReader(log.folder), root, memory, later)
    joined = add_cosignature(log, root, again)
    assert len(joined.cosignatures) == 1
    assert again != line
    with pytest.raises(BadInputError, match="not added"):
        add_cosignature(log, root, b"no line\n")


def test_a_log_that_was_cosigned_goes_on(tmp_path: Path) -> None:
    """Publishing more leaves starts a checkpoint of its own, which a witness can continue."""
    ring = FileKeyring(tmp_path / "home", None, lambda: NOW)
    log = LogDirectory(tmp_path / "home" / "log", ring.log_origin())
    signer, memory = witness_signer(tmp_path / "w", None), Memory(tmp_path / "seen")
    root = set_witnesses(ring, (trust.Witness(NAME, signer.public_key),), 1).root
    for size in (5, 9, 300):
        head = log.publish(Leaves(LEAVES[:size]), ring.checkpoints())
        assert head.cosignatures == ()
        reader = FolderReader(log.folder)
        _, line = witness(NAME, signer, reader, root, memory, lambda: NOW)
        assert add_cosignature(log, root, line).size == size


def test_the_export_is_a_log(tmp_path: Path) -> None:
    """A static copy has everything but the lock, verifies, and can be brought up to date."""
    log = _log(tmp_path / "log", LEAVES[:300])
    assert export(log.folder, tmp_path / "static") == 300
    log.publish(Leaves(LEAVES), CHECKPOINTS)
    assert export(log.folder, tmp_path / "static") == 600
    reader = FolderReader(tmp_path / "static")
    rehash(reader, follow(reader, trust_root(), None).head)
    assert not list((tmp_path / "static").rglob(".*"))
    with pytest.raises(LogProofError, match="no log"):
        export(tmp_path / "nothing", tmp_path / "static")
