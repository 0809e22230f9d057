"""A score as the critic reads it: notes by bars, the tune, and what sounds together.

Bars count from 0; the last one holds the last chord, unless the piece goes round (`Asked.loops`).
Half bars are bars of their own. Places are sixteenths from a bar's start.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from clearcue.music.pitch import Chord
from clearcue.music.score import Note, Part, Score
from clearcue.music.time import TICKS_PER_QUARTER

PLACE_TICKS = TICKS_PER_QUARTER // 4
PLACES = 16
BAR_TICKS = PLACES * PLACE_TICKS
EIGHTH = TICKS_PER_QUARTER // 2


@dataclass(frozen=True, slots=True)
class Asked:
    """What the piece is judged against beside its own score.

    `valence` and `arousal` are the mood's point, -100 to 100, None where it is not known; `tune`
    says whether a tune is wanted; `loops` whether the end leads to the beginning; `hits` are the
    moments to be met, in milliseconds from the start.
    """

    valence: int | None = None
    arousal: int | None = None
    tune: bool = True
    loops: bool = False
    hits: tuple[int, ...] = ()


class Line:
    """Notes of one line by the bars they begin in."""

    def __init__(self, bars: Sequence[int], notes: Iterable[Note]) -> None:
        self.bars = bars
        self.notes = tuple(notes)
        self.in_bars: dict[int, list[Note]] = defaultdict(list)
        for note in self.notes:
            self.in_bars[self.bar_of(note.onset_ticks)].append(note)

    def bar_of(self, ticks: int) -> int:
        """The bar in which a tick lies; what comes later belongs to the last."""
        return min(bisect_right(self.bars, ticks) - 1, len(self.bars) - 2)

    def place(self, note: Note) -> int:
        """The sixteenth of its bar in which a note begins."""
        return (note.onset_ticks - self.bars[self.bar_of(note.onset_ticks)]) // PLACE_TICKS

    def moves(self) -> list[int]:
        """Semitones from each note to the next."""
        pitches = [note.pitch for note in self.notes]
        return [after - before for before, after in pairwise(pitches)]

    def classes(self, first: int, bars: int) -> list[int]:
        """How often each of the twelve pitch classes begins in so many bars."""
        counts = [0] * 12
        for bar in range(first, first + bars):
            for note in self.in_bars.get(bar, ()):
                counts[note.pitch % 12] += 1
        return counts


class Reading:
    """A score with its tune and its parts as lines."""

    def __init__(self, score: Score, asked: Asked) -> None:
        self.score, self.asked, self.bars = score, asked, score.bars
        self.last_bar = len(score.bars) - 2
        self.pitched = tuple(score.melodic_parts())
        sung = [part for part in self.pitched if part.role == "melody"]
        self.lead: Part | None = max(sung, key=lambda part: len(part.notes), default=None)
        notes = skyline(self.lead.notes) if self.lead and asked.tune else ()
        self.tune = Line(score.bars, notes)
        beat = [n for p in score.parts if p.role in ("bass", "drums") for n in p.notes]
        self.beat = Line(score.bars, beat)
        self._chord_onsets = [chord.onset_ticks for chord in score.chords]

    def chord_at(self, ticks: int) -> Chord:
        """The chord that sounds at a tick."""
        return self.score.chords[max(bisect_right(self._chord_onsets, ticks) - 1, 0)]

    def whole_bars(self) -> list[int]:
        """The bars of full length before the last."""
        return [b for b in range(self.last_bar) if self.bars[b + 1] - self.bars[b] == BAR_TICKS]

    def section_of(self, bar: int) -> int:
        """The number of the section that a bar belongs to."""
        onsets = [section.onset_ticks for section in self.score.sections]
        return max(bisect_right(onsets, self.bars[bar]) - 1, 0)


def skyline(notes: Sequence[Note]) -> tuple[Note, ...]:
    """The highest note of each onset."""
    highest: dict[int, Note] = {}
    for note in notes:
        kept = highest.get(note.onset_ticks)
        if kept is None or note.pitch > kept.pitch:
            highest[note.onset_ticks] = note
    return tuple(highest[onset] for onset in sorted(highest))
