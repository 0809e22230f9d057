"""The corpus, the model learnt from it and its fingerprints, each made once and cached.

A cached file carries what it was made from; one that does not fit, or is damaged, is made again.
"""

import gzip
import hashlib
import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from clearcue.adapters.corpus_music21.cache import parser_name
from clearcue.adapters.corpus_music21.loading import load_cleared_corpus, read_all
from clearcue.adapters.packs.fetching import fetch, is_address, local_path
from clearcue.adapters.packs.installing import OWN_MANIFEST, PackRefusedError, install
from clearcue.adapters.packs.patterns import read_patterns
from clearcue.adapters.packs.shelf import Shelf, known_manifest, known_packs, known_text
from clearcue.adapters.packs.source import PackSourceError
from clearcue.composer import ENGINE_VERSION
from clearcue.composer.errors import CompositionError
from clearcue.composer.model import Model, learn
from clearcue.errors import BadInputError
from clearcue.files import write_atomically
from clearcue.originality.background import BACKGROUND_VERSION, LINES, Background, measured
from clearcue.originality.check import method_of
from clearcue.originality.index import Index, build_index
from clearcue.originality.index_file import (
    IndexFileError,
    IndexMismatchError,
    open_index,
    save_index,
)
from clearcue.rights.corpus import ClearedCorpus, selected
from clearcue.rights.manifest import Manifest, builtin_manifest, join
from clearcue.rights.patterns import ClearedPattern, clear_patterns
from clearcue.rights.policy import Policy
from clearcue.rights.values import Content
from clearcue.services.platform import PackOnShelf, Progress


