"""Originality checks of uploaded scores."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Response

from clearcue.services.checking import check_upload
from clearcue.services.training import cleared
from clearcue.web.operations import Answer, Call, Operation, Upload
from clearcue.web.problems import ProblemError
from clearcue.web.render import as_json
from clearcue.web.settings import MAX_UPLOAD_BYTES
from clearcue.web.views import CheckView

FORM_BYTES = 64 * 1024
"""What a multipart body may have around its file."""


@contextmanager
def uploaded_score(call: Call) -> Iterator[Path]:
    """The uploaded file, in a folder that goes again; few at once, for each costs a process."""
    upload = call.body["file"]
    if not call.shared.checks.acquire(timeout=call.settings.check_wait_seconds):
        raise ProblemError(503, "too many uploads are being compared; try again in a moment")
    try:
        with tempfile.TemporaryDirectory(prefix="clearcue-upload-") as folder:
            path = Path(folder) / "the upload"
            upload.save(path)
            yield path
    finally:
        call.shared.checks.release()


def check(call: Call) -> Response:
    """Compare an uploaded score."""
    with uploaded_score(call) as path:
        with call.shared.loading:  # the corpus is read once, not by two at the same time
            cleared(call.platform, silent)
        report = check_upload(call.platform, call.organisation, path, silent)
    return as_json(CheckView.model_validate(report))


def silent(stage: str, done: int, total: int) -> None:
    """Progress that nobody reads."""
    del stage, done, total


OPERATIONS = (
    Operation(
        "POST", "/v1/originality-checks", "checkOriginality",
        "Compare a score (MIDI, MusicXML, ABC, kern) with the corpus and the tracks made here",
        "originality", check,
        (Answer(200, "The report. Nothing of the upload is kept.", CheckView),),
        upload=Upload((("file", "The score.", False, True),)),
        max_bytes=MAX_UPLOAD_BYTES + FORM_BYTES,
    ),
)  # fmt: skip
