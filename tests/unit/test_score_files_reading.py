"""Reading score files from outside: what is accepted, and one clear line for all that is not."""

import io
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import mido
import pytest
from small_scores import part, score

from clearcue.adapters.corpus_music21.folder import corpus_folder
from clearcue.adapters.score_files.limits import Limits
from clearcue.adapters.score_files.markup import MarkupError, musicxml_text
from clearcue.adapters.score_files.midi_reading import MidiError, parse_midi
from clearcue.adapters.score_files.midi_writing import midi_bytes
from clearcue.adapters.score_files.musicxml_writing import musicxml_bytes
from clearcue.adapters.score_files.reading import ScoreFileError, read_score_file, sniff
from clearcue.errors import BadInputError
from clearcue.music.work import ParsedWork

LIMITS = Limits()
TUNE = ((0, 480, 60), (480, 480, 64), (960, 960, 67), (1920, 1920, 72))

ABC = b"""X:1
T:A tune
M:3/4
L:1/4
K:D
D F A | d2 z |
"""
KERN = b"""**kern\t**kern
*clefF4\t*clefG2
*k[]\t*k[]
*M4/4\t*M4/4
=1\t=1
2C\t4c
.\t4d
2G\t2e
==\t==
*-\t*-
"""


def _notes(work: ParsedWork, index: int = 0) -> list[tuple[int, int, int]]:
    return [(n.onset_ticks, n.duration_ticks, n.pitch) for n in work.lines[index].notes]


def _midi(*tracks: list[mido.Message | mido.MetaMessage], ticks: int = 480) -> bytes:
    file = mido.MidiFile(type=1, ticks_per_beat=ticks)
    file.tracks.extend(mido.MidiTrack(track) for track in tracks)
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def _stroke(pitch: int, ticks: int, channel: int = 0) -> list[mido.Message]:
    return [
        mido.Message("note_on", note=pitch, channel=channel, velocity=70),
        mido.Message("note_off", note=pitch, channel=channel, time=ticks),
    ]


def _zip(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_the_kinds_are_told_from_the_bytes() -> None:
    """Names do not matter: the first bytes decide, in UTF-16 too."""
    xml = musicxml_bytes(score(part("tune", *TUNE)))
    assert sniff(midi_bytes(score(part("tune", *TUNE)))) == "midi"
    assert sniff(xml) == sniff(xml.decode().encode("utf-16")) == sniff(_zip(a=b"")) == "musicxml"
    assert (sniff(ABC), sniff(KERN), sniff(b"RIFF....WAVE")) == ("abc", "kern", None)


def test_all_four_kinds_are_read_in_their_process(tmp_path: Path) -> None:
    """The same tune comes back from MIDI and MusicXML; ABC and kern give their notes."""
    tune = score(part("tune", *TUNE))
    for name, data in (("a.mid", midi_bytes(tune)), ("a.xml", musicxml_bytes(tune))):
        path = tmp_path / name
        path.write_bytes(data)
        work = read_score_file(path)
        assert (work.work_id, work.title, work.lines[0].name) == (name, "A small score", "tune")
        assert _notes(work) == list(TUNE)
        assert [bar.number for bar in work.bars] == [1, 2]
    abc = read_score_file(ABC, name="a.abc")
    assert _notes(abc) == [(0, 480, 62), (480, 480, 66), (960, 480, 69), (1440, 960, 74)]
    assert abc.fifths == ((0, 2),)
    kern = read_score_file(KERN, name="a.krn")
    assert sorted(_notes(kern) + _notes(kern, 1)) == [
        (0, 480, 60), (0, 960, 48), (480, 480, 62), (960, 960, 55), (960, 960, 64),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b" \n ", "is empty"),
        (b"hello", "is no score that can be read; give MIDI"),
        (b"MThd\x00\x00", "is a damaged MIDI file"),
        (_midi([mido.MetaMessage("track_name", name="x")]), "holds no notes"),
        (_midi(_stroke(38, 480, channel=9)), "holds only percussion"),
        (b"<html></html>", "its root is <html>"),
        (b"<score-partwise>", "is not well-formed XML"),
        (b"PK\x03\x04nonsense", "is no readable .mxl archive"),
        (_zip(readme=b"hello"), "is an archive without a MusicXML score"),
        (b"X:1\nT:silence\nM:4/4\nK:C\nz4|\n", "holds no pitched notes"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><score-partwise>&a;</score-partwise>', "XML entities"),
        (
            b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><score-partwise>&a;'
            b"</score-partwise>",
            "XML entities",
        ),
    ],
)
def test_what_cannot_be_read_is_one_clear_line(data: bytes, words: str) -> None:
    """Each kind of bad file ends in the same error: its name, what is wrong, no second line."""
    with pytest.raises(ScoreFileError) as caught:
        read_score_file(data, name="upload.bin")
    text = str(caught.value)
    assert text.startswith("upload.bin: ")
    assert words in text
    assert "\n" not in text
    assert isinstance(caught.value, BadInputError)


