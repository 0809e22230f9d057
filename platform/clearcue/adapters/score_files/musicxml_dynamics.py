"""Dynamics of a part in MusicXML: a mark where a section changes them, hairpins where they grow.

A section's mark says how loud it begins. Where its last quarter is louder or softer than its first
by `HAIRPIN` in velocity or more, a hairpin spans it, and the next mark is written whatever it says.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from clearcue.music.score import Note, Part, Score, Section

MARKS = ((36, "pp"), (50, "p"), (64, "mp"), (80, "mf"), (96, "f"), (128, "ff"))
"""Velocities below which a mark stands."""
HAIRPIN = 10


@dataclass(frozen=True, slots=True)
class Mark:
    """Something written above or below the staff at a tick."""

    onset: int
    element: Element


def dynamics(score: Score, part: Part) -> Iterator[Mark]:
    """The marks and hairpins of a part, in order of time."""
    before = ""
    for section in score.sections:
        heard = _heard(part, section)
        if not heard:
            continue
        quarter = max((section.end_ticks - section.onset_ticks) // 4, 1)
        opening = _loudness([n for n in heard if n.onset_ticks < heard[0].onset_ticks + quarter])
        closing = _loudness([n for n in heard if n.onset_ticks >= section.end_ticks - quarter])
        growth = 0 if closing is None or opening is None else closing - opening
        grows = abs(growth) >= HAIRPIN and heard[-1].onset_ticks > heard[0].onset_ticks
        level = opening if grows else _loudness(heard)
        assert level is not None, "a section that is heard has a loudness"
        sign = next(sign for below, sign in MARKS if level < below)
        if sign != before:
            yield Mark(heard[0].onset_ticks, _direction("dynamics", sign))
        before = sign
        if grows:
            kind = "crescendo" if growth > 0 else "diminuendo"
            yield Mark(heard[0].onset_ticks, _wedge(kind))
            yield Mark(heard[-1].onset_ticks, _wedge("stop"))
            before = ""


def _heard(part: Part, section: Section) -> list[Note]:
    return [n for n in part.notes if section.onset_ticks <= n.onset_ticks < section.end_ticks]


def _loudness(notes: Sequence[Note]) -> int | None:
    """Mean velocity; None where there are no notes."""
    return sum(note.velocity for note in notes) // len(notes) if notes else None


def _direction(what: str, inner: str) -> Element:
    direction = Element("direction", placement="below")
    SubElement(SubElement(SubElement(direction, "direction-type"), what), inner)
    return direction


def _wedge(kind: str) -> Element:
    direction = Element("direction", placement="below")
    SubElement(SubElement(direction, "direction-type"), "wedge", type=kind, number="1")
    return direction
