"""Decaying sinusoids: what struck strings, bars, shells and plates have in common.

Conventions: frequencies in Hz, decays as the seconds in which a mode falls by 60 dB. Sources:
Fletcher and Rossing, The Physics of Musical Instruments (1998); Bilbao, Numerical Sound Synthesis.
"""

import numpy as np

from clearcue.sound.dsp import SAMPLE_RATE, Signal
from clearcue.sound.kernels import modal_bank

_INAUDIBLE_DB = 86.0


def ring(
    frequencies: Signal,
    decays: Signal,
    levels: Signal,
    seconds: float,
    rng: np.random.Generator,
    spread: float = 0.0,
) -> Signal:
    """Sum modes that start together, as (n, 2) frames.

    `spread` (0 to 1) scatters the modes over the stereo field. Modes above 21 kHz are left out;
    each mode is computed only while it can be heard. Phases start near a sine's, so that the onset
    has no step.
    """
    keep = (frequencies < 21_000.0) & (frequencies > 5.0) & (levels > 0.0)
    frequencies, decays, levels = frequencies[keep], decays[keep], levels[keep]
    n = max(1, round(seconds * SAMPLE_RATE))
    if frequencies.size == 0:
        return np.zeros((n, 2))
    pans = spread * rng.uniform(-1.0, 1.0, frequencies.size)
    phase = -0.5 * np.pi + rng.uniform(-0.25, 0.25, frequencies.size)
    above = 20.0 * np.log10(levels / levels.max()) + _INAUDIBLE_DB
    frames = np.clip(above, 0.0, None) / 60.0 * decays * SAMPLE_RATE + 1.0
    order = np.argsort(-frames, kind="stable")
    lacking = -order.size % 4
    if lacking:
        order = np.append(order, np.repeat(order[-1], lacking))
        levels = levels.copy()
        levels[order[-1]] /= 1 + lacking
    return modal_bank(
        2.0 * np.pi * frequencies[order] / SAMPLE_RATE,
        6.907755 / (decays[order] * SAMPLE_RATE),
        phase[order],
        (levels * (1.0 - pans * (pans > 0)))[order],
        (levels * (1.0 + pans * (pans < 0)))[order],
        frames[order],
        n,
    )
