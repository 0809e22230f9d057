"""The corpus, the model learnt from it and its fingerprints, each made once and cached.

A cached file carries what it was made from; one that does not fit, or is damaged, is made again.
"""

import gzip
import hashlib
from importlib.resources import files
from pathlib import Path

from clearcue.adapters.corpus_music21.cache import parser_name
from clearcue.adapters.corpus_music21.loading import load_cleared_corpus
from clearcue.composer import ENGINE_VERSION
from clearcue.composer.errors import CompositionError
from clearcue.composer.model import Model, learn
from clearcue.files import write_atomically
from clearcue.originality.index import Index, build_index
from clearcue.originality.index_file import (
    IndexFileError,
    IndexMismatchError,
    open_index,
    save_index,
)
from clearcue.rights.corpus import ClearedCorpus
from clearcue.rights.manifest import Manifest, builtin_manifest
from clearcue.rights.policy import Policy
from clearcue.services.platform import Progress


class CachedLibrary:
    """What the platform learns from, with caches in a folder of their own."""

    def __init__(self, folder: Path, policy: Policy) -> None:
        self._folder = folder
        self.manifest: Manifest = builtin_manifest()
        self.policy = policy
        self.parser = parser_name()
        self._corpora: dict[frozenset[str], ClearedCorpus] = {}

    def corpus(self, withdrawn: frozenset[str], progress: Progress) -> ClearedCorpus:
        """The cleared corpus: verified when it is loaded, parsed once."""
        if withdrawn not in self._corpora:
            loaded = load_cleared_corpus(
                self.manifest,
                self.policy,
                self._folder / "parsed",
                progress=lambda done, total, title: progress("reading the corpus", done, total),
                withdrawn=withdrawn,
            )
            # At most the newest two are kept: the one that is learnt from and the whole one.
            self._corpora = dict([*self._corpora.items()][-1:]) | {withdrawn: loaded}
        return self._corpora[withdrawn]

    def model(self, corpus: ClearedCorpus, progress: Progress) -> Model:
        """The model of a corpus, learnt when the cache holds none."""
        root = corpus.training_set(ENGINE_VERSION).root
        path = self._folder / "models" / f"{root}-{self.parser}-{_learning()}.json.gz"
        cached = _read_sealed(path)
        if cached is not None:
            try:
                return Model.from_json(cached)
            except CompositionError:
                pass  # of another version or damaged: learn again
        progress("learning", 0, 1)
        model = learn(corpus)
        _write_sealed(path, model.to_json())
        return model

    def index(self, corpus: ClearedCorpus, progress: Progress) -> Index:
        """The fingerprints of a corpus, made when the cache holds none that fit."""
        root = corpus.training_set(ENGINE_VERSION).root
        path = self._folder / "fingerprints" / f"{root}-{self.parser}.index"
        try:
            return open_index(path, corpus_digest=root)
        except (FileNotFoundError, IndexFileError, IndexMismatchError):
            progress("fingerprinting", 0, len(corpus))
        index = build_index(
            (work.parsed for work in corpus),
            corpus_digest=root,
            progress=lambda done, title: progress("fingerprinting", done, len(corpus)),
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        save_index(index, path)
        return open_index(path, corpus_digest=root)


def _learning() -> str:
    """Names the code that learns, so that a model learnt by other code is not taken for its own."""
    folder = files("clearcue.composer")
    code = b"".join(folder.joinpath(name).read_bytes() for name in ("observe.py", "model.py"))
    return hashlib.sha256(code).hexdigest()[:16]


def _read_sealed(path: Path) -> bytes | None:
    """A cached file's content when its first 32 bytes are the SHA-256 of the rest."""
    try:
        data = path.read_bytes()
        if hashlib.sha256(data[32:]).digest() != data[:32]:
            return None
        return gzip.decompress(data[32:])
    except (OSError, EOFError, gzip.BadGzipFile):
        return None


def _write_sealed(path: Path, content: bytes) -> None:
    packed = gzip.compress(content, 6, mtime=0)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, hashlib.sha256(packed).digest() + packed)
