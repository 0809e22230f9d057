"""Peers of the originality check: whole-tune Jaccard with datasketch and with rensa, and speeds.

Both peers sketch the set of all shingles of a tune with 128 permutations and name the tunes whose
sketches agree most with the query's. They say nothing of bars.
"""

import os
import platform
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import rensa
from datasketch import MinHash
from datasketch.hashfunc import sha1_hash32
from planted_tunes import melody

from clearcue.music.work import ParsedWork
from clearcue.originality import minhash
from clearcue.originality.index import SortedBands
from clearcue.originality.shingles import shingle_bytes

NAMED = 20
SHINGLES = 20
WINDOWS = 1_000_000
ROUNDS = 9

Layout = Callable[[list[bytes]], np.ndarray]


def datasketch_sketch(shingles: list[bytes]) -> np.ndarray:
    """datasketch's MinHash, scheme affine32, as the product uses it."""
    return minhash.reference_signature(shingles).astype(np.uint32)


def rensa_sketch(shingles: list[bytes]) -> np.ndarray:
    """rensa's RMinHash."""
    sketch = rensa.RMinHash(num_perm=minhash.PERMUTATIONS, seed=minhash.SEED)
    sketch.update([shingle.hex() for shingle in shingles])
    return np.array(sketch.digest(), dtype=np.uint32)


def shingles_of(work: ParsedWork) -> list[bytes]:
    """The set of all shingles of a melody."""
    notes = melody(work)
    onsets = np.array([note.onset_ticks for note in notes], dtype=np.int32)
    pitches = np.array([note.pitch for note in notes], dtype=np.int32)
    return sorted({shingle for stream in shingle_bytes(onsets, pitches) for shingle in stream})


class WholeTunes:
    """Sketches of whole tunes; a query is compared with every one."""

    def __init__(self, works: Sequence[ParsedWork], sketch: Layout) -> None:
        self._sketch = sketch
        self._names = [work.work_id for work in works]
        self._sketches = np.stack([sketch(shingles_of(work)) for work in works])

    def named(self, query: ParsedWork) -> list[tuple[str, float, tuple[int, int], tuple[int, int]]]:
        """The tunes whose estimated Jaccard with the query is largest; bars are not known."""
        agree = (self._sketches == self._sketch(shingles_of(query))).mean(axis=1)
        best = np.argsort(-agree, kind="stable")[:NAMED]
        return [(self._names[at], float(agree[at]), (0, 0), (0, 0)) for at in best.tolist()]


@dataclass(frozen=True, slots=True)
class Speeds:
    """Windows signed a second on one core by each; a million windows in bands."""

    own: float
    datasketch_bulk: float
    rensa_each: float
    bytes_a_window: float
    candidates_p50_ms: float
    candidates_p99_ms: float


def measured_speeds() -> Speeds:
    """Best of some rounds for signatures; the bands hold a million windows of random shingles."""
    source = np.random.default_rng(1)
    count = minhash.AT_A_TIME
    hashes = source.integers(0, 2**32, size=count * SHINGLES, dtype=np.uint32)
    starts = np.arange(count, dtype=np.int64) * SHINGLES
    ranges = np.stack((starts, starts + SHINGLES), axis=1)
    own = _rate(lambda: minhash.signatures(hashes, ranges), count, 20 * ROUNDS)
    sets = [
        [int(value).to_bytes(4, "little") for value in hashes[start : start + SHINGLES]]
        for start in starts[:2000]
    ]
    bulk = _rate(lambda: _datasketch_bulk(sets), len(sets), 3)
    texts = [[value.hex() for value in members] for members in sets]
    each = _rate(lambda: _rensa_each(texts), len(sets), 3)
    bands, keys = _million()
    times = []
    for at in range(2000):
        start = time.perf_counter()
        bands.lookup(keys[:, at : at + 1])
        times.append(1e3 * (time.perf_counter() - start))
    p50, p99 = np.percentile(times, [50, 99])
    size = bands.entries.nbytes / WINDOWS
    return Speeds(own, bulk, each, size, float(p50), float(p99))


def _rate(act: Callable[[], object], count: int, rounds: int) -> float:
    act()
    best = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        act()
        best = min(best, time.perf_counter() - start)
    return count / best


def _datasketch_bulk(sets: list[list[bytes]]) -> object:
    return MinHash.bulk(
        sets,
        num_perm=minhash.PERMUTATIONS,
        seed=minhash.SEED,
        hashfunc=sha1_hash32,
        scheme=minhash.SCHEME,
    )


def _rensa_each(texts: list[list[str]]) -> None:
    for members in texts:
        sketch = rensa.RMinHash(num_perm=minhash.PERMUTATIONS, seed=minhash.SEED)
        sketch.update(members)
        sketch.digest()


def _million() -> tuple[SortedBands, np.ndarray]:
    """Bands of a million windows, and the keys of 2,000 that share half of their shingles."""
    source = np.random.default_rng(2)
    keys = np.empty((minhash.BANDS, WINDOWS), dtype=np.uint32)
    asked = np.empty((minhash.BANDS, 2000), dtype=np.uint32)
    step = 50_000
    ranges = np.arange(step, dtype=np.int64)[:, None] * SHINGLES + np.array([0, SHINGLES])
    for start in range(0, WINDOWS, step):
        # A Zipf-like choice of shingles, as music has it: few are common, most are rare.
        drawn = (source.pareto(0.7, size=step * SHINGLES) * 500).astype(np.int64) & 0xFFFFFFFF
        hashes = (drawn * 2654435761 & 0xFFFFFFFF).astype(np.uint32)
        keys[:, start : start + step] = minhash.band_keys(hashes, ranges)
        if start == 0:
            changed = hashes[: 2000 * SHINGLES].reshape(2000, SHINGLES).copy()
            other = source.integers(0, 2**32, size=(2000, SHINGLES // 4), dtype=np.uint32)
            changed[:, : SHINGLES // 4] = other
            asked[:] = minhash.band_keys(changed.reshape(-1), ranges[:2000])
    entries = (keys.astype(np.uint64) << np.uint64(32)) | np.arange(WINDOWS, dtype=np.uint64)
    entries.sort(axis=1)
    return SortedBands(entries), asked


def conditions() -> str:
    """The machine and the memory that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"Python {platform.python_version()}, {platform.machine()}; load of the machine {load}; "
        f"largest memory of the run {used:.0f} MiB"
    )
