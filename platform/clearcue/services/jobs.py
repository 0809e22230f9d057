"""Jobs: an order becomes a job, a worker carries it out stage by stage, anyone may look or cancel.

A job's payload is the order and the ids reserved for what it becomes. `kept` holds what each
finished stage left: `composed` (seed and attempts), `rendered` (loudness; the samples are blobs
below `jobs/<id>/`), `recorded`. A worker that takes a job up goes on behind the last of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from clearcue.errors import ClearcueError
from clearcue.services.finishing import plain_finish, read_finish
from clearcue.services.licences import LicenceRequest
from clearcue.services.ordering import Order, Reserved, check_order, reserve
from clearcue.services.platform import Platform
from clearcue.services.recipes import plain_recipe, read_recipe
from clearcue.services.stored import DuplicateError, Job, Organisation

MAKE = "make"
ENDED = ("done", "failed", "cancelled")
GOING = ("queued", "running")
PATIENCE = timedelta(seconds=15)
NO_WORKER = "no worker makes tracks at the moment; whoever runs this service starts one"


class TooLateError(ClearcueError):
    """A job cannot be cancelled any more."""


def submit(platform: Platform, organisation: Organisation, order: Order, job_id: str) -> Job:
    """Queue an order under an id; asked again with that id, the first job comes back.

    Raises:
        BadInputError: when the order asks for what there is not.
    """
    check_order(platform, organisation, order)
    job = Job(
        id=job_id,
        organisation_id=organisation.id,
        kind=MAKE,
        payload=_payload(order, reserve(platform)),
        created_at=platform.clock.now(),
    )
    try:
        with platform.units.write() as unit:
            unit.jobs.add(job)
            unit.commit()
    except DuplicateError:
        return find_job(platform, organisation, job_id)
    return job


def _payload(order: Order, reserved: Reserved) -> dict[str, Any]:
    licence = order.licence
    return {
        **plain_recipe(order.recipe),
        **plain_finish(order.finish),
        "seed": None if order.seed is None else str(order.seed),
        "licence": None if licence is None else asdict(licence),
        "track_id": reserved.track_id,
        "quote_id": reserved.quote_id,
        "licence_id": reserved.licence_id,
    }


def read_payload(payload: Mapping[str, Any]) -> tuple[Order, Reserved]:
    """The order of a job, and the ids of what it becomes."""
    licence, seed = payload["licence"], payload["seed"]
    recipe = read_recipe(payload)
    return (
        Order(
            recipe.brief,
            None if seed is None else int(seed),
            None if licence is None else LicenceRequest(**licence),
            supply=recipe.supply,
            rework=recipe.rework,
            finish=read_finish(payload),
        ),
        Reserved(payload["track_id"], payload["quote_id"], payload["licence_id"]),
    )


def find_job(platform: Platform, organisation: Organisation, job_id: str) -> Job:
    """A job of the organisation. Raises MissingError."""
    with platform.units.read() as unit:
        return unit.jobs.get(organisation.id, job_id)


def list_jobs(
    platform: Platform,
    organisation: Organisation,
    limit: int,
    before_id: str | None = None,
    states: Sequence[str] = (),
) -> tuple[Job, ...]:
    """Up to `limit` jobs, the last ordered first, beginning behind the job `before_id`.

    With `states`, only those in one of them.
    """
    with platform.units.read() as unit:
        return unit.jobs.list(organisation.id, limit, before_id, states)


def held_up(platform: Platform, jobs: Iterable[Job]) -> dict[str, str]:
    """Why jobs do not move, a line each, by id; a job that moves or has ended is not in it.

    A job that was put off waits for what went wrong. A worker with nothing to do takes a job that
    is due within a second, and one at work gives a sign of life every second: where there was none
    for `PATIENCE`, nobody works.
    """
    now = platform.clock.now()
    still = [job for job in jobs if job.state in GOING and not _is_worked_on(job, now)]
    if not still:
        return {}
    with platform.units.read() as unit:
        beat = unit.jobs.last_beat()
    found = {}
    for job in still:
        due = job.not_before or job.created_at
        if job.error and due > now:
            found[job.id] = job.error
        elif now - max(beat or due, due) > PATIENCE:
            found[job.id] = NO_WORKER
    return found


def _is_worked_on(job: Job, now: datetime) -> bool:
    return job.state == "running" and job.lease_until is not None and job.lease_until >= now


def cancel_job(platform: Platform, organisation: Organisation, job_id: str) -> Job:
    """Cancel a job whose record is not stored yet; a cancelled one is given back as it is.

    Raises:
        MissingError: when the organisation has no such job.
        TooLateError: when it has ended otherwise, or its record stands in the log.
    """
    with platform.units.write() as unit:
        job = unit.jobs.cancel(organisation.id, job_id, platform.clock.now())
        # The row is locked only now: looked at before, a worker could record the track in between.
        if job.state != "cancelled":
            raise TooLateError(f"the job is {job.state}; there is nothing left to cancel")
        if "recorded" in job.kept:
            raise TooLateError("the track's record stands in the log; the job will be finished")
        unit.commit()
    return job
