"""A monitor's and a witness's memory on disk, cosignatures put into our own log, and its export.

The state of one followed log is one file, the checkpoint seen last; it is replaced in one rename
before anything is signed or said, so that a witness that is killed never cosigns a fork.
"""

import fcntl
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from clearcue.adapters.key_files import (
    FileSigner,
    new_key,
    read_key,
    refuse_wider_mode,
    write_file,
    write_key,
)
from clearcue.errors import BadInputError
from clearcue_provenance import checkpoint, cosignature, trust
from clearcue_provenance.checkpoint import Checkpoint
from clearcue_provenance.errors import LogProofError
from clearcue_provenance.follow import FolderReader, Followed, LogReader, follow, rehash
from clearcue_provenance.keys import ED25519, public_key_of
from clearcue_provenance.log import CHECKPOINT_NAME, LOCK_NAME, LogDirectory

WITNESS_KEY = "witness.pem"


@dataclass(frozen=True, slots=True)
class Memory:
    """The folder in which the last checkpoint of every followed log is kept."""

    folder: Path

    def seen(self, origin: str) -> Checkpoint | None:
        """The checkpoint of a log that was seen last, or None."""
        try:
            return checkpoint.parse(self._path(origin).read_bytes())
        except FileNotFoundError:
            return None

    def keep(self, head: Checkpoint) -> None:
        """Remember a checkpoint."""
        write_file(self._path(head.origin), head.stored, 0o644)

    def _path(self, origin: str) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self.folder / f"{sha256(origin.encode()).hexdigest()[:32]}.checkpoint"


def watch(reader: LogReader, root: trust.TrustRoot, memory: Memory, *, whole: bool) -> Followed:
    """A monitor's step: compare with what was seen, perhaps hash everything anew, and remember.

    Raises:
        LogProofError: when the log went back, was forked or rewritten; what was seen is kept.
    """
    followed = follow(reader, root, memory.seen(root.logs[0].origin))
    if whole:
        rehash(reader, followed.head)
    memory.keep(followed.head)
    return followed


def witness_signer(folder: Path, passphrase: str | None) -> FileSigner:
    """The witness's own key, made on first use; it is none of the keys of this installation's log.

    Raises:
        KeyringError: when the file cannot be used.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    refuse_wider_mode(folder)
    path = folder / WITNESS_KEY
    secret = None if passphrase is None else passphrase.encode()
    if not path.exists():
        write_key(path, new_key(ED25519), secret)
    private, _ = read_key(path, secret)
    return FileSigner(public_key_of(private.public_key()), private)


def witness(
    name: str,
    signer: FileSigner,
    reader: LogReader,
    root: trust.TrustRoot,
    memory: Memory,
    now: Callable[[], datetime],
) -> tuple[Followed, bytes]:
    """A witness's step: what became of the log, and the cosignature line for its checkpoint.

    Raises:
        LogProofError: when the checkpoint does not continue the one seen before; nothing is signed.
    """
    seen = memory.seen(root.logs[0].origin)
    followed = follow(reader, root, seen)
    memory.keep(followed.head)
    line = cosignature.cosign(
        name, signer, seen, followed.head, followed.key.key, followed.proof, now()
    )
    return followed, line


def add_cosignature(log: LogDirectory, root: trust.TrustRoot, line: bytes) -> Checkpoint:
    """Put a witness's line into our own published checkpoint; an older one of its own is replaced.

    Raises:
        BadInputError: when it is no line of a witness that the trust root names, or is for another
            checkpoint than the published one.
    """
    descriptor = os.open(log.folder / LOCK_NAME, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        head = log.latest()
        if head is None:
            raise BadInputError("this log has no checkpoint yet")
        try:
            stored = _joined(head, line)
            joined = checkpoint.parse(stored)
            names = {one.name: one.key for one in root.witnesses}
            cosignature.check_all(joined, names, 0)
        except (LogProofError, UnicodeDecodeError) as error:
            raise BadInputError(f"the cosignature is not added: {error}") from error
        write_file(log.folder / CHECKPOINT_NAME, stored, 0o644)
        return joined
    finally:
        os.close(descriptor)


def _joined(head: Checkpoint, line: bytes) -> bytes:
    text, signatures = head.stored.decode().split("\n\n")
    added = line.decode("utf-8")
    name = " ".join(added.split(" ")[:2])
    own, *others = signatures.splitlines(keepends=True)
    kept = [other for other in others if not other.startswith(f"{name} ")]
    return "".join([f"{text}\n\n", own, *kept, added]).encode()


def export(folder: Path, target: Path) -> int:
    """Copy a published log into a folder that any web server can serve; gives the number of leaves.

    The checkpoint is written last, so that the copy is at no moment a log that lacks a tile.

    Raises:
        LogProofError: when the log has no checkpoint, or the copy does not have its root hash.
    """
    stored = FolderReader(folder).read(CHECKPOINT_NAME)
    if stored is None:
        raise LogProofError(f"there is no log in {folder}")
    head = checkpoint.parse(stored)
    target.mkdir(parents=True, exist_ok=True)
    shutil.copytree(
        folder, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".*", CHECKPOINT_NAME)
    )
    rehash(FolderReader(target), head)
    write_file(target / CHECKPOINT_NAME, stored, 0o644)
    return head.size
