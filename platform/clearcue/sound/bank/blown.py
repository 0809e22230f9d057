"""Brass, winds and voices.

Brass grows brighter with level (Risset and Mathews 1969; Hirschberg et al. 1996); a flute is few
harmonics and breath; a clarinet's lower even harmonics are weak; a bassoon and a choir are shaped
by formants (Fant 1960; Peterson and Barney 1952).
"""

from dataclasses import dataclass, replace

import numpy as np

from clearcue.sound.bank.ensemble import SLUR_ATTACK, SLUR_RELEASE, UNSLURRED, Players, Slur, play
from clearcue.sound.dsp import (
    SAMPLE_RATE,
    Signal,
    bandpass,
    burst,
    curve,
    harmonics,
    hertz,
    highpass,
    hiss,
    hold_envelope,
    noise,
    seconds_axis,
    stereo,
)

Formants = tuple[tuple[float, float, float], ...]

SECTION = Players(6, 8.0, 0.75, 7.0, 5.2, 0.35, stagger=0.028)
HORN = Players(3, 5.0, 0.25, 5.0, 4.8, 0.5, stagger=0.02)
TRUMPET = Players(1, 1.5, 0.0, 9.0, 5.4, 0.4)
LOW_BRASS = Players(5, 6.0, 0.6, 4.0, 4.9, 0.5, stagger=0.03)
OBOE = Players(1, 1.5, 0.0, 9.0, 5.2, 0.35)
SAXOPHONE = Players(1, 2.0, 0.0, 14.0, 5.0, 0.4)
FLUTE = Players(1, 1.5, 0.0, 13.0, 5.0, 0.3)
CLARINET = Players(1, 1.5, 0.0, 4.0, 4.8, 0.5)
BASSOON = Players(1, 1.5, 0.0, 7.0, 5.0, 0.4)
VOICES = Players(11, 13.0, 0.9, 18.0, 5.3, 0.25, stagger=0.07)

AH: Formants = (
    (700.0, 130.0, 1.0),
    (1150.0, 150.0, 0.5),
    (2700.0, 220.0, 0.2),
    (3400.0, 300.0, 0.12),
)
OO: Formants = ((370.0, 90.0, 1.0), (800.0, 120.0, 0.22), (2400.0, 200.0, 0.03))
DOUBLE_REED: Formants = ((1100.0, 300.0, 1.0), (2900.0, 500.0, 0.45), (550.0, 250.0, 0.35))
CONE: Formants = ((620.0, 260.0, 1.0), (1350.0, 420.0, 0.7), (2500.0, 800.0, 0.3))
REED: Formants = ((480.0, 180.0, 1.0), (1180.0, 220.0, 0.4), (2100.0, 400.0, 0.12))


@dataclass(frozen=True, slots=True)
class Horn:
    """A brass instrument's bell: where it begins to radiate, its edge when blown softly and hard,
    and its formants; all in Hz."""

    bell_hz: float
    soft_hz: float
    hard_hz: float
    formants: Formants


BRIGHT = Horn(330.0, 900.0, 6500.0, ((1200.0, 500.0, 0.9), (2600.0, 900.0, 0.4)))
BRILLIANT = Horn(420.0, 1300.0, 6500.0, ((1250.0, 450.0, 1.0), (2700.0, 800.0, 0.5)))
MELLOW = Horn(180.0, 520.0, 2500.0, ((450.0, 220.0, 1.0), (1400.0, 600.0, 0.25)))
DEEP = Horn(150.0, 600.0, 3200.0, ((520.0, 260.0, 0.9), (1500.0, 700.0, 0.35)))
_SPEAKS_LATE = 576


def _unit(levels: Signal) -> Signal:
    return np.asarray(levels / np.sqrt(np.sum(levels**2)))


