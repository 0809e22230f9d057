"""A job's changes as server-sent events (WHATWG HTML, section 9.2).

An event's id is the job's revision; its data is the whole job, so that whoever missed some events
needs only the newest. While nothing changes a comment is sent now and then, which tells a broken
connection. A stream ends with the job, or after a while: the client then comes back with
Last-Event-ID.
"""

import time
from collections.abc import Iterator

from clearcue.services.jobs import ENDED, find_job
from clearcue.services.platform import Platform
from clearcue.services.stored import Job, Organisation, StoreError
from clearcue.web.render import job_view
from clearcue.web.settings import WebSettings


def job_events(
    platform: Platform, organisation: Organisation, job: Job, seen: int, settings: WebSettings
) -> Iterator[str]:
    """The events of a job whose revision is beyond `seen`, until it ends or time is over."""
    started = spoken = time.monotonic()
    yield "retry: 1000\n\n"
    while True:
        now = time.monotonic()
        if job.revision > seen:
            seen, spoken = job.revision, now
            yield f"id: {job.revision}\nevent: job\ndata: {job_view(job).model_dump_json()}\n\n"
        elif now - spoken >= settings.stream_heartbeat_seconds:
            spoken = now
            yield ": still here\n\n"
        if job.state in ENDED or now - started >= settings.stream_seconds:
            return
        time.sleep(settings.stream_poll_seconds)
        try:
            job = find_job(platform, organisation, job.id)
        except StoreError:
            return  # the client asks again, and is told why then
