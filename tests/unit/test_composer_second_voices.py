"""Second voices and layers on a real piece: answers, doublings, strums, drones, fills."""

from fractions import Fraction
from functools import cache
from itertools import pairwise

import pytest
from small_corpus import small_model

from clearcue.composer.brief import Brief
from clearcue.composer.compose import Composition, compose
from clearcue.music.lineage import RuleSource
from clearcue.music.score import Part

BAR = 1920


@cache
def piece(style: str, mood: str, seconds: int = 45, seed: int = 3) -> Composition:
    """A piece of a style and mood, drawn once for all tests."""
    brief = Brief(mood, "ad", Fraction(seconds), style)
    return compose(small_model(), brief, seed, candidates=3)


def parts(style: str, mood: str, role: str) -> list[Part]:
    """The parts of a role."""
    return [part for part in piece(style, mood).score.parts if part.role == role]


PAIRS = (("cinematic", "epic"), ("romantic-strings", "uplifting"), ("corporate-pop", "energetic"))


def answers(made: Composition) -> list[tuple[str, int]]:
    """Part and place of every note that the rule of answers wrote."""
    return [
        (name, place)
        for name, events in made.lineage.events.items()
        for place, shares in enumerate(events)
        if any(isinstance(s, RuleSource) and s.rule.endswith(".answer") for s, _ in shares)
    ]


def test_counter_melodies_answer_while_the_tune_rests():
    """Notes of an answer begin where no note of the tune begins, and move by step."""
    found = 0
    for style, mood in PAIRS:
        made = piece(style, mood)
        sung = {note.onset_ticks for note in made.score.part("melody").notes}
        for name, place in answers(made):
            found += 1
            assert made.score.part(name).notes[place].onset_ticks not in sung
    assert found > 4


@pytest.mark.parametrize(("style", "mood"), PAIRS)
def test_a_doubling_stays_in_one_octave(style, mood):
    """A doubled tune lies one whole number of octaves off it all the way."""
    score = piece(style, mood).score
    tune = {note.onset_ticks: note.pitch for note in score.part("melody").notes}
    for part in score.parts:
        if part.name == "melody double":
            off = {note.pitch - tune[note.onset_ticks] for note in part.notes}
            assert len(off) == 1
            assert off.pop() % 12 == 0


def test_upstrokes_take_fewer_strings_than_downstrokes():
    """In a strummed part chords differ in size, and the small ones lie on top."""
    for part in piece("acoustic-folk", "energetic").score.parts:
        if part.name != "strumming":
            continue
        strokes: dict[int, list[int]] = {}
        for note in part.notes:
            strokes.setdefault(note.onset_ticks, []).append(note.pitch)
        sizes = {len(stroke) for stroke in strokes.values()}
        assert max(sizes) >= 5
        assert min(sizes) <= 4
        return
    raise AssertionError("no strummed part")


def test_a_drone_never_grates():
    """A held drone is silent under chords with a tone a semitone away from it."""
    score = piece("tension", "tense").score
    drones = [part for part in score.parts if part.name == "low drone"]
    assert drones
    for note in drones[0].notes:
        for chord in score.chords[:-1]:
            if chord.onset_ticks < note.end_ticks and chord.end_ticks > note.onset_ticks:
                assert all((tone - note.pitch) % 12 not in (1, 11) for tone in chord.pitch_classes)


def test_house_keeps_four_on_the_floor():
    """The kick falls on each beat of most bars in which it plays."""
    drums = parts("house", "energetic", "drums")
    kicks = {note.onset_ticks for part in drums for note in part.notes if note.pitch == 36}
    bars = {onset // BAR for onset in kicks}
    whole = [bar for bar in bars if {bar * BAR + beat * 480 for beat in range(4)} <= kicks]
    assert len(whole) >= len(bars) * 2 / 3


def test_a_jazz_bass_walks():
    """Most of its notes are quarters, and most of its moves are a third or less."""
    (bass,) = parts("jazz-trio", "playful", "bass")
    quarters = [note for note in bass.notes if note.onset_ticks % 480 == 0]
    assert len(quarters) >= len(bass.notes) * 3 / 4
    moves = [abs(after.pitch - before.pitch) for before, after in pairwise(bass.notes)]
    assert sum(move <= 5 for move in moves) >= len(moves) / 2
