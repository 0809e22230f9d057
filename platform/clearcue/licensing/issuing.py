"""What an accepted quote becomes: the licence statement's predicate, its number, its state.

A licence is one of `LicenceState`: whether it was ended is decided by an event (a revocation, or an
amendment that took its place); everything else is read from the clock.
"""

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

from clearcue.licensing.errors import QuoteLapsedError
from clearcue.licensing.terms import Quote, QuoteState
from clearcue_provenance.shape import format_time


class LicenceState(StrEnum):
    """What a licence is."""

    ISSUED = "issued"  # its term has not begun
    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"


ENDED = (LicenceState.REVOKED, LicenceState.SUPERSEDED)
"""What an event decides, whatever the clock shows."""


def issue(quoted: Quote, licence_id: str, number: str, issued_at: datetime) -> dict[str, Any]:
    """The predicate of the licence statement that a quote becomes when it is accepted.

    Its fields are those of docs/formats/licence.md; `terms` holds the quoted bytes as a text, so
    that the paper says by itself everything that was granted.

    Raises:
        QuoteLapsedError: when the quote could be accepted only until earlier.
    """
    if quoted.state_at(issued_at) is QuoteState.LAPSED:
        lapsed = format_time(quoted.expires_at)
        raise QuoteLapsedError(f"the quote {quoted.id} lapsed on {lapsed}; ask for a new one")
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
        "grant": _grant(quoted),
        "price": {"amount_minor": quoted.price.amount_minor, "currency": quoted.price.currency},
        "quote": {"sha256": quoted.digest},
        "terms": quoted.terms.decode("utf-8"),
        "nonce": quoted.nonce,
        "issued_at": format_time(issued_at),
    }


def _grant(quoted: Quote) -> dict[str, Any]:
    last = quoted.last_day
    return {
        "media": list(quoted.media),
        "territory": list(quoted.territory),
        "start": format_time(_midnight(quoted.first_day)),
        "end": None if last is None else format_time(_midnight(last + timedelta(days=1))),
        "exclusive": quoted.exclusive,
    }


def state_by_clock(first_day: date, last_day: date | None, now: datetime) -> LicenceState:
    """What a licence that no event ended is at a moment; both days are included, in UTC."""
    today = now.astimezone(UTC).date()
    if today < first_day:
        return LicenceState.ISSUED
    if last_day is not None and today > last_day:
        return LicenceState.EXPIRED
    return LicenceState.ACTIVE


CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def licence_number(licence_id: str, nonce: str) -> str:
    """The number that a holder types: `CL-` and 16 characters that nobody can guess (80 bits)."""
    digest = sha256(f"clearcue licence number\n{licence_id}\n{nonce}".encode()).digest()
    value = int.from_bytes(digest[:10])
    letters = "".join(CROCKFORD[value >> shift & 31] for shift in range(75, -1, -5))
    return "CL-" + "-".join(letters[at : at + 4] for at in range(0, 16, 4))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
