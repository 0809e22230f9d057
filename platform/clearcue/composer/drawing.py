"""Drawing bars of a tune from the model: a `Pen` writes a bar after the bars before it.

The compiled loop in `drawing_kernels` does the drawing. What a step of the scale sounds as depends
on the chord under it; the model knows it by the major or minor scale of the key's kind, in which
the works stand.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clearcue.composer.drawing_kernels import (
    INDEX,
    LENGTH,
    MADE,
    PITCH_LEARNT,
    RHYTHM_LEARNT,
    RHYTHM_RULE,
    SIXTEENTH,
    Bar,
    Line,
    Scratch,
    draw_bar,
)
from clearcue.composer.drawn import Choice, Drawing, DrawingRules, Drawn, Moved
from clearcue.composer.errors import CompositionError
from clearcue.composer.harmony import mode_class
from clearcue.composer.model import Model
from clearcue.composer.observe import Rhythm, chord_code
from clearcue.composer.plan import PHRASE_BARS
from clearcue.composer.randomness import Stream
from clearcue.composer.style import CELL_STEPS
from clearcue.composer.theme import Halves, ThemeBar, Tone, chord_degrees, pitch_of
from clearcue.composer.viewpoint_kernels import (
    BAR,
    BREAK,
    CHORD,
    COLUMNS,
    FEATURES,
    INTERVALS,
    LENGTHS,
    MIDDLE,
    MODE,
    ONSET,
    PITCH,
    PLACE,
    RHYTHM,
    RHYTHMS,
    TONIC,
    Ints,
)
from clearcue.music.pitch import Key

BAR_STEPS = 2 * CELL_STEPS
MOST_NOTES = 17
"""Notes that a bar can have, and one."""
STEP_RULE_PERCENT = 30
_MARKS = {".": 0, "x": 1, "-": 2}
_NOTHING_GIVEN = np.zeros((0, 2), np.int64)
_SYMBOLS = {length // SIXTEENTH: 2 * place for place, length in enumerate(LENGTHS)
            if length % SIXTEENTH == 0}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Measure:
    """What is asked of one bar.

    `given` is its rhythm where that is not drawn, with the choices it comes from; `opening` the
    scale step its first tone takes, None to draw it; notes are drawn from the sixteenth `begin` to
    `until`; `density` is the least and most notes.
    """

    density: tuple[int, int]
    given: Rhythm = ()
    chosen: tuple[Choice, ...] = ()
    opening: int | None = None
    begin: int = 0
    until: int = BAR_STEPS


class Pen:
    """Draws bars in one key between two scale steps; see the module."""

    def __init__(
        self,
        model: Model,
        key: Key,
        span: tuple[int, int],
        cells: Sequence[str],
        learnt_rhythm_percent: int,
        rules: DrawingRules,
        limit: int,
        reach: int = 0,
    ) -> None:
        self._reach = reach
        self._model = model
        self._key = key
        self._known_as = Key(key.tonic, mode_class(key.mode))
        self._low, self._high = span
        self._cells = np.array([[_MARKS[mark] for mark in cell] for cell in cells], np.int64)
        self._rhythm_percent = 100 - learnt_rhythm_percent
        self._rules = rules
        self._limit = limit
        self._middle = pitch_of((span[0] + span[1]) // 2, self._known_as)
        self._stable = np.array([step % 7 in (0, 2, 4) for step in self._steps()], np.int64)
        self._options: dict[tuple[str, str], tuple[Ints, Ints, Ints, Ints]] = {}
        self._line = _line(model)
        self._scratch = _scratch(model)
        self._written: list[tuple[ThemeBar, Halves]] = []
        self._ends: list[int] = []

    def bar(
        self,
        before: Sequence[ThemeBar],
        halves: Sequence[Halves],
        measure: Measure,
        stream: Stream,
    ) -> ThemeBar:
        """Draw the bar after the bars before it; `halves` are their chords, then its own.

        Raises:
            CompositionError: when no bar can be drawn without sharing too long a run with a work.
        """
        known, heard = self._continue(before, halves, measure)
        tune = self._model.tune
        count = draw_bar(
            tune.pitch, tune.rhythm, self._asked(len(before), halves[-1], measure), self._line,
            known, heard, self._scratch, tune.runs.table(self._limit + 1), self._limit + 1,
            np.array([stream.bits(64)], np.uint64),
        )  # fmt: skip
        if count < 0:
            raise CompositionError(
                "every tune that was tried shares too long a run of notes with a work; add works "
                "to the training set, or give another seed"
            )
        sources = tuple((tone.rhythm, pitch_choice(tone)) for bar in before for tone in bar)
        events, made = self._line.events[:count].copy(), self._line.made[:count].copy()
        drawing = Drawing(events, made, sources, self._rules)
        drawn = tuple(self._tone(drawing, place, measure, known) for place in range(known, count))
        self._written.append((drawn, halves[-1]))
        self._ends.append(count)
        return drawn

    def _tone(self, drawing: Drawing, place: int, measure: Measure, known: int) -> Tone:
        row = drawing.made[place]
        rhythm: Choice = Drawn(drawing, place, True)
        pitch: Choice = Drawn(drawing, place, False)
        if measure.chosen:
            rhythm = measure.chosen[place - known]
        elif not row[RHYTHM_LEARNT] + row[RHYTHM_RULE]:
            rhythm = self._rules.cells
        if not row[PITCH_LEARNT] or (place == known and measure.opening is not None):
            pitch = self._rules.steps
        onset = int(drawing.events[place, PLACE]) // SIXTEENTH
        return Tone(onset, int(row[LENGTH]), self._low + int(row[INDEX]), rhythm, pitch)

    def _asked(self, number: int, halves: Halves, measure: Measure) -> Bar:
        pitches, sounds, chordal, chords = self._of_halves(halves)
        opening = measure.opening
        return Bar(
            start=number * BAR_STEPS * SIXTEENTH,
            begin=measure.begin,
            until=measure.until,
            given=np.array(measure.given, np.int64) if measure.given else _NOTHING_GIVEN,
            pitches=pitches,
            sounds=sounds,
            chordal=chordal,
            chords=chords,
            stable=self._stable,
            opening=-1 if opening is None else opening - self._low,
            cells=self._cells,
            least=measure.density[0],
            most=measure.density[1],
            pitch_percent=STEP_RULE_PERCENT + 3 * self._reach // 10,
            rhythm_percent=self._rhythm_percent,
            reach=self._reach,
            tonic=self._key.tonic,
            mode=int(self._known_as.mode == "minor"),
            middle=self._middle,
        )

    def _steps(self) -> range:
        return range(self._low, self._high + 1)

    def _of_halves(self, halves: Halves) -> tuple[Ints, Ints, Ints, Ints]:
        """What the model knows each step as, what sounds, which are chordal; and the chords."""
        name = (halves[0].text, halves[1].text)
        if name not in self._options:
            known = [[pitch_of(s, self._known_as, half) for s in self._steps()] for half in halves]
            sound = [[pitch_of(s, self._key, half) for s in self._steps()] for half in halves]
            held = [
                [step % 7 in chord_degrees(self._key, half) for step in self._steps()]
                for half in halves
            ]
            chords = [chord_code(half.root, half.quality) for half in halves]
            self._options[name] = (
                np.array(known, np.int64),
                np.array(sound, np.int64),
                np.array(held, np.int64),
                np.array(chords, np.int64),
            )
        return self._options[name]

    def _continue(
        self, before: Sequence[ThemeBar], halves: Sequence[Halves], measure: Measure
    ) -> tuple[int, int]:
        """Make the line hold the bars before; how many events these are, how many were heard.

        Bars that it holds already, the very same over the same chords, are not entered again.
        """
        same = 0
        wanted = list(zip(before, halves, strict=False))
        while same < min(len(wanted), len(self._written)):
            bar, pair = self._written[same]
            if bar is not wanted[same][0] or pair is not wanted[same][1]:
                break
            same += 1
        del self._written[same:], self._ends[same:]
        heard = self._ends[-1] if self._ends else 0
        for number in range(same, len(wanted)):
            self._enter(number, *wanted[number])
        known = self._ends[-1] if self._ends else 0
        first = measure.given[0][0] if measure.given else measure.begin
        self._join(known, SIXTEENTH * (BAR_STEPS * len(before) + first))
        return known, max(heard - 1, 0)  # the last one heard has another length, perhaps

    def _enter(self, number: int, bar: ThemeBar, halves: Halves) -> None:
        """Enter a bar's tones behind the events so far."""
        events = self._line.events
        pitches, sounds, _, chords = self._of_halves(halves)
        start = self._ends[-1] if self._ends else 0
        for place, tone in enumerate(bar, start):
            half = int(tone.onset >= CELL_STEPS)
            option = min(max(tone.index, self._low), self._high) - self._low
            onset = SIXTEENTH * (BAR_STEPS * number + tone.onset)
            if place:
                self._join(place, onset)
            events[place] = 0
            events[place, ONSET] = onset
            events[place, PLACE] = SIXTEENTH * tone.onset
            events[place, BAR] = BAR_STEPS * SIXTEENTH
            events[place, PITCH] = pitches[half, option]
            events[place, TONIC] = self._key.tonic
            events[place, MODE] = self._known_as.mode == "minor"
            events[place, CHORD] = chords[half]
            events[place, MIDDLE] = self._middle
            events[place, BREAK] = place == 0
            self._line.made[place, LENGTH] = tone.length
            self._line.sounding[place] = sounds[half, option]
            self._line.steps[place] = option
        self._written.append((bar, halves))
        self._ends.append(start + len(bar))

    def _join(self, place: int, onset: int) -> None:
        """Give the event before a place its rhythm, now that the next onset is known."""
        if place:
            until_next = (onset - int(self._line.events[place - 1, ONSET])) // SIXTEENTH
            length = int(self._line.made[place - 1, LENGTH])
            self._line.events[place - 1, RHYTHM] = _symbol(until_next, length)


