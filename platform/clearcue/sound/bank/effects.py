"""Effects: risers and swells that lead into a section, falls that leave it, impacts and drops."""

import numpy as np

from clearcue.sound.bank.drums import metal
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
    stereo,
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


def downlifter(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Fall in level, pitch and brightness for as long as it is held."""
    held = max(1, round(hold * SAMPLE_RATE))
    n = held + round(0.2 * SAMPLE_RATE)
    t = seconds_axis(n)
    left = 1.0 - np.clip(t / hold, 0.0, 1.0)
    amp = (0.05 + 0.95 * left**1.4) * envelope(n, ((0.0, 0.0), (0.02, 1.0)))
    amp[held:] *= decaying(n - held, 0.18)
    cutoff = 180.0 * (11_000.0 / 180.0) ** left / SAMPLE_RATE
    wind = np.stack((noise(rng, n), noise(rng, n)), axis=1) * amp[:, None]
    turn = 2.0 * np.pi * np.cumsum(hertz(pitch) * 2.0 ** (2.0 * left)) / SAMPLE_RATE
    tone = stereo(np.sin(turn) * amp * 0.25, 0.0)
    return (0.55 * swept_filter(wind, cutoff, 0.8, 0) + tone) * (0.3 + 0.7 * velocity)


def swell(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Bring a cymbal in backwards: it grows to the end of the note and stops there."""
    held = max(1, round(hold * SAMPLE_RATE))
    struck = metal(380.0 * 2.0 ** ((pitch - 60.0) / 24.0), max(hold, 0.4), 1.0, velocity, rng)
    out = np.zeros((held + round(0.1 * SAMPLE_RATE), 2))
    count = min(held, struck.shape[0])
    out[held - count : held] = struck[:count][::-1]
    out[held - 96 : held] *= np.linspace(1.0, 0.0, min(96, held))[:, None]
    return out * envelope(out.shape[0], ((0.0, 0.0), (0.5 * hold, 0.5), (hold, 1.0)))[:, None]


def sub_drop(pitch: float, velocity: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Drop a sine from the ear's low end to below it."""
    n = max(1, round(seconds * SAMPLE_RATE))
    t = seconds_axis(n)
    start = hertz(pitch) * rng.uniform(0.99, 1.01)
    turn = 2.0 * np.pi * np.cumsum(30.0 + (start - 30.0) * np.exp(-t / 0.55)) / SAMPLE_RATE
    shape = decaying(n, 2.4) * envelope(n, ((0.0, 0.0), (0.006, 1.0)))
    return np.asarray(np.tanh(1.5 * np.sin(turn) * shape) * (0.3 + 0.7 * velocity))
