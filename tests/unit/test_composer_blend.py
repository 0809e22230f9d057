"""Blends of styles and adventure: who plays, what is pooled, and what lineage says of it."""

from fractions import Fraction
from itertools import pairwise

import pytest
from small_corpus import small_model

from clearcue.composer.adventure import adventurous_mood, adventurous_style, levelled, oddness
from clearcue.composer.brief import Brief
from clearcue.composer.catalogue import catalogue
from clearcue.composer.compose import Composition, compose
from clearcue.music.lineage import RuleSource

BLEND = "lo-fi:60+jazz-trio:40"


def piece(style: str, adventure: int = 0, seed: int = 4) -> Composition:
    """A short piece of a style."""
    brief = Brief("calm", "ad", Fraction(20), style, adventure)
    return compose(small_model(), brief, seed, candidates=3)


def test_a_blend_has_one_rhythm_section_and_the_colours_of_both():
    """Drums, bass, swing and tempo are the heavier style's; other layers come from both."""
    known = catalogue()
    style = known.style(BLEND)
    lofi, jazz = known.styles["lo-fi"], known.styles["jazz-trio"]
    assert (style.swing, style.tempo_bpm) == (lofi.swing, lofi.tempo_bpm)
    files = {layer.source.file for layer in style.layers if layer.role in ("drums", "bass")}
    assert files == {lofi.source.file}
    others = {layer.source.file for layer in style.layers if layer.role == "harmony"}
    assert others == {lofi.source.file, jazz.source.file}
    assert set(style.colours.major) == set(lofi.colours.major) | set(jazz.colours.major)
    assert lofi.colour_percent < style.colour_percent < jazz.colour_percent


def test_the_weights_of_a_blend_count():
    """Turned round, the other style leads; more weight brings more of its layers and cells."""
    known = catalogue()
    lofi, jazz = known.styles["lo-fi"], known.styles["jazz-trio"]
    assert known.style("lo-fi:40+jazz-trio:60").swing == jazz.swing
    counts = []
    for weight in (90, 60):
        style = known.style(f"lo-fi:{weight}+jazz-trio:{100 - weight}")
        counts.append(len(set(style.melody_cells) - set(lofi.melody_cells)))
    assert 0 < counts[0] < counts[1]


@pytest.mark.parametrize("pair", ["house:50+romantic-strings:50", "piano-solo:70+hip-hop:30"])
def test_strange_pairs_make_a_band(pair):
    """Any two styles have a melody, and names of their own for all layers."""
    style = catalogue().style(pair)
    names = [layer.name for layer in style.layers]
    assert len(set(names)) == len(names)
    assert [layer.kind for layer in style.layers].count("melody") == 1
    assert piece(pair).style == pair


def test_a_blend_is_the_same_piece_every_time_and_names_both_files():
    """Two calls agree; lineage names each layer's file, and both for what is pooled."""
    first, again = piece(BLEND), piece(BLEND)
    assert first == again
    files = {source.file for source in first.lineage.sources() if isinstance(source, RuleSource)}
    assert {"styles/lo-fi.toml", "styles/jazz-trio.toml"} <= files
    assert "styles/lo-fi.toml and styles/jazz-trio.toml" in files
    assert first.score.title.startswith("Calm lo fi and jazz trio")


def test_no_adventure_is_todays_choice():
    """At 0 mood and style are what they were."""
    known = catalogue()
    for mood in known.moods.values():
        assert adventurous_mood(mood, 0) is mood
    for style in known.styles.values():
        assert adventurous_style(style, 0) is style


def test_adventure_turns_weights_round_and_drops_the_regular():
    """Weights level at 50 and turn round at 100; the rhythms that are left are odder."""
    weights = (("I", 9), ("ii", 1))
    assert dict(levelled(weights, 50)) == {"I": 500, "ii": 500}
    assert dict(levelled(weights, 100)) == {"I": 100, "ii": 900}
    for style in catalogue().styles.values():
        odder = adventurous_style(style, 100)
        kept = [oddness(cell) for cell in odder.melody_cells]
        dropped = [oddness(cell) for cell in style.melody_cells if cell not in odder.melody_cells]
        assert len(kept) >= 3
        assert not dropped or max(dropped) <= min(kept)


def test_adventurous_tunes_leap_further():
    """Over some pieces the tune's moves grow wider with adventure."""
    widths = []
    for adventure in (0, 100):
        moves = []
        for seed in range(6):
            tune = piece("cinematic", adventure, seed).score.part("melody").notes
            moves += [abs(a.pitch - b.pitch) for a, b in pairwise(tune)]
        widths.append(sum(moves) / len(moves))
    assert widths[0] < widths[1]
