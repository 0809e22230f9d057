"""Uploaded scores, held in a folder for as long as they are looked at; few at once."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from werkzeug.datastructures import FileStorage

from clearcue.web.settings import MAX_UPLOAD_BYTES, WebSettings
from clearcue.web.state import Shared, taken

FORM_BYTES = 64 * 1024
"""What a multipart body may have around its file."""

MOST_BYTES = MAX_UPLOAD_BYTES + FORM_BYTES


@contextmanager
def held(upload: FileStorage, shared: Shared, settings: WebSettings) -> Iterator[Path]:
    """The uploaded file, in a folder that goes again; each costs a process of its own to read.

    Raises:
        ProblemError: 503 when too many are being looked at for too long.
    """
    with held_all({"the upload": upload}, shared, settings) as paths:
        yield paths["the upload"]


@contextmanager
def held_all(
    uploads: Mapping[str, FileStorage], shared: Shared, settings: WebSettings
) -> Iterator[dict[str, Path]]:
    """Uploaded files by name, as `held` has one; none of them takes no place."""
    if not uploads:
        yield {}
        return
    with (
        taken(shared.uploads, settings.upload_wait_seconds),
        tempfile.TemporaryDirectory(prefix="clearcue-upload-") as folder,
    ):
        paths = {name: Path(folder) / name for name in uploads}
        for name, upload in uploads.items():
            upload.save(paths[name])
        yield paths


def silent(stage: str, done: int, total: int) -> None:
    """Progress that nobody reads."""
    del stage, done, total
