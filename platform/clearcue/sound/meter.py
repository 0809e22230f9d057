"""Loudness and true peak after ITU-R BS.1770-4, and the spectrum's slope and width.

Conventions: signals are `(n, 2)` at 48 kHz, floats with full scale 1.0 or whole numbers with a
`gain` (one, or one a channel) that brings them there; loudness in LUFS (silence is -inf); peaks in
dBTP; the slope in dB per octave; side to mid in dB. Gains are taken while reading, and peaks in
blocks, so that no copy of a long signal is made. A `Riding` is a gain for each frame.
"""

import math
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft, signal

from clearcue.sound.cores import in_order
from clearcue.sound.dsp import SAMPLE_RATE, Signal, Track, lowpass
from clearcue.sound.level_kernels import highest_of, read_into, true_peaks, weighted_powers

Sound = NDArray[Any]
Riding = NDArray[np.float32] | None
Gain = float | Signal

_K_WEIGHTING = np.array(
    [
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241,
         0.73248077421585],
        [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621],
    ]
)  # fmt: skip
_HOP = SAMPLE_RATE // 10
_TAPS = 24
_BLOCK = 40 * _HOP
_SEGMENT = 8192
_THIN = 8
"""Samples that are summed to one before the low end is looked at; little folds down there."""
_STEADY = np.empty(0, dtype=np.float32)


def _gains(gain: Gain) -> tuple[float, float]:
    left, right = np.broadcast_to(np.asarray(gain, dtype=np.float64), 2)
    return float(left), float(right)


def _rider(riding: Riding) -> Track:
    return _STEADY if riding is None else riding


