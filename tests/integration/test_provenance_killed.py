"""A publishing process that is killed, or whose disk is full, leaves a log that can go on."""

from pathlib import Path

from kill_publishing import full_disk, kill_often


def test_kill_9_at_any_moment_leaves_a_consistent_log(tmp_path: Path) -> None:
    """Killed eight times at moments that a seed draws, the log stays consistent and goes on."""
    found = kill_often(tmp_path / "log", 8, 8, lambda number: None)
    assert found.leaves >= 300
    assert not list((tmp_path / "log").rglob("tile/0/*/.*.tmp"))


def test_a_full_disk_leaves_the_published_log(tmp_path: Path) -> None:
    """When a file cannot grow, one clear error comes, no half file stays, and the log goes on."""
    assert full_disk(tmp_path / "log").refused >= 1
