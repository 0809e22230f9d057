"""Plucked strings: guitars, harp, pizzicato and the plucked basses.

Extended Karplus-Strong after Jaffe and Smith (1983) and Karjalainen, Valimaki and Tolonen (1998):
two slightly mistuned loops for the string's two planes of motion, a pluck shaped by where and how
hard it is made, a loss that grows with pitch and frequency. The body follows on the part's bus.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.signal import resample_poly

from clearcue.sound.dsp import (
    SAMPLE_RATE,
    Signal,
    burst,
    curve,
    hertz,
    highpass,
    hold_envelope,
    lowpass,
    noise,
    stereo,
)
from clearcue.sound.kernels import string_loop


@dataclass(frozen=True, slots=True)
class Pluck:
    """How a string is plucked and how it rings.

    `position` is the plucking point as a fraction of the string; `soft_hz` and `hard_hz` are the
    low-pass of the pluck at velocities 0 and 1; `ring_seconds` the 60 dB decay at middle C, which
    halves every `halves` semitones; `damping` the loop's treble loss; `round` is how many times the
    fundamental the pluck's own roll-off of 6 dB an octave begins at (a wide, soft finger is low);
    `rough` the share of noise in the pluck; `split` the mistuning of the two planes.
    """

    position: float
    soft_hz: float
    hard_hz: float
    ring_seconds: float
    halves: float
    damping: float
    round: float
    rough: float = 0.35
    split: float = 0.0006


STEEL = Pluck(0.15, 2600.0, 9500.0, 7.6, 30.0, 0.1, 2.6, 0.3)
NYLON = Pluck(0.2, 1300.0, 5200.0, 4.2, 34.0, 0.22, 1.5, 0.25)
MUTED = Pluck(0.12, 900.0, 3600.0, 0.7, 30.0, 0.5, 1.2, 0.4)
ELECTRIC = Pluck(0.2, 1000.0, 8000.0, 5.4, 34.0, 0.12, 3.0, 0.2, 0.0003)
HARP = Pluck(0.38, 1300.0, 4600.0, 3.6, 26.0, 0.28, 0.8, 0.12)
PIZZICATO = Pluck(0.3, 800.0, 2400.0, 1.0, 40.0, 0.4, 0.6, 0.2)
UPRIGHT = Pluck(0.27, 420.0, 1500.0, 2.4, 30.0, 0.42, 0.6, 0.15)
UKULELE = Pluck(0.3, 1100.0, 4800.0, 1.2, 26.0, 0.34, 1.2, 0.25)
BANJO = Pluck(0.09, 2200.0, 9500.0, 1.1, 30.0, 0.16, 3.0, 0.3, 0.0004)
MANDOLIN = Pluck(0.13, 1800.0, 8500.0, 2.0, 30.0, 0.17, 2.0, 0.3, 0.0022)
OVERDRIVEN = Pluck(0.16, 1400.0, 5200.0, 7.0, 40.0, 0.12, 3.0, 0.2, 0.0003)
HARPSICHORD = Pluck(0.11, 6000.0, 9000.0, 3.2, 26.0, 0.12, 4.0, 0.15, 0.0005)
CLAVINET = Pluck(0.08, 1600.0, 8000.0, 2.2, 34.0, 0.16, 3.0, 0.2, 0.0002)
PICKED_BASS = Pluck(0.13, 1400.0, 5200.0, 3.6, 30.0, 0.24, 2.4, 0.2)
ELECTRIC_BASS = Pluck(0.2, 600.0, 2800.0, 4.2, 30.0, 0.3, 1.2, 0.15)


def pluck(
    how: Pluck, pitch: float, velocity: float, seconds: float, rng: np.random.Generator
) -> Signal:
    """Pluck one string, mono, at unit scale times the velocity's level."""
    n = max(1, round(seconds * SAMPLE_RATE))
    f0 = hertz(pitch)
    period = SAMPLE_RATE / (f0 * (1.0 + rng.normal(0.0, 0.0004)))
    size = max(4, round(period))
    kick = np.zeros(size * 2)
    kick[:size] = how.rough * noise(rng, size)
    kick[0] += (1.0 - how.rough) * math.sqrt(size)
    cutoff = how.soft_hz * (how.hard_hz / how.soft_hz) ** velocity
    kick = lowpass(
        lowpass(kick, cutoff * 2.0 ** ((pitch - 60.0) / 48.0), 1),
        how.round * (0.65 + 0.7 * velocity) * f0,
        1,
    )
    lag = max(1, round(size * how.position * rng.uniform(0.9, 1.1)))
    kick[lag:] -= 0.9 * kick[:-lag].copy()
    kick *= np.minimum(1.0, np.arange(kick.size)[::-1] / (0.3 * size))
    life = how.ring_seconds * 2.0 ** (-(pitch - 60.0) / how.halves)
    out = np.zeros(n)
    for share, stretch, length in ((0.65, 1.0, 0.62), (0.35, 1.0 + how.split, 1.25)):
        gain = 10.0 ** (-3.0 * period / SAMPLE_RATE / (life * length))
        out += share * string_loop(kick, n, period * stretch, gain, how.damping)
    level = math.sqrt(float(np.sum(kick**2)) / size) + 1e-9
    return highpass(out, max(25.0, 0.5 * f0), 1) / level * (0.05 + 0.45 * curve(velocity, 1.3))


