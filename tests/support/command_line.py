"""Runs `clearcue` as a user would: a process of its own, with an environment of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

SCRIPT = "import sys; from clearcue.cli.main import main; sys.exit(main())"


def fresh_home(folder: Path) -> Path:
    """A CLEARCUE_HOME that shares this run's parsed corpus, model and fingerprints."""
    folder.mkdir(parents=True)
    cache = Path(os.environ["CLEARCUE_HOME"]) / "cache"
    (folder / "cache").symlink_to(cache.resolve(), target_is_directory=True)
    return folder


def clearcue(
    home: Path, *arguments: str | Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run one command; `environment` adds variables."""
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, *map(str, arguments)],
        env={**os.environ, "CLEARCUE_HOME": str(home), **environment},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def make(home: Path, out: Path, *options: str, seconds: str = "15", **environment: str) -> Any:
    """`clearcue make --json`; its summary, once it has ended well."""
    done = clearcue(
        home, "make", "--seconds", seconds, "--out", out, "--json", *options, **environment
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
