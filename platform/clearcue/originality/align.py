"""Alignment: two lines of notes laid side by side, note for note.

A candidate from the bands is a hint that two places resemble one another. Here the notes themselves
decide, in three steps, all blind to transposition and tempo:

1. `seed`: near the hinted place, the run of equal intervals that tells most.
2. `extend`: from it the transposition, the tempo ratio that most of its times agree on, and the
   longest stretch on both sides that is equal in pitch.
3. `align`: a banded local alignment under that transposition and ratio (Smith and Waterman 1981,
   doi 10.1016/0022-2836(81)90087-5), which runs on over changed, missing and added notes.

How a note matches: `FULL` when its pitch, transposed, is the same and the time since the note
before is the same under the tempo ratio, within `TIME_SLACK` of it or `TICK_SLACK` ticks;
`MELODIC` when its pitch and that of the note before are the same, but not the time; `PITCH` when
only its pitch is. A full match gains what the note tells, a melodic one `MELODIC_SHARE` of what
its interval tells, a mere pitch `PITCH_GAIN`. Times are ticks, weights 64ths of a bit (see
`rarity`).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

ALIGN_VERSION = 1
TIME_SLACK = 0.12
TICK_SLACK = 6.0
SEED_REACH = 12
SCALE_NOTES = 48
BAND = 24
EDIT_COST = 6 * 64
PITCH_GAIN = 64 // 2
LARGEST_GAIN = 6 * 64
MELODIC_SHARE = 2

FULL = 4
TIMED = 3
MELODIC = 2
PITCH = 1

_GAP_IN_WORK = 8
_GAP_IN_QUERY = 9

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


@njit(cache=True)
def same_time(query: float, work: float, scale: float) -> bool:
    """Whether two inter-onset times are the same when the query's is stretched by `scale`."""
    return abs(work - scale * query) <= max(TIME_SLACK * work, TICK_SLACK)


