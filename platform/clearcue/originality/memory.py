"""Memory: what a passage tells beyond what it has itself led to expect.

A figure that goes on, an ostinato, a sequence: each tells something once. See `rarity` for the
style's side of it. Tokens are those of `shingles.tokens`, weights 64ths of a bit.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

MEMORY_VERSION = 1
MEMORY = 256
MEMORY_LEAST = 3
SEQUENCE_LEAST = 6
SEQUENCE_COST = 64

Ints = NDArray[np.int32]


@njit(cache=True)
def contour(token: int) -> int:
    """A token with its interval made coarse: which way, and step, skip, leap or wide leap."""
    interval = (token >> 5) - 64
    size = abs(interval)
    coarse = (size > 0) + (size > 2) + (size > 5) + (size > 9)
    if interval < 0:
        coarse = -coarse
    return (coarse + 4) * 32 + (token & 31)


@njit(cache=True)
def information(tokens: Ints, weights: Ints) -> Ints:
    """64ths of a bit that each token of a passage tells, given the style and the passage so far.

    Where the passage has gone as it goes now before, at most `MEMORY` tokens ago, and then went on
    to this same token, the token is expected with chance n / (n + 1) after n equal tokens, the
    longest such place counting, if it is at least `MEMORY_LEAST`; the style's chance has the rest.
    So it is with a figure that is moved to another chord or step, of which only the contour stays,
    but for `SEQUENCE_LEAST` tokens at least and `SEQUENCE_COST` more. A token costs what the
    cheapest of the three says.

    Args:
        tokens: the passage; weights: what the style alone says of each (see `rarity.Rarity`).
    """
    result = np.empty(len(tokens), dtype=np.int32)
    shapes = np.empty(len(tokens), dtype=np.int32)
    same = np.zeros(MEMORY + 1, dtype=np.int32)
    alike = np.zeros(MEMORY + 1, dtype=np.int32)
    for at in range(len(tokens)):
        shapes[at] = contour(tokens[at])
        longest = longest_alike = 0
        for back in range(1, min(at, MEMORY) + 1):
            if tokens[at] == tokens[at - back]:
                longest = max(longest, same[back])
                same[back] += 1
            else:
                same[back] = 0
            if shapes[at] == shapes[at - back]:
                longest_alike = max(longest_alike, alike[back])
                alike[back] += 1
            else:
                alike[back] = 0
        result[at] = weights[at]
        if longest >= MEMORY_LEAST:
            result[at] = min(result[at], _expected(longest, weights[at]))
        if longest_alike >= SEQUENCE_LEAST:
            cost = _expected(longest_alike, weights[at]) + SEQUENCE_COST
            result[at] = min(result[at], cost)
    return result


@njit(cache=True)
def _expected(seen: int, weight: int) -> int:
    """64ths of a bit of a token that `seen` equal tokens before it announced."""
    chance = (seen + 2.0 ** (-weight / 64.0)) / (seen + 1.0)
    return round(-math.log2(chance) * 64.0)
