"""Shingles: what a melodic line looks like when its key and its tempo are taken away.

A line is a sequence of notes, one at a time: `onsets` (ticks, strictly rising) and `pitches`
(MIDI). Two things about neighbouring notes survive transposition and a change of tempo: the
interval between them in semitones, and the ratio of one inter-onset time to the one before it,
here as log2 rounded to half steps (1 is a factor of sqrt 2, 2 is a factor of 2) and clipped to
`RATIO_LIMIT`.

Three streams of shingles are made of a line. Each shingle is a byte string that begins with its
stream's public tag, followed by one signed byte a value:

- `TAG_RHYTHM`: three pairs (interval, ratio), five notes;
- `TAG_INTERVAL`: four intervals, five notes;
- `TAG_MERGED`: four intervals of the line with repeated notes merged.

The shingles of a window are those whose notes all lie inside it. Windows hold `WINDOW_NOTES`
notes and start every `INDEX_HOP` notes in an index and every `QUERY_HOP` in a query; one more
lies flush with the line's end, so that no note is left out. A line shorter than a window has
none.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clearcue.originality.minhash import shingle_hash

SHINGLE_VERSION = 1
TAG_RHYTHM = b"cc1:ir3:"
TAG_INTERVAL = b"cc1:i4:"
TAG_MERGED = b"cc1:m4:"
TAGS = (TAG_RHYTHM, TAG_INTERVAL, TAG_MERGED)

WINDOW_NOTES = 16
INDEX_HOP = 4
QUERY_HOP = 2

INTERVAL_LIMIT = 60
RATIO_LIMIT = 8
_TOKEN_BITS = 12
_STREAM_SHIFT = 40

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Windows:
    """Shingle hashes of some lines and, per window, which of them belong to it.

    `hashes` uint32, shape (shingles,). `ranges` int64, shape (windows, 6): start and end into
    `hashes` for each of the three streams. `starts` int64, shape (windows,): the window's first
    note, counted over all lines put one after another. `distinct` int32, shape (windows,):
    distinct shingles.
    """

    hashes: NDArray[np.uint32]
    ranges: Longs
    starts: Longs
    distinct: Ints


def intervals(pitches: Ints) -> Ints:
    """Semitones from each note to the next, clipped to `INTERVAL_LIMIT`; shape (notes - 1,)."""
    steps: Ints = np.clip(np.diff(pitches), -INTERVAL_LIMIT, INTERVAL_LIMIT).astype(np.int32)
    return steps


def ratio_steps(onsets: Ints) -> Ints:
    """Half steps of log2 of each inter-onset time over the one before; shape (notes - 1,).

    The first has none before it and is 0. Rounding never meets a tie: a ratio of integers is no odd
    power of the fourth root of 2.
    """
    times = np.diff(onsets).astype(np.float64)
    steps = np.zeros(len(times), dtype=np.int32)
    if len(times) > 1:
        raw = np.rint(2.0 * np.log2(times[1:] / times[:-1]))
        steps[1:] = np.clip(raw, -RATIO_LIMIT, RATIO_LIMIT).astype(np.int32)
    return steps


def tokens(onsets: Ints, pitches: Ints) -> Ints:
    """Interval and ratio of each pair of neighbours packed into 12 bits; shape (notes - 1,)."""
    packed: Ints = ((intervals(pitches) + 64) << 5) | (ratio_steps(onsets) + 16)
    return packed


def shingle_bytes(onsets: Ints, pitches: Ints) -> tuple[list[bytes], list[bytes], list[bytes]]:
    """The shingles of one line in full, stream by stream, as they are hashed.

    This is the definition; `windows` computes the same hashes in bulk.
    """
    steps, ratios = intervals(pitches).tolist(), ratio_steps(onsets).tolist()
    pairs = list(zip(steps, ratios, strict=True))[1:]
    moving = [step for step in steps if step]
    rhythm = [
        TAG_RHYTHM + _signed([value for pair in pairs[at : at + 3] for value in pair])
        for at in range(len(pairs) - 2)
    ]
    plain = [TAG_INTERVAL + _signed(steps[at : at + 4]) for at in range(len(steps) - 3)]
    merged = [TAG_MERGED + _signed(moving[at : at + 4]) for at in range(len(moving) - 3)]
    return rhythm, plain, merged


def _signed(values: Sequence[int]) -> bytes:
    return bytes(value & 0xFF for value in values)


def window_starts(notes: int, hop: int) -> Longs:
    """First notes of the windows of a line of so many notes; empty when it is too short."""
    last = notes - WINDOW_NOTES
    if last < 0:
        return np.zeros(0, dtype=np.int64)
    starts = np.arange(0, last + 1, hop, dtype=np.int64)
    return starts if starts[-1] == last else np.append(starts, last)


def windows(lines: Sequence[tuple[Ints, Ints]], hop: int) -> Windows:
    """Hash the shingles of many lines at once and lay windows over them.

    Args:
        lines: (onsets, pitches) of each line, int32, shape (notes,).
        hop: notes from one window to the next.
    """
    codes: list[Longs] = []
    ranges: list[Longs] = []
    starts: list[Longs] = []
    shingles = notes = 0
    for onsets, pitches in lines:
        line_codes, line_ranges, line_starts = _line_windows(onsets, pitches, hop)
        codes.append(line_codes)
        ranges.append(line_ranges + shingles)
        starts.append(line_starts + notes)
        shingles += len(line_codes)
        notes += len(onsets)
    all_codes = np.concatenate(codes) if codes else np.zeros(0, dtype=np.int64)
    all_ranges = np.concatenate(ranges) if ranges else np.zeros((0, 6), dtype=np.int64)
    all_starts = np.concatenate(starts) if starts else np.zeros(0, dtype=np.int64)
    return Windows(_hash_codes(all_codes), all_ranges, all_starts, _distinct(all_codes, all_ranges))


def _line_windows(onsets: Ints, pitches: Ints, hop: int) -> tuple[Longs, Longs, Longs]:
    """Codes of a line's shingles; for each window its ranges among them and its first note."""
    starts = window_starts(len(pitches), hop)
    if not len(starts):
        return np.zeros(0, dtype=np.int64), np.zeros((0, 6), dtype=np.int64), starts
    steps = intervals(pitches).astype(np.int64)
    pairs = tokens(onsets, pitches).astype(np.int64)[1:]
    moving = steps[steps != 0]
    streams = (
        _grams(pairs, 3, _TOKEN_BITS, 0),
        _grams(steps + 64, 4, 8, 1),
        _grams(moving + 64, 4, 8, 2),
    )
    seen = np.concatenate(([0], np.cumsum(steps != 0)))
    first, second = len(streams[0]), len(streams[0]) + len(streams[1])
    inside = WINDOW_NOTES - 1
    merged_from = seen[starts]
    merged_to = np.maximum(seen[starts + inside] - 3, merged_from)
    limit = np.full(len(starts), len(streams[2]), dtype=np.int64)
    ranges = np.stack(
        (
            starts,
            starts + inside - 3,
            first + starts,
            first + starts + inside - 3,
            second + np.minimum(merged_from, limit),
            second + np.minimum(merged_to, limit),
        ),
        axis=1,
    )
    return np.concatenate(streams), ranges, starts


