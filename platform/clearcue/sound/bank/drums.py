"""Drums and percussion, by General MIDI percussion key.

Membranes: the modes of a circular membrane (ratios 1, 1.593, 2.136, 2.296, 2.653, 2.918, 3.156;
Fletcher and Rossing, chapter 18) with a pitch that falls after a hard stroke; snares and shakers:
shaped noise; cymbals: many inharmonic partials under noise that opens late; the electronic kit
after the classic analogue circuits (a swept sine, six square oscillators, filtered noise).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from clearcue.sound.bank.modal import ring
from clearcue.sound.dsp import (
    SAMPLE_RATE,
    Signal,
    bandpass,
    burst,
    curve,
    decaying,
    envelope,
    highpass,
    lowpass,
    noise,
    seconds_axis,
    stereo,
)

Stroke = Callable[[float, np.random.Generator], Signal]
Hit = Callable[[int, float, np.random.Generator], Signal]

MEMBRANE = np.array([1.0, 1.593, 2.136, 2.296, 2.653, 2.918, 3.156, 3.6, 4.06])


WASH = (
    (900.0, 2600.0, 0.003, 0.6, 0.1),
    (2600.0, 5600.0, 0.01, 0.7, 0.3),
    (5600.0, 10_000.0, 0.03, 0.55, 0.5),
    (10_000.0, 15_500.0, 0.045, 0.34, 0.42),
)
"""A cymbal's noise: each band's edges in Hz, the seconds in which it opens, its decay as a share of
the cymbal's, its level."""


@dataclass(frozen=True, slots=True)
class Drum:
    """A membrane: Hz of its lowest mode, seconds it rings, how far a stroke bends it up, noise."""

    frequency: float
    seconds: float
    bend: float = 0.25
    skin: float = 0.3
    bright: float = 0.5


def _n(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE)


def swept(start: float, end: float, fall: float, n: int) -> Signal:
    """Draw a sine whose frequency falls from `start` to `end` Hz with time constant `fall`."""
    t = seconds_axis(n)
    return np.asarray(
        np.sin(2.0 * np.pi * (end * t + (start - end) * fall * (1.0 - np.exp(-t / fall))))
    )


def membrane(drum: Drum, v: float, rng: np.random.Generator) -> Signal:
    """Strike a membrane, as (n, 2)."""
    n = _n(drum.seconds * 1.4 + 0.05)
    ratios = MEMBRANE[1:]
    levels = np.asarray((0.1 + drum.bright * v) / np.arange(2.0, 10.0) ** (1.6 - 0.6 * v))
    decays = drum.seconds * 0.55 / ratios**0.9
    upper = ring(
        drum.frequency * ratios * rng.uniform(0.99, 1.01, 8),
        decays,
        levels,
        n / SAMPLE_RATE,
        rng,
        0.5,
    )
    bend = drum.bend * v
    low = swept(drum.frequency * (1.0 + bend), drum.frequency, 0.05, n) * decaying(n, drum.seconds)
    hit = burst(rng, n, 200.0, 2500.0 + 4000.0 * v, 0.04) * drum.skin
    onset = envelope(n, ((0.0, 0.0), (0.0012, 1.0)))
    return (upper + stereo((low + hit * (0.4 + v)) * onset, 0.0)) * curve(v, 1.3)


def kick(v: float, rng: np.random.Generator) -> Signal:
    """Tread an acoustic bass drum: beater, shell, air."""
    n = _n(0.5)
    body = swept(120.0 + 60.0 * v, 52.0, 0.026, n) * decaying(n, 0.42)
    knock = swept(420.0, 160.0, 0.006, n) * decaying(n, 0.045) * 0.5
    click = burst(rng, n, 1800.0, 6500.0, 0.018) * (0.12 + 0.35 * v)
    air = burst(rng, n, 0.0, 160.0, 0.2) * 0.5
    return stereo(np.tanh(1.5 * (body + knock) + click + air) * curve(v, 1.2), 0.0)


