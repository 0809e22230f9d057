"""Erasing an organisation's account: what stays is what its issued licences need."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, literal, select, update
from sqlalchemy.orm import Session

from clearcue.adapters.db.models import (
    AccountRow,
    ApiKeyRow,
    Base,
    IdempotencyKeyRow,
    JobRow,
    LicenceRow,
    OrganisationRow,
    PaymentRow,
    QuoteRow,
)
from clearcue.services.grant_store import Erased


class SqlErasure:
    """Erasing in the database."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def erase(self, organisation_id: str, at: datetime) -> Erased:
        """Remove what no issued licence needs, and blank the names."""
        needed = select(LicenceRow.quote_id).union(select(PaymentRow.quote_id))
        of = QuoteRow.organisation_id == organisation_id
        quotes = self._removed(QuoteRow, of & QuoteRow.id.not_in(needed))
        ended = JobRow.state.in_(("done", "failed", "cancelled"))
        jobs = self._removed(JobRow, (JobRow.organisation_id == organisation_id) & ended)
        self._removed(IdempotencyKeyRow, IdempotencyKeyRow.organisation_id == organisation_id)
        keys = self._blank_keys(organisation_id, at)
        self._blank(OrganisationRow, OrganisationRow.id, organisation_id)
        self._blank(AccountRow, AccountRow.organisation_id, organisation_id)
        self._session.flush()
        return Erased(quotes, jobs, keys)

    def _blank(
        self, row: type[OrganisationRow] | type[AccountRow], whose: Any, organisation_id: str
    ) -> None:
        named = {"name": "erased", "handle": "erased-" + func.lower(row.id)}
        self._session.execute(update(row).where(whose == organisation_id).values(named))

    def _removed(self, row: type[Base], where: ColumnElement[bool]) -> int:
        found = self._session.execute(delete(row).where(where).returning(literal(1)))
        return len(found.all())

    def _blank_keys(self, organisation_id: str, at: datetime) -> int:
        mine = ApiKeyRow.organisation_id == organisation_id
        self._session.execute(
            update(ApiKeyRow)
            .where(mine)
            .values(name="erased", revoked_at=func.coalesce(ApiKeyRow.revoked_at, at))
        )
        count = self._session.scalar(select(func.count()).select_from(ApiKeyRow).where(mine))
        return int(count or 0)
