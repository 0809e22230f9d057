"""What a person gives to be composed with: a motif, chords, a bass line.

Conventions: notes in sixteenths from the first full bar of 4/4, an upbeat before it being negative;
pitches as given, in MIDI numbers. A motif has at most `MOTIF_BARS` bars, a bass line `BASS_BARS`.
Chords are bars of one or two symbols each, all absolute (`Am7`) or all roman (`vi7`). Everything
given names its source: a rule whose file, version, author and licence are the supplied file, its
digest, the person and the right that was declared.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from clearcue.composer.errors import BriefError
from clearcue.composer.numerals import Numeral, parse_numeral
from clearcue.music.lineage import RuleSource
from clearcue.music.pitch import FLAT_NAMES, SHARP_NAMES
from clearcue.music.score import Note
from clearcue.music.time import TICKS_PER_QUARTER
from clearcue.music.work import Line, ParsedWork

SIXTEENTH = TICKS_PER_QUARTER // 4
BAR_STEPS = 16
MOTIF_BARS = 4
BASS_BARS = 16
CHORD_BARS = 12
FEWEST_NOTES = 3
MOST_NOTES = 256
WIDEST_MOTIF = 24
"""Semitones from the lowest to the highest note of a motif."""

GivenNote = tuple[int, int, int]
"""Onset and length in sixteenths, and the pitch."""

_CHORD = re.compile(
    r"([A-G])(#|b)?(maj7|min7|m7b5|min|m7|m|dim7|dim|sus2|sus4|add9|7|6|9|5)?", re.ASCII
)
_ABSOLUTE = {
    None: (False, ""), "m": (True, ""), "min": (True, ""), "m7": (True, "7"), "min7": (True, "7"),
    "dim": (True, "o"), "dim7": (True, "o7"), "m7b5": (True, "o"),
}  # fmt: skip
"""Whether a symbol's chord is minor, and its suffix as a numeral; others keep their suffix."""
DEGREES = ("I", "bII", "II", "bIII", "III", "IV", "#IV", "V", "bVI", "VI", "bVII", "VII")
"""Numerals of the roots so many semitones above the tonic."""
_NAMES = {name: n for names in (SHARP_NAMES, FLAT_NAMES) for n, name in enumerate(names)} | {
    "E#": 5, "B#": 0, "Cb": 11, "Fb": 4,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class GivenLine:
    """A motif or a bass line: its notes one at a time in order, its bars, and its source."""

    notes: tuple[GivenNote, ...]
    bars: int
    source: RuleSource

    def __post_init__(self) -> None:
        if self.bars < 1 or not 0 < len(self.notes) <= MOST_NOTES:
            raise BriefError(f"a given line has 1 to {MOST_NOTES} notes")
        ends = [*(note[0] for note in self.notes[1:]), self.bars * BAR_STEPS]
        for (onset, length, pitch), end in zip(self.notes, ends, strict=True):
            if length < 1 or onset + length > end or not 0 <= pitch <= 127 or onset < -BAR_STEPS:
                raise BriefError("the notes of a given line overlap or leave its bars")

    def in_bar(self, bar: int) -> tuple[GivenNote, ...]:
        """The notes that begin in a bar (from 0), their onsets from its start."""
        first = bar * BAR_STEPS
        return tuple(
            (onset - first, length, pitch)
            for onset, length, pitch in self.notes
            if first <= onset < first + BAR_STEPS
        )


@dataclass(frozen=True, slots=True)
class GivenChords:
    """Bars of one or two chord symbols, as they were written, and their source."""

    bars: tuple[tuple[str, ...], ...]
    source: RuleSource

    @property
    def text(self) -> str:
        """The chords, bars divided by strokes, such as `C | Am F | G`."""
        return " | ".join(" ".join(bar) for bar in self.bars)

    @property
    def roman(self) -> bool:
        """Whether they are numerals, which fit any key."""
        return _CHORD.fullmatch(self.bars[0][0]) is None

    def numerals(self, tonic: int) -> tuple[tuple[Numeral, ...], ...]:
        """The chords of each bar as numerals of a key with this tonic (pitch class)."""
        read = parse_numeral if self.roman else lambda text: absolute_numeral(text, tonic)
        return tuple(tuple(read(text) for text in bar) for bar in self.bars)


@dataclass(frozen=True, slots=True)
class Given:
    """All that a person gives; None for what they leave to the composer."""

    motif: GivenLine | None = None
    chords: GivenChords | None = None
    bass: GivenLine | None = None

    def sources(self) -> tuple[RuleSource, ...]:
        """The sources of what is given."""
        given = (self.motif, self.chords, self.bass)
        return tuple(one.source for one in given if one is not None)


NOTHING = Given()


def parse_chords(text: str, source: RuleSource) -> GivenChords:
    """Read chords such as `C Am F G`, `C | Am F | G` or `I vi IV V`.

    Without strokes each chord fills a bar; between strokes a bar has one or two.

    Raises:
        BriefError: when a symbol is none that the composer writes, or there are too many bars.
    """
    plain = " ".join(text.replace("♭", "b").replace("♯", "#").replace(",", " ").split())
    if "|" in plain:
        bars = [tuple(bar.split()) for bar in plain.strip("| ").split("|")]
    else:
        bars = [(symbol,) for symbol in plain.replace(" - ", " ").split()]
    if not 1 <= len(bars) <= CHORD_BARS or any(not 1 <= len(bar) <= 2 for bar in bars):
        raise BriefError(
            f"chords fill 1 to {CHORD_BARS} bars, one or two a bar, such as 'C | Am F | G'"
        )
    symbols = [symbol for bar in bars for symbol in bar]
    absolute = [_CHORD.fullmatch(symbol) is not None for symbol in symbols]
    for symbol, known in zip(symbols, absolute, strict=True):
        if not known and not _is_numeral(symbol):
            raise BriefError(
                f"{symbol!r} is no chord that is known; write such as C, Am7, Bbmaj7, F#dim, or "
                "numerals such as ii7, bVII, V7/vi (inversions are the composer's)"
            )
    if any(absolute) and not all(absolute):
        raise BriefError("chords are all named (C, Am) or all numerals (I, vi), not both")
    return GivenChords(tuple(bars), source)


def _is_numeral(text: str) -> bool:
    try:
        parse_numeral(text)
    except ValueError:
        return False
    return True


def absolute_numeral(symbol: str, tonic: int) -> Numeral:
    """A named chord as the numeral that it is over a tonic (pitch class)."""
    found = _CHORD.fullmatch(symbol)
    if found is None:
        raise BriefError(f"{symbol!r} is no chord that is known")
    letter, sign, suffix = found.groups()
    minor, written = _ABSOLUTE.get(suffix, (False, suffix))
    degree = DEGREES[(_NAMES[letter + (sign or "")] - tonic) % 12]
    return parse_numeral((degree.lower() if minor else degree) + written)


def motif_of(work: ParsedWork, source: RuleSource) -> GivenLine:
    """The motif of a score file: its first line that has notes enough, its highest notes.

    Raises:
        BriefError: when it is no tune of one to four bars of 4/4.
    """
    line = _line(work, 0)
    made = _laid(work, line.skyline(), source, MOTIF_BARS, "motif")
    low, high = min(n[2] for n in made.notes), max(n[2] for n in made.notes)
    if high - low > WIDEST_MOTIF:
        raise BriefError(f"the motif spans {high - low} semitones; give at most {WIDEST_MOTIF}")
    return made


def bass_of(work: ParsedWork, source: RuleSource) -> GivenLine:
    """The bass line of a score file: its last line that has notes enough, its lowest notes.

    Raises:
        BriefError: when it is no line of one to sixteen bars of 4/4.
    """
    lowest: dict[int, Note] = {}
    for note in _line(work, -1).notes:
        other = lowest.get(note.onset_ticks)
        if other is None or note.pitch < other.pitch:
            lowest[note.onset_ticks] = note
    notes = tuple(lowest[onset] for onset in sorted(lowest))
    made = _laid(work, notes, source, BASS_BARS, "bass line")
    if made.notes[0][0] < 0:
        raise BriefError("the bass line begins with an upbeat; begin it on a bar's first beat")
    return made


def _line(work: ParsedWork, place: int) -> Line:
    lines = [line for line in work.lines if len(line.notes) >= FEWEST_NOTES]
    if not lines:
        raise BriefError(f"no voice of the file has {FEWEST_NOTES} notes or more")
    return lines[place]


def _laid(
    work: ParsedWork, notes: Iterable[Note], source: RuleSource, most: int, what: str
) -> GivenLine:
    """Notes on the grid of sixteenths, from the first full bar that has any."""
    beats = {(bar.meter.numerator, bar.meter.denominator) for bar in work.bars if bar.number > 0}
    if beats - {(4, 4), (2, 2)}:
        raise BriefError(f"the composer writes in 4/4; give the {what} in bars of four quarters")
    start = _start(work, min(note.onset_ticks for note in notes))
    grid: dict[int, tuple[int, int]] = {}
    for note in notes:
        onset = _step(note.onset_ticks - start)
        grid.setdefault(onset, (max(_step(note.end_ticks - start) - onset, 1), note.pitch))
    onsets = sorted(grid)
    bars = -(-max(onset + grid[onset][0] for onset in onsets) // BAR_STEPS)
    bars = max(bars - (1 if onsets[-1] < (bars - 1) * BAR_STEPS else 0), 1)
    if bars > most:
        raise BriefError(f"the {what} has {bars} bars; give at most {most} (of 4/4)")
    ends = [*onsets[1:], bars * BAR_STEPS]
    placed = tuple(
        (onset, min(grid[onset][0], end - onset), grid[onset][1])
        for onset, end in zip(onsets, ends, strict=True)
    )
    if not FEWEST_NOTES <= len(placed) <= MOST_NOTES:
        raise BriefError(f"the {what} has {len(placed)} notes; give {FEWEST_NOTES} to {MOST_NOTES}")
    return GivenLine(placed, bars, source)


def _start(work: ParsedWork, first_onset: int) -> int:
    """The onset of the first full bar that has notes, or that an upbeat leads into."""
    bars = work.bars or ()
    place = work.bar_place(first_onset)
    if not bars:
        return first_onset
    bar = bars[place]
    following = bars[place + 1].onset_ticks if place + 1 < len(bars) else None
    short = following is not None and following - bar.onset_ticks < 4 * TICKS_PER_QUARTER
    return following if short and following is not None else bar.onset_ticks


def _step(ticks: int) -> int:
    """Ticks as the nearest sixteenth."""
    return (ticks + SIXTEENTH // 2) // SIXTEENTH