def snare(v: float, rng: np.random.Generator) -> Signal:
    """Strike an acoustic snare drum: head, wires, stick."""
    n = _n(0.42)
    head = ring(
        np.array([186.0, 296.0, 331.0, 452.0, 566.0]) * rng.uniform(0.99, 1.01),
        np.array([0.16, 0.13, 0.12, 0.09, 0.07]),
        np.array([0.8, 0.45, 0.4, 0.25, 0.2]),
        n / SAMPLE_RATE,
        rng,
        0.2,
    )
    wires = np.stack((noise(rng, n), noise(rng, n)), axis=1) * 0.5 + noise(rng, n)[:, None]
    wires = highpass(lowpass(wires, 6000.0 + 6000.0 * v), 1100.0)
    rattle = (decaying(n, 0.13) + 0.45 * decaying(n, 0.34)) * (0.3 + 0.35 * v)
    stick = burst(rng, n, 700.0, 5000.0, 0.014) * 0.9 * v
    return (0.75 * head + wires * rattle[:, None] + stereo(stick, 0.0)) * curve(v, 1.4)


def side_stick(v: float, rng: np.random.Generator) -> Signal:
    """Lay the stick across the rim."""
    tone = ring(
        np.array([430.0, 1080.0, 1720.0, 2450.0]),
        np.array([0.05, 0.06, 0.05, 0.03]),
        np.array([0.5, 1.0, 0.8, 0.4]),
        0.16,
        rng,
        0.2,
    )
    tick = burst(rng, tone.shape[0], 1500.0, 7000.0, 0.012)
    return (tone + stereo(tick * 0.5, 0.0)) * curve(v, 1.2)


def clap(v: float, rng: np.random.Generator) -> Signal:
    """Clap with several hands, not quite together."""
    n = _n(0.4)
    out = np.zeros((n, 2))
    for late in (0.0, 0.009, 0.019, 0.028):
        at = _n(late + float(rng.uniform(0.0, 0.003)))
        length = 0.28 if late > 0.025 else 0.028
        hand = burst(rng, n - at, 800.0, 2600.0, length)
        out[at:] += stereo(hand, float(rng.uniform(-0.5, 0.5))) * (1.0 if length < 0.1 else 0.8)
    return out * 1.6 * curve(v, 1.2)


def metal(
    frequency: float, seconds: float, bright: float, v: float, rng: np.random.Generator
) -> Signal:
    """Strike a cymbal: a hundred inharmonic modes under noise that climbs and dies from the top.

    A hard stroke drives energy up the spectrum within tens of milliseconds (Chaigne, Touze and
    Thomas 2005): each band of the wash opens later than the one below it, and falls sooner.
    """
    n = _n(seconds * 1.1 + 0.03)
    count = 112
    place = np.sort(rng.uniform(0.0, 1.0, count))
    frequencies = frequency * (11_000.0 / frequency) ** place
    decays = seconds * (0.95 - 0.6 * place**0.8) * rng.uniform(0.5, 1.0, count)
    levels = 0.13 * rng.uniform(0.2, 1.0, count) * (0.5 + 0.5 * place ** (1.0 - 0.6 * v))
    sound = ring(frequencies, decays, levels, n / SAMPLE_RATE, rng, 0.8)
    t = seconds_axis(n)
    for low, high, rise, share, level in WASH:
        hiss = np.stack((noise(rng, n), noise(rng, n)), axis=1)
        open_ = decaying(n, seconds * share) * (1.0 - 0.75 * np.exp(-t / (rise * (1.4 - v))))
        gain = level * (bright * (0.45 + 0.75 * v) if low > 5000.0 else 1.0)
        sound += bandpass(hiss, low, high) * (gain * open_)[:, None]
    tick = burst(rng, n, 2500.0, 9000.0, 0.012) * 0.5
    return (sound + stereo(tick, 0.0)) * curve(v, 1.2)


