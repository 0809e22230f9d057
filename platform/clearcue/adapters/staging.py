"""The folder a user named: filled only once everything that goes into it is whole.

Files are made in a hidden folder beside their destination, on the same file system, and moved by
renaming. A killed process leaves at most that hidden folder, which the next run removes.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from clearcue.files import cannot_write, sync_folder

_PREFIX = ".clearcue-partial-"


@contextlib.contextmanager
def staged(out: Path) -> Iterator[Path]:
    """An empty folder whose files move into `out` when the block ends without an error.

    Raises:
        WriteError: when `out` cannot be made or written; nothing is left behind.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        _remove_stale(out)
        staging = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=out))
    except OSError as error:
        raise cannot_write(out, error) from error
    try:
        yield staging
        _move(staging, out)
    except OSError as error:
        raise cannot_write(out, error) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _move(staging: Path, out: Path) -> None:
    for path in sorted(staging.rglob("*")):
        target = out / path.relative_to(staging)
        if path.is_dir():
            target.mkdir(exist_ok=True)
        else:
            path.replace(target)
    sync_folder(out)


def _remove_stale(out: Path) -> None:
    """Remove what a process that no longer runs left behind."""
    for path in out.glob(f"{_PREFIX}*"):
        process = path.name.removeprefix(_PREFIX).split("-")[0]
        if not (process.isdigit() and Path(f"/proc/{process}").exists()):
            shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def working_folder(parent: Path) -> Iterator[Path]:
    """An empty folder below `parent` that is removed when the block ends; dead processes' are, too.

    Raises:
        WriteError: when `parent` cannot be made or written.
    """
    try:
        parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _remove_stale(parent)
        folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=parent))
    except OSError as error:
        raise cannot_write(parent, error) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
