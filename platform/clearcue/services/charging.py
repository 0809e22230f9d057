"""What a licence costs, noted in the transaction that issues it."""

from datetime import datetime

from clearcue.errors import BadInputError
from clearcue.licensing.terms import Quote
from clearcue.services.payment_store import DUE, INVOICE, PAID, Received, StoredPayment
from clearcue.services.platform import Platform
from clearcue.services.ports import UnitOfWork
from clearcue.services.stored import StoredLicence


class PaymentNeededError(BadInputError):
    """The licence is issued when its payment has come in."""


def owed_minor(quoted: Quote) -> int:
    """What a quote costs with tax; nothing where the licensor licenses itself."""
    if quoted.licensee == quoted.licensor:
        return 0
    return quoted.price.amount_minor + quoted.tax_minor


def refuse_unpaid(platform: Platform, quoted: Quote) -> None:
    """Refuse to issue what waits for its payment. Raises PaymentNeededError."""
    if platform.cashier.prepaid and owed_minor(quoted):
        raise PaymentNeededError(
            f"the quote {quoted.id} is issued when its payment has come in; pay it by "
            f"{platform.cashier.method} under this number"
        )


def charge(
    platform: Platform,
    unit: UnitOfWork,
    quoted: Quote,
    licence: StoredLicence,
    received: Received | None,
    now: datetime,
) -> StoredPayment | None:
    """Note, beside a licence just issued, what is owed for it or was paid; None when nothing is.

    The grants must be locked: invoices are counted without a gap.
    """
    amount = owed_minor(quoted)
    if not amount and received is None:
        return None
    number = None if received else unit.payments.next_invoice(licence.organisation_id)
    payment = StoredPayment(
        id=platform.ids.new(),
        organisation_id=licence.organisation_id,
        quote_id=quoted.id,
        licence_id=licence.id,
        method=platform.cashier.method if received else INVOICE,
        reference=received.reference if received else f"{INVOICE}:{licence.id}",
        currency=quoted.price.currency,
        amount_minor=amount,
        state=PAID if received else DUE,
        reason="",
        invoice=number,
        created_at=now,
        settled_at=now if received else None,
    )
    unit.payments.add(payment)
    return payment
