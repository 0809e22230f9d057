"""A fixed rule that says in which quadrant of valence and arousal a track lies, from what is heard.

Weights are published ones, fixed before any track was measured with them: the squared semi-partial
correlations of Eerola, Friberg and Bresin 2013 (doi 10.3389/fpsyg.2013.00487, Table 1): for valence
those of happiness (mode .48, tempo .12, register .09), for arousal those against peacefulness
(tempo .15, dynamics .14). Nothing is fitted: the mode cue is 0 between major and minor, the others
are set against the median of all tracks measured, without their labels, and every cue is scaled by
its median absolute deviation.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

VALENCE = {"mode": 0.48, "tempo": 0.12, "register": 0.09}
AROUSAL = {"tempo": 0.15, "dynamics": 0.14}
QUADRANTS = ("bright and lively", "dark and lively", "dark and quiet", "bright and quiet")
"""Valence and arousal: both positive, then round by way of high arousal, low, low."""


def quadrant(valence: float, arousal: float) -> int:
    """The number of the quadrant in `QUADRANTS`; an axis belongs to the positive side."""
    if arousal >= 0:
        return 0 if valence >= 0 else 1
    return 2 if valence < 0 else 3


def rule(cues: Sequence[Mapping[str, float]]) -> list[int]:
    """The quadrant of each track from its cues: mode, tempo, register, dynamics."""
    scaled = {name: _scaled(name, np.array([each[name] for each in cues])) for name in cues[0]}
    valence = sum(weight * scaled[name] for name, weight in VALENCE.items())
    arousal = sum(weight * scaled[name] for name, weight in AROUSAL.items())
    return [quadrant(float(v), float(a)) for v, a in zip(valence, arousal, strict=True)]


def _scaled(name: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
    middle = 0.0 if name == "mode" else float(np.median(values))
    width = float(np.median(np.abs(values - np.median(values)))) or 1.0
    return np.clip((values - middle) / width, -3, 3)
