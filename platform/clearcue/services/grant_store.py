"""What stands of a family's grants, what ended or was reviewed, and erasing: values and ports."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StandingGrant:
    """A licence that was not ended, or a quote that is held, with its exact terms.

    `licence_id` is None for a hold. Whose it is, is of no concern to a decision.
    """

    quote_id: str
    licence_id: str | None
    terms: bytes


@dataclass(frozen=True, slots=True)
class EndDraft:
    """A statement that ends a licence, with the log leaf that its envelope needs.

    `state` is `revoked` or `superseded`.
    """

    licence_id: str
    organisation_id: str
    state: str
    envelope: bytes
    envelope_sha256: str
    leaf_body: bytes
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class StoredEnd:
    """A stored and logged statement that ended a licence."""

    licence_id: str
    organisation_id: str
    state: str
    envelope: bytes
    envelope_sha256: str
    leaf_index: int
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class TemplateReview:
    """That counsel reviewed the exact text of a version of a template: who says so, and when."""

    sha256: str
    template_id: str
    version: str
    reviewer: str
    note: str
    at: datetime


class Grants(Protocol):
    """What was granted of a family of music, above organisations: music is nobody's twice."""

    def lock(self) -> None:
        """Let nobody else decide about a grant until the unit of work ends.

        Take it before anything is appended to the log in the same unit of work.
        """
        ...

    def standing(
        self, track_ids: Collection[str], first_day: date, last_day: date | None, now: datetime,
        *, exclusive_only: bool,
    ) -> tuple[StandingGrant, ...]:  # fmt: skip
        """The grants and holds of the tracks' families that may reach into a period.

        A track of the same decoded samples belongs to the family. With `exclusive_only` only those
        that shut somebody out.
        """
        ...

    def hold(self, organisation_id: str, quote_id: str, at: datetime, until: datetime) -> None:
        """Note that a quote is held. Raises MissingError."""
        ...

    def held_until(self, organisation_id: str, quote_id: str) -> datetime | None:
        """Until when a quote is, or was, held. Raises MissingError."""
        ...

    def closed_families(self, organisation_id: str, now: datetime) -> frozenset[str]:
        """The families of the organisation that a full exclusive, or a hold of one, shuts."""
        ...

    def end(self, draft: EndDraft) -> StoredEnd:
        """End a licence, once: with its log leaf and its event. Raises MissingError.

        A licence that was ended already gives that end back, and nothing is written.
        """
        ...

    def ending(self, licence_id: str) -> StoredEnd | None:
        """What ended a licence, or None."""
        ...


class TemplateReviews(Protocol):
    """Which exact texts counsel has reviewed, for the whole installation."""

    def add(self, review: TemplateReview) -> None:
        """Add a review. Raises DuplicateError when the text has one."""
        ...

    def find(self, sha256: str) -> TemplateReview | None:
        """The review of a text, or None."""
        ...


@dataclass(frozen=True, slots=True)
class Erased:
    """What erasing an account removed: quotes, ended jobs, and the keys that were closed."""

    quotes: int
    jobs: int
    keys: int


class Erasure(Protocol):
    """Erases what no issued licence needs (docs/adr/0007-licence-terms.md)."""

    def erase(self, organisation_id: str, at: datetime) -> Erased:
        """Remove quotes without a licence or payment, ended jobs and stored answers; close keys.

        The names of the organisation and its accounts are blanked; licences, statements, tracks and
        payments stay.
        """
        ...
