"""The critic's word on a score: each measure with the range it should lie in, and what is wrong.

Ranges are those of findings on real melodies where there are such (Wu and Yang 2020 for entropy and
groove; steps, leaps, compass and repetition as measured in cleared works and tune books); the
others are craft. A measure inside its range earns ten points, outside it loses them in proportion;
`weight` says how much it counts. What makes a piece undeliverable is a fault, whatever its points.
"""

from collections.abc import Callable
from dataclasses import dataclass

from clearcue.composer.review import clash, ending, mood, playing, structure, tension, tune
from clearcue.composer.review.reading import Asked, Reading
from clearcue.music.score import Score

FULL = 1000
"""Points of a measure inside its range."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What is measured, where it should lie, and how far outside it earns nothing more."""

    name: str
    unit: str
    low: int
    high: int
    margin: int
    weight: int
    of: Callable[[Reading], int | None]
    worst: int | None = None
    """From this value on (below it for a negative one) a piece is not delivered."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A measure's value in a score and the points that it earns, 0 to `FULL`."""

    name: str
    value: int
    points: int
    weight: int


@dataclass(frozen=True, slots=True)
class Review:
    """What the critic makes of a score: points of a thousand, the findings, and the faults."""

    points: int
    findings: tuple[Finding, ...]
    faults: tuple[str, ...]


def _away_valence(reading: Reading) -> int | None:
    asked = reading.asked.valence
    return None if asked is None else abs(mood.valence(reading) - asked)


def _away_arousal(reading: Reading) -> int | None:
    asked = reading.asked.arousal
    return None if asked is None else abs(mood.arousal(reading) - asked)


_MILLE, _MILLIBIT, _SEMITONES, _POINTS = "thousandths", "millibits", "semitones", "points"
MEASURES = (
    Measure("tune: entropy of a bar", _MILLIBIT, 1400, 2300, 800, 2,
            lambda r: tune.class_entropy(r.tune, 1)),
    Measure("tune: entropy of four bars", _MILLIBIT, 2300, 2900, 800, 2,
            lambda r: tune.class_entropy(r.tune, 4)),
    Measure("tune: groove similarity", _MILLE, 820, 950, 200, 1,
            lambda r: tune.groove(r.tune, r.whole_bars())),
    Measure("tune: repeated rhythms", _MILLE, 400, 850, 300, 2,
            lambda r: tune.repeated_rhythms(r.tune, range(r.last_bar))),
    Measure("tune: steps", _MILLE, 500, 850, 250, 3, lambda r: tune.steps(r.tune)),
    Measure("tune: leaps over an octave", _MILLE, 0, 30, 60, 2,
            lambda r: tune.wide_leaps(r.tune)),
    Measure("tune: hard leaps", _MILLE, 0, 20, 60, 2, lambda r: tune.hard_leaps(r.tune)),
    Measure("tune: compass", _SEMITONES, 12, 20, 6, 2, lambda r: tune.compass(r.tune)),
    Measure("tune: strong tones in the chord", _MILLE, 800, 980, 250, 2, tune.strong_in_chord),
    Measure("tune: breath", _MILLE, 20, 350, 250, 1, tune.breath),
    Measure("form: bars that return", _MILLE, 300, 850, 300, 3, structure.returning_bars),
    Measure("form: the hook comes back", _MILLE, 700, 1000, 500, 3, structure.hook_returns),
    Measure("form: intensity follows the plan", _MILLE, 700, 1000, 700, 3, tension.against_plan),
    Measure("harmony: reach of tension", _POINTS, 6, 18, 6, 2, tension.reach),
    Measure("harmony: fall into the close", _POINTS, 3, 20, 4, 2,
            lambda r: None if r.asked.loops else tension.falls(r)),
    Measure("parts: clashes with the tune", _MILLE, 0, 15, 60, 4,
            lambda r: clash.clashes(r)[0], 150),
    Measure("parts: clashes among the others", _MILLE, 0, 25, 60, 3,
            lambda r: clash.clashes(r)[1], 150),
    Measure("parts: unplayable", _MILLE, 0, 5, 60, 4, playing.unplayable, 120),
    Measure("beat: groove similarity", _MILLE, 780, 970, 150, 1,
            lambda r: tune.groove(r.beat, r.whole_bars())),
    Measure("mood: away in valence", _POINTS, 0, 35, 80, 2, _away_valence),
    Measure("mood: away in arousal", _POINTS, 0, 35, 80, 2, _away_arousal),
    Measure("end: the tune comes home", _POINTS, 2, 2, 2, 3, ending.closes_at_home),
)  # fmt: skip


def review(score: Score, asked: Asked) -> Review:
    """Judge a finished score; see `MEASURES` for what is measured."""
    reading = Reading(score, asked)
    findings, faults = [], []
    for measure in MEASURES:
        value = measure.of(reading)
        if value is None:
            continue
        outside = max(measure.low - value, value - measure.high, 0)
        points = max(FULL - FULL * outside // measure.margin, 0)
        findings.append(Finding(measure.name, value, points, measure.weight))
        if measure.worst is not None and value > measure.worst:
            faults.append(f"{measure.name}: {value} {measure.unit}")
    if count := playing.out_of_range(reading):
        faults.append(f"{count} notes lie outside their instrument's range")
    faults += ending.wrong_end(reading)
    faults += ending.missed_hits(reading)
    if asked.tune and not reading.tune.notes:
        faults.append("there is no tune")
    weights = sum(finding.weight for finding in findings)
    total = sum(finding.weight * finding.points for finding in findings)
    return Review(total // max(weights, 1), tuple(findings), tuple(faults))
