"""Recall against false positives: how often what was planted is named, and what else is.

The threshold of a method is the score that so many of the queries which hold nothing reach; a
planted query is found when its work is named with more than that. Unrelated music is of two kinds:
tunes of another tradition, and tunes put together of single bars of many tunes, each from another
one, which sound like the tunes of the index and quote none of them for longer than a bar.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from planted_tunes import QUOTED, WHOLE, Planted, melody, quote_name, quoted, whole
from tune_books import Tune

from clearcue.music.score import Note
from clearcue.music.work import Bar, Line, ParsedWork

LEAST_NOTES = 16
LEAST_PLANTED = 24
SHUFFLED_BARS = 16
MOST_NOTES_A_BAR = 8
ANOTHER_TRADITION = "essenFolksong/han"

Score = tuple[str, float, tuple[int, int], tuple[int, int]]
"""A work that a method names, its score, and the bars of the work and of the query."""

Method = Callable[[ParsedWork], list[Score]]


@dataclass(frozen=True, slots=True)
class Material:
    """The tunes of the index, and music that is unrelated to them."""

    tunes: tuple[Tune, ...]
    unrelated: tuple[ParsedWork, ...]
    told: str


@dataclass(frozen=True, slots=True)
class Case:
    """A query and what is planted in it."""

    kind: str
    planted: Planted


def book_material(tunes: Sequence[Tune], seed: int, unrelated: int) -> Material:
    """The tune books: Chinese songs are unrelated to European and American tunes."""
    usable = [tune for tune in tunes if _usable(tune.work)]
    foreign = [tune.work for tune in usable if tune.work.work_id.startswith(ANOTHER_TRADITION)]
    index = [tune for tune in usable if not tune.work.work_id.startswith(ANOTHER_TRADITION)]
    source = random.Random(f"{seed}/unrelated")
    drawn = source.sample(foreign, min(unrelated // 2, len(foreign)))
    made = _shuffled(index, unrelated - len(drawn), source)
    told = (
        f"{len(drawn)} Chinese songs (the index holds European and American tunes) and "
        f"{len(made)} tunes of {SHUFFLED_BARS} single bars, each from another tune of the index"
    )
    return Material(tuple(index), (*drawn, *made), told)


def folder_material(tunes: Sequence[Tune], seed: int, unrelated: int) -> Material:
    """A caller's melodies: every tenth family is held back, and single bars are shuffled."""
    usable = [tune for tune in tunes if _usable(tune.work)]
    source = random.Random(f"{seed}/unrelated")
    families = sorted({tune.family for tune in usable})
    held = set(source.sample(families, len(families) // 10))
    index = [tune for tune in usable if tune.family not in held]
    drawn = [tune.work for tune in usable if tune.family in held][: unrelated // 2]
    made = _shuffled(index, unrelated - len(drawn), source)
    told = (
        f"{len(drawn)} melodies of {len(held)} families that are not in the index and "
        f"{len(made)} tunes of {SHUFFLED_BARS} single bars, each from another melody of the index"
    )
    return Material(tuple(index), (*drawn, *made), told)


def _usable(work: ParsedWork) -> bool:
    return len(melody(work)) >= LEAST_NOTES and len(work.bars) >= 2


def _shuffled(tunes: Sequence[Tune], count: int, source: random.Random) -> list[ParsedWork]:
    meters: dict[object, list[ParsedWork]] = {}
    for tune in tunes:
        meters.setdefault(tune.work.bars[1].meter, []).append(tune.work)
    rich = sorted(
        (works for works in meters.values() if len(works) >= SHUFFLED_BARS), key=len, reverse=True
    )
    made: list[ParsedWork] = []
    while rich and len(made) < count:
        (works,) = source.choices(rich, weights=[len(works) for works in rich])
        made.append(_of_bars(source.sample(works, SHUFFLED_BARS), source))
    return [work for work in made if _usable(work)]


def _of_bars(works: Sequence[ParsedWork], source: random.Random) -> ParsedWork:
    notes: list[Note] = []
    bars: list[Bar] = []
    end = 0
    for number, work in enumerate(works, start=1):
        first = source.choice(_plain_bars(work) or [0])
        start, stop = work.bars[first].onset_ticks, work.bars[first + 1].onset_ticks
        inside = [note for note in melody(work) if start <= note.onset_ticks < stop]
        notes += [replace(note, onset_ticks=note.onset_ticks - start + end) for note in inside]
        bars.append(Bar(number, end, work.bars[first].meter))
        end += stop - start
    return ParsedWork("shuffled", "shuffled", (Line("melody", tuple(notes)),), tuple(bars), ())


def _plain_bars(work: ParsedWork) -> list[int]:
    """The bars with a few notes: some songs are written without bar lines, as one long bar."""
    counts = [0] * len(work.bars)
    for note in melody(work):
        counts[work.bar_place(note.onset_ticks)] += 1
    return [at for at, count in enumerate(counts[:-1]) if 1 <= count <= MOST_NOTES_A_BAR]


def cases(material: Material, seed: int, count: int) -> list[Case]:
    """What is planted: `count` of each kind, each from a tune and into music drawn by the seed."""
    works = [one.work for one in material.tunes if len(melody(one.work)) >= LEAST_PLANTED]
    made: list[Case] = []
    for kind, change in WHOLE.items():
        source = random.Random(f"{seed}/{kind}")
        made += [Case(kind, whole(source.choice(works), change, source)) for _ in range(count)]
    for bars, share in QUOTED:
        kind = quote_name(bars, share)
        source = random.Random(f"{seed}/{kind}")
        left = count
        while left:
            host = source.choice(material.unrelated)
            planted = quoted(source.choice(works), host, bars, share, source)
            if planted is not None:
                made.append(Case(kind, planted))
                left -= 1
    return made


@dataclass(frozen=True, slots=True)
class Recall:
    """For one kind: the share found at 1 % and at 0.1 % false positives, and how well placed.

    `placed`: of the found, the share whose bars overlap the planted ones by half on both sides.
    """

    kind: str
    at_1: float
    at_01: float
    placed: float


def thresholds(scores: Sequence[float]) -> tuple[float, float]:
    """The scores that 1 % and 0.1 % of the queries without a plant exceed."""
    ranked = np.sort(np.array(scores))[::-1]
    return tuple(float(ranked[int(len(ranked) * share)]) for share in (0.01, 0.001))  # type: ignore[return-value]  # two of them


def recalls(
    planted: Sequence[Case], answers: Sequence[list[Score]], limits: tuple[float, float]
) -> list[Recall]:
    """Recall by kind, in the order of the cases."""
    found: dict[str, list[tuple[float, bool]]] = {}
    for case, answer in zip(planted, answers, strict=True):
        right = [one for one in answer if one[0] == case.planted.work_id]
        best = max(right, key=lambda one: one[1], default=None)
        found.setdefault(case.kind, []).append(
            (-1.0, False) if best is None else (best[1], _placed(case.planted, best))
        )
    return [
        Recall(
            kind,
            float(np.mean([score > limits[0] for score, _ in outcomes])),
            float(np.mean([score > limits[1] for score, _ in outcomes])),
            float(np.mean([at for score, at in outcomes if score > limits[0]] or [0.0])),
        )
        for kind, outcomes in found.items()
    ]


def _placed(planted: Planted, named: Score) -> bool:
    _, _, work_bars, query_bars = named
    return (
        _overlap(planted.work_bars, work_bars) >= 0.5
        and _overlap(planted.query_bars, query_bars) >= 0.5
    )


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> float:
    """Bars in both over bars in either."""
    common = min(one[1], other[1]) - max(one[0], other[0]) + 1
    either = max(one[1], other[1]) - min(one[0], other[0]) + 1
    return max(common, 0) / max(either, 1)


def mean_average_precision(
    tunes: Sequence[Tune], method: Method, seed: int, most: int
) -> tuple[float, int]:
    """How well a method ranks a tune's family first, over queries drawn, and how many they were.

    Each query is a tune with relatives in the index; the tune itself is left out of the ranking.
    """
    families: dict[str, list[str]] = {}
    for tune in tunes:
        families.setdefault(tune.family, []).append(tune.work.work_id)
    known = [tune for tune in tunes if len(families[tune.family]) > 1]
    source = random.Random(f"{seed}/families")
    queries = source.sample(known, min(most, len(known)))
    total = 0.0
    for query in queries:
        relatives = set(families[query.family]) - {query.work.work_id}
        best: dict[str, float] = {}
        for named, score, _, _ in method(query.work):
            best[named] = max(best.get(named, 0.0), score)
        best.pop(query.work.work_id, None)
        hits = 0
        for rank, named in enumerate(sorted(best, key=lambda one: (-best[one], one)), start=1):
            if named in relatives:
                hits += 1
                total += hits / rank / len(relatives)
    return (total / len(queries) if queries else 0.0), len(queries)
