"""What is known about a work's rights, and what was decided from it.

Conventions: a fact is either text that was read somewhere (the evidence says where) or None, which
means unknown. A permission is True (granted), False (refused) or None (unknown); only True
permits. Licences are SPDX identifiers, or `LicenseRef-` names that
`docs/formats/rights-manifest.md` explains. Dates are ISO 8601, to the day or to the month.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from clearcue.errors import ClearcueError


class RightsError(ClearcueError):
    """Base of what the rights ledger refuses."""


class Verdict(StrEnum):
    """How far the evidence for a work carries."""

    CLEARED = "cleared"
    CLEARED_MEDIUM = "cleared-medium"
    CONDITIONAL = "conditional"
    REFERENCE = "reference"
    UNCLEAR = "unclear"
    REFUSED = "refused"


class Permission(StrEnum):
    """What a work may be used for; each is granted on its own."""

    TRAIN = "train"
    COMPARE = "compare"
    REDISTRIBUTE = "redistribute"


class Confidence(StrEnum):
    """How explicit the grant is: the file's own words, a third party's statement, or little."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Identity:
    """Which file a work is: its id, the package it came in, its path there, and its SHA-256 (hex).

    `tunes` is how many works of the package's own count the file holds.
    """

    work_id: str
    source: str
    path: str
    sha256: str
    tunes: int


@dataclass(frozen=True, slots=True)
class Creator:
    """Who made the composition, as the file's header says; the years are None where unread."""

    name: str
    role: str
    born: int | None
    died: int | None


@dataclass(frozen=True, slots=True)
class Composition:
    """The music itself; title and creators None where the file does not say."""

    title: str | None
    creators: tuple[Creator, ...] | None
    first_published: int | None


@dataclass(frozen=True, slots=True)
class Encoding:
    """The file's making: by whom, under which licence, what that covers, and who granted it."""

    encoder: str | None
    licence: str | None
    scope: str | None
    granted_by: str | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words that were read: the quote, where it stands, and when it was read."""

    evidence_id: str
    quote: str
    where: str
    read_on: str


@dataclass(frozen=True, slots=True)
class Obligation:
    """What a use of the work owes: `attribution` or `share-alike`, and its text."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided: the permissions, what they oblige to, the verdict and how sure it is."""

    permissions: Mapping[Permission, bool | None]
    obligations: tuple[Obligation, ...]
    verdict: Verdict
    confidence: Confidence
    reviewer: str | None
    policy_version: str
    decided_on: str

    def permits(self, permission: Permission) -> bool:
        """Whether a permission is granted in so many words; unknown is not granted."""
        return self.permissions.get(permission) is True

    @property
    def permitted(self) -> tuple[str, ...]:
        """The names of the granted permissions, sorted."""
        return tuple(sorted(str(name) for name in self.permissions if self.permits(name)))


@dataclass(frozen=True, slots=True)
class Work:
    """One file of a source with all that is known and decided about it."""

    identity: Identity
    composition: Composition
    encoding: Encoding
    evidence: tuple[Evidence, ...]
    decision: Decision

    @property
    def work_id(self) -> str:
        """The manifest's id of the work."""
        return self.identity.work_id

    @property
    def title(self) -> str:
        """The composition's title, or the id where none was read."""
        return self.composition.title or self.identity.work_id


@dataclass(frozen=True, slots=True)
class Group:
    """Works of a source that share their facts: how many, and what was decided about all of them.

    `paths` says in words or patterns which files they are. `listed` groups stand work by work in
    the manifest too; the others have only this verdict, and none of their files can be cleared.
    """

    group_id: str
    paths: str
    works: int
    listed: bool
    kind: str
    composition: str | None
    encoding_licence: str | None
    verdict: Verdict
    evidence: tuple[Evidence, ...]
    note: str | None
