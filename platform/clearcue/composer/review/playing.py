"""Whether a part can be played: range, notes at once, the span of a hand, and speed.

Limits are data (`data/playing.toml`), by family of instruments. Notes that overlap by less than a
sixteenth are a legato, not a chord. Each return value counts what cannot be played among what is.
"""

import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from clearcue.composer.review.numbers import per_mille
from clearcue.composer.review.reading import PLACE_TICKS, Reading
from clearcue.data.instruments import instruments
from clearcue.music.score import Note, Part
from clearcue.music.time import Tempo


@dataclass(frozen=True, slots=True)
class Limits:
    """Notes at once, hands, semitones a hand reaches, and onsets a second in tenths."""

    voices: int
    hands: int
    span: int
    fastest: int


@cache
def limits() -> tuple[dict[str, Limits], dict[str, Limits]]:
    """The limits of families and of single instruments, as the file has them."""
    table = tomllib.loads((files("clearcue.data") / "playing.toml").read_text("utf-8"))
    families = {name: Limits(**entry) for name, entry in table["family"].items()}
    return families, {name: Limits(**entry) for name, entry in table["instrument"].items()}


def of_instrument(name: str) -> Limits | None:
    """What holds for an instrument, None for a machine or percussion."""
    families, singles = limits()
    return singles.get(name) or families.get(instruments()[name].family)


def out_of_range(reading: Reading) -> int:
    """How many notes lie outside their instrument's range."""
    return sum(
        not instruments()[part.instrument].low <= note.pitch <= instruments()[part.instrument].high
        for part in reading.score.parts
        for note in part.notes
    )


def unplayable(reading: Reading) -> int | None:
    """The share of onsets that no player could do, in thousandths, over all pitched parts."""
    bad = total = 0
    for part in reading.pitched:
        found = of_instrument(part.instrument)
        chords = _chords(part)
        total += len(chords)
        if found is not None:
            bad += sum(not _graspable(chord, found) for chord in chords.values())
            bad += _too_fast(sorted(chords), found, reading.score.tempo)
    return per_mille(bad, total)


def _chords(part: Part) -> dict[int, list[int]]:
    """The pitches that sound at each onset of a part, those held over included."""
    chords: dict[int, list[int]] = defaultdict(list)
    held: list[Note] = []
    for note in part.notes:
        held = [other for other in held if other.end_ticks - PLACE_TICKS >= note.onset_ticks]
        if note.onset_ticks not in chords:
            chords[note.onset_ticks] = [other.pitch for other in held]
        chords[note.onset_ticks].append(note.pitch)
        held.append(note)
    return chords


def _graspable(pitches: list[int], found: Limits) -> bool:
    """Whether so many hands reach the pitches: each takes as many as it spans, from below."""
    hands, reach = 0, -1
    for pitch in sorted(pitches):
        if pitch > reach:
            hands, reach = hands + 1, pitch + found.span
    return len(pitches) <= found.voices and hands <= found.hands


def _too_fast(onsets: list[int], found: Limits, tempo: Tempo) -> int:
    """How many onsets follow four others faster than the player keeps up."""
    quick = 0
    for first, last in zip(onsets, onsets[4:], strict=False):
        microseconds = int(tempo.seconds_at(last - first) * 1_000_000)
        quick += found.fastest * microseconds < 40_000_000
    return quick
