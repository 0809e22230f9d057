"""The log on disk: tiles, entry bundles and checkpoint as static files. See docs/formats/log.md.

The caller's store is the source of truth for leaves: a `LeafSource` hands them over in order, and
`LogDirectory.publish` makes the folder agree with it. POSIX only (fcntl); the verifier does not
need this module.

What holds whatever happens, a killed process or a full disk included:

- the checkpoint is replaced last, in one rename, and only by one that a consistency proof links to
  it;
- every file that a checkpoint needs was written, synced and read back from disk before it was
  signed;
- a file that a published checkpoint needs is never changed;
- a source with fewer or other leaves than those published is refused, and nothing is signed.
"""

import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from clearcue_provenance import checkpoint, merkle, tiles
from clearcue_provenance.checkpoint import Checkpoint
from clearcue_provenance.errors import LogProofError, LogWriteError, RolledBackError
from clearcue_provenance.keys import PublicKey, Signer

CHECKPOINT_NAME = "checkpoint"
LOCK_NAME = ".lock"


class LeafSource(Protocol):
    """The ordered leaves of the log. It must only ever grow at its end."""

    def size(self) -> int:
        """How many leaves there are now."""
        ...

    def read(self, start: int, stop: int) -> Iterable[bytes]:
        """The leaves from index `start` up to, not including, `stop`, in order."""
        ...


