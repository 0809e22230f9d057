"""Quotes, and the statements that they become."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from quoted import NOW, SUBJECT, make_quote

from clearcue.errors import BadInputError
from clearcue.licensing.certificate import Certificate, draw_certificate
from clearcue.licensing.errors import QuoteLapsedError, TermsError
from clearcue.licensing.issuing import LicenceState, issue, licence_number, state_by_clock
from clearcue.licensing.summary import summarise
from clearcue.licensing.templates import all_templates
from clearcue.licensing.terms import QuoteState, read_terms
from clearcue_provenance import canonical, predicates


def test_the_terms_are_the_quote() -> None:
    """A quote read back from its stored bytes is the same quote, to the byte."""
    quoted = make_quote(territory="DE,AT", term="P6M", start=date(2026, 12, 1))
    assert read_terms(quoted.terms) == quoted
    assert quoted.digest == hashlib.sha256(quoted.terms).hexdigest()
    assert canonical.parse(quoted.terms, 10**6)["text"] == quoted.text
    assert make_quote(territory=("AT", "DE"), term="p6m", start=date(2026, 12, 1)) == quoted


def test_the_text_has_every_field_filled() -> None:
    """The filled text names the parties, the music, the scope and the price, and no open field."""
    for template in all_templates():
        quoted = make_quote(template.id)
        for words in (
            "Wüst & Söhne", "Owner of this installation", "Paper Lanterns", "track-1", "ab" * 32,
            "cd" * 32, "worldwide", "from 22 November 2026", quoted.price.in_words(),
        ):  # fmt: skip
            assert words in quoted.text
        assert "{" not in quoted.text
        assert "[[" not in quoted.text


def test_a_name_with_braces_fills_nothing() -> None:
    """A licensee cannot write another field into the terms."""
    quoted = make_quote(licensee="{licensor} [[title]] Ltd")
    assert "Licensee: {licensor} [[title]] Ltd\n" in quoted.text


@pytest.mark.parametrize("at", [0, 100, 2000, -1])
def test_changed_terms_are_refused_or_differ(at: int) -> None:
    """Terms with one byte changed are unreadable or another quote, never the same one."""
    quoted = make_quote()
    changed = bytearray(quoted.terms)
    changed[at] ^= 1
    try:
        other = read_terms(bytes(changed))
    except TermsError:
        return
    assert other.digest != quoted.digest


def test_a_quote_lapses() -> None:
    """After thirty days a quote cannot be issued, and until then it can."""
    quoted = make_quote()
    end = NOW + timedelta(days=30)
    assert quoted.expires_at == end
    assert quoted.state_at(end - timedelta(seconds=1)) is QuoteState.OPEN
    assert quoted.state_at(end) is QuoteState.LAPSED
    assert issue(quoted, "licence-1", "CL-1", end - timedelta(seconds=1))
    with pytest.raises(QuoteLapsedError, match="ask for a new one"):
        issue(quoted, "licence-1", "CL-1", end)


def test_the_predicate_is_what_the_format_asks_for() -> None:
    """The licence statement's predicate has the specified shape and carries the quoted bytes."""
    quoted = make_quote(territory="DE", term="P1Y")
    predicate = issue(quoted, "licence-1", "CL-1", NOW)
    predicates.SHAPES[predicates.LICENCE](predicate, "predicate")
    predicates.check_agreement(
        predicates.LICENCE, predicate, {predicates.RECORD_NAME: SUBJECT.record_digest}
    )
    assert canonical.encode(predicate)
    assert predicate["terms"].encode() == quoted.terms
    assert predicate["quote"] == {"sha256": quoted.digest}
    assert predicate["grant"]["start"] == "2026-11-22T00:00:00Z"
    assert predicate["grant"]["end"] == "2027-11-22T00:00:00Z"
    assert predicate["nonce"] == "0f" * 32


def test_a_perpetual_licence_has_no_end() -> None:
    """A perpetual grant has no end in the statement, and stays active."""
    quoted = make_quote("film")
    predicate = issue(quoted, "licence-1", "CL-1", NOW)
    predicates.SHAPES[predicates.LICENCE](predicate, "predicate")
    assert predicate["grant"]["end"] is None
    later = datetime(2126, 1, 1, tzinfo=UTC)
    assert state_by_clock(quoted.first_day, quoted.last_day, later) is LicenceState.ACTIVE


def test_the_clock_says_what_a_licence_is() -> None:
    """Issued before its first day, active on its first and last day, expired after."""
    first, last = date(2026, 12, 1), date(2026, 12, 31)
    moments = {
        datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC): LicenceState.ISSUED,
        datetime(2026, 12, 1, tzinfo=UTC): LicenceState.ACTIVE,
        datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC): LicenceState.ACTIVE,
        datetime(2027, 1, 1, tzinfo=UTC): LicenceState.EXPIRED,
    }
    assert {now: state_by_clock(first, last, now) for now in moments} == moments


@pytest.mark.parametrize(
    "scope",
    [
        {"licensee": ""},
        {"licensee": "a\tb"},
        {"licensee": "x" * 500},
        {"territory": "UK"},
        {"term": "soon"},
        {"start": date(2026, 11, 21)},
        {"start": date(2030, 1, 1)},
        {"subject": replace(SUBJECT, credits=("line\nbreak",))},
    ],
)
def test_a_bad_scope_is_refused_in_one_line(scope: dict[str, object]) -> None:
    """What cannot be granted is refused before anything is quoted."""
    with pytest.raises(BadInputError) as caught:
        make_quote(**scope)  # type: ignore[arg-type]  # each is of the right type
    assert "\n" not in str(caught.value)


def test_numbers_are_fixed_and_differ() -> None:
    """A licence's number follows from its id and nonce alone."""
    number = licence_number("licence-1", "0f" * 32)
    assert number == licence_number("licence-1", "0f" * 32)
    assert len(number) == len("CL-0000-0000-0000-0000")
    assert number != licence_number("licence-1", "10" * 32)
    assert number != licence_number("licence-2", "0f" * 32)


def test_the_summary_says_what_the_terms_say() -> None:
    """Every value of the summary stands in the filled terms too."""
    for template in all_templates():
        quoted = make_quote(template.id, territory="DE,FR")
        summary = summarise(quoted)
        for label, value in summary.allowed:
            if label != "Exclusive":
                assert value in quoted.text, label
        assert summary.not_allowed[-1] in quoted.text
        assert summary.notes[0] in quoted.text


VECTORS = Path(__file__).resolve().parents[1] / "vectors" / "licensing"


@pytest.mark.parametrize("name", sorted(path.name for path in VECTORS.glob("terms-v1-*.json")))
def test_terms_of_the_first_format_are_read(name: str) -> None:
    """Terms quoted in November 2026 read as they were, grant no exclusivity, and still print."""
    terms = (VECTORS / name).read_bytes()
    quoted = read_terms(terms)
    assert quoted.terms == terms
    assert (quoted.template_version, quoted.exclusivity, quoted.exclusive) == (
        "1.0.0",
        "none",
        False,
    )
    assert (quoted.client, quoted.sector, quoted.law, quoted.amends) == (None, None, None, None)
    assert quoted.territory == ("DE", "FR")
    assert dict(summarise(quoted).allowed)["Exclusive"] == "no"
    assert issue(quoted, "licence-1", "CL-1", NOW)["terms"].encode() == terms
    drawn = draw_certificate(Certificate("licence-1", "CL-1", quoted, "ef" * 32, NOW))
    assert drawn.startswith(b"%PDF-")
