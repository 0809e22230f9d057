"""How the sources of a note's several choices become the sources of the note.

Convention: a note is the sum of a rhythm choice and a pitch choice, half each; a chord is three
parts its root and quality, one part its colour. A choice that a rule makes from an earlier one (a
voicing of a chord, a motif moved to another degree) is half the rule's and half the earlier one's.
"""

from fractions import Fraction
from functools import lru_cache

from clearcue.music.lineage import RuleSource, Shares, Source

HALF = Fraction(1, 2)


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
