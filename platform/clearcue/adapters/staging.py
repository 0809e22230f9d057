"""The folder a user named: filled only once everything that goes into it is whole.

Files are made in a hidden folder inside their destination, on its file system, and moved by
renaming; who is at it holds a lock on it. A killed process leaves at most that hidden folder, which
the next run removes. Files of an earlier delivery that the new one does not have (another track's
stems or licence) are removed when they are still what was delivered then, so that a folder holds
one track. Two runs into one folder take turns to move: the last one's files are there, all of them.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from clearcue.files import WriteError, cannot_write, sync_folder
from clearcue_provenance import bundle, statement
from clearcue_provenance.errors import ProvenanceError
from clearcue_provenance.predicates import DELIVERY

_PREFIX = ".clearcue-partial-"
_KEPT_PREFIX = "clearcue-kept-"
_DELIVERY_NAME = "delivery.json"


@contextlib.contextmanager
def staged(out: Path) -> Iterator[Path]:
    """An empty folder whose files move into `out` when the block ends without an error.

    After an error an `out` that was made here and is still empty is removed again.

    Raises:
        WriteError: when `out` cannot be made or written, or something there is in the way. Files
            that were made whole and could not be moved are kept; the message says where.
    """
    existed = out.exists()
    try:
        out.mkdir(parents=True, exist_ok=True)
        staging, lock = _hidden(out)
    except OSError as error:
        raise cannot_write(out, error) from error
    try:
        yield staging
        _deliver(staging, out)
    except OSError as error:
        raise cannot_write(_place(error, staging, out), error) from error
    finally:
        os.close(lock)
        shutil.rmtree(staging, ignore_errors=True)
        if not existed:
            with contextlib.suppress(OSError):
                out.rmdir()  # only an empty one


@contextlib.contextmanager
def working_folder(parent: Path) -> Iterator[Path]:
    """An empty folder below `parent` that is removed when the block ends; dead processes' are, too.

    Raises:
        WriteError: when `parent` cannot be made or written.
    """
    try:
        parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder, lock = _hidden(parent)
    except OSError as error:
        raise cannot_write(parent, error) from error
    try:
        yield folder
    finally:
        os.close(lock)
        shutil.rmtree(folder, ignore_errors=True)


def _hidden(parent: Path) -> tuple[Path, int]:
    """A new hidden folder and the lock that shows who is at it; what is left over is removed."""
    with _locked(parent):
        _remove_stale(parent)
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        return folder, _lock(folder)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    descriptor = _lock(folder)
    try:
        yield
    finally:
        os.close(descriptor)


def _lock(folder: Path) -> int:
    """A descriptor that holds a lock on a folder, where its file system can lock folders."""
    descriptor = os.open(folder, os.O_RDONLY)
    with contextlib.suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def _place(error: OSError, staging: Path, out: Path) -> Path:
    """What could not be written: `out`, unless the error names a file elsewhere."""
    named = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else out
    return out if named.is_relative_to(staging) else named


def _deliver(staging: Path, out: Path) -> None:
    try:
        with _locked(out):
            new = {
                path.relative_to(staging).as_posix(): path
                for path in sorted(staging.rglob("*"))
                if path.is_file()
            }
            _refuse_obstacles(new, out)
            _remove_delivered(out, frozenset(new))
            for name, path in new.items():
                (out / name).parent.mkdir(exist_ok=True)
                path.replace(out / name)
            sync_folder(out)
    except OSError as error:
        raise WriteError(
            f"cannot move the finished files into {out}: {error.strerror or error}: "
            f"{error.filename2 or error.filename}; they are kept in {_keep(staging, out)}"
        ) from error


def _refuse_obstacles(new: dict[str, Path], out: Path) -> None:
    for name in new:
        if (out / name).is_dir():
            raise IsADirectoryError(None, "a folder is in the way", str(out / name))
        folder = (out / name).parent
        if folder.exists() and not folder.is_dir():
            raise NotADirectoryError(None, "a file is in the way", str(folder))


def _keep(staging: Path, out: Path) -> Path:
    """Give finished files a name that no later run removes."""
    kept = out / (_KEPT_PREFIX + staging.name.removeprefix(_PREFIX))
    try:
        staging.rename(kept)
    except OSError:
        return staging
    return kept


def _remove_delivered(out: Path, new: frozenset[str]) -> None:
    """Remove what an earlier delivery into this folder wrote, is unchanged, and is not renewed."""
    try:
        stored = bundle.parse((out / _DELIVERY_NAME).read_bytes())
        stated = statement.parse(stored.envelope.payload)
    except (OSError, ProvenanceError):
        return
    if stated.predicate_type != DELIVERY:
        return
    for entry in stated.predicate["files"]:
        path = out / entry["name"]
        if entry["name"] in new or not path.is_file() or path.stat().st_size != entry["size"]:
            continue
        if sha256(path.read_bytes()).hexdigest() == entry["sha256"]:
            path.unlink()


def _remove_stale(out: Path) -> None:
    """Remove what a process that no longer runs left behind: its folder is not locked."""
    for path in out.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(descriptor)
