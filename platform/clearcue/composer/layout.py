"""What a piece was laid out as before its notes: kept with it, so that parts can be written again.

A `Layout` is the plan, the loops and chords, the voiced layers and what was given, in the plan's
key. `Kept` is what of a piece stays while the rest is composed again: whole parts, whole sections,
or its chords.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from clearcue.composer.canvas import SourcedNote
from clearcue.composer.given import Given
from clearcue.composer.harmony import Loop
from clearcue.composer.plan import Plan
from clearcue.composer.progression import Harmony
from clearcue.composer.style import Layer


@dataclass(frozen=True, slots=True)
class Layout:
    """The plan, the themes' loops, the chords, the layers with their instruments, the gifts."""

    plan: Plan
    loops: Mapping[str, Loop]
    harmony: Harmony
    layers: tuple[Layer, ...]
    given: Given


@dataclass(frozen=True, slots=True)
class Kept:
    """What stays of a piece: parts by name, sections by their place, and perhaps all its chords."""

    layout: Layout
    notes: Mapping[str, tuple[SourcedNote, ...]]
    parts: frozenset[str]
    sections: frozenset[int]
    chords: bool

    def bars(self) -> frozenset[int]:
        """The bars before the last chord whose chords stay."""
        plan = self.layout.plan
        if self.chords:
            return frozenset(range(plan.last_bar))
        return frozenset(
            section.first_bar + bar
            for place in self.sections
            for section in [plan.sections[place]]
            for bar in range(section.bars)
        )

    def voiced(self, layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
        """Layers with the instruments that must stay: of parts, and of all where sections do."""
        before = {layer.name: layer for layer in self.layout.layers}
        fresh = {layer.name: layer for layer in layers}
        stays = {name for name in before if self.sections or name in self.parts}
        return tuple(
            before[layer.name] if layer.name in stays else fresh[layer.name]
            for layer in self.layout.plan.style.layers
            if layer.name in stays or layer.name in fresh
        )

    def part(self, name: str, written: list[SourcedNote]) -> list[SourcedNote]:
        """A part's notes: its old ones where they stay, elsewhere the new ones."""
        old = self.notes.get(name, ())
        if name in self.parts:
            return list(old)
        made = written
        for place in sorted(self.sections):
            start, end = section_span(self.layout.plan, place)
            stays = [entry for entry in old if start <= entry[0].onset_ticks < end]
            made = with_span(made, start, end, stays)
        return made


def section_span(plan: Plan, place: int) -> tuple[int, int]:
    """First tick of a section and of what follows it; the last one holds the last chord too."""
    section = plan.sections[place]
    last = place == len(plan.sections) - 1
    end = len(plan.bars) - 1 if last else section.first_bar + section.bars
    return plan.bars[section.first_bar], plan.bars[end]


def with_span(
    notes: list[SourcedNote], start: int, end: int, by: list[SourcedNote]
) -> list[SourcedNote]:
    """Notes with those that begin in a span replaced; one that sounds into it ends before it."""
    before = [
        (replace(note, duration_ticks=min(note.duration_ticks, start - note.onset_ticks)), shares)
        for note, shares in notes
        if note.onset_ticks < start
    ]
    return [*before, *by, *(entry for entry in notes if entry[0].onset_ticks >= end)]
