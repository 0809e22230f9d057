"""Several players of one tone: tables of harmonics played with detune, late vibrato and drift.

What bowed strings, brass, winds, voices and synthesisers share. A `Tone` says how its spectrum
opens; `play` turns it into sound with `wave_voices`.
"""

from dataclasses import dataclass

import numpy as np

from clearcue.sound.dsp import SAMPLE_RATE, Signal, hertz, seconds_axis, table
from clearcue.sound.kernels import wave_voices


@dataclass(frozen=True, slots=True)
class Players:
    """How many play together and how far apart.

    `cents` is the spread of their tuning, `width` that of their places, `vibrato_cents` the
    vibrato's depth once it has come in, `vibrato_hz` its rate, `late` the seconds until it starts;
    `tremolo` (0 to 1) with `tremolo_hz` is the depth and rate of a bow's or a breath's repetition;
    `stagger` is by how many seconds the last one begins after the first.
    """

    count: int
    cents: float
    width: float
    vibrato_cents: float = 0.0
    vibrato_hz: float = 5.4
    late: float = 0.3
    tremolo: float = 0.0
    tremolo_hz: float = 12.0
    stagger: float = 0.0


@dataclass(frozen=True, slots=True)
class Slur:
    """How a note hangs together with its neighbours in one bow or one breath.

    `rise` is by how many semitones it lies above the note that it is slurred to, 0 where it is
    attacked anew; `goes_on` says that the next note is slurred to it.
    """

    rise: int = 0
    goes_on: bool = False

    @property
    def glide_cents(self) -> float:
        """How far below its pitch a slurred note begins: the finger is quick, not instant."""
        return float(min(max(100 * self.rise, -80), 80))


UNSLURRED = Slur()
SLUR_ATTACK = 0.05
"""Seconds in which a slurred tone takes over from the one before it."""
SLUR_RELEASE = 0.12
"""Seconds in which the one before falls by 60 dB, from `SLUR_OVERLAP` after the new onset on."""
SLUR_OVERLAP = 0.015


def _voices(players: Players, rng: np.random.Generator) -> Signal:
    count = players.count
    rows = np.zeros((count, 11))
    places = np.linspace(-1.0, 1.0, count) if count > 1 else np.zeros(1)
    cents = players.cents * (rng.permutation(places) + rng.normal(0.0, 0.2, count))
    loud = np.abs(places) < 0.2
    cents = np.where(loud, 0.15 * cents, cents)
    pans = players.width * places
    rows[:, 0] = 2.0 ** (cents / 1200.0)
    rows[:, 1] = rng.uniform(0.0, 1.0, count)
    rows[:, 2] = players.vibrato_hz * rng.uniform(0.88, 1.12, count) / SAMPLE_RATE
    rows[:, 3] = rng.uniform(0.0, 2.0 * np.pi, count) if count > 1 else 0.0
    rows[:, 4] = players.tremolo
    rows[:, 5] = players.tremolo_hz * rng.uniform(0.85, 1.15, count) / SAMPLE_RATE
    rows[:, 6] = rng.uniform(0.0, 2.0 * np.pi, count)
    share = np.where(loud, 2.6 if count < 6 else 1.9, 1.0) if count > 2 else np.ones(count)
    scale = share / np.sqrt(np.sum(share**2))
    rows[:, 7] = scale * np.cos((pans + 1.0) * np.pi / 4.0) * np.sqrt(2.0)
    rows[:, 8] = scale * np.sin((pans + 1.0) * np.pi / 4.0) * np.sqrt(2.0)
    late = np.where(loud, 0.0, rng.uniform(0.0, 1.0, count))
    rows[:, 9] = np.floor(late * players.stagger * SAMPLE_RATE)
    rows[:, 10] = rng.uniform(0.85, 1.0, count) if count > 2 else 1.0
    return rows


def play(
    pitch: float,
    rows: list[Signal],
    bright: Signal,
    amp: Signal,
    players: Players,
    rng: np.random.Generator,
    scoop_cents: float = 0.0,
) -> Signal:
    """Play tables made of `rows` of harmonic amplitudes, as (n, 2).

    `bright` (0 to 1 a frame) moves from the first row to the last; `amp` is the level;
    `scoop_cents` is how far below its pitch the tone starts, gone within about 60 ms.
    """
    n = amp.size
    tables = np.stack([table(row) for row in rows])
    t = seconds_axis(n)
    cents = -scoop_cents * np.exp(-t / 0.025)
    drift = np.cumsum(rng.normal(0.0, 1.0, n // 4800 + 3))
    cents += 1.2 * np.interp(t, np.arange(drift.size) * 0.1, drift - drift[0])[:n].clip(-3.0, 3.0)
    step = hertz(pitch) / SAMPLE_RATE * 2.0 ** (cents / 1200.0)
    opening = np.clip((t - players.late) / 0.35, 0.0, 1.0)
    vibrato = players.vibrato_cents / 1731.0 * opening
    level = np.clip(bright, 0.0, 1.0) * (len(rows) - 1) * 0.999999
    return wave_voices(tables, step, level, amp, vibrato, _voices(players, rng))
