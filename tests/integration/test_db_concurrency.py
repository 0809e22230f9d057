"""Several processes on one database: no lost update, no gap in the log, no second licence."""

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from database_processes import (
    APPENDS,
    COUNTS,
    PROCESSES,
    append_leaves,
    claim_jobs,
    count_up,
    issue_on_first_use,
    run_together,
)
from postgres_server import postgres_server, postgres_url
from stored_rows import NOW, add_owner_and_corpus, make_job, make_quote, make_track, sha256
from web_app import small_platform

from clearcue.adapters.db.engine import sqlite_url
from clearcue.adapters.db.migrate import migrate
from clearcue.adapters.db.unit_of_work import Database
from clearcue.services.jobs import TooLateError, cancel_job
from clearcue.services.stored import Organisation


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty, migrated database."""
    if request.param == "sqlite":
        migrate(sqlite_url(tmp_path / "clearcue.db"))
        yield sqlite_url(tmp_path / "clearcue.db")
        return
    with postgres_server() as folder:
        migrate(postgres_url(folder))
        yield postgres_url(folder)


def test_leaves_stay_dense(url: str) -> None:
    """Four processes with fifty appends each, some given up: indices from 0 without a gap."""
    committed = sorted(index for found in run_together(append_leaves, url) for index in found)
    database = Database(url)
    with database.read() as unit:
        stored = unit.log_leaves.read(0, 1000)
    database.close()
    assert committed == list(range(len(committed))) == [leaf.index for leaf in stored]
    assert len(committed) == PROCESSES * (APPENDS - len(range(3, APPENDS, 7)))


def test_one_owner_and_one_licence(url: str) -> None:
    """Four processes that issue one quote at once get the same licence, and the log one leaf."""
    database = Database(url)
    with database.write() as unit:
        owner = add_owner_and_corpus(unit)
        unit.tracks.add(make_track(owner))
        unit.quotes.add(make_quote(owner))
        unit.commit()
    answers = set(run_together(issue_on_first_use, url))
    with database.read() as unit:
        (licence,) = unit.licences.list(owner, 10)
        assert unit.log_leaves.count() == 1
    database.close()
    assert answers == {("org-1", licence.id)}


def test_a_job_is_claimed_by_one(url: str) -> None:
    """Of four workers that claim twenty jobs at once, no two get the same."""
    database = Database(url)
    with database.write() as unit:
        owner = add_owner_and_corpus(unit)
        for number in range(20):
            unit.jobs.add(make_job(owner, f"job-{number:02}"))
        unit.commit()
    database.close()
    claimed = [job for found in run_together(claim_jobs, url) for job in found]
    assert sorted(claimed) == [f"job-{number:02}" for number in range(20)]


def test_no_update_is_lost_on_sqlite(tmp_path: Path) -> None:
    """What a writing unit read still holds when it writes, whoever else runs."""
    url = sqlite_url(tmp_path / "clearcue.db")
    migrate(url)
    run_together(count_up, url)
    database = Database(url)
    with database.read() as unit:
        leaves = unit.log_leaves.read(0, 1000)
    database.close()
    expected = [sha256(str(index).encode()) for index in range(COUNTS * PROCESSES)]
    assert [leaf.envelope_sha256 for leaf in leaves] == expected


def test_a_job_whose_record_is_being_stored_is_not_cancelled(url: str, tmp_path: Path) -> None:
    """Cancelling waits for the worker that stores the record, and then comes too late."""
    database = Database(url)
    with database.write() as unit:
        owner = add_owner_and_corpus(unit)
        unit.jobs.add(make_job(owner))
        claimed = unit.jobs.claim("worker", NOW, NOW + timedelta(hours=1))
        unit.commit()
    assert claimed is not None
    platform = replace(small_platform(tmp_path / "home"), units=database)
    organisation = Organisation(owner, "owner", "Owner", NOW)
    with ThreadPoolExecutor(1) as thread, database.write() as unit:
        assert unit.jobs.keep("job-1", claimed.fence, NOW, "recorded", {})
        cancelling = thread.submit(cancel_job, platform, organisation, "job-1")
        with contextlib.suppress(TimeoutError):
            cancelling.result(1.0)
        unit.commit()
        with pytest.raises(TooLateError):
            cancelling.result(60.0)
    with database.read() as reading:
        assert reading.jobs.get(owner, "job-1").state == "running"
    database.close()
