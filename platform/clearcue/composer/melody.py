"""Melody: motifs drawn from the learnt model, made into phrases of a theme.

A motif is one bar: its rhythm drawn from the works' bar rhythms mixed with the style's own cells,
its pitches from the works' melodic steps under rules of the craft (chord tones on the beats, leaps
answered by steps, a range). A phrase is four bars made of the motif, its sequence, answer or
liquidation, and a cadence that breathes. Many are drawn and the critic keeps one. Conventions as in
`theme`.
"""

from dataclasses import replace

from clearcue.composer.harmony import mode_class
from clearcue.composer.model import (
    Context,
    Model,
    Origin,
    parse_rhythm,
    rhythm_text,
    step_contexts,
)
from clearcue.composer.observe import Rhythm
from clearcue.composer.plan import PHRASE_BARS, Plan
from clearcue.composer.randomness import Stream
from clearcue.composer.style import CELL_STEPS
from clearcue.composer.theme import (
    Halves,
    Theme,
    ThemeBar,
    Tone,
    chord_degrees,
    chord_under,
    nearest,
)
from clearcue.music.lineage import RuleSource

STEP_RULE_PERCENT = 30
_SHAPES = (
    ("motif", "sequence", "motif", "cadence"),
    ("motif", "answer", "motif", "cadence"),
    ("motif", "answer", "sequence", "cadence"),
    ("motif", "second", "motif", "cadence"),
    ("motif", "sequence", "fragments", "cadence"),
    ("motif", "second", "sequence", "cadence"),
    ("motif", "second", "fragments", "cadence"),
)
MotifRhythm = tuple[Rhythm, Origin | RuleSource]


