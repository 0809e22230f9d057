"""What is observed in a work: its local keys, chords, bar rhythms and melodic steps.

Local keys come from matching the pitch classes of a window of bars with the Temperley-Kostka-Payne
profiles (Temperley, "Music and Probability", 2007), chords from the best-covering triad of half a
bar. All sums are of integers. A melodic line is read as diatonic steps: `0` repeats, `1` is the
next note of the scale above; notes outside the scale and rests of a quarter or more break a line.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clearcue.music.pitch import Key
from clearcue.music.score import Note
from clearcue.music.time import TICKS_PER_QUARTER
from clearcue.music.work import Bar, ParsedWork

SIXTEENTH = TICKS_PER_QUARTER // 4
KEY_WINDOW_BARS = 4
LARGEST_STEP = 7
Rhythm = tuple[tuple[int, int], ...]
"""A bar's rhythm in 4/4: (onset, duration) in sixteenths from the bar's start."""

_MAJOR = (748, 60, 488, 82, 670, 460, 96, 715, 104, 366, 57, 400)
_MINOR = (712, 84, 474, 618, 49, 460, 105, 747, 404, 67, 133, 330)
_PROFILES = np.array(
    [np.roll(profile, tonic) for profile in (_MAJOR, _MINOR) for tonic in range(12)],
    dtype=np.int64,
)
_TRIADS = {"M": (0, 4, 7), "m": (0, 3, 7), "d": (0, 3, 6)}


@dataclass(frozen=True, slots=True)
class Step:
    """A melodic step with what came before it.

    `degree` is the scale degree (0 to 6) stepped from, `step` the scale steps to the next note
    (positive is up), `strong` whether the next note falls on a beat; `before` are the two steps
    before, None where the line began.
    """

    mode: str
    degree: int
    step: int
    strong: bool
    before: tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class Change:
    """A change of chord: mode, and both roots (semitones above the tonic) with quality."""

    mode: str
    before: tuple[int, str]
    after: tuple[int, str]


def bar_spans(work: ParsedWork) -> tuple[tuple[int, int, Bar], ...]:
    """Onset and end of every bar in ticks."""
    ends = [bar.onset_ticks for bar in work.bars[1:]]
    ends += [bar.onset_ticks + bar.meter.bar_ticks for bar in work.bars[-1:]]
    return tuple((bar.onset_ticks, end, bar) for bar, end in zip(work.bars, ends, strict=True))


def _durations(work: ParsedWork, edges: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sounding ticks of each pitch class between consecutive edges, shape (len(edges) - 1, 12)."""
    sums = np.zeros((max(len(edges) - 1, 0), 12), dtype=np.int64)
    for line in work.lines:
        for note in line.notes:
            first = int(np.searchsorted(edges, note.onset_ticks, side="right")) - 1
            span = first
            while 0 <= span < len(sums) and edges[span] < note.end_ticks:
                overlap = min(note.end_ticks, int(edges[span + 1])) - max(
                    note.onset_ticks, int(edges[span])
                )
                sums[span, note.pitch % 12] += overlap
                span += 1
    return sums


def local_keys(work: ParsedWork) -> tuple[Key, ...]:
    """The key around each bar, from a window of `KEY_WINDOW_BARS` on both sides."""
    spans = bar_spans(work)
    if not spans:
        return ()
    edges = np.array([start for start, _, _ in spans] + [spans[-1][1]], dtype=np.int64)
    sums = np.cumsum(np.vstack([np.zeros((1, 12), np.int64), _durations(work, edges)]), axis=0)
    keys = []
    for bar in range(len(spans)):
        low, high = max(bar - KEY_WINDOW_BARS, 0), min(bar + KEY_WINDOW_BARS + 1, len(spans))
        fit = _PROFILES @ (sums[high] - sums[low])
        best = int(np.argmax(fit))
        keys.append(Key(best % 12, "major" if best < 12 else "minor"))
    return tuple(keys)


