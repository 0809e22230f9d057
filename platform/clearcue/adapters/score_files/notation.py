"""From notes to notation: which note values, ties, tuplets and voices write a part down.

Conventions: ticks of `clearcue.music.time`. Onsets and ends are moved to the nearest point of a
grid, chosen beat by beat (a quarter from the bar's start): 32nds (60 ticks), or triplet 16ths (80
ticks) where these fit better and the beat is whole; what lies on the grid stays where it is. A note
shorter than a grid step is written as one, and one of an eighth or more lasts whole 16ths where
nothing follows sooner. Notes that start and end together are a chord; what overlaps goes into a
further voice. Values follow the usual reading rules: nothing crosses a bar line without a tie, and
in compound meters nothing but whole beats crosses a beat.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from clearcue.errors import ClearcueError
from clearcue.music.score import Note
from clearcue.music.time import TICKS_PER_QUARTER, Meter

DYADIC_TICKS = TICKS_PER_QUARTER // 8
TRIPLET_TICKS = TICKS_PER_QUARTER // 6
WHOLE_TICKS = 4 * TICKS_PER_QUARTER

TYPES = ("whole", "half", "quarter", "eighth", "16th", "32nd", "64th", "128th")
VALUES = {WHOLE_TICKS >> power: name for power, name in enumerate(TYPES)}
"""Note types by their length in ticks."""

_TRIPLETS = {320: ("quarter", 0), 240: ("eighth", 1), 160: ("eighth", 0), 80: ("16th", 0)}
"""Type and dots of what fits into a beat of triplets, by sounding length in ticks."""


class NotationError(ClearcueError):
    """Notes that cannot be written into the bars of their score."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """One written note, chord or rest (no pitches) inside one bar.

    `value` is one of `TYPES`; a triplet lasts two thirds of it. `tuplet` is `start` or `stop` at
    the ends of a group of triplets. `implied` rests are passed over silently.
    """

    onset_ticks: int
    duration_ticks: int
    pitches: tuple[int, ...]
    value: str
    dots: int = 0
    triplet: bool = False
    tuplet: str = ""
    tied_from: bool = False
    tied_to: bool = False
    implied: bool = False


Voice = tuple[Symbol, ...]


@dataclass(frozen=True, slots=True)
class _Chord:
    onset: int
    end: int
    pitches: tuple[int, ...]


class Grid:
    """The bars of a score and the grid of one part's notes in them."""

    def __init__(self, bars: Sequence[int], notes: Sequence[Note]) -> None:
        self.bars = bars
        self._onsets = sorted({note.onset_ticks for note in notes})
        self._errors: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
        for note in notes:
            if note.onset_ticks >= bars[-1]:
                raise NotationError(f"a note at tick {note.onset_ticks} lies after the last bar")
            for tick in (note.onset_ticks, note.end_ticks):
                if tick < bars[-1]:
                    self._weigh(tick)

    def _weigh(self, tick: int) -> None:
        bar, beat = self.place(tick)
        within = tick - self.bars[bar] - beat * TICKS_PER_QUARTER
        for index, step in enumerate((DYADIC_TICKS, TRIPLET_TICKS)):
            self._errors[bar, beat][index] += abs(within - round(within / step) * step)

    def place(self, tick: int) -> tuple[int, int]:
        """The index of the bar and of the beat in it that sound at a tick."""
        bar = bisect_right(self.bars, tick) - 1
        return bar, (tick - self.bars[bar]) // TICKS_PER_QUARTER

    def is_triplet(self, bar: int, beat: int) -> bool:
        """Whether a beat of a bar is divided in three."""
        whole = self.bars[bar] + (beat + 1) * TICKS_PER_QUARTER <= self.bars[bar + 1]
        dyadic, triplet = self._errors.get((bar, beat), (0, 0))
        return whole and triplet < dyadic

    def snap(self, tick: int) -> int:
        """The grid point nearest to a tick, at most the end of its bar."""
        if tick >= self.bars[-1]:
            return self.bars[-1]
        bar, beat = self.place(tick)
        start = self.bars[bar] + beat * TICKS_PER_QUARTER
        step = TRIPLET_TICKS if self.is_triplet(bar, beat) else DYADIC_TICKS
        return min(start + round((tick - start) / step) * step, self.bars[bar + 1])

    def chord_span(self, note: Note) -> tuple[int, int]:
        """A note's onset and end on the grid, at least a step apart."""
        onset = self.snap(note.onset_ticks)
        if onset == self.bars[-1]:
            onset = max(self.bars[-1] - DYADIC_TICKS, self.bars[-2])
        step = TRIPLET_TICKS if self.is_triplet(*self.place(onset)) else DYADIC_TICKS
        end = self.bars[-1]
        if note.end_ticks < end:
            end = self._let_go(self.snap(note.end_ticks), note.duration_ticks)
        return onset, min(max(end, onset + step), self.bars[-1])

    def _let_go(self, end: int, duration: int) -> int:
        """The end of a long note brought to a 16th: how short it is cut is playing, not notation.

        Left as it is where another note comes in before.
        """
        bar, beat = self.place(end)
        within = end - self.bars[bar] - beat * TICKS_PER_QUARTER
        if duration < 4 * DYADIC_TICKS or self.is_triplet(bar, beat):
            return end
        moved = end + round(within / (2 * DYADIC_TICKS)) * 2 * DYADIC_TICKS - within
        following = bisect_right(self._onsets, end - 1)
        if following < len(self._onsets) and self._onsets[following] < moved:
            return end
        return min(moved, self.bars[bar + 1])


