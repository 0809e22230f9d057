"""Measures of a composed track, read from its notes alone; see `evidence_music`.

Conventions: bars count from 0; places in a bar are sixteenths; a share lies between 0 and 1; a
measure is None for a track that has no notes for it. Entropies and groove similarity after Wu &
Yang 2020 (arXiv 2008.01307), the latter with 16 places to a bar in place of 64.
"""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import combinations, pairwise

from clearcue.composer.brief import Brief
from clearcue.composer.compose import Composition
from clearcue.composer.plan import BAR_TICKS, PHRASE_BARS
from clearcue.music.lineage import WorkSource
from clearcue.music.pitch import Chord
from clearcue.music.score import Note
from clearcue.music.time import TICKS_PER_QUARTER

PLACES = 16
PLACE_TICKS = BAR_TICKS // PLACES
QUARTER = TICKS_PER_QUARTER
OCTAVE = 12
HARD_LEAPS = frozenset({6, 10, 11, 13, 14})
A2 = 45
Rhythm = tuple[tuple[int, int], ...]


class Line:
    """Notes on a grid of bars, sorted into them once.

    `bars` are onsets in ticks, followed by the end of the last; `in_bars` the notes by the bar
    they begin in; `moves` the semitones from each note to the next.
    """

    def __init__(self, bars: Sequence[int], notes: Iterable[Note]) -> None:
        self.bars, self.notes = bars, tuple(notes)
        self.last_bar = len(bars) - 2
        self.in_bars: dict[int, list[Note]] = {}
        for note in self.notes:
            self.in_bars.setdefault(self.bar_of(note.onset_ticks), []).append(note)
        self.moves = [after.pitch - before.pitch for before, after in pairwise(self.notes)]

    def bar_of(self, ticks: int) -> int:
        """The bar in which a tick lies."""
        return min(bisect_right(self.bars, ticks) - 1, self.last_bar)

    def place(self, note: Note) -> int:
        """The sixteenth of its bar in which a note begins."""
        return (note.onset_ticks - self.bars[self.bar_of(note.onset_ticks)]) // PLACE_TICKS


