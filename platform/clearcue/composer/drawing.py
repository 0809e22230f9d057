"""Drawing bars of a tune from the model: a `Pen` writes a bar after the bars before it.

The compiled loop in `drawing_kernels` does the drawing. What a step of the scale sounds as depends
on the chord under it; the model knows it by the major or minor scale of the key's kind, in which
the works stand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

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
    draw_bar,
)
from clearcue.composer.drawn import Choice, Drawing, DrawingRules, Drawn, Moved
from clearcue.composer.errors import CompositionError
from clearcue.composer.harmony import mode_class
from clearcue.composer.model import Model
from clearcue.composer.observe import Rhythm, chord_code
from clearcue.composer.randomness import Stream
from clearcue.composer.style import CELL_STEPS
from clearcue.composer.theme import Halves, ThemeBar, Tone, chord_degrees, chord_under, pitch_of
from clearcue.composer.viewpoint_kernels import (
    BAR,
    BREAK,
    CHORD,
    COLUMNS,
    LENGTHS,
    MIDDLE,
    MODE,
    ONSET,
    PITCH,
    PLACE,
    RHYTHM,
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
    ) -> None:
        self._model = model
        self._key = key
        self._known_as = Key(key.tonic, mode_class(key.mode))
        self._low, self._high = span
        self._cells = np.array([[_MARKS[mark] for mark in cell] for cell in cells], np.int64)
        self._rhythm_percent = 100 - learnt_rhythm_percent
        self._rules = rules
        self._limit = limit
        self._options: dict[tuple[str, str], tuple[Ints, Ints, Ints]] = {}

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
        events, sounding, steps = self._history(before, halves, measure)
        known = len(events) - MOST_NOTES
        made = np.zeros((len(events), MADE), np.int64)
        dice = np.array([stream.bits(64)], np.uint64)
        tune = self._model.tune
        count = draw_bar(
            tune.pitch, tune.rhythm, self._asked(len(before), halves[-1], measure), events,
            sounding, steps, known, tune.runs.table(self._limit + 1), self._limit + 1, dice, made,
        )  # fmt: skip
        if count < 0:
            raise CompositionError(
                "every tune that was tried shares too long a run of notes with a work; add works "
                "to the training set, or give another seed"
            )
        sources = tuple((tone.rhythm, pitch_choice(tone)) for bar in before for tone in bar)
        drawing = Drawing(events[:count], made[:count], sources, self._rules)
        return tuple(self._tone(drawing, place, measure, known) for place in range(known, count))

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
        pitches, sounds, chordal = self._of_halves(halves)
        opening = measure.opening
        return Bar(
            start=number * BAR_STEPS * SIXTEENTH,
            begin=measure.begin,
            until=measure.until,
            given=np.array(measure.given, np.int64) if measure.given else _NOTHING_GIVEN,
            pitches=pitches,
            sounds=sounds,
            chordal=chordal,
            chords=np.array([chord_code(half.root, half.quality) for half in halves], np.int64),
            stable=np.array([step % 7 in (0, 2, 4) for step in self._steps()], np.int64),
            opening=-1 if opening is None else opening - self._low,
            cells=self._cells,
            least=measure.density[0],
            most=measure.density[1],
            pitch_percent=STEP_RULE_PERCENT,
            rhythm_percent=self._rhythm_percent,
            tonic=self._key.tonic,
            mode=int(self._known_as.mode == "minor"),
            middle=self._middle(),
        )

    def _steps(self) -> range:
        return range(self._low, self._high + 1)

    def _middle(self) -> int:
        return pitch_of((self._low + self._high) // 2, self._known_as)

    def _of_halves(self, halves: Halves) -> tuple[Ints, Ints, Ints]:
        """What the model knows each step as, what sounds, and which are chordal, by half bar."""
        name = (halves[0].text, halves[1].text)
        if name not in self._options:
            known = [[pitch_of(s, self._known_as, half) for s in self._steps()] for half in halves]
            sound = [[pitch_of(s, self._key, half) for s in self._steps()] for half in halves]
            held = [
                [step % 7 in chord_degrees(self._key, half) for step in self._steps()]
                for half in halves
            ]
            self._options[name] = (
                np.array(known, np.int64), np.array(sound, np.int64), np.array(held, np.int64)
            )  # fmt: skip
        return self._options[name]

    def _history(
        self, before: Sequence[ThemeBar], halves: Sequence[Halves], measure: Measure
    ) -> tuple[Ints, Ints, Ints]:
        """Events, sounding pitches and steps of the bars before, with room for one bar more."""
        tones = [(bar, tone) for bar, tones in enumerate(before) for tone in tones]
        events = np.zeros((len(tones) + MOST_NOTES, COLUMNS), np.int64)
        sounding = np.zeros(len(events), np.int64)
        steps = np.zeros(len(events), np.int64)
        first = measure.given[0][0] if measure.given else measure.begin
        onsets = [BAR_STEPS * bar + tone.onset for bar, tone in tones]
        onsets.append(BAR_STEPS * len(before) + first)
        lengths = [after - here for here, after in pairwise(onsets)]
        for place, (bar, tone) in enumerate(tones):
            numeral = chord_under(halves[bar], tone.onset)
            row = events[place]
            row[ONSET] = SIXTEENTH * onsets[place]
            row[PLACE] = SIXTEENTH * tone.onset
            row[BAR] = BAR_STEPS * SIXTEENTH
            row[PITCH] = pitch_of(tone.index, self._known_as, numeral)
            row[CHORD] = chord_code(numeral.root, numeral.quality)
            row[RHYTHM] = _symbol(lengths[place], tone.length)
            sounding[place] = pitch_of(tone.index, self._key, numeral)
            steps[place] = tone.index - self._low
        events[:, TONIC] = self._key.tonic
        events[:, MODE] = self._known_as.mode == "minor"
        events[:, MIDDLE] = self._middle()
        events[:1, BREAK] = 1
        return events, sounding, steps


def _symbol(until_next: int, length: int) -> int:
    """The rhythm symbol of a tone, in sixteenths, -1 where it has none."""
    symbol = _SYMBOLS.get(until_next, -1)
    return symbol + (length < until_next) if symbol >= 0 else -1


def pitch_choice(tone: Tone) -> Choice:
    """How a tone's pitch was chosen, the rule included that moved it."""
    return tone.pitch if tone.pitch_rule is None else Moved(tone.pitch_rule, tone.pitch)
