"""Repetition: whether bars come back, and whether the opening is heard again.

Two bars of a tune are compared by onset and contour: the share of their onsets that both have at
the same place, with the same distance from the bar's first tone to within a semitone, so that a
sequence on another step counts as a return.
"""

from clearcue.composer.review.numbers import per_mille
from clearcue.composer.review.reading import Reading

ALIKE = 700
"""From this similarity on, in thousandths, a bar is a return of another."""
HOOK_BARS = 2
Shape = dict[int, int]
"""Semitones above the bar's first tone, by place."""


def shapes(reading: Reading) -> dict[int, Shape]:
    """The shape of each bar of the tune, the last one left out."""
    found = {}
    for bar, notes in reading.tune.in_bars.items():
        if bar < reading.last_bar:
            first = notes[0].pitch
            found[bar] = {reading.tune.place(note): note.pitch - first for note in notes}
    return found


def alike(one: Shape, other: Shape) -> int:
    """How alike two bars are, in thousandths."""
    shared = sum(1 for place in one if place in other and abs(one[place] - other[place]) <= 1)
    return 1000 * shared // max(len(one), len(other))


def returning_bars(reading: Reading) -> int | None:
    """The share of the tune's bars that are like one of the bars before."""
    found = shapes(reading)
    bars = sorted(found)
    back = sum(
        any(alike(found[bar], found[other]) >= ALIKE for other in bars[:number])
        for number, bar in enumerate(bars)
    )
    return per_mille(back, len(bars))


def hook_returns(reading: Reading) -> int | None:
    """How well the tune's first two bars come back, where they come back best in a later phrase.

    None for a tune of fewer than eight bars, which has no time for it.
    """
    found = shapes(reading)
    bars = sorted(found)
    if len(bars) < 8:
        return None
    hook = bars[:HOOK_BARS]
    best = 0
    for later in bars[4:]:
        pairs = [(bar, bar - hook[0] + later) for bar in hook]
        points = [alike(found[bar], found.get(other, {})) for bar, other in pairs]
        best = max(best, sum(points) // len(points))
    return best
