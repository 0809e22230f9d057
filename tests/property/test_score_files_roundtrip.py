"""Score files written and read back: the same notes, bars and key, whatever the score."""

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st
from small_scores import scores

from clearcue.adapters.score_files.articulation import written
from clearcue.adapters.score_files.limits import Limits
from clearcue.adapters.score_files.markup import MarkupError, musicxml_text
from clearcue.adapters.score_files.midi_reading import MidiError, parse_midi
from clearcue.adapters.score_files.midi_writing import midi_bytes
from clearcue.adapters.score_files.musicxml_writing import musicxml_bytes
from clearcue.adapters.score_files.packed import PackedWorkError, pack, unpack
from clearcue.adapters.score_files.streams import MUSICXML, parse_text
from clearcue.music.score import Note, Score
from clearcue.music.work import Bar, Line, ParsedWork

LIMITS = Limits()

Sounding = list[tuple[int, int, int]]


def _written(score: Score) -> dict[str, Sounding]:
    return {part.name: _sounding(part.notes) for part in score.parts}


def _sounding(notes: tuple[Note, ...]) -> Sounding:
    return sorted((note.onset_ticks, note.duration_ticks, note.pitch) for note in notes)


def _read(work: ParsedWork) -> dict[str, Sounding]:
    """What was read, the voices of a part together."""
    found: dict[str, Sounding] = {}
    for line in work.lines:
        found.setdefault(line.name.split(", voice ")[0], []).extend(_sounding(line.notes))
    return {name: sorted(notes) for name, notes in found.items()}


@given(scores(step=1))
@settings(max_examples=60, deadline=None)
def test_midi_gives_the_notes_back(score: Score) -> None:
    """Every note comes back from MIDI at its very tick, with its velocity's part and key."""
    work = parse_midi(midi_bytes(score), "x.mid", LIMITS)
    assert _read(work) == _written(score)
    assert work.fifths == ((0, score.key.fifths),)
    assert work.title == score.title


@given(st.one_of(scores(step=60), scores(step=160, halved=False), scores(step=80, halved=False)))
@settings(max_examples=25, deadline=None)
def test_musicxml_gives_the_notes_back(score: Score) -> None:
    """Onsets and pitches on 32nds or on triplets come back as they were, half bars included."""
    data = musicxml_bytes(score)
    work = parse_text(MUSICXML, musicxml_text(data, LIMITS), "x")
    assert _onsets(_read(work)) == _onsets(_written(score))
    assert [bar.onset_ticks for bar in work.bars] == list(score.bars[:-1])
    assert work.fifths[0][1] == score.key.fifths


def _onsets(parts: dict[str, Sounding]) -> dict[str, list[tuple[int, int]]]:
    return {name: [(onset, pitch) for onset, _, pitch in notes] for name, notes in parts.items()}


@given(scores(step=120))
@settings(max_examples=25, deadline=None)
def test_musicxml_gives_the_lengths_back_on_sixteenths(score: Score) -> None:
    """On the grid of 16ths every note's length is written, but for early releases, as it is."""
    work = parse_text(MUSICXML, musicxml_bytes(score), "x")
    assert _read(work) == {
        part.name: _sounding(written(part.notes, score.bars)[0]) for part in score.parts
    }


@given(scores(step=120))
@settings(max_examples=60, deadline=None)
def test_early_releases_are_written_to_the_full_value(score: Score) -> None:
    """A written note begins where it sounds, ends up to a 16th later, and runs into no other."""
    for part in score.parts:
        notes, short = written(part.notes, score.bars)
        onsets = {note.onset_ticks for note in part.notes}
        for before, after in zip(part.notes, notes, strict=True):
            longer = after.duration_ticks - before.duration_ticks
            assert longer in (0, 120)
            assert (after.onset_ticks, after.pitch) == (before.onset_ticks, before.pitch)
            span = range(before.end_ticks, after.end_ticks)
            assert not onsets & set(span)
            assert not set(score.bars[:-1]) & set(span)
            if after.onset_ticks in short:
                assert (before.duration_ticks, longer) == (120, 120) or longer == 0


@given(scores(step=60))
@settings(max_examples=20, deadline=None)
def test_writing_twice_gives_the_same_bytes(score: Score) -> None:
    """Neither format holds a date, a version or a random id."""
    assert midi_bytes(score) == midi_bytes(score)
    assert musicxml_bytes(score) == musicxml_bytes(score)


@given(scores(step=7), st.data())
@settings(max_examples=60, deadline=None)
def test_packed_works_come_back_or_are_refused(score: Score, data: st.DataObject) -> None:
    """A packed work comes back equal, and with any one byte changed it is refused."""
    lines = tuple(Line(part.name, part.notes) for part in score.parts)
    bars = tuple(Bar(n, tick, score.meter) for n, tick in enumerate(score.bars[:-1]))
    work = ParsedWork("id", "Tïtle", lines, bars, ((0, -3),))
    packed = pack(work)
    assert unpack(packed) == work
    place = data.draw(st.integers(0, len(packed) - 1))
    flipped = data.draw(st.integers(1, 255))
    damaged = packed[:place] + bytes([packed[place] ^ flipped]) + packed[place + 1 :]
    try:
        unpack(damaged)
    except PackedWorkError:
        return
    raise AssertionError("a damaged work was taken")


@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_no_bytes_break_the_readers(data: bytes) -> None:
    """Whatever the bytes, a reader gives a work or its own error."""
    for start in (b"MThd\x00\x00\x00\x06\x00\x01\x00\x01\x01\xe0MTrk", b""):
        with suppress(MidiError):
            assert parse_midi(start + data, "x", LIMITS).lines
    for start in (b"", b"PK\x03\x04", b"<?xml version='1.0'?><score-partwise>"):
        with suppress(MarkupError):
            assert b"score-partwise" in musicxml_text(start + data, LIMITS)
