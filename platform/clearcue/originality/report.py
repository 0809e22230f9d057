"""What a check says: values, and their one JSON form.

A report speaks of similarity. It does not decide, and does not say, whether anyone's rights are
infringed. Bars are printed numbers, both ends included. Fractions are rounded to `DECIMALS`, so
that the same check gives the same bytes.
"""

from dataclasses import asdict, dataclass
from typing import Any

DECIMALS = 4
REPORT_VERSION = 1

CLEAR = "clear"
SIMILAR = "similar"
NEAR_DUPLICATE = "near-duplicate"
VERDICTS = (CLEAR, SIMILAR, NEAR_DUPLICATE)


@dataclass(frozen=True, slots=True)
class Match:
    """A passage of the query and the passage of a work that it resembles.

    `transposition`: semitones by which the query lies above the work. `tempo_ratio`: notated time
    in the work for each unit of it in the query (2.0: the query is written in half the note
    values). `matched_notes` are equal in pitch, `verbatim_run` is the longest run equal in rhythm
    too. `information_bits` is what the matched notes tell, less what the differences cost.
    `coverage` is the share of the query part's notes that are matched. `query_ticks` and
    `work_ticks`, the onsets of the first and last notes, are for showing the passages and stand in
    no report.
    """

    verdict: str
    work: str
    title: str
    similarity: float
    query_part: str
    query_bars: tuple[int, int]
    work_part: str
    work_bars: tuple[int, int]
    transposition: int
    tempo_ratio: float
    matched_notes: int
    verbatim_run: int
    information_bits: float
    coverage: float
    query_ticks: tuple[int, int] = (0, 0)
    work_ticks: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Compared:
    """What was compared against: the set's digest and its size."""

    digest: str
    works: int
    lines: int
    notes: int
    windows: int


@dataclass(frozen=True, slots=True)
class Left:
    """Something that was not compared, or not by windows, and why; `count` in `unit`."""

    part: str
    what: str
    count: int
    unit: str


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a check.

    `similarity` is the nearest passage's, 0 when there is none. `matches` are the passages that are
    `similar` or nearer, best first, at most `method["largest_list"]`; `nearest` is the best passage
    whatever its verdict. `method` names everything that the outcome depends on.
    """

    verdict: str
    similarity: float
    method: dict[str, int | float | str]
    corpus: Compared
    matches: tuple[Match, ...]
    nearest: Match | None
    not_covered: tuple[Left, ...]

    def to_json(self) -> dict[str, object]:
        """The report as JSON's own types, keys in a fixed order."""
        plain = asdict(self)
        plain["matches"] = [_match_json(match) for match in self.matches]
        plain["nearest"] = None if self.nearest is None else _match_json(self.nearest)
        plain["not_covered"] = [asdict(left) for left in self.not_covered]
        return {"report_version": REPORT_VERSION, **plain}


def rank(match: Match) -> tuple[Any, ...]:
    """What matches are put in order by, the nearest first."""
    return (
        -match.similarity,
        -match.information_bits,
        -match.matched_notes,
        match.work,
        match.work_part,
        match.work_bars,
        match.query_part,
        match.query_bars,
    )


def _match_json(match: Match) -> dict[str, object]:
    plain = asdict(match)
    plain["query_bars"] = list(match.query_bars)
    plain["work_bars"] = list(match.work_bars)
    del plain["query_ticks"], plain["work_ticks"]
    return plain
