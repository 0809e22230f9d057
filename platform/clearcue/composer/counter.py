"""Second voices: a counter-melody, and the melody doubled at the octave."""

from clearcue.composer.canvas import STEP_TICKS, Canvas, SourcedNote
from clearcue.composer.harmony import Sourced, chord_at
from clearcue.composer.layers import bar_of
from clearcue.composer.patterns import events
from clearcue.composer.randomness import Stream
from clearcue.composer.sources import blend, of_rule
from clearcue.composer.style import Layer
from clearcue.composer.voicing import ladder
from clearcue.data.instruments import instruments
from clearcue.music.score import Note


def counter(canvas: Canvas, layer: Layer) -> list[SourcedNote]:
    """A slow second voice on chord tones: by step where it can, away from the melody's tones."""
    notes: list[SourcedNote] = []
    rhythm = of_rule(layer.rule("cells"))
    rule = of_rule(layer.rule("motion"))
    pitch = (layer.low + layer.high) // 2
    for bar, energy in canvas.bars(layer):
        for step, length, _ in events(canvas.figure(layer, bar)):
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


def double(canvas: Canvas, layer: Layer) -> list[SourcedNote]:
    """The melody again in the nearest octave that fits the layer's register, where it enters."""
    rule = of_rule(layer.rule("double"))
    playing = dict(canvas.bars(layer))
    notes: list[SourcedNote] = []
    for note, shares in canvas.melody:
        bar = bar_of(canvas.plan, note.onset_ticks)
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
