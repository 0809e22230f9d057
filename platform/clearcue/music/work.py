"""A parsed work: the notes of a training, reference or uploaded piece, voice by voice.

A `Line` is one voice: notes in order of onset, one at a time for a single voice. Chords in one
voice are kept (equal onsets); `skyline` gives the highest note of each onset, which is what melodic
comparison reads. Bars carry the number that is printed in the source, so that a report can name
them; a pickup bar is 0.
"""

from dataclasses import dataclass

from clearcue.music.score import Note
from clearcue.music.time import Meter


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a source: its printed number, its onset in ticks, and its time signature."""

    number: int
    onset_ticks: int
    meter: Meter


@dataclass(frozen=True, slots=True)
class Line:
    """One voice of a work, ordered by onset, then pitch; ties joined, grace notes left out."""

    name: str
    notes: tuple[Note, ...]

    def skyline(self) -> tuple[Note, ...]:
        """The highest note of each onset, in order."""
        highest: dict[int, Note] = {}
        for note in self.notes:
            other = highest.get(note.onset_ticks)
            if other is None or note.pitch > other.pitch:
                highest[note.onset_ticks] = note
        return tuple(highest[onset] for onset in sorted(highest))


@dataclass(frozen=True, slots=True)
class ParsedWork:
    """A work's voices, bars and key signatures.

    `fifths` holds (onset in ticks, sharps or minus flats) for each key signature, in order. The id
    is the manifest's for a work of the corpus, and a file's name for an upload.
    """

    work_id: str
    title: str
    lines: tuple[Line, ...]
    bars: tuple[Bar, ...]
    fifths: tuple[tuple[int, int], ...]

    def bar_at(self, ticks: int) -> int:
        """The printed number of the bar that sounds at a tick; the first bar's before the start."""
        return self.bars[self.bar_place(ticks)].number if self.bars else 1

    def bar_place(self, ticks: int) -> int:
        """Which bar sounds at a tick, counted from 0; printed numbers may repeat or go back."""
        low, high = 0, len(self.bars)
        while low < high:
            middle = (low + high) // 2
            if self.bars[middle].onset_ticks <= ticks:
                low = middle + 1
            else:
                high = middle
        return max(low - 1, 0)
