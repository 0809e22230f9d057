"""Files with ranges and entity tags (RFC 9110, sections 8.8.3, 13 and 14).

The entity tag is the content's SHA-256, which is known and strong. One range is served; of several
the whole is (section 14.2 lets a server ignore Range). A 304 and a 206 come before any byte is
read, and content is read in portions.
"""

from collections.abc import Iterator
from itertools import chain

from flask import Response, request
from werkzeug.datastructures import Range

from clearcue.services.ports import Blobs
from clearcue.services.stored import StoredFile
from clearcue.web.problems import ProblemError

PORTION_BYTES = 1 << 20
PRIVATE = "private, max-age=31536000, immutable"


def serve_file(blobs: Blobs, file: StoredFile) -> Response:
    """A stored file as the request's conditions and range ask for it.

    Raises:
        ProblemError: 416 when no byte of the range is there.
    """
    if not request.if_match.contains(file.sha256) and "If-Match" in request.headers:
        raise ProblemError(412, "the file is another one than you have")
    if request.if_none_match.contains_weak(file.sha256):
        return _with_headers(Response(status=304), file)
    start, stop = _wanted(file)
    partial = (start, stop) != (0, file.size_bytes) or _asks_for_all(file)
    response = Response(
        _begun(_portions(blobs, file, start, stop)) if request.method != "HEAD" else b"",
        206 if partial else 200,
        mimetype=file.media_type,
        direct_passthrough=True,
    )
    response.content_length = stop - start
    if partial:
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{file.size_bytes}"
    response.headers["Content-Disposition"] = f'inline; filename="{file.name.split("/")[-1]}"'
    return _with_headers(response, file)


def _with_headers(response: Response, file: StoredFile) -> Response:
    response.set_etag(file.sha256)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = PRIVATE
    return response


def _range() -> Range | None:
    asked = request.range if request.method == "GET" else None  # section 14.2
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return None
    return asked


def _holds(file: StoredFile) -> bool:
    """Whether If-Range, if given, names this very content; a date or a weak tag never does."""
    return request.headers.get("If-Range", f'"{file.sha256}"').strip() == f'"{file.sha256}"'


def _wanted(file: StoredFile) -> tuple[int, int]:
    asked = _range()
    if asked is None or not _holds(file):
        return 0, file.size_bytes
    found = asked.range_for_length(file.size_bytes)
    if found is None or found[0] >= found[1]:
        raise ProblemError(
            416,
            f"the file has {file.size_bytes} bytes; ask for some of them",
            headers={"Content-Range": f"bytes */{file.size_bytes}"},
        )
    return found


def _asks_for_all(file: StoredFile) -> bool:
    return _range() is not None and _holds(file)


def _begun(portions: Iterator[bytes]) -> Iterator[bytes]:
    """The portions, the first of them read: what is wrong with the store is told by the status."""
    return chain([next(portions, b"")], portions)


def _portions(blobs: Blobs, file: StoredFile, start: int, stop: int) -> Iterator[bytes]:
    while start < stop:
        portion = blobs.get_range(file.blob_key, start, min(PORTION_BYTES, stop - start))
        if not portion:
            return  # the stored file is shorter than it was: the client sees the length missed
        yield portion
        start += len(portion)


def serve_bytes(content: bytes, digest: str, media_type: str, name: str) -> Response:
    """A small document whole, with its digest as entity tag."""
    response = Response(content, mimetype=media_type)
    response.set_etag(digest)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.make_conditional(request)
    return response
