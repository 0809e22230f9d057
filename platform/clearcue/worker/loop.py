"""The worker: claims jobs and carries them out until it is told to stop.

While it works, a thread prolongs the lease. Killed, it leaves a lease that runs out, and a folder
that the next worker on this machine removes.
"""

import logging
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

from clearcue.adapters.staging import working_folder
from clearcue.services.platform import Platform
from clearcue.services.stored import StoreError
from clearcue.services.tidying import tidy_ended
from clearcue.services.working import (
    Claim,
    Lease,
    LeaseLostError,
    StoppedError,
    carry_out,
    claim_job,
)

POLL_SECONDS = 0.5
BEATS_IN_A_LEASE = 6
LONGEST_BEAT_SECONDS = 1.0
LOST_DATABASE_SECONDS = 5.0
TIDY_SECONDS = 3600.0

_log = logging.getLogger("clearcue.worker")


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """How long a job is this worker's without a sign of life, and where it makes its files."""

    lease_seconds: float
    folder: Path


def work(platform: Platform, settings: WorkerSettings, stop: Event) -> None:
    """Carry out jobs until `stop` is set; a job in hand then goes back to the queue."""
    lease = Lease(
        f"{socket.gethostname()}:{os.getpid()}", timedelta(seconds=settings.lease_seconds)
    )
    tidied = -TIDY_SECONDS
    _log.info("ready for jobs")
    while not stop.is_set():
        try:
            if time.monotonic() - tidied >= TIDY_SECONDS:
                tidy_ended(platform)
                tidied = time.monotonic()
            busy = _work_once(platform, settings, lease, stop)
        except StoreError as error:
            _log.warning("%s", error)
            stop.wait(LOST_DATABASE_SECONDS)
            continue
        if not busy:
            stop.wait(POLL_SECONDS)


def _work_once(platform: Platform, settings: WorkerSettings, lease: Lease, stop: Event) -> bool:
    claim = claim_job(platform, lease, stop)
    if claim is None:
        return False
    _log.info("job %s: taken, claim %d", claim.job.id, claim.job.attempts)
    try:
        with working_folder(settings.folder) as folder, _beating(claim, settings.lease_seconds):
            trouble = carry_out(platform, claim, folder)
    except (LeaseLostError, StoppedError) as error:
        _log.info("job %s: %s", claim.job.id, error)
    except StoreError:
        raise
    except Exception:
        _log.exception("job %s", claim.job.id)  # one job's bug does not end the worker
    else:
        _log.info("job %s: %s", claim.job.id, trouble or "done")
    return True


@contextmanager
def _beating(claim: Claim, lease_seconds: float) -> Iterator[None]:
    """Prolong the lease in a thread while the block works."""
    ended = Event()
    interval = min(lease_seconds / BEATS_IN_A_LEASE, LONGEST_BEAT_SECONDS)

    def beat() -> None:
        while not ended.wait(interval):
            try:
                claim.beat()
            except StoreError as error:
                _log.warning("job %s: the lease was not prolonged: %s", claim.job.id, error)

    thread = Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