def _shape(
    hold: float, attack: float, release: float, slur: Slur = UNSLURRED
) -> tuple[Signal, int, int]:
    attack = SLUR_ATTACK if slur.rise else min(attack, 0.5 * hold + 0.015)
    release = SLUR_RELEASE if slur.goes_on else release
    held = round(hold * SAMPLE_RATE)
    n = held + round(release * SAMPLE_RATE * 1.2)
    return hold_envelope(n, held, attack, release), n, held


def _in_slur(players: Players, slur: Slur) -> Players:
    """The vibrato does not start anew on a slurred note."""
    return replace(players, late=0.5 * players.late) if slur.rise else players


def _formed(frequencies: Signal, formants: Formants) -> Signal:
    total = np.zeros_like(frequencies)
    for centre, width, level in formants:
        total += level / (1.0 + ((frequencies - centre) / width) ** 2)
    return total


def _brass(
    pitch: float,
    velocity: float,
    hold: float,
    rng: np.random.Generator,
    players: Players,
    horn_: Horn,
    attack: float,
    slur: Slur = UNSLURRED,
) -> Signal:
    """Blow lips against a bell, as (n, 2).

    The mouth's pressure steepens into a shock as it travels (Hirschberg et al. 1996): each row of
    harmonics falls off above an edge that opens far with pressure, and the pressure's overshoot at
    the onset opens it for a moment. Upper harmonics speak some 12 ms after the fundamental, and
    the lips hunt for the pitch meanwhile.
    """
    shape, n, _ = _shape(hold, attack, 0.2, slur)
    f0 = hertz(pitch)
    k = harmonics(f0, 16_000.0)
    bell = (k * f0) ** 2 / ((k * f0) ** 2 + horn_.bell_hz**2)
    voiced = bell * (0.55 + _formed(k * f0, horn_.formants)) / k**0.35
    rows = [
        _unit(voiced / (1.0 + (k * f0 / edge) ** 2) ** 1.5)
        for edge in horn_.soft_hz * (horn_.hard_hz / horn_.soft_hz) ** np.linspace(0.0, 1.0, 5)
    ]
    t = seconds_axis(n)
    blare = 1.0 + (0.22 + 0.2 * velocity) * np.exp(-(((t - attack - 0.02) / 0.05) ** 2))
    growth = 0.9 + 0.1 * np.clip(t / 1.2, 0.0, 1.0)
    pressure = shape * (np.full(n, 0.95) if slur.rise else blare * growth)
    late = np.concatenate((np.zeros(_SPEAKS_LATE), pressure))[:n]
    loud = curve(velocity, 1.25)
    bright = np.clip(late * (0.1 + 0.78 * loud), 0.0, 1.0)
    scoop = slur.glide_cents if slur.rise else 22.0
    amp = pressure * (0.12 + 0.9 * loud)
    sound = play(pitch, rows, bright, amp, _in_slur(players, slur), rng, scoop)
    air = bandpass(noise(rng, n), 0.7 * f0, 3.5 * f0) * amp * (0.01 + 0.05 * np.exp(-t / 0.03))
    if slur.rise:
        return sound
    tongue = burst(rng, n, 400.0, 3500.0, 0.03) * 0.05 * velocity
    return sound + stereo(air + tongue, 0.0)


