"""Melody: motifs drawn from the learnt model, made into phrases of a theme.

A motif is one bar, drawn note by note: each note's rhythm, then its pitch, from what the works do
after what came before, mixed with the style's own cells and with rules of the craft (chord tones on
the beats or leaning on them, leaps answered by steps, a range). A phrase is four bars made of the
motif, its sequence, answer or liquidation, and a cadence that breathes; bars that are drawn anew
hear the bars before them. Many phrases are drawn and the critic keeps one. Conventions as in
`theme`.
"""

from collections.abc import Sequence
from dataclasses import replace

from clearcue.composer.drawing import BAR_STEPS, Measure, Pen
from clearcue.composer.drawn import Choice, DrawingRules
from clearcue.composer.limit import TUNE_LIMIT
from clearcue.composer.model import Model
from clearcue.composer.observe import Rhythm
from clearcue.composer.plan import PHRASE_BARS, Plan
from clearcue.composer.randomness import Stream
from clearcue.composer.runs import ComposedLine
from clearcue.composer.style import CELL_STEPS
from clearcue.composer.theme import (
    Halves,
    Theme,
    ThemeBar,
    Tone,
    chord_degrees,
    chord_under,
    nearest,
    pitches,
)
from clearcue.music.lineage import RuleSource

LATEST_START = 4
"""The latest sixteenth on which a motif may begin."""
_SHAPES = (
    ("motif", "sequence", "motif", "cadence"),
    ("motif", "answer", "motif", "cadence"),
    ("motif", "answer", "sequence", "cadence"),
    ("motif", "second", "motif", "cadence"),
    ("motif", "sequence", "fragments", "cadence"),
    ("motif", "second", "sequence", "cadence"),
    ("motif", "second", "fragments", "cadence"),
)
MotifRhythm = tuple[Rhythm, tuple[Choice, ...]]
"""A rhythm, and where each of its notes' lengths comes from."""


