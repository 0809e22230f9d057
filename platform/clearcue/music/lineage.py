"""Lineage: where every event of a score comes from.

There are two kinds of source. A `WorkSource` is a work that the model learnt from; a `RuleSource`
is a rule written down in a style file. Every event (a note of a part, or a chord) names its sources
with shares, exact fractions that sum to one. A rule's choice is never ascribed to a work.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True, order=True)
class WorkSource:
    """A work of the training set, by its id."""

    work_id: str


@dataclass(frozen=True, slots=True, order=True)
class RuleSource:
    """A rule: its name, and the style file it is written in with version, author and licence."""

    rule: str
    file: str
    version: str
    author: str
    licence: str


Source = WorkSource | RuleSource
Shares = tuple[tuple[Source, Fraction], ...]

CHORDS = "chords"
"""The name under which a lineage keeps the sources of the chords."""


@dataclass(frozen=True, slots=True)
class Lineage:
    """The sources of every event of a score.

    `events` maps a part's name (and `CHORDS`) to one `Shares` per note (or chord), in the order in
    which the score holds them.

    Raises:
        ValueError: when the shares of an event do not sum to exactly one or one is not positive.
    """

    events: Mapping[str, tuple[Shares, ...]]

    def __post_init__(self) -> None:
        for part, events in self.events.items():
            for index, shares in enumerate(events):
                if sum(share for _, share in shares) != 1 or any(s <= 0 for _, s in shares):
                    raise ValueError(f"shares of event {index} of {part!r} do not sum to one")

    def sources(self) -> frozenset[Source]:
        """Every source of any event."""
        return frozenset(
            source
            for events in self.events.values()
            for shares in set(events)
            for source, _ in shares
        )

    def learnt_fraction(self, part: str) -> Fraction:
        """What fraction of a part's choices was learnt from works, the rest being rules."""
        events = self.events[part]
        learnt = sum(
            (
                share
                for shares in events
                for source, share in shares
                if isinstance(source, WorkSource)
            ),
            Fraction(0),
        )
        return learnt / len(events) if events else Fraction(0)

    def influence(self, part: str) -> dict[Source, Fraction]:
        """Each source's share of a part, summing to one, or an empty dict for an empty part."""
        events = self.events[part]
        total: dict[Source, Fraction] = defaultdict(Fraction)
        for shares in events:
            for source, share in shares:
                total[source] += share
        return {source: share / len(events) for source, share in total.items()}
