"""Entropy, rank correlation and similarity in integers, the same on every machine."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import isqrt

FRACTION_BITS = 16


@lru_cache(maxsize=4096)
def log2_fixed(value: int) -> int:
    """The binary logarithm of a positive integer in units of 2^-16, rounded down."""
    whole = value.bit_length() - 1
    mantissa = (value << 32) >> whole
    result = whole
    for _ in range(FRACTION_BITS):
        mantissa = mantissa * mantissa >> 32
        result <<= 1
        if mantissa >> 33:
            mantissa >>= 1
            result += 1
    return result


def entropy_millibits(counts: Iterable[int]) -> int:
    """Shannon entropy of counts, of which at least one is positive, in thousandths of a bit."""
    found = [count for count in counts if count]
    total = sum(found)
    spread = log2_fixed(total) * total - sum(count * log2_fixed(count) for count in found)
    return 1000 * spread // (total << FRACTION_BITS)


def per_mille(part: int, whole: int) -> int | None:
    """A share in thousandths, None of nothing."""
    return 1000 * part // whole if whole else None


def mean(values: Sequence[int]) -> int | None:
    """The mean rounded down, None of nothing."""
    return sum(values) // len(values) if values else None


def doubled_ranks(values: Sequence[int]) -> list[int]:
    """Twice the rank of each value, equal values sharing theirs."""
    below = {value: sum(other < value for other in values) for value in set(values)}
    equal = {value: values.count(value) for value in below}
    return [2 * below[value] + equal[value] + 1 for value in values]


def rank_correlation(first: Sequence[int], second: Sequence[int]) -> int | None:
    """Spearman's rho in thousandths; None for fewer than three values or where one never varies."""
    if len(first) < 3:
        return None
    ranks = doubled_ranks(first), doubled_ranks(second)
    count = len(first)
    centred = [[count * rank - sum(each) for rank in each] for each in ranks]
    spread = [sum(rank * rank for rank in each) for each in centred]
    if not spread[0] or not spread[1]:
        return None
    together = sum(one * other for one, other in zip(*centred, strict=True))
    return int(together * 1000 // isqrt(spread[0] * spread[1]))
