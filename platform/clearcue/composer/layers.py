"""Accompaniment: pads, chords in rhythm, strums, arpeggios, ostinati and drones, from the chords.

Each writer takes a `Canvas` and a layer and returns the layer's notes with their sources. Rhythms
are patterns drawn once per theme, so that a section keeps its figure.
"""

from clearcue.composer.canvas import STEP_TICKS, Canvas, SourcedNote, accent
from clearcue.composer.harmony import chord_at
from clearcue.composer.patterns import events
from clearcue.composer.plan import PHRASE_BARS, Plan
from clearcue.composer.randomness import Stream
from clearcue.composer.sources import blend, of_rule
from clearcue.composer.style import Layer
from clearcue.composer.voicing import Voicing, ladder, solve, strings_of
from clearcue.data.instruments import instruments
from clearcue.music.score import Note

VOICES = 4
_STROKES = {"D": (0, 8), "d": (0, -6), "U": (-4, 2), "u": (-3, -8), "m": (0, -16)}
"""Each stroke: the first string that it takes (below 0: of the upper ones), and its weight."""


def pad(canvas: Canvas, layer: Layer) -> list[SourcedNote]:
    """Held chords, each voice moving least, renewed with the chord."""
    notes: list[SourcedNote] = []
    rule = of_rule(layer.rule("voicing"))
    playing = dict(canvas.bars(layer))
    layouts = _layouts(canvas, layer)
    for sourced in canvas.chords:
        chord = sourced.chord
        bar = bar_of(canvas.plan, chord.onset_ticks)
        last = bar == canvas.plan.last_bar
        if not (canvas.ends_with(layer) if last else bar in playing):
            continue
        energy = playing.get(bar, canvas.plan.swell_at(max(bar - 1, 0)))
        length = canvas.last_length(True) if last else chord.duration_ticks
        shares = blend(rule, sourced.shares)
        velocity = canvas.loudness(layer, energy)
        for pitch in layouts[chord.onset_ticks]:
            notes.append((Note(chord.onset_ticks, length, pitch, velocity), shares))
    return notes


def _layouts(canvas: Canvas, layer: Layer) -> dict[int, Voicing]:
    """The layout of each chord of the piece, by its onset."""
    chords = [sourced.chord for sourced in canvas.chords]
    tones = [(canvas.under_tune(chord), chord.bass) for chord in chords]
    solved = solve(tones, layer.low, layer.high, VOICES, canvas.hand_on(layer))
    return {chord.onset_ticks: layout for chord, layout in zip(chords, solved, strict=True)}


def comp(canvas: Canvas, layer: Layer) -> list[SourcedNote]:
    """Chords in rhythm: `X` and `x` all voices, `l` the lowest, `h` the upper ones."""
    notes: list[SourcedNote] = []
    rhythm, voicing = of_rule(layer.rule("cells")), of_rule(layer.rule("voicing"))
    layouts = _layouts(canvas, layer)
    for bar, energy in canvas.bars(layer):
        for step, length, mark in events(canvas.figure(layer, bar)):
            onset = canvas.plan.bars[bar] + step * STEP_TICKS
            sourced = chord_at(canvas.chords, onset)
            layout = layouts[sourced.chord.onset_ticks]
            shares = blend(rhythm, blend(voicing, sourced.shares))
            stress = accent(step) + (6 if mark == "X" else 0)
            velocity = canvas.loudness(layer, energy, stress)
            for pitch in {"l": layout[:1], "h": layout[1:]}.get(mark, layout):
                notes.append((Note(onset, length * STEP_TICKS, pitch, velocity), shares))
    last = layouts[canvas.chords[-1].chord.onset_ticks]
    return notes + _last_chord(canvas, layer, last)


def strum(canvas: Canvas, layer: Layer) -> list[SourcedNote]:
    """Strokes over a guitar's strings: down from the lowest, up over the highest ones."""
    notes: list[SourcedNote] = []
    rhythm, voicing = of_rule(layer.rule("cells")), of_rule(layer.rule("strings"))
    for bar, energy in canvas.bars(layer):
        for step, length, mark in events(canvas.figure(layer, bar)):
            onset = canvas.plan.bars[bar] + step * STEP_TICKS
            sourced = chord_at(canvas.chords, onset)
            first, weight = _STROKES[mark]
            tones = canvas.under_tune(sourced.chord)
            strings = strings_of(tones, sourced.chord.bass, layer.low, layer.high)
            struck = strings[:3] if mark == "m" else strings[first:]
            held = STEP_TICKS if mark == "m" else length * STEP_TICKS
            velocity = canvas.loudness(layer, energy, weight)
            shares = blend(rhythm, blend(voicing, sourced.shares))
            notes += [(Note(onset, held, pitch, velocity), shares) for pitch in struck]
    closing = canvas.chords[-1].chord
    last = strings_of(closing.pitch_classes, closing.bass, layer.low, layer.high)
    return notes + _last_chord(canvas, layer, last)


def _last_chord(canvas: Canvas, layer: Layer, layout: Voicing) -> list[SourcedNote]:
    if not canvas.ends_with(layer):
        return []
    plan = canvas.plan
    shares = blend(of_rule(plan.usage.source.rule("ending")), canvas.chords[-1].shares)
    velocity = canvas.loudness(layer, plan.swell_at(plan.last_bar - 1), 6)
    length = canvas.last_length(instruments()[layer.instruments[0]].sustained)
    return [(Note(plan.bars[-2], length, pitch, velocity), shares) for pitch in layout]


