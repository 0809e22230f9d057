"""Merkle trees after RFC 6962, section 2.1: roots, inclusion and consistency proofs.

A leaf is hashed as SHA-256(0x00 || leaf), a node as SHA-256(0x01 || left || right); the root of an
empty tree is SHA-256 of nothing. Verification follows RFC 9162, sections 2.1.3.2 and 2.1.4.2.
Indices count from 0. A `NodeSource` gives the hash of a complete subtree: `node(level, index)` is
the root of the leaves from `index * 2**level` to `(index + 1) * 2**level`.
"""

import hashlib
from collections.abc import Callable, Sequence

from clearcue_provenance.errors import LogProofError

HASH_BYTES = 32
MAX_PROOF_HASHES = 64
"""A tree of 2**64 leaves has proofs no longer than this."""
EMPTY_ROOT = hashlib.sha256(b"").digest()

NodeSource = Callable[[int, int], bytes]


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of one leaf's bytes."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two neighbouring subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaves (bytes, not hashes) in the given order."""
    return root_of_hashes([leaf_hash(leaf) for leaf in leaves])


def root_of_hashes(hashes: Sequence[bytes]) -> bytes:
    """The root over leaf hashes, or over the roots of complete subtrees of one size."""
    if not hashes:
        return EMPTY_ROOT
    level = list(hashes)
    while len(level) > 1:
        # An odd one out is carried up unhashed: the same tree as RFC 6962's recursive split.
        paired = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = paired + level[2 * len(paired) :]
    return level[0]


def nodes_of(hashes: Sequence[bytes]) -> NodeSource:
    """A node source over leaf hashes in memory."""

    def node(level: int, index: int) -> bytes:
        return root_of_hashes(hashes[index << level : (index + 1) << level])

    return node


def root(size: int, node: NodeSource) -> bytes:
    """The root of the first `size` leaves."""
    return _range_root(0, size, node) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, node: NodeSource) -> list[bytes]:
    """The audit path of a leaf in the tree of `size` leaves, lowest sibling first.

    Raises:
        LogProofError: when the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise LogProofError(f"a log of {size} leaves has no leaf {index}")
    path: list[bytes] = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            path.append(_range_root(middle, stop, node))
            stop = middle
        else:
            path.append(_range_root(start, middle, node))
            start = middle
    return path[::-1]


def consistency_proof(old: int, new: int, node: NodeSource) -> list[bytes]:
    """The proof that the tree of `old` leaves is the beginning of the tree of `new` leaves.

    Raises:
        LogProofError: unless 0 < old <= new.
    """
    if not 0 < old <= new:
        raise LogProofError(f"no consistency proof leads from {old} leaves to {new}")
    path: list[bytes] = []
    start, stop, whole = 0, new, True
    while old != stop:
        middle = start + _split(stop - start)
        if old <= middle:
            path.append(_range_root(middle, stop, node))
            stop = middle
        else:
            path.append(_range_root(start, middle, node))
            start, whole = middle, False
    if not whole:
        path.append(_range_root(start, stop, node))
    return path[::-1]


def root_from_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that an audit path leads to from a leaf's hash. The caller compares it.

    Raises:
        LogProofError: when the path has the wrong length for this index and size.
    """
    if not 0 <= index < size:
        raise LogProofError(f"a log of {size} leaves has no leaf {index}")
    position, last, result = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise LogProofError("the inclusion proof is too long")
        if position & 1 or position == last:
            result = node_hash(sibling, result)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            result = node_hash(result, sibling)
        position, last = position >> 1, last >> 1
    if last:
        raise LogProofError("the inclusion proof is too short")
    return result


def check_consistency(
    old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]
) -> None:
    """Return when the proof shows that the new tree begins with the old one.

    Raises:
        LogProofError: when it does not.
    """
    if old == new:
        if path or old_root != new_root:
            raise LogProofError("two trees of one size have different roots")
        return
    if not 0 < old < new:
        raise LogProofError(f"no consistency proof leads from {old} leaves to {new}")
    if _consistency_roots(old, old_root, new, path) != (old_root, new_root):
        raise LogProofError("the consistency proof does not lead to both roots")


def _consistency_roots(
    old: int, old_root: bytes, new: int, path: Sequence[bytes]
) -> tuple[bytes, bytes]:
    hashes = list(path)
    if old & (old - 1) == 0:
        hashes.insert(0, old_root)
    if not hashes:
        raise LogProofError("the consistency proof is too short")
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    before = after = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise LogProofError("the consistency proof is too long")
        if position & 1 or position == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        position, last = position >> 1, last >> 1
    if last:
        raise LogProofError("the consistency proof is too short")
    return before, after


def _split(count: int) -> int:
    """The largest power of two below a count of at least two."""
    return 1 << ((count - 1).bit_length() - 1)


def _range_root(start: int, stop: int, node: NodeSource) -> bytes:
    """The root of leaves start..stop, where start is a multiple of the range's largest subtree."""
    count = stop - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return node(level, start >> level)
    middle = start + _split(count)
    return node_hash(_range_root(start, middle, node), _range_root(middle, stop, node))
