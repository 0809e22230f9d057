"""What comes with an order to be composed with, out of a request's JSON or a form's files.

Each file is read in a process of its own, few at once, and nothing of it is kept but its notes.
What comes near to other music is refused before anything is queued.
"""

import base64
import binascii
import io
from collections.abc import Mapping

from werkzeug.datastructures import FileStorage

from clearcue.errors import BadInputError
from clearcue.services.checking import refuse_near_gifts
from clearcue.services.platform import Platform
from clearcue.services.stored import Organisation
from clearcue.services.supplying import Declaration, Supply, Upload, supply_of
from clearcue.services.training import cleared
from clearcue.web.settings import WebSettings
from clearcue.web.state import Shared
from clearcue.web.uploads import held_all, silent


def taken_in(
    platform: Platform,
    organisation: Organisation,
    shared: Shared,
    settings: WebSettings,
    uploads: Mapping[str, FileStorage],
    chords: str | None,
    declaration: Declaration | None,
) -> Supply:
    """Read and check a `motif` and a `bass` among the uploads, and chords.

    Raises:
        BadInputError: when one cannot be read, or is not declared.
        NearDuplicateError: when one comes near to other music.
        ProblemError: 503 when too many are being looked at for too long.
    """
    with held_all(uploads, shared, settings) as paths:
        motif, bass = (
            Upload(paths[what], uploads[what].filename or what) if what in paths else None
            for what in ("motif", "bass")
        )
        supply = supply_of(platform.scores, motif, chords, bass, declaration)
    if paths:
        with shared.loading:  # the corpus is read once, not by two at the same time
            cleared(platform, silent)
        refuse_near_gifts(platform, organisation, supply, silent)
    return supply


def decoded(name: str, content: str) -> FileStorage:
    """A file that came as base64. Raises BadInputError."""
    try:
        return FileStorage(io.BytesIO(base64.b64decode(content, validate=True)), filename=name)
    except binascii.Error as error:
        raise BadInputError(f"{name}: its content is no base64") from error
