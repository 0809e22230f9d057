"""Licence templates and prices as data."""

import re
from datetime import date

import pytest

from clearcue.errors import BadInputError
from clearcue.licensing.errors import TermsError
from clearcue.licensing.prices import read_price_list
from clearcue.licensing.scope import read_term
from clearcue.licensing.tables import read_data, territory_names
from clearcue.licensing.templates import (
    CURRENT,
    all_templates,
    find_template,
    load_template,
    template_for_usage,
)

USAGES = ("ad", "social", "corporate", "podcast", "film", "game")


def test_every_template_loads_and_is_a_draft() -> None:
    """Each template's text has the pinned digest, and nobody claims that counsel reviewed it."""
    for template in all_templates():
        assert template.status == "draft, not reviewed by counsel"
        assert "Status: {status}." in template.text
        assert template.media
        assert load_template(template.id, template.version) == template


def test_the_first_versions_are_still_there() -> None:
    """The templates of the first version load, with the text that their digest stands for."""
    for template_id in ("social-organic", "ad-web", "corporate", "podcast", "film", "game"):
        template = load_template(template_id, "1.0.0")
        assert template.status in template.text
        assert "Exclusivity" not in template.text


def test_texts_say_what_a_licence_must() -> None:
    """Each text has the contractual permission and the prohibitions, and promises no right."""
    for template in all_templates():
        for words in (
            "So far as a right subsists",
            "This permission stands by itself",
            "Standalone use:",
            "Content ID:",
            "AI training:",
            "Sensitive uses",
            "does not warrant that the music is protected by copyright",
        ):
            assert words in template.text, (template.id, words)
        assert not re.search(r"(?i)copyright.free|royalty.free|100 ?%|guarantee", template.text)


def test_every_usage_has_one_template() -> None:
    """What a track can be made for leads to exactly one template."""
    found = [usage for template in all_templates() for usage in template.usages]
    assert sorted(found) == sorted(USAGES)
    assert template_for_usage("ad").id == "ad-web"
    with pytest.raises(BadInputError, match="no licence template fits"):
        template_for_usage("ringtone")


def test_an_unknown_template_is_refused_with_the_known_ones() -> None:
    """The error names what could be given."""
    with pytest.raises(BadInputError, match="social-organic, ad-web"):
        find_template("../prices")
    with pytest.raises(TermsError, match=r"no licence template ad-web 9\.9\.9"):
        load_template("ad-web", "9.9.9")


def test_every_template_has_a_price() -> None:
    """The example price list covers every template."""
    assert set(read_price_list().base_minor) == set(CURRENT)


@pytest.mark.parametrize(
    ("template", "countries", "term", "minor"),
    [
        ("ad-web", 1, "P1Y", 7900),
        ("ad-web", 1, "P3M", 4800),  # 4740, rounded up to a whole euro
        ("ad-web", 1, "P4M", 6400),  # 6320: the next longer line counts
        ("ad-web", 2, "P1Y", 11900),  # 11850
        ("ad-web", 20, "P2Y", 25300),  # 25280
        ("film", 249, "P50Y", 123800),  # 9900 x 2.5 x 5 = 123750
        ("film", 0, "PERPETUAL", 123800),  # worldwide
        ("social-organic", 1, "P365D", 1900),
        ("social-organic", 1, "P366D", 3100),  # 3040
    ],
)
def test_prices_by_hand(template: str, countries: int, term: str, minor: int) -> None:
    """Prices follow the table; the figures were worked out by hand."""
    prices = read_price_list()
    territory = tuple(territory_names())[:countries] if countries else ("WORLD",)
    start = date(2026, 11, 22)
    assert prices.price(template, territory, read_term(term), start).amount_minor == minor


@pytest.mark.parametrize(
    "change",
    [
        (b'currency = "EUR"', b""),
        (b"percent = 60", b"percent = -60"),
        (b"round_up_to_minor = 100", b"round_up_to_minor = 0"),
        (b'up_to = "P3M"', b'up_to = "soon"'),
        (b"[world]", b"[world"),
    ],
)
def test_a_price_list_that_was_edited_wrongly_is_refused(change: tuple[bytes, bytes]) -> None:
    """A list with a missing, negative or unreadable entry is refused, not guessed at."""
    data = read_data("prices.toml")
    assert change[0] in data
    with pytest.raises((TermsError, BadInputError)):
        read_price_list(data.replace(*change, 1))


def test_there_are_249_countries() -> None:
    """ISO 3166-1 has 249 officially assigned alpha-2 codes."""
    assert len(territory_names()) == 249
    assert all(re.fullmatch("[A-Z]{2}", code) for code in territory_names())
