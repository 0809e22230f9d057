"""The contest between candidates: the best faultless one is kept, and why it was."""

from dataclasses import replace
from fractions import Fraction

import pytest
from small_corpus import small_model

from clearcue.composer.brief import Brief
from clearcue.composer.compose import compose
from clearcue.composer.contest import hold
from clearcue.composer.errors import CompositionError, RefusedError
from clearcue.composer.review.judgement import review
from clearcue.composer.review.reading import Asked
from clearcue.music.score import Score

BRIEF = Brief("uplifting", "ad", Fraction(15), "corporate-pop")


def pieces() -> list[Score]:
    """Four pieces of four seeds."""
    return [compose(small_model(), BRIEF, seed, candidates=1).score for seed in range(4)]


def cut(score: Score) -> Score:
    """The piece with half a minute of silence behind it, so that its end does not land."""
    return replace(score, length_seconds=score.length_seconds + 30)


def test_the_piece_with_most_points_is_kept():
    """The kept one's points are the critic's largest, and its reasons are its measures."""
    drawn = pieces()
    points = [review(score, Asked()).points for score in drawn]
    held = hold(drawn.__getitem__, drawn.__getitem__, Asked(), len(drawn))
    assert held.kept == points.index(max(points))
    assert (held.points, held.worst) == (max(points), min(points))
    found = {finding.name: finding.value for finding in review(drawn[held.kept], Asked()).findings}
    assert {reason.name: reason.value for reason in held.reasons} == found


def test_a_piece_with_a_fault_loses_to_any_without():
    """The best piece, its end spoiled, is passed over, and its fault is counted."""
    drawn = pieces()
    best = hold(drawn.__getitem__, drawn.__getitem__, Asked(), len(drawn)).kept
    spoiled = {**dict(enumerate(drawn)), best: cut(drawn[best])}
    held = hold(drawn.__getitem__, spoiled.__getitem__, Asked(), len(drawn))
    assert held.kept != best
    assert [count for fault, count in held.faults if "downbeat" in fault] == [1]


def test_a_contest_without_a_good_piece_is_refused_by_name():
    """Where every candidate has a fault or cannot be drawn, the error says what is wrong."""
    spoiled = [cut(score) for score in pieces()]
    with pytest.raises(RefusedError, match=r"none of 4 candidates.*downbeat"):
        hold(spoiled.__getitem__, spoiled.__getitem__, Asked(), 4)

    def fails(number: int) -> Score:
        raise CompositionError("nothing to choose from")

    with pytest.raises(RefusedError, match="nothing to choose from"):
        hold(fails, fails, Asked(), 3)


def test_a_trial_draws_the_notes_that_are_kept():
    """Without sources the same score comes out, and its choices are ascribed to rules alone."""
    model = small_model()
    kept = compose(model, BRIEF, 3, candidates=3)
    trial = compose(model.without_sources(), BRIEF, 3, candidates=3)
    assert kept.score == trial.score
    assert kept.contest == trial.contest
    assert kept.lineage.learnt_fraction("melody") > trial.lineage.learnt_fraction("melody") == 0


def test_more_candidates_never_give_a_worse_piece():
    """Each candidate is drawn alike however many there are, so that points only grow."""
    grown = 0
    for seed in range(4):
        drawn = [compose(small_model(), BRIEF, seed, candidates=n) for n in (1, 8)]
        one, many = (piece.contest.points for piece in drawn)
        assert one <= many
        grown += many - one
    assert grown


def test_only_the_best_sketches_are_arranged():
    """Of twenty sketches eight are judged in full, unless all of these have faults."""
    drawn = pieces()
    sketch = [drawn[number % 4] for number in range(20)]
    asked: list[int] = []

    def arrange(number: int, spoil: int = 0) -> Score:
        asked.append(number)
        return cut(sketch[number]) if len(asked) <= spoil else sketch[number]

    held = hold(sketch.__getitem__, arrange, Asked(), 20)
    assert (held.arranged, len(asked)) == (8, 8)
    asked.clear()
    spoiled = hold(sketch.__getitem__, lambda number: arrange(number, 8), Asked(), 20)
    assert spoiled.arranged == 16
    assert spoiled.kept not in asked[:8]
