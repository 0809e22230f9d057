"""Pianos: grand, felted upright, worn tape, electric.

The piano is a sum of stretched partials with two decays each (Weinreich 1977: the unison's strings
first move together, then apart), a hammer that is softer when it is slower, and the knock of key
and soundboard. Inharmonicity after Rauhala and Valimaki's fit; the electric piano is two FM pairs
after Chowning: a tine's fundamental and its short bell.
"""

import math

import numpy as np

from clearcue.sound.bank.modal import ring
from clearcue.sound.dsp import (
    SAMPLE_RATE,
    Signal,
    burst,
    curve,
    decaying,
    hertz,
    hold_envelope,
    lowpass,
    seconds_axis,
    stereo,
)


def _stretched(pitch: float, count: int) -> Signal:
    stiffness = math.exp(0.0926 * pitch - 13.64) + math.exp(-0.0847 * pitch - 5.82)
    k = np.arange(1, count + 1, dtype=np.float64)
    return hertz(pitch) * k * np.sqrt((1.0 + stiffness * k * k) / (1.0 + stiffness))


def _strings(
    pitch: float, velocity: float, seconds: float, rng: np.random.Generator, cutoff: float
) -> Signal:
    f0 = hertz(pitch)
    count = int(min(46, max(4, 9000.0 / f0)))
    partials = _stretched(pitch, count)
    k = np.arange(1, count + 1)
    struck = np.abs(np.sin(np.pi * k * 0.121)) * 0.85 + 0.15
    soft = np.exp(-partials / cutoff) / (1.0 + (partials / (2.2 * cutoff)) ** 2)
    radiated = partials / (partials + 75.0) / k**0.35
    levels = struck * soft * radiated * rng.uniform(0.8, 1.2, count)
    slow = 20.0 * 2.0 ** (-(pitch - 21.0) / 25.0) / (1.0 + 0.28 * (partials / 1000.0) ** 1.1)
    fast = slow * 0.48
    detune = 1.0 + rng.normal(0.0, 0.00022, count)
    sound = ring(
        np.concatenate((partials, partials * detune)),
        np.concatenate((fast, slow)),
        np.concatenate((levels, levels * 0.3)),
        seconds,
        rng,
        0.45,
    )
    return sound / math.sqrt(float(np.sum(levels**2)))


def piano(pitch: float, velocity: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Play a grand piano's string; harder is brighter."""
    cutoff = (560.0 + 1500.0 * curve(velocity, 1.7)) * 2.0 ** ((pitch - 60.0) / 110.0)
    sound = _strings(pitch, velocity, seconds, rng, cutoff)
    n = sound.shape[0]
    sound *= hold_envelope(n, n, 0.007 - 0.0045 * velocity, 1.0)[:, None]
    knock = burst(rng, n, 90.0, 700.0, 0.07)
    click = burst(rng, n, 1800.0, 6500.0, 0.03)
    sound += stereo(knock * (0.1 + 0.22 * velocity) + click * 0.05 * curve(velocity, 1.5), 0.0)
    return sound * (0.12 + 0.88 * curve(velocity, 1.5))


def felt_piano(pitch: float, velocity: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Play an upright piano through its felt: dark, close, with the action's noise."""
    cutoff = (300.0 + 560.0 * curve(velocity, 1.5)) * 2.0 ** ((pitch - 60.0) / 60.0)
    sound = _strings(pitch, velocity, seconds, rng, cutoff)
    n = sound.shape[0]
    sound *= (hold_envelope(n, n, 0.009 - 0.004 * velocity, 1.0) * decaying(n, 9.0))[:, None]
    thud = burst(rng, n, 0.0, 380.0, 0.09)
    rustle = burst(rng, n, 900.0, 3200.0, 0.16)
    sound += stereo(thud * 0.55 + rustle * 0.02, float(rng.uniform(-0.3, 0.3)))
    return sound * (0.2 + 0.8 * curve(velocity, 1.3))


def electric_piano(
    pitch: float, velocity: float, seconds: float, rng: np.random.Generator
) -> Signal:
    """Play a tine piano: mellow when soft, with bark when hard."""
    n = max(1, round(seconds * 48_000))
    t = seconds_axis(n)
    w = 2.0 * np.pi * hertz(pitch)
    life = 9.0 * 2.0 ** (-(pitch - 40.0) / 34.0) + 0.8
    index = (0.65 + 1.7 * curve(velocity, 1.6)) * 2.0 ** (-(pitch - 60.0) / 30.0)
    body = np.sin(w * t + index * decaying(n, life * 0.5) * np.sin(w * t + 0.3))
    body += 0.25 * np.sin(
        w * 1.0013 * t + 0.4 * index * decaying(n, life * 0.3) * np.sin(2 * w * t)
    )
    if hertz(pitch) * 14.0 < 19_000.0:
        chime = np.sin(14.0 * w * t + rng.uniform(0.0, 6.0))
        body += (0.03 + 0.13 * curve(velocity, 2)) * chime * decaying(n, 0.35)
    thump = burst(rng, n, 0.0, 500.0, 0.05) * 0.35 * velocity
    shape = decaying(n, life) * hold_envelope(n, n, 0.002, 1.0)
    sweep = 0.22 * np.sin(2.0 * np.pi * 4.6 * t + rng.uniform(0.0, 0.6))
    mono = (body * shape + thump) * (0.15 + 0.6 * curve(velocity, 1.4))
    return np.stack((mono * (1.0 + sweep), mono * (1.0 - sweep)), axis=1)


def lofi_piano(pitch: float, velocity: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Play an upright piano off a worn tape: dull, pressed, its pitch never quite at rest."""
    sound = felt_piano(pitch, 0.25 + 0.75 * velocity, seconds * 1.01 + 0.02, rng)
    n = max(1, round(seconds * SAMPLE_RATE))
    t = seconds_axis(n)
    wow = 2.2e-3 / (2.0 * np.pi * 0.55) * np.sin(2.0 * np.pi * 0.55 * t + rng.uniform(0.0, 6.3))
    flutter = 4e-4 / (2.0 * np.pi * 6.3) * np.sin(2.0 * np.pi * 6.3 * t + rng.uniform(0.0, 6.3))
    at = np.clip((t + wow - wow[0] + flutter - flutter[0]) * SAMPLE_RATE, 0.0, sound.shape[0] - 1)
    frames = np.arange(sound.shape[0])
    worn = np.stack([np.interp(at, frames, side) for side in sound.T], axis=1)
    pressed = np.asarray(np.tanh(0.6 * worn) * (0.4 + 0.6 * velocity))
    return lowpass(pressed, 2200.0 + 2600.0 * velocity)
