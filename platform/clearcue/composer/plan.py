"""The plan before the first note: exact length, tempo, key, form and energy.

The last downbeat lies `RING_MS` before the end of the audio, so a piece of n beats before it has
the tempo n / (length - ring): the number of beats is chosen, never the audio cut. Conventions:
beats are quarter notes; bars have four, but the bar before the last may have two.
"""

from dataclasses import dataclass, replace
from fractions import Fraction

from clearcue.composer.brief import Brief
from clearcue.composer.errors import BriefError
from clearcue.composer.numerals import Numeral, parse_numeral
from clearcue.composer.randomness import Stream
from clearcue.composer.style import FormSection, Mood, Style, Usage
from clearcue.music.pitch import Key
from clearcue.music.score import Section
from clearcue.music.time import TICKS_PER_QUARTER, Meter, Tempo

METER = Meter(4, 4)
BAR_TICKS = METER.bar_ticks
PHRASE_BARS = 4
BREAK_ENERGY = (18, 34)
"""Energies of the phrase without a tune that opens each later time round the form."""
LONGEST_RING_MS = 1480
SHORTEST_RING_MS = 1000
EARLY_CYCLE_PERCENT = 18
"""How much lower the first time round the form lies than the last, in percent of energy."""


@dataclass(frozen=True, slots=True)
class PlannedSection:
    """A section of whole and half bars.

    `first_bar` counts from 0; `bars` is how many it spans; `energy` is percent at its start and
    end, already mapped into the mood's range; `theme` a letter, or `-` for none; `cycle` counts how
    often the form has come round (from 0).
    """

    name: str
    theme: str
    first_bar: int
    bars: int
    energy: tuple[int, int]
    cycle: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What the notes must fill: `bars` are onsets in ticks, the last bar holds the last chord.

    `cadence` is the one or two chords of the bar before it.
    """

    brief: Brief
    mood: Mood
    usage: Usage
    style: Style
    key: Key
    tempo: Tempo
    bars: tuple[int, ...]
    sections: tuple[PlannedSection, ...]
    ring_ticks: int
    cadence: tuple[Numeral, ...]

    @property
    def last_bar(self) -> int:
        """Index of the bar that holds the last chord."""
        return len(self.bars) - 2

    def bar_ticks(self, bar: int) -> int:
        """Length of a bar in ticks."""
        return self.bars[bar + 1] - self.bars[bar]

    def section_at(self, bar: int) -> PlannedSection:
        """The section a bar belongs to; the last chord belongs to the last section."""
        for section in self.sections:
            if section.first_bar <= bar < section.first_bar + section.bars:
                return section
        return self.sections[-1]

    def energy_at(self, bar: int) -> int:
        """Percent of energy at a bar, rising phrase by phrase through its section."""
        section = self.section_at(bar)
        phrases = max((section.bars + PHRASE_BARS - 1) // PHRASE_BARS, 1)
        phrase = min((bar - section.first_bar) // PHRASE_BARS, phrases - 1)
        low, high = section.energy
        if phrases == 1:
            return high if high > low and phrase else (low + high + 1) // 2
        return low + (high - low) * phrase // (phrases - 1)

    def swell_at(self, bar: int) -> int:
        """Percent of energy at a bar for loudness, rising bar by bar through its section."""
        section = self.section_at(bar)
        low, high = section.energy
        return low + (high - low) * (bar - section.first_bar) // max(section.bars - 1, 1)

    def score_sections(self) -> tuple[Section, ...]:
        """The sections as the score states them; the last chord closes the last one."""
        made = []
        for section in self.sections:
            onset = self.bars[section.first_bar]
            last = section is self.sections[-1]
            end = self.bars[-1] if last else self.bars[section.first_bar + section.bars]
            energy = sum(section.energy) / 200
            made.append(Section(section.name, onset, end - onset, energy))
        return tuple(made)


def plan(brief: Brief, mood: Mood, usage: Usage, style: Style, stream: Stream) -> Plan:
    """Lay out a piece whose audio lasts exactly as long as the brief says."""
    beats, tempo = _tempo(brief, mood, stream.child("tempo"))
    key = _key(brief, mood, stream)
    mode = key.mode
    whole, half = divmod(beats, 4)
    lengths = [BAR_TICKS] * whole + ([BAR_TICKS // 2] if half else []) + [BAR_TICKS]
    bars = [0]
    for length in lengths:
        bars.append(bars[-1] + length)
    sections = _form(whole + (1 if half else 0), mood, usage)
    ring_us = brief.seconds * 1_000_000 - beats * tempo.microseconds_per_quarter
    ring_ticks = int(ring_us * TICKS_PER_QUARTER / tempo.microseconds_per_quarter)
    cadence = stream.child("cadence").choice(mood.cadences[mode])
    return Plan(
        brief=brief,
        mood=mood,
        usage=usage,
        style=style,
        key=key,
        tempo=tempo,
        bars=tuple(bars),
        sections=sections,
        ring_ticks=min(ring_ticks, BAR_TICKS),
        cadence=tuple(parse_numeral(numeral) for numeral in cadence.split()),
    )


def refuse_key(brief: Brief, mood: Mood) -> None:
    """Refuse a wished key whose mode the mood is not written in. Raises BriefError."""
    modes = [mode for mode, _ in mood.modes]
    if brief.key is not None and brief.key.mode not in (None, *modes):
        raise BriefError(
            f"{mood.name} music is written in {', '.join(modes)}; ask for a key in one of these, "
            "for a tonic alone, or for another mood"
        )


def _key(brief: Brief, mood: Mood, stream: Stream) -> Key:
    """The key that is wished for; what is left open is drawn."""
    refuse_key(brief, mood)
    mode = stream.child("mode").weighted(mood.modes)
    tonic = stream.child("tonic").below(12)
    if brief.key is None:
        return Key(tonic, mode)
    return Key(brief.key.tonic, brief.key.mode or mode)


def _tempo(brief: Brief, mood: Mood, stream: Stream) -> tuple[int, Tempo]:
    """The number of beats before the last downbeat, and the tempo that makes it fit."""
    low, high = (mood.tempo_bpm[0] * 100, mood.tempo_bpm[1] * 100)
    wanted = 100 * stream.between(*mood.tempo_bpm)
    if brief.tempo_bpm is not None:
        low = high = wanted = int(brief.tempo_bpm * 100)
    best: tuple[tuple[int, int], int, Tempo] | None = None
    longest = int(brief.seconds * 200 / 60) + 4
    for beats in range(4, longest + 1, 2):
        for ring_ms in range(SHORTEST_RING_MS, LONGEST_RING_MS + 1, 20):
            sounding = brief.seconds - Fraction(ring_ms, 1000)
            per_beat = int(sounding * 1_000_000 / beats)
            if not 100_000 <= per_beat <= 6_000_000:
                continue
            bpm100 = 6_000_000_000 // per_beat
            outside = max(low - bpm100, bpm100 - high, 0)
            shape = 0 if beats % 16 == 0 else 3 if beats % 8 == 0 else 9 if beats % 4 == 0 else 14
            cost = outside * 20 + abs(bpm100 - wanted) + shape * 60
            rank = (cost, LONGEST_RING_MS - ring_ms)
            if best is None or rank < best[0]:
                best = (rank, beats, Tempo(per_beat))
    if best is None:
        raise AssertionError("no tempo fits a length that the brief allows")
    return best[1], best[2]


def _form(bars: int, mood: Mood, usage: Usage) -> tuple[PlannedSection, ...]:
    """Spread the bars before the last chord over the usage's sections, in whole phrases.

    Bars that make no phrase are an intro, or close the last section where the usage wants no intro
    of that length.
    """
    phrases, rest = divmod(bars, PHRASE_BARS)
    if phrases == 0:
        only = min(usage.form, key=lambda section: section.priority)
        energy = _energies(only.energy, mood)
        return (PlannedSection(only.name, only.theme, 0, bars, energy, 0),)
    sections: list[PlannedSection] = []
    first = tail = 0
    if rest > usage.intro_bars:
        tail = rest
    elif rest:
        level = _energies((usage.intro_energy, usage.intro_energy + 10), mood)
        sections.append(PlannedSection("intro", "-", 0, rest, level, 0))
        first = rest
    shares = _shares(phrases, usage)
    cycles = shares[-1][1] + 1
    for form, cycle, count in shares:
        length = count * PHRASE_BARS
        held_back = EARLY_CYCLE_PERCENT * (cycles - 1 - cycle) // max(cycles - 1, 1)
        energy = _energies(tuple(max(e - held_back, 0) for e in form.energy), mood)
        theme = "C" if form.theme == "B" and cycle % 2 else form.theme
        if sections and cycle > sections[-1].cycle:
            calm = _energies(BREAK_ENERGY, mood)
            sections.append(PlannedSection("break", "-", first, PHRASE_BARS, calm, cycle))
            first, length = first + PHRASE_BARS, length - PHRASE_BARS
        if length:
            sections.append(PlannedSection(form.name, theme, first, length, energy, cycle))
        first += length
    last = sections.pop()
    sections.append(replace(last, bars=last.bars + tail))
    return tuple(sections)


def _shares(phrases: int, usage: Usage) -> list[tuple[FormSection, int, int]]:
    """How many phrases each section gets: by weight, the most important kept when few."""
    longest_cycle = 3 * len(usage.form)
    cycles = max((phrases + longest_cycle - 1) // longest_cycle, 1)
    shares = []
    for cycle in range(cycles):
        here = phrases // cycles + (1 if cycle >= cycles - phrases % cycles else 0)
        kept = sorted(usage.form, key=lambda section: section.priority)[: max(here, 1)]
        form = [section for section in usage.form if section in kept]
        weight = sum(section.weight for section in form)
        counts = [max(here * section.weight // weight, 1) for section in form]
        order = sorted(range(len(form)), key=lambda at: (form[at].priority, at))
        turn = 0
        while sum(counts) < here:
            counts[order[turn % len(order)]] += 1
            turn += 1
        while sum(counts) > here:
            counts[counts.index(max(counts))] -= 1
        shares += [(section, cycle, count) for section, count in zip(form, counts, strict=True)]
    return shares


def _energies(energy: tuple[int, ...], mood: Mood) -> tuple[int, int]:
    low, high = mood.energy
    start, end = (low + (high - low) * min(percent, 100) // 100 for percent in energy)
    return start, end
