"""The contest: many pieces are sketched for one plan, the critic reads each, the best is kept.

A sketch is a tune over its chords and bass. The sketches that the critic likes best are arranged in
full and judged again, as whole pieces; where all of them have faults, the next are. Candidates are
drawn without working out their sources (`Model.without_sources`), which draws the same notes; only
the kept one is composed with them. What candidates are refused for, and how the kept one compares
with the others, is kept as the reason for the choice.
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
"""Pieces sketched for an attempt, of which one is kept."""
ARRANGED = 8
"""Of so many, the best sketches, the arrangement is written and judged."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A measure of the kept piece: value and points, and the average of all arranged ones."""

    name: str
    value: int
    points: int
    average: int


@dataclass(frozen=True, slots=True)
class Contest:
    """Why this piece and no other: how many were drawn, which was kept, and what others lacked.

    Points are of a thousand. `arranged` of the `candidates` were judged in full; `median` and
    `worst` are the points of those that had no fault; `sketches` the median of the sketches'.
    `faults` counts what was wrong with candidates, by what it was.
    """

    candidates: int
    arranged: int
    kept: int
    points: int
    median: int
    worst: int
    sketches: int
    reasons: tuple[Reason, ...]
    faults: tuple[tuple[str, int], ...]


def hold(
    sketch: Callable[[int], Score], draw: Callable[[int], Score], asked: Asked, candidates: int
) -> Contest:
    """Layout so many candidates, arrange the best, and keep the best of those without a fault.

    Raises:
        RefusedError: when every candidate has a fault; it names the commonest.
    """
    faults: Counter[str] = Counter()
    sketched = _reviewed(sketch, asked, range(candidates), faults)
    order = sorted(
        sketched, key=lambda number: (-_sound(sketched[number]), -sketched[number].points, number)
    )
    reviews: dict[int, Review] = {}
    for start in range(0, len(order), ARRANGED):
        reviews |= _reviewed(draw, asked, order[start : start + ARRANGED], faults)
        if any(_sound(found) for found in reviews.values()):
            break
    sound = {number: found for number, found in reviews.items() if _sound(found)}
    if not sound:
        worst = "; ".join(name for name, _ in faults.most_common(2))
        raise RefusedError(f"none of {candidates} candidates was good enough to deliver: {worst}")
    kept = max(sound, key=lambda number: (sound[number].points, -number))
    points = sorted(found.points for found in sound.values())
    before = sorted(found.points for found in sketched.values())
    return Contest(
        candidates=candidates,
        arranged=len(reviews),
        kept=kept,
        points=sound[kept].points,
        median=points[len(points) // 2],
        worst=points[0],
        sketches=before[len(before) // 2],
        reasons=_reasons(sound[kept], list(reviews.values())),
        faults=tuple(sorted(faults.items())),
    )


def _sound(found: Review) -> bool:
    return not found.faults


def _reviewed(
    draw: Callable[[int], Score], asked: Asked, numbers: Sequence[int], faults: Counter[str]
) -> dict[int, Review]:
    """The critic's word on each of these candidates; what is wrong with them is counted."""
    reviews: dict[int, Review] = {}
    for number in numbers:
        try:
            found = review(draw(number), asked)
        except CompositionError as error:
            faults[str(error)] += 1
            continue
        reviews[number] = found
        faults.update({fault.rpartition(": ")[0] or fault for fault in found.faults})
    return reviews


def _reasons(kept: Review, reviews: Sequence[Review]) -> tuple[Reason, ...]:
    every: dict[str, list[int]] = {}
    for found in reviews:
        for finding in found.findings:
            every.setdefault(finding.name, []).append(finding.points)

    def reason(finding: Finding) -> Reason:
        average = mean(every[finding.name]) or 0
        return Reason(finding.name, finding.value, finding.points, average)

    return tuple(reason(finding) for finding in kept.findings)