def hat(seconds: float, v: float, rng: np.random.Generator) -> Signal:
    """Strike a hi-hat that rings for `seconds`."""
    return highpass(metal(900.0, seconds, 1.6, v, rng), 4200.0)


def shaker(seconds: float, v: float, rng: np.random.Generator, low: float = 3600.0) -> Signal:
    """Shake beads: noise that swells and falls, made of many small knocks (Cook 1997)."""
    n = _n(seconds)
    beads = noise(rng, n) * (rng.uniform(0.0, 1.0, n) < 0.25)
    shape = envelope(n, ((0.0, 0.0), (0.3 * seconds, 1.0), (0.45 * seconds, 0.5), (seconds, 0.0)))
    bright = min(5500.0 + 11_000.0 * v, 11_000.0)
    return stereo(bandpass(beads, low, bright) * shape**1.5 * 2.2, 0.0) * curve(v, 1.2)


def tambourine(v: float, rng: np.random.Generator) -> Signal:
    """Strike a tambourine: jingles over a small head."""
    n = _n(0.34)
    jingles = ring(
        rng.uniform(4200.0, 11_500.0, 22),
        rng.uniform(0.08, 0.3, 22),
        np.full(22, 0.16),
        n / SAMPLE_RATE,
        rng,
        0.7,
    )
    beads = highpass(noise(rng, n) * (rng.uniform(0.0, 1.0, n) < 0.3), 5200.0) * decaying(n, 0.2)
    thud = burst(rng, n, 300.0, 900.0, 0.04) * 0.3
    return (jingles + stereo(beads * 0.8 + thud, 0.0)) * curve(v, 1.2)


def triangle(open_: bool, v: float, rng: np.random.Generator) -> Signal:
    """Strike a triangle, open or held."""
    seconds = 1.9 if open_ else 0.16
    frequencies = np.array([1150.0, 2380.0, 3790.0, 5230.0, 6710.0, 8420.0, 10_300.0, 12_800.0])
    decays = seconds * np.linspace(1.0, 0.5, 8)
    levels = np.array([0.15, 0.3, 0.7, 0.9, 0.8, 0.6, 0.4, 0.25])
    return ring(frequencies, decays, levels, seconds * 1.1, rng, 0.3) * curve(v, 1.2) * 0.6


def block(frequency: float, v: float, rng: np.random.Generator) -> Signal:
    """Strike a wood block, a clave or a bell of that pitch."""
    ratios = np.array([1.0, 1.52, 2.74, 3.9])
    levels = np.array([1.0, 0.35, 0.2, 0.1])
    return ring(frequency * ratios, 0.12 / ratios, levels, 0.2, rng, 0.2) * curve(v, 1.2)


def taiko(v: float, rng: np.random.Generator) -> Signal:
    """Strike a large, low drum with a heavy stick."""
    big = membrane(Drum(58.0, 1.1, 0.35, 0.5, 0.7), v, rng)
    n = big.shape[0]
    boom = swept(95.0, 46.0, 0.05, n) * decaying(n, 0.9) * curve(v, 1.2)
    wood = burst(rng, n, 1200.0, 4000.0, 0.02) * 0.35 * v
    return np.asarray(np.tanh(0.8 * big + stereo(boom * 0.7 + wood, 0.0)))


def brush(seconds: float, v: float, rng: np.random.Generator) -> Signal:
    """Sweep or tap a brush on a snare's head."""
    n = _n(seconds)
    wire = bandpass(noise(rng, n), 1500.0, 8000.0)
    shape = envelope(n, ((0.0, 0.0), (0.006 + 0.2 * seconds * (1.0 - v), 1.0), (seconds, 0.0)))
    head = ring(np.array([190.0, 310.0]), np.array([0.12, 0.1]), np.array([0.4, 0.2]), seconds, rng)
    return (stereo(wire * shape**2 * 0.6, 0.0) + head * v) * curve(v, 1.1)


