"""Several processes that ask at once for overlapping grants: no two that conflict are issued."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from asking_exclusives import (
    FAMILIES,
    add_families,
    ask_at_once,
    left_behind,
    opened,
    told_as_stored,
)
from postgres_server import postgres_server, postgres_url

PROCESSES, ASKS = 4, 32


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """None for the home's own database, or the URL of an empty PostgreSQL."""
    if request.param == "sqlite":
        yield None
        return
    with postgres_server() as folder:
        yield postgres_url(folder)


def test_no_two_grants_conflict(url: str | None, tmp_path: Path) -> None:
    """What four processes are granted at once holds every promise, and nothing is half-written."""
    with opened(tmp_path, url) as platform:
        add_families(platform)
        told = ask_at_once(tmp_path, url, PROCESSES, ASKS, seed=3)
        left = left_behind(platform)
    assert told_as_stored(told, left)
    assert (left.conflicts, left.half, sum(one.named for one in told)) == (0, 0, 0)
    assert left.leaves == left.licences + FAMILIES
    assert left.licences + sum(one.refused for one in told) == ASKS
    assert left.exclusive
    assert sum(one.refused for one in told)
