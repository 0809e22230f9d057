"""What child processes do in tests of the database; a spawned child imports its task from here."""

import multiprocessing
from collections.abc import Callable
from queue import Empty
from typing import Any

from stored_rows import make_draft, make_job, sha256

from clearcue.adapters.db.migrate import migrate
from clearcue.adapters.db.unit_of_work import Database

PROCESSES, APPENDS, COUNTS = 4, 50, 30
SPAWN = multiprocessing.get_context("spawn")

Task = Callable[[str, int], Any]


def run_together(task: Task, url: str, processes: int = PROCESSES) -> list[Any]:
    """Run a task in several processes at once; what each returned, in the order of their ends.

    Raises:
        RuntimeError: when a process ends without an answer.
    """
    answers = SPAWN.Queue()
    children = [
        SPAWN.Process(target=_answer, args=(task, url, number, answers))
        for number in range(processes)
    ]
    for child in children:
        child.start()
    found = []
    while len(found) < processes:
        try:
            found.append(answers.get(timeout=1))
        except Empty:
            if any(child.exitcode not in (None, 0) for child in children):
                raise RuntimeError("a child process failed; its output says why") from None
    for child in children:
        child.join(60)
    return found


def _answer(task: Task, url: str, number: int, answers: Any) -> None:
    answers.put(task(url, number))


def migrate_first(url: str, _number: int) -> bool:
    """Migrate; whether there was anything to do."""
    return migrate(url)


def append_leaves(url: str, number: int) -> list[int]:
    """Append leaves and give some of them up; the indices that were committed."""
    database = Database(url)
    indices = []
    for turn in range(APPENDS):
        body = f"{number}/{turn}".encode()
        with database.write() as unit:
            index = unit.log_leaves.append(body, sha256(body))
            if turn % 7 == 3:
                continue
            unit.commit()
        indices.append(index)
    database.close()
    return indices


def issue_on_first_use(url: str, number: int) -> tuple[str, str]:
    """Find the owner and issue the one quote; the ids of both."""
    database = Database(url)
    with database.write() as unit:
        owner = unit.organisations.ensure_owner(f"org-{number}", "Owner", make_job("").created_at)
        unit.commit()
    with database.write() as unit:
        licence = unit.licences.issue(make_draft(owner.id, f"licence-{number}"))
        unit.commit()
    database.close()
    return owner.id, licence.id


def claim_jobs(url: str, number: int) -> list[str]:
    """Claim jobs until there is none; their ids."""
    database = Database(url)
    mine: list[str] = []
    while True:
        with database.write() as unit:
            now = make_job("").created_at
            job = unit.jobs.claim(f"worker-{number}", now, now)
            unit.commit()
        if job is None:
            database.close()
            return mine
        mine.append(job.id)


def count_up(url: str, number: int) -> int:
    """Read the count and write it down, again and again."""
    database = Database(url)
    for _ in range(COUNTS):
        with database.write() as unit:
            count = unit.log_leaves.count()
            unit.log_leaves.append(b"n", sha256(str(count).encode()))
            unit.commit()
    database.close()
    return number
