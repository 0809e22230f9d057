"""The tune: themes laid over the form as notes, developed when they come back, closed on the tonic.

A section's phrases go in pairs: the theme stays open, its answer closes. A theme that comes back is
ornamented or drawn anew in part; the last phrase of all leads over the cadence to the tonic.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from clearcue.composer.attribution import Attribution
from clearcue.composer.canvas import STEP_TICKS, Canvas, SourcedNote, accent
from clearcue.composer.critic import hard_leaps, judge
from clearcue.composer.development import closing_bar, decorated, with_upbeat
from clearcue.composer.melody import ThemeWriter
from clearcue.composer.model import Model
from clearcue.composer.observe import degree_of
from clearcue.composer.plan import BAR_TICKS, PHRASE_BARS, Plan, PlannedSection
from clearcue.composer.progression import Harmony
from clearcue.composer.randomness import Stream
from clearcue.composer.sources import of_rule
from clearcue.composer.style import CELL_STEPS, Layer
from clearcue.composer.theme import (
    Halves,
    Theme,
    ThemeBar,
    chord_under,
    pitch_of,
    pitches,
)
from clearcue.data.instruments import instruments
from clearcue.music.score import Note

SPAN_STEPS = 11
"""Scale steps that a melody may range over: an octave and a fourth."""
ANSWERS = 6
"""Answers and variations drawn for a phrase, of which the critic keeps one."""
UPBEAT_PERCENT = 60
CLIMAX_ENERGY = 70

BarOfTune = tuple[ThemeBar, Halves]


def melody_span(plan: Plan, layer: Layer) -> tuple[int, int]:
    """Lowest and highest scale step of the melody, around the middle of the layer's register."""
    middle = (layer.low + layer.high) // 2 + plan.mood.register
    index = next(
        found for offset in range(12) if (found := degree_of(middle + offset, plan.key)) is not None
    )
    low, high = index - SPAN_STEPS // 2, index + SPAN_STEPS - SPAN_STEPS // 2
    while pitch_of(low, plan.key) < layer.low:
        low, high = low + 1, high + 1
    while pitch_of(high, plan.key) > layer.high and high - low > 6:
        high -= 1
    return low, high


def write_melody(
    plan: Plan,
    model: Model,
    writer: ThemeWriter,
    themes: dict[str, Theme],
    harmony: Harmony,
    layer: Layer,
    stream: Stream,
) -> list[SourcedNote]:
    """The melody of the whole piece, with the sources of every note."""
    teller = _Teller(plan, writer, themes, harmony, stream)
    bars = teller.bars()
    scribe = _Scribe(plan, model, layer)
    for bar in sorted(bars):
        scribe.bar(bar, *bars[bar])
    scribe.close()
    return scribe.notes


