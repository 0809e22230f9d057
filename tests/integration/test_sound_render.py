"""A whole render: exact frames, loudness, peak, stems, ending, and the same samples twice."""

import hashlib
import math
import os
import re
import subprocess
import sys
import time
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest
from example_scores import example_score

from clearcue.errors import BadInputError
from clearcue.sound import meter
from clearcue.sound.cores import in_order
from clearcue.sound.export import write_audio
from clearcue.sound.render import Rendering, Samples, pcm_bytes, render

SUPPORT = Path(__file__).resolve().parents[1] / "support"
STYLES = {
    "band": {"melody": "flute", "harmony": "piano", "pad": "strings"},
    "machine": {
        "melody": "lead",
        "harmony": "supersaw",
        "bass": "synth_bass",
        "kit": "electronic_kit",
        "bpm": 126,
    },
    "still": {
        "melody": "felt_piano",
        "harmony": "warm_pad",
        "bass": "sub_bass",
        "kit": None,
        "bpm": 96,
    },
}


def decibels(samples: Samples) -> float:
    """RMS of 24-bit samples in dB of full scale."""
    return 20.0 * math.log10(float(np.sqrt(np.mean((samples / 2**23) ** 2))))


@cache
def _rendered(style: str) -> Rendering:
    return render(example_score(2, **STYLES[style]), 7)


@pytest.mark.parametrize("style", STYLES)
def test_render_is_exact_loud_and_clean(style: str) -> None:
    """Frames, loudness, true peak, slope, width and low end lie where a delivery wants them."""
    score, made = example_score(2, **STYLES[style]), _rendered(style)
    frames = score.frames(48_000)
    for samples in (made.mix, made.premaster, *made.stems.values()):
        assert samples.shape == (frames, 2)
        assert samples.dtype == np.int32
        assert np.abs(samples).max() < 2**23 - 1
    heard = made.mix / 2**23
    assert made.lufs == pytest.approx(-14.0, abs=0.1)
    assert made.true_peak_db <= -1.5
    assert -5.6 < meter.slope(heard) < -3.4
    assert -10.0 < meter.side_to_mid_db(heard) < -6.0
    assert meter.low_correlation(heard) > 0.9


@pytest.mark.parametrize("style", STYLES)
def test_stems_are_named_groups_that_sum_to_the_premaster(style: str) -> None:
    """The delivered stems sum to the premaster exactly, and none is silent."""
    made = _rendered(style)
    assert np.array_equal(sum(made.stems.values()), made.premaster)
    expected = ["drums", "bass", "harmony", "melody"]
    assert list(made.stems) == (expected if STYLES[style].get("kit", "x") else expected[1:])
    assert all(decibels(stem) > -60.0 for stem in made.stems.values())


@pytest.mark.parametrize("style", STYLES)
def test_last_chord_rings_and_dies_away(style: str) -> None:
    """The last 50 ms are under -50 dB, and the chord still sounds 0.3 s after its onset."""
    made, score = _rendered(style), example_score(2, **STYLES[style])
    assert decibels(made.mix[-2400:]) < -50.0
    onset = score.tempo.frame_at(score.bars[-2], 48_000)
    first, later = made.mix[onset : onset + 9600], made.mix[onset + 14_400 : onset + 19_200]
    assert decibels(first) - decibels(later) < 14.0


def test_other_seed_other_samples_same_seed_same_samples() -> None:
    """The seed decides the samples, and nothing else does."""
    score = example_score(1, kit=None)
    first, again, other = (render(score, seed) for seed in (1, 1, 2))
    assert pcm_bytes(first.mix) == pcm_bytes(again.mix)
    assert pcm_bytes(first.mix) != pcm_bytes(other.mix)


def test_other_processes_under_load_make_the_same_samples() -> None:
    """Two more at once, with another zone, locale, hash seed and thread timing: the same PCM."""
    script = (
        "import hashlib, sys; from example_scores import example_score\n"
        "sys.setswitchinterval(float(sys.argv[1]))\n"
        "from clearcue.sound.render import pcm_bytes, render\n"
        "print(hashlib.sha256(pcm_bytes(render(example_score(1), 3).mix)).hexdigest())\n"
    )
    environment = os.environ | {
        "PYTHONPATH": str(SUPPORT), "PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo", "LC_ALL": "C",
    }  # fmt: skip
    others = [
        subprocess.Popen(
            [sys.executable, "-c", script, interval],
            env=environment, stdout=subprocess.PIPE, text=True,
        )
        for interval in ("0.00001", "0.5")
    ]  # fmt: skip
    here = hashlib.sha256(pcm_bytes(render(example_score(1), 3).mix)).hexdigest()
    assert [other.communicate()[0].strip() for other in others] == [here, here]


@pytest.mark.needs("ffmpeg")
@pytest.mark.parametrize("suffix", [".wav", ".mp3"])
def test_independent_meter_agrees(tmp_path: Path, suffix: str) -> None:
    """ffmpeg's ebur128 measures -14.0 LUFS and a true peak of at most -1.0, MP3 included."""
    path, made = tmp_path / f"a{suffix}", _rendered("band")
    write_audio(path, made.mix)
    report = subprocess.run(
        ["ffmpeg", "-nostats", "-i", str(path), "-af", "ebur128=peak=true", "-f", "null", "-"],
        capture_output=True, text=True, check=True,
    ).stderr  # fmt: skip
    summary = report[report.rindex("Summary") :]
    integrated = re.search(r"I:\s+(-?[\d.]+) LUFS", summary)
    peak = re.search(r"Peak:\s+(-?[\d.]+) dBFS", summary)
    assert integrated is not None
    assert peak is not None
    assert float(integrated[1]) == pytest.approx(-14.0, abs=0.1)
    assert float(peak[1]) <= -1.0


def test_results_come_in_order_and_an_error_ends_the_rest() -> None:
    """Jobs that end out of order are handed on in order; the first error is raised in its turn."""

    def job(number: int) -> int:
        time.sleep(0.02 * (number % 2 == 0))
        if number == 7:
            raise BadInputError("seven")
        return number

    results = in_order([partial(job, number) for number in range(9)])
    assert [next(results) for _ in range(7)] == list(range(7))
    with pytest.raises(BadInputError, match="seven"):
        next(results)


def test_unknown_instrument_and_empty_score_are_refused() -> None:
    """A part for an instrument that the bank lacks, or no notes at all, is bad input."""
    score = example_score(1)
    strange = replace(score.parts[0], instrument="theremin")
    with pytest.raises(BadInputError, match="theremin"):
        render(replace(score, parts=(strange,)), 1)
    with pytest.raises(BadInputError, match="no notes"):
        render(replace(score, parts=()), 1)


def test_progress_rises_to_one() -> None:
    """Progress names the parts and the master and never goes back."""
    told: list[tuple[str, float]] = []
    render(example_score(1), 1, lambda stage, done: told.append((stage, done)))
    assert [done for _, done in told] == sorted(done for _, done in told)
    assert told[-1][1] == 1.0
    assert {"melody", "drums", "master"} <= {stage for stage, _ in told}
