"""Hand percussion and the machine kits: by General MIDI percussion key, as in `drums`.

Hand drums are membranes over an open shell: an open tone, a muffled one, a slap with more skin than
pitch (Fletcher and Rossing, chapter 18). The machine kits after Werner, Abel and Smith's study of
the TR-808 (2014): a long sine with an early pitch fall, two square oscillators as a cowbell, six as
cymbals, noise behind a gate of its own.
"""

import numpy as np

from clearcue.sound.bank.drums import (
    TOMS,
    acoustic_kit,
    block,
    clap,
    common,
    electronic_hat,
    electronic_kit,
    shaker,
    swept,
)
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

_SHELL = np.array([1.0, 1.71, 2.32, 2.64, 3.27, 3.9])
HAND_DRUMS = {
    36: (82.0, 0.42, 0.15), 35: (74.0, 0.45, 0.15), 38: (310.0, 0.09, 1.0), 40: (290.0, 0.16, 0.7),
    41: (130.0, 0.3, 0.3), 43: (150.0, 0.3, 0.3), 45: (172.0, 0.28, 0.3), 47: (196.0, 0.26, 0.3),
    48: (222.0, 0.24, 0.3), 50: (250.0, 0.22, 0.3), 60: (415.0, 0.16, 0.5), 61: (310.0, 0.2, 0.45),
    62: (262.0, 0.08, 0.8), 63: (247.0, 0.34, 0.3), 64: (185.0, 0.42, 0.25),
    65: (290.0, 0.4, 0.6), 66: (220.0, 0.45, 0.5),
}  # fmt: skip
"""Each hand drum's lowest mode in Hz, its ring in seconds, and how much of the stroke is slap:
djembe on the kit's keys, bongos 60 and 61, congas 62 to 64, timbales 65 and 66."""


def _n(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE)


def hand_drum(
    frequency: float, seconds: float, slap: float, v: float, rng: np.random.Generator
) -> Signal:
    """Strike a skin with the hand, as (n, 2); harder strokes are brighter and bend further."""
    n = _n(seconds * 1.3 + 0.04)
    modes = frequency * _SHELL[1:] * rng.uniform(0.985, 1.015, 5)
    levels = (0.12 + 0.5 * slap + 0.5 * v) / np.arange(1.6, 6.6) ** (1.5 - 0.5 * v)
    upper = ring(modes, seconds * 0.45 / _SHELL[1:] ** 0.7, levels, n / SAMPLE_RATE, rng, 0.25)
    bend = frequency * (1.0 + 0.1 * v)
    body = swept(bend, frequency * rng.uniform(0.995, 1.005), 0.03, n) * decaying(n, seconds)
    hand = burst(rng, n, 300.0 + 900.0 * slap, 1800.0 + 6500.0 * v * (0.3 + slap), 0.02)
    onset = envelope(n, ((0.0, 0.0), (0.001, 1.0)))
    mono = (body * (1.0 - 0.45 * slap) + hand * (0.12 + 0.7 * slap * v)) * onset
    return (upper * (0.5 + 0.5 * slap) + stereo(mono, 0.0)) * curve(v, 1.3)


def agogo(frequency: float, v: float, rng: np.random.Generator) -> Signal:
    """Strike a small iron bell."""
    ratios = np.array([1.0, 1.62, 2.41, 3.05, 4.4])
    decays = np.array([0.45, 0.3, 0.22, 0.15, 0.1])
    levels = np.array([1.0, 0.55, 0.5 * v, 0.4 * v, 0.3 * v]) + 1e-3
    return ring(frequency * ratios, decays, levels, 0.5, rng, 0.2) * curve(v, 1.2) * 0.7


def snap(v: float, rng: np.random.Generator) -> Signal:
    """Snap two fingers."""
    n = _n(0.14)
    flesh = bandpass(noise(rng, n), 1300.0, 3400.0, 2) * decaying(n, 0.07)
    return stereo(flesh * 2.2 * envelope(n, ((0.0, 0.0), (0.0008, 1.0))), 0.0) * curve(v, 1.2)


def hand_percussion(key: int, v: float, rng: np.random.Generator) -> Signal:
    """Play congas, bongos, djembe and what hands hold."""
    if key in HAND_DRUMS:
        frequency, seconds, slap = HAND_DRUMS[key]
        return hand_drum(frequency, seconds, slap, v, rng)
    if key == 37:
        return snap(v, rng)
    if key in (42, 44):
        return shaker(0.09, v, rng, 4400.0)
    if key in (67, 68):
        return agogo(910.0 if key == 67 else 690.0, v, rng)
    return common(key, v, rng)


