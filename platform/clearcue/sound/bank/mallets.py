"""Mallets and bells: modes of bars and tines struck by softer or harder mallets.

Mode ratios: a marimba's bar is tuned to 1 : 4 : 10; a uniform free bar rings at
1 : 2.756 : 5.404 : 8.933; a clamped tine at 1 : 6.267 : 17.55 (Fletcher and Rossing, chapter 19).
"""

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
    seconds_axis,
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


def vibraphone(pitch: float, velocity: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Strike an aluminium bar over resonators whose discs turn: level and side sway."""
    life = 6.5 * 2.0 ** (-(pitch - 60.0) / 30.0) + 0.6
    hard = curve(velocity, 1.6)
    modes = (
        (1.0, 1.0, life),
        (1.0007, 0.2, life * 0.8),
        (4.0, 0.07 + 0.42 * hard, life * 0.16),
        (9.8, 0.02 + 0.22 * hard, life * 0.05),
        (15.6, 0.02 + 0.08 * hard, 0.09),
    )
    sound = _struck(pitch, seconds, rng, modes)
    n = sound.shape[0]
    mallet = burst(rng, n, 300.0, 2200.0, 0.02) * (0.06 + 0.2 * hard)
    turn = 2.0 * np.pi * 4.8 * seconds_axis(n) + rng.uniform(0.0, 6.3)
    motor = np.stack((1.0 + 0.16 * np.sin(turn), 1.0 + 0.16 * np.sin(turn + 1.1)), axis=1)
    sound = sound * motor * hold_envelope(n, n, 0.0018, 1.0)[:, None] + stereo(mallet, 0.0)
    return np.asarray(sound * (0.15 + 0.75 * curve(velocity, 1.3)))


def xylophone(pitch: float, velocity: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Strike a short, hard wooden bar tuned to 1 : 3."""
    life = 0.75 * 2.0 ** (-(pitch - 72.0) / 20.0) + 0.1
    hard = curve(velocity, 1.4)
    modes = (
        (1.0, 1.0, life),
        (3.0, 0.3 + 0.5 * hard, life * 0.3),
        (6.1, 0.12 + 0.35 * hard, life * 0.12),
        (10.2, 0.05 + 0.2 * hard, 0.04),
    )
    sound = _struck(pitch, seconds, rng, modes)
    knock = burst(rng, sound.shape[0], 900.0, 5000.0, 0.014) * (0.15 + 0.35 * hard)
    return (sound + stereo(knock, 0.0)) * (0.15 + 0.75 * curve(velocity, 1.3))


def kalimba(pitch: float, velocity: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Pluck a steel tongue over a wooden box with the thumb."""
    life = 1.9 * 2.0 ** (-(pitch - 67.0) / 26.0)
    modes = (
        (1.0, 1.0, life),
        (1.0012, 0.25, life * 0.6),
        (2.0, 0.05 + 0.08 * velocity, life * 0.4),
        (5.4, 0.08 + 0.3 * velocity, 0.11),
        (6.267, 0.05 + 0.18 * velocity, 0.08),
        (13.1, 0.02 + 0.1 * velocity, 0.04),
    )
    sound = _struck(pitch, seconds, rng, modes)
    n = sound.shape[0]
    thumb = burst(rng, n, 180.0, 900.0, 0.04) * 0.28 + burst(rng, n, 2000.0, 6000.0, 0.01) * 0.1
    return (sound + stereo(thumb, 0.0)) * (0.15 + 0.75 * curve(velocity, 1.2))


def tubular_bells(
    pitch: float, velocity: float, seconds: float, rng: np.random.Generator
) -> Signal:
    """Strike a hanging tube: modes 4, 5 and 6 at 2 : 3 : 4.2 make a strike note an octave down."""
    life = 7.5 * 2.0 ** (-(pitch - 66.0) / 40.0)
    hard = curve(velocity, 1.4)
    modes = (
        (1.0, 0.55, life * 0.9),
        (2.0, 1.0, life),
        (3.0, 0.8, life * 0.75),
        (4.16, 0.35 + 0.4 * hard, life * 0.5),
        (5.43, 0.15 + 0.4 * hard, life * 0.32),
        (6.79, 0.1 + 0.3 * hard, life * 0.2),
        (8.21, 0.05 + 0.25 * hard, life * 0.12),
    )
    sound = _struck(pitch, seconds, rng, modes)
    clang = burst(rng, sound.shape[0], 1200.0, 7000.0, 0.025) * (0.06 + 0.2 * hard)
    return (sound * 0.5 + stereo(clang, 0.0)) * (0.15 + 0.75 * curve(velocity, 1.3))


def bells(pitch: float, velocity: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Ring soft glass bells: two FM pairs whose index falls (Chowning 1973)."""
    n = max(1, round(seconds * SAMPLE_RATE))
    t = seconds_axis(n)
    w = 2.0 * np.pi * hertz(pitch)
    life = 3.4 * 2.0 ** (-(pitch - 72.0) / 36.0)
    index = (0.3 + 2.2 * curve(velocity, 1.4)) * 2.0 ** (-(pitch - 60.0) / 30.0)
    sides = []
    for detune in (0.9996, 1.0004):
        phase = w * detune * t
        low = np.sin(phase + 0.35 * index * decaying(n, 0.4 * life) * np.sin(2.0 * phase))
        high = np.sin(3.0 * phase + index * decaying(n, 0.25 * life) * np.sin(7.07 * phase))
        if 7.0 * hertz(pitch) < 18_000.0:
            low += 0.22 * high * decaying(n, 0.5 * life)
        sides.append(low * decaying(n, life))
    shape = hold_envelope(n, n, 0.003, 1.0) * (0.15 + 0.7 * curve(velocity, 1.3))
    return np.asarray(np.stack(sides, axis=1) * shape[:, None])