def loudness(x: Sound, gain: Gain = 1.0, riding: Riding = None) -> float:
    """Integrated, gated loudness in LUFS (BS.1770-4, annex 1: -70 LUFS, then -10 LU relative).

    A signal shorter than one 400 ms block is taken as one block; silence is -inf.
    """
    hop = min(_HOP, max(1, x.shape[0] // 4))
    power = weighted_powers(x, *_gains(gain), _rider(riding), _K_WEIGHTING, hop)
    if power.size < 4:
        return -math.inf
    mean = (power[:-3] + power[1:-2] + power[2:-1] + power[3:]) / 4.0
    loud = mean[mean > 10.0 ** ((-70.0 + 0.691) / 10.0)]
    if loud.size == 0:
        return -math.inf
    gate = float(loud.mean()) * 0.1
    return _lufs(float(loud[loud > gate].mean()))


def _lufs(power: float) -> float:
    return -0.691 + 10.0 * math.log10(power) if power > 0.0 else -math.inf


def interpolator(taps: int = _TAPS) -> Track:
    """The four branches of a 4x interpolator, shape (4, taps); the first repeats the input."""
    prototype = signal.firwin(4 * taps - 1, 0.245, window=("kaiser", 7.5)) * 4.0
    centred = np.concatenate((np.zeros(1), prototype))
    return np.ascontiguousarray(centred.reshape(taps, 4).T, dtype=np.float32)


def peaks(x: Sound, floor: float = 0.0, gain: Gain = 1.0, riding: Riding = None) -> Track:
    """Each frame's true peak, as float32 (n,); stretches below `floor` are not interpolated.

    Before and after the signal lies silence, as for a meter that is fed the file alone; what peaks
    there belongs to the first and the last frame.
    """
    n, half, phases = x.shape[0], _TAPS // 2, interpolator()
    gains, rider = _gains(gain), _rider(riding)
    out = np.zeros(n, dtype=np.float32)

    def measure(start: int) -> None:
        first = start - half if start == 0 else start
        stop = min(start + _BLOCK, n)
        last = stop + half if stop == n else stop
        padded = np.zeros((last - first + _TAPS, 2), dtype=np.float32)
        low, high = max(first - half, 0), min(last + half, n)
        read_into(padded[low - first + half :], x[low:high], *gains, rider[low:high])
        found = true_peaks(padded, phases, floor)
        out[start:stop] = found[start - first : stop - first]
        out[start] = max(out[start], found[: start - first + 1].max())
        out[stop - 1] = max(out[stop - 1], found[stop - first - 1 :].max())

    for _ in in_order([partial(measure, start) for start in range(0, n, _BLOCK)]):
        pass
    return out


def highest(x: Sound, gain: Gain = 1.0, riding: Riding = None) -> float:
    """The highest absolute sample, 0 for none."""
    return float(highest_of(x, *_gains(gain), _rider(riding)))


def true_peak_db(x: Sound, gain: Gain = 1.0, riding: Riding = None) -> float:
    """The highest true peak in dBTP, -inf for silence."""
    top = highest(x, gain, riding)
    if top == 0.0:
        return -math.inf
    return 20.0 * math.log10(float(peaks(x, 0.5 * top, gain, riding).max()))


def octave_levels(x: Sound, centres: Signal, riding: Riding = None) -> Signal:
    """Mean power in dB of the octave around each centre frequency, per hertz (Welch's method)."""
    power = np.zeros(_SEGMENT // 2 + 1)
    window = signal.get_window("hann", _SEGMENT).astype(np.float32)
    size = min(_SEGMENT, x.shape[0])
    count = max(1, x.shape[0] // _SEGMENT)
    for start in range(0, count, 16):
        stop = min(start + 16, count)
        block = np.zeros(((stop - start), _SEGMENT, 2), dtype=np.float32)
        span = slice(start * _SEGMENT, (stop - 1) * _SEGMENT + size)
        part = x[span] if riding is None else x[span] * riding[span, None]
        block.reshape(-1, 2)[: part.shape[0]] = part
        spectrum = fft.rfft(block.transpose(2, 0, 1) * window, axis=-1)
        power += np.sum(spectrum.real**2 + spectrum.imag**2, axis=(0, 1), dtype=np.float64)
    power *= 2.0 / (count * SAMPLE_RATE * float(np.sum(window.astype(np.float64) ** 2)))
    frequencies = np.fft.rfftfreq(_SEGMENT, 1.0 / SAMPLE_RATE)
    levels = []
    for centre in centres:
        inside = (frequencies >= centre / math.sqrt(2)) & (frequencies < centre * math.sqrt(2))
        levels.append(10.0 * math.log10(float(np.mean(power[inside])) + 1e-20))
    return np.array(levels)


def slope(x: Sound, riding: Riding = None) -> float:
    """Slope of the spectrum from 100 Hz to 4 kHz in dB per octave, by third octaves."""
    octaves = np.arange(0.0, 5.34, 1.0 / 3.0)
    levels = octave_levels(x, 100.0 * 2.0**octaves, riding)
    return float(np.polyfit(octaves, levels, 1)[0])


def side_to_mid_db(x: Sound) -> float:
    """Power of the side over that of the mid, -inf for mono."""
    side, mid = 0.0, 0.0
    for start in range(0, x.shape[0], _BLOCK):
        block = x[start : start + _BLOCK].astype(np.float64)
        side += float(np.sum((block[:, 0] - block[:, 1]) ** 2))
        mid += float(np.sum((block[:, 0] + block[:, 1]) ** 2))
    ratio = side / max(mid, 1e-20)
    return 10.0 * math.log10(ratio) if ratio > 0.0 else -math.inf


def low_correlation(x: Sound, below: float = 120.0) -> float:
    """Correlation of left and right under `below` Hz; 1 when either is silent."""
    thinned = x[::_THIN].astype(np.float32)
    for shift in range(1, _THIN):
        more = x[shift::_THIN]
        thinned[: more.shape[0]] += more
    low = lowpass(thinned, below * _THIN, 4).astype(np.float64)
    scale = math.sqrt(float(np.sum(low[:, 0] ** 2)) * float(np.sum(low[:, 1] ** 2)))
    return float(np.sum(low[:, 0] * low[:, 1])) / scale if scale > 1e-12 else 1.0
