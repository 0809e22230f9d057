"""Rarity: how many bits a run of notes tells, given how common its turns are.

Repeated notes, scales, broken chords and ostinati stand in every piece; that two pieces share one
says nothing. So a match is weighed by the bits it would take to write its notes down, knowing the
style and what has just been heard:

- Style: the interval and rhythm of each note are predicted from the two before it by counts over
  an index's works (interpolated, orders 2, 1, 0). A count is scaled by (works - 1) / works, where
  `works` is how many works the turn stands in, so that a turn known from one work alone counts as
  unknown: a work must not make its own passages look common.
- Memory: within the matched passage itself, what came next the last time it went as it does now
  is expected again (`memory.information`), so that a figure is paid for once and its repetitions
  cost little.

Weights are whole 64ths of a bit, so that sums do not depend on the order of adding.

Sources: interpolation after Witten and Bell 1991, doi 10.1109/18.87000; corpus-derived rarity after
Conklin and Bergeron 2008, doi 10.1162/comj.2008.32.1.60.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RARITY_VERSION = 1
UNIT = 64
_CONFIDENCE = 4.0
_TOKEN_SPAN = 1 << 12
_LARGEST = 16 * UNIT

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Counts:
    """Scaled counts of turns of one length: `keys` int64, rising; `counts` float64 beside them.

    A key packs the tokens, the newest lowest. `contexts` and `totals` are the same summed over the
    newest token.
    """

    keys: Longs
    counts: Floats
    contexts: Longs
    totals: Floats


@dataclass(frozen=True, slots=True)
class Rarity:
    """What is common in a body of works: counts of turns of one, two and three tokens.

    `orders` counts tokens, `melodic` the same tokens `without_time`.
    """

    orders: tuple[Counts, ...]
    melodic: tuple[Counts, ...]

    def weights(self, line: Ints) -> Ints:
        """64ths of a bit that each token of a line tells, given the two before it.

        Args:
            line: tokens, int32, shape (n,), as `shingles.tokens` makes them.

        Returns:
            int32, shape (n,), from 0 to 16 bits.
        """
        return _weights(self.orders, line)

    def melodic_weights(self, line: Ints) -> Ints:
        """The same for the intervals alone, whatever their rhythm."""
        return _weights(self.melodic, without_time(line))


_NONE = Counts(*(np.zeros(0, dtype=kind) for kind in ("<i8", "<f8", "<i8", "<f8")))
NOTHING_KNOWN = Rarity((_NONE,) * 3, (_NONE,) * 3)
"""Of no works: every turn is as rare as its interval and rhythm alone make it."""


def without_time(line: Ints) -> Ints:
    """Tokens with every ratio made 0."""
    even: Ints = (line & ~31) | 16
    return even


def _weights(orders: tuple[Counts, ...], line: Ints) -> Ints:
    if not len(line):
        return np.zeros(0, dtype=np.int32)
    chance = _prior(line)
    wide = line.astype(np.int64)
    for order, counts in enumerate(orders):
        if len(line) <= order or not len(counts.keys):
            continue
        keys = _turns(wide, order + 1)
        seen = _look_up(counts.keys, counts.counts, keys)
        total = _look_up(counts.contexts, counts.totals, keys >> 12)
        chance[order:] = (seen + _CONFIDENCE * chance[order:]) / (total + _CONFIDENCE)
    bits = np.rint(-np.log2(chance) * UNIT)
    weights: Ints = np.clip(bits, 0, _LARGEST).astype(np.int32)
    return weights


def learn(lines: Sequence[tuple[int, Ints]]) -> Rarity:
    """Count the turns of some works.

    Args:
        lines: (work, tokens) for every line; `work` numbers the works from 0.
    """
    even = [(work, without_time(line)) for work, line in lines]
    return Rarity(
        tuple(_count(lines, length) for length in (1, 2, 3)),
        tuple(_count(even, length) for length in (1, 2, 3)),
    )


def _count(lines: Sequence[tuple[int, Ints]], length: int) -> Counts:
    turns = [_turns(line.astype(np.int64), length) for _, line in lines]
    owners = [np.full(len(keys), work) for (work, _), keys in zip(lines, turns, strict=True)]
    keys = np.concatenate(turns) if turns else np.zeros(0, dtype=np.int64)
    works = np.concatenate(owners) if owners else np.zeros(0, dtype=np.int64)
    unique, where, count = np.unique(keys, return_inverse=True, return_counts=True)
    pairs = np.unique(np.stack((where.reshape(-1), works), axis=1), axis=0)
    spread = np.bincount(pairs[:, 0], minlength=len(unique)).astype(np.float64)
    scaled = count * (spread - 1.0) / np.maximum(spread, 1.0)
    known = scaled > 0.0
    unique, scaled = unique[known], scaled[known]
    contexts, where = np.unique(unique >> 12, return_inverse=True)
    totals = np.bincount(where.reshape(-1), weights=scaled, minlength=len(contexts))
    return Counts(unique, scaled, contexts, totals.astype(np.float64))


def _turns(line: Longs, length: int) -> Longs:
    """Keys of every run of `length` tokens; shape (n - length + 1,), or none."""
    count = max(len(line) - length + 1, 0)
    keys = np.zeros(count, dtype=np.int64)
    for at in range(length):
        keys = keys * _TOKEN_SPAN + line[at : at + count]
    return keys


def _look_up(keys: Longs, values: Floats, wanted: Longs) -> Floats:
    """The value beside each wanted key, 0 where it is not known."""
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    found: Floats = np.where(keys[at] == wanted, values[at], 0.0)
    return found


def _prior(line: Ints) -> Floats:
    """A chance for every token that needs no counts: small steps and even rhythm are likeliest.

    Intervals fall off by a factor of 0.8 a semitone and ratios by 0.4 a half step, either way; the
    chances of all tokens sum to about one.
    """
    steps = np.abs((line >> 5) - 64)
    ratios = np.abs((line & 31) - 16)
    interval = np.power(0.8, steps) * (0.2 / 1.8)
    ratio = np.power(0.4, ratios) * (0.6 / 1.4)
    result: Floats = np.asarray(interval * ratio, dtype=np.float64)
    return result
