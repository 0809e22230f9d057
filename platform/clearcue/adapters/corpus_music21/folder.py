"""Where music21's corpus lies, and files verified by hash. Does not import music21."""

import hashlib
from dataclasses import dataclass
from importlib import util
from pathlib import Path

from clearcue.errors import ClearcueError
from clearcue.rights.values import Identity

MAX_CORPUS_FILE_BYTES = 32 * 1024 * 1024


class CorpusFileError(ClearcueError):
    """A file of the corpus that is missing or is not the one that was reviewed."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A corpus file as it was read, its hash equal to the manifest's."""

    identity: Identity
    data: bytes

    @property
    def key(self) -> str:
        """Names what is parsed: the file by its SHA-256, a tune of a book by that and its place."""
        if self.identity.tune is None:
            return self.identity.sha256
        return hashlib.sha256(f"{self.identity.sha256}:{self.identity.tune}".encode()).hexdigest()


def corpus_folder() -> Path:
    """The corpus folder of the installed music21.

    Raises:
        CorpusFileError: when music21 is not installed, or was installed without its corpus.
    """
    spec = util.find_spec("music21")
    if spec is None or spec.origin is None:
        raise CorpusFileError("music21 is not installed: install Clearcue's requirements")
    folder = Path(spec.origin).parent / "corpus"
    if not folder.is_dir():
        raise CorpusFileError("the installed music21 has no corpus: install it from its wheel")
    return folder


def read_verified(folder: Path, identity: Identity) -> FoundFile:
    """Read one file of the corpus and verify it against the manifest.

    Raises:
        CorpusFileError: when it is missing, unreadable or another file; the message names it.
    """
    try:
        with (folder / identity.path).open("rb") as file:
            data = file.read(MAX_CORPUS_FILE_BYTES + 1)
    except OSError as error:
        raise CorpusFileError(
            f"{identity.work_id} is refused: {identity.path} cannot be read "
            f"({error.strerror}); get {identity.source} anew"
        ) from error
    if hashlib.sha256(data).hexdigest() != identity.sha256:
        raise CorpusFileError(
            f"{identity.work_id} is refused: {identity.path} is not the file that was reviewed; "
            f"get {identity.source} anew"
        )
    return FoundFile(identity, data)
