"""Where a pack comes from: a folder, an archive (zip, or tar with gzip), or an address of one.

Conventions: names are paths with forward slashes below the pack's own root, which may lie one
folder deep (as in archives of a repository). No more of a file is read than the limit and one byte,
whatever an archive says of its sizes; nothing is unpacked but by name.
"""

import io
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from clearcue.errors import BadInputError

MAX_MEMBERS = 200_000


class PackSourceError(BadInputError):
    """A folder, archive or address that no pack can be read from."""


class Source(Protocol):
    """The files of a pack where they come from."""

    def names(self) -> frozenset[str]:
        """The names of all files."""
        ...

    def read(self, name: str, limit: int) -> bytes:
        """A file's bytes, at most `limit` and one more. Raises PackSourceError."""
        ...


class FolderSource:
    """A folder; links are not followed out of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> frozenset[str]:
        """Every file below it."""
        return frozenset(
            path.relative_to(self._folder).as_posix()
            for path in self._folder.rglob("*")
            if path.is_file() and not path.is_symlink()
        )

    def read(self, name: str, limit: int) -> bytes:
        """Read no more than the limit and one byte."""
        try:
            with (self._folder / name).open("rb") as file:
                return file.read(limit + 1)
        except OSError as error:
            raise PackSourceError(f"{name} cannot be read: {error.strerror}") from error


class ZipSource:
    """A zip archive."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def names(self) -> frozenset[str]:
        """Its members that are no folders."""
        return frozenset(name for name in self._archive.namelist() if not name.endswith("/"))

    def read(self, name: str, limit: int) -> bytes:
        """Unpack no more than the limit and one byte."""
        try:
            with self._archive.open(name) as member:
                return member.read(limit + 1)
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError,
                NotImplementedError, OSError) as error:  # fmt: skip
            raise PackSourceError(f"{name} cannot be unpacked") from error


class TarSource:
    """A tar archive; reading in its own order is fast, any other order reads it again."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive
        self._members = {m.name: m for m in archive.getmembers() if m.isfile()}

    def names(self) -> frozenset[str]:
        """Its plain files."""
        return frozenset(self._members)

    def read(self, name: str, limit: int) -> bytes:
        """Unpack no more than the limit and one byte."""
        try:
            member = self._archive.extractfile(self._members[name])
            return b"" if member is None else member.read(limit + 1)
        except (KeyError, tarfile.TarError, zlib.error, EOFError, OSError) as error:
            raise PackSourceError(f"{name} cannot be unpacked") from error


class Below:
    """A source whose root lies in one of its folders."""

    def __init__(self, source: Source, prefix: str) -> None:
        self._source = source
        self._prefix = prefix

    def names(self) -> frozenset[str]:
        """The names below the root."""
        cut = len(self._prefix)
        found = self._source.names()
        return frozenset(name[cut:] for name in found if name.startswith(self._prefix))

    def read(self, name: str, limit: int) -> bytes:
        """The file below the root."""
        return self._source.read(self._prefix + name, limit)


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """The files of a folder or an archive, told by its bytes.

    Raises:
        PackSourceError: when it is neither.
    """
    if path.is_dir():
        yield FolderSource(path)
        return
    try:
        with path.open("rb") as file:
            start = file.read(4)
            file.seek(0)
            if start.startswith(b"PK"):
                with zipfile.ZipFile(file) as archive:
                    _check_members(len(archive.infolist()), path)
                    yield ZipSource(archive)
            elif start.startswith(b"\x1f\x8b"):
                with tarfile.open(fileobj=_Unchanged(file.read()), mode="r:gz") as tar:
                    _check_members(len(tar.getmembers()), path)
                    yield TarSource(tar)
            else:
                raise PackSourceError(
                    f"{path.name} is neither a folder nor a .zip or .tar.gz archive"
                )
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError) as error:
        raise PackSourceError(f"{path.name} is a damaged archive") from error
    except OSError as error:
        raise PackSourceError(f"{path} cannot be read: {error.strerror or error}") from error


class _Unchanged(io.BytesIO):
    """An archive's bytes in memory, so that it is the same one throughout."""


def _check_members(count: int, path: Path) -> None:
    if count > MAX_MEMBERS:
        raise PackSourceError(f"{path.name} holds more than {MAX_MEMBERS} files")


def rooted(source: Source, listed: Iterable[str]) -> Source:
    """The source seen from the folder in which the listed files lie: its top, or one below."""
    names = source.names()
    wanted = frozenset(listed)
    best, most = "", len(wanted & names)
    for top in sorted({name.split("/", 1)[0] + "/" for name in names if "/" in name}):
        found = sum(top + name in names for name in wanted)
        if found > most:
            best, most = top, found
    return Below(source, best) if best else source
