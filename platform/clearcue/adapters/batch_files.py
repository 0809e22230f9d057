"""The files of a batch: those of a folder, or of a zip archive.

A folder is read with its folders, in the order of names; hidden files and links are left out. A
member of an archive is unpacked alone, into a folder that goes again; what it claims to hold is not
believed: no more than `MOST_BYTES` of it are read, and its name is used for the report only.
"""

import io
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from clearcue.adapters.recordings.reading import MAX_RECORDING_BYTES
from clearcue.errors import BadInputError

MOST_BYTES = MAX_RECORDING_BYTES
MOST_FILES = 100_000


@dataclass(frozen=True, slots=True)
class FolderFile:
    """A file of a folder."""

    name: str
    path: Path

    def opened(self) -> IO[bytes]:
        """Its content."""
        try:
            return self.path.open("rb")
        except OSError as error:
            raise BadInputError(f"{self.name}: cannot be read: {error.strerror}") from error

    @contextmanager
    def held(self) -> Iterator[Path]:
        """Where it lies."""
        yield self.path


@dataclass(frozen=True, slots=True)
class ZipMember:
    """A member of an archive, which is opened anew for each: several may be read at once."""

    name: str
    archive: Path
    member: str

    def opened(self) -> IO[bytes]:
        """Its content, unpacked in memory."""
        try:
            with zipfile.ZipFile(self.archive) as archive, archive.open(self.member) as file:
                data = file.read(MOST_BYTES + 1)
        except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError) as error:
            raise BadInputError(f"{self.name}: cannot be unpacked") from error
        if len(data) > MOST_BYTES:
            raise BadInputError(f"{self.name}: is larger than {MOST_BYTES} bytes")
        return io.BytesIO(data)

    @contextmanager
    def held(self) -> Iterator[Path]:
        """Unpacked, in a folder of its own."""
        with tempfile.TemporaryDirectory(prefix="clearcue-batch-") as folder:
            path = Path(folder) / (PurePosixPath(self.name).name or "file")
            path.write_bytes(self.opened().read())
            yield path


def is_batch(path: Path) -> bool:
    """Whether a path is a folder, or an archive of files rather than one packed score."""
    if path.is_dir():
        return True
    try:
        with zipfile.ZipFile(path) as archive:
            return "META-INF/container.xml" not in archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return False


def batch_files(path: Path) -> Sequence[FolderFile | ZipMember]:
    """The files of a folder or an archive, in the order of names.

    Raises:
        BadInputError: when there is none, or there are too many.
    """
    found: list[FolderFile | ZipMember]
    if path.is_dir():
        found = [
            FolderFile(one.relative_to(path).as_posix(), one)
            for one in sorted(path.rglob("*"))
            if one.is_file() and not one.is_symlink() and not _hidden(one.relative_to(path))
        ]
    else:
        with zipfile.ZipFile(path) as archive:
            names = sorted(one.filename for one in archive.infolist() if not one.is_dir())
        found = [ZipMember(name, path, name) for name in names if not _hidden(Path(name))]
    if not found:
        raise BadInputError(f"{path.name}: holds no file")
    if len(found) > MOST_FILES:
        raise BadInputError(f"{path.name}: holds more than {MOST_FILES} files; check it in parts")
    return found


def _hidden(path: Path) -> bool:
    return any(part == "__MACOSX" or (part.startswith(".") and part != "..") for part in path.parts)
