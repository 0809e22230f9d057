"""Shingles: what they hold, where windows lie, and that bulk hashing follows the definition."""

import numpy as np
import pytest
from originality_material import changed, tune

from clearcue.music.score import Note
from clearcue.originality import minhash, shingles
from clearcue.originality.shingles import Ints


def _arrays(notes: tuple[Note, ...]) -> tuple[Ints, Ints]:
    onsets = np.array([note.onset_ticks for note in notes], dtype=np.int32)
    return onsets, np.array([note.pitch for note in notes], dtype=np.int32)


def test_shingles_of_a_line_worked_out_by_hand() -> None:
    """Six notes give the bytes that the definition asks for, stream by stream."""
    onsets = np.array([0, 480, 720, 960, 1920, 2400], dtype=np.int32)
    pitches = np.array([60, 62, 62, 65, 60, 67], dtype=np.int32)
    rhythm, plain, merged = shingles.shingle_bytes(onsets, pitches)
    # Intervals 2 0 3 -5 7; inter-onset times 480 240 240 960 480, ratios 1/2 1 4 1/2.
    assert rhythm == [
        b"cc1:ir3:" + bytes([0, 0xFE, 3, 0, 0xFB, 4]),
        b"cc1:ir3:" + bytes([3, 0, 0xFB, 4, 7, 0xFE]),
    ]
    assert plain == [
        b"cc1:i4:" + bytes([2, 0, 3, 0xFB]),
        b"cc1:i4:" + bytes([0, 3, 0xFB, 7]),
    ]
    assert merged == [b"cc1:m4:" + bytes([2, 3, 0xFB, 7])]


@pytest.mark.parametrize("hop", [shingles.INDEX_HOP, shingles.QUERY_HOP])
def test_bulk_windows_hash_the_shingles_that_lie_inside(hop: int) -> None:
    """Every window's hashes are those of its own sixteen notes' shingles."""
    lines = [_arrays(tune(1, 41)), _arrays(tune(2, 16)), _arrays(tune(3, 9))]
    laid = shingles.windows(lines, hop)
    onsets = np.concatenate([line[0] for line in lines])
    pitches = np.concatenate([line[1] for line in lines])
    assert len(laid.starts) == len(shingles.window_starts(41, hop)) + 1
    for window, start in enumerate(laid.starts.tolist()):
        inside = slice(start, start + shingles.WINDOW_NOTES)
        wanted = {
            minhash.shingle_hash(shingle)
            for stream in shingles.shingle_bytes(onsets[inside], pitches[inside])
            for shingle in stream
        }
        ranges = laid.ranges[window].tolist()
        found = {
            value
            for low, high in zip(ranges[::2], ranges[1::2], strict=True)
            for value in laid.hashes[low:high].tolist()
        }
        assert found == wanted
        assert laid.distinct[window] == len(wanted)


def test_windows_reach_the_end_of_a_line() -> None:
    """The last window lies flush with the end, and a line under sixteen notes has none."""
    assert shingles.window_starts(23, 4).tolist() == [0, 4, 7]
    assert shingles.window_starts(16, 4).tolist() == [0]
    assert shingles.window_starts(15, 4).tolist() == []


def test_repeated_notes_have_no_merged_shingles() -> None:
    """A line that never moves has nothing in the merged stream, and few distinct shingles."""
    onsets = np.arange(0, 16 * 240, 240, dtype=np.int32)
    pitches = np.full(16, 60, dtype=np.int32)
    assert shingles.shingle_bytes(onsets, pitches)[2] == []
    assert shingles.windows([(onsets, pitches)], 4).distinct.tolist() == [2]


def test_transposition_and_tempo_leave_shingles_alone() -> None:
    """The same tune in another key and in half the note values has the same shingles."""
    notes = tune(4, 60)
    other = changed(notes, up=5, times=(1, 2))
    assert shingles.shingle_bytes(*_arrays(notes)) == shingles.shingle_bytes(*_arrays(other))
