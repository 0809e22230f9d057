"""Terms of protection: hand-calculated cases from the statutes."""

import pytest

from clearcue.rights.public_domain import RULES, reckon
from clearcue.rights.values import Composition, Creator, Standing, Territory

FREE, PROTECTED = Standing.PUBLIC_DOMAIN, Standing.PROTECTED


def _work(published: int | None, *died: int | None, anonymous: bool | None = None) -> Composition:
    creators = tuple(Creator(f"C{i}", "composer", None, year) for i, year in enumerate(died))
    return Composition("T", creators or None, published, anonymous)


@pytest.mark.parametrize(
    ("published", "died", "year", "expected"),
    [
        (1930, [1950], 2025, (None, None)),  # the 95th year after 1930 is 2025
        (1930, [1950], 2026, (FREE, "us-95-years-from-publication")),
        (1931, [1950], 2026, (None, None)),  # renewed or not: unknown
        (1977, [1980], 2026, (None, None)),
        (1980, [1990], 2060, (PROTECTED, "us-life-plus-70")),
        (1980, [1990], 2061, (FREE, "us-life-plus-70")),
        (1990, [1970], 2041, (PROTECTED, "us-published-1978-to-2002")),  # made before 1978
        (1990, [1970], 2048, (FREE, "us-life-plus-70")),
        (2003, [1950], 2021, (FREE, "us-life-plus-70")),
        (1990, [None], 2026, (None, None)),
        (1990, [1950, None], 2026, (None, None)),
        (None, [1827], 2026, (None, None)),  # never published in time, for all that is known
    ],
)
def test_the_united_states(
    published: int | None, died: list[int | None], year: int, expected: tuple[object, object]
) -> None:
    """17 USC 302 to 305: 95 years from publication before 1978, life and 70 after."""
    assert reckon(_work(published, *died), Territory.US, year) == expected


@pytest.mark.parametrize(
    ("died", "year", "expected"),
    [
        ([1955], 2025, (PROTECTED, "eu-life-plus-70")),
        ([1955], 2026, (FREE, "eu-life-plus-70")),
        ([1900, 1956], 2026, (PROTECTED, "eu-life-plus-70")),  # the last surviving author
        ([None, 1989], 2026, (PROTECTED, "eu-life-plus-70")),  # one is enough to protect
        ([1827, None], 2026, (None, None)),
        ([], 2026, (None, None)),
    ],
)
def test_the_european_union(
    died: list[int | None], year: int, expected: tuple[object, object]
) -> None:
    """Directive 2006/116/EC, article 1(1) and (2): 70 years after the last author's death."""
    assert reckon(_work(None, *died), Territory.EU, year) == expected


def test_an_anonymous_work_is_free_70_years_after_publication() -> None:
    """Article 1(3); without a year of publication, or without the word, nothing is known."""
    rule = "eu-anonymous-70-years-from-publication"
    assert reckon(_work(1900, anonymous=True), Territory.EU, 1970) == (PROTECTED, rule)
    assert reckon(_work(1900, anonymous=True), Territory.EU, 1971) == (FREE, rule)
    assert reckon(_work(None, anonymous=True), Territory.EU, 2026) == (None, None)
    assert reckon(_work(1900), Territory.EU, 2026) == (None, None)


def test_a_poets_years_do_not_count() -> None:
    """Only those who made the music are reckoned with; the words have a term of their own."""
    poet = Creator("P", "lyricist", None, 1990)
    composer = Creator("C", "composer", None, 1900)
    work = Composition("T", (composer, poet), None)
    assert reckon(work, Territory.EU, 2026) == (FREE, "eu-life-plus-70")


def test_every_rule_names_its_source() -> None:
    """Each rule but the stated one cites a statute."""
    assert all(
        "USC" in text or "2006/116" in text for name, text in RULES.items() if name[0] in "ue"
    )
