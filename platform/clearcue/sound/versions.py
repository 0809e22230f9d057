"""Other mixes of a finished render: without its melody, under a voice, for a compact disc.

Conventions: samples are int32 `(frames, 2)` holding 24 bits at 48 kHz unless said otherwise; they
have the length of the render that they are made of.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from clearcue.sound.dsp import SAMPLE_RATE, Track, db, equalise
from clearcue.sound.export import DISC_RATE
from clearcue.sound.master import master
from clearcue.sound.meter import loudness
from clearcue.sound.profile import MasterProfile
from clearcue.sound.render import Rendering, Samples, floats, quantised, summed

UNDER_LU = 10.0
"""How far below the full mix a voice-over version lies (EBU R 128 s1: music under speech)."""
_VOICE_BANDS = (("peak", 1250.0, -4.5, 0.9), ("peak", 2700.0, -6.0, 0.7))
_MELODY_DB = -3.0
_DISC_RATIO = (147, 160)
_DITHER_SEED = 16


def underscore(rendering: Rendering, profile: MasterProfile) -> Samples | None:
    """The mix without the melody stem, mastered alone; None when nothing else or no melody plays.

    Raises:
        MasteringError: as `master`.
    """
    others = {group: stem for group, stem in rendering.stems.items() if group != "melody"}
    if not others or len(others) == len(rendering.stems):
        return None
    return quantised(master(floats(summed(others)), profile))


def voice_over(rendering: Rendering) -> Samples:
    """The mix with room at 1 to 4 kHz and its melody held back, 10 LU below the full mix."""
    total: Track = np.zeros(rendering.mix.shape, dtype=np.float32)
    for group, stem in rendering.stems.items():
        total += floats(stem) * np.float32(db(_MELODY_DB) if group == "melody" else 1.0)
    equalise(total, _VOICE_BANDS)
    total *= np.float32(db(rendering.lufs - UNDER_LU - loudness(total)))
    return quantised(total)


def for_disc(samples: Samples) -> NDArray[np.int16]:
    """Samples at 44.1 kHz in 16 bits, with triangular dither of two steps (Lipshitz et al. 1992).

    The dither comes from a fixed seed. The resampler passes 20 kHz and stops at 22.05 kHz.
    """
    half = 20 * max(_DISC_RATIO)
    taps = signal.firwin(2 * half + 1, 0.935 / max(_DISC_RATIO), window=("kaiser", 9.0))
    heard = signal.resample_poly(floats(samples), *_DISC_RATIO, axis=0, window=taps)
    frames = round(samples.shape[0] * DISC_RATE / SAMPLE_RATE)
    rng = np.random.Generator(np.random.PCG64(_DITHER_SEED))
    steps = heard[:frames].astype(np.float64) * 2.0**15
    steps += rng.random(steps.shape) - rng.random(steps.shape)
    return np.asarray(np.clip(np.rint(steps), -(2**15), 2**15 - 1), dtype=np.int16)
