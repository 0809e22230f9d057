"""Tiles of a log after C2SP tlog-tiles: paths, widths, entry bundles, and reading hashes from them.

A tile holds up to 256 hashes of 32 bytes. Level 0 holds leaf hashes; a hash at level l > 0 is the
root of a full tile of level l - 1. An entry bundle holds the leaves of one level-0 tile, each
behind its length as two big-endian bytes.
"""

from collections.abc import Callable, Sequence

from clearcue_provenance.errors import LogProofError
from clearcue_provenance.merkle import HASH_BYTES, NodeSource, root_of_hashes

TILE_WIDTH = 256
TILE_HEIGHT = 8
MAX_LEAF_BYTES = 65_535
"""What the two length bytes of an entry bundle can express."""

ReadTile = Callable[[int, int, int], bytes]
"""`read(level, index, width)`: the bytes of a tile of at least this width."""


def tile_path(level: int | None, index: int, width: int = TILE_WIDTH) -> str:
    """The path of a tile below the log's folder; level None means an entry bundle."""
    groups = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        groups.insert(0, f"x{index % 1000:03d}")
    kind = "entries" if level is None else str(level)
    partial = "" if width == TILE_WIDTH else f".p/{width}"
    return f"tile/{kind}/{'/'.join(groups)}{partial}"


def hashes_at(level: int, size: int) -> int:
    """How many hashes tile level `level` holds in all, in a tree of `size` leaves."""
    return size >> (TILE_HEIGHT * level)


def tile_width(level: int, index: int, size: int) -> int:
    """How many hashes of a tile a tree of `size` leaves fills: 0 (no tile) to 256 (full)."""
    return max(0, min(TILE_WIDTH, hashes_at(level, size) - index * TILE_WIDTH))


def encode_entries(leaves: Sequence[bytes]) -> bytes:
    """The entry bundle of 1 to 256 leaves.

    Raises:
        LogProofError: when a leaf is longer than `MAX_LEAF_BYTES`.
    """
    for leaf in leaves:
        if len(leaf) > MAX_LEAF_BYTES:
            raise LogProofError(f"a leaf of more than {MAX_LEAF_BYTES} bytes")
    return b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)


def decode_entries(data: bytes) -> list[bytes]:
    """The leaves in an entry bundle.

    Raises:
        LogProofError: when the bytes end within an entry, or hold more than 256.
    """
    leaves: list[bytes] = []
    position = 0
    while position < len(data):
        start = position + 2
        position = start + int.from_bytes(data[position:start], "big")
        if start > len(data) or position > len(data) or len(leaves) == TILE_WIDTH:
            raise LogProofError("an entry bundle that is cut off or too long")
        leaves.append(data[start:position])
    return leaves


def decode_hashes(data: bytes) -> list[bytes]:
    """The hashes in a tile.

    Raises:
        LogProofError: when the length is no multiple of 32 or more than a full tile's.
    """
    if len(data) % HASH_BYTES or len(data) > TILE_WIDTH * HASH_BYTES:
        raise LogProofError("a tile whose length is not that of whole hashes")
    return [data[i : i + HASH_BYTES] for i in range(0, len(data), HASH_BYTES)]


def tile_nodes(size: int, read: ReadTile) -> NodeSource:
    """A node source that reads the tiles of a tree of `size` leaves, each tile at most once."""
    kept: dict[tuple[int, int], list[bytes]] = {}

    def tile(level: int, index: int) -> list[bytes]:
        if (level, index) not in kept:
            width = tile_width(level, index, size)
            hashes = decode_hashes(read(level, index, width)) if width else []
            if len(hashes) < max(width, 1):
                raise LogProofError(f"{tile_path(level, index, width)} holds too few hashes")
            kept[level, index] = hashes[:width]
        return kept[level, index]

    def node(level: int, index: int) -> bytes:
        tile_level, height = divmod(level, TILE_HEIGHT)
        first = index << height
        place, offset = divmod(first, TILE_WIDTH)
        hashes = tile(tile_level, place)[offset : offset + (1 << height)]
        if len(hashes) != 1 << height:
            raise LogProofError("the log is too short for this proof")
        return root_of_hashes(hashes)

    return node
