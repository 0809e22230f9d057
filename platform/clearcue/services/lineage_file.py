"""`lineage.json`: the sources of every event of a score, and the runs that its parts share.

The format, with its two versions, is docs/formats/lineage.md. A share is an exact fraction; those
of an event sum to one, and so do those of a bar: a bar's sources are the mean over the parts that
sound in it, a part's the mean over its events there. Bars are counted from 1.
"""

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from clearcue.composer.compose import Composition
from clearcue.composer.limit import PartRun
from clearcue.errors import BadInputError
from clearcue.music.lineage import CHORDS, RuleSource, Source, WorkSource
from clearcue.music.score import Score

LINEAGE_NAME = "lineage.json"
FIRST_FORMAT = "urn:clearcue:lineage:v1"
FORMAT = "urn:clearcue:lineage:v2"
LARGEST_FILE = 64 << 20
Spans = list[tuple[int, int]]
"""The first and last bar that each event of a part sounds in."""


def source_json(source: Source) -> dict[str, str]:
    """A source as records and lineage files write it."""
    if isinstance(source, WorkSource):
        return {"kind": "work", "work": source.work_id}
    return {
        "kind": "rule",
        "rule": source.rule,
        "file": source.file,
        "version": source.version,
        "author": source.author,
        "licence": source.licence,
    }


def lineage_json(composition: Composition) -> dict[str, Any]:
    """A composition's lineage as `lineage.json` writes it."""
    sources: dict[Source, int] = {}
    mixtures: dict[tuple[tuple[Source, object], ...], int] = {}
    events: dict[str, list[int]] = {}
    for part, shares in composition.lineage.events.items():
        events[part] = [mixtures.setdefault(event, len(mixtures)) for event in shares]
    table: list[list[tuple[int, str]]] = []
    for mixture in mixtures:
        table.append(
            [(sources.setdefault(source, len(sources)), str(share)) for source, share in mixture]
        )
    return {
        "format": FORMAT,
        "bars": len(composition.score.bars) - 1,
        "sources": [source_json(source) for source in sources],
        "mixtures": [[list(entry) for entry in mixture] for mixture in table],
        "events": events,
        "spans": {part: [list(span) for span in spans]
                  for part, spans in _spans(composition.score).items()},
        "shared_runs": runs_json(composition.shared_runs),
    }  # fmt: skip


def runs_json(runs: Sequence[PartRun]) -> list[dict[str, Any]]:
    """The longest run of each part, and the limit it keeps to, as files and records write them."""
    return [
        {
            "part": run.part,
            "limit": run.limit,
            "notes": run.notes,
            "work": run.work,
            "bars": {"from": run.bars[0], "to": run.bars[1]},
            "given": run.given,
        }
        for run in runs
    ]


def _spans(score: Score) -> dict[str, Spans]:
    """Which bars each event of the parts, and each chord, sounds in."""
    timed: dict[str, Iterable[tuple[int, int]]] = {
        part.name: [(note.onset_ticks, note.end_ticks) for note in part.notes]
        for part in score.parts
    }
    timed[CHORDS] = [(chord.onset_ticks, chord.end_ticks) for chord in score.chords]
    return {
        part: [(_bar(score, start), _bar(score, end - 1)) for start, end in times]
        for part, times in timed.items()
    }


def _bar(score: Score, tick: int) -> int:
    low, high = 0, len(score.bars) - 1
    while low < high:
        middle = (low + high) // 2
        if score.bars[middle] <= tick:
            low = middle + 1
        else:
            high = middle
    return max(low, 1)


