"""The critic: scores a phrase by what is measured in melodies that people remember.

Ranges follow findings on real melodies: steps .5 to .85 of the moves, few wide leaps, a range
within an octave and a half, one highest place, a rhythm that comes back. To these come what a
teacher marks in a score: leaps that are hard to sing, long tones against their chord, a motif that
only rocks between two tones, a phrase that does not land. Scores are integers; the composer does
not see them while drawing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from clearcue.composer.theme import Halves, Theme, ThemeBar, Tone, chord_under, pitches
from clearcue.music.pitch import Key

_HARD_LEAPS = frozenset({6, 10, 11, 13, 14})
"""Tritone, sevenths and ninths, in semitones."""
_LONG = 4


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the critic makes of a phrase: points, and each measure's own."""

    points: int
    measures: tuple[tuple[str, int], ...]


def judge(theme: Theme, halves: tuple[Halves, ...], key: Key) -> Verdict:
    """Score a phrase over its chords; more is better."""
    tones = [tone for bar in theme.bars for tone in bar]
    moves = [after.index - before.index for before, after in pairwise(tones)]
    sounding = pitches(theme.bars, halves, key)
    measures = (
        ("steps", _steps(moves)),
        ("repeats", _repeats(moves)),
        ("leaps", _leaps(moves)),
        ("singable", _singable(sounding, moves)),
        ("range", _range(tones)),
        ("runs", _runs(moves)),
        ("peak", _peak(theme)),
        ("rhythm", _rhythm(theme.bars[0])),
        ("rhythms", _rhythms(theme)),
        ("pace", _pace(theme)),
        ("motif", _motif(theme.bars[0])),
        ("variety", _variety(theme)),
        ("fit", _fit(theme, halves, key, sounding)),
        ("landing", _landing(theme)),
    )
    return Verdict(sum(points for _, points in measures), measures)


def _within(value: int, low: int, high: int, slope: int) -> int:
    """10 points inside a range, `slope` fewer for each unit outside."""
    outside = max(low - value, value - high, 0)
    return 10 - slope * outside


def _steps(moves: list[int]) -> int:
    small = sum(1 for move in moves if abs(move) == 1)
    return _within(100 * small // max(len(moves), 1), 55, 80, 1)


def _repeats(moves: list[int]) -> int:
    repeats = sum(1 for move in moves if move == 0)
    return _within(100 * repeats // max(len(moves), 1), 0, 15, 1)


def _leaps(moves: list[int]) -> int:
    wide = sum(1 for move in moves if abs(move) > 4)
    some = any(3 <= abs(move) <= 5 for move in moves)
    octaves = sum(1 for move in moves if abs(move) > 5)
    return (6 if some else 0) - 4 * max(wide - 2, 0) - 3 * max(octaves - 1, 0)


def hard_leaps(sounding: Sequence[int]) -> int:
    """How many moves between MIDI pitches are hard to sing: tritones, sevenths, ninths and more."""
    leaps = [abs(after - before) for before, after in pairwise(sounding)]
    return sum(1 for leap in leaps if leap in _HARD_LEAPS or leap > max(_HARD_LEAPS))


def _singable(sounding: tuple[int, ...], moves: list[int]) -> int:
    """No hard leaps, no augmented seconds."""
    augmented = sum(
        1
        for (before, after), move in zip(pairwise(sounding), moves, strict=True)
        if abs(move) == 1 and abs(after - before) > 2
    )
    return 6 - 6 * (hard_leaps(sounding) + augmented)


def _runs(moves: list[int]) -> int:
    """A scale of more than four tones one way is an exercise, not a tune."""
    longest = run = 0
    before = 0
    for move in moves:
        way = (move > 0) - (move < 0)
        run = run + 1 if way and way == before else int(way != 0)
        before = way
        longest = max(longest, run)
    return 6 - 5 * max(longest - 3, 0)


def _range(tones: list[Tone]) -> int:
    indices = [tone.index for tone in tones]
    return _within(max(indices) - min(indices), 6, 10, 4)


def _peak(theme: Theme) -> int:
    """The highest place stands in one bar or two, not in the first tone, best past the middle."""
    highest = max(tone.index for bar in theme.bars for tone in bar)
    bars = [any(tone.index == highest for tone in bar) for bar in theme.bars]
    opening = theme.bars[0][0].index == highest
    late = 3 if bars[2] or bars[1] else 0
    return {1: 10, 2: 5}.get(sum(bars), -4) + late - (4 if opening else 0)


def _rhythm(motif: ThemeBar) -> int:
    """A rhythm of two or three lengths, a tone to stay on, and one that is off the beat."""
    lengths = {tone.length for tone in motif}
    offbeat = any(tone.onset % 4 for tone in motif)
    held = any(tone.length >= _LONG for tone in motif)
    late = -4 if motif[0].onset > 2 else 0
    return 4 * min(len(lengths), 3) + (2 if held else -4) + (3 if offbeat else 0) + late


def _rhythms(theme: Theme) -> int:
    """The motif's rhythm comes back, but not in every bar."""
    rhythms = [tuple((tone.onset, tone.length) for tone in bar) for bar in theme.bars[:3]]
    return {1: -6, 2: 6, 3: 0}.get(len(set(rhythms)), 0)


def _pace(theme: Theme) -> int:
    """No bar much fuller than the motif, none (the cadence apart) much emptier."""
    counts = [len(bar) for bar in theme.bars[:-1]]
    return 4 - 2 * max(max(counts) - min(counts) - 2, 0)


def _motif(motif: ThemeBar) -> int:
    """A motif goes somewhere: three places or more, no rocking between two."""
    indices = [tone.index for tone in motif]
    rocking = sum(
        1
        for first, second, third in zip(indices, indices[1:], indices[2:], strict=False)
        if first == third != second
    )
    places = len(set(indices))
    return (6 if places >= 3 or len(motif) <= 2 else 0) - 3 * max(rocking - 1, 0)


def _variety(theme: Theme) -> int:
    """Not four times the same bar."""
    contours = {tuple(tone.index for tone in bar) for bar in theme.bars}
    return 3 * len(contours)


def _fit(theme: Theme, halves: tuple[Halves, ...], key: Key, sounding: tuple[int, ...]) -> int:
    """Long tones belong to their chord, and none lies a semitone above one of its tones."""
    clashes = 0
    sounds = iter(sounding)
    for bar, pair in zip(theme.bars, halves, strict=False):
        for tone in bar:
            place = (next(sounds) - key.tonic) % 12
            chord = chord_under(pair, tone.onset)
            members = {(chord.root + step) % 12 for step in chord.intervals}
            rubs = place not in members and (place - 1) % 12 in members
            if tone.length >= _LONG and (rubs or place not in members):
                clashes += 2 if rubs else 1
            crosses = tone.onset < 8 < tone.onset + tone.length - 1
            after = {(pair[1].root + step) % 12 for step in pair[1].intervals}
            clashes += crosses and place not in after
    return 8 - 6 * clashes


def _landing(theme: Theme) -> int:
    """The last tone is reached by a step or a third and lies no higher than the peak."""
    tones = [tone for bar in theme.bars[-2:] for tone in bar]
    move = abs(tones[-1].index - tones[-2].index)
    return {0: 2, 1: 6, 2: 4}.get(move, -3)
