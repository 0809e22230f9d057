"""Turns what a database driver raises into one clear line of ours.

SQLite's conditions are told by their extended result codes (https://www.sqlite.org/rescode.html),
PostgreSQL's by SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from clearcue.services.stored import (
    DuplicateError,
    StoreBusyError,
    StoreError,
    StoreLostError,
    StoreUnwritableError,
    StoreVersionError,
)

_BUSY = StoreBusyError, "the database is kept busy by another process; try again in a moment"
_FULL = StoreUnwritableError, "the disk of the database is full; make room and try again"
_UNWRITTEN = (
    StoreUnwritableError,
    "the disk of the database cannot be written; make room or check it",
)
_READ_ONLY = StoreUnwritableError, "the database is read-only; give this user the right to write it"
_LOST = StoreLostError, "the database cannot be reached or opened; check its URL, folder and server"
_SCHEMA = StoreVersionError, "the database's tables do not fit this program; migrate it first"
_DUPLICATE = DuplicateError, "the database holds this id or this unique value already"
_DANGLING = StoreError, "the row refers to one that is not there, or is another organisation's"
_BROKEN = StoreError, "the database file is damaged or no database; restore it from a backup"

_Meaning = tuple[type[StoreError], str]

_SQLITE: dict[int, _Meaning] = {
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: _LOST,
    sqlite3.SQLITE_IOERR: _LOST,
    sqlite3.SQLITE_CORRUPT: _BROKEN,
    sqlite3.SQLITE_NOTADB: _BROKEN,
}
_SQLITE_EXTENDED: dict[int, _Meaning] = {
    sqlite3.SQLITE_IOERR_WRITE: _UNWRITTEN,
    sqlite3.SQLITE_IOERR_FSYNC: _UNWRITTEN,
    sqlite3.SQLITE_IOERR_DIR_FSYNC: _UNWRITTEN,
    sqlite3.SQLITE_IOERR_TRUNCATE: _UNWRITTEN,
    sqlite3.SQLITE_IOERR_SHMSIZE: _UNWRITTEN,
    sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY: _DANGLING,
    sqlite3.SQLITE_CONSTRAINT_UNIQUE: _DUPLICATE,
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY: _DUPLICATE,
}
_POSTGRESQL: dict[str, _Meaning] = {
    "23503": _DANGLING,
    "23505": _DUPLICATE,
    "25006": _READ_ONLY,
    "53100": _FULL,
    "55P03": _BUSY,
    "40P01": _BUSY,
    "40001": _BUSY,
    "42P01": _SCHEMA,
    "42703": _SCHEMA,
    "42501": _READ_ONLY,
}


def explain(error: SQLAlchemyError) -> StoreError:
    """Our error for one of SQLAlchemy's; its text is one line without any value or password."""
    if isinstance(error, PoolTimeoutError):
        return StoreBusyError(_BUSY[1])
    if not isinstance(error, DBAPIError):
        return StoreError(f"the database refused the request ({type(error).__name__})")
    kind, text = _meaning(error.orig)
    return kind(text)


def _meaning(cause: BaseException | None) -> _Meaning:
    code = getattr(cause, "sqlite_errorcode", None)
    if isinstance(code, int):
        if "no such table" in str(cause) or "no such column" in str(cause):
            return _SCHEMA
        found = _SQLITE_EXTENDED.get(code) or _SQLITE.get(code & 0xFF)
    else:
        state = getattr(cause, "sqlstate", None)
        # A connection that broke, or never came about, has no state or one of class 08 or 57P.
        lost = state is None or str(state).startswith(("08", "57P"))
        found = _LOST if lost else _POSTGRESQL.get(str(state))
    return found or (StoreError, f"the database refused the request ({type(cause).__name__})")


def raise_explained(context: ExceptionContext) -> None:
    """A listener to an engine's errors that raises ours, also inside a unit of work.

    A connection that is only being tried before use is left to the pool, which replaces it.
    """
    error = context.sqlalchemy_exception
    if error is not None and not context.is_pre_ping:
        raise explain(error) from context.original_exception


@contextmanager
def explained() -> Iterator[None]:
    """Raise our error for whatever the database raises inside.

    Raises:
        StoreError: or the one below it that fits, from its cause.
    """
    try:
        yield
    except SQLAlchemyError as error:
        raise explain(error) from error
    except sqlite3.Error as error:  # from a pragma that is given to the driver itself
        kind, text = _meaning(error)
        raise kind(text) from error
