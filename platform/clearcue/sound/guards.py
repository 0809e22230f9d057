"""Checks that a finished render must pass before it is handed on.

Conventions: samples are int32 holding 24 bits. A render that fails is an error, never delivered.
The bounds catch defects (a full-scale offset can measure -14 LUFS), not taste.
"""

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from clearcue.errors import ClearcueError
from clearcue.sound.dsp import SAMPLE_RATE, Signal, Track
from clearcue.sound.level_kernels import all_finite, sharpest, sums
from clearcue.sound.meter import highest, low_correlation, side_to_mid_db

FULL_SCALE = 2**23
MOST_DC = 1e-3
CREST_DB = (5.0, 30.0)
QUIET_END_DB = -50.0
LEAST_LOW_CORRELATION = 0.5
MOST_LOST_IN_MONO_DB = 3.0
_LOW_HZ = 120.0
_SEAM_FRAMES, _AROUND_FRAMES = 48, 2400
_SHARPER = 6.0
_INAUDIBLE = 2.0**13


class RenderError(ClearcueError):
    """A render failed one of its checks."""


def check_finite(x: Signal | Track, what: str) -> None:
    """Refuse a signal with a value that is no number or infinite.

    Raises:
        RenderError: when there is one.
    """
    if not all_finite(x):
        raise RenderError(f"The sound of {what} is not finite; report this track's seed.")


def check_mix(mix: NDArray[np.int32], frames: int) -> None:
    """Refuse a master that is clipped, silent, offset, implausible in crest or cut off at its end.

    Raises:
        RenderError: naming the first check that failed.
    """
    if mix.shape != (frames, 2):
        raise RenderError(f"The mix has shape {mix.shape}, not {(frames, 2)}.")
    peak = highest(mix) / FULL_SCALE
    if peak >= 1.0 - 1.0 / FULL_SCALE:
        raise RenderError("The mix is clipped; report this track's seed.")
    left, right, squares = sums(mix)
    rms = math.sqrt(squares / mix.size) / FULL_SCALE
    if rms < 1e-4:
        raise RenderError("The mix is silent; report this track's seed.")
    if max(abs(left), abs(right)) / frames / FULL_SCALE > MOST_DC:
        raise RenderError("The mix has an offset; report this track's seed.")
    crest = 20.0 * math.log10(peak / rms)
    if not CREST_DB[0] < crest < CREST_DB[1]:
        raise RenderError(f"The mix's crest is {crest:.1f} dB; report this track's seed.")
    tail = mix[-round(0.05 * SAMPLE_RATE) :] / FULL_SCALE
    if math.sqrt(float(np.mean(tail**2))) > 10.0 ** (QUIET_END_DB / 20.0):
        raise RenderError("The music does not die away inside its length; report this seed.")


def check_fold_down(mix: NDArray[np.int32]) -> None:
    """Refuse a master that loses its power, or its low end, where it is played in mono.

    Raises:
        RenderError: naming which of the two it is.
    """
    lost = 10.0 * math.log10(1.0 + 10.0 ** (side_to_mid_db(mix) / 10.0))
    if lost > MOST_LOST_IN_MONO_DB:
        raise RenderError(f"The mix loses {lost:.1f} dB in mono; report this track's seed.")
    correlation = low_correlation(mix, _LOW_HZ)
    if correlation < LEAST_LOW_CORRELATION:
        raise RenderError(
            f"Left and right are out of phase below {_LOW_HZ:.0f} Hz (correlation "
            f"{correlation:.2f}); report this track's seed."
        )


def check_seams(mix: NDArray[np.int32], frames: Iterable[int]) -> None:
    """Refuse a master that clicks where its sections meet.

    A click bends the waveform within a millisecond of the seam six times as sharply as anything
    does in the 50 ms around it; a stroke on the beat goes on as it began.

    Raises:
        RenderError: naming the second of the first click.
    """
    for seam in frames:
        near = sharpest(mix, seam - _SEAM_FRAMES, seam + _SEAM_FRAMES)
        before = sharpest(mix, seam - _AROUND_FRAMES, seam - _SEAM_FRAMES)
        after = sharpest(mix, seam + _SEAM_FRAMES, seam + _AROUND_FRAMES)
        if near > _SHARPER * max(before, after, _INAUDIBLE):
            raise RenderError(
                f"The mix clicks at {seam / SAMPLE_RATE:.2f} s; report this track's seed."
            )
