"""Ten jobs, each with its worker killed at a drawn moment: `make evidence NAME=service-kills`."""

import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "evidence" / "service-kills.md"
KILLS, SEED = 10, 7
HEAD = """# Killing the worker in mid-job

`make evidence NAME=service-kills`, commit {commit}, {cores} cores, seed {seed}.

Ten jobs whose worker is killed with SIGKILL once, at a drawn point of the job's progress, and one
whose workers are killed ten times; a lease lasts 3 s. A job must end as done, with one track, one
licence, four leaves of the log (record, authorship, licence, delivery) and all its files. Where a
stage stands several times, the worker that took the job up was killed again before the next.

| job | killed in (stage, progress) | state | claims | tracks | licences | leaves | files |
|---|---|---|---|---|---|---|---|
"""


def main() -> None:
    """Run, and write the table."""
    sys.path.insert(0, str(ROOT / "tests" / "support"))
    from killing import survive
    from service import running_service

    draw = random.Random(SEED)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with running_service(home, CLEARCUE_LEASE_SECONDS="3") as service:
            for number in range(1, KILLS + 2):
                found = survive(service, draw, 1 if number <= KILLS else KILLS)
                rows.append(
                    f"| {number} | {', '.join(found.kills)} | {found.state} | {found.attempts} | "
                    f"{found.tracks} | {found.licences} | {found.leaves} | {found.whole} |\n"
                )
                print(rows[-1], end="", flush=True)
                assert (found.state, found.tracks, found.licences) == ("done", 1, 1), found
                assert (found.leaves, found.whole) == (4, True), found
    TABLE.write_text(HEAD.format(commit=_commit(), cores=os.cpu_count(), seed=SEED) + "".join(rows))


def _commit() -> str:
    command = ["git", "rev-parse", "--short", "HEAD"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


if __name__ == "__main__":
    main()
