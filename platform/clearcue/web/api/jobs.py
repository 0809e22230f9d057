"""Jobs: listed, looked at, followed, cancelled."""

from flask import Response, request, stream_with_context

from clearcue.services.jobs import cancel_job, find_job, held_up, list_jobs
from clearcue.web.api.paging import page_of
from clearcue.web.operations import EVENTS, Answer, Call, Operation, Parameter
from clearcue.web.patterns import ID
from clearcue.web.problems import ProblemError
from clearcue.web.render import as_json, job_view
from clearcue.web.streams import job_events
from clearcue.web.views import JobPage, JobView, Page

JOB = Parameter("job_id", "A job's id.", ID, "01M81ZNH1N8MK204X3RAN4XQQA")


def show(call: Call) -> Response:
    """One job."""
    job = find_job(call.platform, call.organisation, call.path["job_id"])
    return as_json(job_view(job, held_up(call.platform, [job]).get(job.id)))


def list_all(call: Call) -> Response:
    """A page of jobs."""
    jobs, more = page_of(call, list_jobs, lambda job: job.id)
    reasons = held_up(call.platform, jobs)
    items = [job_view(job, reasons.get(job.id)) for job in jobs]
    return as_json(JobPage(items=items, next_cursor=more))


def cancel(call: Call) -> Response:
    """Cancel a job."""
    return as_json(job_view(cancel_job(call.platform, call.organisation, call.path["job_id"])))


def follow(call: Call) -> Response:
    """A job's changes until it ends, as server-sent events."""
    job = find_job(call.platform, call.organisation, call.path["job_id"])
    last = request.headers.get("Last-Event-ID", "").strip()
    seen = int(last) if last.isascii() and last.isdigit() and len(last) < 19 else -1
    if not call.shared.streams.acquire(blocking=False):
        raise ProblemError(503, "too many streams are open; ask for the job itself instead")
    response = Response(
        stream_with_context(job_events(call.platform, call.organisation, job, seen, call.settings)),
        mimetype=EVENTS,
    )
    response.call_on_close(call.shared.streams.release)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


OPERATIONS = (
    Operation(
        "GET", "/v1/jobs", "listJobs", "List the jobs, the last ordered first", "jobs", list_all,
        (Answer(200, "A page of jobs.", JobPage),), query=Page,
    ),
    Operation(
        "GET", "/v1/jobs/{job_id}", "showJob", "Show a job", "jobs", show,
        (Answer(200, "The job.", JobView),), (JOB,),
    ),
    Operation(
        "GET", "/v1/jobs/{job_id}/events", "followJob",
        "Follow a job: one event `job` for each change, the last when it has ended", "jobs", follow,
        (Answer(200, "Server-sent events, each a job as JSON.", media_type=EVENTS),), (JOB,),
        headers={"Last-Event-ID": "The revision that you saw last; only later ones are sent."},
    ),
    Operation(
        "POST", "/v1/jobs/{job_id}/cancel", "cancelJob",
        "Cancel a job whose record does not stand in the log yet", "jobs", cancel,
        (Answer(200, "The cancelled job.", JobView),), (JOB,),
    ),
)  # fmt: skip
