"""Damaged uploads: no 5xx, and the service lives."""

import io
import random
from collections import Counter
from pathlib import Path

from example_scores import example_score
from fuzzed_uploads import damaged, uploads
from web_app import Client, made_job, owner_and_stranger, small_platform

from clearcue.adapters.score_files.midi_writing import midi_bytes
from clearcue.adapters.score_files.musicxml_writing import musicxml_bytes
from clearcue.services.owner import ensure_owner

UPLOADS = 60
BUNDLES = 200


def test_damaged_uploads_are_refused_or_reported(tmp_path: Path) -> None:
    """Each answer is a report or a problem that says what would be accepted."""
    score = example_score()
    good = [midi_bytes(score), musicxml_bytes(score)]
    owner, _ = owner_and_stranger(small_platform(tmp_path / "home"))
    seen: Counter[int] = Counter()
    for data in uploads(random.Random(20261122), UPLOADS, good):
        seen[_ask(owner, "/v1/originality-checks", "file", data)] += 1
    assert set(seen) == {200, 422}, seen
    assert owner.ask("GET", "/readyz").status_code == 200


def test_damaged_bundles_do_not_verify(tmp_path: Path) -> None:
    """A bundle with bytes changed is never verified, and never an error of ours."""
    platform = small_platform(tmp_path / "home")
    job = made_job(platform, ensure_owner(platform), tmp_path / "work")
    owner, _ = owner_and_stranger(platform)
    digest = dict(job.result or {})["record_digest"]
    good = owner.ask("GET", f"/v1/records/{digest}/bundle").get_data()
    seen: Counter[int] = Counter()
    draw = random.Random(20261122)
    for _ in range(BUNDLES):
        data = damaged(draw, good, draw.randint(1, 4))
        if data != good:
            seen[_ask(owner, "/v1/verifications", "bundle", data)] += 1
    assert seen.total() > BUNDLES * 0.9
    assert set(seen) <= {200, 422}, seen


def _ask(client: Client, path: str, part: str, data: bytes) -> int:
    answer = client.ask("POST", path, data={part: (io.BytesIO(data), "a.bin")})
    if answer.status_code == 200:
        assert answer.json.get("verified", False) is False
    else:
        assert answer.json["type"] == "urn:clearcue:problem:invalid", answer.json
    return int(answer.status_code)
