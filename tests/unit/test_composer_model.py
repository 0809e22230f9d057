"""The learnt model: what is counted, what is drawn, and to whom it is ascribed."""

from fractions import Fraction

import pytest
from small_corpus import WORKS, small_corpus, small_model

from clearcue.composer.errors import CompositionError
from clearcue.composer.events import line_events
from clearcue.composer.model import Context, Model, learn
from clearcue.composer.observe import local_keys
from clearcue.composer.randomness import Stream
from clearcue.composer.viewpoint_kernels import BREAK, LENGTHS, ONSET, PITCH, PLACE, RHYTHM
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


def test_the_events_of_a_line_are_its_notes():
    """Onsets, places, pitches and rhythms of a hand-written tune are those a reader would say."""
    events = line_events(scale_work())
    assert events[:, ONSET].tolist() == [0, 24, 48, 72, 96, 132, 144]
    assert events[:, PLACE].tolist() == [0, 24, 48, 72, 0, 36, 48]
    assert events[:, PITCH].tolist() == [60, 62, 64, 65, 67, 65, 64]
    assert [LENGTHS[symbol // 2] for symbol in events[:, RHYTHM] if symbol >= 0] == [
        24, 24, 24, 24, 36, 12,
    ]  # fmt: skip
    assert events[:, BREAK].tolist() == [1, 0, 0, 0, 0, 0, 0]


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
    model = Model(("first", "second"), "digest", tables, small_model().tune)
    origin = model.draw(Stream(1), [Context("t", "c", 1)], {"a": 1}, RULE, 50)
    assert dict(model.shares(origin)) == {
        RULE: Fraction(1, 2),
        WorkSource("first"): Fraction(3, 8),
        WorkSource("second"): Fraction(1, 8),
    }


def test_a_choice_nobody_taught_is_the_rule_s_alone():
    """Where no work has the choice, all of it is ascribed to the rule and none to a work."""
    model = Model(("first",), "digest", {"t": {"c": {"a": {0: 3}}}}, small_model().tune)
    origin = model.draw(Stream(1), [Context("t", "c", 1)], {"z": 2}, RULE, 10)
    assert model.shares(origin) == ((RULE, Fraction(1)),)


def test_nothing_allowed_is_an_error_that_names_the_rule():
    """An empty choice is refused with the rule's name."""
    model = Model(("first",), "digest", {"t": {"c": {"a": {0: 3}}}}, small_model().tune)
    with pytest.raises(CompositionError, match="'rule'"):
        model.draw(Stream(1), [Context("t", "c", 1)], {}, RULE, 10)


def test_the_model_survives_its_cache():
    """A model read back from its bytes is the same, to the byte."""
    model = small_model()
    again = Model.from_bytes(model.to_bytes())
    assert again.works == tuple(WORKS)
    assert again.tables == model.tables
    assert again.training_set == model.training_set
    assert again.to_bytes() == model.to_bytes()


@pytest.mark.parametrize("data", [b"", b"{}", b"PK", b"\xff", small_model().to_bytes()[:5000]])
def test_a_damaged_cache_is_refused(data):
    """Bytes that are no model raise our error, so that the caller learns anew."""
    with pytest.raises(CompositionError):
        Model.from_bytes(data)


def test_only_a_cleared_corpus_is_learnt_from():
    """A list of the very same works is refused: rights were not decided for it."""
    with pytest.raises(TypeError, match="ClearedCorpus"):
        learn(list(small_corpus()))
