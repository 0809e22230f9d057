"""Verdicts: the thresholds are where they are said to be, and more evidence never says less."""

from dataclasses import replace

import pytest

from clearcue.originality import verdict
from clearcue.originality.report import CLEAR, NEAR_DUPLICATE, SIMILAR
from clearcue.originality.verdict import Measured

PASSAGE = Measured(bits=0.0, matched=40, verbatim=12, melodic=12, coverage=0.3)


@pytest.mark.parametrize(
    ("bits", "expected"),
    [
        (0.0, CLEAR),
        (verdict.SIMILAR_BITS - 0.1, CLEAR),
        (verdict.SIMILAR_BITS, SIMILAR),
        (verdict.NEAR_BITS - 0.1, SIMILAR),
        (verdict.NEAR_BITS, NEAR_DUPLICATE),
        (10_000.0, NEAR_DUPLICATE),
    ],
)
def test_information_decides(bits: float, expected: str) -> None:
    """A passage's bits lead to the verdict that the thresholds name."""
    assert verdict.verdict(verdict.similarity(replace(PASSAGE, bits=bits))) == expected


def test_long_verbatim_run_asks_for_fewer_bits() -> None:
    """The same bits are near-duplicate when a long run is verbatim."""
    told = replace(PASSAGE, bits=verdict.LONG_RUN_NEAR_BITS)
    assert verdict.verdict(verdict.similarity(told)) == SIMILAR
    run = replace(told, verbatim=verdict.LONG_RUN)
    assert verdict.verdict(verdict.similarity(run)) == NEAR_DUPLICATE


def test_few_notes_are_never_similar() -> None:
    """However rare, a handful of notes is clear, and without a run nothing is near-duplicate."""
    few = replace(PASSAGE, bits=500.0, matched=verdict.LEAST_NOTES - 1)
    assert verdict.verdict(verdict.similarity(few)) == CLEAR
    scattered = replace(PASSAGE, bits=500.0, verbatim=verdict.LEAST_RUN - 1)
    assert verdict.verdict(verdict.similarity(scattered)) == SIMILAR


def test_whole_part_needs_little_information() -> None:
    """A part that lies whole in a work is near-duplicate, unless it tells next to nothing."""
    whole = Measured(verdict.WHOLE_BITS, 40, 40, 40, 1.0)
    assert verdict.similarity(whole) == 1.0
    assert verdict.verdict(verdict.similarity(replace(whole, bits=verdict.WHOLE_BITS - 1))) == CLEAR
    assert verdict.verdict(verdict.similarity(replace(whole, coverage=0.5))) == CLEAR


def test_accompaniment_counts_less() -> None:
    """What two accompaniments share counts a third, for a passage and for a whole part."""
    part = replace(PASSAGE, bits=2 * verdict.NEAR_BITS, accompaniment=True)
    assert verdict.verdict(verdict.similarity(part)) == SIMILAR
    whole = Measured(verdict.NEAR_BITS, 64, 64, 64, 1.0, accompaniment=True)
    assert verdict.verdict(verdict.similarity(whole)) == NEAR_DUPLICATE
    idiom = replace(whole, bits=2 * verdict.WHOLE_BITS)
    assert verdict.verdict(verdict.similarity(idiom)) == CLEAR
    assert verdict.similarity(replace(idiom, accompaniment=False)) == 1.0


def test_similarity_never_falls_with_bits() -> None:
    """More bits never make a passage less similar, and it stays within 0 to 1."""
    values = [verdict.similarity(replace(PASSAGE, bits=bits / 4)) for bits in range(1000)]
    assert values == sorted(values)
    assert (values[0], values[-1]) == (0.0, 1.0)


def test_pieces_together() -> None:
    """Passages that make up a part are near together, but not when one of them is a scrap."""
    piece = Measured(40.0, 20, 20, 20, 0.5)
    assert verdict.similarity_together([piece, piece]) == 1.0
    assert verdict.similarity_together([piece]) == 0.0
    assert verdict.similarity_together([piece, replace(piece, matched=3)]) == 0.0
