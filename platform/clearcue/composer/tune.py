"""The tune: themes laid over the form as notes, varied when they come back, closed on the tonic."""

from clearcue.composer.harmony import Loop
from clearcue.composer.layers import STEP_TICKS, Canvas, SourcedNote, accent
from clearcue.composer.melody import Theme, ThemeWriter, Tone, bar_numerals, pitch_of
from clearcue.composer.model import Model, Origin
from clearcue.composer.numerals import Numeral, parse_numeral
from clearcue.composer.observe import degree_of
from clearcue.composer.plan import PHRASE_BARS, Plan, PlannedSection
from clearcue.composer.randomness import Stream
from clearcue.composer.sources import blend, of_rule
from clearcue.composer.style import Layer
from clearcue.data.instruments import instruments
from clearcue.music.lineage import Shares
from clearcue.music.score import Note

SPAN_STEPS = 11
"""Scale steps that a melody may range over: an octave and a fourth."""


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
    loops: dict[str, Loop],
    layer: Layer,
    stream: Stream,
) -> list[SourcedNote]:
    """The melody of the whole piece, with the sources of every note."""
    scribe = _Scribe(plan, model, layer)
    for section in plan.sections:
        if section.theme not in themes:
            continue
        numerals = bar_numerals(loops[section.theme])
        for bar in range(section.bars):
            phrase, place = divmod(bar, PHRASE_BARS)
            theme = _phrase(writer, themes, loops, section, phrase, stream)
            closing = section.first_bar + bar == plan.last_bar - 1
            numeral = parse_numeral("V") if closing else numerals[place]
            scribe.bar(section.first_bar + bar, theme.bars[place], numeral)
    scribe.close()
    return scribe.notes


def _phrase(
    writer: ThemeWriter,
    themes: dict[str, Theme],
    loops: dict[str, Loop],
    section: PlannedSection,
    phrase: int,
    stream: Stream,
) -> Theme:
    """The theme as it stands in a phrase: plain first, then in turn varied and plain."""
    theme = themes[section.theme]
    variant = phrase + 2 * section.cycle
    if variant % 2 == 0 and section.cycle == 0:
        return theme
    return writer.varied(
        theme, loops[section.theme], stream.child("variation", section.theme, variant)
    )


class _Scribe:
    """Turns the tones of themes into notes with their sources."""

    def __init__(self, plan: Plan, model: Model, layer: Layer) -> None:
        self._plan = plan
        self._model = model
        self._layer = layer
        self._canvas = Canvas(plan, (), (), Stream("unused"))
        self._shares: dict[Origin, Shares] = {}
        self.notes: list[SourcedNote] = []

    def bar(self, bar: int, tones: tuple[Tone, ...], numeral: Numeral) -> None:
        """Write one bar of a theme; a half bar takes what fits in it."""
        start, ticks = self._plan.bars[bar], self._plan.bar_ticks(bar)
        energy = self._plan.energy_at(bar)
        gain = self._plan.usage.melody_gain
        for tone in tones:
            onset = tone.onset * STEP_TICKS
            if onset >= ticks:
                continue
            length = min(tone.length * STEP_TICKS, ticks - onset)
            pitch = pitch_of(tone.index, self._plan.key, numeral)
            pitch = min(max(pitch, self._layer.low), self._layer.high)
            velocity = self._canvas.loudness(self._layer, energy, accent(tone.onset) + gain)
            note = Note(start + onset, length, pitch, velocity)
            self.notes.append((note, self._sources(tone)))

    def _sources(self, tone: Tone) -> Shares:
        pitch = self._of(tone.pitch) if isinstance(tone.pitch, Origin) else of_rule(tone.pitch)
        if tone.pitch_rule is not None:
            pitch = blend(of_rule(tone.pitch_rule), pitch)
        return blend(self._of(tone.rhythm), pitch)

    def _of(self, origin: Origin) -> Shares:
        if origin not in self._shares:
            self._shares[origin] = self._model.shares(origin)
        return self._shares[origin]

    def close(self) -> None:
        """The last note: the tonic nearest to where the melody stands, when it plays at the end."""
        plan = self._plan
        if plan.sections[-1].theme == "-" or not self.notes:
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
        energy = plan.energy_at(plan.last_bar - 1)
        velocity = self._canvas.loudness(self._layer, energy, 6)
        note = Note(plan.bars[-2], length, pitch, velocity)
        self.notes.append((note, of_rule(plan.usage.source.rule("ending"))))
