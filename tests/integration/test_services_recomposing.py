"""A track composed again from its bundle in another home, and what is said when it cannot be."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from make_provenance_vectors import RECORDS, bundles
from web_app import SmallLibrary, order, small_platform

from clearcue.composer import ENGINE_VERSION
from clearcue.data import releases
from clearcue.rights.corpus import ClearedCorpus
from clearcue.services.making import make_track
from clearcue.services.platform import Platform, Progress
from clearcue.services.recomposing import (
    TOLERANCE_DB,
    Recomposition,
    difference_db,
    recompose,
    wav_samples,
)
from clearcue_provenance import bundle, canonical, wav

ROOT = Path(__file__).resolve().parents[2]
Value = dict[str, Any]


def quiet(stage: str, done: int, total: int) -> None:
    """Tell nobody."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a short track and its bundle."""
    folder = tmp_path_factory.mktemp("made")
    out = folder / "out"
    out.mkdir()
    make_track(small_platform(folder / "home"), order("6"), out, quiet)
    return out


def _again(platform: Platform, data: bytes, audio: bytes | None = None) -> Recomposition:
    return recompose(platform, data, audio, quiet)


def _outcomes(done: Recomposition) -> dict[str, str]:
    return {one.what: one.outcome for one in done.comparisons}


def _changed(folder: Path, change: Callable[[Value], None]) -> bytes:
    """The track's bundle with another statement in it, signed with a test key."""
    stated = json.loads(bundle.parse((folder / "bundle.json").read_bytes()).envelope.payload)
    change(stated)
    return bundles([canonical.encode(stated)], RECORDS)[0]


def test_another_home_composes_the_same_track(made: Path, tmp_path: Path) -> None:
    """From the bundle alone a fresh home makes the same score and the same sound, to the byte."""
    done = _again(small_platform(tmp_path / "fresh"), (made / "bundle.json").read_bytes())
    assert done.same
    assert set(_outcomes(done).values()) == {"same"}
    assert {"engine version", "training set", "score.mid", "score.musicxml", "track.pcm"} <= set(
        _outcomes(done)
    )


def test_another_seed_in_the_record_is_found_out(made: Path, tmp_path: Path) -> None:
    """A record that states another seed than the one that made the score does not come out."""

    def change(value: Value) -> None:
        value["predicate"]["buildDefinition"]["externalParameters"]["seed"] += 1

    done = _again(small_platform(tmp_path / "fresh"), _changed(made, change))
    assert not done.same
    assert _outcomes(done)["score.mid"] == "differs"


def test_another_engine_names_its_release(made: Path, tmp_path: Path) -> None:
    """A record of another engine version is answered with the tag and command that compose it."""

    def change(value: Value) -> None:
        value["predicate"]["runDetails"]["builder"]["version"]["composer"] = "0"

    done = _again(small_platform(tmp_path / "fresh"), _changed(made, change))
    assert not done.same
    assert "knows no release of version 0" in done.advice
    for engine, release in releases.releases().items():
        if engine != ENGINE_VERSION:

            def older(value: Value, engine: str = engine) -> None:
                value["predicate"]["runDetails"]["builder"]["version"]["composer"] = engine

            advice = _again(small_platform(tmp_path / "fresh"), _changed(made, older)).advice
            assert f"release {release.tag} (commit {release.commit})" in advice
            assert "--mood playful --usage ad --seconds 6 --seed 7 --no-licence" in advice


def _git(*arguments: str) -> str:
    """What git prints; an empty text where it fails, as without a repository."""
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return "" if done.returncode else done.stdout.strip()


def test_the_named_releases_are_of_those_engine_versions() -> None:
    """At each named commit the composer says that it is the engine version it is named for."""
    if not (ROOT / ".git").exists() or _git("rev-parse", "--is-shallow-repository") == "true":
        return  # a copy without the history; every clone with it runs the rest
    for engine, release in releases.releases().items():
        found = _git("show", f"{release.commit}:platform/clearcue/composer/__init__.py")
        assert f'ENGINE_VERSION = "{engine}"' in found


class OtherLibrary(SmallLibrary):
    """The small library without one of its works."""

    def corpus(self, withdrawn: frozenset[str], progress: Progress) -> ClearedCorpus:
        """Three works."""
        return super().corpus(withdrawn | {"music21:liliuokalani/aloha_oe"}, progress)


def test_another_training_set_is_named(made: Path, tmp_path: Path) -> None:
    """Where the model would be learnt from other works nothing is composed, and it says so."""
    platform = replace(small_platform(tmp_path / "fresh"), library=OtherLibrary())
    done = _again(platform, (made / "bundle.json").read_bytes())
    assert _outcomes(done) == {"engine version": "same", "training set": "differs"}
    assert "CLEARCUE_POLICY" in done.advice


def test_audio_is_compared_within_the_tolerance(made: Path, tmp_path: Path) -> None:
    """Samples that differ in the last bits are within the tolerance, louder differences are not."""
    samples = wav_samples((made / "track.wav").read_bytes())
    assert difference_db(samples, samples) == float("-inf")
    near, far = samples.copy(), samples.copy()
    near[100, 0] += 2
    far[100, 0] += 2**14
    assert difference_db(samples, near) < TOLERANCE_DB < difference_db(samples, far)
    assert difference_db(samples, samples[:-1]) == 0.0
    assert np.max(np.abs(samples)) < 2**23


def test_a_wrong_hash_is_measured_against_the_given_audio(made: Path, tmp_path: Path) -> None:
    """A stated hash that does not come out is measured, if the audio is the one that is stated."""
    audio = (made / "track.wav").read_bytes()
    data = bytearray(audio)
    start = data.index(b"data") + 8
    data[start + 3000] ^= 1

    def change(value: Value) -> None:
        subject = next(s for s in value["subject"] if s["name"] == "track.pcm")
        subject["digest"]["sha256"] = wav.read_pcm(bytes(data)).sha256

    changed = _changed(made, change)
    platform = small_platform(tmp_path / "fresh")
    without = _again(platform, changed)
    assert _outcomes(without)["track.pcm"] == "not compared"
    assert not without.same
    other = _again(platform, changed, audio)
    assert _outcomes(other)["track.pcm"] == "not compared"
    within = _again(platform, changed, bytes(data))
    assert _outcomes(within)["track.pcm"] == "within tolerance"
    assert within.same
