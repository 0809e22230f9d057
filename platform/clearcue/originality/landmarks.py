"""Landmarks: pairs of spectral peaks by which a recording of one of our tracks is known again.

A recording is made mono at `RATE` Hz and looked at in frames of `FRAME` samples, `HOP` apart. A
peak is a time and a frequency whose level is the highest around it. Each peak is paired with the
next few peaks after it; a pair's key packs the first frequency, the second, and the frames between.
A recording of the same sound holds the same pairs at the same distances in time, whatever the
container, the sample rate or the level, and enough of them survive under a voice. A melody that is
played anew holds none: landmarks know recordings, not tunes.

Matching: pairs with equal keys vote for a track and an offset. A pair that one recording alone
holds counts 1, one that many hold less, down to nothing, so that a drum sound that every track has
says nothing. The score of a track is the votes of its best offset, of each half second at most
`SLOT_PAIRS`: two tracks may share a drum fill or a chord of one instrument, which is a burst of
pairs, but not what goes on for seconds.

Sources: Wang 2003, "An industrial-strength audio search algorithm" (ISMIR); the weighting is the
inverse document frequency of text search.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter
from scipy.signal import resample_poly

LANDMARK_VERSION = 1
RATE = 11_025
FRAME = 1024
HOP = 256
LOWEST_BIN, HIGHEST_BIN = 8, 480
AROUND_BINS, AROUND_FRAMES = 15, 9
PEAKS_A_SECOND = 40
FAN_OUT = 16
FARTHEST_FRAMES = 63
FARTHEST_BINS = 127
FRAMES_AT_A_TIME = 4096
SILENT = 1e-4
CANDIDATES = 4
SLOT_SAMPLES = RATE // 2
SLOT_PAIRS = 2.0
FOUND_PAIRS = 12.0

Floats = NDArray[np.float32]
Keys = NDArray[np.uint32]
Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Landmarks:
    """The pairs of one recording: `keys` uint32 and the frames of their first peaks, int32."""

    keys: Keys
    frames: NDArray[np.int32]

    @property
    def silent(self) -> bool:
        """Whether nothing could be heard in it."""
        return not len(self.keys)


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording's landmarks and its length in seconds."""

    landmarks: Landmarks
    seconds: float


@dataclass(frozen=True, slots=True)
class Heard:
    """A recording that a query was recognised in.

    `score`: what the pairs that agree on one offset are worth; `pairs`: how many. Seconds are
    (first, last) of those pairs in the query and in the recording.
    """

    name: str
    score: float
    pairs: int
    query_seconds: tuple[float, float]
    track_seconds: tuple[float, float]


