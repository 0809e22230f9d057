"""A job that meets trouble: what is said, whether it waits or fails, and what is left behind."""

import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from web_app import LEASE, order, small_platform

from clearcue.music.score import Score
from clearcue.music.work import ParsedWork
from clearcue.services.jobs import cancel_job, find_job, read_payload, submit
from clearcue.services.making import make_track
from clearcue.services.owner import ensure_owner
from clearcue.services.platform import Platform
from clearcue.services.publishing import publish
from clearcue.services.reading import find_track
from clearcue.services.stored import Job, StoreUnwritableError
from clearcue.services.tidying import files_of, samples_of, tidy_ended
from clearcue.services.working import carry_out, claim_job
from clearcue.worker.loop import WorkerSettings, work
from clearcue_provenance.errors import StatementError


class KilledError(BaseException):
    """Ends the process's work where it stands."""


class BrokenScores:
    """Score files that cannot be written."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def midi(self, score: Score) -> bytes:
        """Raises."""
        raise self.error

    musicxml = midi

    def read(self, path: Path) -> ParsedWork:
        """Raises."""
        raise self.error


class DyingBlobs:
    """A file store whose process dies, or whose disk is full, at the first file of some name."""

    def __init__(self, real: Any, name: str, error: BaseException) -> None:
        self._real, self.name, self.error = real, name, error

    def put(self, key: str, content: bytes | Path) -> None:
        """Store, or raise."""
        if key.endswith(self.name):
            raise self.error
        self._real.put(key, content)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def try_once(platform: Platform, folder: Path, job: Job) -> Job:
    """Carry out the one job that is due, and show it afterwards."""
    folder.mkdir()
    claim = claim_job(platform, LEASE, Event())
    assert claim is not None
    assert claim.job.id == job.id
    carry_out(platform, claim, folder)
    return find_job(platform, ensure_owner(platform), job.id)


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    """A platform of its own, with its owner."""
    made = small_platform(tmp_path / "home")
    ensure_owner(made)
    return made


def ordered(platform: Platform) -> Job:
    """A queued job."""
    return submit(platform, ensure_owner(platform), order("6"), platform.ids.new())


def test_a_log_that_cannot_be_continued_makes_the_job_wait(
    platform: Platform, tmp_path: Path
) -> None:
    """The reason is named, nothing is issued, and when the log is mended the job is done."""
    job = ordered(platform)
    publish(platform)
    checkpoint = platform.log_folder / "checkpoint"
    good = checkpoint.read_bytes()
    checkpoint.write_bytes(b"damaged\n")
    waiting = try_once(platform, tmp_path / "first", job)
    assert (waiting.state, waiting.attempts) == ("queued", 1)
    assert "checkpoint" in str(waiting.error)
    assert waiting.not_before is not None
    assert waiting.not_before > platform.clock.now()
    assert waiting.tries == 0  # however long it takes to mend, the job is not given up
    with platform.units.read() as unit:
        assert unit.log_leaves.count() == 0
    checkpoint.write_bytes(good)
    moved = replace(platform, clock=Later(platform.clock))
    done = try_once(moved, tmp_path / "second", job)
    assert (done.state, done.error) == ("done", None)


class Later:
    """A clock that is an hour ahead of another."""

    def __init__(self, clock: Any) -> None:
        self._clock = clock

    def now(self) -> Any:
        """An hour later."""
        return self._clock.now() + timedelta(hours=1)


def test_a_statement_that_does_not_fit_fails_by_its_name(
    platform: Platform, tmp_path: Path
) -> None:
    """What trying again cannot mend ends the job at once, with the reason of our own check."""
    broken = replace(platform, scores=BrokenScores(StatementError("no subject is named")))
    job = ordered(platform)
    with pytest.raises(StatementError):
        try_once(broken, tmp_path / "first", job)
    failed = find_job(platform, ensure_owner(platform), job.id)
    assert failed.state == "failed"
    assert failed.error == "an error of the program: StatementError: no subject is named"


def test_what_a_dead_worker_kept_is_removed_with_the_job(
    platform: Platform, tmp_path: Path
) -> None:
    """Files that no row names go when the job is done; those that rows name stay."""
    owner, job = ensure_owner(platform), ordered(platform)
    track_id = read_payload(job.payload)[1].track_id
    dying = replace(platform, blobs=DyingBlobs(platform.blobs, "track.wav", KilledError()))
    claim = claim_job(dying, replace(LEASE, length=timedelta(0)), Event())
    assert claim is not None
    (tmp_path / "dead").mkdir()
    with pytest.raises(KilledError):
        carry_out(dying, claim, tmp_path / "dead")
    left = set(platform.blobs.keys(files_of(track_id)))
    assert any(key.endswith("track.flac") for key in left)
    assert platform.blobs.keys(samples_of(job.id))
    cut_off = tmp_path / "home" / "files" / "tracks" / track_id / "track.wav#1"
    cut_off.write_bytes(b"RIFF")
    assert try_once(platform, tmp_path / "next", job).state == "done"
    kept = {file.blob_key for file in find_track(platform, owner, track_id).files}
    assert set(platform.blobs.keys(files_of(track_id))) == kept
    assert left - kept
    assert not cut_off.exists()
    assert platform.blobs.keys(samples_of(job.id)) == ()
    assert tidy_ended(platform) == 0


def test_a_worker_that_starts_tidies_up_after_ended_jobs_only(
    platform: Platform, tmp_path: Path
) -> None:
    """A job cancelled when its worker was dead is cleared; a waiting one keeps its stages."""
    owner = ensure_owner(platform)
    jobs = [ordered(platform), ordered(platform)]
    dying = replace(platform, blobs=DyingBlobs(platform.blobs, "track.wav", KilledError()))
    for number in range(2):
        claim = claim_job(dying, LEASE, Event())
        assert claim is not None
        (tmp_path / str(number)).mkdir()
        with pytest.raises(KilledError):
            carry_out(dying, claim, tmp_path / str(number))
    cancelled, waiting = jobs
    cancel_job(platform, owner, cancelled.id)
    platform.blobs.put("jobs/unknown/mix.npy", b"of another database")
    stop = Event()
    worker = Thread(
        target=work, args=(platform, WorkerSettings(60, tmp_path / "work"), stop), daemon=True
    )
    worker.start()
    deadline = time.monotonic() + 60
    while platform.blobs.keys(samples_of(cancelled.id)) and time.monotonic() < deadline:
        time.sleep(0.05)
    stop.set()
    worker.join(60)
    assert platform.blobs.keys(samples_of(cancelled.id)) == ()
    assert platform.blobs.keys(files_of(track_of(cancelled))) == ()
    assert platform.blobs.keys(samples_of(waiting.id))
    assert platform.blobs.keys(files_of(track_of(waiting)))
    assert platform.blobs.keys("jobs/unknown")


def track_of(job: Job) -> str:
    """The track that a job makes."""
    return read_payload(job.payload)[1].track_id


def test_a_making_that_fails_leaves_no_file(platform: Platform, tmp_path: Path) -> None:
    """When the disk is full in mid-way, what was kept until then is removed again."""
    error = StoreUnwritableError("the disk of the stored files is full; make room")
    full = replace(platform, blobs=DyingBlobs(platform.blobs, "track.wav", error))
    staging = tmp_path / "staging"
    staging.mkdir()
    with pytest.raises(StoreUnwritableError):
        make_track(full, order("6"), staging, lambda stage, done, total: None)
    assert platform.blobs.keys("tracks") == ()
