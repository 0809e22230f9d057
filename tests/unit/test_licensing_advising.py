"""Which licence is needed, from plain words."""

import pytest

from clearcue.errors import BadInputError
from clearcue.licensing.advising import advise
from clearcue.licensing.templates import CURRENT

SAID = {
    "I post reels on Instagram for my bakery": "social-organic",
    "my YouTube vlog about trains": "social-organic",
    "a web series on YouTube": "social-organic",
    "an Instagram ad in Germany for six months": "ad-web",
    "I want to boost a post on Facebook": "ad-web",
    "pre-roll ads for a client": "ad-web",
    "intro music for my podcast, worldwide, forever": "podcast",
    "an image film for our company website": "corporate",
    "internal training videos": "corporate",
    "a TV commercial in Austria and Switzerland": "ad-broadcast",
    "cinema ads for a car brand, exclusively": "ad-broadcast",
    "a documentary for festivals": "film",
    "a mobile game with twelve levels": "game",
    "background sound in our restaurants": "in-store",
    "waiting loop for our telephone": "in-store",
    "six episodes of a series for public television": "series",
}


@pytest.mark.parametrize(("text", "template"), SAID.items())
def test_words_lead_to_one_template(text: str, template: str) -> None:
    """Each way to say it leads to its template, with the words that decided and its limits."""
    found = advise(text)
    assert found.template.id == template
    assert found.heard
    assert all(f"“{word}”" in found.reason for word in found.heard)
    assert found.template.limits in found.not_covered


def test_every_template_can_be_reached() -> None:
    """No template is without words that lead to it."""
    assert set(SAID.values()) == set(CURRENT)


@pytest.mark.parametrize(
    ("text", "territory", "term", "exclusivity"),
    [
        ("an ad in Germany for six months", ("DE",), "P6M", "none"),
        ("ads in the EU for 2 years", 27, "P2Y", "none"),
        ("ads in France, Italy and the UK, forever", ("FR", "GB", "IT"), "PERPETUAL", "none"),
        ("a podcast for half a year, exclusive", ("WORLD",), "P6M", "full"),
        ("an ad that no competitor may use, worldwide", ("WORLD",), "P1Y", "sector"),
        ("my podcast", ("WORLD",), "P1Y", "none"),
        ("a spot on tv in DE, AT", ("AT", "DE"), "P1Y", "none"),
    ],
)
def test_words_lead_to_a_scope(
    text: str, territory: tuple[str, ...] | int, term: str, exclusivity: str
) -> None:
    """Where, how long and for whom alone are heard; what is not said is said to be taken."""
    found = advise(text)
    if isinstance(territory, int):
        assert len(found.territory) == territory
    else:
        assert found.territory == territory
    assert (found.term, found.exclusivity) == (term, exclusivity)


def test_what_is_not_said_is_told() -> None:
    """An answer names what it took for itself."""
    assert len(advise("my podcast").assumed) == 2
    assert advise("my podcast in Austria for a year").assumed == ()


@pytest.mark.parametrize("text", ["", "music", "a ringtone", "radio ads", "x" * 1001])
def test_words_that_say_nothing_are_refused(text: str) -> None:
    """Where no template fits, the answer says what to say instead of guessing."""
    with pytest.raises(BadInputError, match="say"):
        advise(text)
