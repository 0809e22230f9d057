"""What a producer may wish for: read from short texts, refused in plain words, kept plainly."""

from dataclasses import replace
from fractions import Fraction

import pytest
from small_corpus import small_model

from clearcue.composer.brief import Brief, plain_brief, read_brief
from clearcue.composer.compose import compose
from clearcue.composer.errors import BriefError
from clearcue.composer.wishes import (
    Hit,
    KeyWish,
    mood_point,
    parse_adventure,
    parse_hit,
    parse_key,
    parse_mood,
    parse_style,
    parse_tempo,
    style_shares,
)

PLAIN = Brief("uplifting", "ad", Fraction(30), "corporate-pop")


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (parse_hit, "12.5=drop", Hit(12_500, "drop")),
        (parse_hit, " 3 = stop ", Hit(3000, "stop")),
        (parse_adventure, "0.35", 35),
        (parse_adventure, "1", 100),
        (parse_tempo, "92.5", Fraction(185, 2)),
        (parse_key, "D", KeyWish(2)),
        (parse_key, "Dm", KeyWish(2, "minor")),
        (parse_key, "bb mixolydian", KeyWish(10, "mixolydian")),
        (parse_key, "F# harmonic minor", KeyWish(6, "harmonic-minor")),
        (parse_mood, "calm", "calm"),
        (parse_mood, " 40, -0 ", "40,0"),
        (parse_style, "piano-solo", "piano-solo"),
        (parse_style, "lo-fi:3 + jazz-trio:2", "lo-fi:60+jazz-trio:40"),
        (parse_style, "lo-fi:60+lo-fi:40", "lo-fi"),
        (parse_style, "a:99+b:1", "a:99+b:1"),
    ],
)
def test_reads_what_is_wished_for(read, text, value):
    """Each short text has one value, whatever its spaces."""
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text", "hint"),
    [
        (parse_hit, "drop", "12.5=drop"),
        (parse_hit, "-1=drop", "12.5=drop"),
        (parse_hit, "3=bang", "drop, stop, accent, lift"),
        (parse_adventure, "1.01", "0 to 1"),
        (parse_adventure, "0.355", "hundredths"),
        (parse_tempo, "12", "40 to 240"),
        (parse_tempo, "1e2", "40 to 240"),
        (parse_key, "H minor", "tonic"),
        (parse_key, "Dm major", "tonic"),
        (parse_key, "D blues", "mixolydian"),
        (parse_mood, "40,-101", "-100 to 100"),
        (parse_mood, "40", "40,-20"),
        (parse_style, "a:60+b", "weights"),
        (parse_style, "a:60+b:0", "weights"),
        (parse_style, "a:1+b:1+c:1", "two styles"),
    ],
)
def test_refuses_the_rest_with_what_would_do(read, text, hint):
    """The message names what would be accepted."""
    with pytest.raises(BriefError, match=hint):
        read(text)


def test_points_and_blends_are_told_from_names():
    """The canonical texts give their numbers; names give none of their own."""
    assert mood_point("40,-20") == (40, -20)
    assert mood_point("calm") is None
    assert style_shares("lo-fi:60+jazz-trio:40") == (("lo-fi", 60), ("jazz-trio", 40))
    assert style_shares("lo-fi") == (("lo-fi", 100),)


@pytest.mark.parametrize(
    ("wish", "hint"),
    [
        ({"adventure": 101}, "0 to 100"),
        ({"hits": (Hit(30_000, "drop"),)}, "inside the music"),
        ({"hits": (Hit(0, "drop"),)}, "inside the music"),
        ({"hits": (Hit(9000, "drop"), Hit(9000, "stop"))}, "same moment"),
        ({"hits": tuple(Hit(1000 + n, "accent") for n in range(17))}, "too many"),
    ],
)
def test_a_brief_refuses_wishes_that_cannot_be(wish, hint):
    """What no music of that length could meet is refused before any is composed."""
    with pytest.raises(BriefError, match=hint):
        replace(PLAIN, **wish)


def test_the_plain_form_says_what_was_asked_and_no_more():
    """A brief without wishes reads as it did before there were any; with them, it comes back."""
    old = {"mood": "uplifting", "usage": "ad", "seconds": "30", "style": "corporate-pop"}
    assert plain_brief(PLAIN) == old
    assert read_brief({**old, "seed": 7, "track_id": "x"}) == PLAIN
    full = Brief(
        "40,-20", "ad", Fraction(25, 2), "lo-fi:60+jazz-trio:40", 35,
        (Hit(4000, "drop"), Hit(8500, "stop")), Fraction(185, 2), KeyWish(10, "minor"),
    )  # fmt: skip
    assert read_brief(plain_brief(full)) == full


@pytest.mark.parametrize("tempo", [Fraction(92), Fraction(250, 2), Fraction(60)])
@pytest.mark.parametrize("seconds", [15, 30, 60])
def test_a_tempo_is_met_nearly_and_the_length_exactly(tempo, seconds):
    """The number of beats is even, so the tempo comes within a beat of the whole length."""
    brief = replace(PLAIN, seconds=Fraction(seconds), tempo_bpm=tempo)
    score = compose(small_model(), brief, 3).score
    assert abs(score.tempo.bpm / float(tempo) - 1) < 60 / float(tempo) / seconds
    assert score.length_seconds == seconds
    last = score.bars[-2] * score.tempo.microseconds_per_quarter / 480 / 1_000_000
    assert 0.7 <= seconds - last <= 1.5


def test_a_key_is_met():
    """A tonic alone leaves the mode to the mood; a mode that the mood lacks is refused."""
    dorian = Brief("calm", "ad", Fraction(15), key=KeyWish(2, "dorian"))
    assert compose(small_model(), dorian, 3).score.key.name == "D dorian"
    assert compose(small_model(), replace(dorian, key=KeyWish(9)), 3).score.key.tonic == 9
    with pytest.raises(BriefError, match="calm music is written in major, lydian, dorian"):
        compose(small_model(), replace(dorian, key=KeyWish(2, "phrygian")), 3)
