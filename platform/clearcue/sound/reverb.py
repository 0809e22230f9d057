"""Computed rooms: stereo impulse responses of shaped noise, and a tempo-synced echo.

Each response is early reflections followed by Gaussian noise whose bands die away at their own
rates, treble first (Moorer 1979; Jot 1992). The noise comes from fixed seeds: a room is a room,
whatever the piece.
"""

from functools import cache

import numpy as np
from scipy import signal

from clearcue.sound.dsp import (
    SAMPLE_RATE,
    Signal,
    bandpass,
    decaying,
    highpass,
    lowpass,
    seconds_axis,
)

ROOMS = {"room": (0.5, 0.004, 11), "plate": (1.2, 0.012, 23), "hall": (2.1, 0.024, 37)}
"""Each room's 60 dB decay in seconds, its pre-delay in seconds, and its noise's seed."""


@cache
def response(name: str) -> Signal:
    """The impulse response of a room, (n, 2), of unit energy a channel."""
    seconds, delay, seed = ROOMS[name]
    rng = np.random.Generator(np.random.PCG64(seed))
    n = round((seconds * 1.1 + delay) * SAMPLE_RATE)
    out = np.zeros((n, 2))
    for channel in range(2):
        out[:, channel] = _tail(rng, n, seconds) + _early(rng, n, seconds)
    start = round(delay * SAMPLE_RATE)
    out = np.concatenate((np.zeros((start, 2)), out[: n - start]))
    out = highpass(out, 160.0)
    return np.asarray(out / np.sqrt(np.sum(out**2, axis=0)))


def _tail(rng: np.random.Generator, n: int, seconds: float) -> Signal:
    grain = rng.standard_normal(n)
    bands = (
        (lowpass(grain, 350.0), 1.1),
        (bandpass(grain, 350.0, 2000.0, 2), 1.0),
        (bandpass(grain, 2000.0, 6000.0, 2), 0.62),
        (highpass(grain, 6000.0), 0.36),
    )
    tail = sum(band * decaying(n, seconds * factor) for band, factor in bands)
    return np.asarray(tail * (1.0 - np.exp(-seconds_axis(n) / (0.012 * seconds))))


def _early(rng: np.random.Generator, n: int, seconds: float) -> Signal:
    out = np.zeros(n)
    for rank in range(9):
        at = round(SAMPLE_RATE * (0.003 + 0.018 * seconds * rank * rng.uniform(0.6, 1.1)))
        out[at] += (3.5 - 0.3 * rank) * rng.choice((-1.0, 1.0))
    return lowpass(out, 7000.0, 1)


def reverberate(x: Signal, name: str) -> Signal:
    """What a room answers to (n, 2), cut to n frames."""
    wet = np.empty_like(x)
    answer = response(name).astype(np.float32)
    for channel in range(2):
        dry = x[:, channel].astype(np.float32)
        wet[:, channel] = signal.oaconvolve(dry, answer[:, channel])[: x.shape[0]]
    return wet


def echo(x: Signal, seconds: float, feedback: float = 0.38) -> Signal:
    """Repeat (n, 2) from side to side every `seconds`, darker each time; without the dry sound."""
    out = np.zeros_like(x)
    step = max(1, round(seconds * SAMPLE_RATE))
    turn = np.stack((0.5 * (x[:, 0] + x[:, 1]), np.zeros(x.shape[0])), axis=1)
    for repeat in range(1, 5):
        at = step * repeat
        if at >= x.shape[0]:
            break
        turn = bandpass(turn, 250.0, 4500.0)
        sides = turn if repeat % 2 else turn[:, ::-1]
        out[at:] += sides[: x.shape[0] - at] * feedback ** (repeat - 1)
    return out
