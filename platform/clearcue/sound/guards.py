"""Checks that a finished render must pass before it is handed on.

Conventions: samples are int32 holding 24 bits. A render that fails is an error, never delivered.
The bounds catch defects (a full-scale offset can measure -14 LUFS), not taste.
"""

import math

import numpy as np
from numpy.typing import NDArray

from clearcue.errors import ClearcueError
from clearcue.sound.dsp import SAMPLE_RATE, Signal, Track
from clearcue.sound.level_kernels import all_finite, sums
from clearcue.sound.meter import highest

FULL_SCALE = 2**23
MOST_DC = 1e-3
CREST_DB = (5.0, 30.0)
QUIET_END_DB = -50.0


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
