"""Repository of payments."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clearcue.adapters.db.models import PaymentRow
from clearcue.services.payment_store import StoredPayment


class SqlPayments:
    """Payments in the database."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, payment: StoredPayment) -> None:
        """Add a payment."""
        self._session.add(PaymentRow(**asdict(payment)))
        self._session.flush()

    def next_invoice(self, organisation_id: str) -> int:
        """The number of the organisation's next invoice."""
        last = self._session.scalar(
            select(func.max(PaymentRow.invoice)).where(
                PaymentRow.organisation_id == organisation_id
            )
        )
        return (last or 0) + 1

    def by_reference(self, reference: str) -> StoredPayment | None:
        """The payment of a provider's reference, or None."""
        row = self._session.scalar(select(PaymentRow).where(PaymentRow.reference == reference))
        return None if row is None else _payment(row)

    def for_licence(self, organisation_id: str, licence_id: str) -> StoredPayment | None:
        """What was owed or paid for a licence, or None."""
        row = self._session.scalar(
            select(PaymentRow).where(
                PaymentRow.organisation_id == organisation_id, PaymentRow.licence_id == licence_id
            )
        )
        return None if row is None else _payment(row)

    def list(self, organisation_id: str) -> tuple[StoredPayment, ...]:
        """The organisation's payments, oldest first."""
        rows = self._session.scalars(
            select(PaymentRow)
            .where(PaymentRow.organisation_id == organisation_id)
            .order_by(PaymentRow.created_at, PaymentRow.id)
        )
        return tuple(map(_payment, rows))

    def settle(self, payment_id: str, state: str, at: datetime) -> None:
        """Change a payment's state."""
        row = self._session.get_one(PaymentRow, payment_id, with_for_update=True)
        row.state, row.settled_at = state, at
        self._session.flush()


def _payment(row: PaymentRow) -> StoredPayment:
    return StoredPayment(
        id=row.id,
        organisation_id=row.organisation_id,
        quote_id=row.quote_id,
        licence_id=row.licence_id,
        method=row.method,
        reference=row.reference,
        currency=row.currency,
        amount_minor=row.amount_minor,
        state=row.state,
        reason=row.reason,
        invoice=row.invoice,
        created_at=row.created_at,
        settled_at=row.settled_at,
    )
