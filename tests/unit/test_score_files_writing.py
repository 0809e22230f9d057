"""Writing MIDI and MusicXML: what stands in the files."""

import io
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import mido
import pytest
from music21 import converter
from small_scores import part, score

from clearcue.adapters.score_files.midi_writing import TooManyPartsError, bar_meter, midi_bytes
from clearcue.adapters.score_files.musicxml_writing import musicxml_bytes
from clearcue.adapters.score_files.notation import NotationError, notate
from clearcue.adapters.score_files.spelling import spell_class, spell_pitch
from clearcue.music.pitch import Chord, Key
from clearcue.music.score import Note, Part, Score
from clearcue.music.time import Meter


def _file(written: Score) -> Any:
    return mido.MidiFile(file=io.BytesIO(midi_bytes(written)), charset="utf-8")


def _xml(written: Score) -> ElementTree.Element:
    return ElementTree.fromstring(musicxml_bytes(written))  # noqa: S314 - our own file


def test_midi_carries_tempo_meter_key_and_sections() -> None:
    """The conductor's track holds what the score says, half bars with a signature of their own."""
    written = score(part("tune", (0, 480, 60)), bars=(0, 1920, 2880), key=Key(4, "minor"))
    conductor = [m for m in _file(written).tracks[0] if m.type != "end_of_track"]
    found = {(m.type, m.dict().get("name") or m.dict().get("text") or "") for m in conductor}
    assert ("track_name", "A small score") in found
    assert ("marker", "A") in found
    assert [m.tempo for m in conductor if m.type == "set_tempo"] == [500_000]
    assert [m.key for m in conductor if m.type == "key_signature"] == ["Em"]
    meters = [(m.numerator, m.denominator) for m in conductor if m.type == "time_signature"]
    assert meters == [(4, 4), (2, 4)]


def test_drums_sound_on_channel_ten_and_the_rest_elsewhere() -> None:
    """Fifteen pitched parts and drums fit; drums alone use channel 10, and have no program."""
    parts = [Part(f"p{n}", "melody", "x", n, (Note(0, 9, 60 + n),)) for n in range(15)]
    drums = Part("drums", "drums", "kit", 5, (Note(0, 9, 36),))
    tracks = _file(score(*parts, drums)).tracks[1:]
    channels = [{m.channel for m in track if not m.is_meta} for track in tracks]
    assert channels == [{n} for n in (*range(9), *range(10, 16))] + [{9}]
    assert [m.program for t in tracks for m in t if m.type == "program_change"] == [*range(15)]
    with pytest.raises(TooManyPartsError, match="16 pitched parts"):
        midi_bytes(score(*parts, Part("one more", "bass", "x", 0, ())))


def test_a_pitch_struck_again_ends_the_one_before() -> None:
    """Overlapping strokes of one pitch follow one another in MIDI."""
    track = _file(score(part("tune", (0, 960, 60), (480, 480, 60)))).tracks[1]
    kinds = [(m.type, m.time) for m in track if m.type.startswith("note")]
    assert kinds == [("note_on", 0), ("note_off", 480), ("note_on", 0), ("note_off", 480)]


def test_a_title_in_any_script_survives() -> None:
    """Names are written as UTF-8."""
    assert _file(score(part("Γειά — 曲", (0, 480, 60)))).tracks[1].name == "Γειά — 曲"


@pytest.mark.parametrize(
    ("ticks", "usual", "expected"),
    [
        (1920, Meter(4, 4), Meter(4, 4)),
        (960, Meter(4, 4), Meter(2, 4)),
        (720, Meter(3, 4), Meter(3, 8)),
        (1440, Meter(6, 8), Meter(6, 8)),
        (720, Meter(6, 8), Meter(3, 8)),
        (1200, Meter(5, 4), Meter(5, 8)),
    ],
)
def test_a_half_bar_has_its_own_signature(ticks: int, usual: Meter, expected: Meter) -> None:
    """The signature of a shortened bar is in the largest unit that fits."""
    assert bar_meter(ticks, usual) == expected


