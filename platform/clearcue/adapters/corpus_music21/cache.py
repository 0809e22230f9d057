"""The cache of parsed works: one packed file each, named by the source's hash and the parser.

A cached work carries the hash of the file that it was parsed from as its id, so that a cache file
that was renamed is not taken for another's. A damaged one counts as absent and is written anew.
Files are written beside their place and renamed, so that a killed process leaves none half-written.
"""

import os
import tempfile
from importlib import metadata
from pathlib import Path

from clearcue.adapters.score_files.packed import PackedWorkError, pack, unpack
from clearcue.adapters.score_files.streams import PARSER_VERSION
from clearcue.errors import ClearcueError
from clearcue.music.work import ParsedWork


class CacheError(ClearcueError):
    """A cache folder that cannot be written."""


def parser_name() -> str:
    """What parses: music21's version and our own reader's, part of each cache file's name."""
    return f"m21-{metadata.version('music21')}-r{PARSER_VERSION}"


class ParsedCache:
    """Parsed works by the SHA-256 (hex) of their source file, in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._suffix = f".{parser_name()}.ccwork"

    def get(self, sha256: str) -> ParsedWork | None:
        """The work parsed from that file, or None when it is absent or damaged."""
        try:
            work = unpack((self._folder / f"{sha256}{self._suffix}").read_bytes())
        except (OSError, PackedWorkError):
            return None
        return work if work.work_id == sha256 else None

    def put(self, work: ParsedWork) -> None:
        """Keep a work whose id is its source's SHA-256.

        Raises:
            CacheError: when the folder cannot be written.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._write(self._folder / f"{work.work_id}{self._suffix}", pack(work))
        except OSError as error:
            raise CacheError(
                f"cannot keep parsed works in {self._folder}: {error.strerror}; "
                "free space there or choose another CLEARCUE_HOME"
            ) from error

    def _write(self, path: Path, data: bytes) -> None:
        handle, name = tempfile.mkstemp(dir=self._folder, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
