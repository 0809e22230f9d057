"""The rhythm section: bass with direction, drums with fills, and the hits that mark the form."""

from clearcue.composer.harmony import chord_at
from clearcue.composer.layers import STEP_TICKS, Canvas, SourcedNote, accent
from clearcue.composer.plan import PHRASE_BARS
from clearcue.composer.randomness import Stream
from clearcue.composer.sources import blend, of_rule
from clearcue.composer.style import CELL_STEPS, DrumVoice, Layer
from clearcue.data.instruments import instruments
from clearcue.music.pitch import Chord
from clearcue.music.score import Note

_FILLS = ("....3456", "..3.4.56", "4.4.5566", "...456.7", "3.45.5.6", "..44..66")
_TIMEKEEPERS = frozenset({42, 44, 46, 51, 54, 70, 81, 82})
FILL_ENERGY = 45
CRASH, KICK, LOW_DRUM = 49, 36, 35


def bass(canvas: Canvas, layer: Layer) -> list[SourcedNote]:
    """Roots, thirds, fifths, octaves and approaches on the layer's cells, moving the least way."""
    notes: list[SourcedNote] = []
    rhythm = of_rule(canvas.plan.style.source.rule(f"{layer.name}.cells"))
    rule = of_rule(canvas.plan.style.source.rule(f"{layer.name}.motion"))
    root_pitch = _home(layer)
    for bar, energy in canvas.bars(layer):
        cells = _opened(canvas.figure(layer, bar, canvas.steps_in(bar)))
        for step, length, mark in _bass_events(cells):
            onset = canvas.plan.bars[bar] + step * STEP_TICKS
            sourced = chord_at(canvas.chords, onset)
            root_pitch = _near(sourced.chord.bass, root_pitch, layer)
            following = chord_at(canvas.chords, onset + length * STEP_TICKS).chord
            pitch = _degree(mark, sourced.chord, root_pitch, following, layer, canvas)
            velocity = canvas.loudness(layer, energy, accent(step))
            shares = blend(rhythm, blend(rule, sourced.shares))
            notes.append((Note(onset, length * STEP_TICKS, pitch, velocity), shares))
    if canvas.ends_with(layer):
        plan = canvas.plan
        tonic = _near(plan.key.tonic, _home(layer), layer)
        length = canvas.last_length(instruments()[layer.instruments[0]].sustained)
        loud = canvas.loudness(layer, plan.swell_at(plan.last_bar - 1), 6)
        ending = blend(of_rule(plan.usage.source.rule("ending")), canvas.chords[-1].shares)
        notes.append((Note(plan.bars[-2], length, tonic, loud), ending))
    return notes


def _opened(cells: str) -> str:
    """Cells whose first step sounds the root unless they rest there on purpose."""
    return "R" + cells[1:] if cells[0] in "-58A" else cells


def _bass_events(cells: str) -> list[tuple[int, int, str]]:
    events: list[tuple[int, int, str]] = []
    for step, mark in enumerate(cells):
        if mark == "-" and events and events[-1][0] + events[-1][1] == step:
            start, length, degree = events[-1]
            events[-1] = (start, length + 1, degree)
        elif mark not in "-.":
            events.append((step, 1, mark))
    return events


def _home(layer: Layer) -> int:
    """Where a bass lies when nothing pulls it: a third of the way up its register."""
    return layer.low + (layer.high - layer.low) // 3


def _near(pitch_class: int, before: int, layer: Layer) -> int:
    """The pitch of a class nearest to the one before, drawn back to the low register."""
    options = [p for p in range(layer.low, layer.high + 1) if p % 12 == pitch_class]
    home = _home(layer)
    return min(options, key=lambda pitch: (abs(pitch - before) + 3 * abs(pitch - home), pitch))


def _degree(
    mark: str, chord: Chord, root: int, following: Chord, layer: Layer, canvas: Canvas
) -> int:
    """The pitch that a bass mark stands for; `root` is where the chord's lowest tone lies."""
    if mark == "A" and following.bass != chord.bass:
        target = _near(following.bass, root, layer)
        scale = set(canvas.plan.key.scale)
        below = 1 if (target - 1) % 12 in scale or (target - 2) % 12 not in scale else 2
        above = 1 if (target + 1) % 12 in scale else 2
        pitch = target - below if target >= root else target + above
    else:
        pitch = root + _above_bass(chord)[mark]
    if pitch > layer.high:
        pitch -= 12
    return pitch if pitch >= layer.low else pitch + 12


def _above_bass(chord: Chord) -> dict[str, int]:
    """Semitones of each mark above the lowest tone: over a pedal all is pedal."""
    steps = sorted((chord.root + step - chord.bass) % 12 for step in chord.intervals)
    if 0 not in steps:
        return {"R": 0, "3": 0, "5": 0, "8": 12, "A": 0}
    inner = [step for step in steps if 0 < step <= 9]
    third = next((step for step in inner if step in (3, 4)), inner[-1])
    fifth = next((step for step in inner if step in (6, 7, 8, 9)), third)
    return {"R": 0, "3": third, "5": fifth, "8": 12, "A": fifth}