class Heard:
    """A composed piece: its tune, its bass and drums (`beat`), its pitched parts as lines."""

    def __init__(self, brief: Brief, seed: int, piece: Composition) -> None:
        self.brief, self.seed, self.piece, self.score = brief, seed, piece, piece.score
        self.chord_onsets = [chord.onset_ticks for chord in self.score.chords]
        self.tune_name = next(part.name for part in self.score.parts if part.role == "melody")
        self.tune = Line(self.score.bars, self.score.part(self.tune_name).notes)
        self.beat = Line(self.score.bars, self.notes_of("bass", "drums"))
        parts = self.score.melodic_parts()
        self.pitched = Line(self.score.bars, (note for part in parts for note in part.notes))

    @property
    def label(self) -> str:
        """Mood, length, usage, style and seed."""
        brief, style = self.brief, self.piece.style
        return f"{brief.mood} {brief.seconds_text} s {brief.usage}, {style}, seed {self.seed}"

    def chord_at(self, ticks: int) -> Chord:
        """The chord that sounds at a tick."""
        return self.score.chords[bisect_right(self.chord_onsets, ticks) - 1]

    def notes_of(self, *roles: str) -> list[Note]:
        """The notes of all parts of these roles."""
        return [note for part in self.score.parts if part.role in roles for note in part.notes]

    def strong_tones(self) -> list[Note]:
        """Tones of the tune that last a quarter or more, or begin on beat 1 or 3."""
        return [
            note
            for note in self.tune.notes
            if note.duration_ticks >= QUARTER or self.tune.place(note) % (PLACES // 2) == 0
        ]


# Measures of one line: of a track's tune, and of the first voice of a work.


def mean(values: Iterable[float]) -> float | None:
    """The mean (of truth values: the share of true ones), or None when there is no value."""
    found = list(values)
    return sum(found) / len(found) if found else None


def entropy(counts: Counter[int]) -> float:
    """Shannon entropy in bit."""
    total = counts.total()
    return -sum(n / total * math.log2(n / total) for n in counts.values())


def class_entropy(line: Line, bars: int) -> float | None:
    """Mean entropy of the pitch classes begun in so many bars on end, silent ones left out."""
    classes = {
        bar: Counter(note.pitch % OCTAVE for note in notes) for bar, notes in line.in_bars.items()
    }
    stretches = (
        sum((classes.get(first + bar, Counter()) for bar in range(bars)), Counter[int]())
        for first in range(line.last_bar - bars + 2)
    )
    return mean(entropy(counts) for counts in stretches if counts)


def groove(line: Line, spans: Sequence[range] | None = None) -> float | None:
    """Mean over pairs of bars of the share of the 16 places at which their onsets agree.

    Pairs lie within one of the spans of bars (None: anywhere). The last bar, half bars and bars
    without a note are left out.
    """
    onsets = {
        bar: {line.place(note) for note in notes}
        for bar, notes in line.in_bars.items()
        if bar < line.last_bar and line.bars[bar + 1] - line.bars[bar] == BAR_TICKS
    }
    return mean(
        1 - len(onsets[one] ^ onsets[other]) / PLACES
        for span in spans or [range(line.last_bar)]
        for one, other in combinations((bar for bar in span if bar in onsets), 2)
    )


def repeated(values: Sequence[Hashable]) -> float | None:
    """The share of values that came before."""
    return 1 - len(set(values)) / len(values) if values else None


def rhythms(line: Line) -> list[Rhythm]:
    """Place and length in sixteenths of the notes of each bar that has any, but the last."""
    return [
        tuple((line.place(note), note.duration_ticks // PLACE_TICKS) for note in notes)
        for bar, notes in sorted(line.in_bars.items())
        if bar < line.last_bar
    ]


def compass(line: Line) -> float:
    """From the lowest to the highest note, in semitones."""
    pitches = [note.pitch for note in line.notes]
    return float(max(pitches) - min(pitches))


# Measures of a track.


def section_bars(heard: Heard) -> list[range]:
    """The bars of each section."""
    line = heard.tune
    return [
        range(line.bar_of(section.onset_ticks), line.bar_of(section.end_ticks - 1) + 1)
        for section in heard.score.sections
    ]


def phrases(heard: Heard) -> list[tuple[tuple[int, int], ...]]:
    """Onset and pitch of the tune's notes, in phrases of four bars from each section's start."""
    tune, found = heard.tune, []
    for span in section_bars(heard):
        for start in span[::PHRASE_BARS]:
            bars = range(start, min(start + PHRASE_BARS, span.stop))
            notes = [note for bar in bars for note in tune.in_bars.get(bar, [])]
            zero = tune.bars[start]
            found.append(tuple((note.onset_ticks - zero, note.pitch) for note in notes))
    return [phrase for phrase in found if phrase]


def beat_places(heard: Heard) -> float | None:
    """How many of a bar's 16 places bass and drums strike, in the mean of the bars they play in."""
    beat = heard.beat
    return mean(len({beat.place(note) for note in notes}) for notes in beat.in_bars.values())


def rubs(heard: Heard) -> float | None:
    """The share of strong tones that lie a semitone above a chord tone.

    They do so from outside the chord, or as the root of a chord whose major seventh sounds.
    """

    def rub(note: Note) -> bool:
        chord, sung = heard.chord_at(note.onset_ticks), note.pitch % OCTAVE
        over = (sung - 1) % OCTAVE in chord.pitch_classes
        return over and (sung == chord.root or sung not in chord.pitch_classes)

    return mean(rub(note) for note in heard.strong_tones())


def outside_chord(heard: Heard) -> float | None:
    """The share of strong tones that are no part of the chord they begin over."""
    return mean(
        note.pitch % OCTAVE not in heard.chord_at(note.onset_ticks).pitch_classes
        for note in heard.strong_tones()
    )


def held_over(heard: Heard) -> float | None:
    """The share of tones of a quarter or more held for an eighth or more into a new chord."""
    return mean(
        heard.chord_at(note.end_ticks - QUARTER // 2).onset_ticks > note.onset_ticks
        for note in heard.tune.notes
        if note.duration_ticks >= QUARTER
    )


def close_by_step(heard: Heard) -> float | None:
    """1 or 0: whether a tune that plays to the end reaches its last tone by a step."""
    tune = heard.tune
    if tune.last_bar not in tune.in_bars or not tune.moves:
        return None
    return float(1 <= abs(tune.moves[-1]) <= 2)


def above_the_tune(heard: Heard) -> float | None:
    """The share of chords' and broken chords' notes above the middle tone of the tune."""
    pitches = sorted(note.pitch for note in heard.tune.notes)
    middle = pitches[len(pitches) // 2]
    return mean(note.pitch > middle for note in heard.notes_of("harmony", "arpeggio"))


def tune_starts(heard: Heard) -> float:
    """When the tune's first note sounds, in seconds."""
    return float(heard.score.tempo.seconds_at(heard.tune.notes[0].onset_ticks))


def works_named(heard: Heard) -> float:
    """How many works the lineage of a track names."""
    events = heard.piece.lineage.events.values()
    named = {source for shares in events for event in shares for source, _ in event}
    return float(sum(isinstance(source, WorkSource) for source in named))


def largest_work(heard: Heard) -> float:
    """The largest share that one work has in the tune."""
    influence = heard.piece.lineage.influence(heard.tune_name).items()
    return float(max((part for of, part in influence if isinstance(of, WorkSource)), default=0))


LINE_MEASURES: Mapping[str, Callable[[Line], float | None]] = {
    "tune: pitch-class entropy of a bar, bit": lambda line: class_entropy(line, 1),
    "tune: pitch-class entropy of four bars, bit": lambda line: class_entropy(line, 4),
    "tune: groove similarity": groove,
    "tune: bars whose rhythm came before": lambda line: repeated(rhythms(line)),
    "tune: steps among moves": lambda line: mean(1 <= abs(move) <= 2 for move in line.moves),
    "tune: leaps over an octave": lambda line: mean(abs(move) > OCTAVE for move in line.moves),
    "tune: tritones, sevenths, ninths": lambda line: mean(abs(m) in HARD_LEAPS for m in line.moves),
    "tune: range, semitones": compass,
    "tune: mean MIDI pitch": lambda line: mean(note.pitch for note in line.notes),
}

TRACK_MEASURES: Mapping[str, Callable[[Heard], float | None]] = {
    "tune: phrases that repeat one to the note": lambda heard: repeated(phrases(heard)),
    "tune: first note, s": tune_starts,
    "tune: strong tones a semitone above a chord tone": rubs,
    "tune: strong tones outside their chord": outside_chord,
    "tune: long tones held over a chord change": held_over,
    "tune: last tone reached by step (1 or 0)": close_by_step,
    "all pitched parts: entropy of a bar, bit": lambda heard: class_entropy(heard.pitched, 1),
    "all pitched parts: entropy of four bars, bit": lambda heard: class_entropy(heard.pitched, 4),
    "bass and drums: groove similarity": lambda heard: groove(heard.beat),
    "bass and drums: groove similarity within a section": lambda heard: groove(
        heard.beat, section_bars(heard)
    ),
    "bass and drums: places struck of 16": beat_places,
    "bass: notes at A2 or above": lambda h: mean(n.pitch >= A2 for n in h.notes_of("bass")),
    "accompaniment above the middle of the tune": above_the_tune,
    "chord changes a bar": lambda heard: len(heard.score.chords) / (len(heard.score.bars) - 1),
    "lineage: share of the tune that was learnt": lambda heard: float(
        heard.piece.lineage.learnt_fraction(heard.tune_name)
    ),
    "lineage: largest share of one work in the tune": largest_work,
    "lineage: works that a track names": works_named,
}
