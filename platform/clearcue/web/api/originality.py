"""Originality checks of uploaded scores and recordings."""

from flask import Response

from clearcue.services.checking import check_upload
from clearcue.services.training import cleared
from clearcue.web.operations import Answer, Call, Operation, Upload
from clearcue.web.render import as_json
from clearcue.web.uploads import MOST_BYTES, held, silent
from clearcue.web.views import CheckView


def check(call: Call) -> Response:
    """Compare an uploaded score or recording."""
    with held(call.body["file"], call.shared, call.settings) as path:
        with call.shared.loading:  # the corpus is read once, not by two at the same time
            cleared(call.platform, silent)
        report = check_upload(call.platform, call.organisation, path, silent)
    return as_json(CheckView.model_validate(report))


_FILE = "A score (MIDI, MusicXML, ABC, kern) or a recording (WAV, MP3, FLAC, OGG)."

OPERATIONS = (
    Operation(
        "POST", "/v1/originality-checks", "checkOriginality",
        "Compare a score or a recording with the corpus and the tracks made here",
        "originality", check,
        (Answer(200, "The report. Nothing of the upload is kept.", CheckView),),
        upload=Upload((("file", _FILE, False, True),)),
        max_bytes=MOST_BYTES,
    ),
)  # fmt: skip
