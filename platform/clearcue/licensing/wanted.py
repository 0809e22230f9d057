"""What is wanted of a licence, read from what a person types, and refused in one line.

Conventions: texts as typed; None takes the template's own, or leaves the field out. An audience cap
is `basis:number` (`impressions:2000000`); the bases are `BASES`. Identifiers are written as their
issuers write them, with or without separators, and are never looked up.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from clearcue.errors import BadInputError
from clearcue.licensing.scope import read_line, read_name

BASES = ("reach", "impressions", "copies", "spend")
"""What an audience can be counted by: people reached, showings, copies, or minor units spent."""
MOST_AUDIENCE = 10**12
MAX_PROJECT, MAX_CHANNEL, MAX_CHANNELS = 200, 120, 20

_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}", re.ASCII)
_ISWC = re.compile(r"T[0-9]{10}", re.ASCII)
_IPI = re.compile(r"[0-9]{9,11}", re.ASCII)
_KINDS = {"isrc": _ISRC, "iswc": _ISWC, "ipi": _IPI}
_EXAMPLES = {"isrc": "DE-A12-26-00001", "iswc": "T-034.524.680-1", "ipi": "00014107338"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a quote is asked to grant; see the module's conventions.

    `start` is the first day of the term, None the day of the quote. `client` is the end client,
    None when the licensee acts for itself. `amends` is the number of a licence whose place this one
    shall take.
    """

    territory: str | tuple[str, ...] | None = None
    term: str | None = None
    start: date | None = None
    exclusivity: str = "none"
    sector: str | None = None
    client: str | None = None
    project: str | None = None
    audience: str | None = None
    channels: tuple[str, ...] = ()
    isrc: str | None = None
    iswc: str | None = None
    ipi: str | None = None
    amends: str | None = None


def read_client(text: str | None) -> str | None:
    """An end client's name, or None. Raises BadInputError."""
    return read_name(text, "end client") if text and text.strip() else None


def read_project(text: str | None) -> str | None:
    """What the productions are, in the licensee's words, or None. Raises BadInputError."""
    return read_line(text, "project", MAX_PROJECT) if text and text.strip() else None


def read_channels(channels: tuple[str, ...]) -> tuple[str, ...]:
    """The channels whose claims are to be cleared. Raises BadInputError."""
    named = tuple(dict.fromkeys(read_line(one, "channel", MAX_CHANNEL) for one in channels))
    if len(named) > MAX_CHANNELS:
        raise BadInputError(f"{len(named)} channels are too many; name at most {MAX_CHANNELS}")
    return named


def read_audience(text: str | None) -> tuple[str, int] | None:
    """An audience cap, such as `impressions:2000000`, or None. Raises BadInputError."""
    if text is None or not text.strip():
        return None
    basis, _, number = text.strip().lower().partition(":")
    plain = number.strip().replace("_", "").replace(",", "").replace(" ", "")
    if basis.strip() not in BASES or not re.fullmatch(r"[0-9]{1,13}", plain, re.ASCII):
        raise BadInputError(
            f"{text[:40]!r} is no audience cap; give a basis ({', '.join(BASES)}) and a number, "
            "such as impressions:2000000"
        )
    if not 0 < int(plain) <= MOST_AUDIENCE:
        raise BadInputError(f"an audience cap lies between 1 and {MOST_AUDIENCE}; leave it out")
    return basis.strip(), int(plain)


def read_identifiers(wanted: Wanted) -> Mapping[str, str]:
    """The identifiers that were given, by kind, without separators. Raises BadInputError."""
    given = {"isrc": wanted.isrc, "iswc": wanted.iswc, "ipi": wanted.ipi}
    found = {}
    for kind, text in given.items():
        if text is None or not text.strip():
            continue
        plain = re.sub(r"[\s.\-]", "", text).upper()
        if not _KINDS[kind].fullmatch(plain):
            raise BadInputError(
                f"{text[:40]!r} is no {kind.upper()}; give one such as {_EXAMPLES[kind]}"
            )
        found[kind] = plain
    return found
