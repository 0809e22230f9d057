"""Diagonals: where a voice of the query may lie over a voice of the index.

Two searches name places: the MinHash bands, by windows that resemble one another, and the turns, by
votes. Every place is laid stiffly once (`stiff.lay_all`), and those that tell most are handed on to
be aligned and measured.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clearcue.originality import align, memory, minhash, shingles, stiff, turns
from clearcue.originality.index import MIN_DISTINCT, Index
from clearcue.originality.rarity import UNIT, without_time
from clearcue.originality.voices import Voice

MOST_STRETCHES = 64
ALWAYS_ALIGNED = 12
MOST_ALIGNED = 64
WORTH_ALIGNING = 40 * UNIT

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Line:
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
class Diagonal:
    """Where to lay a line over a voice of the index: a note on a note, a shift and a tempo ratio.

    The first of `notes` that are equal in pitch, or 1 note where turns voted for it.
    """

    voice: int
    query: int
    work: int
    notes: int
    shift: int
    scale: float


def made_ready(index: Index, voice: Voice) -> Line:
    """A voice with what its notes tell, as common things are in an index."""
    tokens = shingles.tokens(voice.onsets, voice.pitches)
    style = index.rarity.weights(tokens)
    melodic = index.rarity.melodic_weights(tokens)
    return Line(
        voice,
        tokens,
        style,
        melodic,
        memory.information(tokens, style),
        memory.information(without_time(tokens), melodic),
    )


def by_note(weights: Ints) -> Ints:
    """Weights of tokens as those of the notes that they lead to; the first note has none."""
    return np.concatenate((np.zeros(1, dtype=np.int32), weights))


def diagonals_of(index: Index, line: Line, exclude: frozenset[str]) -> tuple[list[Diagonal], int]:
    """The diagonals that tell most, best first, and how many windows of the line are idiom."""
    banned = _banned(index, exclude)
    hints, idiom = _hints(index, line)
    hints = hints[~banned[hints[:, 3]]]
    stretches, told = _stretches(index, line, hints)
    votes = turns.voted(
        (line.voice.onsets, line.voice.pitches),
        (index.turn_keys, index.turn_rows),
        index.onsets,
        index.voice_notes,
        banned,
    )
    places = np.stack((votes.voices, votes.queries, votes.works, votes.shifts), axis=1)
    notes = np.concatenate((stretches[:, 4], np.ones(len(places), dtype=np.int64)))
    scales = np.concatenate((_scales(index, line, stretches), votes.scales))
    places = np.concatenate((stretches[:, :4], places))
    laid = stiff.lay_all(
        line.voice.onsets,
        line.voice.pitches,
        by_note(line.weights),
        by_note(line.melodic),
        index.onsets,
        index.pitches,
        index.voice_notes,
        places,
        scales,
    )
    laid[: len(told)] = np.maximum(laid[: len(told)], told)
    order = np.lexsort((places[:, 2], places[:, 1], places[:, 0], -laid))[:MOST_ALIGNED]
    chosen = [
        _diagonal(places[at].tolist(), int(notes[at]), float(scales[at]))
        for rank, at in enumerate(order.tolist())
        if rank < ALWAYS_ALIGNED or laid[at] >= WORTH_ALIGNING
    ]
    return chosen, idiom


def _diagonal(place: list[int], notes: int, scale: float) -> Diagonal:
    voice, query, work, shift = place
    return Diagonal(voice, query, work, notes, shift, scale)


def _banned(index: Index, exclude: frozenset[str]) -> NDArray[np.bool_]:
    """Which voices of the index are left out."""
    if not exclude:
        return np.zeros(len(index.voices), dtype=bool)
    out = np.array([entry.work_id in exclude for entry in index.works], dtype=bool)
    return out[index.voice_works]


def _hints(index: Index, line: Line) -> tuple[Longs, int]:
    """What the bands name, int64, shape (n, 4): query note, index note, tokens, voice."""
    laid = shingles.windows([(line.voice.onsets, line.voice.pitches)], shingles.QUERY_HOP)
    told = laid.distinct >= MIN_DISTINCT
    windows = np.flatnonzero(told)
    keys = minhash.band_keys(laid.hashes, laid.ranges[windows])
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
    return by_bands, int((~told).sum())


def _stretches(index: Index, line: Line, hints: Longs) -> tuple[Longs, Longs]:
    """The runs of equal pitches near the hints that tell most, and what they tell.

    Rows (voice, query note, note of the voice, shift, notes), int64, best first.
    """
    firsts = index.voice_notes[hints[:, 3]]
    rows = align.stretch_all(
        line.voice.pitches,
        line.tokens,
        line.weights,
        index.pitches,
        index.tokens,
        np.stack((firsts, index.voice_notes[hints[:, 3] + 1] - firsts), axis=1),
        np.ascontiguousarray(hints[:, :3]),
    )
    query, work, notes, told, shift = rows.T
    found = np.column_stack((-told, hints[:, 3], query, work, shift, notes))
    found = np.unique(found[notes > 0], axis=0)[:MOST_STRETCHES]
    return found[:, 1:], -found[:, 0]


def _scales(index: Index, line: Line, stretches: Longs) -> NDArray[np.float64]:
    scales = np.ones(len(stretches))
    for at, (voice, query, work, _, notes) in enumerate(stretches.tolist()):
        onsets = index.onsets[index.voice_notes[voice] : index.voice_notes[voice + 1]]
        scales[at] = align.tempo_ratio(line.voice.onsets, onsets, query, work, notes)
    return scales