class ThemeWriter:
    """Writes phrases for one plan; `low` and `high` bound the melody in scale steps.

    `limit` is the longest run, in notes, that is shared with a work.
    """

    def __init__(
        self, plan: Plan, model: Model, low: int, high: int, limit: int = TUNE_LIMIT
    ) -> None:
        self._plan = plan
        self._key = plan.key
        self.low = low
        self.high = high
        self._runs = model.tune.runs
        self._limit = limit
        self._chordal: dict[str, frozenset[int]] = {}
        style = plan.style
        rules = DrawingRules(
            self.rule("steps"), style.source.rule("melody_cells"), self.rule("recall")
        )
        self._pen = Pen(
            model,
            plan.key,
            (low, high),
            style.melody_cells,
            style.learnt_rhythm_percent,
            rules,
            limit,
            plan.brief.adventure,
        )

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
        bars = list(stated) or [self._motif(name, halves[0], stream)]
        for position in range(len(bars), PHRASE_BARS):
            child = stream.child("bar", position)
            bars.append(self._made(shape[position], bars, halves, child))
        return Theme(name, tuple(bars), ("motif",) * len(stated) + shape[len(stated) :])

    def _motif(self, name: str, halves: Halves, stream: Stream) -> ThemeBar:
        """Draw a theme's first bar, from a tone of the chord near the middle of the range."""
        start = (self.low + self.high) // 2 + stream.choice((-2, -1, 0, 1, 2))
        begin = self._begin(stream)
        chordal = self.chordal(halves, begin)
        start = nearest(start + (0 if name == "A" else 2), chordal, self.low, self.high)
        measure = Measure(self._plan.mood.density, opening=start, begin=begin)
        return self._pen.bar((), (halves,), measure, stream.child("motif"))

    def _begin(self, stream: Stream) -> int:
        """Where a motif begins: on the beat, or after a rest where a cell of the style has one."""
        style = self._plan.style
        cell = stream.choice(style.melody_cells)
        first = cell.find("x")
        resting = 0 < first <= LATEST_START and not stream.chance(style.learnt_rhythm_percent)
        return first if resting else 0

    def answer(self, theme: Theme, halves: tuple[Halves, ...], stream: Stream) -> Theme:
        """The second phrase: it opens as the first one, goes on otherwise and closes."""
        bars = [self.fitted(bar, pair) for bar, pair in zip(theme.bars[:2], halves, strict=False)]
        kind = stream.choice(("sequence", "fragments", "answer", "second"))
        for position, made in ((2, kind), (3, "close")):
            bars.append(self._made(made, bars, halves, stream.child(position)))
        return Theme(theme.name, tuple(bars), (*theme.shape[:2], kind, "close"))

    def varied(self, theme: Theme, halves: tuple[Halves, ...], stream: Stream) -> Theme:
        """A theme as it comes back: its second and last bars drawn anew on the motif's rhythm."""
        bars = [self.fitted(bar, pair) for bar, pair in zip(theme.bars, halves, strict=True)]
        kind = stream.choice(("answer", "second", "fragments"))
        bars[1] = self._made(kind, bars[:1], halves, stream.child(1))
        bars[3] = self._made("cadence", bars[:3], halves, stream.child(3))
        return Theme(theme.name, tuple(bars), (theme.shape[0], kind, theme.shape[2], "cadence"))

    def lifted(self, theme: Theme, halves: tuple[Halves, ...], stream: Stream) -> Theme:
        """The theme raised by a third or a fourth, with a cadence of its own: the climax."""
        shift = stream.choice((2, 2, 3))
        pairs = zip(theme.bars[:3], halves[:3], strict=True)
        bars = [self.fitted(bar, pair, shift) for bar, pair in pairs]
        bars.append(self._made("close", bars, halves, stream.child(3)))
        return Theme(theme.name, tuple(bars), (*theme.shape[:3], "close"))

    def _made(
        self, kind: str, bars: list[ThemeBar], phrase: tuple[Halves, ...], stream: Stream
    ) -> ThemeBar:
        """A bar of one kind after the bars so far; `phrase` holds the chords of all of them."""
        halves = phrase[len(bars)]
        if kind == "motif":
            return self.fitted(bars[0], halves)
        if kind == "sequence":
            return self.fitted(bars[0], halves, stream.choice((-2, -1, 1, 2)))
        if kind == "answer":
            return self._drawn(bars, phrase, stream, _rhythm_of(bars[0]), BAR_STEPS)
        if kind == "second":
            return self._drawn(bars, phrase, stream, None, BAR_STEPS)
        if kind == "fragments":
            return self._fragments(bars[0], halves, stream)
        return self._cadence(bars, phrase, stream, closing=kind == "close")

    def _drawn(
        self,
        bars: Sequence[ThemeBar],
        phrase: tuple[Halves, ...],
        stream: Stream,
        rhythm: MotifRhythm | None,
        until: int,
    ) -> ThemeBar:
        """Draw the bar after the bars so far, on a rhythm where one is given."""
        given, chosen = rhythm or ((), ())
        measure = Measure(self._plan.mood.density, given, chosen, until=until)
        return self._pen.bar(bars, phrase[: len(bars) + 1], measure, stream)

    def is_apart(self, bars: Sequence[ThemeBar], phrase: tuple[Halves, ...]) -> bool:
        """Whether bars over a phrase's chords share no run with a work that is too long."""
        return not len(self._runs.shared(self.line_of(bars, phrase), self._limit + 1))

    def line_of(self, bars: Sequence[ThemeBar], phrase: tuple[Halves, ...]) -> ComposedLine:
        """Bars over a phrase's chords as the notes that sound."""
        onsets = [BAR_STEPS * place + tone.onset for place, bar in enumerate(bars) for tone in bar]
        return ComposedLine(onsets, pitches(bars, phrase, self._key), [True] * len(onsets))

    def chordal(self, halves: Halves, onset: int) -> frozenset[int]:
        """The degrees that a strong tone may take at an onset."""
        numeral = chord_under(halves, onset)
        if numeral.text not in self._chordal:
            self._chordal[numeral.text] = chord_degrees(self._key, numeral)
        return self._chordal[numeral.text]

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
        for place, tone in enumerate(bar):
            index = tone.index + moved
            here = self.chordal(halves, tone.onset)
            strong = tone.strong and not self._leans(bar[place:], moved, halves)
            if strong and index % 7 not in here:
                index = nearest(index, here, self.low, self.high)
            changed = index != tone.index
            made.append(replace(tone, index=index, pitch_rule=rule if changed else tone.pitch_rule))
        return tuple(made)

    def _leans(self, tones: ThemeBar, moved: int, halves: Halves) -> bool:
        """Whether a short tone, moved by so many steps, leans on the chord tone after it."""
        if len(tones) < 2 or tones[0].length >= 4:
            return False
        goal = tones[1]
        resolves = abs(goal.index - tones[0].index) == 1
        return resolves and (goal.index + moved) % 7 in self.chordal(halves, goal.onset)

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
        self,
        bars: Sequence[ThemeBar],
        phrase: tuple[Halves, ...],
        stream: Stream,
        *,
        closing: bool,
    ) -> ThemeBar:
        """The motif's head, then a long tone of the chord reached by step; then a breath.

        A closing cadence lands on the tonic where the chord holds it, an open one beside it.
        """
        halves = phrase[len(bars)]
        given, chosen = _rhythm_of(bars[0])
        head = _held(tuple(event for event in given if sum(event) <= CELL_STEPS)[:3])
        rhythm = (head, chosen[: len(head)])
        filled = self._drawn(bars, phrase, stream, rhythm, CELL_STEPS) if head else ()
        last = (filled or bars[-1])[-1].index
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
    """The rhythm of a theme's first bar, and where it comes from."""
    return _rhythm_of(theme.bars[0])


def _held(head: Rhythm) -> Rhythm:
    """A head whose last tone is held until the half bar is over, so that no hole is left."""
    return (*head[:-1], (head[-1][0], CELL_STEPS - head[-1][0])) if head else head


def _rhythm_of(bar: ThemeBar) -> MotifRhythm:
    return tuple((t.onset, t.length) for t in bar), tuple(tone.rhythm for tone in bar)
