"""Passages: what in an index resembles one voice, found, aligned and measured.

Notes of a passage are numbered within its voices, (first, last), both included.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from clearcue.originality import align, memory, minhash, shingles, verdict
from clearcue.originality.index import (
    LARGEST_TURN,
    MIN_DISTINCT,
    TURN_TOKENS,
    Index,
    VoiceEntry,
    turn_keys_of,
)
from clearcue.originality.rarity import UNIT, without_time
from clearcue.originality.report import DECIMALS
from clearcue.originality.voices import ACCOMPANIMENT, Voice

LARGEST_ALIGNED = 64
LARGEST_REACH = 512
SAME_PASSAGE = 0.5

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Line:
    """A query voice made ready: its tokens, and what each tells.

    `style` and `style_melodic` by style alone, the latter of its interval; `weights` and `melodic`
    with memory of the voice.
    """

    voice: Voice
    tokens: Ints
    style: Ints
    style_melodic: Ints
    weights: Ints
    melodic: Ints


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
    line = _made_ready(index, voice)
    hints, idiom = _hints(index, line)
    if exclude and len(hints):
        banned = [entry.work_id in exclude for entry in index.works]
        kept = [not banned[index.voices[at].work] for at in hints[:, 3].tolist()]
        hints = hints[np.array(kept, dtype=bool)]
    found: list[Found] = []
    for diagonal in _diagonals(index, line, hints):
        if not any(_lies_in(diagonal, passage) for passage in found):
            passage = _aligned(index, line, diagonal)
            if passage is not None:
                found.append(passage)
    return _together(_apart(found)), idiom


def _made_ready(index: Index, voice: Voice) -> _Line:
    tokens = shingles.tokens(voice.onsets, voice.pitches)
    style = index.rarity.weights(tokens)
    melodic = index.rarity.melodic_weights(tokens)
    return _Line(
        voice,
        tokens,
        style,
        melodic,
        memory.information(tokens, style),
        memory.information(without_time(tokens), melodic),
    )


def _hints(index: Index, line: _Line) -> tuple[Longs, int]:
    """Places to look at, int64, shape (n, 4): query note, index note, tokens, voice."""
    laid = shingles.windows([(line.voice.onsets, line.voice.pitches)], shingles.QUERY_HOP)
    told = laid.distinct >= MIN_DISTINCT
    windows = np.flatnonzero(told)
    keys = minhash.band_keys(minhash.signatures(laid.hashes, laid.ranges[windows]))
    pairs = index.bands.lookup(keys)
    width = np.full(len(pairs.query), shingles.WINDOW_NOTES - 1, dtype=np.int64)
    by_bands = np.stack(
        (
            laid.starts[windows[pairs.query]],
            index.window_notes[pairs.index],
            width,
            index.window_voices[pairs.index].astype(np.int64),
        ),
        axis=1,
    )
    crowded = np.concatenate((laid.starts[~told], laid.starts[windows[pairs.crowded]]))
    if not len(by_bands):
        crowded = laid.starts  # nothing resembles it: at least say what lies nearest
    return np.concatenate((by_bands, _turn_hints(index, line, crowded))), int((~told).sum())


def _turn_hints(index: Index, line: _Line, starts: Longs) -> Longs:
    """For windows that no band can place: where the rarest turn of each stands in the index."""
    keys = turn_keys_of(line.tokens)
    low = np.searchsorted(index.turn_keys, keys)
    count = np.searchsorted(index.turn_keys, keys, side="right") - low
    rare = np.where((count > 0) & (count <= LARGEST_TURN), count, LARGEST_TURN + 1)
    inside = shingles.WINDOW_NOTES - TURN_TOKENS
    chosen = sorted({int(start + np.argmin(rare[start : start + inside])) for start in starts})
    rows = [
        (at, note, TURN_TOKENS)
        for at in chosen
        if rare[at] <= LARGEST_TURN
        for note in index.turn_notes[low[at] : low[at] + count[at]].tolist()
    ]
    hints = np.array(rows, dtype=np.int64).reshape(-1, 3)
    ends = np.array([voice.first_note + voice.notes for voice in index.voices], dtype=np.int64)
    voices = np.searchsorted(ends, hints[:, 1], side="right")
    return np.concatenate((hints, voices.reshape(-1, 1)), axis=1)


@dataclass(frozen=True, slots=True)
class _Diagonal:
    """A stretch of equal pitches: a voice of the index, first notes, notes, and the shift."""

    voice: int
    query: int
    work: int
    notes: int
    shift: int


def _lies_in(diagonal: _Diagonal, passage: Found) -> bool:
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


def _diagonals(index: Index, line: _Line, hints: Longs) -> list[_Diagonal]:
    """The stretches of equal pitches that tell most, best first."""
    if not len(hints):
        return []
    firsts = np.array([voice.first_note for voice in index.voices], dtype=np.int64)
    counts = np.array([voice.notes for voice in index.voices], dtype=np.int64)
    rows = align.stretch_all(
        line.voice.pitches,
        line.tokens,
        line.weights,
        index.pitches,
        index.tokens,
        np.stack((firsts[hints[:, 3]], counts[hints[:, 3]]), axis=1),
        np.ascontiguousarray(hints[:, :3]),
    )
    order = np.lexsort((rows[:, 1], rows[:, 0], hints[:, 3], -rows[:, 3]))
    best: dict[_Diagonal, None] = {}
    for at in order.tolist():
        query, work, notes, _, shift = rows[at].tolist()
        if notes:
            best[_Diagonal(int(hints[at, 3]), query, work, notes, shift)] = None
            if len(best) == LARGEST_ALIGNED:
                break
    return list(best)


def _aligned(index: Index, line: _Line, diagonal: _Diagonal) -> Found | None:
    """Align a voice with one of the index along a diagonal and measure what matches."""
    entry, voice = index.voices[diagonal.voice], line.voice
    span = slice(entry.first_note, entry.first_note + entry.notes)
    onsets = index.onsets[span]
    start = max(diagonal.query - LARGEST_REACH, 0)
    near = slice(start, diagonal.query + diagonal.notes + LARGEST_REACH)
    scale = align.tempo_ratio(voice.onsets, onsets, diagonal.query, diagonal.work, diagonal.notes)
    rows = align.align(
        voice.onsets[near],
        voice.pitches[near],
        _by_note(line.weights)[near],
        _by_note(line.melodic)[near],
        onsets,
        index.pitches[span],
        diagonal.work - diagonal.query + start,
        scale,
        diagonal.shift,
    )
    if len(rows) < 2:
        return None
    rows[:, 0] += start
    measured = _measure(line, rows, _both_accompany(voice, entry))
    first, last = rows[0], rows[-1]
    query_time = int(voice.onsets[last[0]] - voice.onsets[first[0]])
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


def _by_note(weights: Ints) -> Ints:
    """Weights of tokens as those of the notes that they lead to; the first note has none."""
    return np.concatenate((np.zeros(1, dtype=np.int32), weights))


def _both_accompany(voice: Voice, entry: VoiceEntry) -> bool:
    return voice.role in ACCOMPANIMENT and entry.role in ACCOMPANIMENT


def _measure(line: _Line, rows: Ints, accompaniment: bool) -> verdict.Measured:
    """What an alignment's notes tell, less its edits; its matched notes and its longest runs."""
    first, last = int(rows[0, 0]), int(rows[-1, 0])
    tokens = line.tokens[first:last]
    told = memory.information(tokens, line.style[first:last]).tolist()
    melodic = memory.information(without_time(tokens), line.style_melodic[first:last]).tolist()
    total = matched = verbatim = melody = run = melodic_run = 0
    before = (first - 1, int(rows[0, 1]) - 1)
    for query, work, kind in rows.tolist():
        step = (query - before[0], work - before[1])
        total -= (step[0] - 1 + step[1] - 1) * align.EDIT_COST
        before = (query, work)
        if query == first:
            matched = verbatim = melody = run = melodic_run = 1
            continue
        at = query - first - 1
        total += align.gain(kind, told[at], melodic[at])
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
