"""An ear that is not ours: what librosa hears in a rendered track.

It is given sounds and questions, never the composer's own numbers as answers: whether the planned
tempo fits the onsets better than its rivals do, where the planned key stands among all, how loud
each section is, and features that a mood may show in. Sounds are mono at 24 kHz.
"""

from collections.abc import Mapping, Sequence

import librosa
import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

Signal = NDArray[np.float64]
RATE = 24_000
HOP = 256
RIVALS = tuple(round(0.80 + 0.01 * step, 2) for step in range(41))
"""Tempi that compete with the planned one, as factors, without those within 3 % of it."""
PHASES = 16
MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])
"""Krumhansl and Kessler's profiles (1982)."""


def mono(samples: NDArray[np.int32], sample_rate: int) -> Signal:
    """24-bit stereo samples as one channel at `RATE`."""
    joined = samples.astype(np.float64).mean(axis=1) / 2**23
    return np.asarray(resample_poly(joined, 1, sample_rate // RATE))


def onsets(sound: Signal) -> Signal:
    """Onset strength by frame."""
    return np.asarray(librosa.onset.onset_strength(y=sound, sr=RATE, hop_length=HOP))


def pulse(strength: Signal, beats_per_minute: float) -> float:
    """How strong the onsets are on a grid of eighths at a tempo, at its best phase.

    Strengths are taken over the mean of the whole, so that 1 is no pulse at all.
    """
    step = 30.0 / beats_per_minute * RATE / HOP
    count = int(len(strength) / step) - 1
    best = 0.0
    for phase in range(PHASES):
        places = step * (phase / PHASES + np.arange(count))
        best = max(best, float(np.interp(places, np.arange(len(strength)), strength).mean()))
    return best / max(float(strength.mean()), 1e-9)


def tempo_rank(strength: Signal, planned: float) -> int:
    """The planned tempo's place among its rivals, 1 being the best."""
    own = pulse(strength, planned)
    rivals = [pulse(strength, planned * factor) for factor in RIVALS if abs(factor - 1) > 0.03]
    return 1 + sum(rival > own for rival in rivals)


def chroma(sound: Signal) -> Signal:
    """Mean energy of the twelve pitch classes, from C."""
    found = librosa.feature.chroma_cqt(y=sound, sr=RATE, hop_length=2048, bins_per_octave=36)
    return np.asarray(found.mean(axis=1))


def key_scores(classes: Signal) -> Signal:
    """How well each key fits: twelve major ones from C, then twelve minor ones."""
    profiles = [np.roll(profile, tonic) for profile in (MAJOR, MINOR) for tonic in range(12)]
    return np.array([np.corrcoef(classes, profile)[0, 1] for profile in profiles])


def key_rank(classes: Signal, tonic: int, minor: bool) -> int:
    """The place of a key among the 24, 1 being the best."""
    scores = key_scores(classes)
    return 1 + int((scores > scores[tonic + 12 * minor]).sum())


def loudness(sound: Signal, spans: Sequence[tuple[float, float]]) -> list[float]:
    """The level of each span of seconds, in dB of its mean power."""
    levels = []
    for start, end in spans:
        part = sound[int(start * RATE) : int(end * RATE)]
        levels.append(float(10 * np.log10(max(float((part**2).mean()), 1e-12))))
    return levels


def cues(sound: Signal, strength: Signal, classes: Signal) -> dict[str, float]:
    """Cues for the fixed rule: mode, onsets a second, octaves of the centroid, level below peak."""
    scores = key_scores(classes)
    peaks = librosa.onset.onset_detect(onset_envelope=strength, sr=RATE, hop_length=HOP)
    centroid = librosa.feature.spectral_centroid(y=sound, sr=RATE)
    rms = np.sqrt((sound**2).mean())
    return {
        "mode": float(scores[:12].max() - scores[12:].max()),
        "tempo": len(peaks) / (len(sound) / RATE),
        "register": float(np.log2(np.median(centroid))),
        "dynamics": float(20 * np.log10(rms / np.abs(sound).max())),
    }


def features(sound: Signal, strength: Signal, classes: Signal) -> dict[str, float]:
    """What a classifier may learn from: timbre, rhythm, tonality and level, by mean and spread."""
    found: dict[str, float] = dict(cues(sound, strength, classes))
    series: Mapping[str, Signal] = {
        "centroid": librosa.feature.spectral_centroid(y=sound, sr=RATE)[0],
        "bandwidth": librosa.feature.spectral_bandwidth(y=sound, sr=RATE)[0],
        "rolloff": librosa.feature.spectral_rolloff(y=sound, sr=RATE)[0],
        "flatness": np.log(librosa.feature.spectral_flatness(y=sound)[0] + 1e-9),
        "rms": np.log(librosa.feature.rms(y=sound)[0] + 1e-6),
        "crossings": librosa.feature.zero_crossing_rate(sound)[0],
        "onset": strength,
    }
    for name, values in series.items():
        found[f"{name} mean"], found[f"{name} spread"] = float(values.mean()), float(values.std())
    mel = librosa.feature.mfcc(y=sound, sr=RATE, n_mfcc=13)
    found |= {f"mfcc {n}": float(row.mean()) for n, row in enumerate(mel)}
    found |= {f"mfcc {n} spread": float(row.std()) for n, row in enumerate(mel)}
    scores = key_scores(classes)
    tonic = int(scores.argmax()) % 12
    turned = np.roll(classes / max(float(classes.sum()), 1e-9), -tonic)
    found |= {f"degree {n}": float(value) for n, value in enumerate(turned)}
    found["tempogram"] = float(
        librosa.feature.tempo(onset_envelope=strength, sr=RATE, hop_length=HOP)[0]
    )
    found["major"], found["minor"] = float(scores[:12].max()), float(scores[12:].max())
    return found