class _Teller:
    """Decides which form of which theme each phrase takes."""

    def __init__(
        self,
        plan: Plan,
        writer: ThemeWriter,
        themes: dict[str, Theme],
        harmony: Harmony,
        stream: Stream,
    ) -> None:
        self._plan = plan
        self._writer = writer
        self._themes = themes
        self._harmony = harmony
        self._stream = stream
        self._heard: Counter[str] = Counter()

    def bars(self) -> dict[int, BarOfTune]:
        """Tones and chords of every bar that the melody plays in."""
        bars: dict[int, BarOfTune] = {}
        for section in self._plan.sections:
            if section.theme not in self._themes:
                continue
            for first in range(0, section.bars, PHRASE_BARS):
                count = min(PHRASE_BARS, section.bars - first)
                bars |= self._phrase(section, first, count)
        return self._with_upbeats(bars)

    def _phrase(self, section: PlannedSection, first: int, count: int) -> dict[int, BarOfTune]:
        start = section.first_bar + first
        halves = tuple(self._harmony.halves(start + place) for place in range(count))
        over = halves + halves[-1:] * (PHRASE_BARS - count)
        tones = self._form_of(section, first // PHRASE_BARS, over).bars
        made = {start + place: (tones[place], halves[place]) for place in range(count)}
        closing = self._plan.last_bar - 1
        if closing in made:
            made[closing] = self._closing(made, closing)
        return made

    def _form_of(self, section: PlannedSection, phrase: int, halves: tuple[Halves, ...]) -> Theme:
        """Plain first; then in turn its return, an answer, a climax or variation, an answer."""
        letter = section.theme
        theme = self._themes[letter]
        heard = self._heard[letter]
        self._heard[letter] += 1
        if heard == 0:
            return self._over(theme, halves)
        stream = self._stream.child("form", letter, section.cycle, phrase // 4)
        if phrase % 2:
            child = stream.child("answer", phrase % 4)
            return self._best(self._writer.answer, letter, halves, child)
        if phrase % 4 == 2:
            loud = self._plan.energy_at(section.first_bar + PHRASE_BARS * phrase) >= CLIMAX_ENERGY
            make = self._writer.lifted if loud else self._writer.varied
            return self._best(make, letter, halves, stream.child("climax"))
        if section.cycle % 2 and not phrase:
            return self._best(self._writer.varied, letter, halves, stream.child("varied"))
        fitted = self._over(theme, halves)
        ornaments = stream.child("ornament")
        return replace(theme, bars=decorated(self._writer, fitted.bars, halves, ornaments))

    def _over(self, theme: Theme, halves: tuple[Halves, ...]) -> Theme:
        """A theme over a phrase whose chords may differ from those that it was written on."""
        pairs = zip(theme.bars, halves, strict=True)
        return replace(theme, bars=tuple(self._writer.fitted(bar, pair) for bar, pair in pairs))

    def _best(
        self,
        make: Callable[[Theme, tuple[Halves, ...], Stream], Theme],
        letter: str,
        halves: tuple[Halves, ...],
        stream: Stream,
    ) -> Theme:
        """The critic's choice of several forms of a letter's theme."""
        theme = self._over(self._themes[letter], halves)
        drawn = [make(theme, halves, stream.child(number)) for number in range(ANSWERS)]
        drawn = [form for form in drawn if self._writer.is_apart(form.bars, halves)] or drawn
        points = [judge(form, halves, self._plan.key).points for form in drawn]
        return drawn[points.index(max(points))]

    def _closing(self, made: dict[int, BarOfTune], bar: int) -> BarOfTune:
        """The bar before the last, over the plan's cadence."""
        plan = self._plan
        halves = (plan.cadence[0], plan.cadence[-1])
        head, _ = made[bar]
        near = made[bar - 1][0][-1].index if bar - 1 in made else head[0].index
        up = plan.energy_at(bar) >= CLIMAX_ENERGY
        if plan.bar_ticks(bar) < BAR_TICKS:
            return closing_bar(self._writer, (), halves, near, short=True, up=up), halves
        fitted = self._writer.fitted(head, halves)
        ways = [
            closing_bar(self._writer, heads, halves, near, short=False, up=up)
            for heads in (fitted, fitted[:2], fitted[:1], ())
        ]
        before = pitch_of(near, plan.key)
        hard = [hard_leaps((before, *pitches([way], [halves], plan.key))) for way in ways]
        return ways[hard.index(min(hard))], halves

    def _with_upbeats(self, bars: dict[int, BarOfTune]) -> dict[int, BarOfTune]:
        """Upbeats into the phrases of the letters that have one, the first phrase included."""
        plan = self._plan
        made = dict(bars)
        for section in plan.sections:
            for first in range(section.first_bar, section.first_bar + section.bars, PHRASE_BARS):
                stream = self._stream.child("upbeat", section.theme)
                before = first - 1
                if first not in bars or before < 0 or plan.bar_ticks(before) < BAR_TICKS:
                    continue
                if stream.chance(UPBEAT_PERCENT):
                    tones, halves = bars.get(before, ((), bars[first][1]))
                    target = bars[first][0][0]
                    made[before] = (with_upbeat(self._writer, tones, target, stream), halves)
        return made


class _Scribe:
    """Turns the tones of themes into notes with their sources."""

    def __init__(self, plan: Plan, model: Model, layer: Layer) -> None:
        self._plan = plan
        self._layer = layer
        self._canvas = Canvas(plan, (), (), Stream("unused"))
        self._sources = Attribution(model)
        self.notes: list[SourcedNote] = []

    def bar(self, bar: int, tones: ThemeBar, halves: Halves) -> None:
        """Write one bar of a theme; a half bar takes what fits in it."""
        start, ticks = self._plan.bars[bar], self._plan.bar_ticks(bar)
        gain = self._plan.usage.melody_gain
        for tone in tones:
            onset = tone.onset * STEP_TICKS
            if onset >= ticks:
                continue
            length = min(tone.length * STEP_TICKS, ticks - onset)
            under = CELL_STEPS if ticks < BAR_TICKS else tone.onset
            pitch = pitch_of(tone.index, self._plan.key, chord_under(halves, under))
            pitch = min(max(pitch, self._layer.low), self._layer.high)
            stress = accent(tone.onset) + gain
            velocity = self._canvas.loudness(self._layer, self._plan.swell_at(bar), stress)
            note = Note(start + onset, length, pitch, velocity)
            self.notes.append((note, self._sources.of_tone(tone)))

    def close(self) -> None:
        """The last note: the tonic nearest to where the melody stands, when it plays at the end."""
        plan = self._plan
        if plan.sections[-1].theme == "-" or plan.loops or not self.notes:
            return
        before = self.notes[-1][0].pitch
        tonics = [
            pitch
            for pitch in range(self._layer.low, self._layer.high + 1)
            if pitch % 12 == plan.key.tonic
        ]
        pitch = min(tonics, key=lambda option: (abs(option - before), option))
        sustained = instruments()[self._layer.instruments[0]].sustained
        length = self._canvas.last_length(sustained)
        velocity = self._canvas.loudness(self._layer, plan.swell_at(plan.last_bar - 1), 6)
        note = Note(plan.bars[-2], length, pitch, velocity)
        self.notes.append((note, of_rule(plan.usage.source.rule("ending"))))