def _touch(rng: np.random.Generator, n: int, low: float, high: float, seconds: float) -> Signal:
    return burst(rng, n, low, high, seconds)


def acoustic_guitar(
    pitch: float, velocity: float, seconds: float, rng: np.random.Generator
) -> Signal:
    """Pluck a steel string with a plectrum."""
    sound = pluck(STEEL, pitch, velocity, seconds, rng)
    return sound + 0.12 * velocity * _touch(rng, sound.size, 2200.0, 7500.0, 0.02)


def nylon_guitar(pitch: float, velocity: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Pluck a nylon string with the finger."""
    sound = pluck(NYLON, pitch, velocity, seconds, rng)
    return sound + 0.06 * velocity * _touch(rng, sound.size, 500.0, 2500.0, 0.03)


def muted_guitar(pitch: float, velocity: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Pick an electric string damped by the palm."""
    sound = pluck(MUTED, pitch, velocity, seconds, rng)
    thud = burst(rng, sound.size, 0.0, 300.0, 0.06) * 0.5
    return np.asarray(np.tanh(1.6 * (sound + thud * velocity)))


def electric_guitar(
    pitch: float, velocity: float, seconds: float, rng: np.random.Generator
) -> Signal:
    """Pick an electric string through a clean amplifier."""
    sound = pluck(ELECTRIC, pitch, velocity, seconds, rng)
    return np.asarray(np.tanh((0.5 + 1.2 * velocity) * sound))


def harp(pitch: float, velocity: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Pluck a harp's string near its middle."""
    sound = pluck(HARP, pitch, velocity, seconds, rng)
    return sound + 0.04 * velocity * _touch(rng, sound.size, 300.0, 1600.0, 0.04)


def pizzicato(pitch: float, velocity: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Pluck with four players, not quite together."""
    n = max(1, round(seconds * SAMPLE_RATE))
    out = np.zeros((n, 2))
    for pan in (-0.5, -0.15, 0.2, 0.5):
        tuned = pitch + float(rng.normal(0.0, 0.05))
        late = int(rng.uniform(0.0, 0.011) * SAMPLE_RATE)
        one = pluck(PIZZICATO, tuned, velocity, seconds, rng)
        one = one + 0.25 * velocity * _touch(rng, n, 150.0, 900.0, 0.05)
        out[late:] += stereo(one, pan)[: n - late] * 0.4 if late < n else 0.0
    return out


def upright_bass(pitch: float, velocity: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Pluck a double bass with the side of the finger."""
    sound = pluck(UPRIGHT, pitch, velocity, seconds, rng)
    n = sound.size
    growl = 0.25 * _touch(rng, n, 60.0, 260.0, 0.09) + 0.03 * _touch(rng, n, 700.0, 2200.0, 0.03)
    return (sound + growl * velocity) * hold_envelope(n, n, 0.004, 1.0)


def electric_bass(
    pitch: float, velocity: float, seconds: float, rng: np.random.Generator
) -> Signal:
    """Pluck an electric bass with the finger, lightly compressed by its amplifier."""
    sound = pluck(ELECTRIC_BASS, pitch, velocity, seconds, rng)
    sound = sound + 0.05 * velocity * _touch(rng, sound.size, 900.0, 3000.0, 0.02)
    return np.asarray(np.tanh(1.5 * sound) / 1.3)


def picked_bass(pitch: float, velocity: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Pick an electric bass near its bridge."""
    sound = pluck(PICKED_BASS, pitch, velocity, seconds, rng)
    sound = sound + 0.14 * velocity * _touch(rng, sound.size, 1500.0, 5000.0, 0.015)
    return np.asarray(np.tanh(1.8 * sound) / 1.4)


def ukulele(pitch: float, velocity: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Pluck a short nylon string over a small body."""
    sound = pluck(UKULELE, pitch, velocity, seconds, rng)
    return sound + 0.1 * velocity * _touch(rng, sound.size, 700.0, 3200.0, 0.025)


def banjo(pitch: float, velocity: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Pick a steel string over a taut skin."""
    sound = pluck(BANJO, pitch, velocity, seconds, rng)
    return sound + 0.2 * velocity * _touch(rng, sound.size, 500.0, 3500.0, 0.04)


def mandolin(pitch: float, velocity: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Pick a pair of steel strings that beat slowly."""
    sound = pluck(MANDOLIN, pitch, velocity, seconds, rng)
    return sound + 0.12 * velocity * _touch(rng, sound.size, 2000.0, 7000.0, 0.018)


def harpsichord(pitch: float, velocity: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Pluck a string and its octave by quills: touch changes little but the noise."""
    low = pluck(HARPSICHORD, pitch, 0.55 + 0.25 * velocity, seconds, rng)
    high = pluck(HARPSICHORD, pitch + 12.0, 0.5 + 0.4 * velocity, seconds, rng)
    jack = _touch(rng, low.size, 800.0, 4500.0, 0.03) * (0.06 + 0.12 * velocity)
    return (low + (0.25 + 0.3 * velocity) * high + jack) * (0.55 + 0.45 * velocity)


def clavinet(pitch: float, velocity: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Strike a string onto an anvil, heard by a pickup."""
    sound = pluck(CLAVINET, pitch, velocity, seconds, rng)
    knock = _touch(rng, sound.size, 300.0, 2500.0, 0.02) * 0.2 * velocity
    return np.asarray(np.tanh((0.8 + 1.4 * velocity) * (sound + knock)))


def overdriven_guitar(
    pitch: float, velocity: float, seconds: float, rng: np.random.Generator
) -> Signal:
    """Pick a string through an amplifier driven hard: it sings on while the string dies away.

    The stage clips unevenly, as a tube does, at twice the rate, so that it does not alias.
    """
    string = pluck(OVERDRIVEN, pitch, velocity, seconds, rng)
    n = string.size
    picked = highpass(string + 0.1 * velocity * _touch(rng, n, 1200.0, 5000.0, 0.02), 120.0, 1)
    driven = (7.0 + 16.0 * velocity) * np.asarray(resample_poly(picked, 2, 1))
    clipped = np.tanh(driven + 0.25) - math.tanh(0.25)
    sound = np.asarray(resample_poly(lowpass(clipped, 9000.0), 1, 2))[:n]
    return highpass(sound, 60.0, 1) * (0.3 + 0.3 * velocity)
