"""The master: tilt, width, glue, and a look-ahead true-peak limiter at a set loudness.

Conventions: signals are float64 `(n, 2)`, full scale 1.0. The limiter's peaks are found at four
times the rate (BS.1770-4, annex 2); its gain is the smoothed minimum of what the next 3 ms ask for,
so that it has come down before the peak arrives.
"""

import math

import numpy as np
from scipy import ndimage, signal

from clearcue.errors import ClearcueError
from clearcue.sound.dsp import SAMPLE_RATE, Signal, db, highpass
from clearcue.sound.kernels import follow
from clearcue.sound.meter import loudness, peaks, side_to_mid_db, slope, true_peak_db
from clearcue.sound.mix import compress
from clearcue.sound.profile import MasterProfile

_LOOK_AHEAD = round(0.003 * SAMPLE_RATE)
_RELEASE_SECONDS = 0.09
_ROUNDS = 12
_TILTS = 3


class MasteringError(ClearcueError):
    """The mix cannot be brought to the loudness asked for."""


def master(x: Signal, profile: MasterProfile) -> Signal:
    """Bring a premaster to the profile's tone, width, loudness and peak.

    Raises:
        MasteringError: when the mix is silent or its loudness cannot be reached.
    """
    x = set_width(x, profile)
    top = 20.0 * math.log10(max(float(np.max(np.abs(x))), 1e-9))
    x = compress(x, top + profile.glue_threshold_db, profile.glue_ratio, 0.02, 0.25)
    wanted = _missing_tilt(x, profile)
    for _ in range(_TILTS):
        out = limit_to_loudness(tilted(x, wanted, profile.air_db), profile)
        missing = _missing_tilt(out, profile)
        if abs(missing) < 0.05:
            break
        most = profile.most_tilt_db_per_octave
        wanted = min(max(wanted + 1.2 * missing, -most), most)
    return out


def _missing_tilt(x: Signal, profile: MasterProfile) -> float:
    """How many dB per octave bring the slope to the nearer edge of the profile's range."""
    measured = slope(x)
    low, high = profile.slope_range
    most = profile.most_tilt_db_per_octave
    return min(max(min(max(measured, low), high) - measured, -most), most)


def tilted(x: Signal, db_per_octave: float, air_db: float) -> Signal:
    """Tilt the spectrum around 650 Hz, lift the air, and roll it off above 20 kHz.

    Nothing is heard at the very top, and what lossy codecs cut away cannot come back as overshoot.
    """
    grid = np.linspace(0.0, SAMPLE_RATE / 2.0, 2049)
    octaves = np.log2(np.clip(grid, 70.0, 7000.0) / 650.0)
    air = np.clip(np.log2(np.maximum(grid, 1.0) / 5000.0), 0.0, 1.0) * air_db
    gain = 10.0 ** ((db_per_octave * octaves + air) / 20.0)
    gain *= np.clip((21_600.0 - grid) / 1600.0, 0.0, 1.0)
    return _linear_phase(x, signal.firwin2(1023, grid, gain, fs=SAMPLE_RATE))


def _linear_phase(x: Signal, kernel: Signal) -> Signal:
    half = kernel.size // 2
    padded = np.concatenate((x, np.zeros((half, 2))))
    out = np.empty_like(x)
    for channel in range(2):
        out[:, channel] = signal.oaconvolve(padded[:, channel], kernel)[half : half + x.shape[0]]
    return out


def set_width(x: Signal, profile: MasterProfile) -> Signal:
    """Make the lows mono and bring the side's power into the profile's range of the mid's."""
    mid = 0.5 * (x[:, 0] + x[:, 1])
    side = highpass(0.5 * (x[:, 0] - x[:, 1]), profile.mono_below_hz)
    measured = side_to_mid_db(np.stack((mid + side, mid - side), axis=1))
    if math.isfinite(measured):
        low, high = profile.side_to_mid_db
        side = side * db(min(max(min(max(measured, low), high) - measured, -9.0), 5.0))
    return np.stack((mid + side, mid - side), axis=1)


def limit(x: Signal, gain: float, ceiling: float, peak: Signal) -> Signal:
    """Apply a gain and keep the true peak under the ceiling; `peak` is `meter.peaks(x)`."""
    needed = np.minimum(1.0, ceiling / np.maximum(peak * gain, 1e-12))
    size = 2 * _LOOK_AHEAD + 1
    held = ndimage.minimum_filter1d(needed, size)
    recovered = 1.0 - follow(1.0 - held, 0.0, math.exp(-1.0 / (_RELEASE_SECONDS * SAMPLE_RATE)))
    eased = ndimage.uniform_filter1d(np.minimum(recovered, held), _LOOK_AHEAD, mode="nearest")
    eased = ndimage.uniform_filter1d(eased, _LOOK_AHEAD, mode="nearest")
    return np.asarray(x * (gain * eased)[:, None])


def limit_to_loudness(x: Signal, profile: MasterProfile) -> Signal:
    """Find the gain at which the limited signal has the profile's loudness.

    Raises:
        MasteringError: when the mix is silent, or the loudness stays out of reach.
    """
    start = loudness(x)
    if not math.isfinite(start):
        raise MasteringError("The mix is silent; write notes that sound.")
    peak = peaks(x)
    ceiling_db, gain_db = profile.ceiling_dbtp - 0.05, profile.lufs - start
    for _ in range(_ROUNDS):
        out = limit(x, db(gain_db), db(ceiling_db), peak)
        missing = profile.lufs - loudness(out)
        over = true_peak_db(out) - profile.ceiling_dbtp
        if abs(missing) < 0.03 and over <= 0.0:
            return out
        gain_db += missing
        ceiling_db -= max(over, 0.0)
    raise MasteringError(
        f"The mix misses {profile.lufs} LUFS by {missing:.2f}; make its parts more even."
    )
