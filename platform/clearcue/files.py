"""Writing files whole or not at all."""

import contextlib
import os
import secrets
from pathlib import Path

from clearcue.errors import ClearcueError


class WriteError(ClearcueError):
    """A file could not be written; what was there before is untouched."""


def write_atomically(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write bytes to a file whole or not at all, synced to the disk; its folder must exist.

    The process's umask narrows `mode`, as it does for any file that a user asks for.

    Raises:
        WriteError: when the file cannot be written; nothing is left behind.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(temporary, flags, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


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
