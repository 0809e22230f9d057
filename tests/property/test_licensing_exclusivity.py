"""The conflict of two grants, compared with a plain model that counts single uses.

The model lists what a grant covers one by one: every medium, in every country, on every day. Two
grants meet when a single use is in both lists. The rule under test never lists anything.
"""

from datetime import date, timedelta
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st
from quoted import make_quote

from clearcue.licensing.errors import ConflictError
from clearcue.licensing.exclusivity import Exclusivity, Grant, conflict, grant_of, refuse_conflict

MEDIA = ("web-ad", "paid-social", "social-post")
COUNTRIES = ("AT", "DE", "FR")
SECTORS = ("banking", "food")
FIRST = date(2026, 11, 22)
DAYS = 6
"""The model's world: days beyond the last are one more day, which every endless grant covers."""

territories = st.one_of(
    st.just(frozenset({"WORLD"})), st.frozensets(st.sampled_from(COUNTRIES), min_size=1)
)


@st.composite
def grants(draw: st.DrawFn) -> Grant:
    """Any grant in the model's world."""
    first = draw(st.integers(0, DAYS - 1))
    last = draw(st.none() | st.integers(first, DAYS - 1))
    kind = draw(st.sampled_from(list(Exclusivity)))
    named = st.sampled_from(SECTORS)
    sector = draw(named if kind is Exclusivity.SECTOR else st.none() | named)
    return Grant(
        draw(st.frozensets(st.sampled_from(MEDIA), min_size=1)),
        draw(territories),
        FIRST + timedelta(days=first),
        None if last is None else FIRST + timedelta(days=last),
        kind,
        sector,
    )


def _uses(grant: Grant) -> set[tuple[str, str, int]]:
    """Every single use that a grant covers: medium, country, day."""
    countries = [*COUNTRIES, "elsewhere"] if "WORLD" in grant.territory else list(grant.territory)
    first = (grant.first_day - FIRST).days
    last = DAYS if grant.last_day is None else (grant.last_day - FIRST).days
    return set(product(grant.media, countries, range(first, last + 1)))


def _sectors(grant: Grant) -> set[str]:
    """The sectors that a grant may be used in."""
    return {*SECTORS, "others"} if grant.sector is None else {grant.sector}


def _clash(one: Grant, other: Grant) -> bool:
    """The plain model: does a single use of one break a promise made with the other?"""
    if not _uses(one) & _uses(other):
        return False
    for promise, use in ((one, other), (other, one)):
        if promise.exclusivity is Exclusivity.FULL:
            return True
        if promise.exclusivity is Exclusivity.SECTOR and promise.sector in _sectors(use):
            return True
    return False


@given(grants(), grants())
@settings(max_examples=2000, deadline=None)
def test_the_rule_is_the_plain_model(one: Grant, other: Grant) -> None:
    """For any two grants the rule decides as the model does, whichever of them comes first."""
    assert conflict(one, other) is conflict(other, one) is _clash(one, other)


@given(st.lists(grants(), max_size=12))
@settings(max_examples=300, deadline=None)
def test_what_is_let_in_one_by_one_never_clashes(asked: list[Grant]) -> None:
    """Grants that are let in only when they conflict with none before hold all promises."""
    let_in: list[Grant] = []
    for grant in asked:
        if not any(conflict(grant, other) for other in let_in):
            let_in.append(grant)
    for number, one in enumerate(let_in):
        assert not any(_clash(one, other) for other in let_in[:number])


@given(
    st.sampled_from(["DE", "AT,DE", "WORLD"]), st.sampled_from(["P1M", "P1Y", "PERPETUAL"]),
    st.sampled_from(["none", "sector", "full"]), st.sampled_from(["none", "sector", "full"]),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_a_refusal_names_the_conflict_and_nobody(
    territory: str, term: str, kind: str, other_kind: str
) -> None:
    """Quotes are refused exactly when their grants conflict, and never by the other's name."""
    asked = make_quote(licensee="Asker Ltd", territory="DE", exclusivity=kind, sector="Food")
    other = make_quote(
        licensee="Secret Brand Inc", client="Hidden Client", project="Project X",
        territory=territory, term=term, exclusivity=other_kind, sector=" food",
    )  # fmt: skip
    expected = _plain_conflict(kind, other_kind)
    assert conflict(grant_of(asked), grant_of(other)) is expected
    try:
        refuse_conflict(asked, [other])
        refused = None
    except ConflictError as error:
        refused = str(error)
    assert (refused is not None) is expected
    if refused is not None:
        assert "Germany" in refused
        assert "22 November 2026" in refused
        for secret in ("Secret", "Hidden", "Project X", "Asker"):
            assert secret not in refused


def _plain_conflict(kind: str, other_kind: str) -> bool:
    """By hand: both stand in one sector and overlap, so any exclusivity is in the way."""
    return {kind, other_kind} != {"none"}
