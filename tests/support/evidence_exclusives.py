"""Eight processes ask 1,000 times for overlapping grants: `make evidence NAME=exclusives`."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "evidence" / "exclusives.md"
PROCESSES, ASKS, SEED = 8, 1000, 7
HEAD = """# Asking for exclusives at once

`make evidence NAME=exclusives`, commit {commit}, {cores} cores, seed {seed}; with other work on the
machine, so that the seconds say how long it took here and are no benchmark.

{processes} processes ask {asks} times in all for licences of six families of music: four templates
whose media overlap, six overlapping territories, four terms, three first days, half of them
exclusive by sector or in full. Every ask is a stored quote that is accepted, signed and logged.
"Conflicts" counts pairs of issued licences of which one breaks the other's promise, by listing
single uses (medium, country, day, sector) without the rule under test. "Half" counts licences
without exactly one log leaf, or without their events. "Named" counts refusals that name a
licensee. The log has a leaf for each of the six records and for each licence.

| database | asks | granted | exclusive | refused | conflicts | half | named | leaves | seconds |
|---|---|---|---|---|---|---|---|---|---|
"""


def main() -> None:
    """Run on both databases, and write the table."""
    sys.path.insert(0, str(ROOT / "tests" / "support"))
    from postgres_server import postgres_server, postgres_url

    rows = [_row("SQLite", None)]
    print(rows[-1], end="", flush=True)
    with postgres_server() as folder:
        rows.append(_row("PostgreSQL", postgres_url(folder)))
    print(rows[-1], end="", flush=True)
    head = HEAD.format(
        commit=_commit(), cores=os.cpu_count(), seed=SEED, processes=PROCESSES, asks=ASKS
    )
    TABLE.write_text(head + "".join(rows))


def _row(name: str, url: str | None) -> str:
    from asking_exclusives import (
        FAMILIES,
        add_families,
        ask_at_once,
        left_behind,
        opened,
        told_as_stored,
    )

    with tempfile.TemporaryDirectory() as folder, opened(Path(folder), url) as platform:
        add_families(platform)
        begun = time.monotonic()
        told = ask_at_once(Path(folder), url, PROCESSES, ASKS, SEED)
        seconds = time.monotonic() - begun
        left = left_behind(platform)
    refused, named = sum(one.refused for one in told), sum(one.named for one in told)
    assert told_as_stored(told, left), "what was told is not what is stored"
    assert (left.conflicts, left.half, named) == (0, 0, 0), left
    assert left.leaves == left.licences + FAMILIES, left
    assert left.licences + refused == ASKS, left
    return (
        f"| {name} | {ASKS} | {left.licences} | {left.exclusive} | {refused} | {left.conflicts} | "
        f"{left.half} | {named} | {left.leaves} | {seconds:.0f} |\n"
    )


def _commit() -> str:
    command = ["git", "rev-parse", "--short", "HEAD"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


if __name__ == "__main__":
    main()
