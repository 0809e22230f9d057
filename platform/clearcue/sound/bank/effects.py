"""Effects: a riser that leads into a section and an impact that opens it."""

import numpy as np

from clearcue.sound.bank.ensemble import Players, play
from clearcue.sound.bank.modal import ring
from clearcue.sound.dsp import (
    SAMPLE_RATE,
    Signal,
    decaying,
    envelope,
    harmonics,
    hertz,
    lowpass,
    noise,
    seconds_axis,
)
from clearcue.sound.kernels import swept_filter

_WIDE = Players(5, 18.0, 0.9)


def riser(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Rise in level, pitch and brightness for as long as it is held, then stop."""
    held = max(1, round(hold * SAMPLE_RATE))
    n = held + round(0.12 * SAMPLE_RATE)
    t = seconds_axis(n)
    grown = np.clip(t / hold, 0.0, 1.0)
    amp = grown**1.8 * np.where(np.arange(n) < held, 1.0, 0.0)
    amp[held:] = decaying(n - held, 0.1)
    cutoff = 250.0 * (9000.0 / 250.0) ** grown
    wind = np.stack((noise(rng, n), noise(rng, n)), axis=1) * amp[:, None]
    wind = swept_filter(wind, cutoff / SAMPLE_RATE, 0.8, 1)
    k = harmonics(hertz(pitch + 12.0), 12_000.0)
    tone = play(pitch, [1.0 / k, 1.0 / k], np.zeros(n), amp, _WIDE, rng, 1200.0 * min(1.0, hold))
    tone = swept_filter(tone, cutoff / SAMPLE_RATE, 1.2, 0)
    return (0.5 * wind + 0.25 * tone) * (0.3 + 0.7 * velocity)


def impact(pitch: float, velocity: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Hit low and large: a falling boom, a broken plate, a long dark tail."""
    n = max(1, round(seconds * SAMPLE_RATE))
    t = seconds_axis(n)
    turn = 2.0 * np.pi * np.cumsum(38.0 + 55.0 * np.exp(-t / 0.06)) / SAMPLE_RATE
    boom = np.sin(turn) * decaying(n, 1.9) * envelope(n, ((0.0, 0.0), (0.003, 1.0)))
    crack = np.stack((noise(rng, n), noise(rng, n)), axis=1)
    tail = lowpass(crack, 700.0) * decaying(n, 1.6)[:, None] * 0.8
    snap = lowpass(crack, 5200.0) * decaying(n, 0.16)[:, None] * 0.35
    plate = ring(
        90.0 * np.sort(rng.uniform(1.0, 14.0, 28)),
        rng.uniform(0.4, 1.8, 28),
        np.linspace(0.12, 0.02, 28),
        seconds,
        rng,
        0.8,
    )
    return (0.9 * boom[:, None] + tail + snap + plate) * (0.25 + 0.75 * velocity)
