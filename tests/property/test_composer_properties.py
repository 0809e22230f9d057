"""Properties of composed pieces over moods, usages, lengths and seeds."""

from fractions import Fraction
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_corpus import WORKS, small_model

from clearcue.composer.brief import Brief
from clearcue.composer.catalogue import catalogue
from clearcue.composer.compose import compose
from clearcue.data.instruments import instruments
from clearcue.music.lineage import CHORDS, RuleSource, WorkSource

MOODS = sorted(catalogue().moods)
USAGES = sorted(catalogue().usages)
TUNEFUL = [
    name
    for name, usage in catalogue().usages.items()
    if not usage.loops and any(section.theme != "-" for section in usage.form)
]
"""Usages whose pieces have a tune and an end."""
draw = partial(compose, candidates=2)
"""Candidates of a piece: what holds for each of them needs no choice among many."""


def briefs(usages):
    """Briefs of these usages, of 5 to 120 s."""
    lengths = st.integers(5000, 120_000).map(lambda ms: Fraction(ms, 1000))
    return st.builds(Brief, st.sampled_from(MOODS), st.sampled_from(usages), lengths)


@settings(max_examples=25)
@given(brief=briefs(USAGES), seed=st.integers(0, 2**53 - 1))
def test_every_piece_is_exact_playable_and_fully_sourced(brief, seed):
    """Length, ending, ranges, order and lineage hold for any brief and seed."""
    piece = draw(small_model(), brief, seed)
    score, known = piece.score, instruments()
    assert score.frames(48000) == brief.seconds * 48000
    loops = catalogue().usage(brief.usage).loops
    ring = brief.seconds - score.tempo.seconds_at(score.bars[-2])
    assert loops or Fraction(7, 10) <= ring <= Fraction(3, 2)
    for part in score.parts:
        low, high = known[part.instrument].low, known[part.instrument].high
        assert all(low <= note.pitch <= high for note in part.notes)
        sounding = {}
        for note in part.notes:
            assert sounding.get(note.pitch, 0) <= note.onset_ticks
            sounding[note.pitch] = note.end_ticks
            assert note.end_ticks <= score.bars[-1]
            assert loops or score.tempo.seconds_at(note.end_ticks) < brief.seconds
        assert len(piece.lineage.events[part.name]) == len(part.notes)
    assert len(piece.lineage.events[CHORDS]) == len(score.chords)
    assert loops or score.chords[-1].root == score.key.tonic


@pytest.mark.parametrize("mood", MOODS)
def test_the_same_brief_and_seed_give_the_same_piece(mood):
    """Two calls give equal scores and lineages; another attempt gives another piece."""
    brief = Brief(mood, "ad", Fraction(15))
    first, again = (draw(small_model(), brief, 11) for _ in range(2))
    assert first == again
    assert draw(small_model(), brief, 11, attempt=1).score.parts != first.score.parts


def test_the_last_note_is_the_tonic_and_no_later_onset_follows():
    """In every mood with a theme at the end, melody and bass end on the tonic, on the downbeat."""
    for mood in MOODS:
        score = draw(small_model(), Brief(mood, "ad", Fraction(30)), 3).score
        assert (
            max(note.onset_ticks for part in score.parts for note in part.notes) == score.bars[-2]
        )
        last = score.part("melody").notes[-1]
        assert last.onset_ticks == score.bars[-2]
        assert last.pitch % 12 == score.key.tonic


def test_drums_are_rules_and_melodies_are_partly_learnt():
    """Percussion is never ascribed to a work; the melody is, and only to works of the set."""
    piece = draw(small_model(), Brief("uplifting", "ad", Fraction(30), "corporate-pop"), 3)
    drums = piece.lineage.influence("drums")
    assert all(isinstance(source, RuleSource) for source in drums)
    melody = piece.lineage.influence("melody")
    works = {source.work_id for source in melody if isinstance(source, WorkSource)}
    assert works
    assert works <= set(WORKS)
    assert 0 < piece.lineage.learnt_fraction("melody") < 1


def test_as_many_pieces_as_briefs():
    """No two pieces of one seed, in every mood and four lengths, share chords and bass rhythm."""
    seen = set()
    for mood in MOODS:
        for seconds in (15, 30, 60, 90):
            piece = draw(small_model(), Brief(mood, "ad", Fraction(seconds)), 7)
            bass = [part for part in piece.score.parts if part.role == "bass"]
            rhythm = tuple(note.onset_ticks for part in bass for note in part.notes)
            seen.add((piece.progression, rhythm))
    assert len(seen) == 4 * len(MOODS)


@settings(max_examples=20)
@given(brief=briefs(TUNEFUL), seed=st.integers(0, 2**53 - 1))
def test_the_tune_fits_its_chords_and_comes_home(brief, seed):
    """No held tone rubs a semitone above its chord, and the last tone is reached by a step."""
    score = draw(small_model(), brief, seed).score
    tune = score.part("melody").notes
    for note in tune:
        chord = max(
            (chord for chord in score.chords if chord.onset_ticks <= note.onset_ticks),
            key=lambda chord: chord.onset_ticks,
        )
        place = note.pitch % 12
        if note.duration_ticks >= 480 and place not in chord.pitch_classes:
            assert (place - 1) % 12 not in chord.pitch_classes
    if tune[-1].onset_ticks == score.bars[-2]:
        assert abs(tune[-1].pitch - tune[-2].pitch) <= 2


@pytest.mark.parametrize("mood", MOODS)
def test_a_short_piece_has_a_tune_at_once(mood):
    """In a sting of 5 to 8 s the melody plays in the first bar."""
    for seconds in (5, 6, 8):
        score = draw(small_model(), Brief(mood, "ad", Fraction(seconds)), 5).score
        assert score.part("melody").notes[0].onset_ticks < score.bars[1]