@dataclass(frozen=True, slots=True)
class StoredLineage:
    """A lineage as it was read; `spans` is None in files of the first format, which has none."""

    bars: int | None
    sources: tuple[Source, ...]
    mixtures: tuple[tuple[tuple[int, Fraction], ...], ...]
    events: Mapping[str, Sequence[int]]
    spans: Mapping[str, Sequence[tuple[int, int]]] | None
    shared_runs: tuple[Mapping[str, Any], ...]

    def shares(self, bar: int | None = None, part: str | None = None) -> dict[Source, Fraction]:
        """Each source's share of a bar or of the whole, of one part or of all, summing to one.

        Raises:
            BadInputError: when there is no such bar or part, when nothing sounds there, or when a
                bar is asked of a file of the first format.
        """
        if part is not None and part not in self.events:
            raise BadInputError(f"there is no part {part!r}; one of {', '.join(self.events)}")
        names = self.events if part is None else [part]
        found = [counted for name in names if (counted := self._mixtures_in(name, bar))]
        if not found:
            raise BadInputError(f"nothing sounds in bar {bar}" if bar else "nothing sounds")
        total: dict[Source, Fraction] = {}
        for counted in found:
            whole = counted.total() * len(found)
            for mixture, times in counted.items():
                for number, share in self.mixtures[mixture]:
                    source = self.sources[number]
                    total[source] = total.get(source, Fraction(0)) + share * Fraction(times, whole)
        return total

    def _mixtures_in(self, part: str, bar: int | None) -> Counter[int]:
        """How often each mixture stands among a part's events that sound in a bar."""
        if bar is None:
            return Counter(self.events[part])
        if self.spans is None or self.bars is None:
            raise BadInputError(
                "this lineage.json is of the first format, which does not say which bar an event "
                "stands in; leave --bar out, or make the track again"
            )
        if not 1 <= bar <= self.bars:
            raise BadInputError(f"there is no bar {bar}; the track has bars 1 to {self.bars}")
        pairs = zip(self.events[part], self.spans[part], strict=True)
        return Counter(mixture for mixture, (first, last) in pairs if first <= bar <= last)


def read_lineage(folder: Path) -> StoredLineage:
    """The lineage of a track's folder, of either format.

    Raises:
        BadInputError: when the folder has none, or it is none.
    """
    path = folder / LINEAGE_NAME
    try:
        with path.open("rb") as opened:
            data = opened.read(LARGEST_FILE + 1)
    except OSError as error:
        raise BadInputError(
            f"{path} cannot be read ({error.strerror}); give a folder that `clearcue make` filled"
        ) from error
    if len(data) > LARGEST_FILE:
        raise BadInputError(f"{path} is larger than any lineage")
    return parse_lineage(data)


def parse_lineage(data: bytes) -> StoredLineage:
    """Read the bytes of a lineage.json.

    Raises:
        BadInputError: when they are none of a known format.
    """
    try:
        plain = json.loads(data)
        if plain["format"] not in (FIRST_FORMAT, FORMAT):
            raise BadInputError(
                f"a lineage of the format {plain['format']!r} is not known; update Clearcue"
            )
        return _read(plain)
    except (ValueError, KeyError, TypeError, ArithmeticError, RecursionError) as error:
        raise BadInputError("the file is no lineage.json, or it is damaged") from error


def _read(plain: Mapping[str, Any]) -> StoredLineage:
    sources = tuple(_source(entry) for entry in plain["sources"])
    parts = {share: Fraction(share) for mixture in plain["mixtures"] for _, share in mixture}
    unit = math.lcm(*(part.denominator for part in parts.values()))
    units = {share: int(part * unit) for share, part in parts.items()}
    for mixture in plain["mixtures"]:
        if sum(units[share] for _, share in mixture) != unit:
            raise ValueError("the shares of an event do not sum to one")
        if not all(0 <= int(number) < len(sources) for number, _ in mixture):
            raise ValueError("a mixture names a source that is not there")
    mixtures = tuple(
        tuple((int(number), parts[share]) for number, share in mixture)
        for mixture in plain["mixtures"]
    )
    events = {
        part: [int(number) for number in numbers] for part, numbers in plain["events"].items()
    }
    if not all(0 <= number < len(mixtures) for numbers in events.values() for number in numbers):
        raise ValueError("an event names a mixture that is not there")
    if plain["format"] == FIRST_FORMAT:
        return StoredLineage(None, sources, mixtures, events, None, ())
    spans = {part: [(int(a), int(b)) for a, b in pairs] for part, pairs in plain["spans"].items()}
    if any(len(spans[part]) != len(numbers) for part, numbers in events.items()):
        raise ValueError("a part has not one span for each event")
    runs = tuple(dict(run) for run in plain["shared_runs"])
    return StoredLineage(int(plain["bars"]), sources, mixtures, events, spans, runs)


def _source(entry: Mapping[str, str]) -> Source:
    if entry["kind"] == "work":
        return WorkSource(entry["work"])
    return RuleSource(
        entry["rule"], entry["file"], entry["version"], entry["author"], entry["licence"]
    )
