"""The guards: each defect of a finished mix is refused by name."""

import numpy as np
import pytest

from clearcue.sound.guards import RenderError, check_finite, check_fold_down, check_mix, check_seams

FRAMES = 48_000


def _music() -> np.ndarray:
    """A second of noise that swells and dies away, 24-bit."""
    rng = np.random.default_rng(4)
    shape = np.sin(np.pi * np.arange(FRAMES) / FRAMES) ** 2
    shape[-3000:] = 0.0
    return (rng.standard_normal((FRAMES, 2)) * shape[:, None] * 2**20).astype(np.int32)


def test_good_mix_passes() -> None:
    """Noise that dies away passes every check."""
    check_mix(_music(), FRAMES)


def test_wrong_length_is_refused() -> None:
    """One frame too few is refused."""
    with pytest.raises(RenderError, match="shape"):
        check_mix(_music()[:-1], FRAMES)


def test_full_scale_sample_is_clipping() -> None:
    """A sample at full scale is refused."""
    mix = _music()
    mix[100, 0] = 2**23 - 1
    with pytest.raises(RenderError, match="clipped"):
        check_mix(mix, FRAMES)


def test_silence_is_refused() -> None:
    """All zeros are refused."""
    with pytest.raises(RenderError, match="silent"):
        check_mix(np.zeros((FRAMES, 2), np.int32), FRAMES)


def test_offset_is_refused() -> None:
    """An offset of one channel by a hundredth of full scale is refused."""
    mix = _music()
    mix[:, 1] += 2**23 // 100
    with pytest.raises(RenderError, match="offset"):
        check_mix(mix, FRAMES)


def test_square_wave_has_no_plausible_crest() -> None:
    """A square wave is refused for its crest."""
    wave = np.where(np.arange(FRAMES) // 50 % 2 == 0, 2**22, -(2**22)).astype(np.int32)
    with pytest.raises(RenderError, match="crest"):
        check_mix(np.stack((wave, wave), axis=1), FRAMES)


def test_cut_ending_is_refused() -> None:
    """Music that still sounds in the last 50 ms is refused."""
    mix = _music()
    mix[-2400:] = mix[20_000:22_400] // 8
    with pytest.raises(RenderError, match="die away"):
        check_mix(mix, FRAMES)


def test_value_that_is_no_number_is_refused() -> None:
    """One NaN is refused, with the name of what it is in."""
    bad = np.zeros((10, 2))
    bad[3, 1] = np.nan
    with pytest.raises(RenderError, match="the harp"):
        check_finite(bad, "the harp")


def test_what_vanishes_in_mono_is_refused() -> None:
    """A mix whose channels cancel each other, in whole or in the low end, is not delivered."""
    t = np.arange(96_000) / 48_000
    high, low = np.sin(2 * np.pi * 900 * t), np.sin(2 * np.pi * 60 * t)
    left = np.rint(2**21 * (high + 0.5 * low))
    check_fold_down(np.stack((left, left), axis=1).astype(np.int32))
    with pytest.raises(RenderError, match="in mono"):
        check_fold_down(np.stack((left, -left), axis=1).astype(np.int32))
    turned = np.rint(2**21 * (high - 0.5 * low))
    with pytest.raises(RenderError, match="out of phase below 120 Hz"):
        check_fold_down(np.stack((left, turned), axis=1).astype(np.int32))


def test_a_click_at_a_seam_is_refused_and_a_stroke_is_not() -> None:
    """A jump of a tenth of full scale in a soft tone clicks; noise that begins there does not."""
    t = np.arange(96_000) / 48_000
    soft = np.rint(2**20 * np.sin(2 * np.pi * 200 * t)).astype(np.int32)
    stroke = soft.copy()
    stroke[48_000:60_000] += np.random.default_rng(1).integers(-(2**21), 2**21, 12_000)
    check_seams(np.stack((stroke, stroke), axis=1).astype(np.int32), [0, 48_000, 95_999])
    soft[48_000:] += 2**20
    with pytest.raises(RenderError, match=r"clicks at 1\.00 s"):
        check_seams(np.stack((soft, soft), axis=1), [48_000])
