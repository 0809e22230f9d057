"""Properties of the limit on shared runs and of attribution, over moods, usages and seeds."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_corpus import WORKS, small_corpus, small_model

from clearcue.composer.brief import Brief
from clearcue.composer.catalogue import catalogue
from clearcue.composer.compose import compose
from clearcue.composer.limit import limit_of
from clearcue.music.lineage import WorkSource

MOODS = sorted(catalogue().moods)
USAGES = sorted(catalogue().usages)
FEW = 3
"""Candidates drawn: these properties hold for any."""


def proportions(notes):
    """Runs as a reader would compare them: intervals, and each time as a part of the first."""
    pairs = list(pairwise(notes))
    times = [after[0] - here[0] for here, after in pairs]
    intervals = tuple(after[1] - here[1] for here, after in pairs)
    return intervals, tuple(Fraction(time, times[0]) for time in times)


def windows(notes, length):
    """Every run of a length."""
    return {proportions(notes[at : at + length]) for at in range(len(notes) - length + 1)}


def outline(notes, choose):
    """One note an onset: the highest or the lowest."""
    by_onset = {}
    for note in notes:
        by_onset.setdefault(note.onset_ticks, []).append(note.pitch)
    return [(onset, choose(by_onset[onset])) for onset in sorted(by_onset)]


def works_windows(length):
    """Every run of a length of the small corpus, without the product's own index."""
    return set().union(
        *(
            windows(outline(voice.notes, choose), length)
            for work in small_corpus()
            for voice in work.parsed.lines
            for choose in (max, min)
        )
    )


KNOWN = {length: works_windows(length) for length in (10, 13)}


@settings(max_examples=25, deadline=None)
@given(
    mood=st.sampled_from(MOODS),
    usage=st.sampled_from(USAGES),
    seconds=st.integers(5, 60),
    seed=st.integers(0, 2**53 - 1),
)
def test_no_part_shares_too_long_a_run(mood, usage, seconds, seed):
    """Compared note by note, no part has a longer run in common with a work than is stated."""
    piece = compose(small_model(), Brief(mood, usage, Fraction(seconds)), seed, candidates=FEW)
    stated = {run.part: run for run in piece.shared_runs}
    assert set(stated) == {part.name for part in piece.score.melodic_parts()}
    for part in piece.score.melodic_parts():
        limit = limit_of(part.role)
        assert stated[part.name].limit == limit
        assert stated[part.name].notes <= limit
        for choose in (max, min):
            assert not windows(outline(part.notes, choose), limit + 1) & KNOWN[limit + 1]


@pytest.mark.parametrize("seed", range(4))
def test_every_share_of_a_tune_is_a_work_s_or_a_rule_s(seed):
    """Shares of every note sum to one exactly, and no work outside the set is named."""
    piece = compose(small_model(), Brief("calm", "film", Fraction(30)), seed, candidates=FEW)
    named = set()
    for shares in piece.lineage.events["melody"]:
        assert sum(share for _, share in shares) == 1
        named |= {source.work_id for source, _ in shares if isinstance(source, WorkSource)}
    assert named
    assert named <= set(WORKS)
