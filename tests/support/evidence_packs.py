"""`make evidence NAME=packs DATA=FOLDER`: packs taken in, with works, minutes and memory.

FOLDER holds the packs by their names (`openscore-lieder`, `groove-midi`, `free-midi-chords`). Each
is taken in by the command line, by a process of its own, into one home for this; then what the
default policy allows to learn from is loaded from it. Prints and writes docs/evidence/packs.md.
Resumable: a pack that was measured is not taken in again; one that was stopped is measured anew.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from command_line import SCRIPT

ROOT = Path(__file__).resolve().parents[2]
PACKS = ("free-midi-chords", "groove-midi", "openscore-lieder")
LOAD = """
import json, os, sys
from clearcue.bootstrap import open_platform
from clearcue.settings import read_settings
from clearcue.rights.values import Content

def quiet(stage, done, total):
    pass

if __name__ == "__main__":
    library = open_platform(read_settings(os.environ)).library
    content = Content(sys.argv[1])
    if content is Content.SCORES:
        corpus = library.corpus(frozenset(), quiet)
        works = [work for work in corpus if not work.work_id.startswith("music21:")]
        events = sum(len(line.notes) for w in works for line in w.parsed.lines)
    else:
        works = library.patterns(content, frozenset(), quiet)
        what = "hits" if content is Content.DRUMS else "numerals"
        events = sum(len(getattr(work.pattern, what)) for work in works)
    print(json.dumps({"learnt": len(works), "events": events}))
"""


def measured(command: list[str], home: Path, **settings: str) -> dict[str, Any]:
    """Run a command; what it printed, and its time, processor time and largest process."""
    started = time.monotonic()
    environment = {**os.environ, "CLEARCUE_HOME": str(home), **settings}
    with (home / "printed").open("wb") as printed:
        run = subprocess.Popen(command, env=environment, stdout=printed)
        _, status, used = os.wait4(run.pid, 0)  # with all processes that it started
        run.returncode = os.waitstatus_to_exitcode(status)
    if run.returncode:
        sys.exit(f"{' '.join(command[-4:])} ended with {run.returncode}")
    return {
        "printed": json.loads((home / "printed").read_text("utf-8")),
        "wall_s": time.monotonic() - started,
        "cpu_s": used.ru_utime + used.ru_stime,
        "largest_mb": used.ru_maxrss / 1024,
    }


def taken_in(pack: str, data: Path, home: Path) -> dict[str, Any]:
    """Take a pack in and load what may be learnt from."""

    def intake() -> dict[str, Any]:
        for stopped in (home / "packs" / pack, home / "cache"):
            shutil.rmtree(stopped, ignore_errors=True)
        command = [sys.executable, "-c", SCRIPT, "corpus", "add", pack, "--json"]
        return measured([*command, "--from", str(data / pack)], home)

    added = kept(home / f"{pack}.intake.json", intake)

    def load() -> dict[str, Any]:
        script = home / "load.py"
        script.write_text(LOAD)
        command = [sys.executable, str(script), added["printed"]["content"]]
        measured(command, home, CLEARCUE_PACKS=pack)  # may parse the works that come with Clearcue
        return measured(command, home, CLEARCUE_PACKS=pack)

    return {"intake": added, "load": kept(home / f"{pack}.load.json", load)}


def kept(path: Path, measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What an earlier run measured, else what is measured now."""
    if not path.exists():
        path.write_text(json.dumps(measure()))
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def row(pack: str, found: dict[str, Any]) -> str:
    """A line of the table."""
    intake, load = found["intake"], found["load"]
    shown, loaded = intake["printed"], load["printed"]
    return (
        f"| {pack} | {shown['licence']} | {sum(shown['counts'].values())} {shown['content']} | "
        f"{loaded['learnt']} | {loaded['events']:,} | {intake['wall_s'] / 60:.1f} | "
        f"{intake['cpu_s'] / 60:.1f} | {intake['largest_mb']:.0f} | {load['wall_s']:.0f} | "
        f"{load['cpu_s']:.0f} | {load['largest_mb']:.0f} |"
    )


def main() -> None:
    """Make the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=os.environ.get("CLEARCUE_EVIDENCE_DATA"))
    parser.add_argument(
        "--home", type=Path, default=Path(tempfile.gettempdir()) / "clearcue-evidence-packs"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "evidence" / "packs.md")
    given = parser.parse_args()
    if not given.data or not Path(given.data).is_dir():
        sys.exit("say where the packs lie: make evidence NAME=packs DATA=FOLDER")
    given.home.mkdir(parents=True, exist_ok=True)
    rows = []
    for pack in PACKS:
        rows.append(row(pack, taken_in(pack, Path(given.data), given.home)))
        print(rows[-1], flush=True)
    describe = ["git", "describe", "--always", "--dirty"]
    commit = subprocess.run(describe, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    text = "\n".join([
        "# Packs taken in",
        f"`make evidence NAME=packs DATA=FOLDER`, {datetime.now(UTC):%Y-%m-%d}, commit "
        f"{commit.strip()}, {platform.machine()}, {os.cpu_count()} processors, which other work "
        "shared meanwhile: processor minutes say what it costs, minutes what it took.",
        "",
        "| pack | licence | works | learnt from under `default` | notes, strokes or chords | "
        "minutes | processor minutes | largest process MB | loading again s | "
        "loading again processor s | loading again MB |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
        *rows,
        "",
        "- Taking in verifies every file's hash, keeps the files, and parses each work once, with "
        "a process for each processor beside the one that collects.",
        "- Loading again verifies every file anew and takes the parsed works from the cache; "
        "scores are loaded with the 56 works that come with Clearcue.",
        "- Songs that are not learnt from are by composers who lived after 1930, or whose years "
        "the source's list does not give: whether they are protected in the US is unknown.",
        "",
    ])  # fmt: skip
    given.out.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
