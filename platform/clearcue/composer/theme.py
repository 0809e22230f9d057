"""Themes: tones on scale steps, what chords ask of them, and how a bar is laid on another chord.

Conventions: pitches are counted in scale steps (`index` = 7 * octave + degree above the tonic of
MIDI octave 0), time in sixteenths from the bar's start. A bar of a theme stands over a pair of
chords, one for each of its halves.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from clearcue.composer.drawn import Choice
from clearcue.composer.harmony import Loop, bar_chords
from clearcue.composer.numerals import Numeral
from clearcue.composer.plan import PHRASE_BARS
from clearcue.composer.style import CELL_STEPS
from clearcue.music.lineage import RuleSource
from clearcue.music.pitch import MODES, Key

Halves = tuple[Numeral, Numeral]
"""The chords of a bar's first and second half."""


@dataclass(frozen=True, slots=True)
class Tone:
    """A note of a theme: when, how long, which step, and how rhythm and pitch were chosen.

    `pitch_rule` names a rule that moved the pitch away from what was drawn, or is None.
    """

    onset: int
    length: int
    index: int
    rhythm: Choice
    pitch: Choice
    pitch_rule: RuleSource | None = None

    @property
    def strong(self) -> bool:
        """Whether it carries the chord: on a beat, or long."""
        return self.onset % 4 == 0 or self.length >= 4


ThemeBar = tuple[Tone, ...]


@dataclass(frozen=True, slots=True)
class Theme:
    """A phrase of melody over a loop: its bars, and what each was made as."""

    name: str
    bars: tuple[ThemeBar, ...]
    shape: tuple[str, ...]


def pitch_of(index: int, key: Key, numeral: Numeral | None = None) -> int:
    """The MIDI pitch of a scale step, altered where the chord writes that degree otherwise."""
    octave, degree = divmod(index, 7)
    above = MODES[key.mode][degree]
    pitch = 12 * octave + above + key.tonic
    asked = None if numeral is None else numeral.tone_on(degree)
    if asked is None:
        return pitch
    return pitch + (asked - above + 6) % 12 - 6


def chord_degrees(key: Key, numeral: Numeral) -> frozenset[int]:
    """Which scale degrees (0 to 6) a melody may stand on: the triad's, altered ones included.

    Over a major seventh the seventh takes the root's place, which would grate against it.
    """
    steps = [step for step in numeral.intervals if step <= 8]
    if 11 in numeral.intervals:
        steps = [step for step in numeral.intervals if step]
    tones = {(numeral.root + step) % 12 for step in steps}
    return frozenset(
        degree for degree in range(7) if (pitch_of(degree, key, numeral) - key.tonic) % 12 in tones
    )


def phrase_halves(entries: Loop) -> tuple[Halves, ...]:
    """The chords of each bar of a phrase."""
    pairs = (bar_chords(entries, bar) for bar in range(PHRASE_BARS))
    return tuple((first[0], second[0]) for first, second in pairs)


def chord_under(halves: Halves, onset: int) -> Numeral:
    """The chord under a sixteenth of a bar."""
    return halves[onset >= CELL_STEPS]


def nearest(index: int, degrees: frozenset[int], low: int, high: int) -> int:
    """The step nearest to an index, within the range, whose degree is one of `degrees`."""
    inside = range(low, high + 1)
    options = [step for step in inside if step % 7 in degrees] or list(inside)
    return min(options, key=lambda step: (abs(step - index), step))


def pitches(bars: Sequence[ThemeBar], halves: Sequence[Halves], key: Key) -> tuple[int, ...]:
    """The MIDI pitches of a theme's tones over its chords."""
    return tuple(
        pitch_of(tone.index, key, chord_under(pair, tone.onset))
        for bar, pair in zip(bars, halves, strict=False)
        for tone in bar
    )
