"""The scope of a grant: where, for how long, and to whom.

Conventions: a territory is a sorted tuple of ISO 3166-1 alpha-2 codes, or `("WORLD",)`; a term is
an ISO 8601 duration in years, months, weeks and days (`P1Y`, `P6M`, `P1Y6M`) or `PERPETUAL`; days
are those of UTC, and a term of one year from 1 March ends with the last day of February.
"""

import calendar
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from clearcue.errors import BadInputError
from clearcue.licensing.tables import territory_names, territory_replacements

WORLD = "WORLD"
PERPETUAL = "PERPETUAL"
LONGEST_TERM_YEARS = 50
MAX_NAME_CHARACTERS = 120

_DURATION = re.compile(r"P(?:(\d{1,3})Y)?(?:(\d{1,3})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?", re.ASCII)
_JOINERS = "\u200c\u200d"  # needed to write Persian and several Indian scripts
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Term:
    """How long a grant lasts; `months` and `days` are added to its first day, None is perpetual."""

    text: str
    months: int | None
    days: int = 0

    def last_day(self, first: date) -> date | None:
        """The last day of the term, or None for a perpetual one.

        Raises:
            BadInputError: when the term ends beyond what a calendar holds.
        """
        if self.months is None:
            return None
        try:
            return _add_months(first, self.months) + timedelta(days=self.days - 1)
        except (ValueError, OverflowError) as error:
            raise BadInputError(
                f"a term of {self.text} from {first.isoformat()} leaves the calendar; "
                "give a shorter one"
            ) from error


def read_term(text: str) -> Term:
    """Read a term.

    Raises:
        BadInputError: when it is no ISO 8601 duration of years, months, weeks and days, is empty,
            or is longer than `LONGEST_TERM_YEARS`.
    """
    word = text.strip().upper()
    if word == PERPETUAL:
        return Term(PERPETUAL, None)
    match = _DURATION.fullmatch(word)
    advice = "give an ISO 8601 duration such as P6M or P1Y, or PERPETUAL"
    if match is None or word == "P":
        raise BadInputError(f"{text[:40]!r} is no term; {advice}")
    years, months, weeks, days = (int(group or 0) for group in match.groups())
    months += years * 12
    days += weeks * 7
    if months == 0 and days == 0:
        raise BadInputError(f"the term {word} is empty; {advice}")
    if months * 30 + days > LONGEST_TERM_YEARS * 366:
        raise BadInputError(
            f"the term {word} is longer than {LONGEST_TERM_YEARS} years; give PERPETUAL instead"
        )
    return Term(word, months, days)


def _add_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def read_territory(given: str | Iterable[str]) -> tuple[str, ...]:
    """Read a territory: codes separated by commas or spaces, or several texts of one code each.

    Raises:
        BadInputError: when there is none, when one is no ISO 3166-1 alpha-2 code, or when WORLD
            stands beside others.
    """
    words = given.replace(",", " ").split() if isinstance(given, str) else list(given)
    codes = sorted({word.strip().upper() for word in words if word.strip()})
    if not codes:
        raise BadInputError("no territory given; give ISO country codes such as DE,AT or WORLD")
    if codes == [WORLD]:
        return (WORLD,)
    if WORLD in codes:
        raise BadInputError("WORLD includes every country; give it alone")
    for code in codes:
        if code not in territory_names():
            better = territory_replacements().get(code)
            advice = f"write {better}" if better else "write codes such as DE,AT or WORLD"
            raise BadInputError(f"{code[:20]!r} is no ISO 3166-1 country code; {advice}")
    return tuple(codes)


def read_name(text: str, whose: str) -> str:
    """A party's or a track's name, in Unicode's composed form, with single spaces.

    Args:
        whose: what the name is for, such as `licensee`; it stands in the error.

    Raises:
        BadInputError: when it is empty, too long, or holds control or invisible characters.
    """
    return read_line(text, f"{whose}'s name", MAX_NAME_CHARACTERS)


def read_line(text: str, what: str, most: int) -> str:
    """One line of text in Unicode's composed form, with single spaces.

    Control, invisible and direction-changing characters could make a paper say something else than
    it shows, and are refused.

    Raises:
        BadInputError: when it holds such characters, nothing to be seen, or more than `most`.
    """
    for character in text:
        hidden = unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
        if hidden and character not in _JOINERS:
            raise BadInputError(
                f"the {what} holds U+{ord(character):04X}, which cannot be printed; "
                "give it in letters, marks, digits and signs on one line"
            )
    line = " ".join(unicodedata.normalize("NFC", text).split())
    if not any(unicodedata.category(character)[0] in "LN" for character in line):
        raise BadInputError(f"the {what} has no letter or digit; give one that can be read")
    if len(line) > most:
        raise BadInputError(f"the {what} has {len(line)} characters; give at most {most}")
    return line


def territory_in_words(territory: tuple[str, ...]) -> str:
    """Such as `Austria and Germany`, or `worldwide`."""
    if territory == (WORLD,):
        return "worldwide"
    names = sorted(territory_names()[code] for code in territory)
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def day_in_words(day: date) -> str:
    """Such as `22 November 2026`, in English whatever the locale."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def term_in_words(first: date, last: date | None) -> str:
    """From which day to which, both included."""
    if last is None:
        return f"from {day_in_words(first)}, without end"
    return f"from {day_in_words(first)} up to and including {day_in_words(last)} (UTC)"
