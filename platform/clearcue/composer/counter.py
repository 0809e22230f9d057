"""Second voices: a counter-melody that answers the tune, and the tune doubled at the octave."""

from clearcue.composer.canvas import STEP_TICKS, Canvas, SourcedNote
from clearcue.composer.harmony import Sourced, chord_at
from clearcue.composer.layers import bar_of, monophonic
from clearcue.composer.patterns import events
from clearcue.composer.randomness import Stream
from clearcue.composer.sources import blend, of_rule
from clearcue.composer.style import Layer
from clearcue.composer.voicing import ladder
from clearcue.data.instruments import instruments
from clearcue.music.score import Note

GAP_STEPS = 6
"""Sixteenths without a new note of the tune that leave room for an answer."""
ANSWER_STEPS = 2
"""Sixteenths that each note of an answer lasts."""
LONGEST_ANSWER = 4
"""Notes of an answer."""
ANSWER_PERCENT = 75


def counter(canvas: Canvas, layer: Layer) -> list[SourcedNote]:
    """A second voice: slow chord tones while the tune moves, moving by step where it rests.

    Slow tones keep out of the tune's way and never a semitone from it.
    """
    notes: list[SourcedNote] = []
    rhythm, rule = of_rule(layer.rule("cells")), of_rule(layer.rule("motion"))
    pitch = (layer.low + layer.high) // 2
    for bar, energy in canvas.bars(layer):
        start = canvas.plan.bars[bar]
        for step, length, _ in events(canvas.figure(layer, bar)):
            onset = start + step * STEP_TICKS
            sourced = chord_at(canvas.chords, onset)
            until = min(onset + length * STEP_TICKS, max(sourced.chord.end_ticks, onset + 1))
            sung = _sung(canvas, onset, until)
            pitch = _against(sourced, layer, pitch, sung, canvas.stream.child(layer.name, onset))
            shares = blend(rhythm, blend(rule, sourced.shares))
            velocity = canvas.loudness(layer, energy)
            notes.append((Note(onset, until - onset, pitch, velocity), shares))
        answer = _answer(canvas, layer, bar, pitch, canvas.loudness(layer, energy, 4))
        if answer:
            pitch = answer[-1][0].pitch
            notes = [entry for entry in notes if entry[0].onset_ticks < answer[0][0].onset_ticks]
            notes += answer
    return monophonic(notes) + _last_counter(canvas, layer, pitch)


def _answer(
    canvas: Canvas, layer: Layer, bar: int, before: int, velocity: int
) -> list[SourcedNote]:
    """What the voice plays in the bar's last gap of the tune: a run by step to the next chord."""
    stream = canvas.stream.child("answer", layer.name, canvas.theme_at(bar), bar % 4)
    gap = _gap(canvas, bar)
    if gap is None or not stream.chance(ANSWER_PERCENT):
        return []
    onset, end = gap
    count = min((end - onset) // (ANSWER_STEPS * STEP_TICKS), LONGEST_ANSWER)
    onset = end - count * ANSWER_STEPS * STEP_TICKS
    sourced, after = chord_at(canvas.chords, onset), chord_at(canvas.chords, end)
    goal = _nearest(ladder(after.chord.pitch_classes, layer.low, layer.high), before)
    first = _nearest(ladder(sourced.chord.pitch_classes, layer.low, layer.high), before)
    scale = ladder((*canvas.plan.key.scale, *sourced.chord.pitch_classes), layer.low, layer.high)
    rule = blend(of_rule(layer.rule("answer")), sourced.shares)
    pitches = _run(scale, first, goal, count, 1 if stream.chance(50) else -1)
    length = ANSWER_STEPS * STEP_TICKS
    return [
        (Note(onset + place * length, length, pitch, velocity), rule)
        for place, pitch in enumerate(pitches)
    ]


def _gap(canvas: Canvas, bar: int) -> tuple[int, int] | None:
    """From where to the bar's end the tune begins nothing new, if that is long enough."""
    start, end = canvas.plan.bars[bar], canvas.plan.bars[bar + 1]
    begun = [note.onset_ticks for note, _ in canvas.melody if start <= note.onset_ticks < end]
    free = max(begun, default=start - ANSWER_STEPS * STEP_TICKS) + ANSWER_STEPS * STEP_TICKS
    return (free, end) if begun and end - free >= (GAP_STEPS - 2) * STEP_TICKS else None


def _run(scale: tuple[int, ...], first: int, goal: int, count: int, turn: int) -> list[int]:
    """Tones by step that lead to a goal which follows them; with time left, past it and back."""
    at, aim = scale.index(first), scale.index(_nearest(scale, goal))
    run = [first]
    for left in range(count - 1, 0, -1):
        away = aim - at
        way = turn if abs(away) < left else (1 if away > 0 else -1)
        at = min(max(at + way, 0), len(scale) - 1)
        run.append(scale[at])
    return run


def _nearest(rungs: tuple[int, ...], pitch: int) -> int:
    return min(rungs, key=lambda rung: (abs(rung - pitch), rung))


def _sung(canvas: Canvas, onset: int, until: int) -> set[int]:
    """Pitches that the melody sounds within a span, ornaments left out."""
    return {
        note.pitch
        for note, _ in canvas.melody
        if note.onset_ticks < until and note.end_ticks > onset and note.duration_ticks > STEP_TICKS
    }


def _against(sourced: Sourced, layer: Layer, before: int, sung: set[int], stream: Stream) -> int:
    """A chord tone near the last: out of the melody's way, no semitone from it, moving on."""
    rungs = ladder(sourced.chord.pitch_classes, layer.low, layer.high)

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


def _octave(canvas: Canvas, layer: Layer) -> int:
    """Semitones by which the whole tune is moved to fit the layer's register best, upward first."""
    pitches = [note.pitch for note, _ in canvas.melody]

    def fitting(shift: int) -> int:
        return sum(layer.low <= pitch + shift <= layer.high for pitch in pitches)

    return max((12, 0, 24, -12), key=fitting)


def double(canvas: Canvas, layer: Layer) -> list[SourcedNote]:
    """The melody again where it enters, in the octave where most of it fits the register."""
    rule = of_rule(layer.rule("double"))
    shift = _octave(canvas, layer)
    playing = dict(canvas.bars(layer))
    notes: list[SourcedNote] = []
    for note, shares in canvas.melody:
        bar = bar_of(canvas.plan, note.onset_ticks)
        if bar not in playing and not (bar == canvas.plan.last_bar and canvas.ends_with(layer)):
            continue
        pitch = note.pitch + shift
        if layer.low <= pitch <= layer.high:
            velocity = canvas.loudness(
                layer, canvas.plan.swell_at(min(bar, canvas.plan.last_bar - 1))
            )
            made = Note(note.onset_ticks, note.duration_ticks, pitch, velocity)
            notes.append((made, blend(rule, shares) if pitch != note.pitch else shares))
    return notes
