"""A secret of 32 random bytes in a file of mode 0600, made once by whoever comes first."""

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

from clearcue.errors import ClearcueError
from clearcue.files import cannot_write, sync_folder

SECRET_BYTES = 32


def kept_secret(path: Path) -> bytes:
    """The secret in a file, made when there is none.

    Raises:
        ClearcueError: when the file cannot be read or made, or holds something else.
    """
    try:
        if not path.exists():
            _make(path)
        secret = path.read_bytes()
    except OSError as error:
        raise cannot_write(path, error) from error
    if len(secret) != SECRET_BYTES:
        raise ClearcueError(
            f"{path} is damaged; restore it from a backup, or remove it and make new API keys"
        )
    return secret


def _make(path: Path) -> None:
    """Write beside the place and link: of two that come at once, the first one's secret stays."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
        sync_folder(path.parent)
    finally:
        Path(temporary).unlink(missing_ok=True)
