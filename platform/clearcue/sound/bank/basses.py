"""Electronic basses: saws under a closing filter, and sines that small speakers still hear."""

import numpy as np

from clearcue.sound.bank.ensemble import Players, play
from clearcue.sound.bank.subtractive import filtered, held_frames, saw
from clearcue.sound.dsp import (
    SAMPLE_RATE,
    Signal,
    burst,
    curve,
    decaying,
    envelope,
    hertz,
    hold_envelope,
    seconds_axis,
    stereo,
)

MONO = Players(2, 4.0, 0.0)
ALONE = Players(1, 0.5, 0.0)
REESE = Players(3, 26.0, 0.3)


def synth_bass(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Growl with two saws over a sine, the filter closing after the onset."""
    held, n = held_frames(hold, 0.09)
    amp = hold_envelope(n, held, 0.004, 0.09)
    t = seconds_axis(n)
    sound = play(pitch, saw(pitch), np.zeros(n), amp, MONO, rng)
    cutoff = (
        140.0
        + hertz(pitch)
        + (500.0 + 2600.0 * curve(velocity, 1.5)) * (0.2 + 0.8 * np.exp(-t / 0.16))
    )
    sound = np.tanh(1.2 * filtered(sound, cutoff, 0.8))
    sub = np.sin(2.0 * np.pi * hertz(pitch) * t) * amp * 0.55
    return np.asarray((sound * 0.8 + sub[:, None]) * (0.4 + 0.6 * velocity))


def sub_bass(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Hold a sine with a touch of drive, so that small speakers hear it."""
    held, n = held_frames(hold, 0.12)
    t = seconds_axis(n)
    amp = hold_envelope(n, held, 0.006, 0.12) * envelope(n, ((0.0, 1.0), (0.25, 0.85), (3.0, 0.6)))
    glide = 1.0 + 0.3 * np.exp(-t / 0.012)
    turn = 2.0 * np.pi * np.cumsum(hertz(pitch) * glide) / SAMPLE_RATE
    drive = 1.1 + 1.2 * velocity
    mono = np.tanh(drive * np.sin(turn) * amp) / np.tanh(drive)
    return np.asarray(mono * (0.4 + 0.6 * velocity))


def bass_808(pitch: float, velocity: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Strike the long kick as a bass: a sine that falls into its pitch, driven until it speaks."""
    n = max(1, round(seconds * SAMPLE_RATE))
    t = seconds_axis(n)
    fall = 1.0 + 1.6 * np.exp(-t / 0.011)
    turn = 2.0 * np.pi * np.cumsum(hertz(pitch) * fall) / SAMPLE_RATE
    drive = 1.3 + 2.2 * velocity
    shape = decaying(n, 2.6) * hold_envelope(n, n, 0.002, 1.0)
    body = np.tanh(drive * np.sin(turn) * shape + 0.12 * shape) / np.tanh(drive)
    click = burst(rng, n, 900.0, 4000.0, 0.012) * 0.12 * velocity
    return np.asarray((body + click) * (0.35 + 0.65 * velocity))


def reese_bass(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Beat three saws against one another under a dark filter."""
    held, n = held_frames(hold, 0.12)
    amp = hold_envelope(n, held, 0.008, 0.12)
    t = seconds_axis(n)
    sound = play(pitch, saw(pitch), np.zeros(n), amp, REESE, rng)
    sway = 1.0 + 0.3 * np.sin(2.0 * np.pi * 0.7 * t + rng.uniform(0.0, 6.3))
    cutoff = (240.0 + 1300.0 * curve(velocity, 1.3)) * sway
    sub = np.sin(2.0 * np.pi * hertz(pitch) * t) * amp * 0.6
    return (np.tanh(1.1 * filtered(sound, cutoff, 0.8)) * 0.8 + stereo(sub, 0.0)) * (
        0.4 + 0.6 * velocity
    )


def acid_bass(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Squelch one saw through a resonant filter that closes fast; harder strokes open it far."""
    held, n = held_frames(hold, 0.06)
    amp = hold_envelope(n, held, 0.003, 0.06)
    t = seconds_axis(n)
    sound = play(pitch, saw(pitch), np.zeros(n), amp, ALONE, rng)
    accent = curve(velocity, 1.6)
    cutoff = hertz(pitch) + (350.0 + 3400.0 * accent) * np.exp(-t / (0.09 + 0.1 * velocity))
    return np.asarray(np.tanh(1.6 * filtered(sound, cutoff, 0.22)) * (0.4 + 0.5 * velocity))
