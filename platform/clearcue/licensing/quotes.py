"""Quotes and what is issued from them.

A quote's `terms` are canonical JSON (docs/adr/0007-licence-terms.md): the template and its filled
text, the parties, the music, the grant, the price and the dates. They are made once. What is issued
carries the same bytes, and every field of a `Quote` is read from them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

from clearcue.errors import BadInputError
from clearcue.licensing.errors import QuoteLapsedError, TermsError
from clearcue.licensing.prices import Price, PriceList
from clearcue.licensing.scope import (
    Term,
    read_line,
    read_name,
    read_term,
    read_territory,
    term_in_words,
    territory_in_words,
)
from clearcue.licensing.templates import Template, fill_fields
from clearcue_provenance import canonical
from clearcue_provenance.errors import ProvenanceError

TERMS_FORMAT = "urn:clearcue:licence-terms:v1"
MAX_TERMS_BYTES = 256 * 1024
MAX_CREDIT = 500
LATEST_START_DAYS = 366
"""How far ahead of the quote a term may begin."""

_DIGEST = re.compile(r"[0-9a-f]{64}")


class QuoteState(StrEnum):
    """What has become of a quote that was not issued."""

    OPEN = "quoted"
    LAPSED = "lapsed"


class LicenceState(StrEnum):
    """What a licence that was not revoked is, by the clock."""

    ISSUED = "issued"  # its term has not begun
    ACTIVE = "active"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Subject:
    """The music that is licensed, and the credits that its sources' licences ask for.

    Digests are 64 lower-case hexadecimal digits of SHA-256.
    """

    track_id: str
    title: str
    record_digest: str
    pcm_sha256: str
    credits: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for digest in (self.record_digest, self.pcm_sha256):
            if not _DIGEST.fullmatch(digest):
                raise ValueError(f"{digest!r} is no SHA-256 in lower-case hexadecimal digits")


@dataclass(frozen=True, slots=True)
class Quote:
    """An offer. `last_day` is included in the term, None is without end; times are UTC."""

    id: str
    template_id: str
    template_version: str
    template_sha256: str
    template_title: str
    template_status: str
    licensor: str
    licensee: str
    subject: Subject
    media: Mapping[str, str]
    territory: tuple[str, ...]
    term: str
    first_day: date
    last_day: date | None
    performing_rights: str
    limits: str
    survival: str
    price: Price
    quoted_at: datetime
    expires_at: datetime
    nonce: str
    text: str
    terms: bytes

    @property
    def digest(self) -> str:
        """The SHA-256 of the terms."""
        return sha256(self.terms).hexdigest()

    def state_at(self, now: datetime) -> QuoteState:
        """Whether it can still be accepted."""
        return QuoteState.OPEN if now < self.expires_at else QuoteState.LAPSED


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
    territory: str | tuple[str, ...] | None = None,
    term: str | None = None,
    start: date | None = None,
) -> Quote:
    """Offer a licence: check the scope, compute the price, and write the exact terms.

    Args:
        territory, term: as `read_territory` and `read_term` take them; None is the template's own.
        start: the first day of the term; None is the day of `now` in UTC.
        nonce: 32 random bytes in hexadecimal digits, so that nobody can guess the terms from their
            digest.

    Raises:
        BadInputError: when the licensee, the territory, the term or the start cannot be granted.
    """
    if now.tzinfo is None or not _DIGEST.fullmatch(nonce):
        raise ValueError("a quote needs a timezone-aware moment and a nonce of 32 bytes")
    quoted_at = now.astimezone(UTC).replace(microsecond=0)
    length = read_term(term or template.term)
    first_day = _read_start(start, quoted_at.date())
    where = read_territory(territory or template.territory)
    price = prices.price(template.id, where, length, first_day)
    terms = {
        "format": TERMS_FORMAT,
        "quote_id": quote_id,
        "template": _template(template),
        "licensor": {"name": read_name(licensor, "licensor")},
        "licensee": {"name": read_name(licensee, "licensee")},
        "subject": _subject(subject),
        "grant": _grant(template, where, length, first_day),
        "performing_rights": template.performing_rights,
        "limits": template.limits,
        "survival": template.survival,
        "price": _price(price, prices),
        "quoted_at": _moment(quoted_at),
        "expires_at": _moment(quoted_at + timedelta(days=prices.quote_valid_days)),
        "nonce": nonce,
    }
    terms["text"] = fill_fields(template, _field_values(terms, price))
    return read_terms(canonical.encode(terms))


def _template(template: Template) -> dict[str, str]:
    return {
        "id": template.id,
        "version": template.version,
        "sha256": template.sha256,
        "title": template.title,
        "status": template.status,
    }


def _price(price: Price, prices: PriceList) -> dict[str, Any]:
    return {
        "amount_minor": price.amount_minor,
        "currency": price.currency,
        "digits": price.digits,
        "list": f"{prices.label}, version {prices.version}",
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


def _subject(subject: Subject) -> dict[str, Any]:
    return {
        "track_id": subject.track_id,
        "title": read_name(subject.title, "track"),
        "record": {"sha256": subject.record_digest},
        "pcm": {"sha256": subject.pcm_sha256},
        "credits": [read_line(line, "credit", MAX_CREDIT) for line in subject.credits],
    }


def _grant(
    template: Template, territory: tuple[str, ...], term: Term, first_day: date
) -> dict[str, Any]:
    last_day = term.last_day(first_day)
    return {
        "media": [{"id": key, "means": means} for key, means in template.media.items()],
        "territory": list(territory),
        "term": term.text,
        "first_day": first_day.isoformat(),
        "last_day": None if last_day is None else last_day.isoformat(),
        "exclusive": False,
    }


def _field_values(terms: Mapping[str, Any], price: Price) -> dict[str, str]:
    grant, subject = terms["grant"], terms["subject"]
    last = grant["last_day"]
    return {
        "licensor": terms["licensor"]["name"],
        "licensee": terms["licensee"]["name"],
        "title": subject["title"],
        "track_id": subject["track_id"],
        "record_digest": subject["record"]["sha256"],
        "pcm_sha256": subject["pcm"]["sha256"],
        "media": "; ".join(medium["means"] for medium in grant["media"]),
        "territory": territory_in_words(tuple(grant["territory"])),
        "term": term_in_words(
            date.fromisoformat(grant["first_day"]),
            None if last is None else date.fromisoformat(last),
        ),
        "performing_rights": terms["performing_rights"],
        "credits": "\n".join(subject["credits"]) or "None is named.",
        "price": price.in_words(),
    }


def read_terms(terms: bytes) -> Quote:
    """Read a quote from its exact terms, as they were stored.

    Raises:
        TermsError: when they are no terms of this format, or not in the canonical encoding.
    """
    try:
        data = canonical.parse(terms, MAX_TERMS_BYTES)
        if data["format"] != TERMS_FORMAT:
            raise TermsError(f"terms of the format {data['format']!r} cannot be read")
        return _read(data, terms)
    except (ProvenanceError, KeyError, TypeError, ValueError) as error:
        raise TermsError("the stored terms of a quote cannot be read; restore a backup") from error


def _read(data: Mapping[str, Any], terms: bytes) -> Quote:
    template, subject = data["template"], data["subject"]
    grant, price = data["grant"], data["price"]
    last = grant["last_day"]
    return Quote(
        id=data["quote_id"],
        template_id=template["id"],
        template_version=template["version"],
        template_sha256=template["sha256"],
        template_title=template["title"],
        template_status=template["status"],
        licensor=data["licensor"]["name"],
        licensee=data["licensee"]["name"],
        subject=Subject(
            track_id=subject["track_id"],
            title=subject["title"],
            record_digest=subject["record"]["sha256"],
            pcm_sha256=subject["pcm"]["sha256"],
            credits=tuple(subject["credits"]),
        ),
        media={medium["id"]: medium["means"] for medium in grant["media"]},
        territory=tuple(grant["territory"]),
        term=grant["term"],
        first_day=date.fromisoformat(grant["first_day"]),
        last_day=None if last is None else date.fromisoformat(last),
        performing_rights=data["performing_rights"],
        limits=data["limits"],
        survival=data["survival"],
        price=Price(price["amount_minor"], price["currency"], price["digits"]),
        quoted_at=datetime.fromisoformat(data["quoted_at"]),
        expires_at=datetime.fromisoformat(data["expires_at"]),
        nonce=data["nonce"],
        text=data["text"],
        terms=terms,
    )


def issue(quoted: Quote, licence_id: str, number: str, issued_at: datetime) -> dict[str, Any]:
    """The predicate of the licence statement that a quote becomes when it is accepted.

    Its fields are those of docs/formats/licence.md; `terms` holds the quoted bytes as a text, so
    that the paper says by itself everything that was granted.

    Raises:
        QuoteLapsedError: when the quote could be accepted only until earlier.
    """
    if quoted.state_at(issued_at) is QuoteState.LAPSED:
        raise QuoteLapsedError(
            f"the quote {quoted.id} lapsed on {_moment(quoted.expires_at)}; ask for a new one"
        )
    last = quoted.last_day
    end = None if last is None else _moment(_midnight(last + timedelta(days=1)))
    return {
        "licence_id": licence_id,
        "number": number,
        "record": {"sha256": quoted.subject.record_digest},
        "template": {
            "id": quoted.template_id,
            "version": quoted.template_version,
            "sha256": quoted.template_sha256,
        },
        "licensor": {"name": quoted.licensor},
        "licensee": {"name": quoted.licensee},
        "grant": {
            "media": list(quoted.media),
            "territory": list(quoted.territory),
            "start": _moment(_midnight(quoted.first_day)),
            "end": end,
            "exclusive": False,
        },
        "price": {"amount_minor": quoted.price.amount_minor, "currency": quoted.price.currency},
        "quote": {"sha256": quoted.digest},
        "terms": quoted.terms.decode("utf-8"),
        "nonce": quoted.nonce,
        "issued_at": _moment(issued_at),
    }


def licence_state(first_day: date, last_day: date | None, now: datetime) -> LicenceState:
    """What an issued licence is at a moment, by its term; both days are included, in UTC."""
    today = now.astimezone(UTC).date()
    if today < first_day:
        return LicenceState.ISSUED
    if last_day is not None and today > last_day:
        return LicenceState.EXPIRED
    return LicenceState.ACTIVE


_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def licence_number(licence_id: str, nonce: str) -> str:
    """The number that a holder types: `CL-` and 16 characters that nobody can guess (80 bits)."""
    digest = sha256(f"clearcue licence number\n{licence_id}\n{nonce}".encode()).digest()
    value = int.from_bytes(digest[:10])
    letters = "".join(_CROCKFORD[value >> shift & 31] for shift in range(75, -1, -5))
    return "CL-" + "-".join(letters[at : at + 4] for at in range(0, 16, 4))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