def landmarks_of(samples: Floats, rate: int) -> Landmarks:
    """The landmarks of a recording.

    Args:
        samples: shape (frames, channels) or (frames,), full scale 1.
        rate: frames a second.
    """
    mono = samples.mean(axis=1) if samples.ndim == 2 else samples
    if not len(mono) or float(np.max(np.abs(mono))) < SILENT:
        return Landmarks(np.zeros(0, dtype=np.uint32), np.zeros(0, dtype=np.int32))
    if rate != RATE:
        common = int(np.gcd(rate, RATE))
        mono = resample_poly(mono, RATE // common, rate // common)
    times, bins = _peaks(_levels(np.asarray(mono, dtype=np.float32)))
    return _pairs(times, bins)


def _levels(mono: Floats) -> Floats:
    """Logarithmic levels, shape (frames, bins)."""
    if len(mono) < FRAME:
        mono = np.pad(mono, (0, FRAME - len(mono)))
    windows = np.lib.stride_tricks.sliding_window_view(mono, FRAME)[::HOP]
    shape = np.hanning(FRAME).astype(np.float32)
    levels = np.empty((len(windows), HIGHEST_BIN - LOWEST_BIN), dtype=np.float32)
    for start in range(0, len(windows), FRAMES_AT_A_TIME):
        part = slice(start, start + FRAMES_AT_A_TIME)
        spectrum = np.abs(np.fft.rfft(windows[part] * shape, axis=1))[:, LOWEST_BIN:HIGHEST_BIN]
        levels[part] = np.log(np.maximum(spectrum, 1e-6))
    return levels


def _peaks(levels: Floats) -> tuple[Longs, Longs]:
    """Frames and bins of the peaks, in the order of time; the strongest of each second."""
    # What sounds on is taken off, so that a held note is a peak where it begins or stands out.
    flat = levels - levels.mean(axis=1, keepdims=True)
    top = maximum_filter(flat, size=(2 * AROUND_FRAMES + 1, 2 * AROUND_BINS + 1))
    times, bins = np.nonzero((flat >= top) & (flat > 0))
    heights = flat[times, bins]
    second = times * HOP // RATE
    order = np.lexsort((-heights, second))
    rank = np.arange(len(order)) - np.searchsorted(second[order], second[order])
    kept = np.sort(order[rank < PEAKS_A_SECOND])
    return times[kept].astype(np.int64), bins[kept].astype(np.int64)


def _pairs(times: Longs, bins: Longs) -> Landmarks:
    keys: list[Longs] = []
    frames: list[Longs] = []
    for step in range(1, FAN_OUT + 1):
        if step >= len(times):
            break
        after = times[step:] - times[:-step]
        away = bins[step:] - bins[:-step]
        near = (after >= 1) & (after <= FARTHEST_FRAMES) & (np.abs(away) <= FARTHEST_BINS)
        first, second = bins[:-step][near], bins[step:][near]
        keys.append((first << 15) | (second << 6) | after[near])
        frames.append(times[:-step][near])
    if not keys:
        return Landmarks(np.zeros(0, dtype=np.uint32), np.zeros(0, dtype=np.int32))
    all_frames = np.concatenate(frames)
    order = np.argsort(all_frames, kind="stable")
    joined = np.concatenate(keys)[order].astype(np.uint32)
    return Landmarks(joined, all_frames[order].astype(np.int32))


@dataclass(frozen=True, slots=True)
class Recordings:
    """The landmarks of many recordings: sorted `keys`, whose they are, and at which frame."""

    names: tuple[str, ...]
    keys: Keys
    owners: NDArray[np.int32]
    frames: NDArray[np.int32]

    def heard_in(self, query: Landmarks, most: int = 8) -> list[Heard]:
        """The recordings that a query is most likely taken from, the likeliest first.

        Only offsets that several pairs agree on count; a score under `FOUND_PAIRS` says nothing.
        """
        low = np.searchsorted(self.keys, query.keys)
        size = np.searchsorted(self.keys, query.keys, side="right") - low
        told = np.repeat(np.arange(len(query.keys)), size)
        before = np.cumsum(size) - size
        rows = np.arange(int(size.sum())) - np.repeat(before - low, size)
        owners = self.owners[rows].astype(np.int64)
        offsets = self.frames[rows].astype(np.int64) - query.frames[told]
        held = float(max(len(self.names), 1))
        worth = (np.log2(1.0 + held / np.maximum(size, 1)) / np.log2(1.0 + held))[told]
        cells = (owners << 32) | (offsets + (1 << 24))
        unique, where = np.unique(cells, return_inverse=True)
        votes = np.bincount(where.reshape(-1), weights=worth, minlength=len(unique))
        # A frame's rounding may put one recording's pairs into two neighbouring offsets.
        beside = np.searchsorted(unique, unique + 1)
        inside = np.minimum(beside, len(unique) - 1)
        both = votes + np.where(unique[inside] == unique + 1, votes[inside], 0.0)
        found: dict[int, Heard] = {}
        for at in np.argsort(-both, kind="stable")[: CANDIDATES * most].tolist():
            owner = int(unique[at] >> 32)
            agree = (cells == unique[at]) | (cells == unique[at] + 1)
            heard = self._told(owner, query, told[agree], rows[agree], worth[agree])
            if owner not in found or heard.score > found[owner].score:
                found[owner] = heard
        return sorted(found.values(), key=lambda one: (-one.score, one.name))[:most]

    def _told(
        self, owner: int, query: Landmarks, told: Longs, rows: Longs, worth: NDArray[np.float64]
    ) -> Heard:
        own, other = query.frames[told], self.frames[rows]
        slots = np.bincount((own - own.min()) * HOP // SLOT_SAMPLES, weights=worth)
        return Heard(
            self.names[owner],
            float(np.minimum(slots, SLOT_PAIRS).sum()),
            len(own),
            (_seconds(own.min()), _seconds(own.max())),
            (_seconds(other.min()), _seconds(other.max())),
        )


def _seconds(frame: int) -> float:
    return round(float(frame) * HOP / RATE, 2)


def recordings_of(named: Sequence[tuple[str, Landmarks]]) -> Recordings:
    """Put the landmarks of recordings together; `named` gives each its name."""
    keys = [np.zeros(0, dtype=np.uint32), *(marks.keys for _, marks in named)]
    frames = [np.zeros(0, dtype=np.int32), *(marks.frames for _, marks in named)]
    owners = np.repeat(np.arange(len(named)), [len(marks.keys) for _, marks in named])
    joined = np.concatenate(keys)
    order = np.argsort(joined, kind="stable")
    return Recordings(
        tuple(name for name, _ in named),
        joined[order],
        owners.astype(np.int32)[order],
        np.concatenate(frames)[order],
    )
