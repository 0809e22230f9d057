"""Who or what made each element of a track, and where what a person gave stands in it.

The engine makes what nobody gave. Where a person gave a part of an element, `given` is the share of
its events that is theirs, by the lineage; only an element that is theirs altogether has a human
maker. Prompts alone make no author (US Copyright Office, Copyright and Artificial Intelligence,
Part 2, January 2025), and nothing here claims that anybody owns a right.
"""

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction

from clearcue.composer import ENGINE_VERSION
from clearcue.composer.compose import Composition
from clearcue.music.lineage import CHORDS, RuleSource
from clearcue.services.supplying import is_given
from clearcue.sound.manifest import bank_manifest
from clearcue_provenance.predicates import BUILDER_ID
from clearcue_provenance.shape import format_fraction

COMPOSED = {
    "melody": ("melody",),
    "harmony": (),
    "rhythm": ("drums", "effects"),
    "arrangement": ("counter", "harmony", "arpeggio", "pad", "bass"),
}
"""The roles of the parts that make up an element; harmony is the chords."""


@dataclass(frozen=True, slots=True)
class Maker:
    """Who made an element: a machine, persons, or a machine from what persons gave.

    `given` is the share of its events that `persons` gave, 0 to 1.
    """

    machine: str
    persons: tuple[str, ...]
    given: Fraction

    @property
    def human(self) -> bool:
        """Whether all of it was given."""
        return self.given == 1

    @property
    def by(self) -> str:
        """In words."""
        names = ", ".join(self.persons)
        if self.human:
            return names
        return f"{self.machine}, from the brief" + (f" and what {names} gave" if names else "")

    def plain(self) -> dict[str, str]:
        """As a generation record's authorship block writes it."""
        plain = {"maker": "human" if self.human else "machine", "by": self.by}
        return {**plain, "given": format_fraction(self.given)} if self.given else plain


def makers_of(piece: Composition) -> dict[str, Maker]:
    """The maker of each element that is composed."""
    return {element: _maker(piece, element) for element in COMPOSED}


def authorship_block(piece: Composition) -> dict[str, dict[str, str]]:
    """The makers of all elements, as a generation record has them."""
    sound = f"{bank_manifest()['bank']} {bank_manifest()['version']}"
    played = {name: {"maker": "machine", "by": sound} for name in ("performance", "mix")}
    return {**{name: maker.plain() for name, maker in makers_of(piece).items()}, **played}


def _maker(piece: Composition, element: str) -> Maker:
    parts = [part.name for part in piece.score.parts if part.role in COMPOSED[element]]
    events = [
        shares
        for part in ([CHORDS] if element == "harmony" else parts)
        for shares in piece.lineage.events[part]
    ]
    gifts = [
        (source, share)
        for shares in events
        for source, share in shares
        if isinstance(source, RuleSource) and is_given(source)
    ]
    total = sum((share for _, share in gifts), Fraction(0))
    persons = tuple(sorted({source.author for source, _ in gifts}))
    return Maker(
        f"{BUILDER_ID} {ENGINE_VERSION}", persons, total / len(events) if events else total
    )


def stated_in(piece: Composition) -> list[dict[str, int]]:
    """The spans of bars, in printed numbers, whose tune is the given motif's alone."""
    motif = piece.layout.given.motif
    if motif is None:
        return []
    alone = ((motif.source, Fraction(1)),)
    heard: dict[int, bool] = {}
    lead = next((part for part in piece.score.parts if part.role == "melody"), None)
    if lead is None:
        return []
    for note, shares in zip(lead.notes, piece.lineage.events[lead.name], strict=True):
        bar = bisect_right(piece.score.bars, note.onset_ticks)
        heard[bar] = heard.get(bar, True) and shares == alone
    spans: list[dict[str, int]] = []
    for bar in sorted(bar for bar, own in heard.items() if own):
        if spans and spans[-1]["to"] == bar - 1:
            spans[-1]["to"] = bar
        else:
            spans.append({"from": bar, "to": bar})
    return spans
