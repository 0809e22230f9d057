"""What the rights ledger stores: the values that cross its ports, and the ports.

Conventions as in `stored`. The statements and the training sets are the same for every
organisation; what works have to do with tracks is not, and whoever asks names only its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

TRAINING_SET = "training-set"
WITHDRAWAL = "withdrawal"


@dataclass(frozen=True, slots=True)
class LedgerDraft:
    """A statement about to be entered in the rights ledger, with the log leaf that it needs.

    `kind` is `TRAINING_SET` or `WITHDRAWAL`; `name` is the set's digest or the work's id.
    """

    kind: str
    name: str
    envelope: bytes
    digest: str
    leaf_body: bytes
    created_at: datetime


@dataclass(frozen=True, slots=True)
class LedgerStatement:
    """A signed statement of the rights ledger, byte for byte; one for each kind and name."""

    kind: str
    name: str
    envelope: bytes
    digest: str
    leaf_index: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class TrackWork:
    """What a track's record says of a work: its influence, and how near the track came to it.

    `share` and the values of `parts` are exact fractions such as `3/8`; the former is the mean of
    all the record's parts. `similarity` is None where the record names no near passage of it.
    """

    organisation_id: str
    track_id: str
    work_id: str
    share: str
    parts: Mapping[str, str]
    similarity: float | None


@dataclass(frozen=True, slots=True)
class TrackOrigin:
    """A track, whoever owns it, and the training set that its model learnt from."""

    track_id: str
    organisation_id: str
    title: str
    training_set_digest: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class LicenceOrigin:
    """A licence, whoever owns it, and the track that it is of."""

    licence_id: str
    organisation_id: str
    number: str
    track_id: str


class Ledger(Protocol):
    """The rights ledger's signed statements, shared by all organisations; nothing leaves it."""

    def lock(self) -> None:
        """Let nobody else store a track or enter a statement until the unit of work ends."""
        ...

    def enter(self, draft: LedgerDraft) -> LedgerStatement:
        """Enter a statement and its log leaf, once for its kind and name: else the first one.

        Raises ValueError when the digest is not the envelope's.
        """
        ...

    def find(self, kind: str, name: str) -> LedgerStatement | None:
        """The statement of that kind and name, or None."""
        ...

    def by_digest(self, digest: str) -> LedgerStatement:
        """The statement of that digest. Raises MissingError when there is none."""
        ...

    def all(self, kind: str) -> tuple[LedgerStatement, ...]:
        """Every statement of a kind, in the order of the log."""
        ...

    def names(self, kind: str) -> frozenset[str]:
        """The names of a kind's statements."""
        ...


class Influences(Protocol):
    """What works have to do with tracks, as the tracks' records say it.

    All but `add` and `of_track` stand above organisations: who asks must name only its own tracks.
    """

    def add(self, relations: Sequence[TrackWork]) -> None:
        """Add a new track's. Raises MissingError when the track is not theirs."""
        ...

    def of_track(self, organisation_id: str, track_id: str) -> tuple[TrackWork, ...]:
        """Those of a track, by work id; empty when the organisation has no such track."""
        ...

    def of_work(self, work_id: str) -> tuple[TrackWork, ...]:
        """Those of a work, whoever owns the track, by track id."""
        ...

    def tracks_from(self, digests: Sequence[str]) -> tuple[TrackOrigin, ...]:
        """Every organisation's tracks of models of these training sets, by track id."""
        ...

    def licences_from(self, digests: Sequence[str]) -> tuple[LicenceOrigin, ...]:
        """Every organisation's licences on `tracks_from` of these sets, by licence id."""
        ...
