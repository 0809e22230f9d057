"""Exclusivity: when two grants of one family of music cannot stand beside each other.

A grant covers media, territory and days. Two grants of one family conflict when they overlap in all
three and at least one of them excludes the other:

- `none` excludes nothing;
- `sector` excludes every grant that may be used in its sector: one for the same sector, and one
  that is not limited to a sector;
- `full` excludes every grant.

The rule is the same whichever of the two came first: an exclusive grant cannot be made where a
non-exclusive one stands already. Days are those of UTC, first and last included; None is without
end. Territories and media are codes; `WORLD` overlaps every territory.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from clearcue.errors import BadInputError
from clearcue.licensing.errors import ConflictError
from clearcue.licensing.scope import WORLD, read_line, term_in_words, territory_in_words
from clearcue.licensing.terms import Quote

MAX_SECTOR_CHARACTERS = 60


class Exclusivity(StrEnum):
    """Whom a grant shuts out."""

    NONE = "none"
    SECTOR = "sector"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a grant covers, as far as exclusivity asks. `sector` None is without a limit."""

    media: frozenset[str]
    territory: frozenset[str]
    first_day: date
    last_day: date | None
    exclusivity: Exclusivity = Exclusivity.NONE
    sector: str | None = None

    def excludes(self, other: "Grant") -> bool:
        """Whether this grant, where the two overlap, leaves no room for the other."""
        if self.exclusivity is Exclusivity.SECTOR:
            return other.sector is None or same_sector(other.sector, self.sector)
        return self.exclusivity is Exclusivity.FULL


def read_exclusivity(kind: str, sector: str | None) -> tuple[Exclusivity, str | None]:
    """Read what is asked for.

    Raises:
        BadInputError: when it is no kind, or a sector exclusivity does not say its sector.
    """
    word = kind.strip().lower()
    if word not in set(Exclusivity):
        raise BadInputError(f"{kind[:20]!r} is no exclusivity; one of {', '.join(Exclusivity)}")
    named = None
    if sector is not None and sector.strip():
        named = read_line(sector, "sector", MAX_SECTOR_CHARACTERS)
    if word == Exclusivity.SECTOR and named is None:
        raise BadInputError("an exclusivity by sector needs the sector, such as 'banking'")
    return Exclusivity(word), named


def same_sector(one: str | None, other: str | None) -> bool:
    """Whether two sectors are the same: their letters are, whatever case and spaces."""
    return _plain(one) == _plain(other)


def _plain(sector: str | None) -> str:
    return " ".join(unicodedata.normalize("NFKC", sector or "").casefold().split())


def grant_of(quoted: Quote) -> Grant:
    """What a quote, or the licence issued from it, covers."""
    return Grant(
        frozenset(quoted.media),
        frozenset(quoted.territory),
        quoted.first_day,
        quoted.last_day,
        Exclusivity(quoted.exclusivity),
        quoted.sector,
    )


def common_territory(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    """The territory that two grants share."""
    if WORLD in one:
        return other
    return one if WORLD in other else one & other


def common_days(one: Grant, other: Grant) -> tuple[date, date | None] | None:
    """The first and the last day that two grants share, or None."""
    first = max(one.first_day, other.first_day)
    ends = [day for day in (one.last_day, other.last_day) if day is not None]
    last = min(ends) if ends else None
    return None if last is not None and last < first else (first, last)


def conflict(one: Grant, other: Grant) -> bool:
    """Whether two grants of one family cannot stand beside each other."""
    return (
        bool(one.media & other.media)
        and bool(common_territory(one.territory, other.territory))
        and common_days(one, other) is not None
        and (one.excludes(other) or other.excludes(one))
    )


def refuse_conflict(asked: Quote, standing: Iterable[Quote]) -> None:
    """Refuse a grant that cannot stand beside one of those that do.

    Raises:
        ConflictError: naming what the two share, never whom the other belongs to.
    """
    wanted = grant_of(asked)
    for other in standing:
        given = grant_of(other)
        if conflict(wanted, given):
            raise ConflictError(_in_words(asked, wanted, given))


def _in_words(asked: Quote, wanted: Grant, given: Grant) -> str:
    media = [means for key, means in asked.media.items() if key in given.media]
    where = tuple(sorted(common_territory(wanted.territory, given.territory)))
    days = common_days(wanted, given)
    assert days is not None
    kind = {
        Exclusivity.NONE: "a licence without exclusivity",
        Exclusivity.SECTOR: "a licence that is exclusive in a sector",
        Exclusivity.FULL: "an exclusive licence",
    }[given.exclusivity]
    return (
        f"{kind} of this music is in the way: {'; '.join(media)}; {territory_in_words(where)}; "
        f"{term_in_words(*days)}; ask for other media, territory, days or exclusivity, "
        "or for another track"
    )
