"""What is known about a work's rights, and what was decided from it.

Conventions: a fact is either text that was read somewhere (the evidence says where) or None, which
means unknown. A permission is True (granted), False (refused) or None (unknown); only True
permits. Licences are SPDX identifiers, or `LicenseRef-` names that
`docs/formats/rights-manifest.md` explains. Dates are ISO 8601, to the day or to the month. A work
is one tune: a file of one tune is one work, a book has one for each, counted from 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
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


class Use(StrEnum):
    """What a work is kept for: learning, comparing and showing only, or measuring only."""

    TRAIN = "train"
    REFERENCE = "reference"
    HELD_OUT = "held-out"


class Content(StrEnum):
    """What the works of a source hold."""

    SCORES = "scores"
    DRUMS = "drums"
    PROGRESSIONS = "progressions"


class Territory(StrEnum):
    """Where a composition's term is reckoned: the United States, the European Union."""

    US = "US"
    EU = "EU"


class Standing(StrEnum):
    """Whether a composition's term is over; unknown is None, never one of these."""

    PUBLIC_DOMAIN = "public-domain"
    PROTECTED = "protected"


@dataclass(frozen=True, slots=True)
class Identity:
    """Which file a work is: its id, the package it came in, its path there, and its SHA-256 (hex).

    `tune` is the work's place in a file that holds several, from 1; None when the file is the work.
    """

    work_id: str
    source: str
    path: str
    sha256: str
    tune: int | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words that were read: the quote, where it stands, and when it was read."""

    evidence_id: str
    quote: str
    where: str
    read_on: str


@dataclass(frozen=True, slots=True)
class Creator:
    """Who made the composition; the years are None where unread, else `evidence` says where."""

    name: str
    role: str
    born: int | None
    died: int | None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class PublicDomain:
    """A composition's standing in one territory and the rule by which it is known.

    `rule` is a rule of `public_domain`, or `stated`, when `evidence` says so and no rule can tell.
    """

    standing: Standing | None = None
    rule: str | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Composition:
    """The music itself; what the file and the evidence do not say is None.

    `anonymous` is True where its author is stated to be unknown. `licence` is what a composition
    that is protected is licensed under. `evidence` says where the year and the licence were read.
    """

    title: str | None
    creators: tuple[Creator, ...] | None
    first_published: int | None
    anonymous: bool | None = None
    licence: str | None = None
    public_domain: Mapping[Territory, PublicDomain] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Encoding:
    """The file's making: by whom, under which licence, what that covers, and who granted it."""

    encoder: str | None
    licence: str | None
    scope: str | None
    granted_by: str | None


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
    """One tune of a source with all that is known and decided about it.

    `group_id` names the group in whose review it was decided, `SOURCE:GROUP` in a manifest.
    """

    identity: Identity
    composition: Composition
    encoding: Encoding
    evidence: tuple[Evidence, ...]
    decision: Decision
    use: Use = Use.TRAIN
    content: Content = Content.SCORES
    group_id: str = ""

    @property
    def work_id(self) -> str:
        """The manifest's id of the work."""
        return self.identity.work_id

    @property
    def title(self) -> str:
        """The composition's title, or the id where none was read."""
        return self.composition.title or self.identity.work_id

    @property
    def known_from(self) -> tuple[Evidence, ...]:
        """Every piece of evidence: for the encoding, the composition, its makers and its term."""
        composition = self.composition
        read = [*self.evidence, *composition.evidence]
        read.extend(one for creator in composition.creators or () for one in creator.evidence)
        read.extend(one for place in composition.public_domain.values() for one in place.evidence)
        return tuple(dict.fromkeys(read))


@dataclass(frozen=True, slots=True)
class Group:
    """Works of a source that share their facts: which (in words or patterns), and how many."""

    group_id: str
    paths: str
    works: int
    kind: str
    verdict: Verdict
    note: str | None