def brass(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Blow a section of trumpets and trombones."""
    return _brass(pitch, velocity, hold, rng, SECTION, BRIGHT, 0.07 - 0.035 * velocity)


def horn(
    pitch: float,
    velocity: float,
    hold: float,
    rng: np.random.Generator,
    slur: Slur = UNSLURRED,
) -> Signal:
    """Blow three French horns."""
    return _brass(pitch, velocity, hold, rng, HORN, MELLOW, 0.1 - 0.04 * velocity, slur)


def trumpet(
    pitch: float,
    velocity: float,
    hold: float,
    rng: np.random.Generator,
    slur: Slur = UNSLURRED,
) -> Signal:
    """Blow one trumpet."""
    return _brass(pitch, velocity, hold, rng, TRUMPET, BRILLIANT, 0.055 - 0.03 * velocity, slur)


def muted_trumpet(
    pitch: float,
    velocity: float,
    hold: float,
    rng: np.random.Generator,
    slur: Slur = UNSLURRED,
) -> Signal:
    """Blow a trumpet through a harmon mute: thin, nasal, near."""
    open_ = _brass(pitch, velocity, hold, rng, TRUMPET, BRILLIANT, 0.05 - 0.03 * velocity, slur)
    thin = highpass(open_, 900.0) + bandpass(open_, 1500.0, 3200.0) * 1.4
    return thin + 0.18 * open_


def low_brass(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Blow trombones and a tuba."""
    return _brass(pitch, velocity, hold, rng, LOW_BRASS, DEEP, 0.08 - 0.04 * velocity)


def _breath(
    pitch: float, shape: Signal, rng: np.random.Generator, steady: float, chiff: float
) -> Signal:
    f0, n = hertz(pitch), shape.size
    air = bandpass(noise(rng, n), 0.8 * f0, 2.6 * f0) + hiss(rng, n, (2500.0, 8000.0, 0.4))
    return stereo(air * shape * (steady + chiff * np.exp(-seconds_axis(n) / 0.035)), 0.0)


def flute(
    pitch: float,
    velocity: float,
    hold: float,
    rng: np.random.Generator,
    slur: Slur = UNSLURRED,
) -> Signal:
    """Blow a flute: breath at the onset, vibrato of loudness as well as of pitch."""
    shape, n, _ = _shape(hold, 0.13 - 0.08 * velocity, 0.16, slur)
    low = float(np.clip((92.0 - pitch) / 28.0, 0.05, 1.0))
    falls = (
        (1.0, 0.75 * low, 0.45 * low, 0.14 * low, 0.06 * low),
        (1.0, 1.7 * low, 1.1 * low, 0.55 * low, 0.32 * low, 0.2 * low, 0.1 * low, 0.05 * low),
    )
    rows = [_unit(np.array(fall)) for fall in falls]
    t = seconds_axis(n)
    opened = 1.0 if slur.rise else 1.0 - np.exp(-t / 0.05)
    pulse = 1.0 + 0.1 * np.clip((t - 0.3) / 0.4, 0.0, 1.0) * np.sin(2 * np.pi * 5.0 * t)
    amp = shape * pulse * (0.2 + 0.75 * curve(velocity, 1.2))
    bright = np.clip(shape * pulse * velocity * opened, 0.0, 1.0)
    scoop, chiff = (slur.glide_cents, 0.0) if slur.rise else (8.0, 0.12)
    sound = play(pitch, rows, bright, amp, _in_slur(FLUTE, slur), rng, scoop)
    return sound + _breath(pitch, shape, rng, 0.009, chiff) * (0.4 + 0.6 * velocity)


def clarinet(
    pitch: float,
    velocity: float,
    hold: float,
    rng: np.random.Generator,
    slur: Slur = UNSLURRED,
) -> Signal:
    """Blow a clarinet; its even harmonics come in above the break."""
    shape, _, _ = _shape(hold, 0.09 - 0.05 * velocity, 0.12, slur)
    f0 = hertz(pitch)
    k = harmonics(f0, 12_000.0)
    even = np.clip((k * f0 - 700.0) / 2600.0, 0.04, 0.75) * np.clip((pitch - 40.0) / 40.0, 0.3, 1.0)
    comb = np.where(k % 2 == 1, 1.0, even) / k**0.6
    rows = [_unit(comb / (1.0 + (k * f0 / edge) ** 2)) for edge in (1800.0, 3200.0, 6000.0)]
    opened = 1.0 if slur.rise else 1.0 - np.exp(-seconds_axis(shape.size) / 0.06)
    bright = shape * opened * (0.3 + 0.65 * curve(velocity, 1.2))
    amp = shape * (0.2 + 0.75 * curve(velocity, 1.2))
    scoop, chiff = (slur.glide_cents, 0.0) if slur.rise else (5.0, 0.03)
    sound = play(pitch, rows, bright, amp, _in_slur(CLARINET, slur), rng, scoop)
    return sound + _breath(pitch, shape, rng, 0.008, chiff)


def _voiced(
    pitch: float,
    velocity: float,
    hold: float,
    rng: np.random.Generator,
    players: Players,
    formants: Formants,
    cutoffs: tuple[float, ...],
    slur: Slur,
) -> Signal:
    """Blow a conical reed: its formants stay where they are, its edge opens with the breath."""
    shape, _, _ = _shape(hold, 0.05 - 0.025 * velocity, 0.12, slur)
    f0 = hertz(pitch)
    k = harmonics(f0, max(cutoffs) * 2.8)
    voiced = 0.12 / k**0.5 + _formed(k * f0, formants)
    rows = [_unit(voiced / (1.0 + (k * f0 / cutoff) ** 2)) for cutoff in cutoffs]
    bright = shape * (0.15 + 0.8 * velocity)
    amp = shape * (0.25 + 0.75 * curve(velocity, 1.2))
    scoop, chiff = (slur.glide_cents, 0.0) if slur.rise else (6.0, 0.04)
    sound = play(pitch, rows, bright, amp, _in_slur(players, slur), rng, scoop)
    return sound + _breath(pitch, shape, rng, 0.006, chiff)


def bassoon(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Blow a bassoon, its formant near 500 Hz."""
    edges = (800.0, 1700.0, 3200.0)
    return _voiced(pitch, velocity, hold, rng, BASSOON, REED, edges, UNSLURRED)


def oboe(
    pitch: float,
    velocity: float,
    hold: float,
    rng: np.random.Generator,
    slur: Slur = UNSLURRED,
) -> Signal:
    """Blow an oboe, its formants near 1.1 and 2.9 kHz."""
    edges = (2200.0, 3600.0, 6000.0)
    return _voiced(pitch, velocity, hold, rng, OBOE, DOUBLE_REED, edges, slur)


def saxophone(
    pitch: float,
    velocity: float,
    hold: float,
    rng: np.random.Generator,
    slur: Slur = UNSLURRED,
) -> Signal:
    """Blow a tenor saxophone: breath in front, an edge that opens far."""
    edges = (900.0, 2000.0, 4600.0)
    sound = _voiced(pitch, velocity, hold, rng, SAXOPHONE, CONE, edges, slur)
    shape, _, _ = _shape(hold, 0.05 - 0.025 * velocity, 0.12, slur)
    return sound + _breath(pitch, shape, rng, 0.035, 0.0 if slur.rise else 0.1) * 0.6


def choir(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Sing with ten voices, from `oo` to `ah` as they grow louder."""
    shape, n, _ = _shape(hold, 0.28 - 0.14 * velocity, 0.7)
    f0 = hertz(pitch)
    k = harmonics(f0, 9_000.0)
    shift = 2.0 ** ((pitch - 60.0) / 60.0)
    moved = [tuple((c * shift, w * shift, g) for c, w, g in vowel) for vowel in (OO, AH)]
    rows = [_unit((_formed(k * f0, vowel) + 0.004) / k**0.75) for vowel in moved]
    bright = np.clip(shape * (0.25 + 0.7 * velocity), 0.0, 1.0)
    amp = shape * (0.25 + 0.75 * curve(velocity, 1.2))
    sound = play(pitch, rows, bright, amp, VOICES, rng, 25.0)
    for side in (-0.7, 0.7):
        air = hiss(rng, n, (900.0, 1600.0, 1.0), (2500.0, 6000.0, 0.7))
        sound += stereo(air * amp * 0.012, side)
    return sound
