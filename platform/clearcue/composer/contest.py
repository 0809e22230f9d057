"""The contest: many whole pieces are drawn for one plan, the critic reads each, the best is kept.

Candidates are drawn without working out their sources (`Model.without_sources`), which draws the
same notes; only the kept one is composed with them. What a candidate is refused for, and how the
kept one compares with the others, is kept as the reason for the choice.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from clearcue.composer.errors import CompositionError, RefusedError
from clearcue.composer.review.judgement import Finding, Review, review
from clearcue.composer.review.numbers import mean
from clearcue.composer.review.reading import Asked
from clearcue.music.score import Score

CANDIDATES = 60
"""Pieces drawn for an attempt, of which the critic keeps one."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A measure of the kept piece: its value and points, and the points of all on the average."""

    name: str
    value: int
    points: int
    average: int


@dataclass(frozen=True, slots=True)
class Contest:
    """Why this piece and no other: how many were drawn, which was kept, and what the others lacked.

    Points are of a thousand; `median` and `worst` are those of the pieces that had no fault.
    `faults` counts the candidates that were refused by what was wrong with them.
    """

    candidates: int
    kept: int
    points: int
    median: int
    worst: int
    reasons: tuple[Reason, ...]
    faults: tuple[tuple[str, int], ...]


def hold(draw: Callable[[int], Score], asked: Asked, candidates: int) -> Contest:
    """Draw and review so many candidates and keep the one with most points among the faultless.

    Raises:
        RefusedError: when every candidate has a fault; it names the commonest.
    """
    reviews: dict[int, Review] = {}
    faults: Counter[str] = Counter()
    for number in range(candidates):
        try:
            found = review(draw(number), asked)
        except CompositionError as error:
            faults[str(error)] += 1
            continue
        reviews[number] = found
        faults.update({fault.rpartition(": ")[0] or fault for fault in found.faults})
    sound = {number: found for number, found in reviews.items() if not found.faults}
    if not sound:
        worst = "; ".join(name for name, _ in faults.most_common(2))
        raise RefusedError(f"none of {candidates} candidates was good enough to deliver: {worst}")
    kept = max(sound, key=lambda number: (sound[number].points, -number))
    points = sorted(found.points for found in sound.values())
    return Contest(
        candidates=candidates,
        kept=kept,
        points=sound[kept].points,
        median=points[len(points) // 2],
        worst=points[0],
        reasons=_reasons(sound[kept], list(reviews.values())),
        faults=tuple(sorted(faults.items())),
    )


def _reasons(kept: Review, reviews: Sequence[Review]) -> tuple[Reason, ...]:
    every: dict[str, list[int]] = {}
    for found in reviews:
        for finding in found.findings:
            every.setdefault(finding.name, []).append(finding.points)

    def reason(finding: Finding) -> Reason:
        average = mean(every[finding.name]) or 0
        return Reason(finding.name, finding.value, finding.points, average)

    return tuple(reason(finding) for finding in kept.findings)