def degree_of(pitch: int, key: Key) -> int | None:
    """Scale steps of a pitch above the tonic of octave 0, or None when it is not in the scale."""
    octave, pitch_class = divmod(pitch - key.tonic, 12)
    for degree, member in enumerate(key.scale):
        if (member - key.tonic) % 12 == pitch_class:
            return octave * 7 + degree
    return None


def rhythms(work: ParsedWork) -> Iterator[Rhythm]:
    """The rhythm of each bar of the top line that is four quarters long and lies on sixteenths."""
    notes = work.lines[0].skyline() if work.lines else ()
    index = 0
    for start, end, _ in bar_spans(work):
        while index < len(notes) and notes[index].onset_ticks < start:
            index += 1
        if end - start != 4 * TICKS_PER_QUARTER:
            continue
        rhythm: list[tuple[int, int]] = []
        look = index
        while look < len(notes) and notes[look].onset_ticks < end:
            note = notes[look]
            onset, off = divmod(note.onset_ticks - start, SIXTEENTH)
            length, over = divmod(min(note.end_ticks, end) - note.onset_ticks, SIXTEENTH)
            if off or over or length < 1:
                rhythm = []
                break
            rhythm.append((onset, length))
            look += 1
        if rhythm and rhythm[0][0] <= 4:
            yield tuple(rhythm)


def steps(work: ParsedWork, keys: tuple[Key, ...]) -> Iterator[Step]:
    """The diatonic steps of the top line, bar by bar in its local key."""
    if not work.lines or not keys:
        return
    onsets = np.array([bar.onset_ticks for bar in work.bars], dtype=np.int64)
    previous: Note | None = None
    before: tuple[int | None, int | None] = (None, None)
    for note in work.lines[0].skyline():
        bar = max(int(np.searchsorted(onsets, note.onset_ticks, side="right")) - 1, 0)
        key = keys[bar]
        here = degree_of(note.pitch, key)
        there = degree_of(previous.pitch, key) if previous else None
        gap = note.onset_ticks - previous.end_ticks if previous else TICKS_PER_QUARTER
        if here is None or there is None or gap >= TICKS_PER_QUARTER:
            before = (None, None)
        elif abs(here - there) <= LARGEST_STEP:
            strong = (note.onset_ticks - int(onsets[bar])) % TICKS_PER_QUARTER == 0
            yield Step(key.mode, there % 7, here - there, strong, before)
            before = (here - there, before[0])
        else:
            before = (None, None)
        previous = note if here is not None else None


def _triad(durations: NDArray[np.int64]) -> tuple[int, str] | None:
    """The triad that covers most of what sounds, or None when none covers three quarters."""
    total = int(durations.sum())
    best: tuple[int, int, str] | None = None
    for root in range(12):
        if not durations[root]:
            continue
        for quality, members in _TRIADS.items():
            cover = sum(int(durations[(root + step) % 12]) for step in members)
            score = cover + int(durations[root]) // 2
            if cover * 4 >= total * 3 and (best is None or score > best[0]):
                best = (score, root, quality)
    return (best[1], best[2]) if best else None


def changes(work: ParsedWork, keys: tuple[Key, ...]) -> Iterator[Change]:
    """The changes of chord between half bars, repeats left out, within one local key."""
    edges: list[int] = []
    of_bar: list[int] = []
    for index, (start, end, _) in enumerate(bar_spans(work)):
        edges += [start, (start + end) // 2]
        of_bar += [index, index]
    if not edges:
        return
    edges.append(bar_spans(work)[-1][1])
    sums = _durations(work, np.array(edges, dtype=np.int64))
    previous: tuple[int, str] | None = None
    previous_key: Key | None = None
    for half, bar in enumerate(of_bar):
        triad = _triad(sums[half]) if sums[half].sum() else None
        key = keys[bar]
        if triad is None or key != previous_key:
            previous = ((triad[0] - key.tonic) % 12, triad[1]) if triad else None
        else:
            here = ((triad[0] - key.tonic) % 12, triad[1])
            if previous is not None and here != previous:
                yield Change(key.mode, previous, here)
            previous = here
        previous_key = key
