"""A process that is killed while it parses leaves no parser behind."""

import os
import subprocess
import sys
import time
from pathlib import Path

SCRIPT = """
import sys
from pathlib import Path
from clearcue.adapters.corpus_music21.loading import load_cleared_corpus
from clearcue.rights.manifest import builtin_manifest
from clearcue.rights.policy import builtin_policy
if __name__ == "__main__":
    load_cleared_corpus(
        builtin_manifest(), builtin_policy("default"), Path(sys.argv[1]), processes=2,
        progress=lambda done, total, title: print(done, flush=True),
    )
"""
LONGEST_SECONDS = 120


def test_parsers_end_with_a_killed_parent(tmp_path: Path) -> None:
    """Both parser processes are gone soon after their parent was killed in mid-work."""
    (tmp_path / "parse.py").write_text(SCRIPT)
    with subprocess.Popen(
        [sys.executable, tmp_path / "parse.py", tmp_path / "cache"], stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"1\n"
        children = _children(parent.pid)
        assert len(children) >= 2
        parent.kill()
    deadline = time.monotonic() + LONGEST_SECONDS
    while any(map(_runs, children)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert [pid for pid in children if _runs(pid)] == []


def _children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().split(")")[1]
    except (ProcessLookupError, FileNotFoundError):
        return False
