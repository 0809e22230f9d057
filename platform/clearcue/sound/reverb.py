"""Computed rooms: stereo impulse responses of shaped noise, and a tempo-synced echo.

Each response is early reflections followed by Gaussian noise whose bands die away at their own
rates, treble first (Moorer 1979; Jot 1992). The noise comes from fixed seeds: a room is a room,
whatever the piece.
"""

import math
from collections.abc import Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from clearcue.sound.dsp import (
    SAMPLE_RATE,
    Signal,
    Track,
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


@cache
def _spectrum(name: str, size: int) -> NDArray[np.complex64]:
    """A room's response in the frequency domain, (2, size // 2 + 1)."""
    padded = np.zeros((2, size), dtype=np.float32)
    answer = response(name)
    padded[:, : answer.shape[0]] = answer.T
    return np.asarray(fft.rfft(padded, axis=1))


def add_rooms(out: Track, sends: Mapping[str, Track]) -> None:
    """Add what the rooms answer to what is sent to each, (n, 2), cut to n frames.

    By overlap and add: the rooms' answers are summed in the frequency domain, so that they share
    the way back. Stretches in which nothing is sent are passed over.
    """
    names = sorted(sends)
    if not names:
        return
    longest = max(response(name).shape[0] for name in names)
    size = 2 ** math.ceil(math.log2(2.2 * longest))
    step = size - longest + 1
    for start in range(0, out.shape[0], step):
        stop = min(start + step, out.shape[0])
        heard = [name for name in names if bool(np.any(sends[name][start:stop]))]
        for channel in range(2):
            total = np.zeros(size // 2 + 1, dtype=np.complex64)
            for name in heard:
                dry = np.ascontiguousarray(sends[name][start:stop, channel])
                total += fft.rfft(dry, size) * _spectrum(name, size)[channel]
            if heard:
                reach = min(start + size, out.shape[0]) - start
                out[start : start + reach, channel] += fft.irfft(total, size)[:reach]


def add_echo(
    out: Track, x: Track, gains: tuple[float, float], seconds: float, feedback: float = 0.38
) -> None:
    """Add repeats of (n, 2), at gains, from side to side every `seconds`, darker each time."""
    step = max(1, round(seconds * SAMPLE_RATE))
    turn = np.float32(0.5 * gains[0]) * x[:, 0]
    turn += np.float32(0.5 * gains[1]) * x[:, 1]
    for repeat in range(1, 5):
        at = step * repeat
        if at >= x.shape[0]:
            break
        turn = bandpass(turn[: x.shape[0] - at], 250.0, 4500.0)
        out[at:, (repeat + 1) % 2] += turn * np.float32(feedback ** (repeat - 1))
