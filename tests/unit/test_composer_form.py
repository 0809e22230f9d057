"""Forms of all usages, hits in them, and how the arrangement marks a hit."""

import io
from fractions import Fraction
from functools import partial
from itertools import pairwise
from xml.etree import ElementTree

import mido
import pytest
from small_corpus import small_model

from clearcue.adapters.score_files.midi_writing import midi_bytes
from clearcue.adapters.score_files.musicxml_writing import musicxml_bytes
from clearcue.composer.brief import Brief
from clearcue.composer.catalogue import catalogue
from clearcue.composer.compose import compose
from clearcue.composer.plan import Plan, PlannedSection
from clearcue.composer.planning import plan
from clearcue.composer.randomness import Stream
from clearcue.composer.wishes import Hit
from clearcue.music.score import Note, Score

draw = partial(compose, candidates=3)


def laid(usage: str, seconds: int, *hits: tuple[int, str], mood: str = "uplifting") -> Plan:
    """A plan with hits in milliseconds."""
    entries = catalogue()
    brief = Brief(mood, usage, Fraction(seconds), hits=tuple(Hit(*hit) for hit in hits))
    style = entries.style(entries.mood(mood).styles[0][0])
    return plan(brief, entries.mood(mood), entries.usage(usage), style, Stream("form"))


def piece(usage: str, seconds: int, *hits: tuple[int, str], mood: str = "uplifting") -> Score:
    """A composed piece with hits in milliseconds."""
    times = tuple(Hit(*hit) for hit in hits)
    return draw(small_model(), Brief(mood, usage, Fraction(seconds), hits=times), 7).score


def starts(made: Plan) -> dict[str, Fraction]:
    """When each section begins, in seconds, by its name; the last of a name counts."""
    return {s.name: made.tempo.seconds_at(made.bars[s.first_bar]) for s in made.sections}


def notes_of(score: Score) -> list[Note]:
    """All notes."""
    return [note for part in score.parts for note in part.notes]


@pytest.mark.parametrize("usage", sorted(catalogue().usages))
def test_every_usage_fills_its_bars_at_every_length(usage):
    """Sections follow without gaps up to the last chord, from a sting to five minutes."""
    for seconds in (5, 6, 10, 15, 30, 47, 60, 90, 300):
        made = laid(usage, seconds)
        ends = [section.first_bar + section.bars for section in made.sections]
        assert [section.first_bar for section in made.sections] == [0, *ends[:-1]]
        assert ends[-1] == made.last_bar
        assert all(0 <= point <= 100 for section in made.sections for point in section.curve)


def test_a_curve_is_followed_bar_by_bar():
    """Three points at equal distances: the middle bar has the middle point."""
    section = PlannedSection("rise", "B", 0, 9, (20, 60, 30), 0)
    assert [section.level(bar, 9) for bar in (0, 2, 4, 6, 8)] == [20, 40, 60, 45, 30]
    assert section.energy == (20, 30)
    assert section.level(0, 1) == 20


@pytest.mark.parametrize(("usage", "peak"), [("ad", "payoff"), ("trailer", "everything")])
def test_a_drop_opens_the_section_of_most_energy(usage, peak):
    """The peak begins on the drop, and nothing before it is as high."""
    made = laid(usage, 45, (27_500, "drop"), mood="epic")
    assert abs(starts(made)[peak] - Fraction(55, 2)) < Fraction(1, 1000)
    place = [section.name for section in made.sections].index(peak)
    before, at = made.sections[place - 1], made.sections[place]
    assert at.curve[0] >= before.curve[-1] + 10
    assert max(p for s in made.sections[:place] for p in s.curve) < at.curve[0]


def test_a_lift_rises_over_what_came_before():
    """The section on a lift begins with more energy than the one before ends with."""
    made = laid("corporate", 40, (12_000, "lift"))
    before, after = next(
        pair
        for pair in pairwise(made.sections)
        if abs(made.tempo.seconds_at(made.bars[pair[1].first_bar]) - 12) < Fraction(1, 1000)
    )
    assert after.curve[0] > before.curve[-1]


def test_the_band_breaks_off_before_a_drop_and_strikes_it_together():
    """Nothing but effects begins or sounds in the last moment before; then several parts begin."""
    score = piece("ad", 30, (12_500, "drop"))
    at = min(score.bars, key=lambda bar: abs(score.tempo.seconds_at(bar) - Fraction(25, 2)))
    break_from = at - 480
    for part in score.parts:
        if part.role not in ("effects", "drums"):
            assert not any(n.onset_ticks < at and n.end_ticks > break_from for n in part.notes)
    struck = [part.name for part in score.parts if any(n.onset_ticks == at for n in part.notes)]
    assert len(struck) >= 3


def test_after_a_stop_there_is_silence():
    """On a stop all strike short, and nothing begins or sounds on the two beats after it."""
    score = piece("game", 30, (10_000, "stop"), mood="epic")
    at = min(score.bars, key=lambda bar: abs(score.tempo.seconds_at(bar) - 10))
    assert any(note.onset_ticks == at for note in notes_of(score))
    for note in notes_of(score):
        assert not at + 240 < note.end_ticks <= at + 1440
        assert not at < note.onset_ticks < at + 960


def test_an_accent_is_louder_than_what_surrounds_it():
    """The mean velocity on the accent lies above that of the bar around it."""
    score = piece("corporate", 30, (9_000, "accent"))
    at = min(score.bars, key=lambda bar: abs(score.tempo.seconds_at(bar) - 9))
    on = [note.velocity for note in notes_of(score) if note.onset_ticks == at]
    near = [n.velocity for n in notes_of(score) if 0 < abs(n.onset_ticks - at) < 1920]
    assert sum(on) / len(on) > sum(near) / len(near) + 5


def test_several_hits_are_written_into_the_files():
    """MIDI has a note within ten milliseconds of each; MusicXML a measure for each bar."""
    hits = ((8_000, "lift"), (14_310, "accent"), (20_000, "stop"), (31_500, "drop"))
    score = piece("trailer", 45, *hits, mood="epic")
    clock, heard = 0.0, []
    for message in mido.MidiFile(file=io.BytesIO(midi_bytes(score))):
        clock += message.time
        if message.type == "note_on" and message.velocity:
            heard.append(clock)
    for at_ms, _ in hits:
        assert min(abs(when - at_ms / 1000) for when in heard) <= 0.0101
    root = ElementTree.fromstring(musicxml_bytes(score))  # noqa: S314 - our own bytes
    assert len(root.find("part").findall("measure")) == len(score.bars) - 1


@pytest.mark.parametrize("seconds", [6, 16, 45])
def test_a_loop_leads_to_its_beginning(seconds):
    """No last chord: the last bar's harmony moves, every note ends in time, the tune is open."""
    score = piece("loop", seconds)
    end = score.bars[-1]
    assert abs(score.tempo.seconds_at(end) - seconds) < Fraction(1, 1000)
    assert max(note.end_ticks for note in notes_of(score)) <= end
    assert score.bars[-2] < max(note.onset_ticks for note in notes_of(score)) < end
    assert score.chords[-1].root != score.key.tonic
    assert score.chords[-1].end_ticks == end


@pytest.mark.parametrize("mood", sorted(catalogue().moods))
def test_an_underscore_has_no_tune(mood):
    """Harmony and pulse only, which move and land."""
    score = piece("underscore", 30, mood=mood)
    assert not [part for part in score.parts if part.role == "melody"]
    assert len(score.parts) >= 2
    assert score.chords[-1].root == score.key.tonic
