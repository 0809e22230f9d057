"""Kills a process that publishes a log, and fills its disk; what holds afterwards is checked."""

import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from make_provenance_vectors import CHECKPOINTS, ORIGIN, Leaves

from clearcue_provenance import checkpoint, merkle
from clearcue_provenance.errors import LogWriteError
from clearcue_provenance.log import LogDirectory

SUPPORT = Path(__file__).resolve().parent
SOURCE = Path(checkpoint.__file__).resolve().parents[1]
MOST_SECONDS = 0.4

# Publishes a log that grows by 7 leaves at a time, for ever, from wherever the folder stands.
PUBLISHER = """
import sys
from pathlib import Path
from make_provenance_vectors import CHECKPOINTS, ORIGIN, Leaves
from clearcue_provenance.log import LogDirectory
log = LogDirectory(Path(sys.argv[1]), ORIGIN)
head = log.latest()
size = head.size if head else 0
print("started", flush=True)
while size < 200_000:
    size += 7
    log.publish(Leaves([b"leaf %d" % i for i in range(size)]), CHECKPOINTS)
"""


@dataclass(frozen=True)
class Killed:
    """What was left: the last size, and how many kills came in the middle of a publication."""

    leaves: int
    cut_off: int


@dataclass(frozen=True)
class Full:
    """How many publications were refused for want of room, of how many leaves."""

    refused: int
    leaves: int


def checked(log: LogDirectory) -> checkpoint.Checkpoint | None:
    """The published checkpoint, once all that it promises was found on disk."""
    head = log.latest()
    if head is not None:
        checkpoint.verify(head, ORIGIN, CHECKPOINTS.public_key)
        assert log.audit(head.size) == head.root
        assert head.root == merkle.merkle_root([b"leaf %d" % i for i in range(head.size)])
    return head


def kill_often(folder: Path, kills: int, seed: int, tell: Callable[[int], None]) -> Killed:
    """Start the publisher and kill it, so many times; the log must stay consistent and go on."""
    log = LogDirectory(folder, ORIGIN)
    draw = random.Random(seed)
    before, cut_off = None, 0
    for number in range(1, kills + 1):
        command = [sys.executable, "-c", PUBLISHER, str(log.folder)]
        environment = {**os.environ, "PYTHONPATH": f"{SUPPORT}{os.pathsep}{SOURCE}"}
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"started\n"
            time.sleep(draw.uniform(0.0, MOST_SECONDS))
            process.send_signal(signal.SIGKILL)
        head = checked(log)
        cut_off += _beyond(log, 0 if head is None else head.size)
        if before is not None:
            assert head is not None
            assert head.size >= before.size
            proof = log.consistency_proof(before.size, head.size) if before.size else []
            merkle.check_consistency(before.size, before.root, head.size, head.root, proof)
        before = head
        tell(number)
    size = (before.size if before else 0) + 300
    log.publish(Leaves([b"leaf %d" % i for i in range(size)]), CHECKPOINTS)
    assert checked(log) is not None
    return Killed(size, cut_off)


def _beyond(log: LogDirectory, size: int) -> bool:
    """Whether files of a larger tree than the published one, or half files, lie in the folder."""
    wanted = size + 7
    partial = wanted % 256
    place = log.folder / "tile" / "0" / f"{wanted // 256:03d}.p" / str(partial)
    return place.exists() or any(log.folder.rglob(".*.tmp"))


def full_disk(folder: Path) -> Full:
    """Publish with ever larger limits on a file's size, as on a disk that is full; then without."""
    log = LogDirectory(folder, ORIGIN)
    leaves = [b"leaf %d" % i for i in range(4000)]
    head = log.publish(Leaves(leaves[:10]), CHECKPOINTS)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    refused = 0
    try:
        for power in range(8):
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000 << power, limits[1]))
            try:
                log.publish(Leaves(leaves), CHECKPOINTS)
                break
            except LogWriteError as error:
                refused += "cannot be written" in str(error)
            assert log.latest() == head
            assert not list(log.folder.rglob(".*.tmp"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert refused >= 1
    assert log.publish(Leaves(leaves), CHECKPOINTS).root == merkle.merkle_root(leaves)
    return Full(refused, len(leaves))
