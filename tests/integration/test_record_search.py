"""Signed records found by date, work, training set, licence state and file hash."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes_persistence import FakeUnits
from stored_rows import (
    NOW,
    SET_DIGEST,
    add_owner_and_corpus,
    make_draft,
    make_file,
    make_quote,
    make_record,
    make_relation,
    make_track,
    sha256,
)
from web_app import made_job, owner_and_stranger, small_platform

from clearcue.adapters.db.engine import sqlite_url
from clearcue.adapters.db.migrate import migrate
from clearcue.adapters.db.unit_of_work import Database
from clearcue.services.owner import ensure_owner
from clearcue.services.ports import Units
from clearcue.services.sought import Sought
from clearcue_provenance.verify import NamedFile, verify

TODAY, LAST_DAY = date(2026, 11, 22), date(2027, 11, 21)


@pytest.fixture(params=["fake", "sqlite"])
def units(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Units]:
    """Three tracks with records, a day apart; the first is licensed and of one work."""
    if request.param == "fake":
        units: Any = FakeUnits()
    else:
        url = sqlite_url(tmp_path / "clearcue.db")
        migrate(url)
        units = Database(url)
    with units.write() as unit:
        owner = add_owner_and_corpus(unit)
        for number in range(1, 4):
            name = f"track-{number}"
            track = replace(make_track(owner, name), pcm_sha256=sha256(name.encode()))
            unit.tracks.add(track, [make_file(owner, f"{name}.wav", name)])
            content = f"envelope {number}".encode()
            leaf = unit.log_leaves.append(content, sha256(content))
            record = make_record(owner, leaf, content)
            made = NOW + timedelta(days=number)
            record = replace(record, id=f"record-{number}", track_id=name, created_at=made)
            unit.records.add(record)
        delivery = b"a delivery"
        leaf = unit.log_leaves.append(delivery, sha256(delivery))
        unit.records.add(
            replace(make_record(owner, leaf, delivery), id="record-9", kind="delivery")
        )
        unit.influences.add([make_relation(owner)])
        unit.quotes.add(make_quote(owner))
        unit.licences.issue(replace(make_draft(owner), ends_on=LAST_DAY))
        unit.commit()
    yield units
    if request.param != "fake":
        units.close()


def _found(units: Units, limit: int = 10, before: str | None = None, **asked: Any) -> list[str]:
    today = asked.pop("today", TODAY)
    with units.read() as unit:
        rows = unit.records.search("org-1", Sought(today, **asked), limit, before)
    return [row.id for row in rows]


def test_without_conditions_every_record_is_found(units: Units) -> None:
    """Newest first, page by page, and no deliveries."""
    assert _found(units) == ["record-3", "record-2", "record-1"]
    assert _found(units, limit=2) == ["record-3", "record-2"]
    assert _found(units, limit=2, before="record-2") == ["record-1"]
    with units.read() as unit:
        assert unit.records.search("stranger", Sought(TODAY), 10, None) == ()


def test_by_date(units: Units) -> None:
    """From the first moment on, and until before the second."""
    second = NOW + timedelta(days=2)
    assert _found(units, since=second) == ["record-3", "record-2"]
    assert _found(units, until=second) == ["record-1"]
    assert _found(units, since=second, until=second + timedelta(days=1)) == ["record-2"]


def test_by_work_training_set_and_hash(units: Units) -> None:
    """What a record is connected with finds it, and nothing else does."""
    assert _found(units, work="work-1") == ["record-1"]
    assert _found(units, work="work-2") == []
    assert len(_found(units, training_set=SET_DIGEST)) == 3
    assert _found(units, training_set="00" * 32) == []
    assert _found(units, sha256=sha256(b"track-2")) == ["record-2"]
    assert _found(units, sha256=sha256(b"envelope 3")) == ["record-3"]
    file = make_file("org-1", "track-1.wav", "track-1")
    assert "record-1" in _found(units, sha256=file.sha256)
    assert _found(units, sha256="00" * 32) == []


def test_by_the_state_of_a_licence(units: Units) -> None:
    """States are read on the day that is asked for."""
    draft = make_draft("org-1")
    assert _found(units, licence="none") == ["record-3", "record-2"]
    assert _found(units, licence="active", today=draft.starts_on) == ["record-1"]
    early = draft.starts_on - timedelta(days=1)
    assert _found(units, licence="issued", today=early) == ["record-1"]
    assert _found(units, licence="active", today=early) == []
    assert _found(units, licence="revoked") == []
    late = LAST_DAY + timedelta(days=1)
    assert _found(units, licence="expired", today=late) == ["record-1"]
    assert _found(units, licence="active", today=LAST_DAY) == ["record-1"]


def test_over_http_and_its_signed_status(tmp_path: Path) -> None:
    """An auditor finds a made track by its file, verifies it, and gets a fresh status."""
    platform = small_platform(tmp_path / "home")
    owner, stranger = owner_and_stranger(platform)
    job = made_job(platform, ensure_owner(platform), tmp_path / "work")
    track = owner.ask("GET", f"/v1/tracks/{job.payload['track_id']}").json
    wav = next(one for one in track["files"] if one["name"] == "track.wav")
    query = f"/v1/records?sha256={wav['sha256']}&licence=active"
    query += f"&training_set={track['training_set']}"
    page = owner.ask("GET", query).json
    assert [one["track_id"] for one in page["items"]] == [track["id"]]
    assert page["next_cursor"] is None
    assert stranger.ask("GET", query).json["items"] == []
    assert owner.ask("GET", "/v1/records?licence=none").json["items"] == []
    assert owner.ask("GET", "/v1/records?licence=perhaps").status_code == 422
    assert owner.ask("GET", "/v1/records?since=2100-01-01").json["items"] == []
    licence_id = (job.result or {})["licence_id"]
    files = [
        NamedFile(name, owner.ask("GET", f"/v1/licences/{licence_id}/{name}").data)
        for name in ("licence.json", "status.json")
    ]
    main = NamedFile("bundle.json", owner.ask("GET", page["items"][0]["links"]["bundle"]).data)
    report = verify(main, files, platform.keyring.trust_root(), platform.clock.now())
    assert report.verified
    assert report.licence["state"] == "in force"
    assert report.licence["status_at"]
    assert stranger.ask("GET", f"/v1/licences/{licence_id}/status.json").status_code == 404
