"""What the use cases are handed: the ports that are not about storage, and all ports together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from clearcue.composer.model import Model
from clearcue.licensing.prices import PriceList
from clearcue.music.score import Note, Score
from clearcue.music.work import Bar, ParsedWork
from clearcue.originality.background import Background
from clearcue.originality.index import Index
from clearcue.rights.corpus import ClearedCorpus
from clearcue.rights.manifest import Manifest
from clearcue.rights.patterns import ClearedPattern
from clearcue.rights.policy import Policy
from clearcue.rights.values import Content
from clearcue.services.hearing import Ears
from clearcue.services.manifests import Manifests
from clearcue.services.near_tracks import TrackIndex
from clearcue.services.payment_store import Cashier
from clearcue.services.ports import Blobs, Clock, Ids, Units
from clearcue.sound.banks import SampledBank
from clearcue_provenance.keys import Signer
from clearcue_provenance.trust import TrustRoot

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""


@dataclass(frozen=True, slots=True)
class PackOnShelf:
    """A pack: its name and manifest, whether it was taken in, and whether it is learnt from."""

    name: str
    manifest: Manifest
    taken_in: bool
    learnt_from: bool


class Library(Protocol):
    """What is learnt from and compared with; everything costly in it is cached."""

    @property
    def manifest(self) -> Manifest:
        """What is known of the corpus."""
        ...

    @property
    def policy(self) -> Policy:
        """Which of it may be learnt from."""
        ...

    @property
    def parser(self) -> str:
        """Name and version of what parsed the corpus: part of the engine's version."""
        ...

    def corpus(self, withdrawn: frozenset[str], progress: Progress) -> ClearedCorpus:
        """The cleared corpus without the works of these ids, parsed on first use."""
        ...

    @property
    def packs(self) -> tuple[PackOnShelf, ...]:
        """The packs that were taken in, and those that are known and could be."""
        ...

    def add_pack(self, name: str, source: str, manifest: bytes | None, progress: Progress) -> str:
        """Take a pack in from a folder, an archive or an address; gives its name.

        `manifest` is a customer's own, or None for a known pack's, or one in the folder. Raises
        ClearcueError naming the file that is missing, changed or not listed.
        """
        ...

    def patterns(
        self, content: Content, withdrawn: frozenset[str], progress: Progress
    ) -> tuple[ClearedPattern, ...]:
        """The drum takes or progressions of the packs that are learnt from, less those."""
        ...

    def model(self, corpus: ClearedCorpus, progress: Progress) -> Model:
        """The model learnt from a corpus."""
        ...

    def index(self, corpus: ClearedCorpus, progress: Progress) -> Index:
        """The fingerprints of a corpus."""
        ...

    def background(self, index: Index, progress: Progress, lines: int | None = None) -> Background:
        """What unrelated music tells of an index: as kept, or measured anew with so many lines."""
        ...


class ScoreFiles(Protocol):
    """Scores as files."""

    def midi(self, score: Score) -> bytes:
        """A Standard MIDI File."""
        ...

    def musicxml(self, score: Score) -> bytes:
        """A MusicXML file."""
        ...

    def read(self, path: Path) -> ParsedWork:
        """Read a file from outside in a bounded process. Raises BadInputError."""
        ...

    def passage(self, notes: Sequence[Note], bars: Sequence[Bar], title: str) -> tuple[str, bytes]:
        """A passage of some notes, as ABC text and as a MIDI file."""
        ...


@dataclass(frozen=True, slots=True)
class Decoded:
    """What an audio file holds; `sha256` is of its samples as 24-bit integers."""

    sha256: str
    sample_rate: int
    channels: int
    frames: int


class Decoder(Protocol):
    """Decodes audio files from outside."""

    def decode(self, path: Path) -> Decoded | None:
        """What a file holds, or None when it is no audio that can be decoded."""
        ...


class Keyring(Protocol):
    """The signing keys."""

    def records(self) -> Signer:
        """The signer for statements."""
        ...

    def checkpoints(self) -> Signer:
        """The signer for the log's checkpoints."""
        ...

    def c2pa(self) -> Signer:
        """The signer for C2PA manifests, a P-256 key."""
        ...

    def trust_root(self) -> TrustRoot:
        """The public half of all keys."""
        ...

    def log_origin(self) -> str:
        """The log's name in checkpoints."""
        ...


@dataclass(frozen=True, slots=True)
class Platform:
    """Every port, wired by `bootstrap`.

    `owner` is the name that the owner's organisation gets on first use; `log_folder` holds the
    published log; `trust_root_path` is where the keys' public half lies; `cashier` takes payments;
    `pepper` keys the digests of API keys, and is not in the database; `sampled` opens the sampled
    bank, or raises what is missing.
    """

    units: Units
    blobs: Blobs
    clock: Clock
    ids: Ids
    library: Library
    tracks: TrackIndex
    ears: Ears
    scores: ScoreFiles
    keyring: Keyring
    manifests: Manifests
    prices: PriceList
    log_folder: Path
    trust_root_path: Path
    cashier: Cashier
    audio: Decoder
    owner: str
    pepper: bytes = field(repr=False)
    sampled: Callable[[], SampledBank]
