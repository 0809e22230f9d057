"""Performance: whatever is written, what is played lies inside the piece."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
from example_scores import example_score
from hypothesis import given
from hypothesis import strategies as st

from clearcue.data.instruments import instruments
from clearcue.music.score import Note, Part, Section
from clearcue.sound.bank.players import PLAYERS
from clearcue.sound.performance import perform
from clearcue.sound.render import pcm_bytes

SCORE = replace(example_score(2), length_seconds=Fraction(6))

notes = st.lists(
    st.builds(
        Note,
        onset_ticks=st.integers(0, 5700),
        duration_ticks=st.integers(1, 6000),
        pitch=st.integers(40, 80),
        velocity=st.integers(1, 127),
    ),
    min_size=1,
    max_size=12,
)


@given(notes, st.sampled_from(sorted(instruments())), st.integers(0, 2**63))
def test_played_notes_lie_inside_the_piece(written: list[Note], key: str, seed: int) -> None:
    """No onset before frame 0 or past the end, no hold beyond it, no note lost; twice the same."""
    ordered = tuple(sorted(written, key=lambda note: (note.onset_ticks, note.pitch)))
    part = Part("p", "harmony", key, 0, ordered)
    played = perform(SCORE, part, PLAYERS[key], seed)
    assert played == perform(SCORE, part, PLAYERS[key], seed)
    assert sorted(note.pitch for note in played) == sorted(note.pitch for note in ordered)
    for note in played:
        assert 0 <= note.frame < 6 * 48_000
        assert 0.0 < note.hold_seconds <= 6.0 - note.frame / 48_000 + 1e-3
        assert 0.0 < note.velocity <= 1.0
        assert 0 <= note.variant < PLAYERS[key].variants


@given(notes, st.integers(0, 1000))
def test_drums_stay_close_to_the_grid(written: list[Note], seed: int) -> None:
    """A drum stroke lies within 5 ms of where it is written."""
    ordered = tuple(sorted(written, key=lambda note: (note.onset_ticks, note.pitch)))
    part = Part("d", "drums", "acoustic_kit", 0, ordered)
    played = perform(SCORE, part, PLAYERS["acoustic_kit"], seed)
    for note, stroke in zip(ordered, played, strict=True):
        start = min(float(SCORE.tempo.seconds_at(note.onset_ticks)), 5.9)
        assert abs(stroke.frame / 48_000 - start) < 0.005


def _line(*pitches: int, held: int = 480) -> Part:
    notes = tuple(Note(480 * at, held, pitch) for at, pitch in enumerate(pitches))
    return Part("m", "melody", "solo_cello", 42, notes)


def test_connected_notes_are_slurred() -> None:
    """Notes without a rest between them are slurred; a repeated pitch and a far leap are not."""
    played = perform(SCORE, _line(60, 62, 62, 59, 79), PLAYERS["solo_cello"], 1)
    assert [note.slur.rise for note in played] == [0, 2, 0, -3, 0]
    assert [note.slur.goes_on for note in played] == [True, False, True, False, False]


def test_detached_notes_and_chords_are_not_slurred() -> None:
    """A rest before a note, a chord, and an instrument that cannot slur: each note is attacked."""
    apart = perform(SCORE, _line(60, 62, 64, held=240), PLAYERS["solo_cello"], 1)
    piano = perform(SCORE, _line(60, 62, 64), PLAYERS["piano"], 1)
    chord = replace(_line(60), notes=(Note(0, 480, 48), Note(480, 480, 50), Note(480, 480, 55)))
    both = perform(SCORE, chord, PLAYERS["solo_cello"], 1)
    assert all(note.slur.rise == 0 for note in (*apart, *piano, *both))


def test_sustained_parts_grow_towards_a_louder_section() -> None:
    """In a section before a stronger one a held part grows, never falls, and by at most 3 dB."""
    quiet, strong = Section("a", 0, 1920, 0.4), Section("b", 1920, 1920, 0.6)
    score = replace(SCORE, sections=(quiet, strong))
    pad = replace(_line(60, 62, 64, 65, 67), role="pad", instrument="strings")
    played = perform(score, pad, PLAYERS["strings"], 1)
    factors = [factor for note in played for factor in note.swell]
    assert factors[:8] == sorted(factors[:8])
    assert 1.2 < max(factors) <= 10.0 ** (3.0 / 20.0)
    assert played[4].swell == (1.0, 1.0)


@given(st.lists(st.integers(-(2**23), 2**23 - 1), min_size=2, max_size=64))
def test_pcm_bytes_decode_to_the_samples(values: list[int]) -> None:
    """Three little-endian bytes a sample, sign included."""
    samples = np.array(values[: len(values) // 2 * 2], dtype=np.int32).reshape(-1, 2)
    raw = pcm_bytes(samples)
    back = [int.from_bytes(raw[i : i + 3], "little", signed=True) for i in range(0, len(raw), 3)]
    assert back == samples.reshape(-1).tolist()


def test_a_phrase_comes_up_to_its_middle_and_falls_back() -> None:
    """An even line of a flute is loudest in mid-phrase; a pad beside it is left level."""
    score = example_score(2, melody="flute", pad="strings")
    played = perform(score, score.part("melody"), PLAYERS["flute"], 1)
    ends = [note.swell for note in played]
    height = max(range(len(ends)), key=lambda place: ends[place][0])
    assert 0 < height < len(ends) - 1
    assert ends[height][0] > 1.2 * ends[0][0]
    assert all(before[1] == after[0] for before, after in pairwise(ends))
    pad = perform(score, score.part("pad"), PLAYERS["strings"], 1)
    assert {note.swell for note in pad} == {(1.0, 1.0)}
