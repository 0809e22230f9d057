"""Small signal tools that the instruments, the mix and the master share.

Conventions: 48 kHz; tones are float64, mono `(n,)` or stereo `(n, 2)` with frames first; what is as
long as the piece is a `Track`, float32 `(n, 2)`; gains in dB where the name says so; times in
seconds. Filter designs follow Bristow-Johnson's Audio EQ
Cookbook and scipy's Butterworth designs.
"""

import math
from functools import cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from clearcue.sound.kernels import run_sections

SAMPLE_RATE = 48_000
Signal = NDArray[np.float64]
Track = NDArray[np.float32]
Bands = tuple[tuple[str, float, float, float], ...]
_Samples = TypeVar("_Samples", Signal, Track)
_LOOP_FRAMES = 2**19


def db(gain_db: float) -> float:
    """Turn decibels into a factor."""
    return float(10.0 ** (gain_db / 20.0))


def hertz(pitch: float) -> float:
    """Frequency of a MIDI note number, A4 = 440 Hz."""
    return float(440.0 * 2.0 ** ((pitch - 69.0) / 12.0))


def curve(velocity: float, exponent: float) -> float:
    """Bend a velocity (0 to 1): an exponent above 1 keeps soft notes softer."""
    return math.pow(velocity, exponent)


def seconds_axis(n: int) -> Signal:
    """Times of n frames."""
    return np.arange(n, dtype=np.float64) / SAMPLE_RATE


def sides(pan: float, balanced: bool = False) -> tuple[float, float]:
    """The gains, left and right, that place a sound at `pan` (-1 left to 1 right), power constant.

    What is stereo already is `balanced`: no side rises by more than 1.6 dB.
    """
    angle = (pan + 1.0) * math.pi / 4.0
    left, right = math.cos(angle) * math.sqrt(2.0), math.sin(angle) * math.sqrt(2.0)
    return (min(left, 1.2), min(right, 1.2)) if balanced else (left, right)


def stereo(x: Signal, pan: float = 0.0) -> Signal:
    """Place a mono signal at `pan` (-1 left to 1 right) with constant power."""
    left, right = sides(pan)
    out = np.empty((x.size, 2))
    np.multiply(x, left, out=out[:, 0])
    np.multiply(x, right, out=out[:, 1])
    return out


@cache
def _butter(kind: str, order: int, low: float, high: float) -> Signal:
    edges = (low, high) if kind == "bandpass" else low
    return np.asarray(signal.butter(order, edges, kind, fs=SAMPLE_RATE, output="sos"))


def _clip(frequency: float) -> float:
    return min(max(frequency, 10.0), 0.48 * SAMPLE_RATE)


def run(sos: Signal, x: _Samples) -> _Samples:
    """Run second-order sections over the frames."""
    wide = np.array(x if x.ndim == 2 else x[:, None], order="C")
    run_sections(wide, sos)
    return wide.reshape(x.shape)


def lowpass(x: _Samples, frequency: float, order: int = 2) -> _Samples:
    """Butterworth low-pass at `frequency` Hz."""
    return run(_butter("lowpass", order, _clip(frequency), 0.0), x)


def highpass(x: _Samples, frequency: float, order: int = 2) -> _Samples:
    """Butterworth high-pass at `frequency` Hz."""
    return run(_butter("highpass", order, _clip(frequency), 0.0), x)


def bandpass(x: _Samples, low: float, high: float, order: int = 1) -> _Samples:
    """Butterworth band-pass from `low` to `high` Hz."""
    low = min(_clip(low), 0.4 * SAMPLE_RATE)
    return run(_butter("bandpass", order, low, max(_clip(high), low * 1.05)), x)


@cache
def biquad(kind: str, frequency: float, gain_db: float, q: float) -> Signal:
    """Design a `peak`, `low` or `high` shelf as one section of shape (1, 6) (Audio EQ Cookbook)."""
    a = 10.0 ** (gain_db / 40.0)
    w = 2.0 * math.pi * frequency / SAMPLE_RATE
    alpha, c = math.sin(w) / (2.0 * q), math.cos(w)
    if kind == "peak":
        b = (1 + alpha * a, -2 * c, 1 - alpha * a)
        d = (1 + alpha / a, -2 * c, 1 - alpha / a)
    else:
        s = 1.0 if kind == "low" else -1.0
        k = 2.0 * math.sqrt(a) * alpha
        b = (
            a * ((a + 1) - s * (a - 1) * c + k),
            s * 2 * a * ((a - 1) - s * (a + 1) * c),
            a * ((a + 1) - s * (a - 1) * c - k),
        )
        d = (
            (a + 1) + s * (a - 1) * c + k,
            -s * 2 * ((a - 1) + s * (a + 1) * c),
            (a + 1) + s * (a - 1) * c - k,
        )
    return np.array([[*(v / d[0] for v in b), 1.0, d[1] / d[0], d[2] / d[0]]])


