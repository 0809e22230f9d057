"""Synthesisers: pads, leads, plucks, supersaw, and the electronic basses.

Subtractive synthesis: band-limited tables, detuned unison (the supersaw after Szabo 2010), and a
state-variable filter that moves with an envelope.
"""

import numpy as np

from clearcue.sound.bank.ensemble import Players, play
from clearcue.sound.dsp import (
    SAMPLE_RATE,
    Signal,
    curve,
    decaying,
    envelope,
    harmonics,
    hertz,
    highpass,
    hiss,
    hold_envelope,
    seconds_axis,
    stereo,
)
from clearcue.sound.kernels import swept_filter

PAD = Players(6, 10.0, 0.9, 3.0, 0.35, 0.0)
GLASS = Players(5, 6.0, 0.95, 4.0, 0.6, 0.0)
LEAD = Players(2, 5.0, 0.25, 11.0, 5.6, 0.3)
PLUCK = Players(3, 8.0, 0.7)
ARP = Players(2, 4.0, 0.5)
SUPERSAW = Players(7, 22.0, 0.95)
MONO = Players(2, 4.0, 0.0)


def _saw(pitch: float) -> list[Signal]:
    k = harmonics(hertz(pitch))
    level = 1.0 / k * np.cos(0.5 * np.pi * k / (k.size + 1)) ** 0.5
    return [level]


def _pulse(pitch: float, duty: float = 0.5) -> list[Signal]:
    k = harmonics(hertz(pitch))
    level = np.abs(np.sin(np.pi * k * duty)) / k * np.cos(0.5 * np.pi * k / (k.size + 1)) ** 0.5
    return [level]


def _filtered(x: Signal, cutoff_hz: Signal, damping: float) -> Signal:
    return swept_filter(x, np.clip(cutoff_hz, 20.0, 20_000.0) / SAMPLE_RATE, damping, 0)


def _frames(hold: float, release: float) -> tuple[int, int]:
    held = max(1, round(hold * SAMPLE_RATE))
    return held, held + round(release * SAMPLE_RATE * 1.15)


def warm_pad(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Hold a slow, dark, wide pad."""
    held, n = _frames(hold, 1.1)
    amp = hold_envelope(n, held, min(0.45 - 0.2 * velocity, 0.5 * hold + 0.03), 1.1)
    t = seconds_axis(n)
    sway = 1.0 + 0.25 * np.sin(2.0 * np.pi * 0.13 * t + rng.uniform(0.0, 6.3))
    opened = 1.0 - 0.5 * np.exp(-t / 0.8)
    sound = play(pitch, _saw(pitch), np.zeros(n), amp, PAD, rng)
    cutoff = (450.0 + 1900.0 * velocity) * sway * opened * 2.0 ** ((pitch - 60.0) / 36.0)
    return _filtered(sound, cutoff, 1.3) * (0.3 + 0.7 * velocity)


def glass_pad(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Hold a bright, airy pad of sparse partials."""
    held, n = _frames(hold, 1.4)
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


def lead(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Sing with saw and pulse through an opening filter; vibrato comes in late."""
    held, n = _frames(hold, 0.18)
    amp = hold_envelope(n, held, 0.012, 0.18)
    t = seconds_axis(n)
    sound = play(pitch, _saw(pitch), np.zeros(n), amp, LEAD, rng, 20.0)
    sound += 0.6 * play(pitch, _pulse(pitch, 0.4), np.zeros(n), amp, LEAD, rng, 20.0)
    cutoff = hertz(pitch) * 1.5 + (900.0 + 4200.0 * curve(velocity, 1.4)) * (
        0.45 + 0.55 * np.exp(-t / 0.3)
    )
    return _filtered(sound, cutoff, 0.9) * (0.25 + 0.6 * velocity)


def pluck(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Snap a filter shut over three saws."""
    n = max(1, round(hold * SAMPLE_RATE))
    t = seconds_axis(n)
    amp = decaying(n, 1.5) * hold_envelope(n, n, 0.002, 1.0)
    sound = play(pitch, _saw(pitch), np.zeros(n), amp, PLUCK, rng)
    cutoff = hertz(pitch) + (1200.0 + 7000.0 * curve(velocity, 1.5)) * np.exp(
        -t / (0.05 + 0.08 * velocity)
    )
    return _filtered(sound, cutoff, 0.75) * (0.25 + 0.7 * velocity)


def arp(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Tick with a soft pulse, shorter and rounder than the pluck."""
    n = max(1, round(hold * SAMPLE_RATE))
    t = seconds_axis(n)
    amp = decaying(n, 0.75) * hold_envelope(n, n, 0.003, 1.0)
    sound = play(pitch, _pulse(pitch, 0.3), np.zeros(n), amp, ARP, rng)
    cutoff = hertz(pitch) * 1.2 + (600.0 + 3600.0 * curve(velocity, 1.5)) * np.exp(-t / 0.11)
    return _filtered(sound, cutoff, 0.8) * (0.25 + 0.7 * velocity)


def supersaw(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Stack seven saws wide."""
    held, n = _frames(hold, 0.35)
    amp = hold_envelope(n, held, 0.02, 0.35)
    t = seconds_axis(n)
    sound = play(pitch, _saw(pitch), np.zeros(n), amp, SUPERSAW, rng)
    sound = highpass(sound, 0.8 * hertz(pitch))
    cutoff = 1500.0 + (2000.0 + 9000.0 * velocity) * (0.6 + 0.4 * np.exp(-t / 0.5))
    return _filtered(sound, cutoff, 1.2) * (0.3 + 0.6 * velocity)


def synth_bass(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Growl with two saws over a sine, the filter closing after the onset."""
    held, n = _frames(hold, 0.09)
    amp = hold_envelope(n, held, 0.004, 0.09)
    t = seconds_axis(n)
    sound = play(pitch, _saw(pitch), np.zeros(n), amp, MONO, rng)
    cutoff = (
        140.0
        + hertz(pitch)
        + (500.0 + 2600.0 * curve(velocity, 1.5)) * (0.2 + 0.8 * np.exp(-t / 0.16))
    )
    sound = np.tanh(1.2 * _filtered(sound, cutoff, 0.8))
    sub = np.sin(2.0 * np.pi * hertz(pitch) * t) * amp * 0.55
    return np.asarray((sound * 0.8 + sub[:, None]) * (0.4 + 0.6 * velocity))


def sub_bass(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Hold a sine with a touch of drive, so that small speakers hear it."""
    held, n = _frames(hold, 0.12)
    t = seconds_axis(n)
    amp = hold_envelope(n, held, 0.006, 0.12) * envelope(n, ((0.0, 1.0), (0.25, 0.85), (3.0, 0.6)))
    glide = 1.0 + 0.3 * np.exp(-t / 0.012)
    turn = 2.0 * np.pi * np.cumsum(hertz(pitch) * glide) / SAMPLE_RATE
    drive = 1.1 + 1.2 * velocity
    mono = np.tanh(drive * np.sin(turn) * amp) / np.tanh(drive)
    return np.asarray(mono * (0.4 + 0.6 * velocity))
