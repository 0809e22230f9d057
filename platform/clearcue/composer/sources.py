"""How the sources of a note's several choices become the sources of the note.

Convention: a note is the sum of a rhythm choice and a pitch choice, half each; a chord is three
parts its root and quality, one part its colour. A choice that a rule makes from an earlier one (a
voicing of a chord, a motif moved to another degree) is half the rule's and half the earlier one's.
"""

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache

from clearcue.music.lineage import RuleSource, Shares, Source

HALF = Fraction(1, 2)
SHARE_UNITS = 1 << 20
"""Shares are stated in these units, so that sums over thousands of notes stay short."""


def of_rule(rule: RuleSource) -> Shares:
    """A choice that a rule alone made."""
    return ((rule, Fraction(1)),)


@lru_cache(maxsize=65536)
def blend(first: Shares, second: Shares, part: Fraction = HALF) -> Shares:
    """Sources of two choices together, `part` of the whole being the first's."""
    total: dict[Source, Fraction] = {}
    for shares, scale in ((first, part), (second, 1 - part)):
        for source, share in shares:
            total[source] = total.get(source, Fraction(0)) + share * scale
    return tuple(total.items())


def in_units(exact: Mapping[Source, Fraction]) -> Shares:
    """Round shares to units, the largest remainders up, so that their sum stays one."""
    floors = {source: int(share * SHARE_UNITS) for source, share in exact.items()}
    missing = SHARE_UNITS - sum(floors.values())
    by_remainder = sorted(exact, key=lambda source: floors[source] - exact[source] * SHARE_UNITS)
    for source in by_remainder[:missing]:
        floors[source] += 1
    return tuple(
        (source, Fraction(units, SHARE_UNITS)) for source, units in floors.items() if units
    )
