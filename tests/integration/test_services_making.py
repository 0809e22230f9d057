"""A making that ends between the track and its papers: taken up by a worker, or written again."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from web_app import LEASE, order, small_platform

from clearcue.composer.brief import Brief, parse_seconds
from clearcue.errors import BadInputError
from clearcue.files import WriteError
from clearcue.services import making
from clearcue.services.delivering import write_again
from clearcue.services.jobs import find_job, read_payload, submit
from clearcue.services.licences import show
from clearcue.services.making import NoStages, UndeliveredError, make_in_stages, make_track
from clearcue.services.owner import ensure_owner
from clearcue.services.platform import Platform
from clearcue.services.ports import UnitOfWork
from clearcue.services.reading import TrackSheet, find_track
from clearcue.services.working import Claim, LeaseLostError, carry_out, claim_job


class KilledError(BaseException):
    """Ends the process's work where it stands."""


class Late(NoStages):
    """A worker past its other stages, that learns only when it stores that it has lost the job."""

    def __init__(self, claim: Claim) -> None:
        self._claim = claim

    def recorded(self, unit: UnitOfWork) -> None:
        """Raises, as the claim does."""
        self._claim.recorded(unit)


def raising(error: BaseException) -> Any:
    """Something to call in place of a step, that fails."""

    def fail(*arguments: Any) -> None:
        raise error

    return fail


def empty(folder: Path) -> Path:
    """A folder, made."""
    folder.mkdir()
    return folder


def whole(platform: Platform, sheet: TrackSheet) -> bool:
    """Whether the file store has what the track's rows say."""
    stored = [sha256(platform.blobs.get(file.blob_key)).hexdigest() for file in sheet.files]
    return stored == [file.sha256 for file in sheet.files]


def test_a_stored_track_is_taken_up_and_stays_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The second claim delivers the first one's music; the first, come back, changes nothing."""
    platform = small_platform(tmp_path / "home")
    owner = ensure_owner(platform)
    job = submit(platform, owner, order("6"), platform.ids.new())
    dead = claim_job(platform, replace(LEASE, length=timedelta(0)), Event())
    assert dead is not None
    with monkeypatch.context() as patched:
        patched.setattr(making, "write_papers", raising(KilledError()))
        with pytest.raises(KilledError):
            carry_out(platform, dead, empty(tmp_path / "dead"))
    wanted, reserved = read_payload(job.payload)
    music = find_track(platform, owner, reserved.track_id)
    assert music.delivery is None
    assert whole(platform, music)

    claim = claim_job(platform, LEASE, Event())
    assert claim is not None
    carry_out(platform, claim, empty(tmp_path / "next"))
    assert find_job(platform, owner, job.id).state == "done"
    sheet = find_track(platform, owner, reserved.track_id)
    assert set(music.files) < set(sheet.files)

    # The first one looked before the track was stored, and has encoded it under another record.
    monkeypatch.setattr(making, "entered", lambda *arguments: None)
    with pytest.raises(LeaseLostError):
        make_in_stages(
            platform, owner, wanted, reserved, empty(tmp_path / "late"),
            lambda stage, done, total: None, Late(dead),
        )  # fmt: skip
    assert find_track(platform, owner, reserved.track_id) == sheet
    assert whole(platform, sheet)
    with platform.units.read() as unit:
        assert unit.log_leaves.count() == 5


def test_what_was_not_delivered_can_be_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The error names the licence by whose number the folder is written."""
    platform = small_platform(tmp_path / "home")
    staging = empty(tmp_path / "staging")
    with monkeypatch.context() as patched:
        patched.setattr(making, "write_papers", raising(WriteError("no room")))
        with pytest.raises(UndeliveredError, match="no room; the track is stored") as raised:
            make_track(platform, order("6"), staging, lambda stage, done, total: None)
    owner = ensure_owner(platform)
    licence = show(platform, owner.id, None).licence
    assert (
        f"no room; the track is stored and licensed: `clearcue licence show {licence.number}"
        in (str(raised.value))
    )
    again = empty(tmp_path / "again")
    names = write_again(platform, owner.id, licence.id, again)
    assert {"track.wav", "bundle.json", "licence.json", "certificate.pdf"} <= set(names)
    assert (again / "track.wav").read_bytes() == (staging / "track.wav").read_bytes()


def test_an_unknown_mood_is_refused_before_anything_is_stored(tmp_path: Path):
    """Not even the owner is made for it."""
    platform = small_platform(tmp_path / "home")
    wrong = replace(order(), brief=Brief("wistfulish", "ad", parse_seconds("6")))
    with pytest.raises(BadInputError, match="wistfulish"):
        make_track(platform, wrong, tmp_path, lambda stage, done, total: None)
    with platform.units.write() as unit:
        made_now = unit.organisations.ensure_owner("A" * 26, "A", platform.clock.now())
    assert made_now.id == "A" * 26
