"""Who taught a choice: the works and rules that it was drawn from, with shares that sum to one.

A choice of the experts is a sum: each expert's weight times its probability. A long-term expert's
part belongs to the works that its counts come from, as many times each; what a memory or lag expert
says, the piece has said before: half its part is the rule's to come back to it, half belongs to
whoever taught the earlier note. The rest of the choice is the rule's with which it was mixed.
"""

from fractions import Fraction

import numpy as np

from clearcue.composer.counts import by_work
from clearcue.composer.drawing_kernels import (
    PITCH_LEARNT,
    PITCH_RULE,
    RHYTHM_LEARNT,
    RHYTHM_RULE,
)
from clearcue.composer.drawn import Choice, Drawing, Drawn, Moved
from clearcue.composer.model import Model, Origin
from clearcue.composer.opinion_kernels import lag_symbol, listen, opinions
from clearcue.composer.sources import blend, in_units, of_rule
from clearcue.composer.theme import Tone
from clearcue.composer.viewpoint_kernels import (
    INTERVALS,
    LAGS,
    RHYTHMS,
    Ints,
    Keys,
    Side,
    bars_ago,
    named,
)
from clearcue.music.lineage import RuleSource, Shares, Source, WorkSource

FINE = 1 << 30
"""Parts of one expert's word are reckoned in so many, before shares are rounded to their units."""


class Attribution:
    """Finds the sources of choices, each of them once."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._known: dict[Choice, Shares] = {}
        self._heard: dict[tuple[int, bool], tuple[Keys, Ints]] = {}

    def of(self, choice: Choice) -> Shares:
        """The sources of a choice."""
        if choice not in self._known:
            self._known[choice] = self._found(choice)
        return self._known[choice]

    def of_tone(self, tone: Tone) -> Shares:
        """The sources of a tone: half its rhythm's, half its pitch's."""
        pitch = self.of(tone.pitch)
        if tone.pitch_rule is not None:
            pitch = blend(of_rule(tone.pitch_rule), pitch)
        return blend(self.of(tone.rhythm), pitch)

    def _found(self, choice: Choice) -> Shares:
        if isinstance(choice, RuleSource):
            return of_rule(choice)
        if isinstance(choice, Moved):
            return blend(of_rule(choice.rule), self.of(choice.choice))
        if isinstance(choice, Origin):
            return self._model.shares(choice)
        if not self._model.sourced:
            rules = choice.drawing.rules
            return of_rule(rules.cells if choice.rhythm else rules.steps)
        return self._of_drawn(choice)

    def _of_drawn(self, drawn: Drawn) -> Shares:
        row, rules = drawn.drawing.made[drawn.place], drawn.drawing.rules
        columns = (RHYTHM_LEARNT, RHYTHM_RULE) if drawn.rhythm else (PITCH_LEARNT, PITCH_RULE)
        learnt, ruled = (int(row[column]) for column in columns)
        rule = rules.cells if drawn.rhythm else rules.steps
        exact: dict[Source, Fraction] = {rule: Fraction(ruled, learnt + ruled)}
        if learnt:
            parts = self._parts(drawn, rule)
            whole = sum(parts.values())
            for source, part in parts.items():
                share = Fraction(learnt * part, (learnt + ruled) * whole)
                exact[source] = exact.get(source, Fraction(0)) + share
        return in_units({source: share for source, share in exact.items() if share})

    def _parts(self, drawn: Drawn, rule: RuleSource) -> dict[Source, int]:
        """What each source contributes to what was learnt of a choice."""
        tune = self._model.tune
        side: Side = tune.rhythm if drawn.rhythm else tune.pitch
        events, place = drawn.drawing.events, drawn.place
        heard, streaks = self._listened(drawn.drawing, side)
        said = np.zeros((len(side.weights), RHYTHMS if drawn.rhythm else INTERVALS), np.int64)
        levels = np.zeros(len(side.weights), np.int64)
        opinions(side, events, place, heard, streaks, -1, said, levels)
        symbol = int(named(side, events, place))
        parts: dict[Source, int] = {}
        for row, level in enumerate(levels.tolist()):
            if level < 0 or not said[row, symbol]:
                continue
            part = int(side.weights[row, level]) * int(said[row, symbol]) * FINE
            if row < side.long:
                self._credit_works(side, int(heard[place, row]), symbol, part, parts)
            elif row == len(levels) - 1:
                parts[rule] = parts.get(rule, 0) + part
            else:
                for earlier in self._earlier(side, drawn, heard, row, symbol):
                    self._credit_piece(drawn, earlier, part, parts)
        return parts

    def _listened(self, drawing: Drawing, side: Side) -> tuple[Keys, Ints]:
        """The contexts of a drawing's events, and how often in a row each lag was right."""
        name = (id(drawing), side.rhythm)
        if name not in self._heard:
            heard = np.zeros((len(drawing.events), len(side.rows)), np.uint64)
            lags = len(side.weights) - len(side.rows) - 1
            streaks = np.zeros((len(drawing.events), lags), np.int64)
            listen(side, drawing.events, heard, streaks)
            self._heard[name] = (heard, streaks)
        return self._heard[name]

    def _credit_works(
        self, side: Side, key: int, symbol: int, part: int, parts: dict[Source, int]
    ) -> None:
        taught = by_work(side.counts, key, symbol)
        times = sum(count for _, count in taught)
        for work, count in taught:
            source = WorkSource(self._model.works[work])
            parts[source] = parts.get(source, 0) + part * count // times

    def _earlier(
        self, side: Side, drawn: Drawn, heard: Keys, row: int, symbol: int
    ) -> list[tuple[int, int]]:
        """(place, of how many) of the earlier events that a memory or lag expert speaks from."""
        events, place = drawn.drawing.events, drawn.place
        if row >= len(side.rows):
            number = row - len(side.rows)
            if lag_symbol(side, events, place, number) != symbol:
                return []
            return [(int(bars_ago(events, place, LAGS[number % len(LAGS)])), 1)]
        same = [
            earlier
            for earlier in range(place)
            if heard[earlier, row] == heard[place, row] and named(side, events, earlier) == symbol
        ]
        return [(earlier, len(same)) for earlier in same]

    def _credit_piece(
        self, drawn: Drawn, earlier: tuple[int, int], part: int, parts: dict[Source, int]
    ) -> None:
        """Half an earlier event's part is its own sources', half the rule's to come back to it."""
        drawing, (place, among) = drawn.drawing, earlier
        if place < len(drawing.sources):
            source = drawing.sources[place][0 if drawn.rhythm else 1]
        else:
            source = Drawn(drawing, place, drawn.rhythm)
        half = part // (2 * among)
        parts[drawing.rules.recall] = parts.get(drawing.rules.recall, 0) + half
        for taught, share in self.of(source):
            credit = half * share.numerator // share.denominator
            parts[taught] = parts.get(taught, 0) + credit
