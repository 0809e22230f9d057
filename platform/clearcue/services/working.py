"""Carrying out a job that was claimed, so that it can be killed at any moment and taken up again.

Every change goes through the lease: a worker whose fence is no longer the row's, because another
took the job or it was cancelled, raises LeaseLostError at the next stage or progress report, and
nothing that it was about to store is stored.
"""

import contextlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Event, Lock
from typing import Any

import numpy as np

from clearcue.errors import BadInputError, ClearcueError
from clearcue.files import WriteError
from clearcue.services.delivering import delivered
from clearcue.services.entering import entered
from clearcue.services.jobs import ENDED, read_payload
from clearcue.services.making import make_in_stages
from clearcue.services.near_tracks import NearDuplicateError
from clearcue.services.platform import Platform
from clearcue.services.ports import UnitOfWork
from clearcue.services.stored import (
    Job,
    Json,
    Organisation,
    StoreBusyError,
    StoreError,
    StoreLostError,
    StoreUnwritableError,
)
from clearcue.services.tidying import samples_of, tidy_job
from clearcue.sound.render import Rendering
from clearcue_provenance.errors import (
    KeyMaterialError,
    LogProofError,
    LogWriteError,
    ProvenanceError,
)

MOST_TRIES = 15
"""Claims of a job without a newly finished stage, before it is set aside as one that kills."""

_FOR_GOOD = (BadInputError, NearDuplicateError)
_NOT_ITS_FAULT = (
    StoreBusyError, StoreLostError, StoreUnwritableError, WriteError, OSError,
    LogWriteError, LogProofError, KeyMaterialError,
)  # fmt: skip
"""Disk, database or log, which the operator can mend: the job waits, however long it takes."""

LONGEST_WAIT_SECONDS = 60
_PLAYING = (0.1, 0.8)
_SHARES = {"writing": 0.85, "publishing": 0.95}


class LeaseLostError(ClearcueError):
    """Another worker has the job, or it was cancelled: stop without a trace."""


class StoppedError(ClearcueError):
    """This worker is to end; the job goes back to the queue."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A worker's name, and how long a job is its own without a sign of life."""

    owner: str
    length: timedelta


class Claim:
    """A claimed job: reports progress, keeps its lease, remembers its stages.

    `beat` may be called from another thread than the one that works.
    """

    def __init__(self, platform: Platform, job: Job, lease: Lease, stop: Event) -> None:
        self._platform = platform
        self.job = job
        self._kept: dict[str, Any] = dict(job.kept)
        self._lease = lease
        self._stop = stop
        self._lost = Event()
        self._shown = (job.stage, job.progress)
        self._lock = Lock()

    def progress(self, stage: str, done: int, total: int) -> None:
        """Note what is being done. Raises LeaseLostError, StoppedError."""
        if self._lost.is_set():
            raise LeaseLostError(f"job {self.job.id} is no longer this worker's")
        if self._stop.is_set():
            raise StoppedError("this worker is ending")
        share = done / total if total else 0.0
        if stage.startswith("playing"):
            whole = _PLAYING[0] + (_PLAYING[1] - _PLAYING[0]) * share
        else:
            whole = _SHARES.get(stage, _PLAYING[0] * share)
        self._shown = stage, max(round(whole, 3), self._shown[1])

    def beat(self) -> None:
        """Prolong the lease and store the progress; a lease that is lost is noted."""
        with self._platform.units.write() as unit:
            held = self._beat(unit)
            unit.commit()
        if not held:
            self._lost.set()

    def _beat(self, unit: UnitOfWork) -> bool:
        now = self._platform.clock.now()
        return unit.jobs.heartbeat(
            self.job.id, self.job.fence, now, now + self._lease.length, *self._shown
        )

    def hold(self, unit: UnitOfWork) -> None:
        """Go on only when the job is still ours, within the transaction that stores."""
        if not self._beat(unit):
            self._lost.set()
            raise LeaseLostError(f"job {self.job.id} is no longer this worker's")

    def recorded(self, unit: UnitOfWork) -> None:
        """As `hold`, and the record is the job's."""
        self._keep(unit, "recorded", {})

    def composed(self) -> Json | None:
        """The seed and attempts of an earlier claim, or None."""
        return self._kept.get("composed")

    def keep_composed(self, value: Json) -> None:
        """Store seed and attempts."""
        with self._platform.units.write() as unit:
            self._keep(unit, "composed", value)
            unit.commit()
        self._kept.pop("rendered", None)  # samples of another piece are none of this one

    def rendering(self) -> Rendering | None:
        """The samples of an earlier claim; None when there are none, or they are damaged."""
        kept = self._kept.get("rendered")
        if kept is None:
            return None
        with contextlib.suppress(ClearcueError, ValueError, OSError, KeyError):
            return _unpack(self._platform, self.job.id, kept)
        return None

    def keep_rendering(self, rendering: Rendering) -> None:
        """Store the samples as blobs, then note that they are whole."""
        for name, samples in _tracks(rendering).items():
            buffer = io.BytesIO()
            np.save(buffer, samples, allow_pickle=False)
            self._platform.blobs.put(_key(self.job.id, name), buffer.getvalue())
        value = {
            "sample_rate": rendering.sample_rate,
            "stems": list(rendering.stems),
            "lufs": rendering.lufs,
            "true_peak_db": rendering.true_peak_db,
        }
        with self._platform.units.write() as unit:
            self._keep(unit, "rendered", value)
            unit.commit()

    def _keep(self, unit: UnitOfWork, stage: str, value: Json) -> None:
        now = self._platform.clock.now()
        if not unit.jobs.keep(self.job.id, self.job.fence, now, stage, value):
            self._lost.set()
            raise LeaseLostError(f"job {self.job.id} is no longer this worker's")


