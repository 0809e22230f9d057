"""Pads: tones that fill the space behind, held long and slow to move."""

import numpy as np

from clearcue.sound.bank.ensemble import Players, play
from clearcue.sound.bank.subtractive import filtered, held_frames, saw
from clearcue.sound.dsp import (
    Signal,
    curve,
    harmonics,
    hertz,
    hiss,
    hold_envelope,
    seconds_axis,
    stereo,
)

PAD = Players(6, 10.0, 0.9, 3.0, 0.35, 0.0)
GLASS = Players(5, 6.0, 0.95, 4.0, 0.6, 0.0)
DARK = Players(5, 12.0, 0.85, 4.0, 0.27, 0.0)
MACHINE_STRINGS = Players(6, 11.0, 0.95, 5.0, 0.8, 0.0)
CHOIR = Players(7, 12.0, 0.95, 8.0, 4.6, 0.4)
_VOWEL = ((520.0, 160.0, 1.0), (1050.0, 190.0, 0.55), (2600.0, 350.0, 0.16))


def warm_pad(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Hold a slow, dark, wide pad."""
    held, n = held_frames(hold, 1.1)
    amp = hold_envelope(n, held, min(0.45 - 0.2 * velocity, 0.5 * hold + 0.03), 1.1)
    t = seconds_axis(n)
    sway = 1.0 + 0.25 * np.sin(2.0 * np.pi * 0.13 * t + rng.uniform(0.0, 6.3))
    opened = 1.0 - 0.5 * np.exp(-t / 0.8)
    sound = play(pitch, saw(pitch), np.zeros(n), amp, PAD, rng)
    cutoff = (450.0 + 1900.0 * velocity) * sway * opened * 2.0 ** ((pitch - 60.0) / 36.0)
    return filtered(sound, cutoff, 1.3) * (0.3 + 0.7 * velocity)


def glass_pad(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Hold a bright, airy pad of sparse partials."""
    held, n = held_frames(hold, 1.4)
    amp = hold_envelope(n, held, min(0.3 - 0.12 * velocity, 0.5 * hold + 0.03), 1.4)
    low = np.zeros(16)
    low[[0, 1, 2, 4]] = (1.0, 0.3, 0.22, 0.06)
    high = low.copy()
    high[[3, 5, 8, 11, 15]] = (0.22, 0.24, 0.14, 0.09, 0.06)
    top = int(19_000.0 / hertz(pitch))
    t = seconds_axis(n)
    bright = (0.35 + 0.65 * velocity) * (
        0.65 + 0.3 * np.sin(2.0 * np.pi * 0.21 * t + rng.uniform(0.0, 6.3))
    )
    sound = play(pitch, [low[:top], high[:top]], bright, amp, GLASS, rng)
    air = hiss(rng, n, (3000.0, 9000.0, 1.0)) * amp * 0.012
    return (sound + stereo(air, 0.0)) * (0.3 + 0.6 * velocity)


def dark_pad(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Hold a low, shadowed pad with a slow beat and a breath of noise."""
    held, n = held_frames(hold, 1.5)
    amp = hold_envelope(n, held, min(0.7 - 0.3 * velocity, 0.5 * hold + 0.03), 1.5)
    t = seconds_axis(n)
    sway = 1.0 + 0.35 * np.sin(2.0 * np.pi * 0.09 * t + rng.uniform(0.0, 6.3))
    sound = play(pitch, saw(pitch), np.zeros(n), amp, DARK, rng)
    sub = np.sin(2.0 * np.pi * hertz(pitch) * t) * amp * 0.35
    cutoff = (260.0 + 1000.0 * velocity) * sway * 2.0 ** ((pitch - 60.0) / 30.0)
    wind = hiss(rng, n, (200.0, 1200.0, 1.0)) * amp * 0.05
    return (filtered(sound, cutoff, 0.9) + stereo(sub + wind, 0.0)) * (0.3 + 0.7 * velocity)


def synth_strings(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Hold the strings of a machine: saws through an ensemble's slow chorus."""
    held, n = held_frames(hold, 0.7)
    amp = hold_envelope(n, held, min(0.22 - 0.14 * velocity, 0.5 * hold + 0.02), 0.7)
    sound = play(pitch, saw(pitch), np.zeros(n), amp, MACHINE_STRINGS, rng)
    cutoff = np.full(n, (1600.0 + 4200.0 * velocity) * 2.0 ** ((pitch - 60.0) / 40.0))
    return filtered(sound, cutoff, 1.3) * (0.3 + 0.65 * velocity)


def choir_pad(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Hold a cloud of voices that never take breath: formants over a pad's slow swell."""
    held, n = held_frames(hold, 1.3)
    amp = hold_envelope(n, held, min(0.55 - 0.25 * velocity, 0.5 * hold + 0.03), 1.3)
    f0 = hertz(pitch)
    k = harmonics(f0, 9_000.0)
    voiced = np.full(k.size, 0.012)
    for centre, width, level in _VOWEL:
        voiced += level / (1.0 + ((k * f0 - centre) / width) ** 2)
    rows = [voiced / k**0.7 / (1.0 + (k * f0 / edge) ** 2) for edge in (1100.0, 4500.0)]
    bright = np.full(n, 0.15 + 0.75 * curve(velocity, 1.2))
    unit = [row / np.sqrt(np.sum(row**2)) for row in rows]
    sound = play(pitch, unit, bright, amp, CHOIR, rng, 10.0)
    air = hiss(rng, n, (1800.0, 6500.0, 1.0)) * amp * 0.025
    return (sound + stereo(air, 0.0)) * (0.25 + 0.6 * velocity)