def electronic_kick(v: float, rng: np.random.Generator) -> Signal:
    """Sweep a sine down, long and deep, with a click."""
    n = _n(0.62)
    body = (
        swept(230.0, 47.0, 0.032, n) * decaying(n, 0.62) * envelope(n, ((0.0, 0.0), (0.0008, 1.0)))
    )
    click = burst(rng, n, 2500.0, 0.0, 0.008) * 0.3
    return stereo(np.tanh(2.0 * body) + click, 0.0) * v


def electronic_snare(v: float, rng: np.random.Generator) -> Signal:
    """Two short sines and a burst of noise."""
    n = _n(0.3)
    tone = swept(330.0, 178.0, 0.012, n) * decaying(n, 0.16) + 0.5 * swept(
        480.0, 331.0, 0.01, n
    ) * decaying(n, 0.1)
    hiss = np.stack((noise(rng, n), noise(rng, n)), axis=1) * 0.4 + 0.6 * noise(rng, n)[:, None]
    hiss = highpass(lowpass(hiss, 11_000.0), 1500.0) * decaying(n, 0.24)[:, None]
    return (stereo(tone * 0.8, 0.0) + hiss * 0.75) * curve(v, 1.2)


def electronic_hat(seconds: float, v: float, rng: np.random.Generator) -> Signal:
    """Six square waves out of tune, high-passed."""
    n = _n(seconds * 1.05 + 0.01)
    t = seconds_axis(n)
    rates = np.array([263.0, 400.0, 421.0, 474.0, 587.0, 845.0]) * 1.52
    squares = np.zeros(n)
    for rate in rates:
        squares += np.tanh(6.0 * np.sin(2.0 * np.pi * rate * t + rng.uniform(0.0, 6.3)))
    sound = highpass(squares * 0.25 + noise(rng, n) * 0.6, 7000.0, 4) * decaying(n, seconds)
    return stereo(sound, 0.0) * v


PLACES = {
    37: 0.1, 39: -0.1, 41: 0.45, 42: -0.35, 43: 0.3, 44: -0.35, 45: 0.15, 46: -0.35, 47: -0.05,
    48: -0.2, 49: -0.5, 50: -0.35, 51: 0.45, 52: 0.5, 53: 0.45, 54: 0.4, 55: 0.3, 57: 0.5,
    59: 0.5, 60: -0.3, 61: -0.4, 62: 0.3, 63: 0.35, 64: 0.4, 69: 0.4, 70: 0.5, 75: -0.3, 76: 0.3,
    77: 0.4, 80: 0.35, 81: 0.35,
}  # fmt: skip
"""Where each key stands, -1 left to 1 right, as the audience sees the kit."""

TOMS = {41: 74.0, 43: 88.0, 45: 104.0, 47: 124.0, 48: 148.0, 50: 176.0}
TIMPANI = {41: 65.4, 43: 73.4, 45: 82.4, 47: 98.0, 48: 110.0, 50: 130.8}


def common(key: int, v: float, rng: np.random.Generator) -> Signal:
    """Strike what every kit shares: cymbals, hands, metal, wood; a shaker for unknown keys."""
    strokes: dict[int, Stroke] = {
        37: side_stick,
        39: clap,
        42: lambda v, r: hat(0.15, v, r),
        44: lambda v, r: hat(0.1, v * 0.7, r),
        46: lambda v, r: hat(1.5, v, r),
        49: lambda v, r: metal(340.0, 4.6, 1.0, v, r),
        51: lambda v, r: (
            metal(520.0, 3.0, 1.1, v, r) * 0.5 + _pad(block(2100.0, v, r), 3.33) * 0.22
        ),
        52: lambda v, r: metal(280.0, 2.6, 0.8, v, r),
        53: lambda v, r: block(1900.0, v, r) + _pad(metal(700.0, 0.2, 1.0, v, r), 0.2) * 0.2,
        54: tambourine,
        55: lambda v, r: metal(640.0, 1.3, 1.3, v, r),
        56: lambda v, r: block(560.0, v, r),
        57: lambda v, r: metal(390.0, 3.8, 1.1, v, r),
        59: lambda v, r: metal(480.0, 2.6, 1.0, v, r) * 0.55,
        69: lambda v, r: shaker(0.11, v, r, 5200.0),
        70: lambda v, r: shaker(0.09, v, r),
        75: lambda v, r: block(2450.0, v, r),
        76: lambda v, r: block(1250.0, v, r),
        77: lambda v, r: block(900.0, v, r),
        80: lambda v, r: triangle(False, v, r),
        81: lambda v, r: triangle(True, v, r),
    }
    if 60 <= key <= 66:
        return membrane(Drum(370.0 - 32.0 * (key - 60), 0.24, 0.1, 0.6, 0.6), v, rng)
    stroke = strokes.get(key)
    return stroke(v, rng) if stroke else shaker(0.1, v, rng)


