"""A job's changes as server-sent events (WHATWG HTML, section 9.2).

An event's id is the job's revision; its data is the whole job, so that whoever missed some events
needs only the newest. An event comes with each new revision, and when the job begins or ceases to
be held up, which no revision tells. While nothing changes a comment is sent now and then, which
tells a broken connection. A stream ends with the job, or after a while: the client then comes back
with Last-Event-ID.
"""

import contextlib
import time
from collections.abc import Iterator

from clearcue.services.jobs import ENDED, find_job, held_up
from clearcue.services.platform import Platform
from clearcue.services.stored import Job, Organisation, StoreError
from clearcue.web.render import job_view
from clearcue.web.settings import WebSettings


def job_events(
    platform: Platform, organisation: Organisation, job: Job, seen: int, settings: WebSettings
) -> Iterator[str]:
    """The events of a job whose revision is beyond `seen`, until it ends or time is over."""
    yield "retry: 1000\n\n"
    with contextlib.suppress(StoreError):  # the client asks again, and is told why then
        yield from _changes(platform, organisation, job, seen, settings)


def _changes(
    platform: Platform, organisation: Organisation, job: Job, seen: int, settings: WebSettings
) -> Iterator[str]:
    started = spoken = time.monotonic()
    told: str | None = None
    while True:
        now = time.monotonic()
        reason = held_up(platform, [job]).get(job.id)
        if job.revision > seen or reason != told:
            seen, spoken, told = job.revision, now, reason
            data = job_view(job, reason).model_dump_json()
            yield f"id: {job.revision}\nevent: job\ndata: {data}\n\n"
        elif now - spoken >= settings.stream_heartbeat_seconds:
            spoken = now
            yield ": still here\n\n"
        if job.state in ENDED or now - started >= settings.stream_seconds:
            return
        time.sleep(settings.stream_poll_seconds)
        job = find_job(platform, organisation, job.id)
