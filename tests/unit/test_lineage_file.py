"""lineage.json: every bar's sources sum to one, both formats are read, damage is refused."""

import json
from fractions import Fraction
from functools import cache

import pytest
from small_corpus import WORKS, small_model

from clearcue.composer.brief import Brief
from clearcue.composer.compose import compose
from clearcue.errors import BadInputError
from clearcue.music.lineage import CHORDS, RuleSource, WorkSource
from clearcue.services.lineage_file import lineage_json, parse_lineage, read_lineage


@cache
def piece():
    """A track of 30 s."""
    return compose(small_model(), Brief("uplifting", "ad", Fraction(30)), 7, candidates=3)


def plain():
    """Its lineage.json, as a value."""
    return json.loads(json.dumps(lineage_json(piece())))


def lineage():
    """Its lineage, written and read."""
    return parse_lineage(json.dumps(plain()).encode())


def test_the_shares_of_every_bar_sum_to_one():
    """In each bar, over all parts and in each part that sounds there, shares sum to exactly one."""
    read = lineage()
    assert read.bars == len(piece().score.bars) - 1
    for bar in range(1, read.bars + 1):
        assert sum(read.shares(bar).values()) == 1
        assert sum(read.shares(bar, CHORDS).values()) == 1
    works = {one.work_id for one in read.shares() if isinstance(one, WorkSource)}
    assert works
    assert works <= set(WORKS)


def test_a_bar_s_sources_are_the_mean_of_its_notes():
    """For one part and bar, the shares are those of the notes that sound in it, added by hand."""
    score, bar = piece().score, 6
    start, end = score.bars[bar - 1], score.bars[bar]
    notes = zip(score.part("melody").notes, piece().lineage.events["melody"], strict=True)
    inside = [shares for note, shares in notes if note.onset_ticks < end and note.end_ticks > start]
    expected = {}
    for shares in inside:
        for source, share in shares:
            expected[source] = expected.get(source, 0) + share / len(inside)
    assert lineage().shares(bar, "melody") == expected


def test_drums_are_nobody_s_but_a_rule_s():
    """A part of percussion names rules alone."""
    assert all(isinstance(source, RuleSource) for source in lineage().shares(None, "drums"))


def test_each_part_states_its_longest_shared_run_and_its_limit():
    """Every pitched part has an entry that keeps to its limit and names bars of the score."""
    runs = plain()["shared_runs"]
    assert [run["part"] for run in runs] == [part.name for part in piece().score.melodic_parts()]
    for run in runs:
        assert run["notes"] <= run["limit"]
        assert 1 <= run["bars"]["from"] <= run["bars"]["to"] <= plain()["bars"]


def test_a_file_of_the_first_format_is_read():
    """Files from before bars were kept give the whole track's sources, and say why not a bar's."""
    old = {key: plain()[key] for key in ("sources", "mixtures", "events")}
    read = parse_lineage(json.dumps({"format": "urn:clearcue:lineage:v1", **old}).encode())
    assert read.shares() == lineage().shares()
    with pytest.raises(BadInputError, match="first format"):
        read.shares(3)


@pytest.mark.parametrize(
    ("bar", "part", "said"),
    [(0, None, "no bar 0"), (999, None, "bars 1 to"), (1, "kazoo", "no part 'kazoo'")],
)
def test_what_is_not_there_is_named(bar, part, said):
    """A bar or part that the track lacks is refused with what there is."""
    with pytest.raises(BadInputError, match=said):
        lineage().shares(bar, part)


def damaged(change):
    """The file with one change."""
    value = plain()
    change(value)
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"format": "urn:clearcue:lineage:v9"}',
        damaged(lambda value: value["mixtures"][0].append([0, "1/7"])),
        damaged(lambda value: value["mixtures"][0][0].__setitem__(0, 9999)),
        damaged(lambda value: value["mixtures"][0][0].__setitem__(1, "1/0")),
        damaged(lambda value: value["events"][CHORDS].append(99999)),
        damaged(lambda value: value["spans"][CHORDS].pop()),
        damaged(lambda value: value["sources"][0].pop("kind")),
    ],
)
def test_a_damaged_file_is_refused(data):
    """A file that does not hold together is refused in one line, not half read."""
    with pytest.raises(BadInputError):
        parse_lineage(data)


def test_a_folder_without_a_lineage_says_what_to_give(tmp_path):
    """Another folder is refused with what to give instead."""
    with pytest.raises(BadInputError, match="clearcue make"):
        read_lineage(tmp_path)
