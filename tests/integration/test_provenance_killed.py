"""A publishing process that is killed, or whose disk is full, leaves a log that can go on."""

import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from make_provenance_vectors import CHECKPOINTS, ORIGIN, Leaves

from clearcue_provenance import checkpoint, merkle
from clearcue_provenance.errors import LogWriteError
from clearcue_provenance.log import LogDirectory

SUPPORT = Path(__file__).resolve().parents[1] / "support"

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
while size < 20_000:
    size += 7
    log.publish(Leaves([b"leaf %d" % i for i in range(size)]), CHECKPOINTS)
"""


def _checked(log: LogDirectory) -> checkpoint.Checkpoint | None:
    """The published checkpoint, once all that it promises was found on disk."""
    head = log.latest()
    if head is not None:
        checkpoint.verify(head, ORIGIN, CHECKPOINTS.public_key)
        assert log.audit(head.size) == head.root
        assert head.root == merkle.merkle_root([b"leaf %d" % i for i in range(head.size)])
    return head


def test_kill_9_at_any_moment_leaves_a_consistent_log(tmp_path: Path) -> None:
    """Killed eight times at moments that a seed draws, the log stays consistent and goes on."""
    log = LogDirectory(tmp_path / "log", ORIGIN)
    draw = random.Random(8)
    before = None
    for _ in range(8):
        command = [sys.executable, "-c", PUBLISHER, str(log.folder)]
        environment = {**os.environ, "PYTHONPATH": str(SUPPORT)}
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"started\n"
            time.sleep(draw.uniform(0.0, 0.4))
            process.send_signal(signal.SIGKILL)
        head = _checked(log)
        if before is not None:
            assert head is not None
            assert head.size >= before.size
            proof = log.consistency_proof(before.size, head.size) if before.size else []
            merkle.check_consistency(before.size, before.root, head.size, head.root, proof)
        before = head
    size = (before.size if before else 0) + 300
    log.publish(Leaves([b"leaf %d" % i for i in range(size)]), CHECKPOINTS)
    assert _checked(log) is not None
    assert not list(log.folder.rglob("tile/0/*/.*.tmp"))


def test_a_full_disk_leaves_the_published_log(tmp_path: Path) -> None:
    """When a file cannot grow, one clear error comes, no half file stays, and the log goes on."""
    log = LogDirectory(tmp_path / "log", ORIGIN)
    leaves = [b"leaf %d" % i for i in range(400)]
    head = log.publish(Leaves(leaves[:10]), CHECKPOINTS)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, limits[1]))
        with pytest.raises(LogWriteError, match="cannot be written"):
            log.publish(Leaves(leaves), CHECKPOINTS)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert log.latest() == head
    assert not list(log.folder.rglob(".*.tmp"))
    assert log.publish(Leaves(leaves), CHECKPOINTS).root == merkle.merkle_root(leaves)
