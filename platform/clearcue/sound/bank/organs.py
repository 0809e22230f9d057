"""Organs and free reeds: tones that speak as long as the key is held.

The electric organ adds nine drawbars of sines (Pekonen, Pihlajamaki and Valimaki 2011) with the
click of its contacts, second-harmonic percussion on hard strokes, and a turning horn that moves
pitch and level; the accordion beats two ranks of reeds.
"""

import numpy as np

from clearcue.sound.bank.ensemble import Players, play
from clearcue.sound.dsp import (
    SAMPLE_RATE,
    Signal,
    burst,
    curve,
    decaying,
    harmonics,
    hertz,
    hold_envelope,
    seconds_axis,
    stereo,
)

HORN = Players(2, 1.5, 0.6, 7.0, 6.1, 0.0, 0.22, 6.1)
REEDS = Players(2, 9.0, 0.35)
_DRAWBARS = np.array([0.7, 1.0, 0.75, 0.85, 0.0, 0.28, 0.0, 0.3])
_BRIGHT_BARS = np.array([0.8, 1.0, 0.9, 0.9, 0.35, 0.55, 0.2, 0.6])
_BARS_AT = np.array([0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 8.0])


def _bars(levels: Signal) -> Signal:
    """Harmonic amplitudes over the sub-octave: the drawbars speak at halves of the pitch."""
    row = np.zeros(16)
    row[(_BARS_AT * 2.0).astype(int) - 1] = levels
    return np.asarray(row / np.sqrt(np.sum(row**2)))


def organ(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Hold a drawbar organ through a turning horn; harder strokes click and percuss more."""
    held = max(1, round(hold * SAMPLE_RATE))
    n = held + round(0.05 * SAMPLE_RATE)
    amp = hold_envelope(n, held, 0.006, 0.04)
    rows = [_bars(_DRAWBARS), _bars(_BRIGHT_BARS)]
    top = max(2, int(18_000.0 / hertz(pitch - 12.0)))
    bright = np.full(n, 0.1 + 0.85 * curve(velocity, 1.2))
    sound = play(pitch - 12.0, [row[:top] for row in rows], bright, amp, HORN, rng)
    t = seconds_axis(n)
    strike = np.sin(4.0 * np.pi * hertz(pitch) * t) * decaying(n, 0.35) * amp
    click = burst(rng, n, 1500.0, 7000.0, 0.012) * 0.12
    sound += stereo(strike * 0.35 * velocity + click * velocity, 0.0)
    return np.asarray(np.tanh(0.8 * sound) * (0.5 + 0.5 * curve(velocity, 1.2)))


def accordion(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Press a bellows over two ranks of steel reeds that beat."""
    held = max(1, round(hold * SAMPLE_RATE))
    n = held + round(0.13 * SAMPLE_RATE)
    amp = hold_envelope(n, held, 0.05 - 0.02 * velocity, 0.1)
    f0 = hertz(pitch)
    k = harmonics(f0, 14_000.0)
    reed = np.where(k % 2 == 1, 1.0, 0.7) / k**0.75
    rows = []
    for cutoff in (1200.0, 2400.0, 4800.0):
        level = reed / (1.0 + (k * f0 / cutoff) ** 2)
        rows.append(level / np.sqrt(np.sum(level**2)))
    bright = amp * (0.15 + 0.8 * curve(velocity, 1.2))
    sound = play(pitch, rows, bright, amp * (0.3 + 0.7 * curve(velocity, 1.2)), REEDS, rng, 4.0)
    return sound + stereo(burst(rng, n, 900.0, 4000.0, 0.03) * 0.05 * velocity, 0.0)