class ThemeWriter:
    """Writes phrases for one plan; `low` and `high` bound the melody in scale steps."""

    def __init__(self, plan: Plan, model: Model, low: int, high: int) -> None:
        self._plan = plan
        self._model = model
        self._key = plan.key
        self.low = low
        self.high = high
        self._rhythms = self._allowed_rhythms()
        self._chordal: dict[str, frozenset[int]] = {}

    def rule(self, name: str) -> RuleSource:
        """A melodic rule of the style."""
        return self._plan.style.source.rule(f"melody.{name}")

    def theme(
        self,
        name: str,
        halves: tuple[Halves, ...],
        stream: Stream,
        stated: tuple[ThemeBar, ...] = (),
    ) -> Theme:
        """Draw a theme's first phrase: it states the motif and stays open.

        `stated` are bars that a person gave: the phrase begins with them and goes on from them.
        """
        shape = stream.choice(_SHAPES)
        if stated:
            bars, rhythm = list(stated), (_rhythm_of(stated[0]), stated[0][0].rhythm)
            for position in range(len(stated), PHRASE_BARS):
                child = stream.child("bar", position)
                bars.append(self._made(shape[position], bars, halves[position], rhythm, child))
            return Theme(name, tuple(bars), ("motif",) * len(stated) + shape[len(stated) :])
        rhythm = self._rhythm(stream.child("rhythm"))
        start = self._centre() + stream.choice((-2, -1, 0, 1, 2)) + (0 if name == "A" else 2)
        motif = self._fill(rhythm, halves[0], start, stream.child("motif"))
        bars = [motif]
        for position in range(1, PHRASE_BARS):
            child = stream.child("bar", position)
            bars.append(self._made(shape[position], bars, halves[position], rhythm, child))
        return Theme(name, tuple(bars), shape)

    def answer(self, theme: Theme, halves: tuple[Halves, ...], stream: Stream) -> Theme:
        """The second phrase: it opens as the first one, goes on otherwise and closes."""
        rhythm = motif_rhythm(theme)
        bars = list(theme.bars[:2])
        kind = stream.choice(("sequence", "fragments", "answer", "second"))
        for position, made in ((2, kind), (3, "close")):
            bars.append(self._made(made, bars, halves[position], rhythm, stream.child(position)))
        return Theme(theme.name, tuple(bars), (*theme.shape[:2], kind, "close"))

    def varied(self, theme: Theme, halves: tuple[Halves, ...], stream: Stream) -> Theme:
        """A theme as it comes back: its second and last bars drawn anew on the motif's rhythm."""
        rhythm = motif_rhythm(theme)
        bars = list(theme.bars)
        kind = stream.choice(("answer", "second", "fragments"))
        bars[1] = self._made(kind, bars[:1], halves[1], rhythm, stream.child(1))
        bars[3] = self._made("cadence", bars[:3], halves[3], rhythm, stream.child(3))
        return Theme(theme.name, tuple(bars), (theme.shape[0], kind, theme.shape[2], "cadence"))

    def lifted(self, theme: Theme, halves: tuple[Halves, ...], stream: Stream) -> Theme:
        """The theme raised by a third or a fourth, with a cadence of its own: the climax."""
        rhythm = motif_rhythm(theme)
        shift = stream.choice((2, 2, 3))
        pairs = zip(theme.bars[:3], halves[:3], strict=True)
        bars = [self.fitted(bar, pair, shift) for bar, pair in pairs]
        bars.append(self._made("close", bars, halves[3], rhythm, stream.child(3)))
        return Theme(theme.name, tuple(bars), (*theme.shape[:3], "close"))

    def _made(
        self,
        kind: str,
        bars: list[ThemeBar],
        halves: Halves,
        rhythm: MotifRhythm,
        stream: Stream,
    ) -> ThemeBar:
        """A bar of one kind after the bars so far."""
        near = bars[-1][-1].index
        if kind == "motif":
            return self.fitted(bars[0], halves)
        if kind == "sequence":
            return self.fitted(bars[0], halves, stream.choice((-2, -1, 1, 2)))
        if kind == "answer":
            return self._fill(rhythm, halves, near, stream)
        if kind == "second":
            return self._fill(self._rhythm(stream), halves, near, stream)
        if kind == "fragments":
            return self._fragments(bars[0], halves, stream)
        return self._cadence(rhythm, halves, near, stream, closing=kind == "close")

    def _centre(self) -> int:
        return (self.low + self.high) // 2

    def chordal(self, halves: Halves, onset: int) -> frozenset[int]:
        """The degrees that a strong tone may take at an onset."""
        numeral = chord_under(halves, onset)
        if numeral.text not in self._chordal:
            self._chordal[numeral.text] = chord_degrees(self._key, numeral)
        return self._chordal[numeral.text]

    def _allowed_rhythms(self) -> dict[str, int]:
        """Bar rhythms within the mood's density with the rule's weight, 0 for the learnt ones."""
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
        return allowed

    def _rhythm(self, stream: Stream) -> MotifRhythm:
        """A bar's rhythm, learnt or from the style's cells."""
        origin = self._model.draw(
            stream,
            (Context("rhythms", "4/4", 1),),
            self._rhythms,
            self._plan.style.source.rule("melody_cells"),
            100 - self._plan.style.learnt_rhythm_percent,
        )
        return parse_rhythm(origin.choice), origin

    def _fill(self, rhythm: MotifRhythm, halves: Halves, near: int, stream: Stream) -> ThemeBar:
        """Pitches for a rhythm, beginning on the chord tone nearest to `near`."""
        tones: list[Tone] = []
        before: tuple[int | None, int | None] = (None, None)
        for onset, length in rhythm[0]:
            if not tones:
                wanted = near + stream.choice((-1, 0, 0, 1))
                index = nearest(wanted, self.chordal(halves, onset), self.low, self.high)
                tones.append(Tone(onset, length, index, rhythm[1], self.rule("opening")))
                continue
            origin = self._step(tones, onset, length, halves, before, stream)
            step = int(origin.choice)
            before = (step, before[0])
            tones.append(Tone(onset, length, tones[-1].index + step, rhythm[1], origin))
        return tuple(tones)

    def _step(
        self,
        tones: list[Tone],
        onset: int,
        length: int,
        halves: Halves,
        before: tuple[int | None, int | None],
        stream: Stream,
    ) -> Origin:
        """Draw the step to the note at `onset` among those that the craft allows."""
        here = tones[-1].index
        chordal = self.chordal(halves, onset)
        strong = onset % 4 == 0 or length >= 4
        allowed = {
            str(step): preference(step, here + step, before[0])
            for step in range(-7, 8)
            if self.low <= here + step <= self.high
            and (not strong or (here + step) % 7 in chordal)
            and _answers(here, step, before[0], chordal)
        }
        if not allowed:
            target = nearest(here, chordal, self.low, self.high)
            allowed = {str(target - here): 1}
        contexts = step_contexts(mode_class(self._key.mode), here % 7, onset % 4 == 0, before)
        return self._model.draw(stream, contexts, allowed, self.rule("steps"), STEP_RULE_PERCENT)

    def fitted(self, bar: ThemeBar, halves: Halves, shift: int = 0) -> ThemeBar:
        """A bar moved to another chord: its contour kept, its strong tones on the chord."""
        chordal = self.chordal(halves, bar[0].onset)
        moved = nearest(bar[0].index + shift, chordal, self.low, self.high) - bar[0].index
        highest, lowest = max(tone.index for tone in bar), min(tone.index for tone in bar)
        while highest + moved > self.high:
            moved -= 1
        while lowest + moved < self.low:
            moved += 1
        rule = self.rule("sequence" if shift else "repeat")
        made: list[Tone] = []
        for tone in bar:
            index = tone.index + moved
            here = self.chordal(halves, tone.onset)
            if tone.strong and index % 7 not in here:
                index = nearest(index, here, self.low, self.high)
            changed = index != tone.index
            made.append(replace(tone, index=index, pitch_rule=rule if changed else tone.pitch_rule))
        return tuple(made)

    def _fragments(self, motif: ThemeBar, halves: Halves, stream: Stream) -> ThemeBar:
        """The motif's head twice in one bar, the second time a step on: it presses forward."""
        head = tuple(tone for tone in motif if tone.onset + tone.length <= CELL_STEPS)
        if not 2 <= len(head) <= 5:
            return self.fitted(motif, halves, stream.choice((1, 2)))
        way = stream.choice((-1, 1, 1))
        rule = self.rule("fragments")
        first = self.fitted(head, halves, way)
        later = tuple(replace(tone, onset=tone.onset + CELL_STEPS) for tone in head)
        second = self.fitted(later, halves, 2 * way)
        return (*first, *(replace(tone, rhythm=rule) for tone in second))

    def _cadence(
        self, rhythm: MotifRhythm, halves: Halves, near: int, stream: Stream, *, closing: bool
    ) -> ThemeBar:
        """The motif's head, then a long tone of the chord reached by step; then a breath.

        A closing cadence lands on the tonic where the chord holds it, an open one beside it.
        """
        head = tuple(event for event in rhythm[0] if sum(event) <= CELL_STEPS)[:3]
        filled = self._fill((head, rhythm[1]), halves, near, stream) if head else ()
        last = filled[-1].index if filled else near
        chordal = self.chordal(halves, CELL_STEPS)
        if not filled and (both := chordal & self.chordal(halves, 0)):
            chordal = both
        wanted = chordal & {0} if closing else chordal - {0}
        target = nearest(last + stream.choice((-1, 1)), wanted or chordal, self.low, self.high)
        rule = self.rule("cadence")
        if not filled:
            return (Tone(0, CELL_STEPS + 6, target, rule, rule),)
        return (*filled, Tone(CELL_STEPS, 6, target, rule, rule))


def motif_rhythm(theme: Theme) -> MotifRhythm:
    """The rhythm of a theme's first bar with its origin."""
    motif = theme.bars[0]
    return _rhythm_of(motif), motif[0].rhythm


def _rhythm_of(bar: ThemeBar) -> Rhythm:
    return tuple((tone.onset, tone.length) for tone in bar)


def preference(step: int, index: int, before: int | None) -> int:
    """How much the rule likes a step: steps most, then thirds; rarely a repeat of a repeat."""
    if step == 0:
        return 1 if before == 0 else 3
    weight = {1: 12, 2: 7, 3: 4, 4: 3, 5: 2, 7: 1}.get(abs(step), 0)
    return weight + (1 if index % 7 in (0, 2, 4) else 0)


def _answers(here: int, step: int, before: int | None, chordal: frozenset[int]) -> bool:
    """A leap is answered by a step or third the other way; a dissonance moves by step."""
    if here % 7 not in chordal and abs(step) > 1:
        return False
    return before is None or abs(before) < 4 or (abs(step) <= 2 and step * before <= 0)


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
