"""What every layer of an arrangement is written on: the plan, its chords and the melody."""

from collections.abc import Iterator
from dataclasses import dataclass

from clearcue.composer.harmony import Sourced
from clearcue.composer.patterns import busyness
from clearcue.composer.plan import PHRASE_BARS, Plan
from clearcue.composer.randomness import Stream
from clearcue.composer.style import BAR_STEPS, CELL_STEPS, Layer
from clearcue.music.lineage import Shares
from clearcue.music.pitch import Chord
from clearcue.music.score import Note
from clearcue.music.time import TICKS_PER_QUARTER

STEP_TICKS = TICKS_PER_QUARTER // 4
STOP_JUMP = 12
"""Percent of energy by which the next section must be higher for the band to stop before it."""
HELD_TICKS = 3 * STEP_TICKS
"""From this length on a tone is held, and a semitone under it grates."""
WINDOW = 3
"""Patterns among which a layer chooses at the least: those as busy as its section asks for."""
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
        often = self.plan.style.stop_percent
        return jump >= STOP_JUMP and section.bars >= PHRASE_BARS and stream.chance(often)

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

    def figure(self, layer: Layer, bar: int) -> str:
        """The pattern that a layer plays in a bar: a groove for each theme, turned at phrase ends.

        The busier a section is to be, the busier the patterns that it is drawn from.
        """
        stream = self.stream.child("figure", layer.name, self.theme_at(bar))
        place = bar - self.plan.section_at(bar).first_bar
        steps = self.steps_in(bar)
        whole = self._cells(layer, stream, place, self._lively(layer, bar))
        if self.stops_in(bar):
            return whole[:CELL_STEPS]
        return whole[BAR_STEPS - steps :] if steps < BAR_STEPS else whole

    def _cells(self, layer: Layer, stream: Stream, place: int, patterns: list[str]) -> str:
        """A bar of a groove; of half bars, one is kept in all first halves and others answer it."""
        main, second, other, turn = (stream.choice(patterns) for _ in range(4))
        ends = place % PHRASE_BARS == PHRASE_BARS - 1
        answers, turned = stream.chance(60), bool(layer.turns) and stream.chance(70)
        if len(main) == CELL_STEPS:
            answer = second if answers else main
            whole = main + (answer, other, answer, turn)[place % PHRASE_BARS]
        else:
            start = BAR_STEPS * (place % (len(main) // BAR_STEPS))
            whole = main[start : start + BAR_STEPS]
            if ends and not layer.turns and not answers:
                whole = turn[-BAR_STEPS:]
        if ends and turned:
            last = stream.choice(layer.turns)
            whole = whole[: BAR_STEPS - len(last)] + last
        return whole

    def _lively(self, layer: Layer, bar: int) -> list[str]:
        """The layer's patterns that are as busy as a bar's section is energetic."""
        ranked = sorted(layer.patterns, key=lambda pattern: (busyness(pattern), pattern))
        section = self.plan.section_at(bar)
        above = max(sum(section.energy) // 2 - layer.enter, 0)
        room = max(len(ranked) - WINDOW, 0)
        first = min(room * above // max(100 - layer.enter, 1), room)
        least, *_, most = [busyness(pattern) for pattern in ranked[first : first + WINDOW]] * 2
        return [pattern for pattern in ranked if least <= busyness(pattern) <= most]

    def under_tune(self, chord: Chord) -> tuple[int, ...]:
        """A chord's tones but those a semitone under a tone that the melody holds over it."""
        held = {
            note.pitch
            for note, _ in self.melody
            if note.onset_ticks < chord.end_ticks
            and note.end_ticks > chord.onset_ticks
            and note.duration_ticks >= HELD_TICKS
        }
        kept = [t for t in chord.pitch_classes if all((pitch - t) % 12 != 1 for pitch in held)]
        return tuple(kept) if len(kept) > 1 else chord.pitch_classes

    def hand_on(self, layer: Layer) -> int:
        """Where a hand lies before its first chord, so that not every piece begins alike."""
        return self.stream.child("hand", layer.name).between(layer.low, layer.high)

    def steps_in(self, bar: int) -> int:
        """Sixteenths in a bar."""
        return self.plan.bar_ticks(bar) // STEP_TICKS


def accent(step: int) -> int:
    """Weight of a step of the bar: the first beat most, off-beats least."""
    return {0: 8, 8: 5}.get(step, 2 if step % 4 == 0 else -4 if step % 2 else -1)
