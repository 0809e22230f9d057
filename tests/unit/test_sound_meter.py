"""The meter against signals whose loudness, peak and slope are known beforehand."""

import math

import numpy as np
import pytest
from scipy import signal

from clearcue.sound import meter
from clearcue.sound.dsp import SAMPLE_RATE, db


def _sine(frequency: float, seconds: float, level_db: float, phase: float = 0.0) -> np.ndarray:
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    one = db(level_db) * np.sin(2 * np.pi * frequency * t + phase)
    return np.stack((one, one), axis=1)


@pytest.mark.parametrize("level", [-23.0, -33.0])
def test_stereo_sine_measures_its_level(level: float) -> None:
    """EBU Tech 3341, cases 1 and 2: a 1 kHz stereo sine measures its own dBFS in LUFS."""
    assert meter.loudness(_sine(1000.0, 5.0, level)) == pytest.approx(level, abs=0.1)


def test_quiet_stretches_are_gated() -> None:
    """EBU Tech 3341, case 3, shortened: stretches 13 dB down before and after do not count."""
    quiet, loud = _sine(1000.0, 2.0, -36.0), _sine(1000.0, 12.0, -23.0)
    assert meter.loudness(np.concatenate((quiet, loud, quiet))) == pytest.approx(-23.0, abs=0.1)


def test_silence_has_no_loudness() -> None:
    """Silence is minus infinity, not an error."""
    assert meter.loudness(np.zeros((48_000, 2))) == -math.inf
    assert meter.true_peak_db(np.zeros((48_000, 2))) == -math.inf


def test_peak_between_samples_is_found() -> None:
    """EBU Tech 3341, case 16: a quarter-rate sine at 45 degrees peaks 3 dB above its samples."""
    wave = _sine(SAMPLE_RATE / 4, 0.5, -6.0, math.pi / 4)
    ramp = np.minimum(1.0, np.arange(wave.shape[0]) / 4800.0)[:, None]
    assert 20 * math.log10(np.abs(wave).max()) == pytest.approx(-9.01, abs=0.01)
    assert meter.true_peak_db(wave * ramp * ramp[::-1]) == pytest.approx(-6.0, abs=0.2)


def test_slope_of_pink_noise_is_three_decibels() -> None:
    """Noise whose power falls as 1/f measures -3 dB an octave."""
    rng = np.random.default_rng(1)
    spectrum = np.fft.rfft(rng.standard_normal((SAMPLE_RATE * 8, 2)), axis=0)
    frequencies = np.fft.rfftfreq(SAMPLE_RATE * 8, 1 / SAMPLE_RATE)
    pink = np.fft.irfft(spectrum / np.sqrt(np.maximum(frequencies, 1.0))[:, None], axis=0)
    assert meter.slope(pink) == pytest.approx(-3.01, abs=0.25)


def test_width_and_low_correlation() -> None:
    """Mono has no side and correlates fully; independent channels have as much side as mid."""
    rng = np.random.default_rng(2)
    wide = rng.standard_normal((SAMPLE_RATE * 4, 2))
    mono = np.repeat(wide[:, :1], 2, axis=1)
    assert meter.side_to_mid_db(mono) == -math.inf
    assert meter.low_correlation(mono) == pytest.approx(1.0)
    assert meter.side_to_mid_db(wide) == pytest.approx(0.0, abs=0.2)
    assert abs(meter.low_correlation(wide)) < 0.2


def test_blocks_change_no_measure() -> None:
    """Across its blocks of 4 s the meter measures what one filter over the whole signal does."""
    rng = np.random.default_rng(3)
    x = 0.1 * rng.standard_normal((SAMPLE_RATE * 9 + 77, 2))
    x[SAMPLE_RATE * 4] = 0.9
    heads = [x[: SAMPLE_RATE * cut] for cut in (3, 9)]
    whole = [_peak_by_resampling(head) for head in heads]
    assert [meter.true_peak_db(head) for head in heads] == pytest.approx(whole, abs=0.2)
    half = meter.loudness(x, np.array([0.5, 0.5]), np.full(x.shape[0], 0.5, np.float32))
    assert half == pytest.approx(meter.loudness(x) - 12.04, abs=0.01)
    assert meter.loudness(np.rint(x * 2**23).astype(np.int32), 2.0**-23) == pytest.approx(
        meter.loudness(x), abs=1e-4
    )


def _peak_by_resampling(x: np.ndarray) -> float:
    return 20.0 * math.log10(np.abs(signal.resample_poly(x, 4, 1, axis=0)).max())
