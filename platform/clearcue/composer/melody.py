"""Melody: motifs drawn from the learnt model, made into themes, developed over the form.

A motif is one bar: its rhythm drawn from the works' bar rhythms mixed with the style's own cells,
its pitches from the works' melodic steps under rules of the craft (chord tones on the beats, leaps
answered by steps, a range). A theme is four bars made of the motif, its sequence or answer, and a
cadence. Many themes are drawn and the critic keeps one.

Conventions: pitches are counted in scale steps (`index` = 7 * octave + degree above the tonic of
MIDI octave 0), time in sixteenths from the bar's start.
"""

from dataclasses import dataclass, replace

from clearcue.composer.harmony import Loop, mode_class
from clearcue.composer.model import (
    Context,
    Model,
    Origin,
    parse_rhythm,
    rhythm_text,
    step_contexts,
)
from clearcue.composer.numerals import Numeral
from clearcue.composer.observe import Rhythm
from clearcue.composer.plan import PHRASE_BARS, Plan
from clearcue.composer.randomness import Stream
from clearcue.music.lineage import RuleSource
from clearcue.music.pitch import Key

STEP_RULE_PERCENT = 30
_SHAPES = (
    ("motif", "sequence", "motif", "cadence"),
    ("motif", "answer", "sequence", "cadence"),
    ("motif", "second", "motif", "cadence"),
    ("motif", "sequence", "sequence", "cadence"),
    ("motif", "second", "sequence", "cadence"),
)


@dataclass(frozen=True, slots=True)
class Tone:
    """A note of a theme: when, how long, which step, and how rhythm and pitch were chosen.

    `pitch_rule` names a rule that moved the pitch away from what was drawn, or is None.
    """

    onset: int
    length: int
    index: int
    rhythm: Origin
    pitch: Origin | RuleSource
    pitch_rule: RuleSource | None = None


@dataclass(frozen=True, slots=True)
class Theme:
    """Four bars of melody over a loop."""

    name: str
    bars: tuple[tuple[Tone, ...], ...]
    shape: tuple[str, ...]


def pitch_of(index: int, key: Key, numeral: Numeral | None = None) -> int:
    """The MIDI pitch of a scale step, altered where the chord asks for an altered degree."""
    octave, degree = divmod(index, 7)
    above = (key.scale[degree] - key.tonic) % 12
    pitch = 12 * octave + above + key.tonic
    if numeral is None:
        return pitch
    members = {(numeral.root + step) % 12 for step in numeral.intervals}
    scale = {(member - key.tonic) % 12 for member in key.scale}
    if above in members:
        return pitch
    for change in (1, -1):
        if (above + change) % 12 in members and (above + change) % 12 not in scale:
            return pitch + change
    return pitch


def chord_degrees(key: Key, numeral: Numeral) -> frozenset[int]:
    """Which scale degrees (0 to 6) are tones of the chord's triad, altered ones included."""
    triad = {(numeral.root + step) % 12 for step in numeral.intervals if step <= 8}
    return frozenset(
        degree for degree in range(7) if (pitch_of(degree, key, numeral) - key.tonic) % 12 in triad
    )


def bar_numerals(entries: Loop) -> tuple[Numeral, ...]:
    """The numeral of each bar of a phrase."""
    return tuple(entry.numeral for entry in entries for _ in range(entry.bars))[:PHRASE_BARS]


