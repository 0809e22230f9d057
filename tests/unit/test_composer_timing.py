"""Bars and tempo: exact lengths, moments met on bar lines, and what is said when they cannot be."""

import re
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearcue.composer.brief import Brief
from clearcue.composer.errors import BriefError
from clearcue.composer.timing import TOLERANCE_US, Grid, grid
from clearcue.composer.wishes import Hit

SPAN = (96, 124)


def brief(seconds: int, *hits: tuple[int, str], tempo: int | None = None) -> Brief:
    """A brief with hits in milliseconds."""
    wish = None if tempo is None else Fraction(tempo)
    times = tuple(Hit(*hit) for hit in hits)
    return Brief("uplifting", "ad", Fraction(seconds), hits=times, tempo_bpm=wish)


@pytest.mark.parametrize("at_ms", [2500, 7310, 12500, 21007, 28700])
def test_one_hit_is_met_exactly(at_ms):
    """A bar begins on the hit to a tenth of a millisecond, and the end still rings."""
    laid = grid(brief(30, (at_ms, "drop")), SPAN, 110, False)
    (hit,) = laid.hits
    assert abs(laid.tempo.seconds_at(laid.bars[hit.bar]) - Fraction(at_ms, 1000)) < Fraction(
        1, 10_000
    )
    assert Fraction(7, 10) <= 30 - laid.tempo.seconds_at(laid.bars[-2]) <= Fraction(3, 2)


def planned(asked: Brief, span: tuple[int, int]) -> Grid | str:
    """The grid, or what the error says."""
    try:
        return grid(asked, span, sum(span) // 2, False)
    except BriefError as error:
        return str(error)


@given(
    st.lists(st.integers(1300, 28_000), min_size=1, max_size=4, unique=True).map(sorted),
    st.integers(60, 120),
)
def test_hits_are_met_within_ten_milliseconds_or_refused(times, slowest):
    """Whatever the hits: they lie on bar lines within the tolerance, or an error names moments."""
    asked = brief(30, *((at, "accent") for at in times))
    laid = planned(asked, (slowest, slowest + 24))
    if isinstance(laid, str):
        assert re.search(r"give a moment|possible near it: [0-9]", laid)
        return
    for hit, at in zip(laid.hits, times, strict=True):
        off = laid.tempo.seconds_at(laid.bars[hit.bar]) - Fraction(at, 1000)
        assert abs(off) * 1_000_000 <= TOLERANCE_US
    assert Fraction(7, 10) <= 30 - laid.tempo.seconds_at(laid.bars[-2]) <= Fraction(3, 2)
    assert all(960 <= after - before <= 1920 for before, after in pairwise(laid.bars[:-1]))


def test_the_moments_that_an_error_names_are_possible():
    """Of three hits that fit no tempo, the last is met at either moment that the error gives."""
    met = ((4_000, "drop"), (7_777, "lift"))
    said = 0
    for last in range(11_000, 14_000, 37):
        asked = planned(brief(30, *met, (last, "stop")), (104, 108))
        if isinstance(asked, str) and "possible near it" in asked and f"{last / 1000:g} s" in asked:
            for moment in re.findall(r"([0-9.]+) s", asked.partition("near it:")[2]):
                said += 1
                again = brief(30, *met, (int(Fraction(moment) * 1000), "stop"))
                assert not isinstance(planned(again, (104, 108)), str)
    assert said


@pytest.mark.parametrize(
    ("hits", "words"),
    [
        (((500, "drop"),), r"0\.5 s is too near to the start.*from [0-9.]+ s on"),
        (((9000, "drop"), (9300, "stop")), r"too near to the hit at 9 s"),
        (((29_600, "accent"),), r"no time to ring.*up to 29\.28 s"),
        (((28_370, "accent"),), r"too near to the last chord.*28\.52 to 29\.28 s"),
    ],
)
def test_a_hit_that_cannot_be_met_is_refused_with_what_can(hits, words):
    """The error says which moments are possible."""
    with pytest.raises(BriefError, match=words):
        grid(brief(30, *hits), (66, 70), 68, False)


def test_a_wished_tempo_gives_way_by_little_to_a_hit():
    """With a wish of 120 beats a minute the hit is met within fifteen percent of it."""
    laid = grid(brief(30, (12_345, "drop"), tempo=120), SPAN, 110, False)
    assert 102 <= laid.tempo.bpm <= 138
    without = grid(brief(30, tempo=120), SPAN, 100, False)
    assert 117 <= without.tempo.bpm <= 123


@given(st.integers(5000, 300_000), st.integers(60, 130))
def test_a_loop_is_whole_bars_long_to_the_millisecond(length_ms, slowest):
    """Its bars fill the length: the end of the last one is the end of the audio."""
    asked = Brief("uplifting", "loop", Fraction(length_ms, 1000))
    laid = grid(asked, (slowest, slowest + 20), slowest + 10, True)
    assert abs(laid.tempo.seconds_at(laid.bars[-1]) - asked.seconds) < Fraction(1, 1000)
    assert {after - before for before, after in pairwise(laid.bars)} == {1920}


@given(st.integers(5000, 300_000), st.integers(50, 140))
def test_an_end_rings_for_a_second_or_more(length_ms, slowest):
    """Without hits the last downbeat lies 1 to 1.48 s before the end, stings of 5 s included."""
    asked = Brief("uplifting", "ad", Fraction(length_ms, 1000))
    laid = grid(asked, (slowest, slowest + 20), slowest + 10, False)
    ring = asked.seconds - laid.tempo.seconds_at(laid.bars[-2])
    assert Fraction(99, 100) <= ring <= Fraction(149, 100)


def test_a_loop_with_hits_is_refused():
    """A loop has no first time round at which a moment could be met."""
    with pytest.raises(BriefError, match="no moments"):
        grid(brief(20, (5000, "drop")), SPAN, 110, True)
