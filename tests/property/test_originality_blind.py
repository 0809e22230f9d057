"""Properties: fingerprints are blind to key and tempo, and whatever is planted is found."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from originality_material import changed, excerpt, notes_of, tune, work

from clearcue.music.score import Note
from clearcue.originality import memory, minhash, shingles
from clearcue.originality.check import check
from clearcue.originality.index import build_index
from clearcue.originality.shingles import Ints

STEPS = st.tuples(st.sampled_from([60, 120, 160, 240, 480, 720, 960]), st.integers(40, 90))
LINES = st.lists(STEPS, min_size=16, max_size=60).map(notes_of)
WORKS = [work(f"work-{seed}", tune(seed), tune(seed + 50)) for seed in range(8)]
INDEX = build_index(WORKS)


def _arrays(notes: tuple[Note, ...]) -> tuple[Ints, Ints]:
    onsets = np.array([note.onset_ticks for note in notes], dtype=np.int32)
    return onsets, np.array([note.pitch for note in notes], dtype=np.int32)


@given(LINES, st.integers(-20, 20), st.integers(1, 6), st.integers(0, 5000))
def test_signatures_are_blind_to_key_and_tempo(
    notes: tuple[Note, ...], up: int, times: int, later: int
) -> None:
    """Any line has the same signatures when transposed, stretched and moved in time."""
    other = changed(changed(notes, shift=later), up=up, times=(times, 1))
    laid = shingles.windows([_arrays(notes), _arrays(other)], shingles.QUERY_HOP)
    signatures = minhash.signatures(laid.hashes, laid.ranges)
    half = len(signatures) // 2
    assert (signatures[:half] == signatures[half:]).all()


@given(LINES)
def test_memory_only_takes_away(notes: tuple[Note, ...]) -> None:
    """What a passage has led to expect never makes a note tell more, nor less than nothing."""
    tokens = shingles.tokens(*_arrays(notes))
    style = INDEX.rarity.weights(tokens)
    told = memory.information(tokens, style)
    assert (told >= 0).all()
    assert (told <= style).all()
    again = np.concatenate((tokens, tokens))
    twice = memory.information(again, np.concatenate((style, style)))
    assert (twice[: len(told)] == told).all()


@settings(max_examples=40)
@given(
    st.integers(0, 7),
    st.integers(1, 14),
    st.integers(-12, 12).filter(bool),
    st.sampled_from([(1, 1), (1, 2), (2, 1), (5, 4), (2, 3)]),
)
def test_planted_passage_is_found(seed: int, first: int, up: int, times: tuple[int, int]) -> None:
    """Any sixteen bars of a work are found in any key and at any tempo, at their place."""
    passage = excerpt(tune(seed), first, first + 15)
    report = check(INDEX, work("query", changed(passage, up=up, times=times)))
    assert report.verdict == "near-duplicate"
    best = report.matches[0]
    assert (best.work, best.work_part, best.transposition) == (f"work-{seed}", "part 1", up)
    low, high = best.work_bars
    assert first <= low <= first + 2
    assert high == first + passage[-1].onset_ticks // 1920


@settings(max_examples=40)
@given(st.lists(LINES, min_size=1, max_size=3))
def test_any_piece_gets_an_answer(lines: list[tuple[Note, ...]]) -> None:
    """Whatever the notes, the check answers, and its figures stay within their ranges."""
    report = check(INDEX, work("query", *lines))
    assert 0.0 <= report.similarity <= 1.0
    for match in (*report.matches, *([report.nearest] if report.nearest else [])):
        assert 1 <= match.verbatim_run <= match.matched_notes <= 60
        assert match.query_bars[0] <= match.query_bars[1]
        assert match.tempo_ratio > 0
