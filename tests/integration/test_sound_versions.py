"""Versions of a render: room for a voice, a loop without a seam, a disc, pictures."""

import io
import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from example_scores import example_score
from PIL import Image
from scipy import signal

from clearcue.music.score import Section
from clearcue.sound import meter
from clearcue.sound.guards import RenderError
from clearcue.sound.looping import check_seam, loop_ticks, render_loop
from clearcue.sound.pictures import HEIGHT, WIDTH, spectrogram
from clearcue.sound.profile import master_profile
from clearcue.sound.render import Rendering, floats, render
from clearcue.sound.versions import for_disc, underscore, voice_over

WHOLE = 2.0**-23


@cache
def _rendered() -> Rendering:
    return render(example_score(4, harmony="piano", pad="strings"), 7)


def _band_db(samples: np.ndarray, low: float, high: float) -> float:
    sos = signal.butter(4, (low, high), "bandpass", fs=48_000, output="sos")
    return 10.0 * math.log10(float(np.mean(signal.sosfilt(sos, samples * WHOLE, axis=0) ** 2)))


def test_underscore_has_no_melody_and_the_same_loudness() -> None:
    """It is as long and as loud as the mix, and the melody's own notes are gone from it."""
    made = _rendered()
    without = underscore(made, master_profile())
    assert without is not None
    assert without.shape == made.mix.shape
    assert meter.loudness(without, WHOLE) == pytest.approx(-14.0, abs=0.1)
    melody = made.stems["melody"].astype(np.float64)
    alike = [abs(float(np.sum(melody * mix))) / math.sqrt(float(np.sum(melody**2) * np.sum(
        mix.astype(np.float64) ** 2))) for mix in (without, made.mix)]  # fmt: skip
    assert alike[0] < 0.25 * alike[1]
    only = replace(made, stems={"melody": made.stems["melody"]})
    assert underscore(only, master_profile()) is None


def test_voice_over_lies_ten_down_with_room_for_speech() -> None:
    """10 LU under the mix; between 1 and 4 kHz it gives way by a further 4 dB and more."""
    made = _rendered()
    under = voice_over(made)
    assert meter.loudness(under, WHOLE) == pytest.approx(made.lufs - 10.0, abs=0.1)
    speech, lows = (
        _band_db(under, *band) - _band_db(made.mix, *band) for band in ((1000, 4000), (80, 500))
    )
    assert speech < lows - 4.0


def test_disc_is_dithered_and_in_tune() -> None:
    """The same samples twice; back at 48 kHz it is the mix up to 15 kHz, and silence is dither."""
    made = _rendered()
    disc = for_disc(made.mix)
    assert disc.dtype == np.int16
    assert disc.shape == (round(made.mix.shape[0] * 441 / 480), 2)
    assert np.array_equal(disc, for_disc(made.mix))
    back = signal.resample_poly(disc / 2**15, 160, 147, axis=0)[: made.mix.shape[0]]
    error = back[1000:-1000] - made.mix[1000 : back.shape[0] - 1000] * WHOLE
    low = signal.sosfilt(signal.butter(6, 15_000, fs=48_000, output="sos"), error, axis=0)
    assert 20 * math.log10(float(np.sqrt(np.mean(low**2)))) < -78.0
    silent = for_disc(np.zeros((48_000, 2), dtype=np.int32))
    assert set(np.unique(silent)) == {-1, 0, 1}


def test_loop_goes_round_without_a_seam() -> None:
    """Three times in a row, the step over the seam is like any other, at any scale."""
    score = example_score(4, pad="strings")
    bar = score.bars[1]
    score = replace(score, sections=(Section("A", 0, 4 * bar, 0.7), Section("B", 4 * bar, bar, 1)))
    assert loop_ticks(score) == (0, 4 * bar)
    loop = render_loop(score, 7, master_profile())
    assert loop is not None
    assert loop.shape[0] == pytest.approx(score.tempo.frame_at(4 * bar, 48_000), abs=16)
    thrice = np.tile(loop, (3, 1)) * WHOLE
    for order in (1, 2, 3):
        steps = np.abs(np.diff(thrice, order, axis=0)).max(axis=1)
        near = steps[loop.shape[0] - 8 : loop.shape[0] + 8].max()
        assert near <= np.quantile(steps, 0.999)
    levels = [
        float(np.mean(thrice[loop.shape[0] + at : loop.shape[0] + at + 960] ** 2))
        for at in (-960, 0)
    ]
    inside = [
        float(np.mean(thrice[at : at + 960] ** 2)) for at in range(0, loop.shape[0] - 960, 960)
    ]
    assert min(inside) <= levels[0] <= max(inside)
    assert min(inside) <= levels[1] <= max(inside)


def test_a_seam_that_jumps_is_refused() -> None:
    """Where the third time begins otherwise than the second, the loop is not delivered."""
    rng = np.random.default_rng(1)
    once = rng.integers(-(2**20), 2**20, (9600, 2), dtype=np.int32)
    check_seam(np.tile(once, (3, 1)), 9600)
    broken = np.tile(once, (3, 1))
    broken[19_200:19_700] //= 2
    with pytest.raises(RenderError, match="seam"):
        check_seam(broken, 9600)


def test_nothing_to_loop_is_none() -> None:
    """A piece whose sections are too short has no loop."""
    assert render_loop(example_score(1), 7, master_profile()) is None


def test_spectrogram_shows_where_the_sound_is() -> None:
    """A 1 kHz tone is a bright row at its octave, and nothing else is bright."""
    t = np.arange(96_000) / 48_000
    tone = np.rint(2**21 * np.sin(2 * np.pi * 1000 * t)).astype(np.int32)
    picture = Image.open(io.BytesIO(spectrogram(np.stack((tone, tone), axis=1))))
    assert picture.size == (WIDTH, HEIGHT)
    grey = np.asarray(picture.convert("L"), dtype=float)[:, 200:1000].mean(axis=1)
    row = (1.0 - math.log(1000 / 40) / math.log(500)) * HEIGHT
    assert abs(int(np.argmax(grey)) - row) < 4
    assert np.median(grey) < 0.2 * grey.max()


def test_floats_and_samples_agree() -> None:
    """A sample's float is its share of full scale."""
    assert floats(np.array([[2**22, -(2**23)]], dtype=np.int32)).tolist() == [[0.5, -1.0]]
