"""Verdicts: from aligned notes to `clear`, `similar` or `near-duplicate`.

Three ways lead to a verdict, and the nearest counts.

- By information: the matched notes tell at least so many bits (see `rarity`); fewer are asked
  when a long run is verbatim. Idiom tells little however long it is; a turn of phrase that few
  share tells much.
- As a whole: nearly all of a part lies in one passage of a work, `WHOLE_NOTES` or more of it
  without one other pitch. Then little information is enough, for hardly a note of the part is its
  own.
- Together: passages of one voice of a work make up nearly all of a part.

Where both parts are known to accompany (ours: harmony, arpeggio, pad, bass), what they tell
counts `ACCOMPANIMENT_SHARE` by the first two ways: a groove over a progression is a choice among
few, and two tracks may share one, be it for a whole short part.

`similarity` runs from 0 to 1 and says the same on one scale: `SIMILAR_AT` and `NEAR_AT` are where
the verdicts change. The thresholds were measured; see docs/adr/0004-originality-method.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from clearcue.originality.report import CLEAR, DECIMALS, NEAR_DUPLICATE, SIMILAR

VERDICT_VERSION = 2
SIMILAR_BITS = 50.0
NEAR_BITS = 88.0
LONG_RUN = 24
LONG_RUN_NEAR_BITS = 64.0
LEAST_NOTES = 16
LEAST_RUN = 8
WHOLE_NOTES = 24
WHOLE_COVERAGE = 0.9
WHOLE_BITS = 24.0
ACCOMPANIMENT_SHARE = 1 / 3

SIMILAR_AT = 0.5
NEAR_AT = 0.8
JUST_BELOW = 0.01


@dataclass(frozen=True, slots=True)
class Measured:
    """An alignment in figures.

    `bits` told; notes `matched`; the longest runs without an edit, `verbatim` in pitch and time and
    `melodic` in pitch; `coverage`, the share of the part's notes that match; `accompaniment` when
    both parts are known to accompany.
    """

    bits: float
    matched: int
    verbatim: int
    melodic: int
    coverage: float
    accompaniment: bool = False


def similarity(measured: Measured) -> float:
    """How near a passage is, from 0 to 1; `NEAR_AT` and `SIMILAR_AT` are the verdicts' limits."""
    near = LONG_RUN_NEAR_BITS if measured.verbatim >= LONG_RUN else NEAR_BITS
    share = ACCOMPANIMENT_SHARE if measured.accompaniment else 1.0
    by_bits = _scale(measured.bits * share, near)
    if measured.matched < LEAST_NOTES:
        by_bits = min(by_bits, SIMILAR_AT - JUST_BELOW)
    if measured.verbatim < LEAST_RUN:
        by_bits = min(by_bits, NEAR_AT - JUST_BELOW)
    if (
        measured.melodic >= WHOLE_NOTES
        and measured.coverage >= WHOLE_COVERAGE
        and measured.bits * share >= WHOLE_BITS
    ):
        return max(by_bits, measured.coverage)
    return by_bits


def similarity_together(passages: Sequence[Measured]) -> float:
    """How near passages of one voice of a work are together: 0, or the share of the part in them.

    They must not overlap in the query. Each must hold `LEAST_NOTES` notes, together they must be
    nearly all of the part and tell `LONG_RUN_NEAR_BITS`: a piece in another order, or with its
    repeats written out.
    """
    coverage = sum(passage.coverage for passage in passages)
    told = sum(passage.bits for passage in passages)
    enough = all(passage.matched >= LEAST_NOTES for passage in passages)
    if enough and coverage >= WHOLE_COVERAGE and told >= LONG_RUN_NEAR_BITS:
        return min(coverage, 1.0)
    return 0.0


def verdict(value: float) -> str:
    """The verdict that a similarity stands for."""
    if value >= NEAR_AT:
        return NEAR_DUPLICATE
    return SIMILAR if value >= SIMILAR_AT else CLEAR


def _scale(bits: float, near: float) -> float:
    """Bits on the scale of similarity: straight lines through the thresholds, 1 at twice `near`."""
    points = ((0.0, 0.0), (SIMILAR_BITS, SIMILAR_AT), (near, NEAR_AT), (2.0 * near, 1.0))
    for (low, value), (high, other) in pairwise(points):
        if bits < high:
            return value + (other - value) * (bits - low) / (high - low)
    return 1.0


def thresholds() -> dict[str, int | float]:
    """All of this by name, for the report's method."""
    return {
        "verdict_version": VERDICT_VERSION,
        "similar_bits": SIMILAR_BITS,
        "near_bits": NEAR_BITS,
        "long_run": LONG_RUN,
        "long_run_near_bits": LONG_RUN_NEAR_BITS,
        "least_notes": LEAST_NOTES,
        "least_run": LEAST_RUN,
        "whole_notes": WHOLE_NOTES,
        "whole_coverage": WHOLE_COVERAGE,
        "whole_bits": WHOLE_BITS,
        "accompaniment_share": round(ACCOMPANIMENT_SHARE, DECIMALS),
    }
