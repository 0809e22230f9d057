"""`clearcue sources` on a folder that a track was made into."""

import json
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner
from small_corpus import small_model

from clearcue.cli.main import cli
from clearcue.composer.brief import Brief
from clearcue.composer.compose import compose
from clearcue.services.lineage_file import lineage_json


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the lineage of a track of 15 s."""
    made = tmp_path_factory.mktemp("track")
    piece = compose(small_model(), Brief("calm", "film", Fraction(15)), 3, candidates=3)
    (made / "lineage.json").write_text(json.dumps(lineage_json(piece)))
    return made


@pytest.mark.parametrize("bar", [1, 2, 3])
def test_a_bar_s_works_come_with_title_and_evidence(folder, bar):
    """Shares are exact and sum to one; works have title, licence and the words that clear them."""
    done = CliRunner().invoke(cli, ["sources", str(folder), "--bar", str(bar), "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert sum(Fraction(source["share"]) for source in found["sources"]) == 1
    works = [source for source in found["sources"] if source["kind"] == "work"]
    assert sum(Fraction(work["share"]) for work in works) == Fraction(found["learnt"])
    assert all(work["title"] and work["evidence"][0]["quote"] for work in works)


def test_the_listing_names_works_and_rules(folder):
    """On a terminal the same is listed, works first, each with its percent."""
    done = CliRunner().invoke(cli, ["sources", str(folder), "--part", "melody"])
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0].startswith("the whole track, melody")
    assert any("music21:" in line for line in lines)
    assert any("melody" in line and "styles/" in line for line in lines)


def test_a_bar_beyond_the_end_is_bad_input(folder):
    """A bar that is not there ends with one line that says which are."""
    done = CliRunner().invoke(cli, ["sources", str(folder), "--bar", "999"])
    assert done.exit_code != 0
    assert "the track has bars 1 to" in str(done.exception)
