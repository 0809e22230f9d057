"""The outline of a recording."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from clearcue.sound.peaks import outline


def blocks(samples: NDArray[np.float32], cuts: list[int]) -> list[NDArray[np.float32]]:
    """Samples in pieces, cut at some frames."""
    return [samples[a:b] for a, b in pairwise([0, *cuts, len(samples)])]


def test_a_column_holds_its_extremes() -> None:
    """Each column has the lowest and highest sample of its stretch, over both channels."""
    left = np.array([0.1, -0.2, 0.3, 0.0, -0.5, 0.25], np.float32)
    samples = np.stack([left, -left / 2], axis=1)
    found = outline([samples], 6, 3)
    assert found.low == (-0.2, -0.15, -0.5)
    assert found.high == (0.1, 0.3, 0.25)


def test_blocks_do_not_matter() -> None:
    """However a recording is cut into blocks, its outline is the same."""
    draw = np.random.default_rng(3)
    samples = draw.uniform(-1, 1, (1000, 2)).astype(np.float32)
    whole = outline([samples], 1000, 37)
    for cuts in ([1], [500], [13, 14, 800], list(range(7, 1000, 7))):
        assert outline(blocks(samples, cuts), 1000, 37) == whole


def test_a_short_recording_has_a_column_a_frame() -> None:
    """There are never more columns than frames, and what is beyond full scale is cut."""
    samples = np.array([[0.5], [-2.0]], np.float32)
    found = outline([samples], 2, 400)
    assert (found.low, found.high) == ((0.5, -1.0), (0.5, -1.0))


@pytest.mark.parametrize("frames", [0, 9, 11])
def test_another_length_is_refused(frames: int) -> None:
    """Blocks that hold more or fewer frames than was said are an error."""
    with pytest.raises(ValueError, match="do not hold"):
        outline([np.zeros((10, 1), np.float32)], frames, 4)