def arp(canvas: Canvas, layer: Layer) -> list[SourcedNote]:
    """Broken chords: a contour of chord tones drawn for each theme, on the layer's rhythm."""
    notes: list[SourcedNote] = []
    rhythm, contour_rule = of_rule(layer.rule("cells")), of_rule(layer.rule("contour"))
    for bar, energy in canvas.bars(layer):
        stream = canvas.stream.child("contour", layer.name, canvas.theme_at(bar))
        contours = [_contour(stream, canvas.plan.brief.adventure) for _ in range(PHRASE_BARS)]
        contour = contours[bar % PHRASE_BARS]
        for place, (step, length, _) in enumerate(events(canvas.figure(layer, bar))):
            onset = canvas.plan.bars[bar] + step * STEP_TICKS
            sourced = chord_at(canvas.chords, onset)
            rungs = ladder(canvas.under_tune(sourced.chord), layer.low, layer.high)
            pitch = rungs[_fold(contour[place % len(contour)], len(rungs))]
            shares = blend(rhythm, blend(contour_rule, sourced.shares))
            velocity = canvas.loudness(layer, energy, accent(step))
            held = max(length, 2) * STEP_TICKS
            notes.append((Note(onset, held, pitch, velocity), shares))
    return monophonic(notes) + _last_chord(canvas, layer, _closing(canvas, layer))


def ostinato(canvas: Canvas, layer: Layer) -> list[SourcedNote]:
    """A figure that stays while the chords change under it: rungs of each chord's ladder."""
    notes: list[SourcedNote] = []
    rule = of_rule(layer.rule("cells"))
    for bar, energy in canvas.bars(layer):
        for step, length, mark in events(canvas.figure(layer, bar)):
            onset = canvas.plan.bars[bar] + step * STEP_TICKS
            sourced = chord_at(canvas.chords, onset)
            rungs = ladder(canvas.under_tune(sourced.chord), layer.low, layer.high)
            pitch = rungs[_fold(int(mark), len(rungs))]
            velocity = canvas.loudness(layer, energy, accent(step))
            shares = blend(rule, sourced.shares)
            notes.append((Note(onset, length * STEP_TICKS, pitch, velocity), shares))
    return monophonic(notes) + _last_chord(canvas, layer, _closing(canvas, layer))


def _closing(canvas: Canvas, layer: Layer) -> Voicing:
    """The last chord in a layer's register, laid out from its middle."""
    chord = canvas.chords[-1].chord
    return solve([(chord.pitch_classes, chord.bass)], layer.low, layer.high, VOICES)[0]


def drone(canvas: Canvas, layer: Layer) -> list[SourcedNote]:
    """The tonic and its fifth, held under everything phrase by phrase.

    A tone is silent under a chord that has a tone a semitone away from it.
    """
    plan, rule = canvas.plan, of_rule(layer.rule("drone"))
    tonic = next(p for p in range(layer.low, layer.high + 1) if p % 12 == plan.key.tonic)
    notes: list[SourcedNote] = []
    held = [pitch for pitch in (tonic, tonic + 7) if pitch <= layer.high]
    for pitch in held:
        for onset, end, energy in _spans(canvas, layer, pitch):
            velocity = canvas.loudness(layer, energy)
            notes.append((Note(onset, end - onset, pitch, velocity), rule))
    return notes + _last_chord(canvas, layer, tuple(held))


def _spans(canvas: Canvas, layer: Layer, pitch: int) -> list[tuple[int, int, int]]:
    """Onset, end and energy of each stretch that a pitch can be held through, within a phrase."""
    plan, spans = canvas.plan, list[tuple[int, int, int]]()
    playing = dict(canvas.bars(layer))
    for sourced in canvas.chords[:-1]:
        chord = sourced.chord
        bar = bar_of(plan, chord.onset_ticks)
        grates = any((tone - pitch) % 12 in (1, 11) for tone in chord.pitch_classes)
        if bar not in playing or grates:
            continue
        new = (bar - plan.section_at(bar).first_bar) % PHRASE_BARS == 0
        if spans and spans[-1][1] == chord.onset_ticks and not new:
            spans[-1] = (spans[-1][0], chord.end_ticks, spans[-1][2])
        else:
            spans.append((chord.onset_ticks, chord.end_ticks, playing[bar]))
    return spans


def _contour(stream: Stream, adventure: int) -> tuple[int, ...]:
    """Sixteen rungs of a ladder: mostly neighbours, sometimes a skip, never standing still long.

    The more adventure, the more skips.
    """
    rungs = [stream.below(3)]
    skip = 1 + adventure // 25
    moves = [(1, 5), (-1, 5), (2, 3), (-2, 3), (3, skip), (-3, skip), (0, 1)]
    for _ in range(15):
        move = stream.weighted(moves)
        rungs.append(rungs[-1] + move)
    return tuple(rungs)


def _fold(rung: int, count: int) -> int:
    """Reflect a rung into 0 to count - 1, as a hand turning round at the edge."""
    if count == 1:
        return 0
    period = 2 * (count - 1)
    rung %= period
    return rung if rung < count else period - rung


def bar_of(plan: Plan, tick: int) -> int:
    """The bar that a tick lies in, from 0."""
    bar = 0
    while bar < plan.last_bar and plan.bars[bar + 1] <= tick:
        bar += 1
    return bar


def monophonic(notes: list[SourcedNote]) -> list[SourcedNote]:
    """Cut each note where the next begins."""
    cut: list[SourcedNote] = []
    for index, (note, shares) in enumerate(notes):
        until = notes[index + 1][0].onset_ticks if index + 1 < len(notes) else note.end_ticks
        length = min(note.duration_ticks, max(until - note.onset_ticks, 1))
        cut.append((Note(note.onset_ticks, length, note.pitch, note.velocity), shares))
    return cut
