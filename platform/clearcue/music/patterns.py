"""Patterns: drum takes and chord progressions, as packs bring them.

Conventions: a take's onsets are in ticks (`music.time.TICKS_PER_QUARTER` a quarter note) from its
first bar line, as they were played and not drawn to a grid; pitches are General MIDI percussion
keys and the source's own where it has more. Progressions keep their source's roman numerals.
"""

from dataclasses import dataclass

from clearcue.music.time import Meter


@dataclass(frozen=True, slots=True)
class Hit:
    """A stroke: when, on what (MIDI key), and how hard (velocity 1 to 127)."""

    onset_ticks: int
    pitch: int
    velocity: int


@dataclass(frozen=True, slots=True)
class DrumTake:
    """A played drum part, ordered by onset, then pitch; None where the file does not say."""

    tempo_bpm: float | None
    meter: Meter | None
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Progression:
    """Chords as roman numerals, the mode that its source files it under, and its mood tags."""

    mode: str
    numerals: tuple[str, ...]
    moods: tuple[str, ...]


Pattern = DrumTake | Progression