def deep_kick(v: float, rng: np.random.Generator) -> Signal:
    """Let a resonator ring at 48 Hz: the long kick of the 808."""
    n = _n(1.25)
    body = swept(150.0, 48.0, 0.014, n) * decaying(n, 0.75 + 0.55 * v)
    click = burst(rng, n, 700.0, 4500.0, 0.008) * (0.05 + 0.2 * v)
    return stereo(np.tanh(1.4 * body) * envelope(n, ((0.0, 0.0), (0.001, 1.0))) + click, 0.0) * v


def machine_snare(v: float, rng: np.random.Generator) -> Signal:
    """Two resonators and a gate of bright noise."""
    n = _n(0.26)
    tone = swept(260.0, 181.0, 0.01, n) * decaying(n, 0.13)
    tone += 0.6 * swept(390.0, 334.0, 0.01, n) * decaying(n, 0.09)
    wires = np.stack((noise(rng, n), noise(rng, n)), axis=1) * 0.35 + 0.65 * noise(rng, n)[:, None]
    wires = highpass(lowpass(wires, 7000.0 + 5000.0 * v), 2000.0) * decaying(n, 0.17)[:, None]
    return (stereo(tone, 0.0) + wires * (0.35 + 0.4 * v)) * curve(v, 1.2)


def cowbell(v: float, rng: np.random.Generator) -> Signal:
    """Two square oscillators, at 540 and 800 Hz, through a band-pass."""
    n = _n(0.4)
    t = seconds_axis(n)
    squares = sum(
        np.tanh(5.0 * np.sin(2.0 * np.pi * rate * t + rng.uniform(0.0, 6.3)))
        for rate in (540.0, 800.0)
    )
    shape = 0.7 * decaying(n, 0.06) + 0.5 * decaying(n, 0.35)
    return stereo(bandpass(np.asarray(squares), 500.0, 3200.0) * shape * 0.7, 0.0) * curve(v, 1.2)


def kit_808(key: int, v: float, rng: np.random.Generator) -> Signal:
    """Play the deep drum machine of hip-hop and trap."""
    if key in (35, 36):
        return deep_kick(v, rng)
    if key in (38, 40):
        return machine_snare(v, rng)
    if key in (42, 44):
        return electronic_hat(0.05, v, rng)
    if key == 46:
        return electronic_hat(0.45, v, rng)
    if key == 56:
        return cowbell(v, rng)
    if key in TOMS:
        n = _n(0.6)
        return stereo(swept(TOMS[key] * 1.5, TOMS[key], 0.03, n) * decaying(n, 0.6), 0.0) * v
    if 62 <= key <= 64:
        n = _n(0.25)
        pitch = 190.0 + 90.0 * (64 - key)
        return stereo(swept(pitch * 1.15, pitch, 0.015, n) * decaying(n, 0.2), 0.0) * v
    if key == 37:
        return block(1667.0, v, rng)
    return common(key, v, rng)


def punchy_kick(v: float, rng: np.random.Generator) -> Signal:
    """Sweep fast into a short, firm low tone: the kick of house."""
    n = _n(0.36)
    body = swept(310.0, 51.0, 0.02, n) * decaying(n, 0.36)
    click = burst(rng, n, 2000.0, 9000.0, 0.006) * 0.45
    return stereo(np.tanh(2.6 * body) * envelope(n, ((0.0, 0.0), (0.0006, 1.0))) + click, 0.0) * v


def house_kit(key: int, v: float, rng: np.random.Generator) -> Signal:
    """Play the drum machine of house: a firm kick, claps for a snare, metal hats."""
    if key in (35, 36):
        return punchy_kick(v, rng)
    if key == 40:
        return clap(v, rng)
    if key in (42, 44):
        return electronic_hat(0.06, v, rng)
    if key == 46:
        return electronic_hat(0.28, v, rng)
    return electronic_kit(key, v, rng)


def lofi_kit(key: int, v: float, rng: np.random.Generator) -> Signal:
    """Play an acoustic kit as an old sampler would: dull, saturated, in steps of 10 bits."""
    dull = lowpass(acoustic_kit(key, 0.85 * v, rng), 6500.0)
    pressed = np.tanh(1.8 * dull) / 1.5
    return np.asarray(np.round(pressed * 512.0) / 512.0)
