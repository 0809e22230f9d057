"""Tracks to try audio fingerprints on: composed and rendered by the product, kept on disk.

python tests/support/audio_material.py FOLDER FIRST LAST
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile

from clearcue.bootstrap import open_platform
from clearcue.composer.brief import Brief, parse_seconds
from clearcue.composer.catalogue import catalogue
from clearcue.composer.compose import compose
from clearcue.composer.model import Model
from clearcue.errors import ClearcueError
from clearcue.services.training import cleared
from clearcue.settings import read_settings
from clearcue.sound.render import render

SECONDS = "20"
FIRST_SEED = 70_000
RATE = 48_000
FULL_SCALE = 2.0**23


def quiet(stage: str, done: int, total: int) -> None:
    """Progress that nobody reads."""
    del stage, done, total


def trained_model() -> Model:
    """The model of the installation that the environment names."""
    opened = open_platform(read_settings(os.environ))
    return opened.library.model(cleared(opened, quiet), quiet)


def rendered(folder: Path, numbers: Sequence[int], model: Model | None = None) -> None:
    """Render the tracks of these numbers into FLAC files: the mix, and one stem of each."""
    folder.mkdir(parents=True, exist_ok=True)
    moods = list(catalogue().moods)
    for number in numbers:
        if mix_path(folder, number).exists():
            continue
        model = model or trained_model()
        brief = Brief(moods[number % len(moods)], "ad", parse_seconds(SECONDS))
        score = compose(model, brief, FIRST_SEED + number, 0).score
        try:
            sound = render(score, FIRST_SEED + number)
        except ClearcueError as error:  # what its own checks refuse is no track; go on
            print(f"track {number}: {error}", file=sys.stderr)
            continue
        stem = sorted(sound.stems)[number % len(sound.stems)]
        _write(stem_path(folder, number), sound.stems[stem])
        _write(mix_path(folder, number), sound.mix)


def mix_path(folder: Path, number: int) -> Path:
    """Where a track's mix lies."""
    return folder / f"{number:04}.flac"


def stem_path(folder: Path, number: int) -> Path:
    """Where one stem of a track lies."""
    return folder / f"{number:04}-stem.flac"


def _write(path: Path, samples: np.ndarray) -> None:
    partial = path.with_suffix(".part")
    soundfile.write(partial, samples / FULL_SCALE, RATE, format="FLAC", subtype="PCM_16")
    partial.replace(path)


if __name__ == "__main__":
    first, last = map(int, sys.argv[2:4])
    rendered(Path(sys.argv[1]), range(first, last))
