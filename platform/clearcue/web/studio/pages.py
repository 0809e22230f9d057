"""The studio's pages. Each view reads a form, asks one service, and renders.

A page is for whoever is signed in; nobody else gets further than the page to sign in, which leads
back to the page that was asked for. A form that cannot be carried out comes back with what was
typed and one line that says what to do.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.wrappers import Response as BaseResponse

from clearcue.composer.catalogue import catalogue
from clearcue.errors import BadInputError, ClearcueError
from clearcue.licensing.errors import QuoteLapsedError
from clearcue.licensing.summary import summarise
from clearcue.licensing.tables import territory_names
from clearcue.licensing.templates import all_templates, template_for_usage
from clearcue.services.jobs import (
    GOING,
    TooLateError,
    cancel_job,
    find_job,
    held_up,
    list_jobs,
    submit,
)
from clearcue.services.licences import issue_quote, quote_track, show
from clearcue.services.near_tracks import NearDuplicateError
from clearcue.services.platform import Platform
from clearcue.services.reading import find_quote, list_tracks
from clearcue.services.recipes import base_of
from clearcue.services.stored import Job, MissingError, Organisation
from clearcue.services.story import licences_of, story_of
from clearcue.services.supplying import LINES, Supply
from clearcue.web.gifts import taken_in
from clearcue.web.patterns import ID, WORK_ID
from clearcue.web.problems import of_error
from clearcue.web.session import (
    close_session,
    open_session,
    refuse_foreign_form,
    visitor_of,
)
from clearcue.web.settings import WebSettings
from clearcue.web.state import Shared
from clearcue.web.studio import words
from clearcue.web.studio.assets import asset_url
from clearcue.web.studio.desk import DeskPages
from clearcue.web.studio.forms import (
    read_declaration,
    read_licence_request,
    read_order,
    read_rework,
)
from clearcue.web.studio.works import WorkPages
from clearcue.web.uploads import MOST_BYTES

TRACKS_SHOWN = 50
JOBS_SHOWN = 50
FAILURES_AMONG = 20
"""A failed job is shown until so many others were ordered after it."""

OWN_PAGE = re.compile(rf"/((jobs|tracks|quotes|licences)/{ID})?|/works(/{WORK_ID})?", re.ASCII)
"""Where signing in may lead: to a page of ours, and nowhere else."""

Page = str | BaseResponse | tuple[str, int]
View = Callable[..., Page]


def studio(platform: Platform, settings: WebSettings, shared: Shared) -> Blueprint:
    """The blueprint of the pages."""
    pages = Blueprint("studio", "clearcue.web", template_folder="templates")
    bound = _Pages(platform, settings, shared)
    works = WorkPages(platform, settings, shared)
    desk = DeskPages(platform, settings, shared)
    for rule, method, name, visitors_only in ROUTES:
        of = works if "works" in rule else desk if rule.startswith(DESK) else bound
        view = getattr(of, name)
        pages.add_url_rule(
            rule,
            endpoint=name,
            view_func=bound.for_visitors(view) if visitors_only else _own_form_only(view),
            methods=[method],
            provide_automatic_options=False,
        )
    pages.register_error_handler(Exception, bound.problem)
    pages.app_errorhandler(NotFound)(bound.nowhere)
    pages.app_errorhandler(MethodNotAllowed)(bound.gone_back)
    pages.app_context_processor(lambda: {"asset": asset_url, "words": words})
    return pages


ROUTES = (
    ("/", "GET", "home", True),
    ("/make", "POST", "make", True),
    ("/verify", "GET", "verify", False),
    ("/sign-in", "GET", "sign_in", False),
    ("/sign-in", "POST", "enter", False),
    ("/sign-out", "POST", "leave", False),
    ("/jobs/<job_id>", "GET", "job", True),
    ("/jobs/<job_id>/cancel", "POST", "cancel", True),
    ("/tracks/<track_id>", "GET", "track", True),
    ("/tracks/<track_id>/licence", "POST", "offer", True),
    ("/tracks/<track_id>/rework", "POST", "rework", True),
    ("/quotes/<quote_id>", "GET", "quote", True),
    ("/quotes/<quote_id>/accept", "POST", "accept", True),
    ("/licences/<licence_id>", "GET", "licence", True),
    ("/works", "GET", "search", True),
    ("/works", "POST", "search_melody", True),
    ("/works/<path:work_id>", "GET", "work", True),
    ("/which", "GET", "which", False),
    ("/check", "GET", "check", False),
    ("/check", "POST", "check_file", False),
    ("/status/<number>", "GET", "status", False),
)
"""Rule, method, view, and whether only whoever is signed in gets there."""


DESK = ("/which", "/check", "/status")
"""Where the pages for everybody lie."""


def _own_form_only(view: View) -> View:
    @wraps(view)
    def handle(**path: str) -> Page:
        if request.method == "POST":
            refuse_foreign_form(request)
        return view(**path)

    return handle


class _Pages:
    """The views, on one platform."""

    def __init__(self, platform: Platform, settings: WebSettings, shared: Shared) -> None:
        self._platform, self._settings, self._shared = platform, settings, shared

    def for_visitors(self, view: View) -> View:
        """A view that gets the visitor's organisation; others are sent to sign in."""

        @wraps(view)
        def handle(**path: str) -> Page:
            visitor = visitor_of(self._platform, request)
            if visitor is None:
                to = request.path if request.method == "GET" and request.path != "/" else None
                return redirect(url_for("studio.sign_in", to=to), 303)
            for name, value in path.items():
                if not re.fullmatch(WORK_ID if name == "work_id" else ID, value, re.ASCII):
                    raise MissingError("no page has this address")
            return view(visitor, **path)

        return _own_form_only(handle)

    def problem(self, error: Exception) -> Page:
        """What went wrong, as a page that says what the problem document would."""
        response = of_error(error)
        told = response.get_json(silent=True, force=True)
        if not isinstance(told, dict):
            return response
        try:
            visitor = visitor_of(self._platform, request)
        except ClearcueError:  # the store is what went wrong
            visitor = None
        return render_template("problem.html", visitor=visitor, told=told), response.status_code

    def nowhere(self, error: NotFound) -> Page:
        """An address that is nobody's: a page for who asks for pages, else a problem document."""
        kinds = ("application/problem+json", "text/html")
        if request.accept_mimetypes.best_match(kinds) == "text/html":
            return self.problem(error)
        return of_error(error)

    def gone_back(self, error: MethodNotAllowed) -> Page:
        """A form's address that was opened as a page, as reloading does: the page it stood on."""
        if request.method == "GET" and not request.path.startswith("/v1/"):
            return redirect(request.path.rpartition("/")[0] or "/", 303)
        return of_error(error)

    def verify(self) -> Page:
        """The page that verifies files in the browser; it needs no key, and uploads nothing."""
        return render_template("verify.html", visitor=visitor_of(self._platform, request))

    def sign_in(self) -> Page:
        """The page to sign in."""
        return render_template(
            "sign_in.html", visitor=None, wrong=None, to=_own_page(request.args.get("to", ""))
        )

    def enter(self) -> Page:
        """Open a session with a key."""
        to = _own_page(request.form.get("to", ""))
        response = redirect(to, 303)
        key = request.form.get("key", "").strip()
        assert isinstance(response, Response)
        if open_session(self._platform, key, response, secure=request.is_secure):
            return response
        wrong = "This key is unknown or closed. It begins with cck_; paste the whole of it."
        return render_template("sign_in.html", visitor=None, wrong=wrong, to=to), 401

    def leave(self) -> Page:
        """Close the session."""
        response = redirect(url_for("studio.sign_in"), 303)
        assert isinstance(response, Response)
        close_session(response)
        return response

    def home(self, visitor: Organisation) -> Page:
        """The brief, and what was made."""
        return self._home(visitor, {}, None)

    def _home(self, visitor: Organisation, given: Any, wrong: str | None) -> str:
        jobs = self._unfinished(visitor)
        before = request.args.get("before", "")
        tracks = list_tracks(
            self._platform,
            visitor,
            TRACKS_SHOWN + 1,
            before if re.fullmatch(ID, before, re.ASCII) else None,
        )
        return render_template(
            "home.html",
            visitor=visitor,
            catalogue=catalogue(),
            given=given,
            wrong=wrong,
            jobs=jobs,
            reasons=held_up(self._platform, jobs),
            tracks=tracks[:TRACKS_SHOWN],
            older=tracks[TRACKS_SHOWN - 1].id if len(tracks) > TRACKS_SHOWN else None,
        )

    def _unfinished(self, visitor: Organisation) -> list[Job]:
        """What is being made, what waits, the first ordered first, and what failed of late."""
        going = list_jobs(self._platform, visitor, JOBS_SHOWN, states=GOING)
        lately = list_jobs(self._platform, visitor, FAILURES_AMONG)
        return [*reversed(going), *(job for job in lately if job.state == "failed")]

    def make(self, visitor: Organisation) -> Page:
        """Order a track, perhaps with a motif, chords or a bass line to compose with."""
        request.max_content_length = 2 * MOST_BYTES
        try:
            order = replace(read_order(request.form), supply=self._supplied(visitor))
            job = submit(self._platform, visitor, order, self._platform.ids.new())
        except (BadInputError, NearDuplicateError) as error:
            return self._home(visitor, request.form, str(error)), 422
        return redirect(url_for("studio.job", job_id=job.id), 303)

    def _supplied(self, visitor: Organisation) -> Supply:
        uploads = {
            what: request.files[what]
            for what in LINES
            if what in request.files and request.files[what].filename
        }
        return taken_in(
            self._platform, visitor, self._shared, self._settings, uploads,
            request.form.get("chords", "").strip() or None, read_declaration(request.form),
        )  # fmt: skip

    def rework(self, visitor: Organisation, track_id: str) -> Page:
        """Work on a track: keep some of it, or vary it."""
        base = base_of(self._platform, visitor, track_id)
        by = request.form.get("given_by", "").strip() or visitor.name
        try:
            order = read_rework(request.form, request.form.getlist("lock"), base, by)
            job = submit(self._platform, visitor, order, self._platform.ids.new())
        except BadInputError as error:
            return self._track(visitor, track_id, request.form, None, str(error)), 422
        return redirect(url_for("studio.job", job_id=job.id), 303)

    def job(self, visitor: Organisation, job_id: str) -> Page:
        """A track being made; once it is, the track."""
        job = find_job(self._platform, visitor, job_id)
        if job.state == "done":
            return redirect(url_for("studio.track", track_id=job.payload["track_id"]), 303)
        reason = held_up(self._platform, [job]).get(job.id)
        return render_template("job.html", visitor=visitor, job=job, reason=reason)

    def cancel(self, visitor: Organisation, job_id: str) -> Page:
        """Cancel a job; one that cannot be cancelled any more is shown as it is."""
        try:
            cancel_job(self._platform, visitor, job_id)
        except TooLateError:
            return redirect(url_for("studio.job", job_id=job_id), 303)
        return redirect(url_for("studio.home"), 303)

    def track(self, visitor: Organisation, track_id: str) -> Page:
        """A track: heard, licensed, downloaded, read."""
        return self._track(visitor, track_id, {}, None)

    def _track(
        self,
        visitor: Organisation,
        track_id: str,
        given: Any,
        wrong: str | None,
        unworkable: str | None = None,
    ) -> str:
        story = story_of(self._platform, visitor, track_id)
        return render_template(
            "track.html",
            visitor=visitor,
            story=story,
            stems=[one for one in story.sheet.files if one.name.startswith("stems/")],
            templates=all_templates(),
            fitting=template_for_usage(story.sheet.track.usage),
            countries=territory_names(),
            given=given,
            wrong=wrong,
            unworkable=unworkable,
        )

    def offer(self, visitor: Organisation, track_id: str) -> Page:
        """Quote a licence."""
        try:
            wanted = read_licence_request(request.form)
            quoted = quote_track(self._platform, visitor, track_id, None, wanted)
        except BadInputError as error:
            return self._track(visitor, track_id, request.form, str(error)), 422
        return redirect(url_for("studio.quote", quote_id=quoted.id), 303)

    def quote(self, visitor: Organisation, quote_id: str) -> Page:
        """An offer, to be read before it is accepted; once it was, its licence."""
        quoted = find_quote(self._platform, visitor, quote_id)
        issued = licences_of(self._platform, visitor, quoted.subject.track_id)
        for one in issued:
            if one.licence.quote_id == quote_id:
                return redirect(url_for("studio.licence", licence_id=one.licence.id), 303)
        lapsed = quoted.state_at(self._platform.clock.now()) == "lapsed"
        return render_template(
            "quote.html", visitor=visitor, quoted=quoted, summary=summarise(quoted), lapsed=lapsed
        )

    def accept(self, visitor: Organisation, quote_id: str) -> Page:
        """Issue the licence of an offer, once."""
        try:
            licence = issue_quote(self._platform, visitor, quote_id)
        except QuoteLapsedError:
            return redirect(url_for("studio.quote", quote_id=quote_id), 303)
        return redirect(url_for("studio.licence", licence_id=licence.id), 303)

    def licence(self, visitor: Organisation, licence_id: str) -> Page:
        """A licence with its papers."""
        found = show(self._platform, visitor.id, licence_id)
        return render_template(
            "licence.html", visitor=visitor, shown=found, summary=summarise(found.quoted)
        )


def _own_page(path: str) -> str:
    return path if OWN_PAGE.fullmatch(path) else "/"