class CachedLibrary:
    """What the platform learns from, with caches in a folder of their own."""

    def __init__(
        self, folder: Path, policy: Policy, shelf: Shelf | None = None, packs: Sequence[str] = ()
    ) -> None:
        self._folder = folder
        self._shelf = shelf or Shelf(folder / "packs")
        self._packs = tuple(sorted(set(packs)))
        self.policy = policy
        self.parser = parser_name()
        self._corpora: dict[frozenset[str], ClearedCorpus] = {}
        self._manifest: Manifest | None = None

    @property
    def manifest(self) -> Manifest:
        """What is known of the package's own works and of every pack on the shelf."""
        if self._manifest is None:
            packs = [pack.manifest for pack in self._shelf.packs()]
            self._manifest = join([builtin_manifest(), *packs])
        return self._manifest

    @property
    def packs(self) -> tuple[PackOnShelf, ...]:
        """The packs on the shelf, and those that are known and could be taken in."""
        there = {pack.name: pack.manifest for pack in self._shelf.packs()}
        known = {name: known_manifest(name) for name in known_packs()} | there
        return tuple(
            PackOnShelf(name, manifest, name in there, name in self._packs)
            for name, manifest in sorted(known.items())
        )

    def add_pack(self, name: str, source: str, manifest: bytes | None, progress: Progress) -> str:
        """Take a pack in from a folder, an archive or an address; gives its name."""
        taken = {pack.name: pack.manifest.source for pack in self._shelf.packs()}
        taken |= {one: known_manifest(one).source for one in known_packs()}
        taken.pop(name, None)
        taken["music21"] = builtin_manifest().source
        if manifest is not None and name in known_packs():
            raise BadInputError(
                f"{name} is a pack that Clearcue knows and comes with its manifest; leave "
                "--manifest out, or give your own works another name"
            )
        path = self._fetched(source, progress)
        try:
            text = manifest or _manifest_of(name, path)
            install(name, text, path, self._shelf, self._folder, taken, progress)
        except (PackRefusedError, PackSourceError):
            self._forget(path)  # the next try fetches it anew
            raise
        self._forget(path)  # its files are on the shelf now
        self._manifest = None
        return name

    def _fetched(self, source: str, progress: Progress) -> Path:
        if not is_address(source):
            return Path(source).expanduser()
        local = local_path(source)
        if local is not None:
            return local
        path = self._folder / "fetched" / hashlib.sha256(source.encode()).hexdigest()[:24]
        return path if path.is_file() else fetch(source, path, progress)

    def _forget(self, path: Path) -> None:
        if path.parent == self._folder / "fetched":
            path.unlink(missing_ok=True)

    def patterns(
        self, content: Content, withdrawn: frozenset[str], progress: Progress
    ) -> tuple[ClearedPattern, ...]:
        """The drum takes or progressions of the packs that are learnt from, cleared."""
        progress("reading the patterns", 0, 1)
        cleared: list[ClearedPattern] = []
        for pack in map(self._shelf.pack, self._packs):
            if pack.manifest.content is content:
                meant = selected(pack.manifest, self.policy, content)
                works = [work for work in meant if work.work_id not in withdrawn]
                found = read_all(works, {pack.manifest.source: pack.files})
                read = read_patterns(content, found, self._folder / "patterns")
                cleared.extend(clear_patterns(pack.manifest, self.policy, read))
        return tuple(cleared)

    def corpus(self, withdrawn: frozenset[str], progress: Progress) -> ClearedCorpus:
        """The cleared corpus: verified when it is loaded, parsed once."""
        if withdrawn not in self._corpora:
            packs = [self._shelf.pack(name) for name in self._packs]
            loaded = load_cleared_corpus(
                join([builtin_manifest(), *(pack.manifest for pack in packs)]),
                self.policy,
                self._folder / "parsed",
                folders={pack.manifest.source: pack.files for pack in packs},
                progress=lambda done, total, title: progress("reading the corpus", done, total),
                withdrawn=withdrawn,
            )
            # At most the newest two are kept: the one that is learnt from and the whole one.
            self._corpora = dict([*self._corpora.items()][-1:]) | {withdrawn: loaded}
        return self._corpora[withdrawn]

    def model(self, corpus: ClearedCorpus, progress: Progress) -> Model:
        """The model of a corpus, learnt when the cache holds none."""
        root = corpus.training_set(ENGINE_VERSION).root
        path = self._folder / "models" / f"{root}-{self.parser}-{_learning()}.model.gz"
        cached = _read_sealed(path)
        if cached is not None:
            try:
                return Model.from_bytes(cached)
            except CompositionError:
                pass  # of another version or damaged: learn again
        progress("learning", 0, 1)
        model = learn(corpus)
        _write_sealed(path, model.to_bytes())
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

    def background(self, index: Index, progress: Progress, lines: int | None = None) -> Background:
        """What unrelated music tells of an index: as kept, or measured anew with so many lines."""
        how = json.dumps([method_of(index), BACKGROUND_VERSION], sort_keys=True).encode()
        name = hashlib.sha256(how).hexdigest()[:16]
        root = index.header.corpus_digest.removeprefix("sha256:")
        path = self._folder / "fingerprints" / f"{root}-{name}.background.gz"
        cached = _read_sealed(path) if lines is None else None
        if cached is not None:
            return Background(index.header.corpus_digest, tuple(json.loads(cached)))
        background = measured(
            index,
            LINES if lines is None else lines,
            lambda done, total: progress("measuring the background", done, total),
        )
        _write_sealed(path, json.dumps(background.bits).encode())
        return background


def _manifest_of(name: str, path: Path) -> bytes:
    """The manifest of a known pack, else the one that lies in the pack's folder."""
    if name in known_packs():
        return known_text(name)
    try:
        return (path / OWN_MANIFEST).read_bytes()
    except OSError as error:
        raise BadInputError(
            f"no pack is called {name!r}; there are {', '.join(known_packs())}. For a folder of "
            f"your own put a filled-in {OWN_MANIFEST} into it (`clearcue corpus template`)"
        ) from error


_LEARNING = (
    "counts", "events", "mixture", "model", "observe", "opinion_kernels", "run_kernels", "runs",
    "viewpoint_kernels", "viewpoints",
)  # fmt: skip
"""The modules of the composer that decide what is learnt."""


def _learning() -> str:
    """Names the code that learns, so that a model learnt by other code is not taken for its own."""
    folder = files("clearcue.composer")
    code = b"".join(folder.joinpath(f"{name}.py").read_bytes() for name in _LEARNING)
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
    packed = gzip.compress(content, 1, mtime=0)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, hashlib.sha256(packed).digest() + packed)
