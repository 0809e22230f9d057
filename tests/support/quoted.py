"""A quote with everything given, for tests of licensing."""

from datetime import UTC, date, datetime
from typing import Any

from clearcue.licensing.prices import read_price_list
from clearcue.licensing.quotes import quote
from clearcue.licensing.templates import find_template
from clearcue.licensing.terms import Quote, Subject
from clearcue.licensing.wanted import Wanted

NOW = datetime(2026, 11, 22, 14, 5, 6, tzinfo=UTC)
SUBJECT = Subject("track-1", "Paper Lanterns", "ab" * 32, "cd" * 32)


def make_quote(
    template: str = "ad-web",
    licensee: str = "Wüst & Söhne",
    subject: Subject = SUBJECT,
    start: date | None = None,
    **wanted: Any,
) -> Quote:
    """A quote of a template, at `NOW`; `wanted` are the other fields of `Wanted`."""
    return quote(
        find_template(template),
        read_price_list(),
        quote_id="quote-1",
        licensor="Owner of this installation",
        licensee=licensee,
        subject=subject,
        now=NOW,
        nonce="0f" * 32,
        wanted=Wanted(start=start, **wanted),
    )
