"""Runs of notes that a line shares with a work: found, measured, and looked up while drawing.

A run is so many consecutive notes of a voice with the same intervals and the same proportions of
the times between their onsets: transposed or played at half the speed it is the same run. A work's
voices are its lines' highest notes and, where a line holds chords, its lowest ones. Conventions:
onsets in any unit, pitches MIDI's; a run is counted in notes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from clearcue.composer.run_kernels import fill_runs, run_keys
from clearcue.composer.viewpoint_kernels import Ints, Keys
from clearcue.music.score import Note
from clearcue.music.work import ParsedWork

SHORTEST = 2
"""A shared run is two notes at the least; one note alone is none."""


@dataclass(frozen=True, slots=True)
class Voices:
    """Notes of many voices, voice after voice; each array has one entry a note.

    `begin` is the place at which the note's voice begins, `work` the number of its work.
    """

    onset: Ints
    pitch: Ints
    begin: Ints
    work: Ints


@dataclass(frozen=True, slots=True)
class ComposedLine:
    """A line that is compared, one note an onset; `free` is False for notes that a person gave.

    A run that a person gave whole is none of ours, and is not counted.
    """

    onsets: Sequence[int]
    pitches: Sequence[int]
    free: Sequence[bool]

    def keys(self, notes: int) -> Keys:
        """The run that ends at each note, 0 for none that counts."""
        onsets, pitches = np.array(self.onsets, np.int64), np.array(self.pitches, np.int64)
        keys = _keys(onsets, pitches, np.zeros(len(onsets), np.int64), notes)
        ours = np.cumsum(np.append(0, np.array(self.free, np.int64)))
        keys[notes - 1 :] *= (ours[notes:] > ours[: len(keys) - notes + 1]).astype(np.uint64)
        return keys


@dataclass(frozen=True, slots=True)
class SharedRun:
    """A run that a line shares: its notes, the place of its last one, and the work's number."""

    notes: int
    last: int
    work: int


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of the works, by length; a length's are made when they are first asked for."""

    voices: Voices
    _sorted: dict[int, tuple[Keys, Ints]] = field(default_factory=dict, compare=False)
    _tables: dict[int, Keys] = field(default_factory=dict, compare=False)

    def table(self, notes: int) -> Keys:
        """A hash table of all runs of so many notes, for `run_kernels.in_runs`."""
        if notes not in self._tables:
            keys, _ = self._of_length(notes)
            table = np.zeros(1 << max(2 * len(keys), 2).bit_length(), np.uint64)
            fill_runs(keys, table)
            self._tables[notes] = table
        return self._tables[notes]

    def shared(self, line: ComposedLine, notes: int) -> Ints:
        """The places in a line at which a run of so many notes ends that a work has."""
        if len(line.onsets) < notes:
            return np.zeros(0, np.int64)
        mine = line.keys(notes)
        keys, _ = self._of_length(notes)
        if not len(keys):
            return np.zeros(0, np.int64)
        found = np.minimum(np.searchsorted(keys, mine), len(keys) - 1)
        return np.flatnonzero((keys[found] == mine) & (mine != 0))

    def longest(self, line: ComposedLine) -> SharedRun | None:
        """The longest run that a line shares with a work, None where it shares not even two notes.

        Of several of one length the first of the line is named, with the first work that has it.
        """
        low, high = SHORTEST - 1, SHORTEST
        while len(self.shared(line, high)):
            low, high = high, 2 * high
        while low < high - 1:
            middle = (low + high) // 2
            if len(self.shared(line, middle)):
                low = middle
            else:
                high = middle
        if low < SHORTEST:
            return None
        last = int(self.shared(line, low)[0])
        keys, places = self._of_length(low)
        at = int(places[np.searchsorted(keys, line.keys(low)[last])])
        return SharedRun(low, last, int(self.voices.work[at]))

    def _of_length(self, notes: int) -> tuple[Keys, Ints]:
        """The different runs of a length, rising, and where the first of each ends."""
        if notes not in self._sorted:
            voices = self.voices
            keys = _keys(voices.onset, voices.pitch, voices.begin, notes)
            places = np.flatnonzero(keys)
            different, first = np.unique(keys[places], return_index=True)
            self._sorted[notes] = (different, places[first])
        return self._sorted[notes]


def _keys(onsets: Ints, pitches: Ints, begin: Ints, notes: int) -> Keys:
    keys = np.zeros(len(onsets), np.uint64)
    run_keys(onsets, pitches, begin, notes, keys)
    return keys


def outlines(notes: Iterable[Note]) -> tuple[tuple[Note, ...], ...]:
    """A line's highest notes and, where they differ, its lowest: one note an onset each."""
    high: dict[int, Note] = {}
    low: dict[int, Note] = {}
    for note in notes:
        onset = note.onset_ticks
        if onset not in high or note.pitch > high[onset].pitch:
            high[onset] = note
        if onset not in low or note.pitch < low[onset].pitch:
            low[onset] = note
    upper, lower = (tuple(by[onset] for onset in sorted(by)) for by in (high, low))
    return (upper,) if upper == lower else (upper, lower)


def voices_of(works: Iterable[ParsedWork]) -> Voices:
    """All voices of all works."""
    rows: list[tuple[int, int, int, int]] = []
    for number, work in enumerate(works):
        for line in work.lines:
            for voice in outlines(line.notes):
                begin = len(rows)
                rows += [(note.onset_ticks, note.pitch, begin, number) for note in voice]
    columns = np.array(rows, np.int64).reshape(-1, 4).T
    return Voices(*(np.ascontiguousarray(column) for column in columns))