def _tracks(rendering: Rendering) -> dict[str, Any]:
    stems = {f"stem-{name}": samples for name, samples in rendering.stems.items()}
    return {"mix": rendering.mix, "premaster": rendering.premaster, **stems}


def _key(job_id: str, name: str) -> str:
    return f"{samples_of(job_id)}/{name}.npy"


def _unpack(platform: Platform, job_id: str, kept: Mapping[str, Any]) -> Rendering:
    def samples(name: str) -> Any:
        content = platform.blobs.get(_key(job_id, name))
        return np.load(io.BytesIO(content), allow_pickle=False)

    return Rendering(
        sample_rate=kept["sample_rate"],
        mix=samples("mix"),
        premaster=samples("premaster"),
        stems={name: samples(f"stem-{name}") for name in kept["stems"]},
        lufs=kept["lufs"],
        true_peak_db=kept["true_peak_db"],
    )


def claim_job(platform: Platform, lease: Lease, stop: Event) -> Claim | None:
    """Claim the next job; one that was tried too often is set aside with its reason."""
    while True:
        now = platform.clock.now()
        with platform.units.write() as unit:
            job = unit.jobs.claim(lease.owner, now, now + lease.length)
            poison = job is not None and job.tries > MOST_TRIES
            if job is not None and poison:
                reason = f"the worker ended {MOST_TRIES} times over this job; it is set aside"
                unit.jobs.fail(job.id, job.fence, now, job.error or reason)
            unit.commit()
        if job is None:
            return None
        if not poison:
            return Claim(platform, job, lease, stop)
        _clear(platform, job)


def carry_out(platform: Platform, claim: Claim, staging: Path) -> str | None:
    """Do a claimed job, and end it: done, failed for good, or queued again for later.

    Returns why it failed or waits; None when it is done.

    Raises:
        LeaseLostError, StoppedError: when the job is, or goes back to be, somebody else's.
        StoreError: when not even the outcome can be stored; the lease will run out.
    """
    job = claim.job
    try:
        result = _result(platform, claim, staging)
    except LeaseLostError:
        _clear_if_ended(platform, job)
        raise
    except StoppedError:
        _put_off(platform, job, timedelta(0), "the worker was stopped", counted=False)
        raise
    except _FOR_GOOD as error:
        _fail(platform, job, str(error))
        return str(error)
    except (ClearcueError, MemoryError, *_NOT_ITS_FAULT) as error:
        counted = not isinstance(error, _NOT_ITS_FAULT)
        _put_off(platform, job, _wait(job), _line(error), counted=counted)
        return _line(error)
    except Exception as error:
        _fail(platform, job, f"an error of the program: {_named(error)}")
        raise
    with platform.units.write() as unit:
        unit.jobs.finish(job.id, job.fence, platform.clock.now(), result)
        unit.commit()
    _clear(platform, job)
    return None


def _result(platform: Platform, claim: Claim, staging: Path) -> dict[str, Any]:
    order, reserved = read_payload(claim.job.payload)
    owner = _owner(platform, claim.job)
    if delivered(platform, owner.id, reserved.track_id) is None:
        make_in_stages(platform, owner, order, reserved, staging, claim.progress, claim)
    stored = entered(platform, owner.id, order, reserved)
    assert stored is not None, "a delivered track has its record"
    return {
        "track_id": reserved.track_id,
        "record_digest": stored.record.digest,
        "licence_id": stored.licence.id if stored.licence else None,
    }


def _owner(platform: Platform, job: Job) -> Organisation:
    with platform.units.read() as unit:
        return unit.organisations.get(job.organisation_id)


def _named(error: Exception) -> str:
    """A bug by its kind; where our own check found it, what the check says."""
    name = type(error).__name__
    return f"{name}: {error}" if isinstance(error, ProvenanceError) else name


def _line(error: BaseException) -> str:
    if isinstance(error, ClearcueError | ProvenanceError):
        return str(error)
    reason = getattr(error, "strerror", None) or type(error).__name__
    return f"{reason}; it will be tried again"


def _fail(platform: Platform, job: Job, reason: str) -> None:
    with platform.units.write() as unit:
        unit.jobs.fail(job.id, job.fence, platform.clock.now(), reason)
        unit.commit()
    _clear(platform, job)


def _wait(job: Job) -> timedelta:
    return timedelta(seconds=min(2 ** min(job.attempts, 6), LONGEST_WAIT_SECONDS))


def _put_off(platform: Platform, job: Job, delay: timedelta, reason: str, *, counted: bool) -> None:
    if counted and job.tries >= MOST_TRIES:
        _fail(platform, job, reason)
        return
    now = platform.clock.now()
    with platform.units.write() as unit:
        unit.jobs.retry(job.id, job.fence, now, now + delay, reason, counted=counted)
        unit.commit()


def _clear_if_ended(platform: Platform, job: Job) -> None:
    with platform.units.read() as unit:
        ended = unit.jobs.get(job.organisation_id, job.id).state in ENDED
    if ended:
        _clear(platform, job)


def _clear(platform: Platform, job: Job) -> None:
    """Remove what nobody needs of an ended job; what cannot be removed now is found later."""
    with contextlib.suppress(StoreError):
        tidy_job(platform, job)
