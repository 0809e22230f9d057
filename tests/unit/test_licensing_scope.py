"""Territory, term and names."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearcue.errors import BadInputError
from clearcue.licensing.scope import (
    read_name,
    read_term,
    read_territory,
    term_in_words,
    territory_in_words,
)


@pytest.mark.parametrize(
    ("term", "first", "last"),
    [
        ("P1Y", date(2026, 11, 22), date(2027, 11, 21)),
        ("P6M", date(2026, 8, 31), date(2027, 2, 27)),  # 31 February is the 28th
        ("P1Y", date(2024, 2, 29), date(2025, 2, 27)),
        ("P1Y6M", date(2026, 1, 1), date(2027, 6, 30)),
        ("p2w", date(2026, 12, 25), date(2027, 1, 7)),
        ("P1D", date(2026, 11, 22), date(2026, 11, 22)),
        ("perpetual", date(2026, 11, 22), None),
    ],
)
def test_terms_end_where_the_calendar_says(term: str, first: date, last: date | None) -> None:
    """The last day is the day before the same day of the end's month, within that month."""
    assert read_term(term).last_day(first) == last


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "1Y",
        "P0D",
        "P1.5Y",
        "PT1H",
        "P1Y ; DROP",
        "forever",
        "-P1Y",
        "P51Y",
        "P1M1Y",
        "P١Y",
    ],
)
def test_what_is_no_term_is_refused_in_one_line(text: str) -> None:
    """The error says what a term looks like."""
    with pytest.raises(BadInputError, match="PERPETUAL") as caught:
        read_term(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("given_text", "codes"),
    [
        ("DE", ("DE",)),
        ("de, at CH,de", ("AT", "CH", "DE")),
        ("world", ("WORLD",)),
    ],
)
def test_territories_are_sorted_codes(given_text: str, codes: tuple[str, ...]) -> None:
    """Case, order and repetition do not matter."""
    assert read_territory(given_text) == codes


@pytest.mark.parametrize(
    ("given_text", "advice"),
    [
        ("", "no territory"),
        (" , ", "no territory"),
        ("UK", "write GB"),
        ("XX", "ISO 3166-1"),
        ("Germany", "ISO 3166-1"),
        ("WORLD,DE", "alone"),
        ("DE\nAT\x00", "ISO 3166-1"),
    ],
)
def test_what_is_no_territory_is_refused(given_text: str, advice: str) -> None:
    """The error says what to write instead."""
    with pytest.raises(BadInputError, match=advice) as caught:
        read_territory(given_text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "   ",
        "a\nb",
        "a\x00b",
        "a\u202eb",
        "a\u200bb",
        "x" * 121,
        "\ud800",
        "\u0301",
        "--",
        "\ue000",
    ],
)
def test_bad_names_are_refused(name: str) -> None:
    """Empty, over-long, invisible and direction-changing names are refused in one line."""
    with pytest.raises(BadInputError, match="licensee") as caught:
        read_name(name, "licensee")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("  Wüst   &  Söhne ", "Wüst & Söhne"),
        ("Wu\u0308st", "Wüst"),
        ("株式会社", "株式会社"),
        ("{licensor}", "{licensor}"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("x" * 120, "x" * 120),
    ],
)
def test_names_are_kept_in_composed_form(name: str, kept: str) -> None:
    """Names of any script stay, in one Unicode form, with single spaces."""
    assert read_name(name, "licensee") == kept


@given(st.text(max_size=200))
def test_any_text_is_a_name_or_refused(text: str) -> None:
    """Whatever comes in, a name that can be read again as itself comes out, or our own error."""
    try:
        name = read_name(text, "licensee")
    except BadInputError:
        return
    assert read_name(name, "licensee") == name


@given(st.text(max_size=30))
def test_any_text_is_a_scope_or_refused(text: str) -> None:
    """Readers of terms and territories give a value or our own error, nothing else."""
    for reader in (read_term, read_territory):
        with suppress(BadInputError):
            assert reader(text)


def test_scopes_in_words() -> None:
    """Words for countries and days are English, whatever the locale."""
    assert territory_in_words(("WORLD",)) == "worldwide"
    assert territory_in_words(("DE",)) == "Germany"
    assert territory_in_words(("AT", "CH", "DE")) == "Austria, Germany and Switzerland"
    assert term_in_words(date(2026, 3, 1), None) == "from 1 March 2026, without end"
    assert (
        term_in_words(date(2026, 3, 1), date(2026, 3, 31))
        == "from 1 March 2026 up to and including 31 March 2026 (UTC)"
    )
