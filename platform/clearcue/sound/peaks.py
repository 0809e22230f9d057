"""The outline of a recording: the lowest and highest sample of each of equal stretches of time.

Conventions: samples are floats of full scale 1.0, shape (frames, channels); an outline has as many
columns as were asked for, each the extremes over all channels, in -1.0 to 1.0. A recording that has
fewer frames than columns gets one column a frame.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Outline:
    """The extremes of each column; `low` and `high` have the same length."""

    low: tuple[float, ...]
    high: tuple[float, ...]


def outline(blocks: Iterable[NDArray[np.float32]], frames: int, columns: int) -> Outline:
    """The outline of a recording that comes in blocks of whatever length.

    Args:
        blocks: arrays of shape (frames of the block, channels), `frames` in all.
        columns: how many stretches of time, at least 1.

    Raises:
        ValueError: when the blocks hold more or fewer frames.
    """
    columns = max(min(columns, frames), 1)
    firsts = -(-np.arange(columns + 1) * frames // columns)  # of each column, and beyond the last
    low = np.full(columns, np.inf, dtype=np.float32)
    high = np.full(columns, -np.inf, dtype=np.float32)
    seen = 0
    for block in blocks:
        start, seen = seen, seen + len(block)
        if seen > frames:
            break
        if start == seen:
            continue
        first, last = np.searchsorted(firsts, (start, seen - 1), side="right") - 1
        starts = np.maximum(firsts[first : last + 1] - start, 0)
        touched = slice(first, last + 1)
        for channel in np.ascontiguousarray(block.T):
            low[touched] = np.minimum(low[touched], np.minimum.reduceat(channel, starts))
            high[touched] = np.maximum(high[touched], np.maximum.reduceat(channel, starts))
    if seen != frames or frames == 0:
        raise ValueError(f"the blocks do not hold {frames} frames")
    return Outline(_rounded(low), _rounded(high))


def _rounded(values: NDArray[np.float32]) -> tuple[float, ...]:
    return tuple(round(float(value), 3) for value in np.clip(values, -1.0, 1.0))
