"""Form: a usage's sections laid over the bars, with an energy curve each, before any note.

Bars go to sections in whole phrases of four. Bars left over are an intro only as long as the usage
bears, else they close the last section, so that a short piece opens with its tune. A long piece
goes round the form again: each later time opens with a break without a tune, earlier times lie
lower, and every second one brings a third theme. Where a drop, a stop or a lift must be met, a
section begins on it: a drop opens the section of most energy, a lift one that lies higher than what
came before. Energies are percent, in data of the mood's range.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from clearcue.composer.plan import PHRASE_BARS, PlannedSection
from clearcue.composer.style import FormSection, Mood, Usage
from clearcue.composer.timing import Grid

BREAK_ENERGY = (18, 34)
"""Energies of the phrase without a tune that opens each later time round the form."""
EARLY_CYCLE_PERCENT = 18
"""How much lower the first time round the form lies than the last, in percent of energy."""
DROP_ENERGY, BEFORE_DROP = 88, 70
"""Percent that a drop opens with at the least, and that what leads to it ends with at the most."""
LIFT = 20
"""Percent by which a lift rises over what came before."""
CUTS = ("drop", "stop", "lift")
"""The hits that begin a section; an accent falls within one."""


def form(grid: Grid, mood: Mood, usage: Usage) -> tuple[PlannedSection, ...]:
    """The sections of a piece, in order, without gaps, up to the last chord's bar."""
    count = len(grid.bars) - (1 if usage.loops else 2)
    kinds = {hit.bar: hit.kind for hit in grid.hits if hit.kind in CUTS and 0 < hit.bar < count}
    if not kinds:
        return tuple(_spread(0, count, mood, usage))
    edges = [0, *sorted(kinds), count]
    parts = _portioned(edges, kinds, usage)
    sections: list[PlannedSection] = []
    for (start, end), kept in zip(pairwise(edges), parts, strict=True):
        sections += _laid(kept, start, end - start, mood)
    return tuple(sections)


def _spread(start: int, bars: int, mood: Mood, usage: Usage) -> list[PlannedSection]:
    """The whole form, once or more, over bars that no hit divides."""
    phrases, rest = divmod(bars, PHRASE_BARS)
    if phrases == 0:
        only = min(usage.form, key=lambda section: section.priority)
        return _laid([only], start, bars, mood)
    sections: list[PlannedSection] = []
    first, tail = start, 0
    if rest > usage.intro_bars:
        tail = rest
    elif rest:
        level = _mapped((usage.intro_energy, usage.intro_energy + 10), mood)
        sections.append(PlannedSection("intro", "-", first, rest, level, 0))
        first += rest
    shares = _shares(phrases, usage)
    cycles = shares[-1][1] + 1
    for section, cycle, count in shares:
        length = count * PHRASE_BARS
        held_back = EARLY_CYCLE_PERCENT * (cycles - 1 - cycle) // max(cycles - 1, 1)
        curve = _mapped([max(point - held_back, 0) for point in section.curve], mood)
        theme = "C" if section.theme == "B" and cycle % 2 else section.theme
        if sections and cycle > sections[-1].cycle:
            calm = _mapped(BREAK_ENERGY, mood)
            sections.append(PlannedSection("break", "-", first, PHRASE_BARS, calm, cycle))
            first, length = first + PHRASE_BARS, length - PHRASE_BARS
        if length:
            sections.append(PlannedSection(section.name, theme, first, length, curve, cycle))
        first += length
    sections[-1] = replace(sections[-1], bars=sections[-1].bars + tail)
    return sections


