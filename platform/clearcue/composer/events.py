"""The melodic lines of works as rows of whole numbers, which is what the model learns from.

An event is a note of a line's top voice with the time to the next one; its columns are named below.
Conventions: time is in twenty-fourths of a quarter note (`GRID`), so that triplets and sixteenths
are whole numbers; pitches are MIDI's. A rhythm symbol is twice the place of its length in
`LENGTHS`, one more where the note is let go early, -1 where the line breaks off: at a rest of a
half note or more, at a length that is not in `LENGTHS`, before a leap of more than `WIDEST`
semitones.
"""

from collections.abc import Sequence

import numpy as np

from clearcue.composer.observe import bar_chords, local_keys
from clearcue.composer.viewpoint_kernels import (
    BAR,
    BREAK,
    CHORD,
    COLUMNS,
    GRID,
    LENGTHS,
    LINE,
    MIDDLE,
    MODE,
    ONSET,
    PITCH,
    PLACE,
    RHYTHM,
    TONIC,
    WIDEST,
    WORK,
    Ints,
)
from clearcue.music.time import TICKS_PER_QUARTER
from clearcue.music.work import ParsedWork

GRID_TICKS = TICKS_PER_QUARTER // GRID
LONG_REST = 2 * GRID


def read_events(works: Sequence[ParsedWork]) -> Ints:
    """The events of each work's top line, shape (events, `COLUMNS`)."""
    lines: list[Ints] = []
    rows = 0
    for number, work in enumerate(works):
        events = line_events(work)
        events[:, WORK] = number
        events[:, LINE] = rows
        rows += len(events)
        lines.append(events)
    return np.concatenate([np.zeros((0, COLUMNS), np.int64), *lines])


def line_events(work: ParsedWork) -> Ints:
    """The events of a work's top line, numbered as the only one."""
    keys = local_keys(work)
    notes = work.lines[0].skyline() if work.lines and keys else ()
    events = np.zeros((len(notes), COLUMNS), np.int64)
    if not notes:
        return events
    ticks = np.array([(note.onset_ticks, note.end_ticks, note.pitch) for note in notes], np.int64)
    onset = (ticks[:, 0] + GRID_TICKS // 2) // GRID_TICKS
    end = (ticks[:, 1] + GRID_TICKS // 2) // GRID_TICKS
    starts = np.array([bar.onset_ticks for bar in work.bars], np.int64)
    lengths = np.array([bar.meter.bar_ticks for bar in work.bars], np.int64)
    if len(starts) > 1 and (missing := lengths[0] - (starts[1] - starts[0])) > 0:
        starts[0] -= missing  # an upbeat is counted from the end of its bar
    at = np.maximum(np.searchsorted(starts, ticks[:, 0], side="right") - 1, 0)
    place = ticks[:, 0] - starts[at]
    events[:, ONSET] = onset
    events[:, PLACE] = np.maximum(place, 0) // GRID_TICKS
    events[:, BAR] = lengths[at] // GRID_TICKS
    events[:, PITCH] = ticks[:, 2]
    events[:, TONIC] = np.array([key.tonic for key in keys], np.int64)[at]
    events[:, MODE] = np.array([key.mode == "minor" for key in keys], np.int64)[at]
    heard = np.array(bar_chords(work, keys), np.int64).reshape(-1, 2)
    events[:, CHORD] = heard[at, (2 * place >= lengths[at]).astype(np.int64)]
    events[:, MIDDLE] = np.sort(ticks[:, 2])[len(ticks) // 2]
    following = np.append(onset[1:], end[-1])
    events[:, RHYTHM] = _rhythm_symbols(following - onset, following - end)
    leap = np.append(np.abs(np.diff(ticks[:, 2])) > WIDEST, True)
    events[leap | (following - end >= LONG_REST), RHYTHM] = -1
    events[:, BREAK] = np.append(True, events[:-1, RHYTHM] < 0)
    return events


def _rhythm_symbols(lengths: Ints, rests: Ints) -> Ints:
    """A symbol for each time to the next note, -1 where it has none."""
    known = np.array(LENGTHS, np.int64)
    place = np.minimum(np.searchsorted(known, lengths), len(known) - 1)
    early = (4 * rests >= lengths) & (4 * rests >= GRID)
    return np.where(known[place] == lengths, 2 * place + early, -1)
