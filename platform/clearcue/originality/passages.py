"""Passages: what in an index resembles one voice, found, aligned and measured.

Notes of a passage are numbered within its voices, (first, last), both included.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from clearcue.originality import align, memory, stiff, verdict
from clearcue.originality.diagonals import Diagonal, Line, by_note, diagonals_of, made_ready
from clearcue.originality.index import Index, VoiceEntry
from clearcue.originality.rarity import UNIT, without_time
from clearcue.originality.report import DECIMALS
from clearcue.originality.voices import ACCOMPANIMENT, Voice

SAME_PASSAGE = 0.5

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Found:
    """An aligned passage before it is put into words; notes are (first, last) within the voices."""

    similarity: float
    measured: verdict.Measured
    query: tuple[int, int]
    voice: int
    work: tuple[int, int]
    transposition: int
    tempo_ratio: float


def passages_of(index: Index, voice: Voice, exclude: frozenset[str]) -> tuple[list[Found], int]:
    """The passages that resemble a voice, best first, and how many of its windows are idiom."""
    line = made_ready(index, voice)
    chosen, idiom = diagonals_of(index, line, exclude)
    found: list[Found] = []
    for diagonal in chosen:
        if not any(_lies_in(diagonal, passage) for passage in found):
            found.extend(_aligned(index, line, diagonal))
    return _together(_apart(found)), idiom


def _lies_in(diagonal: Diagonal, passage: Found) -> bool:
    """Whether a stretch is part of a passage that was aligned before."""
    return (
        diagonal.voice == passage.voice
        and -diagonal.shift == passage.transposition
        and passage.query[0] <= diagonal.query
        and diagonal.query + diagonal.notes - 1 <= passage.query[1]
        and passage.work[0] <= diagonal.work
        and diagonal.work + diagonal.notes - 1 <= passage.work[1]
        and abs(diagonal.work - diagonal.query - passage.work[0] + passage.query[0]) <= align.BAND
    )


def _aligned(index: Index, line: Line, diagonal: Diagonal) -> list[Found]:
    """Lay a line over a voice of the index along a diagonal, in both modes, and measure it."""
    entry, voice = index.voices[diagonal.voice], line.voice
    span = slice(entry.first_note, entry.first_note + entry.notes)
    onsets, pitches = index.onsets[span], index.pitches[span]
    start = max(diagonal.query - stiff.REACH, 0)
    near = slice(start, diagonal.query + diagonal.notes + stiff.REACH)
    notes = (voice.onsets[near], voice.pitches[near])
    told = (by_note(line.weights)[near], by_note(line.melodic)[near])
    lag = diagonal.work - diagonal.query + start
    loose = align.align(*notes, *told, onsets, pitches, lag, diagonal.scale, diagonal.shift)
    rigid, _ = stiff.lay(
        *notes, *told, onsets, pitches,
        diagonal.query - start, diagonal.work, diagonal.scale, diagonal.shift,
    )  # fmt: skip
    found = []
    for rows, rigidly in ((loose, False), (rigid, True)):
        if len(rows) >= 2:
            rows[:, 0] += start
            found.append(_found(line, entry, diagonal, onsets, rows, rigidly))
    return found


def _found(
    line: Line, entry: VoiceEntry, diagonal: Diagonal, onsets: Ints, rows: Ints, rigidly: bool
) -> Found:
    measured = _measure(line, rows, _both_accompany(line.voice, entry), rigidly)
    first, last = rows[0], rows[-1]
    query_time = int(line.voice.onsets[last[0]] - line.voice.onsets[first[0]])
    work_time = int(onsets[last[1]] - onsets[first[1]])
    return Found(
        similarity=round(verdict.similarity(measured), DECIMALS),
        measured=measured,
        query=(int(first[0]), int(last[0])),
        voice=diagonal.voice,
        work=(int(first[1]), int(last[1])),
        transposition=-diagonal.shift,
        tempo_ratio=work_time / query_time,
    )


def _both_accompany(voice: Voice, entry: VoiceEntry) -> bool:
    return voice.role in ACCOMPANIMENT and entry.role in ACCOMPANIMENT


def _measure(line: Line, rows: Ints, accompaniment: bool, rigidly: bool) -> verdict.Measured:
    """What an alignment's notes tell, less its edits; its matched notes and its longest runs."""
    cost = stiff.MISS_COST if rigidly else align.EDIT_COST
    gain = stiff.stiff_gain if rigidly else align.gain
    first, last = int(rows[0, 0]), int(rows[-1, 0])
    tokens = line.tokens[first:last]
    told = memory.information(tokens, line.style[first:last]).tolist()
    melodic = memory.information(without_time(tokens), line.style_melodic[first:last]).tolist()
    total = matched = verbatim = melody = run = melodic_run = 0
    before = (first - 1, int(rows[0, 1]) - 1)
    for query, work, kind in rows.tolist():
        step = (query - before[0], work - before[1])
        total -= (step[0] - 1 + step[1] - 1) * cost
        before = (query, work)
        if query == first:
            matched = verbatim = melody = run = melodic_run = 1
            continue
        at = query - first - 1
        total += gain(kind, told[at], melodic[at])
        matched += kind > 0
        run = run + 1 if kind >= align.TIMED and step == (1, 1) else int(kind > 0)
        melodic_run = melodic_run + 1 if kind and step == (1, 1) else int(kind > 0)
        verbatim, melody = max(verbatim, run), max(melody, melodic_run)
    return verdict.Measured(
        bits=max(total, 0) / UNIT,
        matched=matched,
        verbatim=verbatim,
        melodic=melody,
        coverage=matched / len(line.voice.pitches),
        accompaniment=accompaniment,
    )


def _apart(found: list[Found]) -> list[Found]:
    """Best first, without those that tell of the same passages again."""
    ranked = sorted(
        found, key=lambda one: (-one.similarity, -one.measured.bits, one.voice, one.work)
    )
    kept: list[Found] = []
    for one in ranked:
        if not any(
            one.voice == other.voice
            and shared(one.query, other.query) > SAME_PASSAGE
            and shared(one.work, other.work) > SAME_PASSAGE
            for other in kept
        ):
            kept.append(one)
    return kept


def _together(found: list[Found]) -> list[Found]:
    """Raise passages that only together with others of the same voice of a work are near."""
    raised = {}
    for voice in dict.fromkeys(passage.voice for passage in found):
        chain: list[Found] = []
        for passage in found:
            if passage.voice == voice and not any(
                shared(passage.query, other.query) > 0 for other in chain
            ):
                chain.append(passage)
        chain = [passage for passage in chain if passage.measured.matched >= verdict.LEAST_NOTES]
        value = verdict.similarity_together([passage.measured for passage in chain])
        raised.update({passage: round(value, DECIMALS) for passage in chain})
    return [
        replace(passage, similarity=max(passage.similarity, raised.get(passage, 0.0)))
        for passage in found
    ]


def shared(one: tuple[int, int], other: tuple[int, int]) -> float:
    """What two spans share, both ends included, as a part of the shorter."""
    common = max(min(one[1], other[1]) - max(one[0], other[0]) + 1, 0)
    return common / (min(one[1] - one[0], other[1] - other[0]) + 1)
