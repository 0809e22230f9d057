"""The learnt model: what is counted, what is drawn, and to whom it is ascribed."""

from fractions import Fraction

import pytest
from small_corpus import WORKS, small_corpus, small_model

from clearcue.composer.errors import CompositionError
from clearcue.composer.model import Context, Model, learn
from clearcue.composer.observe import local_keys, rhythms, steps
from clearcue.composer.randomness import Stream
from clearcue.music.lineage import RuleSource, WorkSource
from clearcue.music.pitch import Key
from clearcue.music.score import Note
from clearcue.music.time import Meter
from clearcue.music.work import Bar, Line, ParsedWork

RULE = RuleSource("rule", "file.toml", "1", "author", "Apache-2.0")


def scale_work() -> ParsedWork:
    """Two bars of C major: an even scale up, then a dotted bar that falls."""
    up = tuple(Note(480 * i, 480, pitch) for i, pitch in enumerate((60, 62, 64, 65)))
    down = (Note(1920, 720, 67), Note(2640, 240, 65), Note(2880, 960, 64))
    bars = (Bar(1, 0, Meter(4, 4)), Bar(2, 1920, Meter(4, 4)))
    return ParsedWork("w", "w", (Line("v", up + down),), bars, ((0, 0),))


def test_observes_steps_and_rhythms_of_a_scale():
    """Degrees, steps and rhythms of a hand-written tune are those a reader would write down."""
    work = scale_work()
    found = list(steps(work, (Key(0, "major"), Key(0, "major"))))
    assert [(step.degree, step.step) for step in found] == [
        (0, 1), (1, 1), (2, 1), (3, 1), (4, -1), (3, -1),
    ]  # fmt: skip
    assert found[2].before == (1, 1)
    assert [step.strong for step in found] == [True, True, True, True, False, True]
    assert list(rhythms(work)) == [
        ((0, 4), (4, 4), (8, 4), (12, 4)),
        ((0, 6), (6, 2), (8, 8)),
    ]


def test_finds_the_key_of_a_cadence_in_each_tonic():
    """The local key of a plain cadence is its own in all twelve transpositions."""
    for tonic in range(12):
        chords = ((0, 4, 7), (5, 9, 12), (7, 11, 14), (0, 4, 7))
        notes = tuple(
            Note(480 * place, 480, 48 + tonic + step)
            for place, members in enumerate(chords)
            for step in members
        )
        work = ParsedWork("w", "w", (Line("v", notes),), (Bar(1, 0, Meter(4, 4)),), ())
        assert local_keys(work) == (Key(tonic, "major"),)


def test_shares_are_the_parts_of_the_mixture():
    """A choice's shares follow from the counts by hand: two works, one rule, half the mixture."""
    tables = {"t": {"c": {"a": {0: 3, 1: 1}, "b": {1: 4}}}}
    model = Model(("first", "second"), "digest", tables)
    origin = model.draw(Stream(1), [Context("t", "c", 1)], {"a": 1}, RULE, 50)
    assert dict(model.shares(origin)) == {
        RULE: Fraction(1, 2),
        WorkSource("first"): Fraction(3, 8),
        WorkSource("second"): Fraction(1, 8),
    }


def test_a_choice_nobody_taught_is_the_rule_s_alone():
    """Where no work has the choice, all of it is ascribed to the rule and none to a work."""
    model = Model(("first",), "digest", {"t": {"c": {"a": {0: 3}}}})
    origin = model.draw(Stream(1), [Context("t", "c", 1)], {"z": 2}, RULE, 10)
    assert model.shares(origin) == ((RULE, Fraction(1)),)


def test_nothing_allowed_is_an_error_that_names_the_rule():
    """An empty choice is refused with the rule's name."""
    model = Model(("first",), "digest", {"t": {"c": {"a": {0: 3}}}})
    with pytest.raises(CompositionError, match="'rule'"):
        model.draw(Stream(1), [Context("t", "c", 1)], {}, RULE, 10)


def test_the_model_survives_its_cache():
    """A model read back from JSON draws and ascribes the same."""
    model = small_model()
    again = Model.from_json(model.to_json())
    assert again.works == tuple(WORKS)
    assert again.tables == model.tables
    assert again.training_set == model.training_set


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"version":"0"}', b"\xff"])
def test_a_damaged_cache_is_refused(data):
    """Bytes that are no model raise our error, so that the caller learns anew."""
    with pytest.raises(CompositionError):
        Model.from_json(data)


def test_only_a_cleared_corpus_is_learnt_from():
    """A list of the very same works is refused: rights were not decided for it."""
    with pytest.raises(TypeError, match="ClearedCorpus"):
        learn(list(small_corpus()))