def notate(
    notes: Sequence[Note], bars: Sequence[int], meters: Sequence[Meter], percussion: bool = False
) -> list[list[Voice]]:
    """Write a part down.

    Args:
        notes: the part's notes.
        bars: onsets of the bars and the last one's end, in ticks.
        meters: each bar's time signature.
        percussion: strokes last until the next or the end of the beat, whatever their length.

    Returns:
        For each bar its voices, the first of which fills the bar; a further voice only where it
        sounds.

    Raises:
        NotationError: when a note starts after the last bar, or a bar has an odd length.
    """
    grid = Grid(bars, notes)
    chords = _strokes(notes, grid) if percussion else _chords(notes, grid)
    written: list[list[Voice]] = [[] for _ in meters]
    for index, voice in enumerate(_voices(chords) or [[]]):
        for bar, symbols in enumerate(_voice_bars(voice, grid, meters, index > 0)):
            if index == 0 or any(symbol.pitches for symbol in symbols):
                written[bar].append(_grouped(symbols))
    return written


def _chords(notes: Sequence[Note], grid: Grid) -> list[_Chord]:
    found: dict[tuple[int, int], set[int]] = defaultdict(set)
    for note in notes:
        found[grid.chord_span(note)].add(note.pitch)
    chords = [_Chord(onset, end, tuple(sorted(p))) for (onset, end), p in found.items()]
    return sorted(chords, key=lambda chord: (chord.onset, -chord.end, -chord.pitches[-1]))


def _strokes(notes: Sequence[Note], grid: Grid) -> list[_Chord]:
    found: dict[int, set[int]] = defaultdict(set)
    for note in notes:
        found[grid.chord_span(note)[0]].add(note.pitch)
    onsets = [*sorted(found), grid.bars[-1]]
    chords = []
    for onset, following in pairwise(onsets):
        bar, beat = grid.place(onset)
        beat_end = grid.bars[bar] + (beat + 1) * TICKS_PER_QUARTER
        end = min(following, beat_end, grid.bars[bar + 1])
        chords.append(_Chord(onset, end, tuple(sorted(found[onset]))))
    return chords


def _voices(chords: Iterable[_Chord]) -> list[list[_Chord]]:
    """Spread chords over as few voices as possible, each chord into the first that is free."""
    voices: list[list[_Chord]] = []
    for chord in chords:
        for voice in voices:
            if voice[-1].end <= chord.onset:
                voice.append(chord)
                break
        else:
            voices.append([chord])
    return voices


def _voice_bars(
    voice: Sequence[_Chord], grid: Grid, meters: Sequence[Meter], further: bool
) -> list[list[Symbol]]:
    """A voice cut at the bar lines, gaps filled with rests."""
    written: list[list[Symbol]] = [[] for _ in meters]
    position = 0
    for chord in (*voice, _Chord(grid.bars[-1], grid.bars[-1], ())):
        for start, end, pitches in ((position, chord.onset, ()), (chord.onset, chord.end, None)):
            for bar, low, high in _cut(start, end, grid.bars):
                heads = chord.pitches if pitches is None else pitches
                symbols = _values(low, high, heads, grid, bar, meters[bar])
                if heads:
                    symbols = _tied(symbols, low > start, high < end)
                elif further:
                    symbols = [s if s.triplet else replace(s, implied=True) for s in symbols]
                written[bar].extend(symbols)
        position = chord.end
    return written


def _cut(start: int, end: int, bars: Sequence[int]) -> Iterable[tuple[int, int, int]]:
    while start < end:
        bar = bisect_right(bars, start) - 1
        stop = min(end, bars[bar + 1])
        yield bar, start, stop
        start = stop


