"""The migrations: up, down and up again, without drift, once, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from database_processes import migrate_first, run_together
from make_provenance_vectors import VECTORS
from postgres_server import postgres_server, postgres_url
from sqlalchemy import Engine, inspect, text

from clearcue.adapters.db.engine import open_engine, sqlite_url
from clearcue.adapters.db.migrate import alembic_config, migrate, migrations_folder
from clearcue.adapters.db.models import Base
from clearcue.adapters.db.unit_of_work import Database
from clearcue.services.recording import relations_of
from clearcue.services.stored import StoreError, StoreUnwritableError, StoreVersionError
from clearcue_provenance.envelope import parse as parse_envelope
from clearcue_provenance.statement import parse

PLATFORM_WIDE = {
    "organisations", "works", "training_sets", "training_set_works", "ledger_statements",
    "log_leaves", "policy_switches", "template_reviews",
}  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A PostgreSQL server for this module."""
    with postgres_server() as folder:
        yield folder


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "clearcue.db")
    url = postgres_url(request.getfixturevalue("server"))
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return url


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """An engine on the database as a migration sees it."""
    engine = open_engine(url, foreign_keys=False)
    yield engine
    engine.dispose()


def _tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names())


def test_up_down_and_up_again(url: str, engine: Engine) -> None:
    """Down to the base leaves no table of ours behind, and up again works."""
    assert migrate(url) is True
    assert _tables(engine) == {*Base.metadata.tables, "alembic_version"}
    with engine.begin() as connection:
        command.downgrade(alembic_config(connection), "base")
    assert _tables(engine) == {"alembic_version"}
    assert migrate(url) is True
    assert migrate(url) is False
    assert _tables(engine) == {*Base.metadata.tables, "alembic_version"}


def test_the_migrations_make_what_the_models_say(url: str, engine: Engine) -> None:
    """Between the migrated tables and the models there is no difference."""
    migrate(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_constraints_are_the_models(url: str, engine: Engine) -> None:
    """Foreign keys, unique constraints and checks bear the names that the models give them."""
    migrate(url)
    look = inspect(engine)
    for table in Base.metadata.tables.values():
        made = {
            *(key["name"] for key in look.get_foreign_keys(table.name)),
            *(key["name"] for key in look.get_unique_constraints(table.name)),
            *(key["name"] for key in look.get_check_constraints(table.name)),
            look.get_pk_constraint(table.name)["name"],
        }
        assert made == {str(constraint.name) for constraint in table.constraints}, table.name


def test_every_owned_table_names_its_organisation(url: str, engine: Engine) -> None:
    """All tables but the platform-wide ones have an indexed, required owner."""
    migrate(url)
    look = inspect(engine)
    for table in _tables(engine) - PLATFORM_WIDE - {"alembic_version"}:
        columns = {column["name"]: column for column in look.get_columns(table)}
        assert columns["organisation_id"]["nullable"] is False, table
        indexed = [index["column_names"] for index in look.get_indexes(table)]
        assert ["organisation_id"] in indexed, table
        owners = [key["referred_table"] for key in look.get_foreign_keys(table)]
        assert "organisations" in owners, table


def test_the_database_refuses_a_strangers_file(url: str, engine: Engine) -> None:
    """A row that hangs on another organisation's track is refused by the database itself."""
    migrate(url)
    checked = open_engine(url)
    with checked.connect() as connection:
        for statement in _OWNERS_TRACK:
            connection.exec_driver_sql(statement)
        with pytest.raises(StoreError, match="another organisation"):
            connection.exec_driver_sql(_STRANGERS_FILE)
    checked.dispose()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM tracks")).scalar() == 0


def test_a_waiting_job_survives_the_second_migration(url: str, engine: Engine) -> None:
    """A job of the first tables gets the new columns' values, and keeps its own on the way down."""
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), "0001")
        connection.exec_driver_sql(
            "INSERT INTO organisations VALUES ('a', 'a', 'A', '2026-11-22 10:00:00')"
        )
        connection.exec_driver_sql(
            "INSERT INTO jobs (id, organisation_id, kind, payload, state, stage, progress,"
            " attempts, fence, created_at) VALUES ('j', 'a', 'make', '{}', 'queued', '', 0, 0, 0,"
            " '2026-11-22 10:00:00')"
        )
    assert migrate(url) is True
    database = Database(url)
    with database.read() as unit:
        job = unit.jobs.get("a", "j")
    database.close()
    assert (job.kept, job.tries, job.revision, job.not_before) == ({}, 0, 0, None)
    with engine.begin() as connection:
        command.downgrade(alembic_config(connection), "0001")
        assert connection.execute(text("SELECT state FROM jobs")).scalar() == "queued"


