"""Moods, usages and styles as values, as the catalogue reads them from package data.

Conventions: energies are percent, 0 to 100; a cell is half a bar of eight sixteenths, written as
eight characters; weights are positive integers.
"""

from dataclasses import dataclass

from clearcue.music.lineage import RuleSource

CELL_STEPS = 8
"""Sixteenths in a cell."""


@dataclass(frozen=True, slots=True)
class RuleFile:
    """The file that rules are written in, as lineage names it."""

    file: str
    version: str
    author: str
    licence: str

    def rule(self, name: str) -> RuleSource:
        """A rule of this file as a source."""
        return RuleSource(name, self.file, self.version, self.author, self.licence)


@dataclass(frozen=True, slots=True)
class Mood:
    """How a mood sounds: tempo range, modes, harmony, melody density and register.

    `palettes` maps a mode to its chords in roman numerals with weights; `starts` to the numerals a
    loop may begin with; `cadences` to the last bar's chords, one or two of them, such as `IV V`;
    `turnaround_percent` is how often a phrase's last bar holds two chords. `density` is the range
    of melody notes a bar; `register` shifts the melody in semitones; `energy` is the range that the
    usage's energies are mapped into.
    """

    name: str
    source: RuleFile
    description: str
    tempo_bpm: tuple[int, int]
    energy: tuple[int, int]
    density: tuple[int, int]
    register: int
    chord_bars: tuple[tuple[int, int], ...]
    modes: tuple[tuple[str, int], ...]
    styles: tuple[tuple[str, int], ...]
    palettes: dict[str, tuple[tuple[str, int], ...]]
    starts: dict[str, tuple[str, ...]]
    cadences: dict[str, tuple[str, ...]]
    turnaround_percent: int


@dataclass(frozen=True, slots=True)
class FormSection:
    """A section of a usage's form: theme (`A`, `B` or `-` for none), weight and energy curve."""

    name: str
    theme: str
    weight: int
    priority: int
    curve: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Usage:
    """What a usage asks of the form; `intro_bars` is the longest intro it bears.

    `closure_percent` is how often a phrase ends in a cadence of its own, and is not left to its
    loop; `second_theme` weighs the regions (`harmony.REGIONS`) that a second theme may stand in;
    `loops` says that the end leads to the beginning.
    """

    name: str
    source: RuleFile
    description: str
    intro_energy: int
    intro_bars: int
    melody_gain: int
    closure_percent: int
    second_theme: tuple[tuple[str, int], ...]
    loops: bool
    form: tuple[FormSection, ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of an arrangement.

    `kind` is melody, double, counter, pad, comp, arp, bass, drums or hits; `enter` and `leave` are
    the energies between which it plays; `low` and `high` its register; `velocity` its middle;
    `cells` the half-bar rhythms to draw from (what the characters mean depends on the kind).
    `voices` are a drum layer's percussion keys with the energy they enter at and their cells for
    the first and second half of a bar.
    """

    name: str
    kind: str
    role: str
    instruments: tuple[str, ...]
    enter: int
    leave: int
    low: int
    high: int
    velocity: int
    cells: tuple[str, ...]
    steps: int
    voices: tuple["DrumVoice", ...]


@dataclass(frozen=True, slots=True)
class DrumVoice:
    """A percussion key, the energy it enters at, and its cells for both halves of a bar."""

    key: int
    enter: int
    first: tuple[str, ...]
    second: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Style:
    """An arrangement written as data: its layers and its own melodic rhythms."""

    name: str
    source: RuleFile
    description: str
    melody_cells: tuple[str, ...]
    learnt_rhythm_percent: int
    colour_percent: int
    layers: tuple[Layer, ...]