def _shares(phrases: int, usage: Usage) -> list[tuple[FormSection, int, int]]:
    """How many phrases each section gets, each time round; the most important kept when few."""
    longest_cycle = 3 * len(usage.form)
    cycles = max((phrases + longest_cycle - 1) // longest_cycle, 1)
    shares = []
    for cycle in range(cycles):
        here = phrases // cycles + (1 if cycle >= cycles - phrases % cycles else 0)
        shares += [(section, cycle, count) for section, count in _counts(here, usage.form)]
    return shares


def _counts(phrases: int, sections: Sequence[FormSection]) -> list[tuple[FormSection, int]]:
    """Phrases shared out by weight."""
    kept = sorted(sections, key=lambda section: section.priority)[: max(phrases, 1)]
    form = [section for section in sections if section in kept]
    weight = sum(section.weight for section in form)
    counts = [max(phrases * section.weight // weight, 1) for section in form]
    order = sorted(range(len(form)), key=lambda at: (form[at].priority, at))
    turn = 0
    while sum(counts) < phrases:
        counts[order[turn % len(order)]] += 1
        turn += 1
    while sum(counts) > phrases:
        counts[counts.index(max(counts))] -= 1
    return list(zip(form, counts, strict=True))


def _portioned(
    edges: Sequence[int], kinds: dict[int, str], usage: Usage
) -> list[list[FormSection]]:
    """The form's sections shared out to the stretches between cuts, in order, and fitted to them.

    A section goes where its middle would lie; none before the peak goes behind a drop, nor the peak
    before one. A stretch that is left without has the one before again, or what its cut asks for.
    """
    stretches = len(edges) - 1
    total = sum(section.weight for section in usage.form)
    peak = max(range(len(usage.form)), key=lambda at: (max(usage.form[at].curve), -at))
    drop = next((n for n, edge in enumerate(edges) if kinds.get(edge) == "drop"), None)
    parts: list[list[FormSection]] = [[] for _ in range(stretches)]
    before = 0
    for number, section in enumerate(usage.form):
        middle = edges[-1] * (2 * before + section.weight) // (2 * total)
        before += section.weight
        place = max(n for n, edge in enumerate(edges[:-1]) if edge <= middle)
        if drop is not None:
            place = max(place, drop) if number >= peak else min(place, drop - 1)
        parts[place].append(section)
    previous = min(usage.form, key=lambda section: max(section.curve))
    for number in range(stretches):
        kind = kinds.get(edges[number], "")
        again = usage.form[peak] if kind == "drop" else previous
        kept = parts[number] or [again]
        parts[number] = kept = [*_opened(kept[:1], kind, previous), *kept[1:]]
        if number + 1 < stretches and kinds[edges[number + 1]] == "drop":
            lowered = tuple(min(point, BEFORE_DROP) for point in kept[-1].curve)
            kept[-1] = replace(kept[-1], curve=lowered)
        previous = kept[-1]
    return parts


def _opened(kept: list[FormSection], kind: str, before: FormSection) -> list[FormSection]:
    """A stretch's first section with the energy that its cut asks for."""
    least = {"drop": DROP_ENERGY, "lift": min(before.curve[-1] + LIFT, 100)}.get(kind, 0)
    return [
        replace(section, curve=tuple(max(point, least) for point in section.curve))
        for section in kept
    ]


def _laid(
    sections: Sequence[FormSection], start: int, bars: int, mood: Mood
) -> list[PlannedSection]:
    """Sections over a stretch of bars, in whole phrases; what is left over goes to the last."""
    made: list[PlannedSection] = []
    first = start
    for section, count in _counts(max(bars // PHRASE_BARS, 1), sections):
        length = min(count * PHRASE_BARS, bars)
        curve = _mapped(section.curve, mood)
        made.append(PlannedSection(section.name, section.theme, first, length, curve, 0))
        first += length
    made[-1] = replace(made[-1], bars=start + bars - made[-1].first_bar)
    return made


def _mapped(curve: Sequence[int], mood: Mood) -> tuple[int, ...]:
    """Percent of the mood's range as percent of all energy."""
    low, high = mood.energy
    return tuple(low + (high - low) * min(percent, 100) // 100 for percent in curve)
