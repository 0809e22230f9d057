"""Removing from the file store what half-made tracks left there.

A worker keeps samples between its stages (`jobs/<job>/`), and a track's files before the
transaction that names them (`tracks/<track>/`). If it dies in between, whoever makes the track in
its place may encode it under another record, and then no row names the first one's files.

Only what belongs to an ended job is removed. Each transaction that names files shows first that its
job is still running, so none can name any of an ended job's track; whoever works on without knowing
that the job is lost tidies up itself once it learns of it. The samples go last: while they are
there, the job is found again.
"""

from clearcue.services.jobs import ENDED
from clearcue.services.platform import Platform
from clearcue.services.stored import Job

SAMPLES = "jobs"
TRACKS = "tracks"


def samples_of(job_id: str) -> str:
    """Where a job's samples lie between its stages."""
    return f"{SAMPLES}/{job_id}"


def files_of(track_id: str) -> str:
    """Where a track's files lie."""
    return f"{TRACKS}/{track_id}"


def tidy_ended(platform: Platform) -> int:
    """Tidy up after every ended job that still has samples; returns how many there were.

    Raises:
        StoreError: when the database or the file store cannot be used; what is left is found again.
    """
    ids = {key.split("/")[1] for key in platform.blobs.keys(SAMPLES)}
    with platform.units.read() as unit:
        found = [unit.jobs.find(job_id) for job_id in sorted(ids)]
    ended = [job for job in found if job is not None and job.state in ENDED]
    for job in ended:
        tidy_job(platform, job)
    return len(ended)


def tidy_job(platform: Platform, job: Job) -> None:
    """Remove an ended job's samples, and those files of its track that no row names.

    Raises:
        StoreError: when the database or the file store cannot be used.
    """
    tidy_track(platform, job.organisation_id, str(job.payload["track_id"]))
    platform.blobs.clear(samples_of(job.id))


def tidy_track(platform: Platform, organisation_id: str, track_id: str) -> None:
    """Remove those files of a track that no row names; nobody may be making the track any more.

    Raises:
        StoreError: when the database or the file store cannot be used.
    """
    with platform.units.read() as unit:
        named = {file.blob_key for file in unit.tracks.files(organisation_id, track_id)}
    platform.blobs.clear(files_of(track_id), named)
