"""Grants as decisions see them, what ended them, and reviews of templates."""

from collections.abc import Collection
from datetime import UTC, date, datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from clearcue.adapters.db.licences import SqlQuotes
from clearcue.adapters.db.models import (
    LicenceEndRow,
    LicenceEventRow,
    LicenceRow,
    QuoteRow,
    TemplateReviewRow,
    TrackRow,
)
from clearcue.adapters.db.repositories import SqlLogLeaves, lock_by_name
from clearcue.adapters.db.tracks import checked_digest
from clearcue.services.grant_store import EndDraft, StandingGrant, StoredEnd, TemplateReview
from clearcue.services.stored import MissingError

GRANTS_LOCK = 0x434C_0005


class SqlGrants:
    """Grants in the database."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._quotes = SqlQuotes(session)

    def lock(self) -> None:
        """Let nobody else decide about a grant until the transaction ends."""
        lock_by_name(self._session, GRANTS_LOCK)

    def standing(
        self, track_ids: Collection[str], first_day: date, last_day: date | None, now: datetime,
        *, exclusive_only: bool,
    ) -> tuple[StandingGrant, ...]:  # fmt: skip
        """The grants and holds of the tracks' families that may reach into a period."""
        issued = and_(
            LicenceRow.state == "issued",
            or_(LicenceRow.ends_on.is_(None), LicenceRow.ends_on >= first_day),
        )
        if last_day is not None:
            issued = and_(issued, LicenceRow.starts_on <= last_day)
        held = and_(LicenceRow.id.is_(None), QuoteRow.held_until > now)
        query = (
            select(QuoteRow.id, LicenceRow.id, QuoteRow.terms)
            .join(TrackRow, TrackRow.id == QuoteRow.track_id)
            .join(LicenceRow, LicenceRow.quote_id == QuoteRow.id, isouter=True)
            .where(TrackRow.family.in_(self._families(track_ids)), or_(issued, held))
            .order_by(QuoteRow.id)
        )
        if exclusive_only:
            query = query.where(QuoteRow.exclusivity != "none")
        return tuple(StandingGrant(*row) for row in self._session.execute(query))

    def _families(self, track_ids: Collection[str]) -> list[str]:
        same = aliased(TrackRow)
        query = (
            select(same.family)
            .join(TrackRow, TrackRow.pcm_sha256 == same.pcm_sha256)
            .where(TrackRow.id.in_(track_ids))
            .distinct()
        )
        return list(self._session.scalars(query))

    def hold(self, organisation_id: str, quote_id: str, at: datetime, until: datetime) -> None:
        """Note that a quote is held."""
        row = self._quotes.lock(organisation_id, quote_id)
        row.held_at, row.held_until = at, until
        self._session.flush()

    def held_until(self, organisation_id: str, quote_id: str) -> datetime | None:
        """Until when a quote is, or was, held."""
        return self._quotes.row(organisation_id, quote_id).held_until

    def closed_families(self, organisation_id: str, now: datetime) -> frozenset[str]:
        """The families of the organisation that a full exclusive, or a hold of one, shuts."""
        today = now.astimezone(UTC).date()
        issued = and_(
            LicenceRow.state == "issued",
            or_(LicenceRow.ends_on.is_(None), LicenceRow.ends_on >= today),
        )
        held = and_(LicenceRow.id.is_(None), QuoteRow.held_until > now)
        query = (
            select(TrackRow.family)
            .join(QuoteRow, QuoteRow.track_id == TrackRow.id)
            .join(LicenceRow, LicenceRow.quote_id == QuoteRow.id, isouter=True)
            .where(
                TrackRow.organisation_id == organisation_id,
                QuoteRow.exclusivity == "full",
                or_(issued, held),
            )
        )
        return frozenset(self._session.scalars(query))

    def end(self, draft: EndDraft) -> StoredEnd:
        """End a licence, once; again, and the first end comes back."""
        licence = self._session.scalar(
            select(LicenceRow)
            .where(
                LicenceRow.organisation_id == draft.organisation_id,
                LicenceRow.id == draft.licence_id,
            )
            .with_for_update()
        )
        if licence is None:
            raise MissingError(f"there is no licence {draft.licence_id} in this organisation")
        earlier = self.ending(draft.licence_id)
        if earlier is not None:
            return earlier
        checked_digest(draft.envelope, draft.envelope_sha256)
        leaf_index = SqlLogLeaves(self._session).append(draft.leaf_body, draft.envelope_sha256)
        row = LicenceEndRow(
            licence_id=draft.licence_id,
            organisation_id=draft.organisation_id,
            state=draft.state,
            envelope=draft.envelope,
            envelope_sha256=draft.envelope_sha256,
            leaf_index=leaf_index,
            ended_at=draft.ended_at,
        )
        licence.state = draft.state
        self._session.add_all([row, self._event(draft, leaf_index)])
        self._session.flush()
        return _end(row)

    def _event(self, draft: EndDraft, leaf_index: int) -> LicenceEventRow:
        last = self._session.scalar(
            select(func.max(LicenceEventRow.sequence)).where(
                LicenceEventRow.licence_id == draft.licence_id
            )
        )
        return LicenceEventRow(
            licence_id=draft.licence_id,
            sequence=(last or 0) + 1,
            organisation_id=draft.organisation_id,
            kind=draft.state,
            at=draft.ended_at,
            detail={"leaf_index": leaf_index},
        )

    def ending(self, licence_id: str) -> StoredEnd | None:
        """What ended a licence, or None."""
        row = self._session.get(LicenceEndRow, licence_id)
        return None if row is None else _end(row)


def _end(row: LicenceEndRow) -> StoredEnd:
    return StoredEnd(
        licence_id=row.licence_id,
        organisation_id=row.organisation_id,
        state=row.state,
        envelope=row.envelope,
        envelope_sha256=row.envelope_sha256,
        leaf_index=row.leaf_index,
        ended_at=row.ended_at,
    )


class SqlTemplateReviews:
    """Reviews of templates in the database."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, review: TemplateReview) -> None:
        """Add a review."""
        self._session.add(
            TemplateReviewRow(
                sha256=review.sha256,
                template_id=review.template_id,
                version=review.version,
                reviewer=review.reviewer,
                note=review.note,
                at=review.at,
            )
        )
        self._session.flush()

    def find(self, sha256: str) -> TemplateReview | None:
        """The review of a text, or None."""
        row = self._session.get(TemplateReviewRow, sha256)
        if row is None:
            return None
        return TemplateReview(
            row.sha256, row.template_id, row.version, row.reviewer, row.note, row.at
        )
