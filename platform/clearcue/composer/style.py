"""Moods, usages and styles as values, as the catalogue reads them from package data.

Conventions: energies are percent, 0 to 100; a cell is half a bar of eight sixteenths, a pattern
half a bar, a bar or two bars, one character a sixteenth; weights are positive integers.
"""

from dataclasses import dataclass

from clearcue.composer.cues import Shift
from clearcue.music.lineage import RuleSource
from clearcue.music.time import Swing

CELL_STEPS = 8
"""Sixteenths in a cell."""
BAR_STEPS = 2 * CELL_STEPS


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

    `point` is its place on the plane of valence and arousal, each -100 to 100; tempo, the modes'
    weights, register, density, energy and articulation follow from it and from `shift`, the mood's
    own departure (`cues`).
    `palettes` maps a mode to its chords in roman numerals with weights; `starts` to the numerals a
    loop may begin with; `cadences` to the last bar's chords, one or two of them, such as `IV V`;
    `origins` to the named mood whose palette it is. `turnaround_percent` is how often a phrase's
    last bar holds two chords. `density` is the range of melody notes a bar; `register` shifts the
    melody in semitones; `energy` is the range that the usage's energies are mapped into;
    `articulation` is how much of its written length a plain note sounds, in percent.
    """

    name: str
    source: RuleFile
    description: str
    point: tuple[int, int]
    shift: Shift
    tempo_bpm: tuple[int, int]
    energy: tuple[int, int]
    density: tuple[int, int]
    register: int
    articulation: int
    chord_bars: tuple[tuple[int, int], ...]
    modes: tuple[tuple[str, int], ...]
    styles: tuple[tuple[str, int], ...]
    palettes: dict[str, tuple[tuple[str, int], ...]]
    starts: dict[str, tuple[str, ...]]
    cadences: dict[str, tuple[str, ...]]
    origins: dict[str, str]
    turnaround_percent: int

    def rule(self, field: str, mode: str) -> RuleSource:
        """A rule of the mood for a mode, such as its palette, as the file names it."""
        return self.source.rule(f"{self.origins[mode]}.{field}.{mode}")


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
class DrumVoice:
    """A percussion key, the energies it plays between, and its bars.

    `bars` are patterns of a bar or two, one for each of the layer's grooves: grooves stand at the
    same place in the lists of all voices.
    """

    key: int
    enter: int
    leave: int
    bars: tuple[str, ...]


Fill = tuple[tuple[int, str], ...]
"""Percussion keys with what they play in the last half bar (8 steps) or bar (16 steps)."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of an arrangement.

    `kind` is one of `patterns.KINDS`; `enter` and `leave` are the energies between which it plays;
    `low` and `high` its register; `velocity` its middle; `chance` how many tracks in a hundred have
    it; `patterns` its rhythms, all of one length (what the characters mean depends on the kind),
    and `turns` what may take their place at a phrase's end. `voices` and `fills` are a drum
    layer's. `source` is the style file that it is written in.
    """

    name: str
    kind: str
    role: str
    instruments: tuple[str, ...]
    source: RuleFile
    enter: int
    leave: int
    low: int
    high: int
    velocity: int
    chance: int
    patterns: tuple[str, ...]
    turns: tuple[str, ...]
    voices: tuple[DrumVoice, ...]
    fills: tuple[Fill, ...]

    def rule(self, name: str) -> RuleSource:
        """A rule of this layer as a source."""
        return self.source.rule(f"{self.name}.{name}")


@dataclass(frozen=True, slots=True)
class Colours:
    """Suffixes that a style gives to plain major, minor and dominant chords, repeated by weight."""

    major: tuple[str, ...]
    minor: tuple[str, ...]
    dominant: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Style:
    """An arrangement written as data: its layers and its own melodic rhythms.

    `aliases` are names by which it is known, too; `tempo_bpm` its own range of tempo or None;
    `swing` how its off-beats are delayed or None; `stop_percent` how often the band stops before a
    section that is louder.
    """

    name: str
    source: RuleFile
    description: str
    aliases: tuple[str, ...]
    tempo_bpm: tuple[int, int] | None
    swing: Swing | None
    melody_cells: tuple[str, ...]
    learnt_rhythm_percent: int
    colour_percent: int
    colours: Colours
    stop_percent: int
    layers: tuple[Layer, ...]


def tempo_range(mood: Mood, style: Style) -> tuple[int, int]:
    """Quarter notes a minute that suit both: the style's range, as near to the mood's as it goes.

    Where the two do not meet, the style's nearer edge is taken with a fifth of its range.
    """
    if style.tempo_bpm is None:
        return mood.tempo_bpm
    (low, high), (slowest, fastest) = mood.tempo_bpm, style.tempo_bpm
    if max(low, slowest) <= min(high, fastest):
        return max(low, slowest), min(high, fastest)
    room = (fastest - slowest) // 5
    return (slowest, slowest + room) if high < slowest else (fastest - room, fastest)
