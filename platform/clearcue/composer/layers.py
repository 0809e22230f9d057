"""Pitched layers: pads, chords in rhythm, arpeggios and counter-melodies, written from the chords.

Each writer takes a `Canvas` and a layer and returns the layer's notes with their sources. Rhythms
are half-bar cells drawn once per theme, so that a section keeps its figure.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from clearcue.composer.harmony import Sourced, chord_at
from clearcue.composer.plan import PHRASE_BARS, Plan
from clearcue.composer.randomness import Stream
from clearcue.composer.sources import blend, of_rule
from clearcue.composer.style import CELL_STEPS, Layer
from clearcue.composer.voicing import Voicing, chord_voicing, ladder
from clearcue.data.instruments import instruments
from clearcue.music.lineage import Shares
from clearcue.music.score import Note
from clearcue.music.time import TICKS_PER_QUARTER

STEP_TICKS = TICKS_PER_QUARTER // 4
STOP_JUMP = 12
"""Percent of energy by which the next section must be higher for the band to stop before it."""
STOP_PERCENT = 50
SourcedNote = tuple[Note, Shares]


@dataclass(frozen=True, slots=True)
class Canvas:
    """What every layer is written on: the plan, its chords, and the melody."""

    plan: Plan
    chords: tuple[Sourced, ...]
    melody: tuple[SourcedNote, ...]
    stream: Stream

    def bars(self, layer: Layer) -> Iterator[tuple[int, int]]:
        """Index and loudness (percent of energy) of each bar before the last a layer plays in."""
        for bar in range(self.plan.last_bar):
            if layer.enter <= self.plan.energy_at(bar) <= layer.leave:
                yield bar, self.plan.swell_at(bar)

    def stops_in(self, bar: int) -> bool:
        """Whether the band stops halfway through a bar, to let the next section's jump be heard."""
        section = self.plan.section_at(bar)
        following = section.first_bar + section.bars
        if bar != following - 1 or following >= self.plan.last_bar:
            return False
        if any(hit.bar == following for hit in self.plan.hits):
            return False
        jump = self.plan.energy_at(following) - self.plan.energy_at(bar)
        stream = self.stream.child("stop", section.name, section.cycle)
        return jump >= STOP_JUMP and section.bars >= PHRASE_BARS and stream.chance(STOP_PERCENT)

    def ends_with(self, layer: Layer) -> bool:
        """Whether a layer plays in the last chord: if it played in the last phrase."""
        if self.plan.loops:
            return False
        energy = self.plan.energy_at(self.plan.last_bar - 1)
        return layer.enter <= energy <= layer.leave

    def theme_at(self, bar: int) -> str:
        """The letter that a bar's figures belong to, with the form's cycle."""
        section = self.plan.section_at(bar)
        return f"{section.theme}{section.cycle}"

    def loudness(self, layer: Layer, energy: int, accent: int = 0) -> int:
        """A velocity that follows the energy."""
        return max(1, min(127, layer.velocity + (energy - 60) // 2 + accent))

    def last_length(self, sustained: bool) -> int:
        """How long the last chord is held, in ticks on the sixteenths' grid.

        A sustained tone is let go at two fifths of the ring, so that it dies away inside it.
        """
        ring = self.plan.ring_ticks
        held = ring * 2 // 5 if sustained else ring * 4 // 5
        return max(held // STEP_TICKS * STEP_TICKS, 2 * STEP_TICKS)

    def figure(self, layer: Layer, bar: int, steps: int) -> str:
        """The cells that a layer plays in a bar: a groove for each theme, turned at phrase ends.

        A groove is one cell kept in both bars' first halves, with a second that answers it; the
        phrase's last half bar is free.
        """
        stream = self.stream.child("figure", layer.name, self.theme_at(bar))
        main, second, other, turn = (stream.choice(layer.cells) for _ in range(4))
        place = (bar - self.plan.section_at(bar).first_bar) % PHRASE_BARS
        answer = second if stream.chance(60) else main
        cells = main + (answer, other, answer, turn)[place]
        return cells[:CELL_STEPS] if self.stops_in(bar) else cells[:steps]

    def hand_on(self, layer: Layer) -> int:
        """Where a hand lies before its first chord, so that not every piece begins alike."""
        return self.stream.child("hand", layer.name).between(layer.low, layer.high)

    def steps_in(self, bar: int) -> int:
        """Sixteenths in a bar."""
        return self.plan.bar_ticks(bar) // STEP_TICKS


def _events(cells: str) -> list[tuple[int, int, str]]:
    """(step, length, mark) of each note in cells; `-` holds, `.` ends."""
    events: list[tuple[int, int, str]] = []
    for step, mark in enumerate(cells):
        if mark == "-":
            if events and events[-1][0] + events[-1][1] == step:
                start, length, held = events[-1]
                events[-1] = (start, length + 1, held)
        elif mark != ".":
            events.append((step, 1, mark))
    return events


def accent(step: int) -> int:
    """Weight of a step of the bar: the first beat most, off-beats least."""
    return {0: 8, 8: 5}.get(step, 2 if step % 4 == 0 else -4 if step % 2 else -1)


def pad(canvas: Canvas, layer: Layer) -> list[SourcedNote]:
    """Held chords, each voice moving least, renewed with the chord."""
    notes: list[SourcedNote] = []
    rule = of_rule(canvas.plan.style.source.rule(f"{layer.name}.voicing"))
    playing = dict(canvas.bars(layer))
    before: Voicing = ()
    for sourced in canvas.chords:
        chord = sourced.chord
        bar = _bar_of(canvas.plan, chord.onset_ticks)
        last = bar == canvas.plan.last_bar
        if not (canvas.ends_with(layer) if last else bar in playing):
            continue
        energy = playing.get(bar, canvas.plan.swell_at(max(bar - 1, 0)))
        before = chord_voicing(chord, layer.low, layer.high, 4, before)
        length = canvas.last_length(True) if last else chord.duration_ticks
        shares = blend(rule, sourced.shares)
        velocity = canvas.loudness(layer, energy)
        notes += [(Note(chord.onset_ticks, length, pitch, velocity), shares) for pitch in before]
    return notes


def comp(canvas: Canvas, layer: Layer) -> list[SourcedNote]:
    """Chords in rhythm: `X` and `x` all voices, `l` the lowest, `h` the upper ones."""
    notes: list[SourcedNote] = []
    rhythm = of_rule(canvas.plan.style.source.rule(f"{layer.name}.cells"))
    voicing = of_rule(canvas.plan.style.source.rule(f"{layer.name}.voicing"))
    before: Voicing = (canvas.hand_on(layer),)
    for bar, energy in canvas.bars(layer):
        cells = canvas.figure(layer, bar, canvas.steps_in(bar))
        for step, length, mark in _events(cells):
            onset = canvas.plan.bars[bar] + step * STEP_TICKS
            sourced = chord_at(canvas.chords, onset)
            before = chord_voicing(sourced.chord, layer.low, layer.high, 4, before)
            shares = blend(rhythm, blend(voicing, sourced.shares))
            stress = accent(step) + (6 if mark == "X" else 0)
            velocity = canvas.loudness(layer, energy, stress)
            for pitch in {"l": before[:1], "h": before[1:]}.get(mark, before):
                notes.append((Note(onset, length * STEP_TICKS, pitch, velocity), shares))
    return notes + _last_chord(canvas, layer, before)


def _last_chord(canvas: Canvas, layer: Layer, before: Voicing) -> list[SourcedNote]:
    if not canvas.ends_with(layer):
        return []
    plan = canvas.plan
    sourced = canvas.chords[-1]
    rule = of_rule(plan.usage.source.rule("ending"))
    energy = plan.swell_at(plan.last_bar - 1)
    length = canvas.last_length(instruments()[layer.instruments[0]].sustained)
    return [
        (
            Note(plan.bars[-2], length, pitch, canvas.loudness(layer, energy, 6)),
            blend(rule, sourced.shares),
        )
        for pitch in chord_voicing(sourced.chord, layer.low, layer.high, 4, before)
    ]


def arp(canvas: Canvas, layer: Layer) -> list[SourcedNote]:
    """Broken chords: a contour of chord tones drawn for each theme, on the layer's rhythm."""
    notes: list[SourcedNote] = []
    rhythm = of_rule(canvas.plan.style.source.rule(f"{layer.name}.cells"))
    contour_rule = of_rule(canvas.plan.style.source.rule(f"{layer.name}.contour"))
    for bar, energy in canvas.bars(layer):
        stream = canvas.stream.child("contour", layer.name, canvas.theme_at(bar))
        contours = [_contour(stream) for _ in range(PHRASE_BARS)]
        contour = contours[bar % PHRASE_BARS]
        cells = canvas.figure(layer, bar, canvas.steps_in(bar))
        for place, (step, length, _) in enumerate(_events(cells)):
            onset = canvas.plan.bars[bar] + step * STEP_TICKS
            sourced = chord_at(canvas.chords, onset)
            rungs = ladder(sourced.chord, layer.low, layer.high)
            pitch = rungs[_fold(contour[place % len(contour)], len(rungs))]
            shares = blend(rhythm, blend(contour_rule, sourced.shares))
            velocity = canvas.loudness(layer, energy, accent(step))
            held = max(length, 2) * STEP_TICKS
            notes.append((Note(onset, held, pitch, velocity), shares))
    return _monophonic(notes) + _last_chord(canvas, layer, ())


def _contour(stream: Stream) -> tuple[int, ...]:
    """Sixteen rungs of a ladder: mostly neighbours, sometimes a skip, never standing still long."""
    rungs = [stream.below(3)]
    for _ in range(15):
        move = stream.weighted([(1, 5), (-1, 5), (2, 3), (-2, 3), (3, 1), (-3, 1), (0, 1)])
        rungs.append(rungs[-1] + move)
    return tuple(rungs)


def _fold(rung: int, count: int) -> int:
    """Reflect a rung into 0 to count - 1, as a hand turning round at the edge."""
    if count == 1:
        return 0
    period = 2 * (count - 1)
    rung %= period
    return rung if rung < count else period - rung


def counter(canvas: Canvas, layer: Layer) -> list[SourcedNote]:
    """A slow second voice on chord tones: by step where it can, away from the melody's tones."""
    notes: list[SourcedNote] = []
    rhythm = of_rule(canvas.plan.style.source.rule(f"{layer.name}.cells"))
    rule = of_rule(canvas.plan.style.source.rule(f"{layer.name}.motion"))
    pitch = (layer.low + layer.high) // 2
    for bar, energy in canvas.bars(layer):
        for step, length, _ in _events(canvas.figure(layer, bar, canvas.steps_in(bar))):
            onset = canvas.plan.bars[bar] + step * STEP_TICKS
            sourced = chord_at(canvas.chords, onset)
            until = min(onset + length * STEP_TICKS, max(sourced.chord.end_ticks, onset + 1))
            sung = _sung(canvas, onset, until)
            pitch = _against(sourced, layer, pitch, sung, canvas.stream.child(layer.name, onset))
            shares = blend(rhythm, blend(rule, sourced.shares))
            velocity = canvas.loudness(layer, energy)
            notes.append((Note(onset, until - onset, pitch, velocity), shares))
    return notes + _last_counter(canvas, layer, pitch)


def _sung(canvas: Canvas, onset: int, until: int) -> set[int]:
    """Pitches that the melody sounds within a span, ornaments left out."""
    return {
        note.pitch
        for note, _ in canvas.melody
        if note.onset_ticks < until and note.end_ticks > onset and note.duration_ticks > STEP_TICKS
    }


def _against(sourced: Sourced, layer: Layer, before: int, sung: set[int], stream: Stream) -> int:
    """A chord tone near the last: out of the melody's way, no semitone from it, moving on."""
    rungs = ladder(sourced.chord, layer.low, layer.high)

    def cost(pitch: int) -> int:
        rubs = sum(9 for tone in sung if (pitch - tone) % 12 in (1, 11))
        still = 4 if pitch == before else 0
        doubles = 4 if any((pitch - tone) % 12 == 0 for tone in sung) else 0
        crosses = 5 if sung and min(sung) - 2 <= pitch <= max(sung) + 2 else 0
        return abs(pitch - before) + still + rubs + doubles + crosses

    ranked = sorted(rungs, key=lambda pitch: (cost(pitch), pitch))
    if len(ranked) > 1 and cost(ranked[1]) - cost(ranked[0]) <= 3 and stream.chance(30):
        return ranked[1]
    return ranked[0]


def _last_counter(canvas: Canvas, layer: Layer, before: int) -> list[SourcedNote]:
    """The counter-melody's last tone: the third or fifth of the last chord, nearest to it."""
    if not canvas.ends_with(layer):
        return []
    plan, sourced = canvas.plan, canvas.chords[-1]
    tones = set(sourced.chord.pitch_classes[1:3])
    rungs = [pitch for pitch in range(layer.low, layer.high + 1) if pitch % 12 in tones]
    pitch = min(rungs, key=lambda rung: (abs(rung - before), rung))
    length = canvas.last_length(instruments()[layer.instruments[0]].sustained)
    velocity = canvas.loudness(layer, plan.swell_at(plan.last_bar - 1), 4)
    ending = blend(of_rule(plan.usage.source.rule("ending")), sourced.shares)
    return [(Note(plan.bars[-2], length, pitch, velocity), ending)]


def double(canvas: Canvas, layer: Layer) -> list[SourcedNote]:
    """The melody again in the nearest octave that fits the layer's register, where it enters."""
    rule = of_rule(canvas.plan.style.source.rule(f"{layer.name}.double"))
    playing = dict(canvas.bars(layer))
    notes: list[SourcedNote] = []
    for note, shares in canvas.melody:
        bar = _bar_of(canvas.plan, note.onset_ticks)
        if bar not in playing and not (bar == canvas.plan.last_bar and canvas.ends_with(layer)):
            continue
        pitch = note.pitch
        while pitch < layer.low:
            pitch += 12
        while pitch > layer.high:
            pitch -= 12
        if pitch >= layer.low:
            velocity = canvas.loudness(
                layer, canvas.plan.swell_at(min(bar, canvas.plan.last_bar - 1))
            )
            made = Note(note.onset_ticks, note.duration_ticks, pitch, velocity)
            notes.append((made, blend(rule, shares) if pitch != note.pitch else shares))
    return notes


def _bar_of(plan: Plan, tick: int) -> int:
    bar = 0
    while bar < plan.last_bar and plan.bars[bar + 1] <= tick:
        bar += 1
    return bar


def _monophonic(notes: list[SourcedNote]) -> list[SourcedNote]:
    """Cut each note where the next begins."""
    cut: list[SourcedNote] = []
    for index, (note, shares) in enumerate(notes):
        until = notes[index + 1][0].onset_ticks if index + 1 < len(notes) else note.end_ticks
        length = min(note.duration_ticks, max(until - note.onset_ticks, 1))
        cut.append((Note(note.onset_ticks, length, note.pitch, note.velocity), shares))
    return cut
