"""Themes, loops and forms against what a teacher of composition would mark."""

from fractions import Fraction

import pytest
from small_corpus import small_model

from clearcue.composer.brief import Brief
from clearcue.composer.catalogue import catalogue
from clearcue.composer.compose import compose
from clearcue.composer.critic import hard_leaps, judge
from clearcue.composer.harmony import motion
from clearcue.composer.numerals import parse_numeral
from clearcue.composer.planning import plan
from clearcue.composer.randomness import Stream
from clearcue.composer.theme import Theme, Tone, chord_degrees, pitch_of
from clearcue.music.lineage import RuleSource
from clearcue.music.pitch import Key

RULE = RuleSource("rule", "file.toml", "1", "author", "Apache-2.0")
MIDDLE = 35
"""The scale step of the tonic in the octave of middle C (five octaves up)."""


def numerals(text):
    """Several numerals from one text."""
    return [parse_numeral(part) for part in text.split()]


def phrase(*bars):
    """A theme from (onset, length, step above the tonic) of each bar."""
    made = tuple(
        tuple(Tone(onset, length, MIDDLE + step, RULE, RULE) for onset, length, step in bar)
        for bar in bars
    )
    return Theme("A", made, ("motif",) * len(made))


def laid(usage, seconds, mood="uplifting"):
    """A plan for a brief."""
    entries = catalogue()
    brief = Brief(mood, usage, Fraction(seconds))
    style = entries.style("corporate-pop")
    return plan(brief, entries.mood(mood), entries.usage(usage), style, Stream("plan"))


@pytest.mark.parametrize(
    ("numeral", "degree", "pitch"),
    [("V", 6, 73), ("V", 0, 62), ("V", 1, 64), ("i", 6, 72), ("bII", 1, 63), ("V7/iv", 2, 66)],
)
def test_an_altered_degree_is_the_one_that_the_chord_writes(numeral, degree, pitch):
    """In D minor the dominant raises C to C sharp; it never lowers the tonic to it."""
    assert pitch_of(MIDDLE + degree, Key(2, "minor"), parse_numeral(numeral)) == pitch


def test_a_melody_avoids_the_root_over_a_major_seventh():
    """Third, fifth and seventh of Imaj7 may be stood on; the root rubs against the seventh."""
    key = Key(0, "major")
    assert chord_degrees(key, parse_numeral("Imaj7")) == {2, 4, 6}
    assert chord_degrees(key, parse_numeral("I")) == {0, 2, 4}


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("I vi ii V", "I IV I IV"),
        ("I V/vi vi IV", "I V/vi IV vi"),
        ("i bVI bIII bVII", "i V bVII bVI"),
        ("I IV ii V", "I IV V ii"),
    ],
)
def test_a_loop_that_moves_is_preferred(better, worse):
    """Fifths and resolved dominants beat chords that alternate, stall or fall back."""
    assert motion(numerals(better)) > motion(numerals(worse))


def test_hard_leaps_are_counted():
    """A tritone, a seventh and a leap over a ninth are hard; an octave and a sixth are not."""
    assert hard_leaps((60, 66)) == 1
    assert hard_leaps((60, 71, 60)) == 2
    assert hard_leaps((60, 76)) == 1
    assert hard_leaps((60, 72, 64, 67)) == 0


def test_the_critic_prefers_a_tune_to_an_exercise():
    """A motif that is sequenced and lands beats a scale and beats four bars of rocking."""
    key, chord = Key(0, "major"), parse_numeral("I")
    halves = ((chord, chord),) * 4
    tune = phrase(
        [(0, 6, 2), (6, 2, 3), (8, 8, 4)],
        [(0, 6, 0), (6, 2, 1), (8, 8, 2)],
        [(0, 4, 4), (4, 2, 5), (6, 2, 6), (8, 8, 7)],
        [(0, 6, 4), (6, 2, 3), (8, 6, 2)],
    )
    rocking = phrase(*[[(0, 4, 0), (4, 4, 1), (8, 4, 0), (12, 4, 1)]] * 4)
    scale = phrase(*[[(4 * i, 4, 4 * bar + i) for i in range(4)] for bar in range(4)])
    points = [judge(theme, halves, key).points for theme in (tune, rocking, scale)]
    assert points[0] > max(points[1:])


def test_the_critic_hears_a_tone_that_rubs():
    """A long fourth over a tonic triad costs points that its neighbour, the third, does not."""
    key, chord = Key(0, "major"), parse_numeral("I")
    halves = ((chord, chord),) * 4
    rest = [[(0, 6, 0), (6, 2, 1), (8, 8, 2)]] * 3
    fits = dict(judge(phrase([(0, 8, 4), (8, 8, 2)], *rest), halves, key).measures)
    rubs = dict(judge(phrase([(0, 8, 4), (8, 8, 3)], *rest), halves, key).measures)
    assert fits["fit"] > rubs["fit"]


@pytest.mark.parametrize("usage", sorted(catalogue().usages))
def test_an_intro_is_no_longer_than_the_usage_bears(usage):
    """Over many lengths the form's first section begins within the usage's longest intro."""
    longest = catalogue().usage(usage).intro_bars
    for seconds in range(8, 100):
        sections = laid(usage, seconds).sections
        assert sections[0].name != "intro" or sections[0].bars <= longest


def test_sections_fill_the_bars_without_gaps():
    """Each section begins where the one before ends, up to the last chord."""
    for seconds in (5, 7, 12, 15, 30, 60, 90, 180, 300):
        made = laid("ad", seconds)
        ends = [section.first_bar + section.bars for section in made.sections]
        assert [section.first_bar for section in made.sections] == [0, *ends[:-1]]
        assert ends[-1] == made.last_bar


def test_a_long_piece_breaks_and_brings_something_new():
    """From the second time round there is a break without a tune, and a third theme appears."""
    sections = laid("ad", 300).sections
    cycles = {section.cycle for section in sections}
    breaks = [section for section in sections if section.name == "break"]
    assert len(cycles) > 1
    assert [section.cycle for section in breaks] == sorted(cycles - {0})
    assert all(section.theme == "-" for section in breaks)
    assert "C" in {section.theme for section in sections}
    first, *_, last = [section for section in sections if section.name == "payoff"]
    assert last.energy > first.energy


def test_what_ornaments_add_is_the_rule_s_alone():
    """A tone that no work taught is ascribed to none: ornament, upbeat, cadence and close."""
    rules = {"melody.ornament", "melody.upbeat", "melody.close", "melody.cadence"}
    brief = Brief("uplifting", "ad", Fraction(60), "corporate-pop")
    piece = compose(small_model(), brief, 3, candidates=2)
    added = [
        shares
        for shares in piece.lineage.events["melody"]
        if any(isinstance(source, RuleSource) and source.rule in rules for source, _ in shares)
    ]
    assert added
    assert all(isinstance(source, RuleSource) for shares in added for source, _ in shares)