@cache
def sections(bands: Bands) -> Signal:
    """Design bands of (kind, Hz, dB, q); kinds `hp`, `lp` (12 dB/octave), `peak`, `low`, `high`."""
    rows = [np.empty((0, 6))]
    for kind, frequency, gain_db, q in bands:
        if kind in ("hp", "lp"):
            rows.append(_butter("highpass" if kind == "hp" else "lowpass", 2, frequency, 0.0))
        else:
            rows.append(biquad(kind, frequency, gain_db, q))
    return np.concatenate(rows)


def equalise(x: Track, bands: Bands) -> None:
    """Run bands over a track, in place; see `sections`."""
    run_sections(x, sections(bands))


def envelope(n: int, points: tuple[tuple[float, float], ...]) -> Signal:
    """Draw straight lines through (seconds, value) points; the last value holds."""
    times, values = zip(*points, strict=True)
    return np.asarray(np.interp(seconds_axis(n), times, values))


def decaying(n: int, seconds: float) -> Signal:
    """Fall exponentially by 60 dB in `seconds`."""
    return np.exp(-6.907755 / max(seconds, 1e-3) * seconds_axis(n))


def hold_envelope(n: int, hold: int, attack: float, release: float, curve: float = 1.0) -> Signal:
    """Rise over `attack` seconds (sine-shaped), hold, then fall by 60 dB in `release` seconds.

    `hold` is the frame at which the note is let go; `curve` above 1 starts the rise slower.
    """
    rise = max(1, round(attack * SAMPLE_RATE))
    out = np.ones(n)
    ramp = np.sin(0.5 * np.pi * np.arange(min(rise, n)) / rise) ** (2.0 * curve)
    out[: ramp.size] = ramp
    if hold < n:
        out[hold:] = out[max(hold - 1, 0)] * decaying(n - hold, release)
    return out


def noise(rng: np.random.Generator, n: int) -> Signal:
    """White noise of unit variance."""
    return np.asarray(rng.standard_normal(n))


@cache
def _hiss_loop(bands: tuple[tuple[float, float, float], ...]) -> Signal:
    grain = np.random.Generator(np.random.PCG64(_LOOP_FRAMES)).standard_normal(_LOOP_FRAMES)
    twice = np.concatenate((grain, grain))
    total = np.zeros(_LOOP_FRAMES)
    for low, high, level in bands:
        total += level * bandpass(twice, low, high)[_LOOP_FRAMES:]
    return total


def hiss(rng: np.random.Generator, n: int, *bands: tuple[float, float, float]) -> Signal:
    """Steady noise of n frames in bands of (low Hz, high Hz, level).

    It is read from a loop of 11 s, made once, from a place that `rng` draws.
    """
    start = int(rng.integers(_LOOP_FRAMES))
    return np.take(_hiss_loop(bands), np.arange(start, start + n), mode="wrap")


def burst(rng: np.random.Generator, n: int, low: float, high: float, seconds: float) -> Signal:
    """Noise from `low` to `high` Hz that falls by 60 dB in `seconds`, within n frames.

    `low` 0 leaves out the lower bound, `high` 0 the upper one. Nothing is computed after a fall of
    75 dB.
    """
    count = min(n, round(1.25 * seconds * SAMPLE_RATE) + 1)
    grain = noise(rng, count)
    if low > 0.0 and high > 0.0:
        grain = bandpass(grain, low, high)
    else:
        grain = highpass(grain, low) if low > 0.0 else lowpass(grain, high)
    out = np.zeros(n)
    out[:count] = grain * decaying(count, seconds)
    return out


def table(amplitudes: Signal, phases: Signal | None = None, size: int = 4096) -> Signal:
    """Make a single-cycle table from harmonic amplitudes (the first is the fundamental's).

    Returns size + 1 values, the first repeated at the end.
    """
    spectrum = np.zeros(size // 2 + 1, dtype=np.complex128)
    count = min(amplitudes.size, size // 8)
    turn = np.zeros(count) if phases is None else phases[:count]
    spectrum[1 : count + 1] = amplitudes[:count] * np.exp(1j * turn) * -0.5j * size
    cycle = np.fft.irfft(spectrum, size)
    return np.concatenate((cycle, cycle[:1]))


def harmonics(frequency: float, limit: float = 19_000.0) -> Signal:
    """Numbers of the harmonics of `frequency` below `limit` Hz, from 1."""
    return np.arange(1, max(2, int(limit / frequency) + 1), dtype=np.float64)
