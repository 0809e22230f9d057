"""Voice leading, solved: the layouts of a whole progression that move least and clash nowhere.

Each chord has a few good layouts in its register; among all ways through them the cheapest is found
by dynamic programming (Viterbi 1967). What costs: motion of every voice, most of all of the top
one; fifths and octaves in parallel between the top voice and the bass or the lowest voice; crowding
low down, wide gaps, a doubled third, a missing third.

Conventions: a layout is ascending MIDI pitches; costs are whole numbers.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise, product

Voicing = tuple[int, ...]
BEST = 14
"""Layouts of a chord that are tried."""
PARALLEL = 40
"""What parallel fifths or octaves cost."""
WIDEST = 21
"""Semitones that the hands may span."""


def solve(
    tones: Sequence[tuple[tuple[int, ...], int]],
    low: int,
    high: int,
    voices: int,
    start: int | None = None,
) -> tuple[Voicing, ...]:
    """The layouts of chords that follow one another.

    Args:
        tones: of each chord its pitch classes from the root upward, and the bass's.
        low: lowest MIDI pitch.
        high: highest MIDI pitch, at least an octave above `low`.
        voices: how many voices; a chord of more tones gives up its fifth, then its root.
        start: where the hand lies before the first chord, or None for the register's middle.
    """
    return _solved(tuple(tones), low, high, voices, (low + high) // 2 if start is None else start)


@lru_cache(maxsize=512)
def _solved(
    tones: tuple[tuple[tuple[int, ...], int], ...], low: int, high: int, voices: int, start: int
) -> tuple[Voicing, ...]:
    if not tones:
        return ()
    ways: list[tuple[int, Voicing, int]] = [
        (cost + 2 * abs(_middle(layout) - start), layout, -1)
        for cost, layout in _layouts(tones[0][0], low, high, voices)
    ]
    columns = [ways]
    for (_, bass), (classes, next_bass) in pairwise(tones):
        following = []
        for cost, layout in _layouts(classes, low, high, voices):
            reached = [
                (before + _motion(there, layout, bass, next_bass), place)
                for place, (before, there, _) in enumerate(ways)
            ]
            total, place = min(reached)
            following.append((total + cost, layout, place))
        ways = following
        columns.append(ways)
    return _traced(columns)


def _traced(columns: list[list[tuple[int, Voicing, int]]]) -> tuple[Voicing, ...]:
    """The cheapest way through the columns, back to front."""
    place = min(range(len(columns[-1])), key=lambda at: columns[-1][at][:2])
    path = []
    for column in reversed(columns):
        _, layout, before = column[place]
        path.append(layout)
        place = before
    return tuple(path[::-1])


@lru_cache(maxsize=4096)
def _layouts(
    classes: tuple[int, ...], low: int, high: int, voices: int
) -> tuple[tuple[int, Voicing], ...]:
    """The best layouts of a chord, each with what it costs by itself."""
    found = set()
    for tones in _doublings(_kept(classes, voices), voices):
        places = [[pitch for pitch in range(low, high + 1) if pitch % 12 == tone] for tone in tones]
        found |= {tuple(sorted(layout)) for layout in product(*places)}
    whole = [layout for layout in found if len(set(layout)) == len(layout)] or list(found)
    ranked = sorted((_cost(layout, classes, low, high), layout) for layout in whole)
    return tuple(ranked[:BEST])


def _kept(classes: tuple[int, ...], voices: int) -> tuple[int, ...]:
    """The tones that matter: the fifth goes first, then the root."""
    tones = list(dict.fromkeys(classes))
    while len(tones) > voices:
        tones.pop(2 if len(tones) > 3 else 0)
    return tuple(tones)


def _doublings(tones: tuple[int, ...], voices: int) -> list[tuple[int, ...]]:
    """Tones for all voices: a triad in four voices doubles its root or its fifth."""
    if len(tones) >= voices or len(tones) < 3:
        return [tones]
    return [(*tones, tones[0]), (*tones, tones[2])]


def _cost(layout: Voicing, classes: tuple[int, ...], low: int, high: int) -> int:
    """What a layout costs by itself."""
    cost = abs(_middle(layout) - (low + high) // 2) // 2
    for lower, upper in pairwise(layout):
        gap = upper - lower
        cost += 14 if gap == 1 else 0
        cost += 8 if gap < 4 and lower < 52 else 0
        cost += 3 * max(gap - 9, 0)
    cost += 4 * max(layout[-1] - layout[0] - WIDEST, 0)
    third = classes[1] if len(classes) > 2 else None
    if third is not None and sum(1 for pitch in layout if pitch % 12 == third) != 1:
        cost += 10
    return cost


@lru_cache(maxsize=65536)
def _motion(before: Voicing, after: Voicing, bass: int, next_bass: int) -> int:
    """What moving from one layout to the next costs, over the bass's pitch classes."""
    if len(before) == len(after):
        moves = [abs(new - old) for old, new in zip(before, after, strict=True)]
    else:
        moves = [min(abs(new - old) for old in before) for new in after]
    cost = 2 * sum(moves) + 2 * abs(after[-1] - before[-1]) + 3 * max(max(moves) - 5, 0)
    if bass != next_bass and is_parallel(bass, next_bass, before[-1], after[-1]):
        cost += PARALLEL
    if is_parallel(before[0], after[0], before[-1], after[-1]):
        cost += PARALLEL
    return cost


def is_parallel(low_before: int, low_after: int, high_before: int, high_after: int) -> bool:
    """Whether two voices, pitches or pitch classes, go from a fifth or octave to another."""
    interval = (high_before - low_before) % 12
    moves = high_before != high_after and (low_before - low_after) % 12 != 0
    return moves and interval in (0, 7) and (high_after - low_after) % 12 == interval


def _middle(layout: Voicing) -> int:
    return sum(layout) // len(layout)


def ladder(tones: tuple[int, ...], low: int, high: int) -> Voicing:
    """Every pitch of some pitch classes in a register, ascending."""
    return tuple(pitch for pitch in range(low, high + 1) if pitch % 12 in tones)


def strings_of(tones: tuple[int, ...], bass: int, low: int, high: int) -> Voicing:
    """A chord as a guitar strums it: from its root, fifth or bass up over five or six strings."""
    grounds = {tones[0], bass, *((tones[0] + step) % 12 for step in (6, 7))}
    strung: list[int] = []
    for pitch in ladder(tones, low, high):
        if not strung and pitch % 12 not in grounds:
            continue
        if not strung or pitch - strung[-1] >= (5 if strung[-1] < 50 else 3):
            strung.append(pitch)
    return tuple(strung[:6])
