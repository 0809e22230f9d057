"""Loudness and true peak after ITU-R BS.1770-4, and the spectrum's slope and width.

Conventions: signals are float64 `(n, 2)` at 48 kHz with full scale 1.0; loudness in LUFS (silence
is -inf); peaks in dBTP; the slope in dB per octave; side to mid in dB.
"""

import math

import numpy as np
from scipy import signal

from clearcue.sound.dsp import SAMPLE_RATE, Signal, lowpass
from clearcue.sound.kernels import true_peaks, weighted_powers

_K_WEIGHTING = np.array(
    [
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241,
         0.73248077421585],
        [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621],
    ]
)  # fmt: skip
_HOP = SAMPLE_RATE // 10
_TAPS = 24


def loudness(x: Signal) -> float:
    """Integrated, gated loudness in LUFS (BS.1770-4, annex 1: -70 LUFS, then -10 LU relative).

    A signal shorter than one 400 ms block is taken as one block; silence is -inf.
    """
    hop = min(_HOP, max(1, x.shape[0] // 4))
    power = weighted_powers(np.ascontiguousarray(x), _K_WEIGHTING, hop)
    if power.size < 4:
        return -math.inf
    blocks = (power[:-3] + power[1:-2] + power[2:-1] + power[3:]) / 4.0
    loud = blocks[blocks > 10.0 ** ((-70.0 + 0.691) / 10.0)]
    if loud.size == 0:
        return -math.inf
    gate = float(loud.mean()) * 0.1
    return _lufs(float(loud[loud > gate].mean()))


def _lufs(power: float) -> float:
    return -0.691 + 10.0 * math.log10(power) if power > 0.0 else -math.inf


def interpolator(taps: int = _TAPS) -> Signal:
    """The four branches of a 4x interpolator, shape (4, taps); the first repeats the input."""
    prototype = signal.firwin(4 * taps - 1, 0.245, window=("kaiser", 7.5)) * 4.0
    centred = np.concatenate((np.zeros(1), prototype))
    return np.ascontiguousarray(centred.reshape(taps, 4).T)


def peaks(x: Signal, floor: float = 0.0) -> Signal:
    """Each frame's true peak; frames below `floor` are not interpolated.

    Before and after the signal lies silence, as for a meter that is fed the file alone.
    """
    margin = np.zeros((_TAPS, 2))
    padded = np.concatenate((margin, x, margin))
    found = true_peaks(padded, interpolator(), floor)
    found[_TAPS] = max(found[: _TAPS + 1])
    found[-_TAPS - 1] = max(found[-_TAPS - 1 :])
    return found[_TAPS:-_TAPS]


def true_peak_db(x: Signal) -> float:
    """The highest true peak in dBTP, -inf for silence."""
    top = float(np.max(np.abs(x))) if x.size else 0.0
    if top == 0.0:
        return -math.inf
    return 20.0 * math.log10(float(peaks(x, 0.5 * top).max()))


def octave_levels(x: Signal, centres: Signal) -> Signal:
    """Mean power in dB of the octave around each centre frequency, per hertz."""
    mono_power = np.zeros(4097)
    for channel in range(2):
        mono_power += signal.welch(x[:, channel], SAMPLE_RATE, nperseg=8192, noverlap=0)[1]
    frequencies = np.fft.rfftfreq(8192, 1.0 / SAMPLE_RATE)
    levels = []
    for centre in centres:
        inside = (frequencies >= centre / math.sqrt(2)) & (frequencies < centre * math.sqrt(2))
        levels.append(10.0 * math.log10(float(np.mean(mono_power[inside])) + 1e-20))
    return np.array(levels)


def slope(x: Signal) -> float:
    """Slope of the spectrum from 100 Hz to 4 kHz in dB per octave, by third octaves."""
    octaves = np.arange(0.0, 5.34, 1.0 / 3.0)
    levels = octave_levels(x, 100.0 * 2.0**octaves)
    return float(np.polyfit(octaves, levels, 1)[0])


def side_to_mid_db(x: Signal) -> float:
    """Power of the side over that of the mid, -inf for mono."""
    mid, side = x[:, 0] + x[:, 1], x[:, 0] - x[:, 1]
    ratio = float(np.sum(side**2)) / max(float(np.sum(mid**2)), 1e-20)
    return 10.0 * math.log10(ratio) if ratio > 0.0 else -math.inf


def low_correlation(x: Signal, below: float = 120.0) -> float:
    """Correlation of left and right under `below` Hz; 1 when either is silent."""
    low = lowpass(x, below, 4)
    scale = math.sqrt(float(np.sum(low[:, 0] ** 2)) * float(np.sum(low[:, 1] ** 2)))
    return float(np.sum(low[:, 0] * low[:, 1])) / scale if scale > 1e-12 else 1.0
