"""The master: tilt, width, glue, and a look-ahead true-peak limiter at a set loudness.

Conventions: signals are float32 `(n, 2)`, full scale 1.0. The limiter's peaks are found at four
times the rate (BS.1770-4, annex 2); its gain is the smoothed minimum of what the next 3 ms ask for,
so that it has come down before the peak arrives.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft, signal

from clearcue.errors import ClearcueError
from clearcue.sound.curves import balance
from clearcue.sound.dsp import SAMPLE_RATE, Signal, Track, db, highpass
from clearcue.sound.level_kernels import least_ahead, recover, smooth
from clearcue.sound.meter import highest, loudness, peaks, slope, true_peak_db
from clearcue.sound.mix import compress
from clearcue.sound.profile import CENTRES, Curve, MasterProfile

_LOOK_AHEAD = round(0.003 * SAMPLE_RATE)
_RELEASE_SECONDS = 0.09
_ROUNDS = 16
_LEAST_YIELD = 0.25
"""The least that loudness is taken to grow by for a decibel of gain: a limiter holds it back."""
_TILTS = 3
_ROUGH_LU, _FINE_LU = 0.4, 0.03
_FFT_FRAMES = 2**15
_NEVER_LIMITED = 0.08
"""Stretches this far below the highest sample are read without what lies between the samples: a
limiter that took them down by 20 dB would miss its loudness first."""


class MasteringError(ClearcueError):
    """The mix cannot be brought to the loudness asked for."""


@dataclass(frozen=True, slots=True)
class Limiting:
    """A gain in dB, a ceiling in dBTP, and the gain reduction a frame that they ask for."""

    gain_db: float
    ceiling_db: float
    riding: NDArray[np.float32]


def master(x: Track, profile: MasterProfile) -> Track:
    """Bring a premaster to the profile's tone, width, loudness and peak; `x` is used up.

    Raises:
        MasteringError: when the mix is silent or its loudness cannot be reached.
    """
    set_width(x, profile)
    top = 20.0 * math.log10(max(highest(x), 1e-9))
    compress(x, top + profile.glue_threshold_db, profile.glue_ratio, 0.02, 0.25)
    shape = balance(x, profile.curve)
    wanted = _missing_tilt(slope(x), profile)
    most, limiting = profile.most_tilt_db_per_octave, None
    for left in reversed(range(_TILTS)):
        out = tilted(x, wanted, profile.air_db, shape)
        peak = peaks(out, _NEVER_LIMITED * highest(out))
        limiting = limit_to_loudness(out, peak, profile, _ROUGH_LU, limiting)
        missing = _missing_tilt(slope(out, limiting.riding), profile)
        if abs(missing) < 0.05 or not left:
            break
        wanted = min(max(wanted + 1.2 * missing, -most), most)
    limiting = limit_to_loudness(out, peak, profile, _FINE_LU, limiting)
    for start in range(0, out.shape[0], SAMPLE_RATE):
        span = slice(start, start + SAMPLE_RATE)
        out[span] *= np.float32(db(limiting.gain_db)) * limiting.riding[span, None]
    return out


def _missing_tilt(measured: float, profile: MasterProfile) -> float:
    """How many dB per octave bring a slope to the nearer edge of the profile's range."""
    low, high = profile.slope_range
    most = profile.most_tilt_db_per_octave
    return min(max(min(max(measured, low), high) - measured, -most), most)


def tilted(x: Track, db_per_octave: float, air_db: float, shape: Curve) -> Track:
    """Tilt the spectrum around 650 Hz, shape its octaves, lift the air, and end it above 20 kHz.

    Nothing is heard at the very top, and what lossy codecs cut away cannot come back as overshoot.
    """
    grid = np.linspace(0.0, SAMPLE_RATE / 2.0, 2049)
    octaves = np.log2(np.clip(grid, 70.0, 7000.0) / 650.0)
    air = np.clip(np.log2(np.maximum(grid, 1.0) / 5000.0), 0.0, 1.0) * air_db
    shaped = np.interp(np.log2(np.maximum(grid, 1.0)), np.log2(CENTRES), shape)
    gain = 10.0 ** ((db_per_octave * octaves + air + shaped) / 20.0)
    gain *= np.clip((21_600.0 - grid) / 1600.0, 0.0, 1.0)
    return _linear_phase(x, signal.firwin2(1023, grid, gain, fs=SAMPLE_RATE))


