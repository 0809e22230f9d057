"""Turns: four notes of a line with at most one note left out between them, and what they vote for.

A copy whose every third note was edited shares hardly a window of 16 notes with its source, but it
still shares many turns. Each turn of a query that stands in the index votes for a diagonal: a voice
of the index, a transposition and a lag (how many notes the place lies further on), with as many
bits as the turn is rare. The diagonals with most votes are places to look at, beside those that the
bands name.

A turn's key packs its three intervals, clipped to `INTERVAL_LIMIT`, and its two ratios of
neighbouring times, as half steps of log2 clipped to `RATIO_LIMIT`: it is blind to key and tempo.
Rows are sorted by key; a row holds its voice, the pitch of its first note, and its place: the first
note's number times two, plus one where the turn skips a note. A key with more than `LARGEST_TURN`
rows is idiom and does not vote.

Sources: gapped patterns that vote for diagonals are spaced seeds (Ma, Tromp, Li 2002, doi
10.1093/bioinformatics/18.3.440); geometric matching of melodies by transposition and time after
Ukkonen, Lemstrom, Makinen 2003, doi 10.1007/978-3-540-39984-1_4.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

TURNS_VERSION = 1
INTERVAL_LIMIT = 15
RATIO_LIMIT = 6
LARGEST_TURN = 1500
LAG_BIN = 8
AT_A_TIME = 1024
MOST_LINES = 128
MOST_DIAGONALS = 96
MOST_HITS = 24
AGREE_TICKS = 40.0
_PATTERNS = ((1, 2, 3), (1, 2, 4), (1, 3, 4), (2, 3, 4))
_NOTES = np.array(_PATTERNS, dtype=np.int64)

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]


@njit(cache=True)
def _step(first: float, second: float) -> int:
    """Half steps of log2 of one time over another, clipped and counted from 0."""
    step: int = round(2.0 * math.log2(second / first))
    return min(max(step, -RATIO_LIMIT), RATIO_LIMIT) + RATIO_LIMIT


@njit(cache=True)
def turns_of(onsets: Ints, pitches: Ints) -> tuple[Ints, Longs]:
    """Keys and places of all turns of one line, in the order of their notes."""
    count = len(pitches)
    keys = np.empty(4 * count, dtype=np.int32)
    places = np.empty(4 * count, dtype=np.int64)
    found = 0
    for at in range(count - 3):
        for pattern in range(4):
            if at + _NOTES[pattern, 2] >= count:
                continue
            key = 0
            before = at
            last = 0.0
            for step in range(3):
                note = at + _NOTES[pattern, step]
                interval = pitches[note] - pitches[before]
                interval = min(max(interval, -INTERVAL_LIMIT), INTERVAL_LIMIT) + INTERVAL_LIMIT
                key = key * 31 + interval
                time = float(onsets[note] - onsets[before])
                if step:
                    key = key * 13 + _step(last, time)
                last, before = time, note
            keys[found] = key
            places[found] = 2 * at + (pattern > 0)
            found += 1
    return keys[:found], places[:found]


def sorted_turns(lines: list[tuple[Ints, Ints]]) -> tuple[Ints, Longs]:
    """Keys, rising, and rows of the turns of many lines, whose notes are counted through."""
    keys = [np.zeros(0, dtype=np.int32)]
    rows = [np.zeros(0, dtype=np.int64)]
    notes = 0
    for voice, (onsets, pitches) in enumerate(lines):
        line_keys, places = turns_of(onsets, pitches)
        keys.append(line_keys)
        rows.append(packed(voice, pitches[places >> 1], places + 2 * notes))
        notes += len(pitches)
    all_keys = np.concatenate(keys)
    order = np.argsort(all_keys, kind="stable")
    return all_keys[order], np.concatenate(rows)[order]


def packed(voice: int | Longs, pitch: Ints | Longs, place: Longs) -> Longs:
    """A row of the table: the turn's voice, its first note's pitch, and its place."""
    row: Longs = (np.asarray(voice, dtype=np.int64) << 40) | (pitch.astype(np.int64) << 33) | place
    return row


def unpacked(rows: Longs) -> tuple[Longs, Longs, Longs]:
    """Voices, pitches and places of rows."""
    return rows >> 40, (rows >> 33) & 127, rows & 0x1FFFFFFFF


@dataclass(frozen=True, slots=True)
class Votes:
    """Where to lay a line over voices of an index, most votes first.

    Int64, shape (n,): `voices`, `shifts` (work pitch minus query pitch), `queries` and `works` (a
    note of the query and the note of the voice that it lies on). `scales`: work time for each unit
    of query time.
    """

    voices: Longs
    shifts: Longs
    queries: Longs
    works: Longs
    scales: Floats


def voted(
    line: tuple[Ints, Ints],
    table: tuple[Ints, Longs],
    index_onsets: Ints,
    first_notes: Longs,
    banned: NDArray[np.bool_],
) -> Votes:
    """What the turns of a line vote for.

    Args:
        line: onsets and pitches of the query.
        table: the index's turns, keys and rows; index_onsets: its notes' times.
        first_notes: the first note of each voice.
        banned: voices that have no vote.
    """
    onsets, pitches = line
    keys, rows = table
    found: list[tuple[Any, ...]] = []
    for start in range(0, max(len(pitches) - 3, 0), AT_A_TIME):
        own_keys, places = turns_of(
            onsets[start : start + AT_A_TIME + 4], pitches[start : start + AT_A_TIME + 4]
        )
        low = np.searchsorted(keys, own_keys)
        high = np.searchsorted(keys, own_keys, side="right")
        told = (high > low) & (high - low <= LARGEST_TURN)
        hits = (places[told] + 2 * start, low[told], high[told])
        cells = _best_lines(pitches, *hits, rows, len(keys), banned)
        found.append(_diagonals(onsets, pitches, *hits, rows, index_onsets, first_notes, cells))
    if not found:
        none = np.zeros(0, dtype=np.int64)
        return Votes(none, none, none, none, none.astype(np.float64))
    return Votes(*(np.concatenate(part) for part in zip(*found, strict=True)))


@njit(cache=True)
def _line(voice: int, shift: int) -> int:
    """A voice and a transposition in one number; transpositions 32 apart fall together."""
    return voice * 32 + (shift & 31)


@njit(cache=True)
def _best_lines(
    pitches: Ints,
    places: Longs,
    low: Longs,
    high: Longs,
    rows: Longs,
    total: int,
    banned: NDArray[np.bool_],
) -> NDArray[np.int16]:
    """For every voice and transposition its number among those with most votes, or -1."""
    votes = np.zeros(len(banned) * 32, dtype=np.int32)
    for turn in range(len(places)):
        weight = np.int32(4.0 * math.log2(total / (high[turn] - low[turn])))
        pitch = pitches[places[turn] >> 1]
        for at in range(low[turn], high[turn]):
            row = rows[at]
            votes[_line(row >> 40, ((row >> 33) & 127) - pitch)] += weight
    heights = np.zeros(1024, dtype=np.int64)
    for at in range(len(votes)):
        if votes[at] and banned[at >> 5]:
            votes[at] = 0
        heights[min(votes[at] >> 2, 1023)] += 1
    least, above = 1023, heights[1023]
    while least > 1 and above + heights[least - 1] <= MOST_LINES:
        least -= 1
        above += heights[least]
    numbers = np.full(len(votes), -1, dtype=np.int16)
    count = 0
    for at in range(len(votes)):
        if votes[at] >> 2 >= least and count < 4 * MOST_LINES:
            numbers[at] = count
            count += 1
    return numbers


@njit(cache=True)
def _slot(table: Longs, cell: int) -> int:
    """Where a cell stands in an open hash table, or would."""
    mask = len(table) - 1
    at = ((cell * 0x9E3779B97F4A7C1) >> 20) & mask
    while table[at] != -1 and table[at] != cell:
        at = (at + 1) & mask
    return at


@njit(cache=True)
def _diagonals(
    onsets: Ints,
    pitches: Ints,
    places: Longs,
    low: Longs,
    high: Longs,
    rows: Longs,
    index_onsets: Ints,
    first_notes: Longs,
    numbers: NDArray[np.int16],
) -> tuple[Longs, Longs, Longs, Longs, Floats]:
    """The hits of the chosen voices, bin by bin of lags; of the fullest bins, their best hits."""
    chosen = np.empty((1 << 16, 6), dtype=np.int64)
    count = 0
    for turn in range(len(places)):
        query = places[turn] >> 1
        query_end = query + 3 + (places[turn] & 1)
        weight = np.int64(4.0 * math.log2(len(rows) / (high[turn] - low[turn])))
        for at in range(low[turn], high[turn]):
            row = rows[at]
            voice = row >> 40
            shift = ((row >> 33) & 127) - pitches[query]
            if numbers[_line(voice, shift)] < 0 or count == len(chosen):
                continue
            place = row & 0x1FFFFFFFF
            note = place >> 1
            lag = note - first_notes[voice] - query
            chosen[count, 0] = (voice * 256 + shift + 128) * 65536 + (lag + 262144) // LAG_BIN
            chosen[count, 1] = query
            chosen[count, 2] = note
            chosen[count, 3] = weight
            chosen[count, 4] = onsets[query_end] - onsets[query]
            chosen[count, 5] = index_onsets[note + 3 + (place & 1)] - index_onsets[note]
            count += 1
    cells = _fullest(chosen[:count])
    return _anchored(onsets, index_onsets, first_notes, chosen[:count], cells)


@njit(cache=True)
def _fullest(hits: Longs) -> Longs:
    """The cells that have most votes together with the next bin of lags."""
    table = np.full(1 << 17, -1, dtype=np.int64)
    votes = np.zeros(1 << 17, dtype=np.int64)
    for hit in range(len(hits)):
        at = _slot(table, hits[hit, 0])
        table[at] = hits[hit, 0]
        votes[at] += hits[hit, 3]
    filled = np.flatnonzero(table != -1)
    cells = np.sort(table[filled])
    sums = np.empty(len(cells), dtype=np.int64)
    for at in range(len(cells)):
        beside = _slot(table, cells[at] + 1)
        sums[at] = votes[_slot(table, cells[at])] + (votes[beside] if table[beside] != -1 else 0)
    # Equal sums stand in the order of their cells, so that nothing depends on the table.
    return cells[np.argsort(-sums, kind="mergesort")[:MOST_DIAGONALS]]


@njit(cache=True)
def _anchored(
    onsets: Ints, index_onsets: Ints, first_notes: Longs, hits: Longs, cells: Longs
) -> tuple[Longs, Longs, Longs, Longs, Floats]:
    """For each cell the hit whose tempo ratio most of the cell's other hits agree with."""
    count = len(cells)
    owners = np.full(1024, -1, dtype=np.int64)
    numbers = np.full(1024, -1, dtype=np.int64)
    for at in range(count):
        for bin_ in range(2):
            slot = _slot(owners, cells[at] + bin_)
            if owners[slot] == -1:
                owners[slot] = cells[at] + bin_
                numbers[slot] = at
    held = np.zeros(count, dtype=np.int64)
    kept = np.zeros((count, MOST_HITS), dtype=np.int64)
    for hit in range(len(hits)):
        slot = _slot(owners, hits[hit, 0])
        at = numbers[slot]
        if owners[slot] != -1 and held[at] < MOST_HITS:
            kept[at, held[at]] = hit
            held[at] += 1
    queries = np.zeros(count, dtype=np.int64)
    works = np.zeros(count, dtype=np.int64)
    scales = np.ones(count, dtype=np.float64)
    voices = cells // (65536 * 256)
    for at in range(count):
        agreed = -1
        for one in kept[at, : held[at]]:
            scale = float(hits[one, 5]) / float(hits[one, 4])
            said = 0
            for other in kept[at, : held[at]]:
                time = float(onsets[hits[other, 1]] - onsets[hits[one, 1]])
                place = float(index_onsets[hits[other, 2]] - index_onsets[hits[one, 2]])
                said += abs(place - scale * time) <= AGREE_TICKS
            if said > agreed:
                agreed = said
                queries[at] = hits[one, 1]
                works[at] = hits[one, 2] - first_notes[voices[at]]
                scales[at] = scale
    return voices, cells // 65536 % 256 - 128, queries, works, scales
