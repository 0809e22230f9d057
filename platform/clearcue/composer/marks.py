"""How the arrangement marks the moments that must be met, and the end of a loop.

- drop: the band breaks off before it, then all who play strike it together;
- stop: all strike it short, and nothing begins until the bar's last beat;
- accent: a stroke that stands out of its bar;
- lift: the bar before it swells into it.

Where nothing would begin on a hit, the lowest part strikes its chord's bass. What is added or
shortened is the rule's of the usage's file. Effects that lead into a hit keep sounding.
"""

from collections.abc import Callable
from dataclasses import replace

from clearcue.composer.arrangement import Written
from clearcue.composer.canvas import SourcedNote
from clearcue.composer.harmony import Sourced, chord_at
from clearcue.composer.plan import Plan
from clearcue.composer.sources import of_rule
from clearcue.composer.style import Layer
from clearcue.composer.timing import PlannedHit
from clearcue.data.instruments import instruments
from clearcue.music.score import Note
from clearcue.music.time import TICKS_PER_QUARTER

BREAK_TICKS = 2 * TICKS_PER_QUARTER
"""How long the band is silent before a drop at the most."""
SHORT = TICKS_PER_QUARTER // 2
STILL = 3 * TICKS_PER_QUARTER
"""How long nothing begins after a stop."""
CRASH, KICK = 49, 36
STRESS = {"drop": 12, "stop": 12, "accent": 14, "lift": 8}
"""How much louder the notes on a hit are struck."""
SWELL = 12
_LOWEST_FIRST = ("bass", "pad", "harmony", "arpeggio", "counter", "melody")


def marked(plan: Plan, chords: tuple[Sourced, ...], written: Written) -> Written:
    """The written layers with every hit of the plan marked; of a loop, nothing past its end."""
    for hit in plan.hits:
        at = plan.bars[hit.bar]
        made = [(layer, _shaped(plan, hit, layer, notes)) for layer, notes in written]
        made = [(layer, _struck(plan, hit, layer, notes)) for layer, notes in made]
        if not any(note.onset_ticks == at for _, notes in made for note, _ in notes):
            made = _grounded(plan, hit, chords, made)
        written = made
    if plan.loops:
        end = plan.bars[-1]
        written = [(layer, _cut(notes, end, end)) for layer, notes in written]
    return [(layer, notes) for layer, notes in written if notes]


def _shaped(
    plan: Plan, hit: PlannedHit, layer: Layer, notes: list[SourcedNote]
) -> list[SourcedNote]:
    """A layer's notes before, on and after a hit."""
    at, last = plan.bars[hit.bar], hit.bar == plan.last_bar and not plan.loops
    if hit.kind == "drop":
        room = min(BREAK_TICKS, at - plan.bars[hit.bar - 1])
        return notes if layer.kind == "hits" else _cut(notes, at - room, at)
    if hit.kind == "stop" and not last:
        still = min(STILL, plan.bars[hit.bar + 1] - at)
        stopped = _cut(notes, at + 1, at + still)
        return [
            (_shorter(note, SHORT) if note.onset_ticks == at else note, shares)
            for note, shares in _cut(stopped, at, at)
        ]
    if hit.kind == "lift":
        return _each(notes, lambda note: _swelling(note, plan.bars[hit.bar - 1], at))
    return notes


def _cut(notes: list[SourcedNote], start: int, end: int) -> list[SourcedNote]:
    """Without what begins within a span; what is held into it ends where it begins."""
    kept = [entry for entry in notes if not start <= entry[0].onset_ticks < end]
    return [
        (_shorter(note, start - note.onset_ticks) if note.onset_ticks < start else note, shares)
        for note, shares in kept
    ]


def _shorter(note: Note, most: int) -> Note:
    return replace(note, duration_ticks=min(note.duration_ticks, most))


def _swelling(note: Note, start: int, end: int) -> Note:
    if not start <= note.onset_ticks < end:
        return note
    along = SWELL * (note.onset_ticks - start) // (end - start)
    return _louder(note, along - SWELL // 2)


def _louder(note: Note, by: int) -> Note:
    return replace(note, velocity=max(1, min(127, note.velocity + by)))


def _each(notes: list[SourcedNote], change: Callable[[Note], Note]) -> list[SourcedNote]:
    return [(change(note), shares) for note, shares in notes]


def _struck(
    plan: Plan, hit: PlannedHit, layer: Layer, notes: list[SourcedNote]
) -> list[SourcedNote]:
    """What begins on the hit struck louder; kits that play about it add a crash and a kick."""
    at = plan.bars[hit.bar]
    louder = _each(
        notes, lambda note: _louder(note, STRESS[hit.kind]) if note.onset_ticks == at else note
    )
    playing = any(abs(note.onset_ticks - at) <= 4 * TICKS_PER_QUARTER for note, _ in notes)
    if layer.kind != "drums" or not playing:
        return louder
    instrument = instruments()[layer.instruments[0]]
    taken = {note.pitch for note, _ in louder if note.onset_ticks == at}
    velocity = min(127, layer.velocity + STRESS[hit.kind])
    rule = of_rule(plan.usage.source.rule(f"hit.{hit.kind}"))
    for key in (KICK, CRASH):
        if key not in taken and instrument.low <= key <= instrument.high:
            louder.append((Note(at, SHORT // 2, key, velocity), rule))
    return sorted(louder, key=lambda entry: (entry[0].onset_ticks, entry[0].pitch))


def _grounded(
    plan: Plan, hit: PlannedHit, chords: tuple[Sourced, ...], written: Written
) -> Written:
    """The chord's bass struck on a hit by the lowest part that there is."""
    pitched = [layer for layer, _ in written if layer.role in _LOWEST_FIRST]
    if not pitched:
        return written
    lowest = min(pitched, key=lambda layer: _LOWEST_FIRST.index(layer.role))
    at = plan.bars[hit.bar]
    bass = chord_at(chords, at).chord.bass
    pitch = next(pitch for pitch in range(lowest.low, lowest.low + 12) if pitch % 12 == bass)
    length = SHORT if hit.kind == "stop" else TICKS_PER_QUARTER
    note = Note(at, length, pitch, min(127, lowest.velocity + STRESS[hit.kind]))
    added = (note, of_rule(plan.usage.source.rule(f"hit.{hit.kind}")))
    return [
        (layer, sorted([*notes, added], key=lambda e: (e[0].onset_ticks, e[0].pitch)))
        if layer is lowest
        else (layer, notes)
        for layer, notes in written
    ]
