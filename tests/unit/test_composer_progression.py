"""The chords of a piece: phrases that close, dominants that resolve, a bass with direction."""

from fractions import Fraction
from itertools import pairwise

import pytest
from small_corpus import small_model

from clearcue.composer.brief import Brief
from clearcue.composer.catalogue import catalogue
from clearcue.composer.harmony import loop
from clearcue.composer.numerals import chord, parse_numeral
from clearcue.composer.plan import Plan
from clearcue.composer.planning import plan
from clearcue.composer.progression import Harmony, harmonise
from clearcue.composer.randomness import Stream
from clearcue.music.pitch import Key

SEEDS = range(24)


def harmony(mood: str, style: str, seed: int, usage: str = "film") -> tuple[Plan, Harmony]:
    """A plan of a minute and its chords."""
    entries = catalogue()
    brief = Brief(mood, usage, Fraction(60), style)
    stream = Stream("harmony", seed)
    laid = plan(brief, entries.mood(mood), entries.usage(usage), entries.style(style), stream)
    first = loop(laid, small_model(), stream.child("A"))
    second = loop(laid, small_model(), stream.child("B"), avoid=first[0].numeral.text)
    return laid, harmonise(laid, {"A": first, "B": second}, stream, stream.child("colour"))


def made() -> list[tuple[Plan, Harmony]]:
    """Harmonies of two moods that know secondary dominants."""
    return [
        harmony(mood, style, seed)
        for mood, style in (("romantic", "jazz-trio"), ("playful", "orchestral-comedy"))
        for seed in SEEDS
    ]


def test_every_secondary_dominant_reaches_its_goal():
    """Wherever a chord is another's dominant, the next new chord stands on that root."""
    found = 0
    for _, chords in made():
        halves = [half.numeral for bar in chords.bars for half in bar]
        for here, after in pairwise(halves):
            if here.resolves_to is not None and after != here:
                found += 1
                assert after.root == here.resolves_to
    assert found > 20


def test_a_suspension_is_prepared_and_resolved():
    """The tonic held over a dominant sounds in the chord before and falls to the leading tone."""
    found = 0
    for laid, chords in made():
        for bar in range(1, len(chords.bars)):
            first, second = (half.numeral for half in chords.bars[bar])
            if first.text == "Vsus4" and second.text in ("V", "V7") and bar < laid.last_bar - 1:
                found += 1
                before = chords.bars[bar - 1][1].numeral
                assert 0 in {(before.root + step) % 12 for step in before.intervals}
    assert found


def test_phrases_close_by_their_function():
    """Answers come to rest or turn away on the sixth degree; statements before them stay open."""
    rests, away, opens = 0, 0, 0
    for laid, chords in made():
        for section in laid.sections:
            for first in range(3, min(section.bars, laid.last_bar - 1 - section.first_bar), 4):
                ends = chords.bars[section.first_bar + first][1]
                rules = {str(getattr(source, "rule", "")) for source, _ in ends.shares}
                if "harmony.half-cadence" in rules:
                    opens += 1
                    assert ends.numeral.root == laid.cadence[-1].root
                if {"harmony.full-cadence", "harmony.plagal-cadence"} & rules:
                    rests += 1
                    assert ends.numeral.root == 0
                if "harmony.deceptive-cadence" in rules:
                    away += 1
                    assert ends.numeral.root in (8, 9)
    assert min(rests, opens, away) > 0


def test_a_pedal_is_held_where_no_tune_plays():
    """In some pieces the bass stays on the tonic under changing chords, and never a step off it."""
    found = 0
    for laid, chords in made():
        for section in laid.sections:
            if section.theme == "-":
                span = range(section.first_bar, section.first_bar + section.bars - 1)
                held = [half for bar in span for half in chords.bars[bar] if half.bass == 0]
                found += len(held)
                for half in held:
                    members = {(half.numeral.root + s) % 12 for s in half.numeral.intervals}
                    assert 0 in members or 1 not in members
    assert found


def test_an_inverted_bass_moves_by_step():
    """A third in the bass is left upward or downward by one or two semitones."""
    found = 0
    for _, chords in made():
        for here, after in pairwise(chords.chords):
            if any(getattr(one, "rule", "") == "harmony.inversion" for one, _ in here.shares):
                found += 1
                assert (after.chord.bass - here.chord.bass) % 12 in (1, 2, 10, 11)
    assert found


@pytest.mark.parametrize("seed", SEEDS)
def test_a_second_theme_in_another_region_opens_on_it_and_leads_back_to_it(seed):
    """A second loop that opens outside the mood's starts ends on its own chord's dominant."""
    laid, _ = harmony("uplifting", "corporate-pop", seed)
    stream = Stream("region", seed)
    entries = loop(laid, small_model(), stream, avoid="I")
    opening, last = entries[0].numeral, entries[-1].numeral
    if opening.text not in laid.mood.starts[laid.key.mode]:
        assert (opening.root - last.root) % 12 == 5


def test_an_inversion_is_written_below_the_symbol():
    """In D major the dominant over its third is A over C sharp; the root stays the fifth degree."""
    made = chord(parse_numeral("V"), Key(2, "major"), 0, 480, bass=11)
    assert (made.symbol, made.root, made.bass) == ("A/C#", 9, 1)
    assert chord(parse_numeral("V"), Key(2, "major"), 0, 480).bass == 9
    assert chord(parse_numeral("bVI"), Key(6, "minor"), 0, 480, bass=0).symbol == "D/F#"
    assert chord(parse_numeral("V7/vi"), Key(5, "major"), 0, 480, bass=8).symbol == "A7/C#"


@pytest.mark.parametrize(
    ("text", "goal"), [("V7/vi", 9), ("V/V", 7), ("ii/IV", None), ("VI/V", None), ("V", None)]
)
def test_only_a_dominant_wants_its_goal(text, goal):
    """A chord of a region that is not its dominant resolves nowhere by itself."""
    assert parse_numeral(text).resolves_to == goal
