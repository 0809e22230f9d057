"""A licence in plain words, made from the same fields as its terms.

The summary is a help for reading; the terms decide.
"""

from dataclasses import dataclass
from typing import Any

from clearcue.licensing.exclusivity import Exclusivity
from clearcue.licensing.prices import Price
from clearcue.licensing.quotes import audience_in_words, tax_in_words
from clearcue.licensing.scope import term_in_words, territory_in_words
from clearcue.licensing.terms import Quote

NOT_ALLOWED = (
    "The music or a stem by itself: as a song, a sound library, or a picture with music.",
    "Selling or passing on the music as music.",
    "Registering it with Content ID, another matching service or a collecting society.",
    "Training, tuning or evaluating music or sound models with it.",
    "Sensitive uses named in the terms, unless the licensor agrees in writing.",
)
"""Section 3, (a) to (e), of the terms 1.0.0 and 2.0.0 in one line each; (f) is the template's."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What may be done, what may not, and what else to know, one sentence a line."""

    allowed: tuple[tuple[str, str], ...]
    not_allowed: tuple[str, ...]
    notes: tuple[str, ...]


def summarise(quoted: Quote) -> Summary:
    """The plain-words summary of a quote, or of the licence issued from it."""
    allowed = [
        ("Use", quoted.template_title),
        ("Media", "; ".join(quoted.media.values())),
        ("Territory", territory_in_words(quoted.territory)),
        ("Term", term_in_words(quoted.first_day, quoted.last_day)),
        ("Exclusive", _exclusive(quoted)),
    ]
    if quoted.client is not None:
        allowed.append(("End client", quoted.client))
    if quoted.project is not None:
        allowed.append(("Productions", quoted.project))
    if quoted.audience is not None:
        allowed.append(("Audience", audience_in_words(quoted.audience)))
    if quoted.channels:
        allowed.append(("Channels", "; ".join(quoted.channels)))
    allowed.append(("Price quoted", f"{quoted.price.in_words()}, {_tax(quoted)}"))
    return Summary(tuple(allowed), (*NOT_ALLOWED, quoted.limits), _notes(quoted))


def _notes(quoted: Quote) -> tuple[str, ...]:
    notes = [
        quoted.survival,
        f"Performing rights, as stated by the licensor: {quoted.performing_rights}.",
    ]
    if quoted.licensor == quoted.licensee:
        notes.append("Licensor and licensee bear the same name.")
    if quoted.amends is not None:
        notes.append(f"It takes the place of the licence {quoted.amends}.")
    return tuple(notes)


def _exclusive(quoted: Quote) -> str:
    if quoted.exclusivity == Exclusivity.FULL:
        return "yes, for these media, this territory and this term"
    if quoted.exclusivity == Exclusivity.SECTOR:
        return f"in the sector {quoted.sector}, for these media, this territory and this term"
    return "no" if quoted.sector is None else f"no; for the sector {quoted.sector} only"


def _tax(quoted: Quote) -> str:
    if not quoted.tax_words:  # the first terms had no field for it
        return "taxes not included"
    tax = Price(quoted.tax_minor, quoted.price.currency, quoted.price.digits)
    return tax_in_words(tax, quoted.tax_words)


def scope_json(quoted: Quote) -> dict[str, Any]:
    """Who licenses whom, on which template, for which media, where and how long, as plain values.

    Days are ISO 8601; `last_day` is None where there is none.
    """
    return {
        "licensor": quoted.licensor,
        "licensee": quoted.licensee,
        "template": {
            "id": quoted.template_id,
            "version": quoted.template_version,
            "sha256": quoted.template_sha256,
            "status": quoted.template_status,
        },
        "media": list(quoted.media),
        "territory": list(quoted.territory),
        "first_day": quoted.first_day.isoformat(),
        "last_day": quoted.last_day.isoformat() if quoted.last_day else None,
        "exclusivity": quoted.exclusivity,
        "sector": quoted.sector,
        "client": quoted.client,
    }