def test_musicxml_names_what_a_reader_needs() -> None:
    """Title, part, program, key, tempo, section, chord with bass, and a half bar's signature."""
    root = _xml(score(part("tune", (0, 480, 60)), bars=(0, 1920, 2880), key=Key(9, "minor")))
    assert root.findtext("work/work-title") == "A small score"
    assert root.findtext("part-list/score-part/part-name") == "tune"
    assert root.findtext(".//midi-program") == "1"
    assert (root.findtext(".//fifths"), root.findtext(".//mode")) == ("0", "minor")
    assert root.findtext(".//per-minute") == "120"
    assert root.findtext(".//rehearsal") == "A"
    harmony = root.find(".//harmony")
    assert harmony is not None
    assert (harmony.findtext("root/root-step"), harmony.findtext("bass/bass-step")) == ("A", "C")
    assert harmony.find("kind").attrib == {"text": "m"}  # type: ignore[union-attr]  # it has one
    times = [(t.findtext("beats"), t.findtext("beat-type")) for t in root.iter("time")]
    assert times == [("4", "4"), ("2", "4")]


def test_a_note_over_the_bar_line_is_tied() -> None:
    """Three beats from the third of a bar are a half, tied to a quarter in the next."""
    bars = notate([Note(960, 1440, 60)], (0, 1920, 3840), [Meter(4, 4)] * 2)
    first, second = bars[0][0], bars[1][0]
    assert [(s.value, s.tied_from, s.tied_to) for s in first if s.pitches] == [
        ("half", False, True)
    ]
    assert [(s.value, s.tied_from, s.tied_to) for s in second if s.pitches] == [
        ("quarter", True, False)
    ]


def test_triplets_are_groups_of_three_in_two() -> None:
    """Three notes in a beat are a marked group of triplet eighths."""
    notes = [Note(n * 160, 160, 60 + n) for n in range(3)]
    voice = notate(notes, (0, 1920), [Meter(4, 4)])[0][0]
    assert [(s.value, s.triplet, s.tuplet) for s in voice[:3]] == [
        ("eighth", True, "start"), ("eighth", True, ""), ("eighth", True, "stop"),
    ]  # fmt: skip


def test_played_lengths_are_written_as_meant() -> None:
    """A quarter that is let go a little early is a quarter; one that yields to the next is not."""
    voice = notate([Note(0, 440, 60), Note(480, 440, 62)], (0, 1920), [Meter(4, 4)])[0][0]
    assert [s.value for s in voice if s.pitches] == ["quarter", "quarter"]


def test_compound_bars_are_written_in_dotted_beats() -> None:
    """A 6/8 bar is one dotted half; a note across its middle is tied there."""
    whole = notate([Note(0, 1440, 60)], (0, 1440), [Meter(6, 8)])[0][0]
    assert [(s.value, s.dots) for s in whole] == [("half", 1)]
    across = notate([Note(480, 480, 60)], (0, 1440), [Meter(6, 8)])[0][0]
    assert [(s.value, s.tied_to) for s in across if s.pitches] == [
        ("eighth", True),
        ("eighth", False),
    ]


@pytest.mark.parametrize(
    ("onset", "length", "values"),
    [
        (0, 720, ["quarter."]),
        (240, 480, ["quarter"]),
        (240, 720, ["quarter."]),
        (720, 480, ["eighth", "eighth"]),
        (480, 960, ["half"]),
        (480, 720, ["quarter", "eighth"]),
        (360, 600, ["16th", "quarter"]),
        (0, 1920, ["whole"]),
    ],
)
def test_note_values_show_the_beat(onset: int, length: int, values: list[str]) -> None:
    """In 4/4 the usual syncopations stand in one value, and the middle of the bar stays visible."""
    voice = notate([Note(onset, length, 60)], (0, 1920), [Meter(4, 4)])[0][0]
    assert [s.value + "." * s.dots for s in voice if s.pitches] == values


def test_a_note_after_the_last_bar_is_an_error() -> None:
    """Nothing is silently left out of the notation."""
    with pytest.raises(NotationError, match="after the last bar"):
        musicxml_bytes(score(part("tune", (3840, 480, 60))))


@pytest.mark.parametrize(
    ("pitch_class", "key", "expected"),
    [
        (6, Key(0, "major"), ("F", 1)),
        (10, Key(0, "major"), ("B", -1)),
        (8, Key(9, "minor"), ("G", 1)),
        (8, Key(3, "major"), ("A", -1)),
        (11, Key(6, "major"), ("B", 0)),
        (5, Key(6, "major"), ("E", 1)),
    ],
)
def test_pitches_are_spelled_in_the_key(
    pitch_class: int, key: Key, expected: tuple[str, int]
) -> None:
    """Scale notes take their scale spelling, the raised leading note of minor its sharp."""
    assert spell_class(pitch_class, key) == expected


