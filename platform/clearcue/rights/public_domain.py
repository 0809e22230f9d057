"""Whether a composition's term of protection is over, for a territory and a year, by which rule.

Conventions: years are those of the Gregorian calendar; a term runs to the end of a calendar year
(17 USC 305; Directive 2006/116/EC, article 8), so a work is free from 1 January of the year after.
None means that a fact is unknown; where the answer needs it, the answer is unknown. Only the music
is looked at: a song's words have terms of their own.

What is not reckoned, and therefore stays unknown: whether an American copyright of 1931 to 1977 was
renewed or given notice, whether an unpublished work is one, and national terms longer than the
directive's. Words and music that were made for each other share the longer term in the European
Union (article 1(7)); a manifest names such a poet as a creator with the role `composer`.

Sources: 17 USC 302 to 305; Directive 2006/116/EC, article 1, as amended by Directive 2011/77/EU.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from clearcue.rights.values import Composition, Standing, Territory

US_95_YEARS = "us-95-years-from-publication"
US_LIFE_70 = "us-life-plus-70"
US_2047 = "us-published-1978-to-2002"
EU_LIFE_70 = "eu-life-plus-70"
EU_ANONYMOUS = "eu-anonymous-70-years-from-publication"
STATED = "stated"

RULES: Mapping[str, str] = {
    US_95_YEARS: "17 USC 304(a), (b) and 305: published before 1978, 95 years from publication",
    US_LIFE_70: "17 USC 302(a), (b) and 305: 70 years after the last surviving author's death",
    US_2047: "17 USC 303(a): not before the end of 2047",
    EU_LIFE_70: "Directive 2006/116/EC, article 1(1), (2): 70 years after the last author's death",
    EU_ANONYMOUS: "Directive 2006/116/EC, article 1(3): anonymous, 70 years after publication",
    STATED: "as the evidence states",
}
"""The rules by name, with the statute of each."""

AUTHORS = ("composer", "arranger")
"""The roles whose years count."""


class Reckoned(NamedTuple):
    """A standing with its rule; both None when the facts do not suffice."""

    standing: Standing | None
    rule: str | None


UNKNOWN = Reckoned(None, None)


def reckon(composition: Composition, territory: Territory, year: int) -> Reckoned:
    """A composition's standing in a territory in a year, from years of death and publication."""
    creators = composition.creators
    authors = [one for one in creators or () if one.role in AUTHORS]
    died = [one.died for one in authors]
    if territory is Territory.US:
        return _in_the_us(composition.first_published, died, year)
    return _in_the_eu(composition, died, year)


def _in_the_us(published: int | None, died: Sequence[int | None], year: int) -> Reckoned:
    """17 USC 304 for what was published before 1978, 302 and 303 for what came later."""
    if published is None:
        return UNKNOWN
    if published < 1978:
        if year > published + 95:
            return Reckoned(Standing.PUBLIC_DOMAIN, US_95_YEARS)
        return UNKNOWN  # it may have fallen free for want of renewal or notice
    last = _last_surviving(died)
    over = None if last is None else year > last + 70
    if over is False:
        return Reckoned(Standing.PROTECTED, US_LIFE_70)
    if published <= 2002 and year <= 2047:
        if last is not None and last < 1978:
            return Reckoned(Standing.PROTECTED, US_2047)  # so it was made before 1978
        return UNKNOWN
    return Reckoned(Standing.PUBLIC_DOMAIN, US_LIFE_70) if over else UNKNOWN


def _in_the_eu(composition: Composition, died: Sequence[int | None], year: int) -> Reckoned:
    """Article 1: the last surviving author's death, or for anonymous works publication."""
    if composition.anonymous and not died:
        if composition.first_published is None:
            return UNKNOWN
        over = year > composition.first_published + 70
        return Reckoned(Standing.PUBLIC_DOMAIN if over else Standing.PROTECTED, EU_ANONYMOUS)
    if any(one is not None and year <= one + 70 for one in died):
        return Reckoned(Standing.PROTECTED, EU_LIFE_70)
    if _last_surviving(died) is None:
        return UNKNOWN
    return Reckoned(Standing.PUBLIC_DOMAIN, EU_LIFE_70)


def _last_surviving(died: Sequence[int | None]) -> int | None:
    """The last author's year of death; None when there is no author or one's year is unknown."""
    known = [one for one in died if one is not None]
    return max(known) if known and len(known) == len(died) else None