def test_a_path_that_is_no_file_is_named(tmp_path: Path) -> None:
    """A folder and a missing file are told apart."""
    with pytest.raises(ScoreFileError, match="is no file"):
        read_score_file(tmp_path)
    with pytest.raises(ScoreFileError, match=r"gone\.mid: does not exist"):
        read_score_file(tmp_path / "gone.mid")


def test_a_file_beyond_the_size_limit_is_refused() -> None:
    """No more is read than the limit."""
    with pytest.raises(ScoreFileError, match="larger than 100 bytes"):
        read_score_file(b"MThd" * 26, replace(LIMITS, max_file_bytes=100))


def test_the_billion_laughs_and_utf_16_entities_are_refused() -> None:
    """An entity is refused where it is declared, in whatever encoding the file hides it."""
    bomb = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><score-partwise>&b;</score-partwise>'
    for data in (
        bomb.encode(),
        ('<?xml version="1.0" encoding="utf-16"?>' + bomb).encode("utf-16"),
    ):
        with pytest.raises(MarkupError, match="entities"):
            musicxml_text(data, LIMITS)


def test_a_zip_bomb_is_refused_while_unpacking() -> None:
    """What unpacks to more than the limit is stopped at the limit, whatever the header says."""
    bomb = _zip(**{"score.xml": b" " * 3_000_000})
    with pytest.raises(MarkupError, match="unpacks to more than 1000000 bytes"):
        musicxml_text(bomb, replace(LIMITS, max_xml_bytes=1_000_000))
    crowd = _zip(**{f"{n}.xml": b"" for n in range(LIMITS.max_archive_members + 1)})
    with pytest.raises(MarkupError, match="holds more than 200 files"):
        musicxml_text(crowd, LIMITS)


def test_a_deep_or_crowded_xml_is_refused() -> None:
    """Nesting and numbers beyond any score's are refused before a tree is built."""
    deep = b"<score-partwise>" + b"<a>" * 100 + b"</a>" * 100 + b"</score-partwise>"
    wide = b"<score-partwise>" + b"<a/>" * 1000 + b"</score-partwise>"
    with pytest.raises(MarkupError, match="nested deeper"):
        musicxml_text(deep, LIMITS)
    with pytest.raises(MarkupError, match="more elements"):
        musicxml_text(wide, replace(LIMITS, max_xml_elements=500))


def test_the_container_names_the_score() -> None:
    """The score that the container names is read, not the first XML file of the archive."""
    xml = musicxml_bytes(score(part("tune", *TUNE)))
    container = b'<container><rootfiles><rootfile full-path="b.xml"/></rootfiles></container>'
    data = _zip(**{"a.xml": b"<other/>", "META-INF/container.xml": container, "b.xml": xml})
    assert musicxml_text(data, LIMITS) == xml


def test_huge_deltas_in_midi_are_refused_at_once() -> None:
    """Two notes a geological age apart are no piece of music (a known attack on other readers)."""
    late = [*_stroke(60, 10), mido.Message("note_on", note=62, time=2**27, velocity=1)]
    with pytest.raises(MidiError, match="lasts longer"):
        parse_midi(_midi(late * 8, ticks=1), "x", LIMITS)


def test_too_many_bytes_messages_and_bars_are_refused() -> None:
    """A long file, one of ticking messages and one of tiny bars stop at the limits."""
    many = _midi(_stroke(60, 1) * 60)
    with pytest.raises(MidiError, match="larger than 300 bytes"):
        parse_midi(many, "x", replace(LIMITS, max_midi_bytes=300))
    with pytest.raises(MidiError, match="more than 100 MIDI messages"):
        parse_midi(many, "x", replace(LIMITS, max_midi_messages=100))
    tiny = mido.MetaMessage("time_signature", numerator=1, denominator=64)
    with pytest.raises(MidiError, match="more than 50 bars"):
        parse_midi(_midi([tiny, *_stroke(60, 48_000)]), "x", replace(LIMITS, max_bars=50))


