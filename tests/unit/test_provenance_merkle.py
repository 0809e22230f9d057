"""Merkle trees and tiles against published values and hand calculation."""

import hashlib

import pytest

from clearcue_provenance import merkle, tiles
from clearcue_provenance.errors import LogProofError

# The leaves and roots that the Certificate Transparency reference implementation tests with.
REFERENCE_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
REFERENCE_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def test_roots_are_those_of_the_reference_implementation() -> None:
    """Trees of 1 to 8 leaves have the roots published with RFC 6962's reference code."""
    roots = [merkle.merkle_root(REFERENCE_LEAVES[:n]).hex() for n in range(1, 9)]
    assert roots == REFERENCE_ROOTS


def test_a_root_of_three_leaves_by_hand() -> None:
    """Three leaves: the first two are joined, and the third is joined to that."""

    def sha(data: bytes) -> bytes:
        return hashlib.sha256(data).digest()

    a, b, c = (sha(b"\0" + leaf) for leaf in (b"a", b"b", b"c"))
    assert merkle.merkle_root([b"a", b"b", b"c"]) == sha(b"\1" + sha(b"\1" + a + b) + c)
    assert merkle.merkle_root([]) == sha(b"")


def test_every_inclusion_proof_of_small_trees_leads_to_the_root() -> None:
    """For every index and size up to 40 the path leads to the root, and no other index does."""
    hashes = [merkle.leaf_hash(bytes([i])) for i in range(40)]
    node = merkle.nodes_of(hashes)
    for size in range(1, 41):
        root = merkle.root_of_hashes(hashes[:size])
        assert merkle.root(size, node) == root
        for index in range(size):
            path = merkle.inclusion_proof(index, size, node)
            assert merkle.root_from_inclusion(hashes[index], index, size, path) == root
            other = (index + 1) % size
            if other != index:
                with pytest.raises((LogProofError, AssertionError)):
                    assert merkle.root_from_inclusion(hashes[index], other, size, path) == root


def test_every_consistency_proof_of_small_trees_holds_and_no_forgery_does() -> None:
    """For every pair of sizes up to 24 the proof holds, and fails for another old root."""
    hashes = [merkle.leaf_hash(bytes([i])) for i in range(24)]
    node = merkle.nodes_of(hashes)
    for new in range(1, 25):
        for old in range(1, new + 1):
            path = merkle.consistency_proof(old, new, node)
            roots = merkle.root(old, node), merkle.root(new, node)
            merkle.check_consistency(old, roots[0], new, roots[1], path)
            with pytest.raises(LogProofError):
                merkle.check_consistency(old, merkle.EMPTY_ROOT, new, roots[1], path)
            with pytest.raises(LogProofError):
                merkle.check_consistency(old, roots[0], new, merkle.EMPTY_ROOT, path)
            with pytest.raises(LogProofError):
                merkle.check_consistency(old, roots[0], new, roots[1], [*path, roots[0]])


def test_tile_paths_and_widths_are_those_of_the_specification() -> None:
    """The examples in C2SP tlog-tiles: index 1234067, and a tree of 70,000 leaves."""
    assert tiles.tile_path(0, 1_234_067) == "tile/0/x001/x234/067"
    assert tiles.tile_path(None, 5, 17) == "tile/entries/005.p/17"
    assert tiles.tile_path(1, 1000) == "tile/1/x001/000"
    assert [tiles.tile_width(0, i, 70_000) for i in (0, 272, 273, 274)] == [256, 256, 112, 0]
    assert [tiles.tile_width(1, i, 70_000) for i in (0, 1, 2)] == [256, 17, 0]
    assert [tiles.tile_width(2, i, 70_000) for i in (0, 1)] == [1, 0]
    assert tiles.tile_width(1, 0, 256) == 1


def test_entry_bundles_are_length_prefixed() -> None:
    """Two big-endian length bytes come before each entry, and cut-off bundles are refused."""
    data = tiles.encode_entries([b"ab", b"", b"c" * 300])
    assert data == b"\0\2ab" + b"\0\0" + b"\x01\x2c" + b"c" * 300
    assert tiles.decode_entries(data) == [b"ab", b"", b"c" * 300]
    for cut in (1, 3, len(data) - 1):
        with pytest.raises(LogProofError):
            tiles.decode_entries(data[:cut])
    with pytest.raises(LogProofError):
        tiles.encode_entries([b"x" * 65_536])
    with pytest.raises(LogProofError):
        tiles.decode_entries(b"\0\0" * 257)