def _linear_phase(x: Track, kernel: Signal) -> Track:
    """Filter (n, 2) by a symmetrical kernel, by overlap and save, without delay."""
    half, n = kernel.size // 2, x.shape[0]
    step = _FFT_FRAMES - 2 * half
    spectrum = fft.rfft(kernel.astype(np.float32), _FFT_FRAMES)
    out = np.empty_like(x)
    segment = np.empty((2, _FFT_FRAMES), dtype=np.float32)
    for start in range(0, n, step):
        low, high = max(start - half, 0), min(start + step + half, n)
        segment[:] = 0.0
        segment[:, low - start + half : high - start + half] = x[low:high].T
        found = fft.irfft(fft.rfft(segment, axis=1) * spectrum, _FFT_FRAMES, axis=1)
        stop = min(start + step, n)
        out[start:stop] = found[:, 2 * half : 2 * half + stop - start].T
    return out


def set_width(x: Track, profile: MasterProfile) -> None:
    """Make the lows mono and bring the side's power into the profile's range of the mid's."""
    side = highpass(np.float32(0.5) * (x[:, 0] - x[:, 1]), profile.mono_below_hz)
    powers = np.zeros(2)
    for start in range(0, x.shape[0], SAMPLE_RATE):
        block = x[start : start + SAMPLE_RATE]
        mid = 0.5 * np.sum(block, axis=1, dtype=np.float64)
        wide = side[start : start + SAMPLE_RATE].astype(np.float64)
        powers += (np.sum(mid**2), np.sum(wide**2))
    gain = 1.0
    if powers.min() > 0.0:
        measured = 10.0 * math.log10(powers[1] / powers[0])
        low, high = profile.side_to_mid_db
        gain = db(min(max(min(max(measured, low), high) - measured, -9.0), 8.0))
    for start in range(0, x.shape[0], SAMPLE_RATE):
        span = slice(start, start + SAMPLE_RATE)
        mid = 0.5 * np.sum(x[span], axis=1, dtype=np.float64)
        panned = gain * side[span]
        x[span, 0], x[span, 1] = mid + panned, mid - panned


def reduction(peak: Track, gain_db: float, ceiling_db: float) -> NDArray[np.float32]:
    """The gain a frame, at most 1, that keeps peaks under a ceiling; see the module's docstring."""
    riding = np.empty_like(peak)
    least_ahead(peak, db(gain_db), db(ceiling_db), _LOOK_AHEAD, riding)
    recover(riding, math.exp(-1.0 / (_RELEASE_SECONDS * SAMPLE_RATE)))
    smooth(riding, _LOOK_AHEAD)
    smooth(riding, _LOOK_AHEAD)
    return riding


def limit_to_loudness(
    x: Track, peak: Track, profile: MasterProfile, within: float, start: Limiting | None = None
) -> Limiting:
    """Find the gain at which the limited signal has the profile's loudness within some LU.

    `peak` is `meter.peaks(x)`; `start` is where to begin to look. The true peak of what comes out
    is measured and the ceiling lowered by what it overshoots.

    Raises:
        MasteringError: when the mix is silent, or the loudness stays out of reach.
    """
    if start is None:
        measured = loudness(x)
        if not math.isfinite(measured):
            raise MasteringError("The mix is silent; write notes that sound.")
        start = Limiting(profile.lufs - measured, profile.ceiling_dbtp - 0.05, peak)
    gain_db, ceiling_db = start.gain_db, start.ceiling_db
    yields, before = 1.0, None
    for _ in range(_ROUNDS):
        riding = reduction(peak, gain_db, ceiling_db)
        missing = profile.lufs - loudness(x, db(gain_db), riding)
        if before is not None and abs(gain_db - before[0]) > 1e-3:
            yields = (before[1] - missing) / (gain_db - before[0])
        before = gain_db, missing
        if abs(missing) < within:
            over = true_peak_db(x, db(gain_db), riding) - profile.ceiling_dbtp
            if over <= 0.0:
                return Limiting(gain_db, ceiling_db, riding)
            ceiling_db -= over
            before = None
        gain_db += missing / min(max(yields, _LEAST_YIELD), 1.0)
    raise MasteringError(
        f"The mix misses {profile.lufs} LUFS by {missing:.2f}; make its parts more even."
    )
