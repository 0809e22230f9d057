"""Brings a database to the schema of this program, once, whoever starts first.

Two processes that start together take turns: by a lock file beside a SQLite database, by an
advisory lock inside PostgreSQL (whose clients may sit on different machines). All revisions run in
one transaction, so that a killed migration leaves the schema it found.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, text

from clearcue.adapters.db.engine import open_engine, parse_url, use_write_ahead_log
from clearcue.adapters.db.failures import explained
from clearcue.services.stored import StoreError, StoreUnwritableError, StoreVersionError

MIGRATION_LOCK = 0x434C_0000


def migrations_folder() -> Path:
    """Where the migrations lie: inside an installed package, else in the checkout.

    Raises:
        StoreError: when they are in neither place.
    """
    packaged = Path(str(files("clearcue") / "migrations"))
    checkout = Path(__file__).resolve().parents[4] / "migrations"
    for folder in (packaged, checkout):
        if (folder / "env.py").is_file():
            return folder
    raise StoreError("the database migrations are missing; install clearcue again")


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's settings for our migrations, run on an open connection."""
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def migrate(url: str) -> bool:
    """Bring the database to the newest revision; returns whether anything had to be done.

    Raises:
        BadInputError: when the URL is none of ours.
        StoreVersionError: when a newer program has migrated it.
        StoreError: when it cannot be reached, opened or written.
    """
    engine = open_engine(url, foreign_keys=False)
    try:
        with _one_at_a_time(url), explained():
            if engine.dialect.name == "sqlite":
                use_write_ahead_log(engine)
            return _upgrade(engine)
    finally:
        engine.dispose()


def _upgrade(engine: Engine) -> bool:
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(
                text("SELECT pg_advisory_xact_lock(:number)"), {"number": MIGRATION_LOCK}
            )
        config = alembic_config(connection)
        if not _is_behind(connection, ScriptDirectory.from_config(config)):
            return False
        command.upgrade(config, "head")
        if engine.dialect.name == "sqlite":
            _check_foreign_keys(connection)
    return True


def _is_behind(connection: Connection, script: ScriptDirectory) -> bool:
    current = MigrationContext.configure(connection).get_current_revision()
    try:
        script.get_revision(current or "base")
    except CommandError as error:
        raise StoreVersionError(
            f"the database was made by a newer clearcue (revision {current}); "
            "install that version, or restore a backup from before"
        ) from error
    return current != script.get_current_head()


def _check_foreign_keys(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise StoreError(
            f"the migration would leave a row of {broken[0]} without the row of {broken[2]} that "
            "it refers to; nothing was changed; restore a backup or ask for help"
        )


@contextmanager
def _one_at_a_time(url: str) -> Iterator[None]:
    parsed = parse_url(url)
    if parsed.get_backend_name() != "sqlite":
        yield
        return
    lock = Path(f"{parsed.database}.migrate-lock")
    try:
        handle = lock.open("a")
    except OSError as error:
        raise StoreUnwritableError(
            f"cannot write beside the database in {lock.parent} ({error.strerror}); "
            "give this user the right to write there, or choose another folder"
        ) from error
    with handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
