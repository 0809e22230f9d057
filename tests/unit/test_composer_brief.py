"""Briefs and the catalogue: what is refused, and how it is said."""

from fractions import Fraction

import pytest
from small_corpus import small_model

from clearcue.composer.brief import Brief, parse_seconds
from clearcue.composer.catalogue import catalogue
from clearcue.composer.compose import compose
from clearcue.composer.errors import BriefError


@pytest.mark.parametrize(
    ("text", "seconds"), [("30", 30), ("5", 5), ("300", 300), ("12.5", Fraction(25, 2))]
)
def test_reads_lengths(text, seconds):
    """A plain decimal in range is read exactly."""
    assert parse_seconds(text) == seconds


@pytest.mark.parametrize("text", ["4.999", "301", "-5", "", "abc", "1e2", "30.0001", "٣٠", "nan"])
def test_refuses_other_lengths(text):
    """Anything else is refused with what would be accepted."""
    with pytest.raises(BriefError, match=r"from 5 to 300|three decimals"):
        parse_seconds(text)


@pytest.mark.parametrize(
    "brief",
    [
        Brief("gloomy", "ad", Fraction(30)),
        Brief("calm", "opera", Fraction(30)),
        Brief("calm", "ad", Fraction(30), "polka"),
    ],
)
def test_an_unknown_name_is_refused_with_those_that_exist(brief):
    """The message names what there is to choose from."""
    with pytest.raises(BriefError, match="choose one of"):
        compose(small_model(), brief, 1)


def test_the_catalogue_holds_what_the_product_promises():
    """Six moods, six usages, and a style for every mood."""
    entries = catalogue()
    assert {"uplifting", "tense", "playful", "romantic", "calm", "epic"} <= set(entries.moods)
    assert {"ad", "social", "corporate", "podcast", "film", "game"} <= set(entries.usages)
    assert all(name in entries.styles for mood in entries.moods.values() for name, _ in mood.styles)
