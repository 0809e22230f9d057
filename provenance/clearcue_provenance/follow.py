"""Following somebody's log from outside: what a monitor and a witness do.

A `LogReader` reads the log's files from a folder or an https address (C2SP tlog-tiles). `follow`
compares the checkpoint there with the one seen before, and says what became of the log; `rehash`
reads every leaf and every tile anew. Neither believes anything that it was not shown: the
checkpoint must be signed by a log of the trust root, and a consistency proof, computed from the
tiles, must lead from the checkpoint seen before to the new one.
"""

import urllib.error
import urllib.request
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from clearcue_provenance import checkpoint, cosignature, merkle, tiles, trust
from clearcue_provenance.checkpoint import Checkpoint
from clearcue_provenance.errors import LogProofError

CHECKPOINT_NAME = "checkpoint"
MAX_FILE_BYTES = tiles.TILE_WIDTH * (tiles.MAX_LEAF_BYTES + 2)
TIMEOUT_SECONDS = 30.0
FIRST, SAME, GROWN = "first seen", "unchanged", "grown"


class LogReader(Protocol):
    """Reads a log's files."""

    def read(self, path: str) -> bytes | None:
        """A file's bytes, or None where there is no such file. Raises LogProofError otherwise."""
        ...


@dataclass(frozen=True, slots=True)
class FolderReader:
    """A log in a folder."""

    folder: Path

    def read(self, path: str) -> bytes | None:
        """A file's bytes, or None."""
        try:
            with (self.folder / path).open("rb") as file:
                return _bounded(file.read(MAX_FILE_BYTES + 1), path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise LogProofError(f"the log's {path} cannot be read: {error.strerror}") from error


@dataclass(frozen=True, slots=True)
class WebReader:
    """A log at an https address, or at an http one of this machine."""

    address: str

    def __post_init__(self) -> None:
        local = ("http://127.0.0.1:", "http://localhost:", "http://[::1]:")
        if not self.address.startswith(("https://", *local)):
            raise LogProofError("a log is read from a folder or an https:// address")

    def read(self, path: str) -> bytes | None:
        """A file's bytes, or None where the server says that there is none."""
        url = f"{self.address.rstrip('/')}/{path}"
        try:
            with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - checked above
                return _bounded(answer.read(MAX_FILE_BYTES + 1), path)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise LogProofError(f"the log's {path} cannot be fetched: {error.code}") from error
        except (OSError, ValueError) as error:
            raise LogProofError(f"the log's {path} cannot be fetched: {error}") from error


def reader_of(source: str) -> LogReader:
    """The reader for a folder's path or an address.

    Raises:
        LogProofError: when it is neither.
    """
    if "://" in source:
        return WebReader(source)
    if not Path(source).is_dir():
        raise LogProofError(f"there is no log in {source}")
    return FolderReader(Path(source))


@dataclass(frozen=True, slots=True)
class Followed:
    """What became of a log: one of `FIRST`, `SAME` and `GROWN`, and its checkpoint now.

    `proof` leads from the checkpoint seen before to this one.
    """

    outcome: str
    head: Checkpoint
    key: trust.TrustedKey
    proof: tuple[bytes, ...]


def follow(reader: LogReader, root: trust.TrustRoot, seen: Checkpoint | None) -> Followed:
    """Compare a log's checkpoint with the one seen before.

    How many witnesses have cosigned is left to who relies on the log: a witness comes before them.

    Raises:
        LogProofError: when the checkpoint is not a trusted log's, or the log went back, was forked,
            or its history was rewritten; the words say which.
    """
    stored = reader.read(CHECKPOINT_NAME)
    if stored is None:
        raise LogProofError("the log has no checkpoint")
    head = checkpoint.parse(stored)
    key = replace(root, quorum=0).verify_checkpoint(head)
    proof: tuple[bytes, ...] = ()
    if seen is not None:
        if 0 < seen.size < head.size and seen.origin == head.origin:
            proof = tuple(merkle.consistency_proof(seen.size, head.size, nodes(reader, head.size)))
        cosignature.check_continues(seen, head, proof)
    if merkle.root(head.size, nodes(reader, head.size)) != head.root:
        raise LogProofError("the log's tiles do not have the checkpoint's root hash")
    outcome = FIRST if seen is None else SAME if seen.size == head.size else GROWN
    return Followed(outcome, head, key, proof)


def rehash(reader: LogReader, head: Checkpoint) -> None:
    """Hash every leaf of a log anew, and the tiles from the leaves up.

    Raises:
        LogProofError: when they do not lead to the checkpoint's root hash.
    """
    hashes: list[bytes] = []
    for place in range((head.size + tiles.TILE_WIDTH - 1) // tiles.TILE_WIDTH):
        width = tiles.tile_width(0, place, head.size)
        leaves = tiles.decode_entries(_tile(reader, None, place, width))[:width]
        held = tiles.decode_hashes(_tile(reader, 0, place, width))[:width]
        found = [merkle.leaf_hash(leaf) for leaf in leaves]
        if found != held:
            raise LogProofError(f"{tiles.tile_path(0, place, width)} is not that of its leaves")
        hashes.extend(found)
    if merkle.root_of_hashes(hashes) != head.root:
        raise LogProofError("the log's leaves do not have the checkpoint's root hash")


def nodes(reader: LogReader, size: int) -> merkle.NodeSource:
    """The hashes of a tree of this size, read from its tiles."""
    return tiles.tile_nodes(size, lambda level, index, width: _tile(reader, level, index, width))


def _tile(reader: LogReader, level: int | None, index: int, width: int) -> bytes:
    """A tile of this width, or the full one that has taken its place."""
    for candidate in dict.fromkeys((width, tiles.TILE_WIDTH)):
        data = reader.read(tiles.tile_path(level, index, candidate))
        if data is not None:
            return data
    raise LogProofError(f"the log lacks {tiles.tile_path(level, index, width)}")


def _bounded(data: bytes, path: str) -> bytes:
    if len(data) > MAX_FILE_BYTES:
        raise LogProofError(f"the log's {path} is larger than any file of a log")
    return data
