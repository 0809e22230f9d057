"""Database URLs, moments, and what failures are called."""

import sqlite3
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from stored_rows import ELSEWHERE, NOW, make_work

from clearcue.adapters.db.engine import open_engine, parse_url, sqlite_url
from clearcue.adapters.db.failures import explained
from clearcue.adapters.db.migrate import migrate
from clearcue.adapters.db.unit_of_work import Database
from clearcue.errors import BadInputError
from clearcue.services.stored import (
    StoreBusyError,
    StoreError,
    StoreLostError,
    StoreUnwritableError,
    StoreVersionError,
)


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://h/d", "sqlite://", "sqlite:///:memory:"])
def test_other_databases_are_refused(url: str) -> None:
    """Only SQLite in a file and PostgreSQL are taken, and the error does not repeat the URL."""
    with pytest.raises(BadInputError, match=r"(?i)postgresql"):
        parse_url(url)


def test_postgresql_means_psycopg_3() -> None:
    """Whichever driver a URL names, ours is used."""
    for url in ("postgresql://u:p@h/d", "postgresql+psycopg2://u:p@h/d"):
        assert parse_url(url).drivername == "postgresql+psycopg"


def test_a_lost_server_is_one_line_without_the_password() -> None:
    """A server that cannot be reached is named as lost; nothing of its URL is shown."""
    database = Database("postgresql://user:geheim@127.0.0.1:1/db?connect_timeout=2")
    with pytest.raises(StoreLostError) as caught, database.read():
        pass
    assert "geheim" not in str(caught.value)
    database.close()


@pytest.mark.parametrize(
    ("code", "text", "kind"),
    [
        (sqlite3.SQLITE_BUSY, "database is locked", StoreBusyError),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, "database is locked", StoreBusyError),
        (sqlite3.SQLITE_FULL, "database or disk is full", StoreUnwritableError),
        (sqlite3.SQLITE_READONLY_DBMOVED, "readonly database", StoreUnwritableError),
        (sqlite3.SQLITE_IOERR_READ, "disk I/O error", StoreLostError),
        (sqlite3.SQLITE_IOERR_WRITE, "disk I/O error", StoreUnwritableError),
        (sqlite3.SQLITE_IOERR_SHMSIZE, "disk I/O error", StoreUnwritableError),
        (sqlite3.SQLITE_ERROR, "no such table: works", StoreVersionError),
        (sqlite3.SQLITE_ERROR, "near SELEC: syntax error", StoreError),
    ],
)
def test_sqlites_codes_have_names(code: int, text: str, kind: type[StoreError]) -> None:
    """SQLite's extended codes become our errors."""
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    with pytest.raises(StoreError) as caught, explained():
        raise error
    assert type(caught.value) is kind


def test_a_locked_database_is_busy(tmp_path: Path) -> None:
    """A writer that waits too long for another says so."""
    url = sqlite_url(tmp_path / "x.db")
    migrate(url)
    holder = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    engine = open_engine(url, busy_timeout_ms=100)
    with pytest.raises(StoreBusyError, match="try again"), explained(), engine.begin():
        pass
    holder.close()


def test_a_file_that_is_gone_is_lost_and_not_made_anew(tmp_path: Path) -> None:
    """Moved away it is a lost database; moved back it has what it had, whatever its name."""
    folder = tmp_path / "100 % sure? #1"
    url = sqlite_url(folder / "x.db")
    migrate(url)
    database = Database(url)
    with database.write() as unit:
        owner = unit.organisations.ensure_owner("o", "O", NOW)
        unit.commit()
    away = (folder / "x.db").rename(folder / "away.db")
    for opened in (database.read, database.write):
        with pytest.raises(StoreLostError, match="cannot be reached or opened"), opened():
            pass
    assert not (folder / "x.db").exists()
    away.rename(folder / "x.db")
    with database.read() as unit:
        assert unit.organisations.get(owner.id) == owner
    database.close()


def test_sqlite_is_set_up_not_to_lose_anything(tmp_path: Path) -> None:
    """Foreign keys are checked, the journal is write-ahead, and a commit reaches the disk."""
    url = sqlite_url(tmp_path / "x.db")
    migrate(url)
    engine = open_engine(url)
    with engine.connect() as connection:
        asked = ("foreign_keys", "journal_mode", "synchronous")
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]
    assert found == [1, "wal", 2]


def test_moments_need_a_zone(tmp_path: Path) -> None:
    """A moment of another zone comes back as the same moment in UTC; one without is refused."""
    url = sqlite_url(tmp_path / "x.db")
    migrate(url)
    database = Database(url)
    with database.write() as unit:
        owner = unit.organisations.ensure_owner("o", "O", NOW.astimezone(ELSEWHERE))
        unit.commit()
    with database.read() as unit:
        found = unit.organisations.get(owner.id).created_at
    assert (found, found.tzname()) == (NOW, "UTC")
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - the point of the test
    with pytest.raises(StoreError), database.write() as unit:
        unit.works.add_if_absent([replace(make_work(), added_at=naive)])
    database.close()
