"""Mallets and bells: modes of bars and tines struck by softer or harder mallets.

Mode ratios: a marimba's bar is tuned to 1 : 4 : 10; a uniform free bar rings at
1 : 2.756 : 5.404 : 8.933; a clamped tine at 1 : 6.267 : 17.55 (Fletcher and Rossing, chapter 19).
"""

import numpy as np

from clearcue.sound.bank.modal import ring
from clearcue.sound.dsp import (
    Signal,
    burst,
    curve,
    hertz,
    hold_envelope,
    stereo,
)


def _struck(
    pitch: float,
    seconds: float,
    rng: np.random.Generator,
    modes: tuple[tuple[float, float, float], ...],
) -> Signal:
    ratios, levels, decays = (np.array(column) for column in zip(*modes, strict=True))
    scatter = 1.0 + rng.normal(0.0, 0.0006, ratios.size) * (ratios > 1.5)
    return ring(hertz(pitch) * ratios * scatter, decays, levels, seconds, rng, 0.35)


def marimba(pitch: float, velocity: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Strike a rosewood bar over its resonator."""
    life = 1.7 * 2.0 ** (-(pitch - 48.0) / 17.0) + 0.12
    hard = curve(velocity, 1.5)
    modes = (
        (1.0, 1.0, life),
        (1.002, 0.15, life * 1.5),
        (3.98, 0.25 + 0.4 * hard, life * 0.22),
        (9.9, 0.03 + 0.24 * hard, life * 0.09),
        (16.5, 0.1 * hard, 0.03),
    )
    sound = _struck(pitch, seconds, rng, modes)
    n = sound.shape[0]
    knock = burst(rng, n, 250.0, 1500.0, 0.035) * (0.12 + 0.3 * hard)
    sound = sound * hold_envelope(n, n, 0.002, 1.0)[:, None] + stereo(knock, 0.0)
    return sound * (0.15 + 0.85 * curve(velocity, 1.4))


def glockenspiel(pitch: float, velocity: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Strike a steel bar."""
    life = 2.7 * 2.0 ** (-(pitch - 78.0) / 60.0)
    modes = (
        (1.0, 1.0, life),
        (1.0011, 0.3, life * 0.7),
        (2.756, 0.3 + 0.4 * velocity, life * 0.3),
        (5.404, 0.1 + 0.3 * curve(velocity, 2), life * 0.16),
        (8.933, 0.15 * curve(velocity, 2), life * 0.07),
    )
    sound = _struck(pitch, seconds, rng, modes)
    tick = burst(rng, sound.shape[0], 3000.0, 11_000.0, 0.015)
    return (sound + stereo(tick * 0.15 * velocity, 0.1)) * (0.12 + 0.7 * curve(velocity, 1.4))


def celesta(pitch: float, velocity: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Strike a steel plate with felt, over a wooden box."""
    life = 2.3 * 2.0 ** (-(pitch - 68.0) / 46.0)
    modes = (
        (1.0, 1.0, life),
        (1.0015, 0.25, life * 0.6),
        (2.0, 0.05, life * 0.4),
        (2.756, 0.06 + 0.1 * velocity, life * 0.25),
        (4.1, 0.05 + 0.1 * velocity, life * 0.13),
        (5.404, 0.08 * velocity, 0.12),
    )
    sound = _struck(pitch, seconds, rng, modes)
    n = sound.shape[0]
    wood = burst(rng, n, 400.0, 1800.0, 0.03) * 0.25 * velocity
    sound = sound * hold_envelope(n, n, 0.0025, 1.0)[:, None] + stereo(wood, 0.0)
    return sound * (0.15 + 0.75 * curve(velocity, 1.3))


def music_box(pitch: float, velocity: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Pluck a steel tine of a comb."""
    life = 2.0 * 2.0 ** (-(pitch - 72.0) / 34.0)
    modes = (
        (1.0, 1.0, life),
        (1.0009, 0.4, life * 1.3),
        (2.01, 0.18, life * 0.5),
        (3.02, 0.1, life * 0.35),
        (6.267, 0.22 + 0.25 * velocity, life * 0.16),
        (9.4, 0.1 * velocity, 0.05),
    )
    sound = _struck(pitch + float(rng.normal(0.0, 0.03)), seconds, rng, modes)
    click = burst(rng, sound.shape[0], 2500.0, 8000.0, 0.012)
    return (sound + stereo(click * 0.3, 0.0)) * (0.2 + 0.6 * curve(velocity, 1.2))