class ThemeWriter:
    """Writes themes for one plan; `low` and `high` bound the melody in scale steps."""

    def __init__(self, plan: Plan, model: Model, low: int, high: int) -> None:
        self._plan = plan
        self._model = model
        self._key = plan.key
        self._low = low
        self._high = high

    def theme(self, name: str, entries: Loop, stream: Stream) -> Theme:
        """Draw one theme over a loop."""
        numerals = bar_numerals(entries)
        shape = stream.choice(_SHAPES)
        motif_rhythm = self._rhythm(stream.child("rhythm"))
        motif = self._fill(motif_rhythm, numerals[0], self._centre(), stream.child("motif"))
        bars = [motif]
        second = None
        for position in range(1, PHRASE_BARS):
            numeral, child = numerals[position], stream.child("bar", position)
            kind = shape[position]
            if kind == "motif":
                bars.append(self._fitted(motif, numeral, 0))
            elif kind == "sequence":
                shift = child.choice((-2, -1, 1, 2))
                bars.append(self._fitted(motif, numeral, shift))
            elif kind == "answer":
                bars.append(self._fill(motif_rhythm, numeral, bars[-1][-1].index, child))
            elif kind == "second":
                second = self._rhythm(child)
                bars.append(self._fill(second, numeral, bars[-1][-1].index, child))
            else:
                bars.append(self._cadence(motif_rhythm, numeral, bars[-1][-1].index, child))
        return Theme(name, tuple(bars), shape)

    def varied(self, theme: Theme, entries: Loop, stream: Stream) -> Theme:
        """A theme as it comes back: its second and last bars drawn anew on the motif's rhythm."""
        numerals = bar_numerals(entries)
        bars = list(theme.bars)
        motif = bars[0]
        rhythm = (tuple((tone.onset, tone.length) for tone in motif), motif[0].rhythm)
        bars[1] = self._fill(rhythm, numerals[1], bars[0][-1].index, stream.child(1))
        bars[3] = self._cadence(rhythm, numerals[3], bars[2][-1].index, stream.child(3))
        return Theme(theme.name, tuple(bars), theme.shape)

    def _centre(self) -> int:
        return (self._low + self._high) // 2

    def _rhythm(self, stream: Stream) -> tuple[Rhythm, Origin]:
        """A bar's rhythm within the mood's density, learnt or from the style's cells."""
        low, high = self._plan.mood.density
        allowed = {
            text: 0
            for text in self._model.choices("rhythms", "4/4")
            if low <= len(text.split()) <= high and singable(parse_rhythm(text))
        }
        for first in self._plan.style.melody_cells:
            for second in self._plan.style.melody_cells:
                text = rhythm_text(cell_rhythm(first + second))
                if low <= len(text.split()) <= high:
                    allowed[text] = allowed.get(text, 0) + 1
        rule = self._plan.style.source.rule("melody_cells")
        origin = self._model.draw(
            stream,
            (Context("rhythms", "4/4", 1),),
            allowed,
            rule,
            100 - self._plan.style.learnt_rhythm_percent,
        )
        return parse_rhythm(origin.choice), origin

    def _fill(
        self, rhythm: tuple[Rhythm, Origin], numeral: Numeral, near: int, stream: Stream
    ) -> tuple[Tone, ...]:
        """Pitches for a rhythm, beginning on the chord tone nearest to `near`."""
        tones: list[Tone] = []
        chordal = chord_degrees(self._key, numeral)
        before: tuple[int | None, int | None] = (None, None)
        for onset, length in rhythm[0]:
            if not tones:
                index = self._nearest(near + stream.choice((-1, 0, 0, 1)), chordal)
                opening = self._plan.style.source.rule("melody.opening")
                tones.append(Tone(onset, length, index, rhythm[1], opening))
                continue
            origin = self._step(tones, onset, length, chordal, before, stream)
            step = int(origin.choice)
            before = (step, before[0])
            tones.append(Tone(onset, length, tones[-1].index + step, rhythm[1], origin))
        return tuple(tones)

    def _step(
        self,
        tones: list[Tone],
        onset: int,
        length: int,
        chordal: frozenset[int],
        before: tuple[int | None, int | None],
        stream: Stream,
    ) -> Origin:
        """Draw the step to the note at `onset` among those that the craft allows."""
        here = tones[-1].index
        strong = onset % 4 == 0 or length >= 4
        allowed = {
            str(step): self._preference(step, here + step, before[0])
            for step in range(-7, 8)
            if self._low <= here + step <= self._high
            and (not strong or (here + step) % 7 in chordal)
            and self._answers(here, step, before[0], chordal)
        }
        if not allowed:
            target = self._nearest(here, chordal)
            allowed = {str(target - here): 1}
        rule = self._plan.style.source.rule("melody.steps")
        contexts = step_contexts(mode_class(self._key.mode), here % 7, onset % 4 == 0, before)
        return self._model.draw(stream, contexts, allowed, rule, STEP_RULE_PERCENT)

    @staticmethod
    def _preference(step: int, index: int, before: int | None) -> int:
        """How much the rule likes a step: steps most, then thirds; rarely a repeat of a repeat."""
        if step == 0:
            return 1 if before == 0 else 3
        weight = {1: 12, 2: 7, 3: 4, 4: 3, 5: 2, 7: 2}.get(abs(step), 0)
        return weight + (1 if index % 7 in (0, 2, 4) else 0)

    @staticmethod
    def _answers(here: int, step: int, before: int | None, chordal: frozenset[int]) -> bool:
        """A leap is answered by a step or third the other way; a dissonance moves by step."""
        if here % 7 not in chordal and abs(step) > 1:
            return False
        return before is None or abs(before) < 4 or (abs(step) <= 2 and step * before <= 0)

    def _nearest(self, index: int, degrees: frozenset[int]) -> int:
        """The step nearest to an index, within the range, whose degree is one of `degrees`."""
        inside = range(self._low, self._high + 1)
        options = [step for step in inside if step % 7 in degrees] or list(inside)
        return min(options, key=lambda step: (abs(step - index), step))

    def _fitted(self, bar: tuple[Tone, ...], numeral: Numeral, shift: int) -> tuple[Tone, ...]:
        """A bar moved to another chord: its contour kept, its beats on tones of the chord."""
        chordal = chord_degrees(self._key, numeral)
        start = self._nearest(bar[0].index + shift, chordal)
        moved = start - bar[0].index
        rule = self._plan.style.source.rule("melody.sequence" if shift else "melody.repeat")
        made: list[Tone] = []
        for tone in bar:
            index = min(max(tone.index + moved, self._low), self._high)
            if (tone.onset % 4 == 0 or tone.length >= 4) and index % 7 not in chordal:
                index = self._nearest(index, chordal)
            changed = index != tone.index
            made.append(replace(tone, index=index, pitch_rule=rule if changed else tone.pitch_rule))
        return tuple(made)

    def _cadence(
        self, rhythm: tuple[Rhythm, Origin], numeral: Numeral, near: int, stream: Stream
    ) -> tuple[Tone, ...]:
        """The motif's head, then a long tone of the chord."""
        head = tuple(event for event in rhythm[0] if event[0] < 8 and event[0] + event[1] <= 8)
        head = head[:3]
        filled = self._fill((head, rhythm[1]), numeral, near, stream) if head else ()
        rule = self._plan.style.source.rule("melody.cadence")
        last = filled[-1].index if filled else near
        target = self._nearest(last + stream.choice((-1, 1)), chord_degrees(self._key, numeral))
        return (*filled, Tone(8, 6, target, rhythm[1], rule))


def cell_rhythm(cells: str) -> Rhythm:
    """The rhythm of cells: `x` begins a note, `-` holds it, `.` is silence; from the start."""
    events: list[tuple[int, int]] = []
    for step, mark in enumerate(cells):
        if mark == "x":
            events.append((step, 1))
        elif mark == "-" and events and sum(events[-1]) == step:
            events[-1] = (events[-1][0], events[-1][1] + 1)
    return tuple(events)


def singable(rhythm: Rhythm) -> bool:
    """Whether a rhythm can carry a tune: no runs of sixteenths, no bar of equal eighths."""
    short = sum(1 for _, length in rhythm if length == 1)
    lengths = {length for _, length in rhythm}
    return short <= 2 and len(rhythm) >= 2 and (len(lengths) > 1 or len(rhythm) <= 4)
