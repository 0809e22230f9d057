"""Payments as they are stored, and the ports to the store and to whoever takes the money.

The default cashier takes none: a licence is issued when its quote is accepted, and an invoice is
due. A prepaid one tells of a payment first, and the licence is issued for it. No card data reaches
this program.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

INVOICE = "invoice"

DUE, PAID, REFUND_OWED, REFUNDED, DISPUTED = "due", "paid", "refund-owed", "refunded", "disputed"
STATES = (DUE, PAID, REFUND_OWED, REFUNDED, DISPUTED)
"""Invoiced; received; received, but no licence could be issued for it; given back; taken back."""


@dataclass(frozen=True, slots=True)
class StoredPayment:
    """What is owed or was paid for a quote.

    `reference` is the provider's name of it, unique; `licence_id` is the licence that was issued
    for it, or None; `reason` says why there is none. `invoice` counts an organisation's invoices
    from 1 without a gap, None for what was paid otherwise. `amount_minor` is with tax.
    """

    id: str
    organisation_id: str
    quote_id: str
    licence_id: str | None
    method: str
    reference: str
    currency: str
    amount_minor: int
    state: str
    reason: str
    invoice: int | None
    created_at: datetime
    settled_at: datetime | None


class Payments(Protocol):
    """An organisation's payments. `by_reference` stands above organisations: a provider asks."""

    def add(self, payment: StoredPayment) -> None:
        """Add a payment. Raises DuplicateError when its reference, or its licence, has one."""
        ...

    def next_invoice(self, organisation_id: str) -> int:
        """The number of the organisation's next invoice; call it with the grants locked."""
        ...

    def by_reference(self, reference: str) -> StoredPayment | None:
        """The payment of a provider's reference, or None."""
        ...

    def for_licence(self, organisation_id: str, licence_id: str) -> StoredPayment | None:
        """What was owed or paid for a licence, or None when nothing was."""
        ...

    def list(self, organisation_id: str) -> tuple[StoredPayment, ...]:
        """The organisation's payments, oldest first."""
        ...

    def settle(self, payment_id: str, state: str, at: datetime) -> None:
        """Change a payment's state."""
        ...


@dataclass(frozen=True, slots=True)
class Received:
    """That a quote was paid: the provider's reference, and what came in, in minor units."""

    reference: str
    quote_id: str
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Reversed:
    """That a payment was given back, or is disputed by whoever paid; `state` says which."""

    reference: str
    state: str


class Cashier(Protocol):
    """Takes payments."""

    @property
    def method(self) -> str:
        """The name that its payments are stored under."""
        ...

    @property
    def prepaid(self) -> bool:
        """Whether a licence waits for its payment."""
        ...

    def read(
        self, body: bytes, headers: Mapping[str, str], now: datetime
    ) -> Received | Reversed | None:
        """What a message from the provider says; None when it is of no concern.

        Raises:
            BadInputError: when it does not come from the provider, is too old, or makes no sense.
        """
        ...