def _grams(values: Longs, length: int, bits: int, stream: int) -> Longs:
    """Pack each run of `length` values into one integer with the stream's number on top."""
    count = max(len(values) - length + 1, 0)
    codes = np.zeros(count, dtype=np.int64)
    for at in range(length):
        codes = (codes << bits) | values[at : at + count]
    return codes | (stream << _STREAM_SHIFT)


def _distinct(codes: Longs, ranges: Longs) -> Ints:
    counts = np.zeros(len(ranges), dtype=np.int32)
    for at, (a0, a1, b0, b1, c0, c1) in enumerate(ranges.tolist()):
        inside = set(codes[a0:a1].tolist())
        inside.update(codes[b0:b1].tolist())
        inside.update(codes[c0:c1].tolist())
        counts[at] = len(inside)
    return counts


def _hash_codes(codes: Longs) -> NDArray[np.uint32]:
    """The hash of every shingle, computed once for each that differs."""
    unique, where = np.unique(codes, return_inverse=True)
    hashed = np.fromiter(
        (shingle_hash(_unpack(code)) for code in unique.tolist()), np.uint32, count=len(unique)
    )
    result: NDArray[np.uint32] = hashed[where.reshape(-1)]
    return result


def _unpack(code: int) -> bytes:
    """The byte string that a packed shingle stands for."""
    stream = code >> _STREAM_SHIFT
    if stream == 0:
        packed = [(code >> (_TOKEN_BITS * at)) & 0xFFF for at in (2, 1, 0)]
        values = [value for token in packed for value in ((token >> 5) - 64, (token & 31) - 16)]
        return TAG_RHYTHM + _signed(values)
    values = [((code >> (8 * at)) & 0xFF) - 64 for at in (3, 2, 1, 0)]
    return (TAG_INTERVAL if stream == 1 else TAG_MERGED) + _signed(values)
