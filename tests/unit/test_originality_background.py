"""The background that percentiles are among, and passages as text and sound."""

import io
from pathlib import Path

import mido
import pytest
from originality_material import changed, excerpt, tune, work

from clearcue.adapters.score_files.passage_writing import passage_abc, passage_midi
from clearcue.adapters.score_files.reading import read_score_file
from clearcue.music.score import Note
from clearcue.originality.background import Background, false_positives, measured
from clearcue.originality.check import check
from clearcue.originality.index import Index, build_index


@pytest.fixture(scope="module")
def index() -> Index:
    """Twenty made-up tunes."""
    return build_index([work(f"work-{seed:02}", tune(seed, 120)) for seed in range(20)])


def test_background_is_repeatable_and_low(index: Index) -> None:
    """The same index gives the same lines; none of them comes near a verdict."""
    background = measured(index, lines=30)
    assert background == measured(index, lines=30)
    assert len(background.bits) == 30
    assert list(background.bits) == sorted(background.bits)
    assert false_positives(background) == {"similar": 0.0, "near-duplicate": 0.0}


def test_copy_stands_above_the_background(index: Index) -> None:
    """A copied passage tells more than all of the background, nothing tells less than none."""
    background = measured(index, lines=30)
    best = check(index, work("query", excerpt(tune(4, 120), 3, 14))).matches[0]
    assert background.percentile(best.information_bits) == 100.0
    assert background.percentile(0.0) == 0.0
    assert Background("", ()).percentile(50.0) == 0.0


def test_index_of_few_voices_has_no_background() -> None:
    """Where not enough voices are there to draw bars of, there is none, and nothing fails."""
    assert measured(build_index([work("one", tune(1))])).bits == ()


def test_passage_as_abc_reads_back(tmp_path: Path) -> None:
    """The text of a passage, read as an upload, has its notes and lengths."""
    notes = changed(excerpt(tune(7, 60), 1, 8), up=3)
    bars = work("w", notes).bars
    read = read_score_file(passage_abc(notes, bars, "A title").encode(), name="passage.abc")
    found = [(note.onset_ticks, note.pitch) for note in read.lines[0].notes]
    first = notes[0].onset_ticks
    assert found == [(note.onset_ticks - first, note.pitch) for note in notes]


def test_passage_as_midi_plays_its_notes() -> None:
    """The file begins with the first note and holds every note once."""
    notes = [Note(9600, 240, 60), Note(9840, 480, 64), Note(9840, 480, 67)]
    file = mido.MidiFile(file=io.BytesIO(passage_midi(notes)))
    played = [message.note for message in file.tracks[0] if message.type == "note_on"]
    assert sorted(played) == [60, 64, 67]
    assert file.tracks[0][1].time == 0
