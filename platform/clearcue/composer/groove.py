"""Drums with fills, and the hits that mark the form."""

from clearcue.composer.canvas import STEP_TICKS, Canvas, SourcedNote
from clearcue.composer.plan import PHRASE_BARS
from clearcue.composer.sources import of_rule
from clearcue.composer.style import BAR_STEPS, DrumVoice, Fill, Layer
from clearcue.data.instruments import instruments
from clearcue.music.score import Note

FILL_ENERGY = 40
"""Percent of energy below which drums do not fill."""
GHOST_WEIGHT = 2
"""How hard a stroke is that comes now and then."""
CRASH, KICK, LOW_DRUM = 49, 36, 35
LEADING = frozenset({"riser", "swell"})
"""Effects that end where a section begins."""
FALLING = frozenset({"downlifter"})
"""Effects that die away in a section's first bar."""
_TIMEKEEPERS = frozenset({42, 44, 46, 51, 54, 70, 81, 82})
"""Drums that go on while others fill."""


def drums(canvas: Canvas, layer: Layer) -> list[SourcedNote]:
    """Percussion voices that enter with the energy, with a fill at the end of a section.

    All voices of a theme play the same of the layer's grooves, so that they fit each other.
    """
    rule, fill_rule = of_rule(layer.rule("voices")), of_rule(layer.rule("fill"))
    notes: list[SourcedNote] = []
    for bar, energy in canvas.bars(layer):
        start, steps = canvas.plan.bars[bar], canvas.steps_in(bar)
        fill = _fill_for(canvas, layer, bar)
        fill_from = steps - len(fill[0][1]) if fill else steps
        filled = {key for key, _ in fill}
        played = steps // 2 if canvas.stops_in(bar) else steps
        for voice in layer.voices:
            if not voice.enter <= canvas.plan.energy_at(bar) <= voice.leave:
                continue
            goes_on = voice.key in _TIMEKEEPERS - filled
            until = played if goes_on else min(played, fill_from)
            for step, weight in _strokes(canvas, layer, voice, bar, until):
                velocity = _stroke(canvas, layer, energy, weight)
                notes.append(
                    (Note(start + step * STEP_TICKS, STEP_TICKS, voice.key, velocity), rule)
                )
        for key, pattern in fill:
            for step, mark in enumerate(pattern):
                if mark != ".":
                    onset = start + (fill_from + step) * STEP_TICKS
                    velocity = _stroke(canvas, layer, energy, int(mark))
                    notes.append((Note(onset, STEP_TICKS, key, velocity), fill_rule))
    return notes + _last_stroke(canvas, layer)


def _stroke(canvas: Canvas, layer: Layer, energy: int, weight: int) -> int:
    return max(1, min(127, canvas.loudness(layer, energy) * (weight + 5) // 13))


def _strokes(
    canvas: Canvas, layer: Layer, voice: DrumVoice, bar: int, until: int
) -> list[tuple[int, int]]:
    """Step and weight of each stroke of a voice in a bar; `?` comes the oftener the more energy."""
    groove = canvas.stream.child("groove", layer.name, canvas.theme_at(bar)).below(
        max(len(each.bars) for each in layer.voices)
    )
    pattern = voice.bars[groove % len(voice.bars)]
    place = bar - canvas.plan.section_at(bar).first_bar
    first = BAR_STEPS * (place % (len(pattern) // BAR_STEPS))
    ghosts = canvas.stream.child("ghosts", layer.name, voice.key, bar)
    often = 15 + canvas.plan.energy_at(bar) // 2
    strokes = []
    for step, mark in enumerate(pattern[first : first + BAR_STEPS]):
        if mark == "?" and ghosts.chance(often):
            strokes.append((step, GHOST_WEIGHT))
        elif mark not in ".?":
            strokes.append((step, int(mark)))
    return [(step, weight) for step, weight in strokes if step < until]


def _fill_for(canvas: Canvas, layer: Layer, bar: int) -> Fill:
    """The fill of a bar, or nothing: at each eighth bar and each section's end, when loud enough.

    Fills of a whole bar are kept for the ends of sections.
    """
    section = canvas.plan.section_at(bar)
    place = bar - section.first_bar + 1
    ends = place == section.bars
    if canvas.plan.energy_at(bar) < FILL_ENERGY or canvas.stops_in(bar):
        return ()
    if not ((ends and section.bars >= PHRASE_BARS) or place % (2 * PHRASE_BARS) == 0):
        return ()
    steps = canvas.steps_in(bar)
    fills = [fill for fill in layer.fills if len(fill[0][1]) <= (steps if ends else BAR_STEPS // 2)]
    return canvas.stream.child("fill", layer.name, bar).choice(fills) if fills else ()


def _last_stroke(canvas: Canvas, layer: Layer) -> list[SourcedNote]:
    if not canvas.ends_with(layer):
        return []
    plan = canvas.plan
    velocity = canvas.loudness(layer, plan.swell_at(plan.last_bar - 1), 4)
    note = Note(plan.bars[-2], STEP_TICKS, layer.voices[0].key, velocity)
    return [(note, of_rule(plan.usage.source.rule("ending")))]


def hits(canvas: Canvas, layer: Layer) -> list[SourcedNote]:
    """Crashes and impacts where a section begins louder than the one before; risers into it."""
    plan = canvas.plan
    instrument = instruments()[layer.instruments[0]]
    rule = of_rule(layer.rule("form"))
    notes: list[SourcedNote] = []
    for section in plan.sections[1:]:
        energy = plan.energy_at(section.first_bar)
        if energy < layer.enter or energy <= plan.energy_at(section.first_bar - 1):
            continue
        notes += [(note, rule) for note in _hit(canvas, layer, section.first_bar, energy)]
    if canvas.ends_with(layer) and instrument.key not in LEADING:
        energy = plan.energy_at(plan.last_bar - 1)
        ending = of_rule(plan.usage.source.rule("ending"))
        notes += [(note, ending) for note in _hit(canvas, layer, plan.last_bar, energy)]
    return notes


def _hit(canvas: Canvas, layer: Layer, bar: int, energy: int) -> list[Note]:
    plan = canvas.plan
    instrument = instruments()[layer.instruments[0]]
    velocity = canvas.loudness(layer, energy)
    if instrument.is_drums:
        low = LOW_DRUM if instrument.key == "orchestral_percussion" else KICK
        return [
            Note(plan.bars[bar], STEP_TICKS, low, velocity),
            Note(plan.bars[bar], STEP_TICKS, CRASH, max(velocity - 8, 1)),
        ]
    pitch = 48 + plan.key.tonic
    if instrument.key in LEADING:
        length = plan.bar_ticks(bar - 1)
        return [Note(plan.bars[bar] - length, length, pitch, velocity)]
    if instrument.key in FALLING:
        return [Note(plan.bars[bar], plan.bar_ticks(bar), pitch, velocity)]
    return [Note(plan.bars[bar], 4 * STEP_TICKS, pitch - 12, velocity)]
