"""Quotes: a scope is checked, priced and written down as exact terms, once.

The terms are canonical JSON (`clearcue.licensing.terms`); their text is the template's with every
field filled.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from clearcue.errors import BadInputError
from clearcue.licensing.exclusivity import Exclusivity, read_exclusivity
from clearcue.licensing.prices import Price, PriceList
from clearcue.licensing.scope import (
    read_line,
    read_name,
    read_term,
    read_territory,
    term_in_words,
    territory_in_words,
)
from clearcue.licensing.templates import Template, fill_fields
from clearcue.licensing.terms import DIGEST, TERMS_FORMAT, Quote, Subject, read_terms
from clearcue.licensing.wanted import (
    Wanted,
    read_audience,
    read_channels,
    read_client,
    read_identifiers,
    read_project,
)
from clearcue_provenance import canonical
from clearcue_provenance.shape import format_time

MAX_CREDIT = 500
LATEST_START_DAYS = 366
"""How far ahead of the quote a term may begin."""


def quote(
    template: Template,
    prices: PriceList,
    *,
    quote_id: str,
    licensor: str,
    licensee: str,
    subject: Subject,
    now: datetime,
    nonce: str,
    wanted: Wanted | None = None,
    status: str | None = None,
) -> Quote:
    """Offer a licence: check the scope, compute the price, and write the exact terms.

    Args:
        nonce: 32 random bytes in hexadecimal digits, so that nobody can guess the terms from their
            digest.
        wanted: what is to be granted; None is the template's own.
        status: what the terms say of their review; None is the template's own.

    Raises:
        BadInputError: when the licensee or something that is wanted cannot be granted.
    """
    if now.tzinfo is None or not DIGEST.fullmatch(nonce):
        raise ValueError("a quote needs a timezone-aware moment and a nonce of 32 bytes")
    asked = wanted or Wanted()
    quoted_at = now.astimezone(UTC).replace(microsecond=0)
    client = read_client(asked.client)
    grant = _grant(template, asked, quoted_at.date())
    price = _price(template, prices, grant)
    terms = {
        "format": TERMS_FORMAT,
        "quote_id": quote_id,
        "template": _template(template, status or template.status),
        "licensor": {"name": read_name(licensor, "licensor")},
        "licensee": {"name": read_name(licensee, "licensee")},
        "client": None if client is None else {"name": client},
        "subject": _subject(subject, asked),
        "grant": grant,
        "performing_rights": template.performing_rights,
        "limits": template.limits,
        "survival": template.survival,
        "liability": {"indemnity": prices.indemnity, "cap": prices.cap},
        "law": prices.law,
        "support": {"channels": list(read_channels(asked.channels)), "cue_sheet": True},
        "price": price,
        "amends": asked.amends,
        "quoted_at": format_time(quoted_at),
        "expires_at": format_time(quoted_at + timedelta(days=prices.quote_valid_days)),
        "nonce": nonce,
    }
    terms["text"] = fill_fields(template, _field_values(terms))
    return read_terms(canonical.encode(terms))


def _template(template: Template, status: str) -> dict[str, str]:
    return {
        "id": template.id,
        "version": template.version,
        "sha256": template.sha256,
        "title": template.title,
        "status": status,
    }


def _grant(template: Template, asked: Wanted, today: date) -> dict[str, Any]:
    term, first_day = read_term(asked.term or template.term), _read_start(asked.start, today)
    last_day = term.last_day(first_day)
    exclusivity, sector = read_exclusivity(asked.exclusivity, asked.sector)
    audience = read_audience(asked.audience)
    return {
        "media": [{"id": key, "means": means} for key, means in template.media.items()],
        "ad_use": template.ad_use,
        "cut_downs": template.cut_downs,
        "territory": list(read_territory(asked.territory or template.territory)),
        "term": term.text,
        "first_day": first_day.isoformat(),
        "last_day": None if last_day is None else last_day.isoformat(),
        "exclusivity": str(exclusivity),
        "sector": sector,
        "project": read_project(asked.project),
        "audience": None if audience is None else {"basis": audience[0], "most": audience[1]},
    }


def _read_start(start: date | None, today: date) -> date:
    if start is None:
        return today
    if not today <= start <= today + timedelta(days=LATEST_START_DAYS):
        raise BadInputError(
            f"a licence quoted on {today.isoformat()} cannot begin on {start.isoformat()}; "
            f"give that day or one of the {LATEST_START_DAYS} days after it"
        )
    return start


def _price(template: Template, prices: PriceList, grant: Mapping[str, Any]) -> dict[str, Any]:
    price = prices.price(
        template.id,
        tuple(grant["territory"]),
        read_term(grant["term"]),
        date.fromisoformat(grant["first_day"]),
        grant["exclusivity"],
    )
    return {
        "amount_minor": price.amount_minor,
        "currency": price.currency,
        "digits": price.digits,
        "list": f"{prices.label}, version {prices.version}",
        "tax": {
            "basis_points": prices.tax_basis_points,
            "amount_minor": prices.tax_of(price),
            "words": prices.tax_words,
        },
    }


def _subject(subject: Subject, asked: Wanted) -> dict[str, Any]:
    return {
        "track_id": subject.track_id,
        "title": read_name(subject.title, "track"),
        "family": subject.family or subject.track_id,
        "record": {"sha256": subject.record_digest},
        "pcm": {"sha256": subject.pcm_sha256},
        "digests": [
            {"name": one.name, "sha256": one.sha256, "of": one.of} for one in subject.digests
        ],
        "identifiers": dict(read_identifiers(asked)),
        "credits": [read_line(line, "credit", MAX_CREDIT) for line in subject.credits],
    }


def _field_values(terms: Mapping[str, Any]) -> dict[str, str]:
    grant, subject, price = terms["grant"], terms["subject"], terms["price"]
    cost = Price(price["amount_minor"], price["currency"], price["digits"])
    return {
        "status": terms["template"]["status"],
        "licensor": terms["licensor"]["name"],
        "licensee": terms["licensee"]["name"],
        "client": terms["client"]["name"] if terms["client"] else "none; the licensee itself",
        "title": subject["title"],
        "track_id": subject["track_id"],
        "family": subject["family"],
        "record_digest": subject["record"]["sha256"],
        "pcm_sha256": subject["pcm"]["sha256"],
        "digests": "\n".join(
            f"{one['sha256']} {one['name']} ({_OF[one['of']]})" for one in subject["digests"]
        )
        or "None besides these two is named here.",
        "identifiers": identifiers_in_words(subject["identifiers"]),
        "performing_rights": terms["performing_rights"],
        "credits": "\n".join(subject["credits"]) or "None is named.",
        "price": cost.in_words(),
        "tax": tax_in_words(Price(price["tax"]["amount_minor"], cost.currency, cost.digits),
                            price["tax"]["words"]),
        "indemnity": terms["liability"]["indemnity"],
        "cap": terms["liability"]["cap"],
        "law": terms["law"] or _NO_LAW,
        "channels": "; ".join(terms["support"]["channels"]) or "none.",
        "amends": _amends(terms["amends"]),
        **_grant_values(grant),
    }  # fmt: skip


_OF = {"samples": "decoded samples", "file": "file"}
_NO_LAW = (
    "This paper names no governing law and no court; the parties may agree on them in writing."
)


def _amends(number: str | None) -> str:
    if number is None:
        return "This licence amends no other."
    return f"This licence amends the licence {number} and takes its place when it is issued."


def _grant_values(grant: Mapping[str, Any]) -> dict[str, str]:
    last = grant["last_day"]
    cap = grant["audience"]
    return {
        "media": "; ".join(medium["means"] for medium in grant["media"]),
        "territory": territory_in_words(tuple(grant["territory"])),
        "term": term_in_words(
            date.fromisoformat(grant["first_day"]),
            None if last is None else date.fromisoformat(last),
        ),
        "project": grant["project"] or "as the grant says; no single project is named.",
        "audience": audience_in_words((cap["basis"], cap["most"]) if cap else None),
        "exclusivity": exclusivity_in_words(grant["exclusivity"], grant["sector"]),
    }


def audience_in_words(cap: tuple[str, int] | None) -> str:
    """An audience cap as the terms say it."""
    if cap is None:
        return "no cap."
    basis, most = cap
    counted = {
        "reach": "people reached",
        "impressions": "impressions",
        "copies": "copies",
        "spend": "minor units of the price's currency spent on media",
    }[basis]
    return f"at most {most:,} {counted}."


def identifiers_in_words(identifiers: Mapping[str, str]) -> str:
    """The identifiers that were given, or that none was."""
    named = [f"{kind.upper()} {value}" for kind, value in identifiers.items()]
    return ("; ".join(named) or "none was given") + "."


def tax_in_words(tax: Price, words: str) -> str:
    """What is due in tax on top of the price, as the rest of a sentence."""
    return words if tax.amount_minor == 0 else f"plus {tax.in_words()} ({words})"


_PROMISE = (
    "when this licence was issued, no other licence of this family of music that covers any of "
    "these media in any part of this territory on any day of this term{sector} was in force or "
    "held; the licensor issues none while this one is in force. What was published under earlier "
    "licences may stay where they let it stay."
)


def exclusivity_in_words(kind: str, sector: str | None) -> str:
    """What the terms promise of others."""
    if kind == Exclusivity.NONE:
        only = "" if sector is None else f" The grant is for productions of the sector {sector}."
        return f"none; the licensor may license the same music to others.{only}"
    if kind == Exclusivity.FULL:
        return f"full: {_PROMISE.format(sector='')}"
    within = f", for the sector {sector} or without a limit to a sector,"
    return (
        f"in the sector {sector}: {_PROMISE.format(sector=within)} "
        f"The grant is for productions of the sector {sector}."
    )
