"""What the synthesisers share: band-limited spectra, a moving filter, envelopes in frames.

Subtractive synthesis: tables without a partial above 19 kHz, detuned unison, and a state-variable
filter (Zavalishin, The Art of VA Filter Design) whose cutoff an envelope moves.
"""

import numpy as np

from clearcue.sound.dsp import SAMPLE_RATE, Signal, harmonics, hertz
from clearcue.sound.kernels import swept_filter


def saw(pitch: float) -> list[Signal]:
    """The row of a saw's harmonics, its uppermost rounded off."""
    k = harmonics(hertz(pitch))
    return [1.0 / k * np.cos(0.5 * np.pi * k / (k.size + 1)) ** 0.5]


def pulse(pitch: float, duty: float = 0.5) -> list[Signal]:
    """The row of a pulse's harmonics."""
    k = harmonics(hertz(pitch))
    return [np.abs(np.sin(np.pi * k * duty)) / k * np.cos(0.5 * np.pi * k / (k.size + 1)) ** 0.5]


def filtered(x: Signal, cutoff_hz: Signal, damping: float) -> Signal:
    """Run (n, 2) through a low-pass whose cutoff moves; `damping` is 1/Q."""
    return swept_filter(x, np.clip(cutoff_hz, 20.0, 20_000.0) / SAMPLE_RATE, damping, 0)


def held_frames(hold: float, release: float) -> tuple[int, int]:
    """The frame at which a note of `hold` seconds is let go, and how many there are in all."""
    held = max(1, round(hold * SAMPLE_RATE))
    return held, held + round(release * SAMPLE_RATE * 1.15)
