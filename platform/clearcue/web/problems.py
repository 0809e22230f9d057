"""Problem details (RFC 9457): every error of the service is one, whatever raised it.

A problem's `type` is a stable name below `urn:clearcue:problem:`; `detail` is the plain line of our
own errors. What a bug raises is told as `internal` and nothing more; the log has the rest.
"""

import errno
import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from clearcue.errors import BadInputError, ClearcueError
from clearcue.files import WriteError
from clearcue.licensing.errors import ConflictError, LicenceEndedError, QuoteLapsedError
from clearcue.services.jobs import TooLateError
from clearcue.services.near_tracks import NearDuplicateError
from clearcue.services.stored import (
    DuplicateError,
    MissingError,
    StoreBusyError,
    StoreError,
    StoreLostError,
    StoreUnwritableError,
)
from clearcue_provenance.errors import LogProofError, LogWriteError, ProvenanceError

MEDIA_TYPE = "application/problem+json"
URN = "urn:clearcue:problem:"
RETRY_SECONDS = "5"

_log = logging.getLogger("clearcue.web")

_HTTP = {
    400: ("bad-request", "The request cannot be read"),
    401: ("unauthorized", "A valid key is needed"),
    403: ("forbidden", "The request is not allowed"),
    404: ("not-found", "There is nothing here"),
    405: ("method-not-allowed", "This resource has no such method"),
    406: ("not-acceptable", "No such representation"),
    408: ("timeout", "The request took too long"),
    409: ("conflict", "The request stands against what is there"),
    412: ("precondition-failed", "What is there has changed"),
    413: ("too-large", "The request is too large"),
    414: ("too-long", "The address is too long"),
    415: ("unsupported-media-type", "The content is of another type"),
    416: ("range-not-satisfiable", "The file has no such range"),
    422: ("invalid", "The request does not fit its description"),
    431: ("headers-too-large", "The request's headers are too large"),
    500: ("internal", "An error of the program"),
    503: ("unavailable", "The service cannot do this now"),
}
_OURS: tuple[tuple[type[Exception], int, str, str], ...] = (
    (MissingError, 404, "not-found", "There is nothing here"),
    (QuoteLapsedError, 409, "quote-lapsed", "The quote's time is over"),
    (ConflictError, 409, "grant-conflict", "Another licence of this music is in the way"),
    (LicenceEndedError, 409, "licence-ended", "The licence was ended already"),
    (TooLateError, 409, "too-late", "The job cannot be cancelled any more"),
    (DuplicateError, 409, "conflict", "The request stands against what is there"),
    (NearDuplicateError, 409, "near-duplicate", "The music came too near to other music"),
    (StoreBusyError, 503, "store-busy", "The database is busy"),
    (StoreLostError, 503, "store-lost", "The database cannot be reached"),
    (StoreUnwritableError, 503, "store-unwritable", "The disk is full or read-only"),
    (StoreError, 500, "store", "The store refused the request"),
    (WriteError, 503, "store-unwritable", "The disk is full or read-only"),
    (LogWriteError, 503, "log-unusable", "The log cannot be continued"),
    (LogProofError, 503, "log-unusable", "The log cannot be continued"),
    (BadInputError, 422, "invalid", "The request does not fit its description"),
    (ClearcueError, 500, "failed", "The request could not be carried out"),
    (ProvenanceError, 500, "failed", "The request could not be carried out"),
)


class ProblemError(Exception):
    """A problem that a handler raises by name."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        name: str | None = None,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Mapping[str, str]] = (),
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.name = status, detail, name
        self.headers, self.errors = dict(headers or {}), list(errors)


def problem(
    status: int,
    detail: str,
    *,
    name: str | None = None,
    title: str | None = None,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[Mapping[str, str]] = (),
) -> Response:
    """A problem document as a response; `errors` lists which fields are wrong."""
    known_name, known_title = _HTTP.get(status, (f"status-{status}", "The request failed"))
    body: dict[str, Any] = {
        "type": URN + (name or known_name),
        "title": title or known_title,
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = list(errors)
    response = Response(json.dumps(body, ensure_ascii=False) + "\n", status, mimetype=MEDIA_TYPE)
    response.headers.extend(headers or {})
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="clearcue"'
    if status == 503:
        response.headers.setdefault("Retry-After", RETRY_SECONDS)
    response.headers["Cache-Control"] = "no-store"
    return response


def of_error(error: Exception) -> Response:
    """The problem that an error of ours is; others are an internal one, and logged."""
    if isinstance(error, ProblemError):
        return problem(
            error.status, error.detail, name=error.name, headers=error.headers, errors=error.errors
        )
    if isinstance(error, HTTPException):
        return _of_http(error)
    for kind, status, name, title in _OURS:
        if isinstance(error, kind):
            if status >= 500:
                _log.error("%s", error)
            return problem(status, str(error), name=name, title=title)
    if isinstance(error, OSError) and error.strerror:
        _log.error("%s: %s", error.strerror, error.filename)
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        hint = "make room and try again" if full else "the log of the service says more"
        return problem(503, f"{error.strerror}; {hint}")
    _log.error("an error of the program", exc_info=error)
    return problem(500, "an error of the program; the log of the service says more")


def _of_http(error: HTTPException) -> Response:
    kept = {
        name: value
        for name, value in error.get_headers()
        if name in ("Allow", "Content-Range", "Retry-After")
    }
    plain = (error.description or error.name).split("\n")[0]
    return problem(error.code or 500, plain, headers=kept)


def handle_all(app: Flask) -> None:
    """Make every error of an app a problem document."""
    app.register_error_handler(Exception, of_error)
