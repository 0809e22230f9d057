"""The repository of leased jobs.

A job belongs to whoever last claimed it: each claim raises its fence, and a worker that comes back
after its lease ran out finds another fence and learns that it has lost the job.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, and_, func, or_, select, update
from sqlalchemy.orm import Session

from clearcue.adapters.db.models import JobRow
from clearcue.services.stored import DuplicateError, Job, Json, MissingError


class SqlJobs:
    """Jobs in the database."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, job: Job) -> None:
        """Queue a job."""
        if self._session.get(JobRow, job.id) is not None:
            raise DuplicateError(f"there is a job {job.id} already")
        self._session.add(JobRow(**asdict(job)))
        self._session.flush()

    def get(self, organisation_id: str, job_id: str) -> Job:
        """The job of that id, or MissingError."""
        row = self._session.scalar(
            select(JobRow).where(JobRow.organisation_id == organisation_id, JobRow.id == job_id)
        )
        if row is None:
            raise MissingError(f"there is no job {job_id} in this organisation")
        return _job(row)

    def list(
        self, organisation_id: str, limit: int, before_id: str | None = None,
        states: Sequence[str] = (),
    ) -> tuple[Job, ...]:  # fmt: skip
        """Up to `limit` jobs, the last ordered first, beginning behind the job `before_id`."""
        query = select(JobRow).where(JobRow.organisation_id == organisation_id)
        if states:
            query = query.where(JobRow.state.in_(states))
        if before_id is not None:
            last = self._session.get(JobRow, before_id)
            if last is None or last.organisation_id != organisation_id:
                return ()
            earlier = and_(JobRow.created_at == last.created_at, JobRow.id < last.id)
            query = query.where(or_(JobRow.created_at < last.created_at, earlier))
        order = (JobRow.created_at.desc(), JobRow.id.desc())
        return tuple(
            _job(row) for row in self._session.scalars(query.order_by(*order).limit(limit))
        )

    def find(self, job_id: str) -> Job | None:
        """The job of that id, of any organisation, or None."""
        row = self._session.get(JobRow, job_id)
        return None if row is None else _job(row)

    def last_beat(self) -> datetime | None:
        """The last sign of life of any worker that has left a job unfinished, or None."""
        unfinished = JobRow.state.in_(("queued", "running"))
        return self._session.scalar(select(func.max(JobRow.heartbeat_at)).where(unfinished))

    def claim(self, owner: str, now: datetime, lease_until: datetime) -> Job | None:
        """Lease the oldest job that is due or whose lease ran out, of any organisation."""
        due = or_(JobRow.not_before.is_(None), JobRow.not_before <= now)
        row = self._session.scalar(
            select(JobRow)
            .where(
                or_(
                    and_(JobRow.state == "queued", due),
                    and_(JobRow.state == "running", JobRow.lease_until < now),
                )
            )
            .order_by(JobRow.created_at, JobRow.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if row is None:
            return None
        row.state, row.lease_owner, row.lease_until = "running", owner, lease_until
        row.heartbeat_at = now
        row.fence += 1
        row.attempts += 1
        row.tries += 1
        row.revision += 1
        self._session.flush()
        return _job(row)

    def heartbeat(
        self, job_id: str, fence: int, now: datetime, lease_until: datetime,
        stage: str, progress: float,
    ) -> bool:  # fmt: skip
        """Prolong the lease and report progress; False when the lease was lost to another."""
        return self._change(
            job_id,
            fence,
            heartbeat_at=now,
            lease_until=lease_until,
            stage=stage,
            progress=progress,
        )

    def finish(self, job_id: str, fence: int, now: datetime, result: Json) -> bool:
        """Mark it done with its result; False when the lease was lost to another."""
        return self._change(
            job_id,
            fence,
            state="done",
            heartbeat_at=now,
            lease_until=None,
            progress=1.0,
            error=None,
            result=dict(result),
        )

    def fail(self, job_id: str, fence: int, now: datetime, error: str) -> bool:
        """Mark it failed for good, with its reason; False when the lease was lost to another."""
        return self._change(
            job_id, fence, state="failed", heartbeat_at=now, lease_until=None, error=error
        )

    def keep(self, job_id: str, fence: int, now: datetime, stage: str, value: Json) -> bool:
        """Note that a stage is finished, with what the next claim needs; False when lost."""
        kept = self._session.scalar(select(JobRow.kept).where(JobRow.id == job_id))
        return self._change(
            job_id, fence, heartbeat_at=now, tries=0, kept={**(kept or {}), stage: dict(value)}
        )

    def retry(
        self, job_id: str, fence: int, now: datetime, not_before: datetime, error: str,
        *, counted: bool = True,
    ) -> bool:  # fmt: skip
        """Queue it again for later, with what went wrong; False when the lease was lost."""
        return self._change(
            job_id,
            fence,
            state="queued",
            heartbeat_at=now,
            lease_until=None,
            not_before=not_before,
            error=error,
            **({} if counted else {"tries": JobRow.tries - 1}),
        )

    def cancel(self, organisation_id: str, job_id: str, now: datetime) -> Job:
        """Cancel a job that is queued or running; an ended one is given back as it is."""
        row = self._session.scalar(
            select(JobRow)
            .where(JobRow.organisation_id == organisation_id, JobRow.id == job_id)
            .with_for_update()
        )
        if row is None:
            raise MissingError(f"there is no job {job_id} in this organisation")
        if row.state in ("queued", "running"):
            row.state, row.heartbeat_at, row.lease_until = "cancelled", now, None
            row.revision += 1
            self._session.flush()
        return _job(row)

    def _change(self, job_id: str, fence: int, **values: Any) -> bool:
        changed = self._session.execute(
            update(JobRow)
            .where(JobRow.id == job_id, JobRow.fence == fence, JobRow.state == "running")
            .values(revision=JobRow.revision + 1, **values)
            .execution_options(synchronize_session="fetch")
        )
        assert isinstance(changed, CursorResult)
        return changed.rowcount == 1


def _job(row: JobRow) -> Job:
    return Job(
        id=row.id,
        organisation_id=row.organisation_id,
        kind=row.kind,
        payload=row.payload,
        created_at=row.created_at,
        state=row.state,
        stage=row.stage,
        progress=row.progress,
        attempts=row.attempts,
        fence=row.fence,
        lease_owner=row.lease_owner,
        lease_until=row.lease_until,
        heartbeat_at=row.heartbeat_at,
        result=row.result,
        error=row.error,
        kept=row.kept,
        tries=row.tries,
        revision=row.revision,
        not_before=row.not_before,
    )