@dataclass(frozen=True, slots=True)
class LogDirectory:
    """A log in a folder. `origin` is its name in checkpoints.

    Every method that reads raises LogProofError when files are missing or damaged.
    """

    folder: Path
    origin: str

    def latest(self) -> Checkpoint | None:
        """The published checkpoint, or None before the first. Its signature is not checked here.

        Raises:
            LogWriteError: when the file cannot be read.
        """
        try:
            stored = (self.folder / CHECKPOINT_NAME).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise LogWriteError(
                f"the log's checkpoint cannot be read: {error.strerror or error}"
            ) from error
        return checkpoint.parse(stored)

    def publish(
        self, source: LeafSource, signer: Signer, earlier_keys: Sequence[PublicKey] = ()
    ) -> Checkpoint:
        """Bring the folder up to the source's size, and return the checkpoint then in force.

        Safe to call from several processes, and again after any interruption. With nothing new, the
        published checkpoint is returned and nothing is written. `earlier_keys` are the log's former
        checkpoint keys, any of which may have signed the published checkpoint.

        Raises:
            RolledBackError: when the source has fewer or other leaves than those published.
            LogProofError: when the published files are damaged, or another key signed the
                checkpoint.
            LogWriteError: when the folder cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with _locked(self.folder / LOCK_NAME):
                return self._publish_locked(source, signer, earlier_keys)
        except OSError as error:
            raise LogWriteError(
                f"the log in {self.folder} cannot be written: {error.strerror or error}"
            ) from error

    def inclusion_proof(self, index: int, size: int) -> list[bytes]:
        """The audit path of a leaf in the published tree of `size` leaves, lowest hash first."""
        return merkle.inclusion_proof(index, size, self._nodes(size))

    def consistency_proof(self, old: int, new: int) -> list[bytes]:
        """The proof that the tree of `new` leaves begins with the tree of `old` leaves."""
        return merkle.consistency_proof(old, new, self._nodes(new))

    def root(self, size: int) -> bytes:
        """The root hash of the first `size` leaves, from the tiles on disk."""
        return merkle.root(size, self._nodes(size))

    def leaf(self, index: int, size: int) -> bytes:
        """One leaf of the tree of `size` leaves, from its entry bundle."""
        place, offset = divmod(index, tiles.TILE_WIDTH)
        width = tiles.tile_width(0, place, size)
        if not 0 <= offset < width:
            raise LogProofError(f"a log of {size} leaves has no leaf {index}")
        return tiles.decode_entries(self._read(None, place, width))[offset]

    def audit(self, size: int) -> bytes:
        """The root of the first `size` leaves, with every tile hashed again from the leaves up.

        Raises:
            LogProofError: naming the first file that does not agree with the leaves.
        """
        self._rehash(0, size)
        return self.root(size)

    def _publish_locked(
        self, source: LeafSource, signer: Signer, earlier_keys: Sequence[PublicKey]
    ) -> Checkpoint:
        head = self.latest()
        published, size = 0 if head is None else head.size, source.size()
        if head is not None:
            self._check_published(head, (signer.public_key, *earlier_keys))
            self._check_source(source, published, size)
            if size == published:
                return head
        self._write_leaves(source, published, size)
        self._write_upper_tiles(published, size)
        self._rehash(published, size)
        root = self.root(size)
        if head is not None and published:
            proof = self.consistency_proof(published, size)
            merkle.check_consistency(published, head.root, size, root, proof)
        stored = checkpoint.sign(self.origin, size, root, signer)
        _write_file(self.folder / CHECKPOINT_NAME, stored)
        self._remove_old_partials(published, size)
        return checkpoint.parse(stored)

    def _check_published(self, head: Checkpoint, keys: Sequence[PublicKey]) -> None:
        known = {checkpoint.log_id(self.origin, key)[:4]: key for key in keys}
        key = known.get(head.key_hash)
        if key is None:
            raise LogProofError("the published checkpoint is signed with another log's key")
        checkpoint.verify(head, self.origin, key)
        if self.root(head.size) != head.root:
            raise LogProofError("the published tiles do not have the checkpoint's root hash")

    def _check_source(self, source: LeafSource, published: int, size: int) -> None:
        if size < published:
            raise RolledBackError(
                f"the log has published {published} leaves but its source has only {size}: "
                "restore the newest copy of the database",
                published,
                size,
            )
        if not published:
            return
        place = (published - 1) // tiles.TILE_WIDTH
        start = place * tiles.TILE_WIDTH
        on_disk = tiles.decode_hashes(self._read(0, place, published - start))
        offered = [merkle.leaf_hash(leaf) for leaf in source.read(start, published)]
        if offered != on_disk[: published - start]:
            raise RolledBackError(
                f"the log has published other leaves, up to {published}, than its source holds: "
                "restore the newest copy of the database",
                published,
                size,
            )

    def _write_leaves(self, source: LeafSource, published: int, size: int) -> None:
        for place in _places(published, size):
            start = place * tiles.TILE_WIDTH
            width = tiles.tile_width(0, place, size)
            leaves = list(source.read(start, start + width))
            if len(leaves) != width:
                raise LogWriteError(f"the source of leaves ended before leaf {start + width}")
            hashes = b"".join(merkle.leaf_hash(leaf) for leaf in leaves)
            self._write(None, place, width, tiles.encode_entries(leaves))
            self._write(0, place, width, hashes)

    def _write_upper_tiles(self, published: int, size: int) -> None:
        level = 1
        while new := tiles.hashes_at(level, size):
            for place in _places(tiles.hashes_at(level, published), new):
                width = tiles.tile_width(level, place, size)
                self._write(level, place, width, b"".join(self._child_roots(level, place, width)))
            level += 1

    def _child_roots(self, level: int, place: int, width: int) -> list[bytes]:
        """The roots of the full tiles below a tile, hashed from what lies on disk."""
        first = place * tiles.TILE_WIDTH
        return [
            merkle.root_of_hashes(tiles.decode_hashes(self._read(level - 1, i, tiles.TILE_WIDTH)))
            for i in range(first, first + width)
        ]

    def _rehash(self, published: int, size: int) -> None:
        """Read back and hash again every file that a tree of `size` leaves adds to `published`."""
        for place in _places(published, size):
            width = tiles.tile_width(0, place, size)
            leaves = tiles.decode_entries(self._read(None, place, width))[:width]
            self._compare(0, place, width, [merkle.leaf_hash(leaf) for leaf in leaves])
        level = 1
        while new := tiles.hashes_at(level, size):
            for place in _places(tiles.hashes_at(level, published), new):
                width = tiles.tile_width(level, place, size)
                self._compare(level, place, width, self._child_roots(level, place, width))
            level += 1

    def _compare(self, level: int, place: int, width: int, expected: list[bytes]) -> None:
        if tiles.decode_hashes(self._read(level, place, width))[:width] != expected:
            path = tiles.tile_path(level, place, width)
            raise LogProofError(f"{path} does not hold the hashes of what lies below it")

    def _remove_old_partials(self, published: int, size: int) -> None:
        """Remove partial tiles whose full tile is there now, as tlog-tiles permits."""
        level = 0
        while tiles.hashes_at(level, size):
            first = tiles.hashes_at(level, published) // tiles.TILE_WIDTH
            for place in range(first, tiles.hashes_at(level, size) // tiles.TILE_WIDTH):
                for kind in (level, None) if level == 0 else (level,):
                    shutil.rmtree(
                        (self.folder / tiles.tile_path(kind, place, 1)).parent, ignore_errors=True
                    )
            level += 1

    def _nodes(self, size: int) -> merkle.NodeSource:
        return tiles.tile_nodes(size, self._read)

    def _read(self, level: int | None, index: int, width: int) -> bytes:
        """A tile of this width, or the full one that has taken its place."""
        for candidate in (width, tiles.TILE_WIDTH):
            try:
                return (self.folder / tiles.tile_path(level, index, candidate)).read_bytes()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise LogProofError(f"the log cannot be read: {error.strerror or error}") from error
        raise LogProofError(f"the log lacks {tiles.tile_path(level, index, width)}")

    def _write(self, level: int | None, index: int, width: int, data: bytes) -> None:
        _write_file(self.folder / tiles.tile_path(level, index, width), data)


def _places(old: int, new: int) -> range:
    """The tiles that change when a level grows from `old` hashes to `new`."""
    if new == old:
        return range(0)
    return range(old // tiles.TILE_WIDTH, (new - 1) // tiles.TILE_WIDTH + 1)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write_file(path: Path, data: bytes) -> None:
    """Put a whole file in place, synced, or leave what was there; the caller holds the lock."""
    if path.is_file() and path.read_bytes() == data:
        # It may have been renamed into place just before a crash, and not synced.
        _sync_folder(path.parent)
        return
    _make_folder(path.parent)
    for leftover in path.parent.glob(".*.tmp"):
        leftover.unlink()
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
