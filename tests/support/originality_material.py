"""Lines to try the originality check on: made-up tunes and the commonplaces of accompaniment."""

import random
from collections.abc import Callable, Sequence

from clearcue.music.score import Note, Part
from clearcue.music.time import TICKS_PER_QUARTER as Q
from clearcue.music.time import Meter
from clearcue.music.work import Bar, Line, ParsedWork

BAR = 4 * Q
_SCALE = (0, 2, 4, 5, 7, 9, 11)
_DURATIONS = (Q // 4, Q // 2, Q // 2, Q // 2, Q, Q, 3 * Q // 2, 2 * Q)

PROGRESSIONS: dict[str, tuple[tuple[int, ...], ...]] = {
    "I-V-vi-IV": ((0, 4, 7), (7, 11, 14), (9, 12, 16), (5, 9, 12)),
    "I-vi-IV-V": ((0, 4, 7), (9, 12, 16), (5, 9, 12), (7, 11, 14)),
    "i-VI-III-VII": ((0, 3, 7), (8, 12, 15), (3, 7, 10), (10, 14, 17)),
    "I-IV-V-I": ((0, 4, 7), (5, 9, 12), (7, 11, 14), (0, 4, 7)),
    "I": ((0, 4, 7),),
}
FIGURES: dict[str, Callable[[Sequence[int]], list[tuple[int, int]]]] = {
    "roots in eighths": lambda chord: [(Q // 2, 36 + chord[0] % 12)] * 8,
    "roots in quarters": lambda chord: [(Q, 36 + chord[0] % 12)] * 4,
    "octaves": lambda chord: [(Q // 2, 36 + chord[0]), (Q // 2, 48 + chord[0])] * 4,
    "Alberti": lambda chord: [(Q // 2, 60 + chord[at]) for at in (0, 2, 1, 2)] * 2,
    "Alberti in sixteenths": lambda chord: [(Q // 4, 60 + chord[at]) for at in (0, 2, 1, 2)] * 4,
    "broken upward": lambda chord: [(Q // 2, 60 + chord[at]) for at in (0, 1, 2, 1)] * 2,
    "triplets": lambda chord: [(Q // 3, 60 + note) for note in chord] * 4,
}


def notes_of(steps: Sequence[tuple[int, int]], onset_ticks: int = 0) -> tuple[Note, ...]:
    """Notes one after another, given as (ticks, pitch)."""
    notes = []
    for ticks, pitch in steps:
        notes.append(Note(onset_ticks, ticks, pitch))
        onset_ticks += ticks
    return tuple(notes)


def tune(seed: int, count: int = 240) -> tuple[Note, ...]:
    """A made-up tune: mostly steps in a major scale, with leaps and a lively rhythm."""
    source = random.Random(seed)
    degree, steps = 14, []
    for _ in range(count):
        degree += source.choice((-4, -3, -2, -2, -1, -1, -1, 0, 1, 1, 1, 2, 2, 3, 5))
        degree = min(max(degree, 5), 25)
        steps.append((source.choice(_DURATIONS), 48 + 12 * (degree // 7) + _SCALE[degree % 7]))
    return notes_of(steps)


def accompaniment(figure: str, progression: str, bars: int = 16) -> tuple[Note, ...]:
    """A figure over a progression, bar by bar."""
    chords = PROGRESSIONS[progression]
    steps = [step for bar in range(bars) for step in FIGURES[figure](chords[bar % len(chords)])]
    return notes_of(steps)


def work(work_id: str, *lines: tuple[Note, ...]) -> ParsedWork:
    """A work of these lines, in bars of 4/4 counted from 1."""
    end = max(note.end_ticks for notes in lines for note in notes)
    bars = tuple(
        Bar(number, onset, Meter(4, 4)) for number, onset in enumerate(range(0, end, BAR), start=1)
    )
    named = tuple(Line(f"part {at}", notes) for at, notes in enumerate(lines, start=1))
    return ParsedWork(work_id, f"Title of {work_id}", named, bars, ())


def excerpt(notes: Sequence[Note], first_bar: int, last_bar: int) -> tuple[Note, ...]:
    """The notes that start in these bars, moved to the start."""
    start, end = (first_bar - 1) * BAR, last_bar * BAR
    return changed([note for note in notes if start <= note.onset_ticks < end], shift=-start)


def changed(
    notes: Sequence[Note], *, up: int = 0, times: tuple[int, int] = (1, 1), shift: int = 0
) -> tuple[Note, ...]:
    """Notes transposed, and moved and stretched in time."""
    above, below = times
    return tuple(
        Note(
            (note.onset_ticks + shift) * above // below,
            max(note.duration_ticks * above // below, 1),
            note.pitch + up,
        )
        for note in notes
    )


def part(name: str, role: str, notes: tuple[Note, ...]) -> Part:
    """A part of one of our own scores."""
    return Part(name, role, "piano", 0, notes)
