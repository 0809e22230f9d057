"""Repositories of quotes and licences."""

import hashlib
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from clearcue.adapters.db.models import LicenceEventRow, LicenceRow, QuoteRow
from clearcue.adapters.db.repositories import SqlLogLeaves
from clearcue.adapters.db.tracks import checked_digest, require_track
from clearcue.services.stored import (
    LicenceDraft,
    LicenceEvent,
    MissingError,
    StoredLicence,
    StoredQuote,
)


class SqlQuotes:
    """Quotes in the database."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, quote: StoredQuote) -> None:
        """Add a quote about one of the organisation's tracks."""
        require_track(self._session, quote.organisation_id, quote.track_id)
        digest = hashlib.sha256(quote.terms).hexdigest()
        self._session.add(QuoteRow(**asdict(quote), terms_sha256=digest))
        self._session.flush()

    def get(self, organisation_id: str, quote_id: str) -> StoredQuote:
        """The quote of that id, or MissingError."""
        return _quote(self.row(organisation_id, quote_id))

    def find(self, quote_id: str) -> StoredQuote | None:
        """The quote of that id, whoever owns it, or None."""
        row = self._session.get(QuoteRow, quote_id)
        return None if row is None else _quote(row)

    def row(self, organisation_id: str, quote_id: str) -> QuoteRow:
        """The quote's row as it stands, or MissingError."""
        return self._find(organisation_id, quote_id, lock=False)

    def lock(self, organisation_id: str, quote_id: str) -> QuoteRow:
        """The quote's row, kept from others until the transaction ends, or MissingError."""
        return self._find(organisation_id, quote_id, lock=True)

    def _find(self, organisation_id: str, quote_id: str, *, lock: bool) -> QuoteRow:
        query = select(QuoteRow).where(
            QuoteRow.organisation_id == organisation_id, QuoteRow.id == quote_id
        )
        row = self._session.scalar(query.with_for_update() if lock else query)
        if row is None:
            raise MissingError(f"there is no quote {quote_id} in this organisation")
        return row


def _quote(row: QuoteRow) -> StoredQuote:
    return StoredQuote(
        id=row.id,
        organisation_id=row.organisation_id,
        track_id=row.track_id,
        template_id=row.template_id,
        template_version=row.template_version,
        licensee=row.licensee,
        currency=row.currency,
        amount_minor=row.amount_minor,
        terms=row.terms,
        created_at=row.created_at,
        expires_at=row.expires_at,
        exclusivity=row.exclusivity,
    )


class SqlLicences:
    """Licences in the database."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._quotes = SqlQuotes(session)
        self._leaves = SqlLogLeaves(session)

    def for_quote(self, organisation_id: str, quote_id: str) -> StoredLicence | None:
        """The licence issued from a quote, or None; nobody else issues it meanwhile."""
        self._quotes.lock(organisation_id, quote_id)
        row = self._session.scalar(
            select(LicenceRow).where(
                LicenceRow.organisation_id == organisation_id, LicenceRow.quote_id == quote_id
            )
        )
        return None if row is None else _licence(row)

    def issue(self, draft: LicenceDraft) -> StoredLicence:
        """Issue a licence of a quote, once; again, and the first one comes back."""
        earlier = self.for_quote(draft.organisation_id, draft.quote_id)
        if earlier is not None:
            return earlier
        checked_digest(draft.envelope, draft.envelope_sha256)
        quote = self._quotes.lock(draft.organisation_id, draft.quote_id)
        leaf_index = self._leaves.append(draft.leaf_body, draft.envelope_sha256)
        row = LicenceRow(
            id=draft.id,
            number=draft.number,
            organisation_id=draft.organisation_id,
            track_id=quote.track_id,
            quote_id=quote.id,
            state="issued",
            terms=quote.terms,
            envelope=draft.envelope,
            envelope_sha256=draft.envelope_sha256,
            leaf_index=leaf_index,
            starts_on=draft.starts_on,
            ends_on=draft.ends_on,
            issued_at=draft.issued_at,
        )
        self._session.add(row)
        self._session.flush()
        happened: list[tuple[str, datetime, dict[str, Any]]] = [
            ("quoted", quote.created_at, {"quote": quote.id})
        ]
        if quote.held_at is not None:
            happened.append(("held", quote.held_at, {}))
        happened.append(("issued", draft.issued_at, {"leaf_index": leaf_index}))
        self._session.add_all(
            LicenceEventRow(
                licence_id=draft.id,
                sequence=sequence,
                organisation_id=draft.organisation_id,
                kind=kind,
                at=at,
                detail=detail,
            )
            for sequence, (kind, at, detail) in enumerate(happened, start=1)
        )
        self._session.flush()
        return _licence(row)

    def get(self, organisation_id: str, licence_id: str) -> StoredLicence:
        """The licence of that id or that number, or MissingError."""
        row = self._session.scalar(
            select(LicenceRow).where(
                LicenceRow.organisation_id == organisation_id,
                or_(LicenceRow.id == licence_id, LicenceRow.number == licence_id),
            )
        )
        if row is None:
            raise MissingError(f"there is no licence {licence_id} in this organisation")
        return _licence(row)

    def by_number(self, number: str) -> StoredLicence | None:
        """The licence of a number, whoever owns it, or None."""
        row = self._session.scalar(select(LicenceRow).where(LicenceRow.number == number))
        return None if row is None else _licence(row)

    def by_envelope(self, digest: str) -> StoredLicence | None:
        """The licence of a signed envelope, whoever owns it, or None."""
        row = self._session.scalar(select(LicenceRow).where(LicenceRow.envelope_sha256 == digest))
        return None if row is None else _licence(row)

    def list(
        self, organisation_id: str, limit: int, before_id: str | None = None
    ) -> tuple[StoredLicence, ...]:
        """Up to `limit` licences, largest id first, beginning below `before_id`."""
        query = select(LicenceRow).where(LicenceRow.organisation_id == organisation_id)
        if before_id is not None:
            query = query.where(LicenceRow.id < before_id)
        rows = self._session.scalars(query.order_by(LicenceRow.id.desc()).limit(limit))
        return tuple(_licence(row) for row in rows)

    def for_track(self, organisation_id: str, track_id: str) -> tuple[StoredLicence, ...]:
        """The licences of a track, smallest id first."""
        rows = self._session.scalars(
            select(LicenceRow)
            .where(LicenceRow.organisation_id == organisation_id, LicenceRow.track_id == track_id)
            .order_by(LicenceRow.id)
        )
        return tuple(_licence(row) for row in rows)

    def events(self, organisation_id: str, licence_id: str) -> tuple[LicenceEvent, ...]:
        """What happened to the licence, in order."""
        rows = self._session.scalars(
            select(LicenceEventRow)
            .where(
                LicenceEventRow.organisation_id == organisation_id,
                LicenceEventRow.licence_id == licence_id,
            )
            .order_by(LicenceEventRow.sequence)
        )
        return tuple(
            LicenceEvent(row.licence_id, row.sequence, row.kind, row.at, row.detail) for row in rows
        )


def _licence(row: LicenceRow) -> StoredLicence:
    return StoredLicence(
        id=row.id,
        number=row.number,
        organisation_id=row.organisation_id,
        track_id=row.track_id,
        quote_id=row.quote_id,
        state=row.state,
        terms=row.terms,
        envelope=row.envelope,
        envelope_sha256=row.envelope_sha256,
        leaf_index=row.leaf_index,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        issued_at=row.issued_at,
    )
