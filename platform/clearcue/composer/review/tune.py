"""What is measured in melodies that people remember; each returns None where there is no tune.

Entropies and groove similarity after Wu and Yang 2020 (arXiv 2008.01307), the latter with 16 places
to a bar; the others are shares in thousandths.
"""

from collections.abc import Sequence
from itertools import combinations, pairwise

from clearcue.composer.review.numbers import entropy_millibits, mean, per_mille
from clearcue.composer.review.reading import EIGHTH, PLACE_TICKS, PLACES, Line, Reading
from clearcue.music.time import TICKS_PER_QUARTER

HARD_LEAPS = frozenset({6, 10, 11})
OCTAVE = 12


def class_entropy(line: Line, bars: int) -> int | None:
    """Mean entropy of the pitch classes begun in so many bars on end, silent ones left out."""
    found = []
    for first in range(len(line.bars) - bars):
        counts = line.classes(first, bars)
        if any(counts):
            found.append(entropy_millibits(counts))
    return mean(found)


def groove(line: Line, bars: Sequence[int]) -> int | None:
    """The share of the 16 places at which the onsets of two bars agree, over all pairs of bars."""
    onsets = [
        {line.place(note) for note in line.in_bars[bar]} for bar in bars if bar in line.in_bars
    ]
    agreed = [PLACES - len(one ^ other) for one, other in combinations(onsets, 2)]
    return per_mille(sum(agreed), PLACES * len(agreed))


def rhythms(line: Line, bars: Sequence[int]) -> list[tuple[tuple[int, int], ...]]:
    """Place and length in sixteenths of the notes of each bar that has any."""
    return [
        tuple((line.place(note), note.duration_ticks // PLACE_TICKS) for note in line.in_bars[bar])
        for bar in bars
        if bar in line.in_bars
    ]


def repeated_rhythms(line: Line, bars: Sequence[int]) -> int | None:
    """The share of bars whose rhythm came before."""
    found = rhythms(line, bars)
    return per_mille(len(found) - len(set(found)), len(found))


def steps(line: Line) -> int | None:
    """The share of moves by one or two semitones."""
    moves = line.moves()
    return per_mille(sum(1 <= abs(move) <= 2 for move in moves), len(moves))


def wide_leaps(line: Line) -> int | None:
    """The share of moves of more than an octave."""
    moves = line.moves()
    return per_mille(sum(abs(move) > OCTAVE for move in moves), len(moves))


def hard_leaps(line: Line) -> int | None:
    """The share of tritones, sevenths and what is wider than an octave."""
    moves = [abs(move) for move in line.moves()]
    return per_mille(sum(move in HARD_LEAPS or move > OCTAVE for move in moves), len(moves))


def compass(line: Line) -> int | None:
    """From the lowest to the highest note, in semitones."""
    pitches = [note.pitch for note in line.notes]
    return max(pitches) - min(pitches) if pitches else None


def strong_in_chord(reading: Reading) -> int | None:
    """The share of strong tones (a quarter or more, or on beat 1 or 3) that belong to the chord."""
    tune = reading.tune
    strong = [
        note
        for note in tune.notes
        if note.duration_ticks >= TICKS_PER_QUARTER or tune.place(note) % (PLACES // 2) == 0
    ]
    inside = sum(
        note.pitch % 12 in reading.chord_at(note.onset_ticks).pitch_classes for note in strong
    )
    return per_mille(inside, len(strong))


def breath(reading: Reading) -> int | None:
    """The share of the tune's own span, first note to last, in which it is silent."""
    notes = reading.tune.notes
    if len(notes) < 2:
        return None
    span = notes[-1].onset_ticks - notes[0].onset_ticks
    rests = sum(
        max(after.onset_ticks - before.end_ticks, 0)
        for before, after in pairwise(notes)
        if after.onset_ticks - before.end_ticks >= EIGHTH // 2
    )
    return per_mille(rests, span)