def drums(canvas: Canvas, layer: Layer) -> list[SourcedNote]:
    """Percussion voices that enter with the energy, with a fill at the end of a section."""
    rule = of_rule(canvas.plan.style.source.rule(f"{layer.name}.voices"))
    fill_rule = of_rule(canvas.plan.style.source.rule(f"{layer.name}.fill"))
    notes: list[SourcedNote] = []
    for bar, energy in canvas.bars(layer):
        start = canvas.plan.bars[bar]
        fill = _fill_for(canvas, layer, bar)
        played = CELL_STEPS if canvas.stops_in(bar) else canvas.steps_in(bar)
        for voice in layer.voices:
            if canvas.plan.energy_at(bar) < voice.enter:
                continue
            cells = _voice_cells(canvas, layer, voice, bar)[:played]
            for step, mark in enumerate(cells):
                in_fill = step >= canvas.steps_in(bar) - CELL_STEPS
                covered = fill and in_fill and voice.key not in _TIMEKEEPERS
                if mark == "." or covered:
                    continue
                velocity = _stroke(canvas, layer, energy, int(mark))
                onset = start + step * STEP_TICKS
                notes.append((Note(onset, STEP_TICKS, voice.key, velocity), rule))
        for step, key, weight in fill:
            onset = start + (canvas.steps_in(bar) - CELL_STEPS + step) * STEP_TICKS
            velocity = _stroke(canvas, layer, energy, weight)
            notes.append((Note(onset, STEP_TICKS, key, velocity), fill_rule))
    return notes + _last_stroke(canvas, layer)


def _stroke(canvas: Canvas, layer: Layer, energy: int, weight: int) -> int:
    return max(1, min(127, canvas.loudness(layer, energy) * (weight + 5) // 13))


def _voice_cells(canvas: Canvas, layer: Layer, voice: DrumVoice, bar: int) -> str:
    """A voice's bar: a groove for each theme; every second bar may end otherwise.

    Timekeepers keep one pattern in both halves, whose cells stand at the same place in the lists.
    """
    stream = canvas.stream.child("drums", layer.name, voice.key, canvas.theme_at(bar))
    place = stream.below(len(voice.first))
    second, other = stream.choice(voice.second), stream.choice(voice.second)
    if voice.key in _TIMEKEEPERS:
        return voice.first[place] + voice.second[min(place, len(voice.second) - 1)]
    turned = (bar - canvas.plan.section_at(bar).first_bar) % 2
    return voice.first[place] + (other if turned else second)


def _fill_for(canvas: Canvas, layer: Layer, bar: int) -> list[tuple[int, int, int]]:
    """(step, key, weight) of a fill on the layer's drums: each eighth bar and section's end."""
    section = canvas.plan.section_at(bar)
    keys = [voice.key for voice in layer.voices if voice.key not in _TIMEKEEPERS]
    loud = canvas.plan.energy_at(bar) >= FILL_ENERGY
    place = bar - section.first_bar + 1
    ends = place == section.bars or place % (2 * PHRASE_BARS) == 0
    if not ends or not loud or len(keys) < 2:
        return []
    stream: Stream = canvas.stream.child("fill", layer.name, bar)
    cells = stream.choice(_FILLS)
    order = stream.shuffled([key for key in keys if key != KICK] or keys)
    return [
        (step, order[step * len(order) // CELL_STEPS], int(mark))
        for step, mark in enumerate(cells)
        if mark != "."
    ]


def _last_stroke(canvas: Canvas, layer: Layer) -> list[SourcedNote]:
    if not canvas.ends_with(layer) or not layer.voices:
        return []
    plan = canvas.plan
    velocity = canvas.loudness(layer, plan.swell_at(plan.last_bar - 1), 4)
    note = Note(plan.bars[-2], STEP_TICKS, layer.voices[0].key, velocity)
    return [(note, of_rule(plan.usage.source.rule("ending")))]


def hits(canvas: Canvas, layer: Layer) -> list[SourcedNote]:
    """Crashes and impacts where a section begins louder than the one before; risers into it."""
    plan = canvas.plan
    instrument = instruments()[layer.instruments[0]]
    rule = of_rule(plan.style.source.rule(f"{layer.name}.form"))
    notes: list[SourcedNote] = []
    for section in plan.sections[1:]:
        energy = plan.energy_at(section.first_bar)
        if energy < layer.enter or energy <= plan.energy_at(section.first_bar - 1):
            continue
        notes += [(note, rule) for note in _hit(canvas, layer, section.first_bar, energy)]
    if canvas.ends_with(layer) and instrument.key != "riser":
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
    if instrument.key == "riser":
        length = plan.bar_ticks(bar - 1)
        return [Note(plan.bars[bar] - length, length, pitch, velocity)]
    return [Note(plan.bars[bar], 4 * STEP_TICKS, pitch - 12, velocity)]
