"""Originality checks of uploaded scores."""

import tempfile
from pathlib import Path

from flask import Response

from clearcue.services.checking import check_upload
from clearcue.web.operations import Answer, Call, Operation, Upload
from clearcue.web.render import as_json
from clearcue.web.settings import MAX_UPLOAD_BYTES
from clearcue.web.state import taken
from clearcue.web.views import CheckView

_FORM_BYTES = 64 * 1024
"""What a multipart body may have around its file."""


def check(call: Call) -> Response:
    """Compare an uploaded score; few at once, for each costs a process."""
    upload = call.body["file"]
    with (
        taken(call.shared.uploads, call.settings.upload_wait_seconds),
        tempfile.TemporaryDirectory(prefix="clearcue-upload-") as folder,
    ):
        path = Path(folder) / "the upload"
        upload.save(path)
        with call.shared.loading:  # the corpus is read once, not by two at the same time
            call.platform.library.corpus(_silent)
        report = check_upload(call.platform, call.organisation, path, _silent)
    return as_json(CheckView.model_validate(report))


def _silent(stage: str, done: int, total: int) -> None:
    del stage, done, total


OPERATIONS = (
    Operation(
        "POST", "/v1/originality-checks", "checkOriginality",
        "Compare a score (MIDI, MusicXML, ABC, kern) with the corpus and the tracks made here",
        "originality", check,
        (Answer(200, "The report. Nothing of the upload is kept.", CheckView),),
        upload=Upload((("file", "The score.", False, True),)),
        max_bytes=MAX_UPLOAD_BYTES + _FORM_BYTES,
    ),
)  # fmt: skip
