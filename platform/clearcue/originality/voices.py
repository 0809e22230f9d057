"""Voices: the single lines that are compared, drawn from a work's or a score's parts.

A part is read as its skyline, the highest note of each onset. Where at least `CHORD_SHARE` of its
onsets hold more than one note, its lowest notes are read as a second voice, since a tune may lie
under its chords. Notes shorter than `ORNAMENT_TICKS` do not count where a longer one starts with
them: grace notes come so out of many MIDI files. Onsets are ticks, pitches MIDI numbers.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clearcue.music.score import MELODIC_ROLES, Note, Score
from clearcue.music.time import TICKS_PER_QUARTER
from clearcue.music.work import Bar, Line, ParsedWork

CHORD_SHARE = 0.2
ORNAMENT_TICKS = TICKS_PER_QUARTER // 24
_FURTHER_VOICE = re.compile(r", voice \d+$")
ACCOMPANIMENT = ("harmony", "arpeggio", "pad", "bass")

Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Voice:
    """One note at a time: `onsets` rising and `pitches`, int32, shape (notes,).

    `part` is the part's name, `lowest` whether these are its lowest notes, `role` the part's role
    where it is one of our own scores, else empty.
    """

    part: str
    role: str
    lowest: bool
    onsets: Ints
    pitches: Ints


def as_work(score: Score, work_id: str) -> ParsedWork:
    """One of our own scores in the form in which works are compared; drums and effects left out."""
    lines = tuple(Line(part.name, part.notes) for part in score.melodic_parts())
    bars = tuple(
        Bar(number, onset, score.meter) for number, onset in enumerate(score.bars[:-1], start=1)
    )
    return ParsedWork(work_id, score.title, lines, bars, ((0, score.key.fifths),))


def roles_of(score: Score) -> dict[str, str]:
    """The role of each melodic part, by name."""
    return {part.name: part.role for part in score.parts if part.role in MELODIC_ROLES}


def voices_of(work: ParsedWork, roles: dict[str, str] | None = None) -> tuple[Voice, ...]:
    """The voices of a work, part by part, each part's skyline first.

    Args:
        work: what to read. A line named after another, with `, voice 2` or the like behind it, is a
            further voice of that part; such a part is read voice by voice and as a whole.
        roles: for one of our own scores, the role of each part by its name.
    """
    known = roles or {}
    parts: dict[str, list[Line]] = {}
    for line in work.lines:
        parts.setdefault(part_of(line.name), []).append(line)
    found: list[Voice] = []
    for part, lines in parts.items():
        for line in lines:
            found.extend(_readings(line.name, known.get(part, ""), line.notes))
        if len(lines) > 1:
            together = [note for line in lines for note in line.notes]
            found.extend(_readings(part, known.get(part, ""), together))
    return tuple(found)


def part_of(line: str) -> str:
    """The name of the part that a line, by its name, is a voice of."""
    return _FURTHER_VOICE.sub("", line)


def _readings(name: str, role: str, notes: Sequence[Note]) -> Iterator[Voice]:
    """The skyline, and the lowest notes where there are chords enough."""
    onsets: dict[int, list[Note]] = {}
    for note in notes:
        onsets.setdefault(note.onset_ticks, []).append(note)
    chords = {onset: _sounding(onsets[onset]) for onset in sorted(onsets)}
    yield _voice(name, role, False, [(onset, max(held)) for onset, held in chords.items()])
    chordal = sum(min(held) != max(held) for held in chords.values())
    if chords and chordal >= CHORD_SHARE * len(chords):
        yield _voice(name, role, True, [(onset, min(held)) for onset, held in chords.items()])


def _sounding(chord: list[Note]) -> list[int]:
    """The pitches of a chord, without an ornament struck together with a real note."""
    held = [note.pitch for note in chord if note.duration_ticks >= ORNAMENT_TICKS]
    return held or [note.pitch for note in chord]


def _voice(part: str, role: str, lowest: bool, notes: list[tuple[int, int]]) -> Voice:
    onsets = np.array([onset for onset, _ in notes], dtype=np.int32)
    pitches = np.array([pitch for _, pitch in notes], dtype=np.int32)
    return Voice(part, role, lowest, onsets, pitches)
