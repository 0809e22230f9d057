"""Landmarks: a recording is known again after what happens to recordings, another one is not."""

import numpy as np
import pytest
from audio_changes import CHANGES, RATE

from clearcue.originality.landmarks import (
    FOUND_PAIRS,
    Recordings,
    landmarks_of,
    recordings_of,
)


def music(seed: int, seconds: float = 14.0) -> np.ndarray:
    """Made-up music: plucked tones with overtones, over a quiet noise, in two channels."""
    source = np.random.default_rng(seed)
    frames = int(seconds * RATE)
    sound = 0.001 * source.standard_normal(frames)
    at = 0
    while at < frames - RATE:
        pitch = 55.0 * 2.0 ** (source.integers(0, 48) / 12.0)
        length = min(int(RATE * source.uniform(0.3, 1.2)), frames - at)
        time = np.arange(length) / RATE
        for overtone in range(1, 9):
            level = source.uniform(0.02, 0.1) / overtone
            tone = np.sin(2 * np.pi * pitch * overtone * time + source.uniform(0, 6))
            sound[at : at + length] += level * tone * np.exp(-4.0 * time)
        at += int(RATE * source.choice((0.125, 0.25, 0.25, 0.5)))
    return np.stack((sound, 0.9 * sound), axis=1).astype(np.float32)


@pytest.fixture(scope="module")
def known() -> Recordings:
    """Six recordings."""
    return recordings_of([(f"track-{seed}", landmarks_of(music(seed), RATE)) for seed in range(6)])


@pytest.mark.parametrize("change", sorted(CHANGES))
def test_changed_excerpt_is_known_again(known: Recordings, change: str) -> None:
    """Eight seconds are found after each change, with the seconds where they come from."""
    for seed in (1, 4):
        cut = music(seed)[3 * RATE : 11 * RATE]
        samples, rate = CHANGES[change](cut, np.random.default_rng(seed))
        best = known.heard_in(landmarks_of(samples, rate))[0]
        assert best.name == f"track-{seed}"
        assert best.score >= FOUND_PAIRS
        shift = best.track_seconds[0] - best.query_seconds[0]
        assert shift == pytest.approx(3.0, abs=2.1 if change.startswith("trimmed") else 0.1)


def test_other_music_is_not_found(known: Recordings) -> None:
    """Music that is none of the recordings stays far under the limit."""
    for seed in range(50, 58):
        heard = known.heard_in(landmarks_of(music(seed)[: 8 * RATE], RATE))
        assert max((one.score for one in heard), default=0.0) < FOUND_PAIRS / 2


def test_shared_burst_is_not_enough(known: Recordings) -> None:
    """One second of a recording inside other music is a chord that two tracks may share."""
    mixed = music(60)[: 8 * RATE]
    mixed[4 * RATE : 5 * RATE] = music(2)[5 * RATE : 6 * RATE]
    heard = known.heard_in(landmarks_of(mixed, RATE))
    assert max((one.score for one in heard), default=0.0) < FOUND_PAIRS


@pytest.mark.parametrize("frames", [0, 100, RATE])
def test_silence_has_no_landmarks(frames: int) -> None:
    """Nothing is heard in silence of any length, and nothing fails."""
    marks = landmarks_of(np.zeros((frames, 2), dtype=np.float32), RATE)
    assert marks.silent
    assert recordings_of([("one", landmarks_of(music(1), RATE))]).heard_in(marks) == []
    assert recordings_of([]).heard_in(landmarks_of(music(1), RATE)) == []


def test_level_does_not_matter() -> None:
    """The same recording 20 dB lower has nearly the same pairs."""
    loud, low = landmarks_of(music(3), RATE), landmarks_of(0.1 * music(3), RATE)
    same = set(zip(loud.keys.tolist(), loud.frames.tolist(), strict=True)) & set(
        zip(low.keys.tolist(), low.frames.tolist(), strict=True)
    )
    assert len(same) > 0.9 * len(loud.keys)
