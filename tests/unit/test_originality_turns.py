"""Turns and stiff alignment: copies of which much was edited are found, laid in their own time."""

import random
from dataclasses import replace

import numpy as np
import pytest
from originality_material import changed, excerpt, tune, work
from planted_tunes import edited, laundered

from clearcue.music.score import Note
from clearcue.originality import stiff, turns
from clearcue.originality.check import check
from clearcue.originality.index import Index, build_index
from clearcue.originality.report import CLEAR


def arrays(notes: tuple[Note, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Onsets and pitches of a melody."""
    onsets = np.array([note.onset_ticks for note in notes], dtype=np.int32)
    return onsets, np.array([note.pitch for note in notes], dtype=np.int32)


@pytest.fixture(scope="module")
def index() -> Index:
    """Made-up tunes."""
    return build_index([work(f"work-{seed:02}", tune(seed, 120)) for seed in range(40)])


def test_turns_are_blind_to_key_and_tempo() -> None:
    """A melody higher and twice as slow has the same keys at the same notes."""
    notes = tune(1, 60)
    keys, places = turns.turns_of(*arrays(notes))
    again, there = turns.turns_of(*arrays(changed(notes, up=-5, times=(2, 1))))
    assert keys.tolist() == again.tolist()
    assert places.tolist() == there.tolist()
    assert len(keys) == 4 * 57 - 3  # the last start has room for the first pattern only


def test_a_note_that_is_left_out_keeps_turns() -> None:
    """Without one note, turns over the gap have the keys that the whole melody's have."""
    notes = tune(2, 12)
    keys, places = turns.turns_of(*arrays(notes))
    short, _ = turns.turns_of(*arrays((*notes[:5], *notes[6:])))
    skipping = keys[(places >> 1 < 5) & (places >> 1 > 1)]
    assert len(set(short.tolist()) & set(skipping.tolist())) >= 3


def test_rows_hold_what_was_packed() -> None:
    """Voice, pitch and place come out of a row as they went in."""
    rows = turns.packed(
        np.array([0, 70_000]), np.array([127, 0]), np.array([2**33 - 1, 6], dtype=np.int64)
    )
    voices, pitches, places = turns.unpacked(rows)
    assert voices.tolist() == [0, 70_000]
    assert pitches.tolist() == [127, 0]
    assert places.tolist() == [2**33 - 1, 6]


@pytest.mark.parametrize("seed", range(4))
def test_copy_with_two_notes_in_five_edited_is_found(index: Index, seed: int) -> None:
    """No window of 16 notes is left whole, and the work is named with its bars all the same."""
    source = random.Random(seed)
    notes = edited(list(excerpt(tune(10 + seed, 120), 3, 18)), 0.4, source)
    (best, *_) = check(index, work("query", changed(notes, up=3))).matches
    assert best.work == f"work-{10 + seed}"
    assert (best.transposition, best.tempo_ratio) == (3, pytest.approx(1.0, abs=0.01))
    assert abs(best.work_bars[0] - 3) <= 1
    assert best.verbatim_run < 16


def test_laundered_copy_is_found(index: Index) -> None:
    """Another key and tempo, ornaments, and one note in five edited."""
    for seed in range(4):
        notes = laundered(list(tune(20 + seed, 120)), random.Random(seed))
        assert check(index, work("query", tuple(notes))).matches[0].work == f"work-{20 + seed}"


def test_nothing_is_found_in_other_music(index: Index) -> None:
    """Tunes that are in no work stay clear, however they are laid."""
    for seed in range(1000, 1010):
        assert check(index, work("query", tune(seed, 120))).verdict == CLEAR


def test_stiff_alignment_keeps_to_its_time() -> None:
    """After a pause in the work no note is matched any more, and before it every one."""
    notes = tune(5, 40)
    late = (*notes[:25], *changed(notes[25:], shift=777))
    weights = np.full(40, 3 * 64, dtype=np.int32)
    rows, scale = stiff.lay(*arrays(notes), weights, weights, *arrays(late), 4, 4, 1.0, 0)
    assert rows[:, 0].tolist() == rows[:, 1].tolist() == list(range(25))
    assert scale == 1.0


def test_stiff_alignment_corrects_its_ratio() -> None:
    """A ratio that is a little off at first ends as that of the notes that were found."""
    notes = tune(6, 60)
    slower = changed(notes, times=(3, 2))
    weights = np.full(60, 3 * 64, dtype=np.int32)
    rows, scale = stiff.lay(*arrays(notes), weights, weights, *arrays(slower), 30, 30, 1.503, 0)
    assert scale == pytest.approx(1.5, abs=0.001)
    assert len(rows) >= 50


def test_same_query_gives_the_same_places(index: Index) -> None:
    """Where a query may lie does not depend on the run, nor on the table's other works' order."""
    line = arrays(tune(3, 120)[20:90])
    table = (index.turn_keys, index.turn_rows)
    nobody = np.zeros(len(index.voices), dtype=bool)
    found = [turns.voted(line, table, index.onsets, index.voice_notes, nobody) for _ in range(2)]
    assert all(
        np.array_equal(getattr(found[0], name), getattr(found[1], name))
        for name in ("voices", "shifts", "queries", "works", "scales")
    )
    assert (found[0].voices[0], found[0].shifts[0]) == (3, 0)
    banned = nobody.copy()
    banned[3] = True
    left = turns.voted(line, table, index.onsets, index.voice_notes, banned)
    assert 3 not in left.voices.tolist()


def test_repeated_notes_vote_for_nothing() -> None:
    """A line of one pitch in one rhythm stands too often in the index to vote."""
    pulse = tuple(Note(240 * at, 240, 60) for at in range(800))
    idle = build_index([work("pulse", pulse, *(replace_all(pulse, by) for by in (1, 2)))])
    table = (idle.turn_keys, idle.turn_rows)
    nobody = np.zeros(len(idle.voices), dtype=bool)
    found = turns.voted(arrays(pulse[:40]), table, idle.onsets, idle.voice_notes, nobody)
    assert len(found.voices) == 0


def replace_all(notes: tuple[Note, ...], by: int) -> tuple[Note, ...]:
    """The same in another key."""
    return tuple(replace(note, pitch=note.pitch + by) for note in notes)
