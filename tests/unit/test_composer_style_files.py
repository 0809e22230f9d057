"""Style files: the documented example, and what is refused with which words."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from clearcue.cli.styles import styles
from clearcue.composer.catalogue import catalogue
from clearcue.composer.errors import BriefError, StyleError
from clearcue.composer.style import tempo_range
from clearcue.composer.style_file import read_style
from clearcue.errors import BadInputError

PAGE = Path(__file__).resolve().parents[2] / "docs" / "styles.md"
EXAMPLE = re.search(r"```toml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)[1]


def read(text: str):
    """The style of a text, called `mine.toml`."""
    return read_style("mine", "mine.toml", text)


def test_the_documented_example_is_a_style():
    """The page's complete small style is read, spaces in its patterns and all."""
    style = read(EXAMPLE)
    assert [layer.kind for layer in style.layers] == ["melody", "strum", "bass", "drums"]
    assert style.layers[1].patterns[0] == "D---d-u-..u-d-u-"
    assert style.source.author == "Your name"
    assert style.swing.played(240) == 288


WRONG = {
    "an unknown field": (
        "tempo_bpm = [84, 120]", "tempo = [84, 120]", "tempo: .*did you mean tempo_bpm",
    ),
    "a range backwards": (
        "[84, 120]", "[120, 84]", "tempo_bpm: .*no range within 40 to 200",
    ),
    "an instrument misspelt": (
        '["upright_bass"]', '["upright_bas"]', "'bass': instruments: .*did you mean upright_bass",
    ),
    "a kit for a tune": (
        '["clarinet", "acoustic_guitar"]', '["brush_kit"]', "cannot play a melody",
    ),
    "a strange character": ("R-------", "Q-------", "'bass': cells: .*'Q'; a bass layer's"),
    "a step too few": ("....6... ....6...", "....6... ....6..", "'snare': bars: .*has 15 steps"),
    "cells of two lengths": ('"R---5--- R---5---"', '"R---5---"', "differ in length"),
    "an unknown drum": ('drum = "hat"', 'drum = "hats"', "did you mean hat"),
    "an unknown kind": ('kind = "strum"', 'kind = "strumming"', "kind: .*did you mean strum"),
    "an energy of 140": ("enter = 40", "enter = 140", "140 is no whole number from 0 to 100"),
    "a number as text": ("velocity = 86", 'velocity = "86"', "velocity: '86' is no whole number"),
    "no melody": ('kind = "melody"', 'kind = "double"', "exactly one layer of the kind melody"),
    "two layers of one name": ('name = "guitar"', 'name = "bass"', "names of their own"),
    "too much in a swing": ("first = 60", "first = 100\nextra = 1", "extra: is no field"),
    "an impossible swing": ("second = 40", "second = 4", "triplets are 2 to 1"),
    "a chord's strange ending": (
        '["7"]\ndominant', '["jazzy"]\ndominant', "no ending of a chord",
    ),
    "no author": ('author = "Your name"\n', "", "file: author: is missing; add it"),
    "a register too narrow": ("register = [60, 82]", "register = [60, 66]", "less than an octave"),
    "no TOML": ("[swing]", "[swing", "is no TOML"),
    "a source nobody named": (
        'name = "bass"', 'name = "bass"\nfrom = "somewhere"', "from: there is no 'somewhere'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", sorted(WRONG))
def test_a_wrong_file_is_refused_by_place_and_reason(case):
    """Each mistake is named with the file, the place and what to do."""
    before, after, words = WRONG[case]
    assert before in EXAMPLE
    with pytest.raises(StyleError, match=f"mine.toml: .*{words}"):
        read(EXAMPLE.replace(before, after, 1))


SOURCE = """
[[source]]
name = "field book"
author = "A. Drummer"
licence = "%s"
evidence = "https://example.org/field-book states its licence"
"""


def test_a_layer_from_a_source_names_it():
    """Lineage has the source's author and licence for that layer, the file's for the others."""
    borrowed = EXAMPLE.replace('name = "bass"', 'name = "bass"\nfrom = "field book"')
    style = read(borrowed + SOURCE % "CC0-1.0")
    layers = {layer.name: layer for layer in style.layers}
    assert layers["bass"].rule("cells").author == "A. Drummer"
    assert layers["bass"].rule("cells").licence == "CC0-1.0"
    assert layers["guitar"].rule("cells").author == "Your name"


@pytest.mark.parametrize("licence", ["CC-BY-SA-4.0", "GPL-2.0-or-later", "All rights reserved"])
def test_a_source_that_is_not_cleared_is_refused(licence):
    """Terms with conditions, and terms that nobody knows, let no pattern in."""
    with pytest.raises(StyleError, match="source 'field book': licence"):
        read(EXAMPLE + SOURCE % licence)


@given(st.dictionaries(st.text(max_size=12), st.integers() | st.text() | st.lists(st.integers())))
def test_any_table_is_read_or_refused_in_our_words(table):
    """Whatever stands in a file, nothing but our own error comes out."""
    lines = "\n".join(f"{json.dumps(key)} = {json.dumps(value)}" for key, value in table.items())
    try:
        tomllib.loads(lines)
        read(lines)
    except (StyleError, tomllib.TOMLDecodeError):
        return
    raise AssertionError("a table without layers is no style")


def test_styles_of_before_still_work():
    """Names that styles went by are theirs still; another name is answered with a near one."""
    known = catalogue()
    for old, new in (("chill-keys", "lo-fi"), ("piano-ballad", "piano-solo"),
                     ("evening-jazz", "jazz-trio"), ("sunny-strum", "acoustic-folk")):  # fmt: skip
        assert known.style(old).name == new
    with pytest.raises(BriefError, match="did you mean lo-fi"):
        known.style("lofi")


def test_a_style_keeps_its_tempo_in_every_mood():
    """House is never slow and lo-fi never fast, whatever the mood asks for."""
    known = catalogue()
    for mood in known.moods.values():
        assert tempo_range(mood, known.styles["house"])[0] >= 118
        assert tempo_range(mood, known.styles["lo-fi"])[1] <= 90


def test_a_place_between_moods_moves_its_cues():
    """More arousal is faster, denser, louder; less valence is lower and darker in its modes."""
    known = catalogue()
    calm, wild = known.mood("10,-80"), known.mood("10,80")
    assert calm.tempo_bpm[1] < wild.tempo_bpm[0]
    assert calm.density[1] <= wild.density[1]
    assert calm.energy[1] < wild.energy[1]
    assert calm.articulation > wild.articulation
    glad, sad = known.mood("80,0"), known.mood("-80,0")
    assert sad.register < glad.register
    assert max(glad.modes, key=lambda entry: entry[1])[0] == "major"
    assert max(sad.modes, key=lambda entry: entry[1])[0] != "major"
    assert all(rule.rule.split(".")[0] in known.moods for rule in
               (sad.rule("palette", mode) for mode, _ in sad.modes))  # fmt: skip


def test_a_place_off_the_plane_is_refused():
    """Valence and arousal end at 100."""
    with pytest.raises(BriefError, match="outside the plane"):
        catalogue().mood("120,0")


def test_the_command_checks_a_file(tmp_path):
    """A right file is described; a wrong one is refused by name with exit code 2's error."""
    path = tmp_path / "mine.toml"
    path.write_text(EXAMPLE, "utf-8")
    found = json.loads(CliRunner().invoke(styles, ["check", str(path), "--json"]).stdout)
    assert found["valid"]
    assert found["name"] == "mine"
    path.write_text(EXAMPLE.replace("upright_bass", "tuba"), "utf-8")
    failed = CliRunner().invoke(styles, ["check", str(path)]).exception
    assert isinstance(failed, BadInputError)
    assert "there is no 'tuba'" in str(failed)
    assert failed.exit_code == 2


def test_the_command_lists_what_a_brief_may_name():
    """Styles, moods and usages are listed, for people and for machines."""
    found = json.loads(CliRunner().invoke(styles, ["list", "--json"]).stdout)
    assert len(found["styles"]) >= 16
    assert len(found["moods"]) >= 10
    assert set(catalogue().usages) == {usage["name"] for usage in found["usages"]}
    lines = CliRunner().invoke(styles, ["list"]).stdout
    assert "jazz-trio" in lines
    assert "(+50,-65)" in lines
