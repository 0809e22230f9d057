"""Files by key through obstore: in a folder by default, in any store of obstore's by its URL.

A key is one to eight names joined by slashes; a name is one to 128 letters, digits, dots, hyphens
or underscores of ASCII and does not begin with a dot, so no key can leave the folder, hide a file
or mean two files on any system. Writing is all or nothing: obstore writes beside the place and
renames. Folders keep no content type; the database does.
"""

import errno
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import obstore
from obstore.exceptions import BaseError, NotFoundError, PermissionDeniedError
from obstore.store import LocalStore, ObjectStore, from_url

from clearcue.errors import BadInputError
from clearcue.services.stored import MissingError, StoreError, StoreUnwritableError

_NAME = r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}"
_FULL = re.compile(rf"os error ({errno.ENOSPC}|{errno.EDQUOT}|{errno.EFBIG})\b|No space left")
_CUT_OFF = re.compile(r"#[0-9]+$")
_KEY = re.compile(rf"{_NAME}(?:/{_NAME}){{0,7}}", re.ASCII)


def check_key(key: str) -> str:
    """The key, once it has been found safe.

    Raises:
        BadInputError: when it is not made of names as the module describes.
    """
    if not _KEY.fullmatch(key):
        raise BadInputError(f"{key[:200]!r} is no key of a stored file")
    return key


class ObstoreBlobs:
    """Blobs in one of obstore's stores."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def put(self, key: str, content: bytes | Path) -> None:
        """Store bytes, or a file's content, all or nothing, in place of what was there."""
        with _explained(check_key(key)):
            obstore.put(self._store, key, content)

    def get(self, key: str) -> bytes:
        """The bytes of a key, or MissingError."""
        with _explained(check_key(key)):
            return bytes(obstore.get(self._store, key).bytes())

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """`length` bytes from offset `start` (fewer at the end), or MissingError.

        Raises:
            ValueError: when `start` or `length` is negative.
        """
        if start < 0 or length < 0:
            raise ValueError(f"no range begins at {start} and is {length} bytes long")
        with _explained(check_key(key)):
            size = obstore.head(self._store, key)["size"]
            end = min(start + length, size)
            if start >= end:
                return b""
            return bytes(obstore.get_range(self._store, key, start=start, end=end))

    def exists(self, key: str) -> bool:
        """Whether the key has bytes."""
        try:
            with _explained(check_key(key)):
                obstore.head(self._store, key)
        except MissingError:
            return False
        return True

    def keys(self, folder: str) -> tuple[str, ...]:
        """The keys below a folder, sorted."""
        with _explained(check_key(folder)):
            listed = obstore.list(self._store, prefix=folder)
            return tuple(sorted(entry["path"] for entries in listed for entry in entries))

    def clear(self, folder: str, keep: Collection[str] = ()) -> None:
        """Remove all keys below a folder but those to keep."""
        for key in self.keys(folder):
            if key not in keep:
                self.delete(key)

    def delete(self, key: str) -> None:
        """Remove the key's bytes, if any."""
        try:
            with _explained(check_key(key)):
                obstore.delete(self._store, key)
        except MissingError:
            return


class FolderBlobs(ObstoreBlobs):
    """Blobs in a folder. A write that was cut off leaves a file `NAME#NUMBER`, which is no key."""

    def __init__(self, folder: Path) -> None:
        super().__init__(LocalStore(prefix=folder))
        self._folder = folder

    def clear(self, folder: str, keep: Collection[str] = ()) -> None:
        """Remove all keys below a folder but those to keep, cut-off writes and empty folders."""
        super().clear(folder, keep)
        with _explained(folder):
            for path in sorted((self._folder / folder).rglob("*"), reverse=True):
                if _CUT_OFF.search(path.name):
                    path.unlink(missing_ok=True)
                elif path.is_dir():
                    _remove_empty(path)
            _remove_empty(self._folder / folder)


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):  # it holds something, or is gone
        folder.rmdir()


def folder_blobs(folder: Path) -> ObstoreBlobs:
    """Blobs in a folder, made when it is missing, readable by its owner only.

    Raises:
        StoreUnwritableError: when the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreUnwritableError(
            f"cannot make the folder {folder} for files ({error.strerror}); "
            "choose another with CLEARCUE_HOME"
        ) from error
    return FolderBlobs(folder)


def url_blobs(url: str) -> ObstoreBlobs:
    """Blobs in a store by its URL, such as `s3://bucket/prefix`.

    Raises:
        BadInputError: when obstore knows no store of that URL.
    """
    try:
        return ObstoreBlobs(from_url(url))
    except (BaseError, ValueError) as error:
        raise BadInputError(
            "the URL of the file store is none that can be used; write s3://bucket/prefix"
        ) from error


@contextmanager
def _explained(key: str) -> Iterator[None]:
    try:
        yield
    except (NotFoundError, FileNotFoundError) as error:
        raise MissingError(f"there is no stored file {key}") from error
    except (PermissionDeniedError, PermissionError) as error:
        raise StoreUnwritableError(
            f"no right to read or write the stored file {key}; check the folder's owner and mode"
        ) from error
    except (BaseError, OSError) as error:
        text = str(error)
        if _FULL.search(text):
            raise StoreUnwritableError("the disk of the stored files is full; make room") from error
        if "os error 30" in text or "Read-only file system" in text:
            raise StoreUnwritableError("the folder of the stored files is read-only") from error
        raise StoreError(f"the file store could not handle {key}") from error
