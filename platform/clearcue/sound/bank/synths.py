"""Synthesisers that play notes: leads, plucks, arpeggios, stabs and the supersaw (Szabo 2010)."""

import numpy as np

from clearcue.sound.bank.ensemble import Players, play
from clearcue.sound.bank.subtractive import filtered, held_frames, pulse, saw
from clearcue.sound.dsp import (
    SAMPLE_RATE,
    Signal,
    curve,
    decaying,
    envelope,
    hertz,
    highpass,
    hold_envelope,
    seconds_axis,
)

LEAD = Players(2, 5.0, 0.25, 11.0, 5.6, 0.3)
SOFT = Players(2, 3.0, 0.2, 10.0, 5.1, 0.35)
PLUCK = Players(3, 8.0, 0.7)
ARP = Players(2, 4.0, 0.5)
SUPERSAW = Players(7, 22.0, 0.95)
STAB = Players(4, 12.0, 0.8)
BRASS = Players(4, 9.0, 0.7, 5.0, 5.0, 0.5)


def lead(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Sing with saw and pulse through an opening filter; vibrato comes in late."""
    held, n = held_frames(hold, 0.18)
    amp = hold_envelope(n, held, 0.012, 0.18)
    t = seconds_axis(n)
    sound = play(pitch, saw(pitch), np.zeros(n), amp, LEAD, rng, 20.0)
    sound += 0.6 * play(pitch, pulse(pitch, 0.4), np.zeros(n), amp, LEAD, rng, 20.0)
    cutoff = hertz(pitch) * 1.5 + (900.0 + 4200.0 * curve(velocity, 1.4)) * (
        0.45 + 0.55 * np.exp(-t / 0.3)
    )
    return filtered(sound, cutoff, 0.9) * (0.25 + 0.6 * velocity)


def pluck(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Snap a filter shut over three saws."""
    n = max(1, round(hold * SAMPLE_RATE))
    t = seconds_axis(n)
    amp = decaying(n, 1.5) * hold_envelope(n, n, 0.002, 1.0)
    sound = play(pitch, saw(pitch), np.zeros(n), amp, PLUCK, rng)
    cutoff = hertz(pitch) + (1200.0 + 7000.0 * curve(velocity, 1.5)) * np.exp(
        -t / (0.05 + 0.08 * velocity)
    )
    return filtered(sound, cutoff, 0.75) * (0.25 + 0.7 * velocity)


def arp(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Tick with a soft pulse, shorter and rounder than the pluck."""
    n = max(1, round(hold * SAMPLE_RATE))
    t = seconds_axis(n)
    amp = decaying(n, 0.75) * hold_envelope(n, n, 0.003, 1.0)
    sound = play(pitch, pulse(pitch, 0.3), np.zeros(n), amp, ARP, rng)
    cutoff = hertz(pitch) * 1.2 + (600.0 + 3600.0 * curve(velocity, 1.5)) * np.exp(-t / 0.11)
    return filtered(sound, cutoff, 0.8) * (0.25 + 0.7 * velocity)


def supersaw(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Stack seven saws wide."""
    held, n = held_frames(hold, 0.35)
    amp = hold_envelope(n, held, 0.02, 0.35)
    t = seconds_axis(n)
    sound = play(pitch, saw(pitch), np.zeros(n), amp, SUPERSAW, rng)
    sound = highpass(sound, 0.8 * hertz(pitch))
    cutoff = 1500.0 + (2000.0 + 9000.0 * velocity) * (0.6 + 0.4 * np.exp(-t / 0.5))
    return filtered(sound, cutoff, 1.2) * (0.3 + 0.6 * velocity)


def soft_lead(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Sing round and plain, between a sine and a triangle."""
    held, n = held_frames(hold, 0.22)
    amp = hold_envelope(n, held, 0.025, 0.22)
    k = np.arange(1.0, 10.0)
    fall = np.where(k % 2 == 1, 1.0, 0.12) / k**2
    bright = np.full(n, 0.1 + 0.85 * curve(velocity, 1.2))
    top = max(1, int(19_000.0 / hertz(pitch)))
    rows = [row[:top] for row in (fall * (k < 2.0) + 0.2 * fall, fall * k**0.7)]
    sound = play(pitch, rows, bright, amp, SOFT, rng, 25.0)
    return np.asarray(sound * (0.25 + 0.6 * velocity))


def synth_stab(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Stab four saws through a filter that shuts in a fifth of a second."""
    n = max(1, round(hold * SAMPLE_RATE))
    t = seconds_axis(n)
    amp = decaying(n, 1.1) * hold_envelope(n, n, 0.002, 1.0)
    sound = play(pitch, saw(pitch), np.zeros(n), amp, STAB, rng)
    cutoff = 500.0 + (2500.0 + 8500.0 * curve(velocity, 1.4)) * np.exp(-t / 0.2)
    return filtered(sound, cutoff, 0.85) * (0.25 + 0.7 * velocity)


def house_stab(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Stab the hollow FM organ of house: a fundamental, its octave and a fifth above, short."""
    n = max(1, round(hold * SAMPLE_RATE))
    t = seconds_axis(n)
    w = 2.0 * np.pi * hertz(pitch)
    index = (0.5 + 1.9 * curve(velocity, 1.4)) * (0.25 + 0.75 * decaying(n, 0.5))
    turn = rng.uniform(0.0, 6.3)
    sides = []
    for detune in (0.9994, 1.0006):
        phase = w * detune * t + turn
        low = np.sin(phase + index * np.sin(phase))
        sides.append(low + 0.5 * np.sin(2.0 * phase) + 0.28 * np.sin(3.0 * phase))
    shape = envelope(n, ((0.0, 0.0), (0.002, 1.0), (0.09, 0.7), (0.3, 0.45))) * decaying(n, 1.3)
    return np.stack(sides, axis=1) * (shape * (0.2 + 0.55 * velocity))[:, None]


def synth_brass(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Swell detuned saws through a filter that opens like a brass section."""
    held, n = held_frames(hold, 0.3)
    amp = hold_envelope(n, held, 0.035 - 0.02 * velocity, 0.3)
    t = seconds_axis(n)
    sound = play(pitch, saw(pitch), np.zeros(n), amp, BRASS, rng, 12.0)
    opened = (1.0 - np.exp(-t / 0.06)) * (0.62 + 0.38 * np.exp(-t / 0.4))
    cutoff = 1.2 * hertz(pitch) + (900.0 + 6200.0 * curve(velocity, 1.3)) * opened
    return filtered(sound, cutoff, 0.95) * (0.3 + 0.6 * velocity)
