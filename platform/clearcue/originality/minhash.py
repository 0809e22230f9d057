"""MinHash signatures and their bands: the only place that uses datasketch.

A signature is datasketch's `MinHash` with scheme `affine32`, `PERMUTATIONS` permutations, seed
`SEED` and the hash `sha1_hash32` (the first four bytes of SHA-1, little-endian), bit for bit: the
permutations are datasketch's own, and a test holds the kernel here against datasketch's update.

Bands are explicit: `BANDS` bands of `ROWS` values each, so that two windows with Jaccard
similarity j meet with probability 1 - (1 - j^3)^42: 99.6 % at 0.5. (A threshold handed to an LSH
library would leave that curve to its optimiser.) A band's key is the 32-bit FNV-1a of its three
values taken as whole words, finished by MurmurHash3's 32-bit finaliser.

Sources: Broder 1997, doi 10.1109/SEQUEN.1997.666900; datasketch 2.0, `MinHash(scheme="affine32")`.
"""

from functools import lru_cache

import numpy as np
from datasketch import MinHash
from datasketch.hashfunc import sha1_hash32
from numba import njit
from numpy.typing import NDArray

SCHEME = "affine32"
HASH = "sha1_hash32"
SEED = 20261122
PERMUTATIONS = 128
BANDS = 42
ROWS = 3
BAND_KEY = "fnv1a32-words+fmix32"

Words = NDArray[np.uint32]


def shingle_hash(shingle: bytes) -> int:
    """The 32-bit hash of a shingle, as datasketch computes it before its permutations."""
    return int(sha1_hash32(shingle))


def reference_signature(shingles: list[bytes]) -> Words:
    """The signature of a set of shingles by datasketch alone; the kernel is held against it."""
    sketch = MinHash(num_perm=PERMUTATIONS, seed=SEED, hashfunc=sha1_hash32, scheme=SCHEME)
    sketch.update_batch(shingles)
    return np.asarray(sketch.hashvalues, dtype=np.uint32)


@lru_cache(maxsize=1)
def _permutations() -> tuple[Words, Words]:
    sketch = MinHash(num_perm=PERMUTATIONS, seed=SEED, hashfunc=sha1_hash32, scheme=SCHEME)
    factors, offsets = sketch.permutations
    return (
        np.ascontiguousarray(factors, dtype=np.uint32),
        np.ascontiguousarray(offsets, dtype=np.uint32),
    )


def signatures(hashes: Words, ranges: NDArray[np.int64]) -> Words:
    """Signatures of many windows.

    Args:
        hashes: shingle hashes, uint32, shape (shingles,).
        ranges: int64, shape (windows, 2k): starts and ends into `hashes`, k ranges to a window.

    Returns:
        uint32, shape (windows, PERMUTATIONS); a window without a shingle has 2^32 - 1 throughout.
    """
    factors, offsets = _permutations()
    result: Words = _sign(_mixed(hashes), ranges, factors, offsets)
    return result


def band_keys(signature: Words) -> Words:
    """Keys of the bands of some signatures: uint32, shape (BANDS, windows)."""
    keys: Words = _keys(signature)
    return keys


def _mixed(hashes: Words) -> Words:
    """MurmurHash3's 32-bit finaliser, which affine32 applies before it permutes."""
    mixed = hashes ^ (hashes >> np.uint32(16))
    mixed = mixed * np.uint32(0x85EBCA6B)
    mixed = mixed ^ (mixed >> np.uint32(13))
    mixed = mixed * np.uint32(0xC2B2AE35)
    result: Words = mixed ^ (mixed >> np.uint32(16))
    return result


@njit(cache=True)
def _sign(hashes: Words, ranges: NDArray[np.int64], factors: Words, offsets: Words) -> Words:
    windows, columns = ranges.shape
    count = len(factors)
    result = np.full((windows, count), 0xFFFFFFFF, dtype=np.uint32)
    for window in range(windows):
        lowest = result[window]
        for column in range(0, columns, 2):
            for at in range(ranges[window, column], ranges[window, column + 1]):
                value = hashes[at]
                for k in range(count):
                    permuted = np.uint32(factors[k] * value + offsets[k])
                    lowest[k] = min(lowest[k], permuted)
    return result


@njit(cache=True)
def _keys(signature: Words) -> Words:
    windows = signature.shape[0]
    result = np.empty((BANDS, windows), dtype=np.uint32)
    for window in range(windows):
        for band in range(BANDS):
            key = np.uint32(0x811C9DC5)
            for row in range(ROWS):
                key = np.uint32(
                    (key ^ signature[window, band * ROWS + row]) * np.uint32(0x01000193)
                )
            key = np.uint32((key ^ (key >> np.uint32(16))) * np.uint32(0x85EBCA6B))
            key = np.uint32((key ^ (key >> np.uint32(13))) * np.uint32(0xC2B2AE35))
            result[band, window] = np.uint32(key ^ (key >> np.uint32(16)))
    return result
