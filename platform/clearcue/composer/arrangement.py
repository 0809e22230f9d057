"""The arrangement: a style's layers, each with one instrument, written on the canvas as parts."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from clearcue.composer.bassline import bass
from clearcue.composer.canvas import STEP_TICKS, Canvas, SourcedNote
from clearcue.composer.counter import counter, double
from clearcue.composer.groove import drums, hits
from clearcue.composer.layers import arp, comp, drone, ostinato, pad, strum
from clearcue.composer.plan import Plan
from clearcue.composer.randomness import Stream
from clearcue.composer.style import Layer, Style
from clearcue.data.instruments import instruments
from clearcue.music.score import Note, Part

ROOM_ABOVE_PADS = 4
"""Semitones that accompaniment may reach above the melody's lowest place."""
ROOM_TO_MOVE = 15
"""Semitones that accompaniment needs, wherever the melody lies."""
_UNDER_MELODY = ("pad", "comp", "strum", "arp", "ostinato")
_DETACHED = ("melody", "double", "comp", "ostinato", "bass")
"""Kinds of layers whose notes are shortened as the mood articulates."""
_WHOLE_STEPS = 8
"""Notes of so many sixteenths or more are held in any mood."""

Written = list[tuple[Layer, list[SourcedNote]]]
Revision = Callable[[Layer, list[SourcedNote]], list[SourcedNote]]

_WRITERS: dict[str, Callable[[Canvas, Layer], list[SourcedNote]]] = {
    "double": double,
    "counter": counter,
    "pad": pad,
    "comp": comp,
    "strum": strum,
    "arp": arp,
    "ostinato": ostinato,
    "drone": drone,
    "bass": bass,
    "drums": drums,
    "hits": hits,
}


def instrumented(style: Style, stream: Stream) -> tuple[Layer, ...]:
    """The layers that this piece has, each with an instrument, none twice where others are free."""
    taken: set[str] = set()
    voiced = []
    for layer in style.layers:
        child = stream.child(layer.name)
        free = [name for name in layer.instruments if name not in taken] or list(layer.instruments)
        name = child.choice(free)
        if not child.chance(layer.chance):
            continue
        taken.add(name)
        instrument = instruments()[name]
        low = max(layer.low, instrument.low)
        high = min(layer.high, instrument.high)
        voiced.append(replace(layer, instruments=(name,), low=low, high=high))
    return tuple(voiced)


def below(layers: Iterable[Layer], ceiling: int) -> tuple[Layer, ...]:
    """Accompaniment kept under the melody, as far as `ROOM_TO_MOVE` is left to it below."""
    return tuple(
        replace(
            layer, high=max(min(layer.high, ceiling), min(layer.low + ROOM_TO_MOVE, layer.high))
        )
        if layer.kind in _UNDER_MELODY
        else layer
        for layer in layers
    )


def arranged(canvas: Canvas, layers: Iterable[Layer], revised: Revision) -> Written:
    """What each layer plays; what goes with the melody is `revised` before it is taken."""
    written: Written = []
    for layer in layers:
        notes = list(canvas.melody)
        if layer.kind != "melody":
            drawn = playable(_WRITERS[layer.kind](canvas, layer))
            notes = revised(layer, articulated(canvas.plan, layer, drawn))
        if notes:
            written.append((layer, notes))
    return written


def articulated(plan: Plan, layer: Layer, notes: list[SourcedNote]) -> list[SourcedNote]:
    """Notes as long as the mood articulates them, on the grid of sixteenths; the last is held."""
    if layer.kind not in _DETACHED:
        return notes
    percent = plan.mood.articulation
    return [(_shortened(note, percent, plan.bars[-2]), shares) for note, shares in notes]


def _shortened(note: Note, percent: int, last_onset: int) -> Note:
    steps = note.duration_ticks // STEP_TICKS
    if not 1 < steps < _WHOLE_STEPS or note.onset_ticks >= last_onset:
        return note
    kept = max((steps * percent + 50) // 100, 1)
    return replace(note, duration_ticks=note.duration_ticks - (steps - kept) * STEP_TICKS)


def playable(notes: list[SourcedNote]) -> list[SourcedNote]:
    """In order, each pitch once at a time: a repeated pitch ends where it is struck again."""
    ordered = sorted(notes, key=lambda entry: (entry[0].onset_ticks, entry[0].pitch))
    kept: dict[tuple[int, int], SourcedNote] = {}
    for note, shares in ordered:
        kept.setdefault((note.onset_ticks, note.pitch), (note, shares))
    following: dict[int, int] = {}
    made: list[SourcedNote] = []
    for note, shares in reversed(kept.values()):
        until = following.get(note.pitch, note.end_ticks)
        length = min(note.duration_ticks, until - note.onset_ticks)
        following[note.pitch] = note.onset_ticks
        made.append((Note(note.onset_ticks, length, note.pitch, note.velocity), shares))
    return made[::-1]


def part_of(layer: Layer, notes: list[SourcedNote]) -> Part:
    """A layer as a part of the score."""
    instrument = instruments()[layer.instruments[0]]
    return Part(
        name=layer.name,
        role=layer.role,
        instrument=instrument.key,
        program=instrument.program,
        notes=tuple(note for note, _ in notes),
    )