@njit(cache=True)
def seed(
    query: Ints, weights: Ints, work: Ints, query_at: int, work_at: int, length: int
) -> tuple[int, int, int, int]:
    """The run of equal intervals near two windows that tells most.

    Args:
        query, work: tokens of the two lines.
        weights: 64ths of a bit for each of the query's tokens; half where the ratio differs.
        query_at, work_at: the windows' first tokens; length: tokens in a window.

    Returns:
        (first query token, first work token, tokens, weight); no tokens when nothing is equal.
    """
    best = (query_at, work_at, 0, 0)
    stop = min(query_at + length, len(query))
    for shift in range(-SEED_REACH, SEED_REACH + 1):
        run = 0
        weight = 0
        for at in range(query_at, stop):
            other = work_at + shift + at - query_at
            if other < 0 or other >= len(work) or query[at] >> 5 != work[other] >> 5:
                run = 0
                weight = 0
                continue
            run += 1
            weight += 1 + (weights[at] if query[at] == work[other] else weights[at] // 2)
            if weight > best[3]:
                best = (at - run + 1, other - run + 1, run, weight)
    return best


@njit(cache=True)
def tempo_ratio(
    query_onsets: Ints, work_onsets: Ints, query_at: int, work_at: int, notes: int
) -> float:
    """The ratio of work time to query time that most times of a stretch agree on.

    Every time of the first `SCALE_NOTES` notes proposes its own ratio; the first of the best wins.
    """
    best = 1.0
    most = 0
    steps = min(notes, SCALE_NOTES) - 1
    for one in range(steps):
        query_time = query_onsets[query_at + one + 1] - query_onsets[query_at + one]
        work_time = work_onsets[work_at + one + 1] - work_onsets[work_at + one]
        scale = float(work_time) / float(query_time)
        agree = 0
        for other in range(steps):
            if same_time(
                float(query_onsets[query_at + other + 1] - query_onsets[query_at + other]),
                float(work_onsets[work_at + other + 1] - work_onsets[work_at + other]),
                scale,
            ):
                agree += 1
        if agree > most:
            most = agree
            best = scale
    return best


@njit(cache=True)
def extend(
    query_pitches: Ints, work_pitches: Ints, query_at: int, work_at: int, notes: int
) -> tuple[int, int, int]:
    """Stretch a run of equal notes as far as pitches, transposed, are equal.

    Returns:
        (first query note, notes, work pitch minus query pitch). The work's first note follows from
        the two places given.
    """
    shift = work_pitches[work_at] - query_pitches[query_at]
    first, last = query_at, query_at + notes - 1
    lag = work_at - query_at
    while (
        first > 0
        and first + lag > 0
        and work_pitches[first + lag - 1] - query_pitches[first - 1] == shift
    ):
        first -= 1
    while (
        last + 1 < len(query_pitches)
        and last + lag + 1 < len(work_pitches)
        and work_pitches[last + lag + 1] - query_pitches[last + 1] == shift
    ):
        last += 1
    return first, last - first + 1, shift


@njit(cache=True)
def stretch_all(
    query_pitches: Ints,
    query_tokens: Ints,
    weights: Ints,
    pitches: Ints,
    tokens: Ints,
    spans: Longs,
    hints: Longs,
) -> Longs:
    """`seed` and `extend` for many hints at once.

    Args:
        query_pitches, query_tokens, weights: the query; 64ths of a bit for each token.
        pitches, tokens: an index's notes.
        spans: shape (hints, 2), first note and number of notes of the voice each hint lies in.
        hints: shape (hints, 3): the query's note, the index's note, tokens to look at.

    Returns:
        Shape (hints, 5): first query note, first note in the voice, notes, weight in 64ths of a
        bit, work pitch minus query pitch. No notes: nothing equal. The weight of a token whose
        ratio differs counts half.
    """
    found = np.zeros((len(hints), 5), dtype=np.int64)
    for row in range(len(hints)):
        start, count = spans[row, 0], spans[row, 1]
        voice_tokens = tokens[start : start + count - 1]
        i, j, run, _ = seed(
            query_tokens, weights, voice_tokens, hints[row, 0], hints[row, 1] - start, hints[row, 2]
        )
        if run == 0:
            continue
        voice_pitches = pitches[start : start + count]
        first, notes, shift = extend(query_pitches, voice_pitches, i, j, run + 1)
        weight = 0
        for at in range(first, first + notes - 1):
            same = query_tokens[at] == voice_tokens[at + j - i]
            weight += 1 + (weights[at] if same else weights[at] // 2)
        found[row, 0] = first
        found[row, 1] = first + j - i
        found[row, 2] = notes
        found[row, 3] = weight
        found[row, 4] = shift
    return found


@njit(cache=True)
def match_kind(
    query_onsets: Ints,
    query_pitches: Ints,
    work_onsets: Ints,
    work_pitches: Ints,
    i: int,
    j: int,
    scale: float,
    shift: int,
) -> int:
    """How query note i matches work note j: `FULL`, `TIMED`, `MELODIC`, `PITCH` or 0."""
    if work_pitches[j] - query_pitches[i] != shift:
        return 0
    if i == 0 or j == 0:
        return PITCH
    if same_time(
        float(query_onsets[i] - query_onsets[i - 1]),
        float(work_onsets[j] - work_onsets[j - 1]),
        scale,
    ):
        if i == 1 or j == 1:
            return TIMED
        before = same_time(
            float(query_onsets[i - 1] - query_onsets[i - 2]),
            float(work_onsets[j - 1] - work_onsets[j - 2]),
            scale,
        )
        return FULL if before else TIMED
    return MELODIC if work_pitches[j - 1] - query_pitches[i - 1] == shift else PITCH


@njit(cache=True)
def gain(kind: int, weight: int, melodic: int) -> int:
    """64ths of a bit that a note matched so adds: of `weight` in all, of `melodic` by interval."""
    if kind == FULL:
        return min(weight, LARGEST_GAIN)
    if kind == TIMED:
        return min(weight, melodic, LARGEST_GAIN)
    if kind == MELODIC:
        return min(weight, melodic, LARGEST_GAIN) // MELODIC_SHARE
    if kind == PITCH:
        return PITCH_GAIN
    return -EDIT_COST


@njit(cache=True)
def align(
    query_onsets: Ints,
    query_pitches: Ints,
    weights: Ints,
    melodic: Ints,
    work_onsets: Ints,
    work_pitches: Ints,
    lag: int,
    scale: float,
    shift: int,
) -> Ints:
    """The best local alignment within `BAND` notes of a diagonal.

    Args:
        weights, melodic: 64ths of a bit for each of the query's notes, by interval and time and by
            interval alone.
        lag: work note minus query note on the diagonal.
        scale: tempo ratio; shift: work pitch minus query pitch.

    Returns:
        Rows (query note, work note, kind of match, 0 for a changed note), int32, shape (n, 3).
    """
    notes, width = len(query_pitches), 2 * BAND + 1
    score = np.zeros((notes + 1, width + 2), dtype=np.int32)
    back = np.zeros((notes + 1, width + 2), dtype=np.uint8)
    best, best_i, best_k = 0, 0, 0
    for i in range(1, notes + 1):
        for k in range(1, width + 1):
            j = i - 1 + lag + k - 1 - BAND
            if j < 0 or j >= len(work_pitches):
                continue
            kind = match_kind(
                query_onsets, query_pitches, work_onsets, work_pitches, i - 1, j, scale, shift
            )
            value = score[i - 1, k] + gain(kind, weights[i - 1], melodic[i - 1]) + (kind > 0)
            step = 1 + kind
            if score[i - 1, k + 1] - EDIT_COST > value:
                value = score[i - 1, k + 1] - EDIT_COST
                step = _GAP_IN_WORK
            if score[i, k - 1] - EDIT_COST > value:
                value = score[i, k - 1] - EDIT_COST
                step = _GAP_IN_QUERY
            if value > 0:
                score[i, k] = value
                back[i, k] = step
                if value > best:
                    best, best_i, best_k = value, i, k
    return _trace(back, best_i, best_k, lag)


@njit(cache=True)
def _trace(back: NDArray[np.uint8], i: int, k: int, lag: int) -> Ints:
    """Follow an alignment back from its end to its start."""
    rows = np.empty((len(back), 3), dtype=np.int32)
    count = 0
    while i > 0 and back[i, k]:
        step = back[i, k]
        if step == _GAP_IN_WORK:
            i, k = i - 1, k + 1
        elif step == _GAP_IN_QUERY:
            k -= 1
        else:
            rows[count, 0] = i - 1
            rows[count, 1] = i - 1 + lag + k - 1 - BAND
            rows[count, 2] = step - 1
            count += 1
            i -= 1
    return rows[:count][::-1].copy()