def _tied(symbols: list[Symbol], before: bool, after: bool) -> list[Symbol]:
    last = len(symbols) - 1
    return [
        replace(symbol, tied_from=before or index > 0, tied_to=after or index < last)
        for index, symbol in enumerate(symbols)
    ]


def _values(
    start: int, end: int, pitches: tuple[int, ...], grid: Grid, bar: int, meter: Meter
) -> list[Symbol]:
    """The note values that fill a stretch of one bar."""
    base, symbols = grid.bars[bar], []
    if not pitches and (start, end) == (base, grid.bars[bar + 1]):
        return [Symbol(start, end - start, (), "whole")]  # a whole bar's rest
    while start < end:
        length, value, dots, triplet = _next_value(start, end, not pitches, grid, bar, meter)
        symbols.append(Symbol(start, length, pitches, value, dots, triplet))
        start += length
    return symbols


def _next_value(
    start: int, end: int, rest: bool, grid: Grid, bar: int, meter: Meter
) -> tuple[int, str, int, bool]:
    """Length, type, dots and whether in triplets, of the first value of a stretch."""
    base = grid.bars[bar]
    beat = (start - base) // TICKS_PER_QUARTER
    beat_start = base + beat * TICKS_PER_QUARTER
    beat_end = beat_start + TICKS_PER_QUARTER
    if grid.is_triplet(bar, beat) and (start > beat_start or end < beat_end):
        return _triplet_value(min(end, beat_end) - start)
    last = (end - base) // TICKS_PER_QUARTER
    last_start = base + last * TICKS_PER_QUARTER
    if start < last_start < end and grid.is_triplet(bar, last):
        end = last_start
    beat_ticks = compound_beat(meter)
    if not beat_ticks:
        return _dyadic_value(start - base, end - start, rest)
    end = min(end, start + _compound_reach(start - base, end - start, beat_ticks))
    return _dyadic_value((start - base) % beat_ticks, end - start, plain=False)


def _triplet_value(left: int) -> tuple[int, str, int, bool]:
    for length, (value, dots) in _TRIPLETS.items():
        if length <= left:
            return length, value, dots, True
    raise NotationError(f"{left} ticks are no triplet")


def compound_beat(meter: Meter) -> int:
    """The dotted beat of a compound meter in ticks, or 0 for a simple one."""
    if meter.denominator >= 8 and meter.numerator % 3 == 0:
        return 3 * WHOLE_TICKS // meter.denominator
    return 0


def _compound_reach(position: int, left: int, beat: int) -> int:
    if position % beat:
        return min(left, beat - position % beat)
    if left >= 2 * beat and position % (2 * beat) == 0:
        return 2 * beat
    return beat if left >= beat else left


def _dyadic_value(position: int, left: int, plain: bool) -> tuple[int, str, int, bool]:
    """The longest value that may stand at a position of the bar; plain: aligned, without a dot."""
    for ticks, value in VALUES.items():
        dotted = ticks * 3 // 2
        if dotted <= left and not plain and _may_be_dotted(position, ticks):
            return dotted, value, 1, False
        aligned = position % ticks == 0 or (not plain and position % (2 * ticks) == ticks // 2)
        if ticks <= left and aligned:
            return ticks, value, 0, False
    raise NotationError(f"{left} ticks at {position} of a bar have no note value")


def _may_be_dotted(position: int, ticks: int) -> bool:
    """Whether a dotted value begins, or from an offbeat ends, where a value twice as long may."""
    end = position + ticks * 3 // 2
    return position % (2 * ticks) == 0 or (position % (ticks // 2) == 0 and end % (2 * ticks) == 0)


def _grouped(symbols: Sequence[Symbol]) -> Voice:
    """Mark the ends of each beat's group of triplets."""
    written = list(symbols)
    for index, symbol in enumerate(symbols):
        if not symbol.triplet:
            continue
        if index == 0 or not symbols[index - 1].triplet or written[index - 1].tuplet == "stop":
            written[index] = replace(symbol, tuplet="start")
        elapsed = _elapsed(written, index)
        if elapsed == TICKS_PER_QUARTER:
            written[index] = replace(written[index], tuplet="stop")
    return tuple(written)


def _elapsed(symbols: Sequence[Symbol], index: int) -> int:
    """Ticks from the start of the triplet group to the end of the symbol at an index."""
    first = index
    while symbols[first].tuplet != "start":
        first -= 1
    return symbols[index].onset_ticks + symbols[index].duration_ticks - symbols[first].onset_ticks
