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
AT_A_TIME = 4096

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


def band_keys(hashes: Words, ranges: NDArray[np.int64]) -> Words:
    """Keys of the bands of many windows: uint32, shape (BANDS, windows).

    Signed `AT_A_TIME` windows at a time, so that the signatures stay in the processor's cache.

    Args:
        hashes, ranges: as for `signatures`.
    """
    result = np.empty((BANDS, len(ranges)), dtype=np.uint32)
    for start in range(0, len(ranges), AT_A_TIME):
        portion = slice(start, start + AT_A_TIME)
        result[:, portion] = keys_of(signatures(hashes, ranges[portion]))
    return result


def keys_of(signature: Words) -> Words:
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
    """Four shingles at a time: the permutations are then read once for four, not for each."""
    windows, columns = ranges.shape
    count = len(factors)
    result = np.full((windows, count), 0xFFFFFFFF, dtype=np.uint32)
    held = np.empty(_most(ranges) + 3, dtype=np.uint32)
    for window in range(windows):
        shingles = 0
        for column in range(0, columns, 2):
            for at in range(ranges[window, column], ranges[window, column + 1]):
                held[shingles] = hashes[at]
                shingles += 1
        while shingles % 4:
            held[shingles] = held[0]
            shingles += 1
        lowest = result[window]
        for at in range(0, shingles, 4):
            a, b, c, d = held[at], held[at + 1], held[at + 2], held[at + 3]
            for k in range(count):
                factor, offset = factors[k], offsets[k]
                one = min(np.uint32(factor * a + offset), np.uint32(factor * b + offset))
                other = min(np.uint32(factor * c + offset), np.uint32(factor * d + offset))
                lowest[k] = min(lowest[k], min(one, other))
    return result


@njit(cache=True)
def _most(ranges: NDArray[np.int64]) -> int:
    """The most shingles that a window has."""
    most = 0
    for window in range(len(ranges)):
        count = 0
        for column in range(0, ranges.shape[1], 2):
            count += ranges[window, column + 1] - ranges[window, column]
        most = max(most, count)
    return most


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
