"""Writing files whole or not at all."""

import contextlib
import os
import tempfile
from pathlib import Path

from clearcue.errors import ClearcueError


class WriteError(ClearcueError):
    """A file could not be written; what was there before is untouched."""


def write_atomically(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write bytes to a file whole or not at all, synced to the disk; its folder must exist.

    Raises:
        WriteError: when the file cannot be written; nothing is left behind.
    """
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(temporary).replace(path)
        sync_folder(path.parent)
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                Path(temporary).unlink(missing_ok=True)
        raise cannot_write(path, error) from error


def cannot_write(path: Path, error: OSError) -> WriteError:
    """What is said of a path that cannot be written."""
    reason = error.strerror or str(error)
    return WriteError(f"cannot write {path}: {reason}; free some space or choose a writable folder")


def sync_folder(folder: Path) -> None:
    """Make renames in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