def test_every_pitch_is_spelled_as_itself() -> None:
    """Step, alteration and octave add up to the pitch in every key."""
    steps = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
    for tonic in range(12):
        for mode in ("major", "harmonic-minor", "locrian"):
            for pitch in range(21, 109):
                step, alter, octave = spell_pitch(pitch, Key(tonic, mode))
                assert 12 * (octave + 1) + steps[step] + alter == pitch


def test_accidentals_stand_where_they_are_needed() -> None:
    """A sharp is shown once in a bar, taken back by a natural, and shown again in the next."""
    tune = part("tune", (0, 480, 66), (480, 480, 66), (960, 960, 65), (1920, 1920, 66))
    shown = [n.findtext("accidental") for n in _xml(score(tune)).iter("note")]
    assert shown == ["sharp", None, "natural", "sharp"]


def test_drums_are_unpitched_notes_with_their_keys() -> None:
    """Each stroke stands on its line of the staff and names its General MIDI key."""
    drums = part("kit", (0, 60, 36), (0, 60, 42), (960, 60, 38), role="drums")
    root = _xml(score(drums))
    assert [e.text for e in root.iter("midi-unpitched")] == ["37", "39", "43"]
    strokes = [n for n in root.iter("note") if n.find("unpitched") is not None]
    steps = [n.findtext("unpitched/display-step") for n in strokes]
    assert steps == ["F", "G", "C"]
    assert root.findtext(".//clef/sign") == "percussion"


@pytest.mark.parametrize(
    ("velocities", "marks", "wedges"),
    [
        ((50, 60, 70, 90), ["mp"], ["crescendo", "stop"]),
        ((100, 80, 70, 50), ["ff"], ["diminuendo", "stop"]),
        ((70, 72, 70, 74), ["mf"], []),
    ],
)
def test_a_section_that_grows_has_a_hairpin(
    velocities: tuple[int, ...], marks: list[str], wedges: list[str]
) -> None:
    """The mark says how loud it begins; the hairpin spans its notes, as music21 reads it, too."""
    notes = tuple(
        Note(number * 960, 960, 60 + number, velocity) for number, velocity in enumerate(velocities)
    )
    written = score(Part("tune", "melody", "piano", 0, notes))
    xml = _xml(written)
    assert [mark[0].tag for mark in xml.iter("dynamics")] == marks
    assert [wedge.get("type") for wedge in xml.iter("wedge")] == wedges
    read = converter.parseData(musicxml_bytes(written).decode(), format="musicxml")
    assert len(list(read.recurse().getElementsByClass("DynamicWedge"))) == bool(wedges)


def test_a_chords_own_tones_are_spelled_by_the_chord() -> None:
    """The third of C7 is E in A flat, too, and that of D flat minor is F flat."""
    a_flat = Key(8, "major")
    dominant = Chord(0, 1920, 0, (0, 4, 7, 10), 4, "C7/E", "V7/vi")
    borrowed = Chord(1920, 1920, 1, (0, 3, 7), 1, "Dbm", "iv")
    assert spell_pitch(64, a_flat, dominant) == ("E", 0, 4)
    assert spell_pitch(64, a_flat, borrowed) == ("F", -1, 4)
    assert spell_pitch(64, a_flat) == ("F", -1, 4)
    assert spell_pitch(61, a_flat, dominant) == ("D", -1, 4)
    written = replace(score(part("tune", (0, 3840, 64)), key=a_flat), chords=(dominant, borrowed))
    xml = _xml(written)
    assert [step.text for step in xml.iter("step")] == ["E", "E"], "a tie keeps its spelling"
    assert [step.text for step in xml.iter("bass-step")] == ["E"]


def test_short_notes_are_dotted_and_the_end_is_held() -> None:
    """A 16th on a beat is a dotted eighth; a dotted eighth is a quarter; the last has a fermata."""
    notes = ((0, 120, 60), (480, 360, 62), (960, 120, 64), (1080, 120, 65), (1920, 600, 60))
    xml = _xml(score(part("tune", *notes)))
    found = [
        (note.findtext("type"), note.find(".//staccato") is not None,
         note.find(".//fermata") is not None)
        for note in xml.iter("note") if note.find("rest") is None
    ]  # fmt: skip
    assert found == [
        ("eighth", True, False), ("quarter", False, False), ("16th", False, False),
        ("16th", False, False), ("quarter", False, True),
    ]  # fmt: skip
