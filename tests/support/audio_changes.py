"""What happens to a recording on its way: re-encoded, cut and faded, resampled, talked over.

The voice is made here, not recorded: a pulse train whose pitch moves, through three formants that
change with each syllable, with bursts of noise and pauses. It is no language; its spectrum and its
rhythm are those of speech, which is what masks music.
"""

import io
from collections.abc import Callable

import numpy as np
import soundfile
from scipy.signal import lfilter, resample_poly

from clearcue.sound.meter import loudness

RATE = 48_000
EXCERPT_SECONDS = 8
UNDER_SPEECH_LU = 10.0
MP3_128_LEVEL = 2.0 / 3.0
_FORMANTS = ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480),
             (570, 840, 2410), (440, 1020, 2240), (660, 1720, 2410))  # fmt: skip

Samples = np.ndarray
Change = Callable[[Samples, np.random.Generator], tuple[Samples, int]]


def excerpt(samples: Samples, source: np.random.Generator) -> Samples:
    """Eight seconds from anywhere but the last two seconds, which ring out."""
    length = EXCERPT_SECONDS * RATE
    start = int(source.integers(0, max(len(samples) - 2 * RATE - length, 1)))
    return samples[start : start + length]


def mp3_128(samples: Samples, source: np.random.Generator) -> tuple[Samples, int]:
    """Through an MP3 of 128 kbit/s."""
    buffer = io.BytesIO()
    with soundfile.SoundFile(
        buffer, "w", RATE, samples.shape[1], "MPEG_LAYER_III", format="MP3",
        compression_level=MP3_128_LEVEL, bitrate_mode="CONSTANT",
    ) as file:  # fmt: skip
        file.write(samples)
    buffer.seek(0)
    return soundfile.read(buffer, dtype="float32", always_2d=True)


def trimmed_and_faded(samples: Samples, source: np.random.Generator) -> tuple[Samples, int]:
    """Six of the eight seconds, faded in and out over one, 12 dB lower."""
    start = int(source.integers(0, 2 * RATE))
    cut = samples[start : start + 6 * RATE].copy()
    ramp = np.linspace(0.0, 1.0, RATE, dtype=np.float32)[:, None]
    cut[:RATE] *= ramp
    cut[-RATE:] *= ramp[::-1]
    return cut * np.float32(0.25), RATE


def resampled(samples: Samples, source: np.random.Generator) -> tuple[Samples, int]:
    """At 16 kHz, in one channel."""
    mono = samples.mean(axis=1)
    return resample_poly(mono, 1, 3).astype(np.float32)[:, None], 16_000


def under_speech(samples: Samples, source: np.random.Generator) -> tuple[Samples, int]:
    """Ten loudness units under a voice."""
    voice = speech(len(samples), source)
    both = np.stack((voice, voice), axis=1)
    gap = loudness(both) - loudness(samples) - UNDER_SPEECH_LU
    return (both + samples * np.float32(10.0 ** (gap / 20.0))).astype(np.float32), RATE


CHANGES: dict[str, Change] = {
    "MP3 128 kbit/s": mp3_128,
    "trimmed to 6 s, faded": trimmed_and_faded,
    "resampled to 16 kHz, mono": resampled,
    "10 LU under speech": under_speech,
}


def speech(frames: int, source: np.random.Generator) -> Samples:
    """A voice that says nothing, peak 0.5."""
    parts: list[Samples] = []
    total = 0
    pitch = float(source.uniform(95, 210))
    while total < frames:
        part = _syllable(pitch * float(source.uniform(0.85, 1.2)), source)
        parts.append(part)
        total += len(part)
        if source.random() < 0.12:
            parts.append(np.zeros(int(RATE * source.uniform(0.1, 0.4)), dtype=np.float32))
            total += len(parts[-1])
    voice = np.concatenate(parts)[:frames]
    return (0.5 * voice / np.max(np.abs(voice))).astype(np.float32)


def _syllable(pitch: float, source: np.random.Generator) -> Samples:
    length = int(RATE * source.uniform(0.12, 0.26))
    time = np.arange(length) / RATE
    glide = pitch * (1.0 + source.uniform(-0.12, 0.12) * time / time[-1])
    phase = np.cumsum(glide) / RATE
    pulses = (np.diff(np.floor(phase), prepend=0.0) > 0).astype(np.float64)
    sound = lfilter([1.0], [1.0, -0.96], pulses) + 0.02 * source.standard_normal(length)
    formants = _FORMANTS[int(source.integers(0, len(_FORMANTS)))]
    voiced = sum(_resonance(sound, centre, 80 + 30 * at) / (1 + at) for at, centre in
                 enumerate(formants))  # fmt: skip
    voiced = voiced / max(float(np.max(np.abs(voiced))), 1e-9)
    shape = np.sin(np.pi * np.linspace(0, 1, length)) ** 0.6
    hiss = np.zeros(length)
    if source.random() < 0.5:
        burst = int(0.06 * RATE)
        noise = np.diff(source.standard_normal(burst + 1))
        hiss[:burst] = 0.25 * noise * np.hanning(burst)
    return (voiced * shape + hiss).astype(np.float32)


def _resonance(sound: Samples, centre: float, width: float) -> Samples:
    radius = np.exp(-np.pi * width / RATE)
    angle = 2 * np.pi * centre / RATE
    return lfilter([1 - radius], [1.0, -2 * radius * np.cos(angle), radius**2], sound)
