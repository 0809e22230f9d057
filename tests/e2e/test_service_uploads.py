"""Damaged uploads: no 5xx, and the service lives."""

import io
import random
from pathlib import Path

from example_scores import example_score
from fuzzed_uploads import uploads
from web_app import owner_and_stranger, small_platform

from clearcue.adapters.score_files.midi_writing import midi_bytes
from clearcue.adapters.score_files.musicxml_writing import musicxml_bytes

UPLOADS = 60


def test_damaged_uploads_are_refused_or_reported(tmp_path: Path) -> None:
    """Each answer is a report or a problem that says what would be accepted."""
    score = example_score()
    good = [midi_bytes(score), musicxml_bytes(score)]
    owner, _ = owner_and_stranger(small_platform(tmp_path / "home"))
    seen: dict[int, int] = {}
    for data in uploads(random.Random(20261122), UPLOADS, good):
        answer = owner.ask(
            "POST", "/v1/originality-checks", data={"file": (io.BytesIO(data), "a.bin")}
        )
        seen[answer.status_code] = seen.get(answer.status_code, 0) + 1
        if answer.status_code != 200:
            assert answer.json["type"] == "urn:clearcue:problem:invalid", answer.json
    assert set(seen) == {200, 422}, seen
    assert owner.ask("GET", "/readyz").status_code == 200