def test_midi_is_brought_to_our_resolution_and_bars() -> None:
    """96 ticks a quarter become 480; a signature in mid-bar starts a new bar; 4/4 comes first."""
    track = [
        *_stroke(60, 96),
        mido.MetaMessage("time_signature", numerator=3, denominator=4, time=96),
        *_stroke(62, 96 * 6),
    ]
    work = parse_midi(_midi(track, ticks=96), "x", LIMITS)
    assert _notes(work) == [(0, 480, 60), (960, 2880, 62)]
    assert [(bar.number, bar.onset_ticks) for bar in work.bars] == [(1, 0), (2, 960), (3, 2400)]


def test_midi_voices_are_tracks_and_channels_without_drums() -> None:
    """Each channel of a track is a line with a name of its own; channel 10 is left out."""
    name = mido.MetaMessage("track_name", name="Duo")
    both = [name, *_stroke(60, 10), *_stroke(72, 10, channel=1), *_stroke(38, 10, channel=9)]
    work = parse_midi(_midi(both, [name, *_stroke(50, 10)]), "x", LIMITS)
    assert [line.name for line in work.lines] == ["Duo, channel 1", "Duo, channel 2", "Duo"]


def test_names_are_shown_as_one_printable_line() -> None:
    """Control characters and line breaks of a name do not reach a terminal; UTF-8 does."""
    name = mido.MetaMessage("track_name", name="a\x1b[31m\nb")
    work = parse_midi(_midi([name, *_stroke(60, 10)]), "x", LIMITS)
    assert (work.title, work.lines[0].name) == ("a[31m b", "a[31m b")
    greek = midi_bytes(score(part("Γειά", (0, 480, 60))))
    assert parse_midi(greek, "x", LIMITS).lines[0].name == "Γειά"
    with pytest.raises(ScoreFileError, match=r"^a b: is empty"):
        read_score_file(b"", name="a\nb")


def test_a_damaged_archive_is_refused() -> None:
    """A flipped byte in the compressed data is no score, and not another kind of error."""
    data = bytearray(_zip(**{"score.xml": musicxml_bytes(score(part("tune", *TUNE)))}))
    data[200] ^= 0xFF
    with pytest.raises(MarkupError, match="no readable"):
        musicxml_text(bytes(data), LIMITS)


def test_a_note_that_never_ends_ends_with_its_track() -> None:
    """A held note without an end lasts to the end of the track."""
    track = [mido.Message("note_on", note=60), mido.MetaMessage("end_of_track", time=960)]
    assert _notes(parse_midi(_midi(track), "x", LIMITS)) == [(0, 960, 60)]


def test_a_parser_that_takes_too_long_is_stopped() -> None:
    """The clock stops a parser process; so does the limit on processor time."""
    data = (corpus_folder() / "beethoven/opus132.mxl").read_bytes()
    with pytest.raises(ScoreFileError, match=r"takes more than 0\.01 s"):
        read_score_file(data, replace(LIMITS, wall_seconds=0.01), name="slow.mxl")
    with pytest.raises(ScoreFileError, match="takes more than 1 s"):
        read_score_file(data, replace(LIMITS, cpu_seconds=1), name="slow.mxl")


def test_a_parser_that_takes_too_much_memory_is_stopped() -> None:
    """Beyond the address space the process gives up with an error, and ours goes on."""
    data = (corpus_folder() / "weber/concertino_clarinet.mxl").read_bytes()
    with pytest.raises(ScoreFileError, match=r"big\.mxl: "):
        read_score_file(data, replace(LIMITS, address_space_bytes=120 << 20), name="big.mxl")


def test_the_parser_process_leaves_nothing_behind(tmp_path: Path) -> None:
    """No pickle, no temporary folder and no settings file remain after a parse."""
    script = (
        "import sys; from clearcue.adapters.score_files.reading import read_score_file; "
        "print(len(read_score_file(sys.stdin.buffer.read()).lines))"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        input=ABC,
        env={**os.environ, "TMPDIR": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        check=True,
    )
    assert run.stdout == b"1\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("signature", [b"\xff\x59\x02\xf7\x00", b"\xff\x59\x02\x09\x01"])
def test_a_key_signature_that_no_key_has_is_read_over(signature):
    """Nine flats or nine sharps, which transposing programs write, do not spoil a MIDI file."""
    notes = b"".join(
        b"\x00\x90" + bytes([pitch, 80]) + b"\x60\x80" + bytes([pitch, 0]) for pitch in (60, 62, 64)
    )
    track = b"\x00" + signature + notes + b"\x00\xff\x2f\x00"
    header = b"MThd\x00\x00\x00\x06\x00\x01\x00\x01\x00\x60"
    work = read_score_file(header + b"MTrk" + len(track).to_bytes(4, "big") + track)
    assert [note.pitch for note in work.lines[0].notes] == [60, 62, 64]
    assert work.fifths in ((), ((0, 0),))
