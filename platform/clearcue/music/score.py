"""A score: what the composer hands on and everything after it reads.

Conventions: onsets and durations in ticks from the start of the piece (`time`), velocities 1 to
127, bars counted from 1. A drum part holds General MIDI percussion keys as pitches.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from clearcue.music.pitch import Chord, Key
from clearcue.music.time import Meter, Swing, Tempo

ROLES = ("melody", "counter", "harmony", "arpeggio", "pad", "bass", "drums", "effects")
MELODIC_ROLES = ("melody", "counter", "harmony", "arpeggio", "pad", "bass")


@dataclass(frozen=True, slots=True)
class Note:
    """One note: when it starts, how long it is held, its MIDI pitch and velocity.

    Raises:
        ValueError: when it starts before 0, lasts no time, or leaves MIDI's ranges.
    """

    onset_ticks: int
    duration_ticks: int
    pitch: int
    velocity: int = 80

    def __post_init__(self) -> None:
        if self.onset_ticks < 0 or self.duration_ticks < 1:
            raise ValueError(f"a note at {self.onset_ticks} of {self.duration_ticks} ticks")
        if not 0 <= self.pitch <= 127 or not 1 <= self.velocity <= 127:
            raise ValueError(f"pitch {self.pitch} or velocity {self.velocity} is not MIDI's")

    @property
    def end_ticks(self) -> int:
        """The tick at which the note is let go."""
        return self.onset_ticks + self.duration_ticks


@dataclass(frozen=True, slots=True)
class Part:
    """One instrument's notes, ordered by onset, then pitch.

    `name` is unique in its score and names the stem; `role` is one of `ROLES`; `instrument` is a
    key of the sound bank; `program` is the General MIDI program (0 to 127; ignored for drums).

    Raises:
        ValueError: when the role is unknown or the notes are out of order.
    """

    name: str
    role: str
    instrument: str
    program: int
    notes: tuple[Note, ...]

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise ValueError(f"{self.role!r} is no role; one of {', '.join(ROLES)}")
        order = [(note.onset_ticks, note.pitch) for note in self.notes]
        if order != sorted(order):
            raise ValueError(f"the notes of part {self.name!r} are not in order")


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of the form: its letter or name, its span in ticks, and its energy from 0 to 1."""

    name: str
    onset_ticks: int
    duration_ticks: int
    energy: float

    @property
    def end_ticks(self) -> int:
        """The tick at which the section stops."""
        return self.onset_ticks + self.duration_ticks


@dataclass(frozen=True, slots=True)
class Score:
    """A whole piece.

    `length_seconds` is the exact length of the audio, which is longer than the last bar's downbeat
    by the time the last chord rings. `bars` are the onsets of the bars in ticks (half bars are
    bars of their own) followed by the tick at which the last one ends, so bar `n` (from 1) spans
    `bars[n - 1]` to `bars[n]`. Onsets are written in even notes; `swing` says how they are played.

    Raises:
        ValueError: when two parts share a name or there is no bar.
    """

    title: str
    key: Key
    meter: Meter
    tempo: Tempo
    length_seconds: Fraction
    bars: tuple[int, ...]
    sections: tuple[Section, ...]
    chords: tuple[Chord, ...]
    parts: tuple[Part, ...]
    swing: Swing | None = None

    def __post_init__(self) -> None:
        names = [part.name for part in self.parts]
        if len(set(names)) != len(names):
            raise ValueError("two parts share a name")
        if len(self.bars) < 2 or list(self.bars) != sorted(set(self.bars)):
            raise ValueError("the bars are not in order")

    def frames(self, sample_rate: int) -> int:
        """Length of the audio in frames, exact for whole seconds."""
        return int(self.length_seconds * sample_rate)

    def played_ticks(self, ticks: int) -> int:
        """The tick at which a written tick sounds."""
        return ticks if self.swing is None else self.swing.played(ticks)

    def seconds_at(self, ticks: int) -> Fraction:
        """The exact time in seconds at which a written tick sounds."""
        return self.tempo.seconds_at(self.played_ticks(ticks))

    def part(self, name: str) -> Part:
        """The part of that name.

        Raises:
            KeyError: when there is none.
        """
        for part in self.parts:
            if part.name == name:
                return part
        raise KeyError(name)

    def melodic_parts(self) -> Iterator[Part]:
        """The pitched parts, in order."""
        return (part for part in self.parts if part.role in MELODIC_ROLES)
