"""Bowed strings: a section, its tremolo and its short bows, a solo cello and a solo violin.

A bowed string moves as a band-limited saw (Helmholtz motion); bow speed and pressure open the
spectrum; each player has a vibrato of their own that comes in late. The body's resonances follow on
the part's bus.
"""

from dataclasses import replace

import numpy as np

from clearcue.sound.bank.ensemble import SLUR_ATTACK, SLUR_RELEASE, UNSLURRED, Players, Slur, play
from clearcue.sound.dsp import (
    SAMPLE_RATE,
    Signal,
    burst,
    curve,
    harmonics,
    hertz,
    hiss,
    hold_envelope,
    seconds_axis,
    stereo,
)

SECTION = Players(9, 10.0, 0.85, 15.0, 5.6, 0.22, stagger=0.05)
TREMOLO = Players(9, 10.0, 0.85, 5.0, 5.6, 0.2, 0.75, 13.0, 0.03)
SCRAPE = ((1800.0, 7000.0, 1.0), (250.0, 900.0, 0.6))
SOLO = Players(1, 2.0, 0.0, 19.0, 5.3, 0.38)
VIOLIN = Players(1, 2.0, 0.0, 23.0, 5.8, 0.3)
_SHORT_SECONDS = 0.17


def _saw_rows(pitch: float, players: Players) -> list[Signal]:
    f0 = hertz(pitch)
    k = harmonics(f0, 15_000.0)
    rows = []
    higher = 2.0 ** ((pitch - 62.0) / 36.0)
    for cutoff in (1800.0, 3600.0, 7000.0) if players.count == 1 else (750.0, 1900.0, 4800.0):
        cutoff *= higher
        level = 1.0 / k / (1.0 + (k * f0 / cutoff) ** 2) ** 0.75
        rows.append(level / np.sqrt(np.sum(level**2)))
    return rows


def _bow(
    pitch: float,
    velocity: float,
    hold: float,
    rng: np.random.Generator,
    players: Players,
    attack: float,
    release: float,
    slur: Slur = UNSLURRED,
) -> Signal:
    attack, scoop, grip = min(attack, 0.6 * hold + 0.02), 6.0, 0.05
    if slur.rise:
        attack, scoop, grip = SLUR_ATTACK, slur.glide_cents, 0.008
        players = replace(players, late=0.14)
    if slur.goes_on:
        release = SLUR_RELEASE
    held = round(hold * SAMPLE_RATE)
    n = held + round(release * SAMPLE_RATE * 1.2)
    shape = hold_envelope(n, held, attack, release)
    t = seconds_axis(n)
    swell = 1.0 + 0.1 * np.sin(np.pi * np.clip(t / max(hold, 0.8), 0.0, 1.0))
    amp = shape * swell * (0.2 + 0.8 * curve(velocity, 1.2))
    bright = shape * (0.15 + 0.75 * curve(velocity, 1.2))
    sound = play(pitch, _saw_rows(pitch, players), bright, amp, players, rng, scoop)
    for side in (-0.6, 0.6):
        scrape = amp * (0.012 + grip * np.exp(-t / 0.06))
        sound += stereo(hiss(rng, n, *SCRAPE) * scrape, side)
    return sound


def strings(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Bow a section of eight."""
    return _bow(pitch, velocity, hold, rng, SECTION, 0.3 - 0.2 * velocity, 0.5)


def tremolo_strings(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
    """Bow a section in unmeasured tremolo."""
    return _bow(pitch, velocity, hold, rng, TREMOLO, 0.09 - 0.05 * velocity, 0.4)


def solo_cello(
    pitch: float,
    velocity: float,
    hold: float,
    rng: np.random.Generator,
    slur: Slur = UNSLURRED,
) -> Signal:
    """Bow one cello, its vibrato coming in late, but going on through a slur."""
    return _bow(pitch, velocity, hold, rng, SOLO, 0.2 - 0.12 * velocity, 0.35, slur)


def solo_violin(
    pitch: float,
    velocity: float,
    hold: float,
    rng: np.random.Generator,
    slur: Slur = UNSLURRED,
) -> Signal:
    """Bow one violin, its vibrato quicker and wider than a cello's."""
    return _bow(pitch, velocity, hold, rng, VIOLIN, 0.14 - 0.09 * velocity, 0.3, slur)


def staccato_strings(
    pitch: float, velocity: float, seconds: float, rng: np.random.Generator
) -> Signal:
    """Throw short bows: the section lets go after a sixth of a second, however long the note."""
    hold = min(seconds, _SHORT_SECONDS)
    sound = _bow(pitch, velocity, hold, rng, SECTION, 0.03 - 0.018 * velocity, 0.3)
    bite = burst(rng, sound.shape[0], 900.0, 6000.0, 0.05) * 0.1 * velocity
    return sound + stereo(bite, 0.0)
