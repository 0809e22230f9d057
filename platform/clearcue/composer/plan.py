"""The plan before the first note, as the notes read it: bars, tempo, key, sections and energy.

How it is made: `timing` plans bars and tempo, `form` the sections, `planning` puts them together.
Conventions: beats are quarter notes; bars have four, but one before a moment that must be met, or
before the last, may have fewer.
"""

from dataclasses import dataclass

from clearcue.composer.brief import Brief
from clearcue.composer.errors import BriefError
from clearcue.composer.numerals import Numeral
from clearcue.composer.style import Mood, Style, Usage
from clearcue.composer.timing import PlannedHit
from clearcue.music.pitch import Key
from clearcue.music.score import Section
from clearcue.music.time import Meter, Tempo

METER = Meter(4, 4)
BAR_TICKS = METER.bar_ticks
PHRASE_BARS = 4


@dataclass(frozen=True, slots=True)
class PlannedSection:
    """A section of whole and shorter bars.

    `first_bar` counts from 0; `bars` is how many it spans; `curve` is percent of energy from its
    start to its end, two points or more at equal distances, already mapped into the mood's range;
    `theme` a letter, or `-` for none; `cycle` counts how often the form has come round (from 0).
    """

    name: str
    theme: str
    first_bar: int
    bars: int
    curve: tuple[int, ...]
    cycle: int

    @property
    def energy(self) -> tuple[int, int]:
        """Percent of energy at its start and end."""
        return self.curve[0], self.curve[-1]

    def level(self, place: int, places: int) -> int:
        """The curve at one of so many places at equal distances, the first being 0."""
        last = max(places - 1, 1) * (len(self.curve) - 1)
        along = min(place * (len(self.curve) - 1), last)
        step = max(places - 1, 1)
        low = self.curve[along // step]
        high = self.curve[min(along // step + 1, len(self.curve) - 1)]
        return low + (high - low) * (along % step) // step


@dataclass(frozen=True, slots=True)
class Plan:
    """What the notes must fill: `bars` are onsets in ticks, the last bar holds the last chord.

    `cadence` is the one or two chords of the bar before it; `hits` are the bars that begin on a
    moment to be met. A usage that loops has no last chord: its cadence leads to its first bar.
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
    hits: tuple[PlannedHit, ...] = ()

    @property
    def loops(self) -> bool:
        """Whether the end leads to the beginning."""
        return self.usage.loops

    @property
    def last_bar(self) -> int:
        """Index of the bar that holds the last chord; a loop's is its first bar, heard again."""
        return len(self.bars) - (1 if self.loops else 2)

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
        if phrases == 1:
            return (sum(section.curve) + 1) // len(section.curve)
        return section.level(phrase, phrases)

    def swell_at(self, bar: int) -> int:
        """Percent of energy at a bar for loudness, rising bar by bar through its section."""
        section = self.section_at(bar)
        return section.level(bar - section.first_bar, section.bars)

    def score_sections(self) -> tuple[Section, ...]:
        """The sections as the score states them; the last chord closes the last one."""
        made = []
        for section in self.sections:
            onset = self.bars[section.first_bar]
            last = section is self.sections[-1]
            end = self.bars[-1] if last else self.bars[section.first_bar + section.bars]
            energy = sum(section.curve) / (100 * len(section.curve))
            made.append(Section(section.name, onset, end - onset, energy))
        return tuple(made)


def refuse_key(brief: Brief, mood: Mood) -> None:
    """Refuse a wished key whose mode the mood is not written in. Raises BriefError."""
    modes = [mode for mode, _ in mood.modes]
    if brief.key is not None and brief.key.mode not in (None, *modes):
        raise BriefError(
            f"{mood.name} music is written in {', '.join(modes)}; ask for a key in one of these, "
            "for a tonic alone, or for another mood"
        )