_OWNERS_TRACK = (
    "INSERT INTO organisations VALUES ('a', 'a', 'A', '2026-11-22'), ('b', 'b', 'B', '2026-11-22')",
    "INSERT INTO training_sets (digest, policy, created_at) VALUES ('s', 'default', '2026-11-22')",
    "INSERT INTO tracks (id, organisation_id, family, title, mood, usage, seed, attempt, frames,"
    " sample_rate, training_set_digest, pcm_sha256, fingerprint, details, created_at)"
    " VALUES ('t', 'a', 'f', 'T', 'calm', 'ad', '7', 0, 1, 1, 's', 'd', '', '{}', '2026-11-22')",
)
_STRANGERS_FILE = (
    "INSERT INTO files (id, organisation_id, track_id, name, blob_key, media_type, size_bytes,"
    " sha256, created_at) VALUES ('f', 'b', 't', 'n', 'k', 'm', 1, 'd', '2026-11-22')"
)


def test_records_tell_the_third_migration_of_works(url: str, engine: Engine) -> None:
    """What an earlier track's record says of works is found by the work, exactly as new ones'."""
    envelope = (VECTORS / "example" / "record.json").read_bytes()
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), "0002")
        for statement in _OWNERS_TRACK:
            connection.exec_driver_sql(statement)
        connection.execute(text("INSERT INTO log_leaves VALUES (0, :body, 'e')"), {"body": b"x"})
        connection.execute(
            text(
                "INSERT INTO records (id, organisation_id, track_id, kind, envelope, digest,"
                " leaf_index, created_at) VALUES"
                " ('r', 'a', 't', 'record', :envelope, 'd', 0, '2026-11-22')"
            ),
            {"envelope": envelope},
        )
    assert migrate(url) is True
    said = parse(parse_envelope(envelope).payload).predicate
    database = Database(url)
    with database.read() as unit:
        found = unit.influences.of_track("a", "t")
        assert unit.training_sets.get("s").leaves == ()
    database.close()
    assert found == relations_of(said, "a", "t")
    assert [(row.work_id, row.share, row.similarity) for row in found] == [
        ("work-a", "1/4", 0.21), ("work-b", "1/8", None),
    ]  # fmt: skip
    with engine.begin() as connection:
        command.downgrade(alembic_config(connection), "0002")
        assert connection.execute(text("SELECT policy FROM training_sets")).scalar() == "default"


def test_a_newer_database_is_left_alone(url: str, engine: Engine) -> None:
    """A revision that this program does not know stops it with one line."""
    migrate(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'f00f'"))
    with pytest.raises(StoreVersionError, match=r"newer clearcue \(revision f00f\)"):
        migrate(url)


def test_an_unmigrated_database_says_so(url: str) -> None:
    """A unit of work on empty tables does not speak of missing tables."""
    database = Database(url)
    with pytest.raises(StoreVersionError, match="migrate it"), database.read() as unit:
        unit.works.all()
    database.close()


def test_two_that_start_at_once_migrate_once(url: str) -> None:
    """Of three processes that start together one migrates; the others wait and find it done."""
    assert sorted(run_together(migrate_first, url, 3)) == [False, False, True]


def test_a_failed_migration_changes_nothing(tmp_path: Path) -> None:
    """On SQLite too, a migration that stops half-way leaves the schema it found."""
    engine = open_engine(sqlite_url(tmp_path / "x.db"), foreign_keys=False)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE tracks (id TEXT)"))  # the first migration meets it
    with pytest.raises(StoreError):
        migrate(sqlite_url(tmp_path / "x.db"))
    assert _tables(engine) == {"tracks"}
    engine.dispose()


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    """A database below a file is refused with what to do."""
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreUnwritableError, match="CLEARCUE_HOME"):
        migrate(sqlite_url(tmp_path / "file" / "clearcue.db"))


def test_a_file_that_is_no_database_is_one_line(tmp_path: Path) -> None:
    """A damaged file is named as such."""
    (tmp_path / "x.db").write_bytes(b"this is no database, though it is long enough " * 50)
    with pytest.raises(StoreError, match="damaged or no database"):
        migrate(sqlite_url(tmp_path / "x.db"))


def test_the_migrations_are_found() -> None:
    """The folder has the environment and at least one version, in the checkout and in a wheel."""
    folder = migrations_folder()
    assert (folder / "env.py").is_file()
    assert list((folder / "versions").glob("*.py"))