def _pad(x: Signal, seconds: float) -> Signal:
    out = np.zeros((_n(seconds), 2))
    count = min(out.shape[0], x.shape[0])
    out[:count] = x[:count]
    return out


def acoustic_kit(key: int, v: float, rng: np.random.Generator) -> Signal:
    """Play an acoustic drum kit."""
    if key in (35, 36):
        return kick(v, rng)
    if key in (38, 40):
        return snare(v, rng)
    if key in TOMS:
        return membrane(Drum(TOMS[key], 0.55, 0.3, 0.4, 0.55), v, rng)
    return common(key, v, rng)


def brush_kit(key: int, v: float, rng: np.random.Generator) -> Signal:
    """Play a kit with brushes."""
    if key in (35, 36):
        return lowpass(kick(v * 0.8, rng), 900.0)
    if key == 38:
        return brush(0.16, v, rng)
    if key == 40:
        return brush(0.4, v * 0.8, rng)
    if key in TOMS:
        return membrane(Drum(TOMS[key], 0.4, 0.15, 0.5, 0.3), v * 0.8, rng)
    return common(key, v * 0.8, rng)


def electronic_kit(key: int, v: float, rng: np.random.Generator) -> Signal:
    """Play an analogue-style drum machine."""
    if key in (35, 36):
        return electronic_kick(v, rng)
    if key in (38, 40):
        return electronic_snare(v, rng)
    if key in (42, 44):
        return electronic_hat(0.07, v, rng)
    if key == 46:
        return electronic_hat(0.4, v, rng)
    if key in TOMS:
        n = _n(0.5)
        return stereo(swept(TOMS[key] * 2.0, TOMS[key] * 1.05, 0.04, n) * decaying(n, 0.5), 0.0) * v
    return common(key, v, rng)


def orchestral_percussion(key: int, v: float, rng: np.random.Generator) -> Signal:
    """Play concert percussion: taikos, timpani, field drum, cymbals."""
    if key in (35, 36):
        return taiko(v, rng)
    if key in (38, 40):
        return membrane(Drum(150.0, 0.3, 0.1, 0.6, 0.6), v, rng) + 0.6 * _pad(snare(v, rng), 0.47)
    if key in TIMPANI:
        return membrane(Drum(TIMPANI[key], 1.6, 0.05, 0.15, 0.5), v, rng)
    return common(key, v, rng)


def shaker_kit(key: int, v: float, rng: np.random.Generator) -> Signal:
    """Play hand percussion: everything light, the drums as a cajon."""
    if key in (35, 36):
        return membrane(Drum(84.0, 0.22, 0.15, 0.5, 0.4), v, rng)
    if key in (38, 40):
        return 0.6 * _pad(snare(v * 0.7, rng), 0.4) + _pad(block(420.0, v * 0.5, rng), 0.4)
    if key in (42, 44):
        return shaker(0.08, v, rng, 4600.0)
    if key == 46:
        return shaker(0.16, v, rng, 4000.0)
    return common(key, v, rng)
