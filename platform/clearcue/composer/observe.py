"""What is observed in a work: its local keys, chords and changes of chord.

Local keys come from matching the pitch classes of a window of bars with the Temperley-Kostka-Payne
profiles (Temperley, "Music and Probability", 2007), chords from the best-covering triad of half a
bar. All sums are of integers.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clearcue.music.pitch import Key
from clearcue.music.work import Bar, ParsedWork

KEY_WINDOW_BARS = 4
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
class Change:
    """A change of chord: mode, up to three chords before it, the last one the nearest, and itself.

    A chord is its root in semitones above the tonic, and its quality.
    """

    mode: str
    before: tuple[tuple[int, str], ...]
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


QUALITIES = ("M", "m", "d")


def chord_code(root: int, quality: str) -> int:
    """A chord as one number from 1; its root in semitones above the tonic."""
    return 1 + 3 * root + QUALITIES.index(quality)


def bar_chords(work: ParsedWork, keys: tuple[Key, ...]) -> list[int]:
    """The chord of every half bar in its local key (`chord_code`), 0 where none is heard."""
    edges: list[int] = []
    for start, end, _ in bar_spans(work):
        edges += [start, (start + end) // 2]
    if not edges:
        return []
    edges.append(bar_spans(work)[-1][1])
    sums = _durations(work, np.array(edges, dtype=np.int64))
    heard = []
    for half, durations in enumerate(sums):
        triad = _triad(durations) if durations.sum() else None
        tonic = keys[half // 2].tonic
        heard.append(0 if triad is None else chord_code((triad[0] - tonic) % 12, triad[1]))
    return heard


def changes(work: ParsedWork, keys: tuple[Key, ...]) -> Iterator[Change]:
    """The changes of chord between half bars, repeats left out, within one local key."""
    before: list[tuple[int, str]] = []
    previous_key: Key | None = None
    for half, code in enumerate(bar_chords(work, keys)):
        key = keys[half // 2]
        if not code or key != previous_key:
            before = []
        if code:
            here = ((code - 1) // 3, QUALITIES[(code - 1) % 3])
            if before and here != before[-1]:
                yield Change(key.mode, tuple(before[-3:]), here)
            if not before or here != before[-1]:
                before.append(here)
        previous_key = key
