"""The bass: a line with direction, on the tones that the harmony puts lowest.

A line is written from its style's patterns (see `patterns`): the lowest tone of each chord, others
above it, steps and approaches that lead to the next chord's. Over a pedal point all is pedal.
"""

from clearcue.composer.canvas import STEP_TICKS, Canvas, SourcedNote, accent
from clearcue.composer.harmony import chord_at
from clearcue.composer.layers import monophonic
from clearcue.composer.patterns import events
from clearcue.composer.sources import blend, of_rule
from clearcue.composer.style import Layer
from clearcue.data.instruments import instruments
from clearcue.music.pitch import Chord
from clearcue.music.score import Note

GHOST = 22
"""By how much a muted stroke is softer."""


def bass(canvas: Canvas, layer: Layer) -> list[SourcedNote]:
    """The layer's patterns on the lowest tones of the chords, moving the least way."""
    notes: list[SourcedNote] = []
    rhythm, rule = of_rule(layer.rule("cells")), of_rule(layer.rule("motion"))
    ground = before = _home(layer)
    for bar, energy in canvas.bars(layer):
        line = events(_opened(canvas.figure(layer, bar)))
        for step, length, mark in line:
            onset = canvas.plan.bars[bar] + step * STEP_TICKS
            sourced = chord_at(canvas.chords, onset)
            ground = _near(sourced.chord.bass, ground, layer)
            after = sourced.chord.end_ticks if mark == "S" else onset + length * STEP_TICKS
            goal = _near(chord_at(canvas.chords, after).chord.bass, ground, layer)
            pitch = _pitch(mark, sourced.chord, ground, before, goal, layer, canvas)
            before = pitch
            muted = mark == "x"
            velocity = canvas.loudness(layer, energy, accent(step) - (GHOST if muted else 0))
            held = STEP_TICKS if muted else length * STEP_TICKS
            shares = blend(rhythm, blend(rule, sourced.shares))
            notes.append((Note(onset, held, pitch, velocity), shares))
    return monophonic(notes) + _last_bass(canvas, layer)


def _last_bass(canvas: Canvas, layer: Layer) -> list[SourcedNote]:
    if not canvas.ends_with(layer):
        return []
    plan = canvas.plan
    tonic = _near(plan.key.tonic, _home(layer), layer)
    length = canvas.last_length(instruments()[layer.instruments[0]].sustained)
    loud = canvas.loudness(layer, plan.swell_at(plan.last_bar - 1), 6)
    ending = blend(of_rule(plan.usage.source.rule("ending")), canvas.chords[-1].shares)
    return [(Note(plan.bars[-2], length, tonic, loud), ending)]


def _opened(pattern: str) -> str:
    """A pattern whose first step sounds the lowest tone unless it rests there on purpose."""
    return "R" + pattern[1:] if pattern[:1] in "-358ASC7x" else pattern


def _home(layer: Layer) -> int:
    """Where a bass lies when nothing pulls it: a third of the way up its register."""
    return layer.low + (layer.high - layer.low) // 3


def _near(pitch_class: int, before: int, layer: Layer) -> int:
    """The pitch of a class nearest to the one before, drawn back to the low register."""
    options = [p for p in range(layer.low, layer.high + 1) if p % 12 == pitch_class]
    home = _home(layer)
    return min(options, key=lambda pitch: (abs(pitch - before) + 3 * abs(pitch - home), pitch))


def _pitch(
    mark: str, chord: Chord, ground: int, before: int, goal: int, layer: Layer, canvas: Canvas
) -> int:
    """The pitch that a bass mark stands for."""
    scale = set(canvas.plan.key.scale)
    if mark == "S":
        pitch = _stepped(before, goal, scale)
    elif mark == "C" and goal != ground:
        pitch = goal - 1
    elif mark == "A" and goal != ground:
        below = 1 if (goal - 1) % 12 in scale or (goal - 2) % 12 not in scale else 2
        above = 1 if (goal + 1) % 12 in scale else 2
        pitch = goal - below if goal >= ground else goal + above
    else:
        pitch = ground + _above(mark, chord, scale)
    if pitch > layer.high:
        pitch -= 12
    return pitch if pitch >= layer.low else pitch + 12


def _stepped(before: int, goal: int, scale: set[int]) -> int:
    """A step of the scale from a tone towards a goal, past it where they are neighbours already."""
    way = 1 if goal > before else -1
    return next(before + way * size for size in (2, 1, 3) if (before + way * size) % 12 in scale)


def _above(mark: str, chord: Chord, scale: set[int]) -> int:
    """Semitones above the lowest tone that a mark asks for; an approach that leads nowhere is 5."""
    if chord.bass not in chord.pitch_classes or mark in "Rx8":
        return 12 if mark == "8" else 0
    fifth = 6 if 6 in chord.intervals and 7 not in chord.intervals else 7
    third = 3 if 3 in chord.intervals else 4 if 4 in chord.intervals else fifth
    minor_seventh = 11 not in chord.intervals and (
        10 in chord.intervals or (chord.root + 10) % 12 in scale
    )
    seventh = 10 if minor_seventh else 11
    step = {"3": third, "7": seventh}.get(mark, fifth)
    return (chord.root + step - chord.bass) % 12
