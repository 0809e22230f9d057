"""Connections to SQLite and PostgreSQL that do not lose updates.

SQLite, as its driver comes, opens a transaction only at the first write; two processes that read,
compute and write then overwrite each other (480 increments gave 97). Here the driver's own handling
is off (`isolation_level = None`), a writing unit of work opens with BEGIN IMMEDIATE and therefore
alone, and a reading one with BEGIN, which sees one state. The journal is write-ahead, foreign keys
are checked, and a commit is on the disk before it is reported (`synchronous = FULL`).
PostgreSQL runs at READ COMMITTED; where an order matters a lock is taken by name (`locks`).

Source: https://docs.sqlalchemy.org/en/21/dialects/sqlite.html, "Serializable isolation / Savepoints
/ Transactional DDL"; https://www.sqlite.org/wal.html.
"""

import contextlib
import os
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from clearcue.adapters.db.failures import explained, raise_explained
from clearcue.errors import BadInputError
from clearcue.services.stored import StoreUnwritableError

READ_ONLY = "clearcue_read_only"
"""Execution option of a connection whose transaction must not write."""

BUSY_TIMEOUT_MS = 30_000
"""How long a writer waits for another on SQLite before it gives up."""


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite database in a file."""
    return URL.create("sqlite", database=str(path)).render_as_string(hide_password=False)


def parse_url(text: str) -> URL:
    """Read a database URL; `postgresql://` means psycopg 3.

    Raises:
        BadInputError: when it is no URL of SQLite (in a file) or PostgreSQL.
    """
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise BadInputError(
            "the database URL is not readable; use sqlite:////path/to/file or postgresql://..."
        ) from error
    backend = url.get_backend_name()
    if backend == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and url.database not in (None, "", ":memory:"):
        return url
    raise BadInputError("the database must be SQLite in a file or PostgreSQL; mend its URL")


def open_engine(
    text: str, *, foreign_keys: bool = True, busy_timeout_ms: int = BUSY_TIMEOUT_MS
) -> Engine:
    """An engine for a database URL; a SQLite file and its folder are made when they are missing.

    They are made here only: a file that is gone later is a lost database, and no empty one takes
    its place.

    `foreign_keys=False` is for migrations, which may have to rebuild a table that others refer to.

    Raises:
        BadInputError: when the URL is none of ours.
        StoreUnwritableError: when the folder of a SQLite file cannot be made.
    """
    url = parse_url(text)
    if url.get_backend_name() == "postgresql":
        engine = create_engine(url, pool_pre_ping=True)
        event.listen(engine, "begin", _begin_postgresql)
        event.listen(engine, "handle_error", raise_explained)
        return engine
    _make_file(Path(str(url.database)))
    # A file needs no pool, and a connection must not cross a fork.
    engine = create_engine(
        _never_made_anew(url),
        poolclass=NullPool,
        connect_args={"timeout": busy_timeout_ms / 1000},
    )

    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        connection.execute("PRAGMA synchronous = FULL")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "handle_error", raise_explained)
    return engine


def use_write_ahead_log(engine: Engine) -> None:
    """Make a SQLite file's journal write-ahead; the file remembers it.

    Raises:
        StoreError: when the file cannot be opened or written.
    """
    with explained():
        connection = engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA journal_mode = WAL")
        finally:
            connection.close()


def _make_file(file: Path) -> None:
    """Make a SQLite file that its owner alone may read: it names licensees.

    Its journals take their modes from it. Where it cannot be made, SQLite says why.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreUnwritableError(
            f"cannot make the folder {file.parent} for the database ({error.strerror}); "
            "choose another with CLEARCUE_HOME"
        ) from error
    if not str(file).startswith("file:"):
        with contextlib.suppress(OSError):
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))


def _never_made_anew(url: URL) -> URL:
    """The URL of a SQLite file by which it is opened, but not made (SQLite's `mode=rw`)."""
    if str(url.database).startswith("file:"):
        return url
    return url.set(
        database=f"file:{quote(str(url.database))}",
        query={**url.query, "mode": "rw", "uri": "true"},
    )


def _read_only(connection: Connection) -> bool:
    options: dict[str, Any] = dict(connection.get_execution_options())
    return bool(options.get(READ_ONLY))


def _begin_sqlite(connection: Connection) -> None:
    reading = _read_only(connection)
    connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if reading else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _begin_postgresql(connection: Connection) -> None:
    if _read_only(connection):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
