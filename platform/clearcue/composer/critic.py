"""The critic: scores a theme by what is measured in melodies that people remember.

Ranges follow findings on real melodies: steps .5 to .85 of the moves, few wide leaps, a range
within an octave and a half, one highest place, a rhythm that comes back. Scores are integers; the
composer does not see them while drawing.
"""

from dataclasses import dataclass
from itertools import pairwise

from clearcue.composer.melody import Theme, Tone


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the critic makes of a theme: points, and each measure's own."""

    points: int
    measures: tuple[tuple[str, int], ...]


def judge(theme: Theme) -> Verdict:
    """Score a theme; more is better."""
    tones = [tone for bar in theme.bars for tone in bar]
    moves = [after.index - before.index for before, after in pairwise(tones)]
    measures = (
        ("steps", _steps(moves)),
        ("repeats", _repeats(moves)),
        ("leaps", _leaps(moves)),
        ("range", _range(tones)),
        ("runs", _runs(moves)),
        ("peak", _peak(theme)),
        ("rhythm", _rhythm(theme)),
        ("variety", _variety(theme)),
    )
    return Verdict(sum(points for _, points in measures), measures)


def _within(value: int, low: int, high: int, slope: int) -> int:
    """10 points inside a range, `slope` fewer for each unit outside."""
    outside = max(low - value, value - high, 0)
    return 10 - slope * outside


def _steps(moves: list[int]) -> int:
    small = sum(1 for move in moves if abs(move) == 1)
    return _within(100 * small // max(len(moves), 1), 45, 80, 1)


def _repeats(moves: list[int]) -> int:
    repeats = sum(1 for move in moves if move == 0)
    return _within(100 * repeats // max(len(moves), 1), 0, 20, 1)


def _leaps(moves: list[int]) -> int:
    wide = sum(1 for move in moves if abs(move) > 4)
    some = any(3 <= abs(move) <= 5 for move in moves)
    return (6 if some else 0) - 4 * max(wide - 2, 0)


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
    return _within(max(indices) - min(indices), 5, 9, 4)


def _peak(theme: Theme) -> int:
    """The highest place stands in one bar or two, and not in the first tone of all."""
    highest = max(tone.index for bar in theme.bars for tone in bar)
    bars = sum(1 for bar in theme.bars if any(tone.index == highest for tone in bar))
    opening = theme.bars[0][0].index == highest
    return {1: 10, 2: 5}.get(bars, -4) - (4 if opening else 0)


def _rhythm(theme: Theme) -> int:
    """A rhythm of at least two lengths, with room to breathe."""
    motif = theme.bars[0]
    lengths = {tone.length for tone in motif}
    return 4 * min(len(lengths), 3) + (2 if any(tone.length >= 4 for tone in motif) else -4)


def _variety(theme: Theme) -> int:
    """Not four times the same bar, and a last tone that differs from the first bar's last."""
    contours = {tuple(tone.index for tone in bar) for bar in theme.bars}
    return 3 * len(contours)