def _line(model: Model) -> Line:
    tune = model.tune
    rows = PHRASE_BARS * (MOST_NOTES - 1) + 1
    lags_of_pitch, lags_of_rhythm = (
        len(side.weights) - len(side.rows) - 1 for side in (tune.pitch, tune.rhythm)
    )
    return Line(
        events=np.zeros((rows, COLUMNS), np.int64),
        sounding=np.zeros(rows, np.int64),
        steps=np.zeros(rows, np.int64),
        made=np.zeros((rows, MADE), np.int64),
        heard_pitch=np.zeros((rows, len(tune.pitch.rows)), np.uint64),
        heard_rhythm=np.zeros((rows, len(tune.rhythm.rows)), np.uint64),
        pitch_streaks=np.zeros((rows, lags_of_pitch), np.int64),
        rhythm_streaks=np.zeros((rows, lags_of_rhythm), np.int64),
    )


def _scratch(model: Model) -> Scratch:
    pitch, rhythm = len(model.tune.pitch.weights), len(model.tune.rhythm.weights)
    most = max(INTERVALS, RHYTHMS)
    return Scratch(
        features=np.zeros(FEATURES, np.int64),
        said_pitch=np.zeros((pitch, INTERVALS), np.int64),
        said_rhythm=np.zeros((rhythm, RHYTHMS), np.int64),
        levels_pitch=np.zeros(pitch, np.int64),
        levels_rhythm=np.zeros(rhythm, np.int64),
        begun=np.zeros(17 + most, np.int64),
        learnt=np.zeros(most, np.int64),
        ruled=np.zeros(most, np.int64),
        weights=np.zeros(most, np.int64),
    )


def _symbol(until_next: int, length: int) -> int:
    """The rhythm symbol of a tone, in sixteenths, -1 where it has none."""
    symbol = _SYMBOLS.get(until_next, -1)
    return symbol + (length < until_next) if symbol >= 0 else -1


def pitch_choice(tone: Tone) -> Choice:
    """How a tone's pitch was chosen, the rule included that moved it."""
    return tone.pitch if tone.pitch_rule is None else Moved(tone.pitch_rule, tone.pitch)
