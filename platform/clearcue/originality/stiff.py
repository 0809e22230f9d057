"""Stiff alignment: two lines laid over one another on one time scale, without stretching.

Under a transposition and a tempo ratio, and with one note of the query lying on one of the work,
every note of the query has its place in the work's time. A note matches where the work has the same
pitch, transposed, within `SLACK_TICKS` of it. What a match tells counts for it, each note that has
no partner, on either side, costs `MISS_COST`; the best stretch is kept. Edits leave the other notes
where they were in time, so this follows a copy of which a third was changed, where `align` would
pay for every edit; it cannot follow one whose tempo drifts, which `align` does.

The best stretch is the best run of consecutive scores (Kadane's method) over the notes of both
lines, in the order of their times.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from clearcue.originality.align import TIMED, gain, match_kind

STIFF_VERSION = 1
SLACK_TICKS = 40.0
MISS_COST = 64
PLACED_GAIN = 2 * 64
REACH = 512

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]


@njit(cache=True)
def stiff_gain(kind: int, weight: int, melodic: int) -> int:
    """64ths of a bit that a match at its place in time tells; see `align.gain`."""
    if kind >= TIMED:
        return gain(kind, weight, melodic)
    return PLACED_GAIN if kind > 0 else -MISS_COST


@njit(cache=True)
def lay(
    query_onsets: Ints,
    query_pitches: Ints,
    weights: Ints,
    melodic: Ints,
    work_onsets: Ints,
    work_pitches: Ints,
    query_at: int,
    work_at: int,
    scale: float,
    shift: int,
) -> tuple[Ints, float]:
    """The best stretch, laid twice: once by the ratio given, once by that of the notes found.

    Args:
        weights, melodic: 64ths of a bit for each of the query's notes; see `align.align`.
        query_at, work_at: the notes that lie on one another.
        scale: work time for each unit of query time; shift: work pitch minus query pitch.

    Returns:
        Rows (query note, work note, kind of match), int32, shape (n, 3), and the ratio.
    """
    rows = _lay(
        query_onsets, query_pitches, weights, melodic, work_onsets, work_pitches,
        query_at, work_at, scale, shift,
    )  # fmt: skip
    if len(rows) < 3:
        return rows, scale
    first, last = rows[0], rows[-1]
    again = float(work_onsets[last[1]] - work_onsets[first[1]]) / float(
        query_onsets[last[0]] - query_onsets[first[0]]
    )
    better = _lay(
        query_onsets, query_pitches, weights, melodic, work_onsets, work_pitches,
        first[0], first[1], again, shift,
    )  # fmt: skip
    return (better, again) if len(better) > len(rows) else (rows, scale)


@njit(cache=True)
def lay_all(
    query_onsets: Ints,
    query_pitches: Ints,
    weights: Ints,
    melodic: Ints,
    onsets: Ints,
    pitches: Ints,
    voice_notes: Longs,
    places: Longs,
    scales: Floats,
) -> Longs:
    """What many diagonals tell, in 64ths of a bit, laid once each.

    Args:
        onsets, pitches: an index's notes; voice_notes: the first note of each voice.
        places: shape (n, 4): voice, query note, note of the voice, shift; scales: shape (n,).
    """
    told = np.zeros(len(places), dtype=np.int64)
    for at in range(len(places)):
        voice, query, work, shift = places[at]
        first, end = max(query - REACH, 0), query + REACH
        span = slice(voice_notes[voice], voice_notes[voice + 1])
        rows = _lay(
            query_onsets[first:end], query_pitches[first:end], weights[first:end],
            melodic[first:end], onsets[span], pitches[span], query - first, work,
            scales[at], shift,
        )  # fmt: skip
        before = -1
        for row in range(len(rows)):
            i = rows[row, 0]
            if row:
                told[at] += stiff_gain(rows[row, 2], weights[first + i], melodic[first + i])
                told[at] -= (i - before - 1) * MISS_COST
                told[at] -= (rows[row, 1] - rows[row - 1, 1] - 1) * MISS_COST
            before = i
    return told


@njit(cache=True)
def _lay(
    query_onsets: Ints,
    query_pitches: Ints,
    weights: Ints,
    melodic: Ints,
    work_onsets: Ints,
    work_pitches: Ints,
    query_at: int,
    work_at: int,
    scale: float,
    shift: int,
) -> Ints:
    notes, others = len(query_onsets), len(work_onsets)
    start = float(work_onsets[work_at]) - scale * float(query_onsets[query_at])
    rows = np.empty((notes, 3), dtype=np.int32)
    count = first = 0
    best = score = 0
    best_first = best_count = 0
    lowest = start + scale * float(query_onsets[0]) - SLACK_TICKS
    j = int(np.searchsorted(work_onsets, lowest))
    for i in range(notes):
        place = start + scale * float(query_onsets[i])
        while j < others and float(work_onsets[j]) < place - SLACK_TICKS:
            score -= MISS_COST
            j += 1
        if j < others and abs(float(work_onsets[j]) - place) <= SLACK_TICKS:
            kind = match_kind(
                query_onsets, query_pitches, work_onsets, work_pitches, i, j, scale, shift
            )
            if kind == 0:
                score -= MISS_COST
                continue
            if score <= 0:
                score, first = 0, count
            score += stiff_gain(kind, weights[i], melodic[i])
            rows[count, 0], rows[count, 1], rows[count, 2] = i, j, kind
            count += 1
            j += 1
            if score > best:
                best, best_first, best_count = score, first, count
        else:
            score -= MISS_COST
    return rows[best_first:best_count].copy()
