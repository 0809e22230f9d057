"""Payments that come in: one licence for one payment, and for a payment without one a refund owed.

A message may come twice, late, or for a quote that somebody else's grant has made impossible
meanwhile. Licence and payment are stored in one transaction, so that after a crash there are both
or neither; the message then comes again and finds what is there.
"""

from collections.abc import Mapping
from datetime import datetime

from clearcue.errors import BadInputError
from clearcue.licensing.terms import Quote, read_terms
from clearcue.services.charging import charge, owed_minor
from clearcue.services.granting import kin_of
from clearcue.services.licences import issue_within
from clearcue.services.payment_store import PAID, REFUND_OWED, Received, Reversed, StoredPayment
from clearcue.services.platform import Platform
from clearcue.services.ports import UnitOfWork
from clearcue.services.publishing import publish
from clearcue.services.stored import MissingError, Organisation, StoredQuote


def take_message(platform: Platform, body: bytes, headers: Mapping[str, str]) -> None:
    """Do what a provider's message says; again, and nothing changes.

    Raises:
        BadInputError: when it does not come from the provider, or makes no sense.
        MissingError: when it is about a quote or payment that is not there.
    """
    said = platform.cashier.read(body, headers, platform.clock.now())
    if isinstance(said, Received):
        settle(platform, said)
    elif isinstance(said, Reversed):
        _reverse(platform, said)


def settle(platform: Platform, received: Received) -> StoredPayment:
    """Issue the licence that a payment is for, or note why its money is owed back.

    Raises:
        MissingError: when there is no quote of that id.
    """
    publish(platform)
    with platform.units.read() as unit:
        stored = unit.quotes.find(received.quote_id)
    if stored is None:
        raise MissingError(f"there is no quote {received.quote_id}")
    quoted = read_terms(stored.terms)
    kin = kin_of(platform, stored.track_id)
    with platform.units.write() as unit:
        unit.grants.lock()
        payment = unit.payments.by_reference(received.reference)
        if payment is None:
            payment = _settled(platform, unit, stored, quoted, kin, received)
            unit.commit()
    publish(platform)
    return payment


def _settled(
    platform: Platform,
    unit: UnitOfWork,
    stored: StoredQuote,
    quoted: Quote,
    kin: frozenset[str],
    received: Received,
) -> StoredPayment:
    now = platform.clock.now()
    wanted = (quoted.price.currency, owed_minor(quoted))
    if (received.currency, received.amount_minor) != wanted:
        return _owe_back(platform, unit, stored, received, "another amount than quoted", now)
    if unit.licences.for_quote(stored.organisation_id, stored.id) is not None:
        return _owe_back(platform, unit, stored, received, "the licence was issued before", now)
    try:
        licence = issue_within(platform, unit, stored.organisation_id, quoted, kin)
    except BadInputError as error:  # nothing was written: it is refused before that
        return _owe_back(platform, unit, stored, received, str(error), now)
    payment = charge(platform, unit, quoted, licence, received, now)
    assert payment is not None
    return payment


def _owe_back(
    platform: Platform,
    unit: UnitOfWork,
    stored: StoredQuote,
    received: Received,
    reason: str,
    now: datetime,
) -> StoredPayment:
    payment = StoredPayment(
        id=platform.ids.new(),
        organisation_id=stored.organisation_id,
        quote_id=stored.id,
        licence_id=None,
        method=platform.cashier.method,
        reference=received.reference,
        currency=received.currency,
        amount_minor=received.amount_minor,
        state=REFUND_OWED,
        reason=reason,
        invoice=None,
        created_at=now,
        settled_at=None,
    )
    unit.payments.add(payment)
    return payment


def _reverse(platform: Platform, said: Reversed) -> None:
    """Note that money went back; whether the licence is revoked is its licensor's to decide."""
    with platform.units.write() as unit:
        payment = unit.payments.by_reference(said.reference)
        if payment is None:
            raise MissingError(f"there is no payment {said.reference}")
        unit.payments.settle(payment.id, said.state, platform.clock.now())
        unit.commit()


def mark_paid(platform: Platform, organisation: Organisation, licence_id: str) -> StoredPayment:
    """Note that a licence's invoice was paid.

    Raises:
        MissingError: when the organisation has no such licence, or nothing is due for it.
    """
    with platform.units.write() as unit:
        licence = unit.licences.get(organisation.id, licence_id)
        payment = unit.payments.for_licence(organisation.id, licence.id)
        if payment is None:
            raise MissingError(f"nothing is owed for the licence {licence.number}")
        unit.payments.settle(payment.id, PAID, platform.clock.now())
        unit.commit()
        settled = unit.payments.for_licence(organisation.id, licence.id)
    assert settled is not None
    return settled


def list_payments(platform: Platform, organisation: Organisation) -> tuple[StoredPayment, ...]:
    """What is owed to the organisation and was paid, oldest first."""
    with platform.units.read() as unit:
        return unit.payments.list(organisation.id)
