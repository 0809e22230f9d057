"""kill -9 of the worker in mid-job: the job is finished once, whatever the moment."""

import random
from pathlib import Path

from command_line import clearcue, fresh_home
from killing import survive
from service import running_service

KILLS = 2


def test_a_killed_workers_job_is_done_once(tmp_path: Path) -> None:
    """Killed twice at drawn moments: one track, one licence, four leaves, all files."""
    home = fresh_home(tmp_path / "home")
    with running_service(home, CLEARCUE_LEASE_SECONDS="3") as service:
        found = survive(service, random.Random(20261122), KILLS)
    assert found.state == "done"
    assert (found.tracks, found.licences, found.leaves) == (1, 1, 4)
    assert found.whole
    assert 2 <= found.attempts <= 1 + len(found.kills)  # the last may have come too late
    assert len(found.kills) >= 1
    assert clearcue(home, "log", "show", "--json").returncode == 0
