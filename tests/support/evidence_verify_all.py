"""Ten thousand bundles in one run that is killed thrice: `make evidence NAME=verify-all`."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "evidence" / "verify-all.md"
sys.path.insert(0, str(ROOT / "tests" / "support"))

from make_provenance_vectors import (  # noqa: E402
    CHECKPOINTS,
    ORIGIN,
    RECORDS,
    Leaves,
    generation_statement,
    trust_root,
)

from clearcue_provenance import bundle, canonical, checkpoint, envelope, leaf, trust_file  # noqa: E402
from clearcue_provenance.log import LogDirectory  # noqa: E402

COUNT, DAMAGED_EACH, KILLS = 10_000, 500, 3


def main() -> None:
    """Make the catalogue, verify it with interruptions, and write the page."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_catalogue(folder)
        cut, again = interrupted(folder), []
        begun = time.perf_counter()
        code, told = verify_all(folder, folder / "whole.csv")
        seconds = time.perf_counter() - begun
        again = (folder / "cut.csv").read_bytes() == (folder / "whole.csv").read_bytes()
        assert (code, told["verified"], told["refused"]) == (1, COUNT - 20, 20), told
        assert again
        lines = (folder / "whole.csv").read_text().count("\n")
    TABLE.write_text(
        f"""# A catalogue in one run

`make evidence NAME=verify-all`, commit {commit.stdout.strip()}, {os.cpu_count()} cores. {COUNT:,} bundles of one log, of
which every {DAMAGED_EACH}th has one byte changed. Seconds were taken while other work ran on the machine.

| bundles | verified | not verified | lines of the report | seconds | a bundle, ms |
|---|---|---|---|---|---|
| {COUNT:,} | {told["verified"]:,} | {told["refused"]} | {lines:,} | {seconds:.1f} | {1000 * seconds / COUNT:.2f} |

Killed with SIGKILL {KILLS} times (after {", ".join(f"{one:,}" for one in cut)} lines) and started again each time, the
report came out the same, byte for byte.
"""  # noqa: E501 - rows of the page
    )


def make_catalogue(folder: Path) -> None:
    """A folder for each bundle, all in one log."""
    payload = json.loads(generation_statement())
    envelopes = []
    for seed in range(COUNT):
        payload["predicate"]["buildDefinition"]["externalParameters"]["seed"] = seed
        envelopes.append(envelope.sign(canonical.encode(payload), RECORDS))
    leaves = [leaf.leaf_body(stored, RECORDS.public_key) for stored in envelopes]
    log = LogDirectory(folder / "log", ORIGIN)
    head = log.publish(Leaves(leaves), CHECKPOINTS)
    log_id = checkpoint.log_id(ORIGIN, CHECKPOINTS.public_key)
    for index, stored in enumerate(envelopes):
        place = folder / "tracks" / f"{index // 100:03d}" / f"{index:05d}"
        place.mkdir(parents=True)
        data = bundle.make(
            stored, RECORDS.public_key, index=index,
            proof=log.inclusion_proof(index, head.size), stored_checkpoint=head.stored,
            log_id=log_id,
        )  # fmt: skip
        if index % DAMAGED_EACH == 0:
            data = data[:1000] + bytes([data[1000] ^ 1]) + data[1001:]
        (place / "bundle.json").write_bytes(data)
    (folder / "trust-root.json").write_bytes(trust_file.encode(trust_root()))


def start(folder: Path, report: Path) -> subprocess.Popen[str]:
    """The verifier on the catalogue."""
    return subprocess.Popen(
        [sys.executable, "-m", "clearcue_provenance", "--all", str(folder / "tracks"), "--report",
         str(report), "--trust-root", str(folder / "trust-root.json"), "--json"],
        stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "provenance")},
    )  # fmt: skip


def verify_all(folder: Path, report: Path) -> tuple[int, dict[str, int]]:
    """Run it to its end: exit code, and what it tells."""
    with start(folder, report) as process:
        told, _ = process.communicate()
    return process.returncode, json.loads(told)


def interrupted(folder: Path) -> list[int]:
    """Kill it some times on the way, then let it end; how many lines there were at each kill."""
    report, lines = folder / "cut.csv", []
    for number in range(1, KILLS + 1):
        wanted = number * COUNT // (KILLS + 1)
        with start(folder, report) as process:
            while _lines(report) < wanted and process.poll() is None:
                time.sleep(0.02)
            process.kill()
        lines.append(_lines(report))
    verify_all(folder, report)
    return lines


def _lines(report: Path) -> int:
    return report.read_bytes().count(b"\n") if report.exists() else 0


if __name__ == "__main__":
    main()
