"""Messages of a payment provider: the documented signature, and what a message may say."""

import hmac
import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest

from clearcue.adapters.cashiers import InvoiceCashier, StripeCashier
from clearcue.errors import BadInputError
from clearcue.services.payment_store import Received, Reversed

SECRET = "whsec_test_secret"  # noqa: S105 - a made-up one
NOW = datetime(2026, 11, 22, 14, 5, 6, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
SESSION = {
    "id": "cs_test_a1", "object": "checkout.session", "client_reference_id": "quote-1",
    "payment_intent": "pi_1", "payment_status": "paid", "currency": "eur", "amount_total": 7900,
}  # fmt: skip


def message(kind: str, what: dict[str, Any]) -> bytes:
    """An event as the provider's reference lays it out, in its spacing."""
    event = {"id": "evt_1", "object": "event", "type": kind, "data": {"object": what}}
    return json.dumps(event, indent=2).encode()


def signed(body: bytes, seconds: int = SECONDS, secret: str = SECRET) -> dict[str, str]:
    """The header that the documentation describes, by hand."""
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, sha256).hexdigest()
    return {"Stripe-Signature": f"t={seconds},v1={digest},v0={'0' * 64}"}


PAID = message("checkout.session.completed", SESSION)


def test_the_documented_scheme_by_an_outside_tool() -> None:
    """A signature that openssl made for a body and a time is accepted.

    printf '1795356306.{"a":1}' | openssl dgst -sha256 -hmac whsec_test_secret
    """
    cashier = StripeCashier(SECRET)
    digest = "63649f12ca37a34e37346344ec403a642014f937c84387eb345dbb6730082e67"
    header = {"Stripe-Signature": f"t=1795356306,v1={digest}"}
    with pytest.raises(BadInputError, match="documented form"):
        cashier.read(b'{"a":1}', header, datetime.fromtimestamp(1795356306, UTC))


def test_a_paid_session_names_its_quote() -> None:
    """A completed session that is paid says which quote, how much and under which reference."""
    said = StripeCashier(SECRET).read(PAID, signed(PAID), NOW)
    assert said == Received("pi_1", "quote-1", "EUR", 7900)


@pytest.mark.parametrize(
    ("kind", "what", "expected"),
    [
        ("checkout.session.completed", {**SESSION, "payment_status": "unpaid"}, None),
        ("checkout.session.completed", {**SESSION, "client_reference_id": None}, None),
        ("checkout.session.async_payment_succeeded", SESSION,
         Received("pi_1", "quote-1", "EUR", 7900)),
        ("charge.refunded", {"payment_intent": "pi_1", "refunded": True},
         Reversed("pi_1", "refunded")),
        ("charge.refunded", {"payment_intent": "pi_1", "refunded": False}, None),
        ("charge.dispute.created", {"payment_intent": "pi_1"}, Reversed("pi_1", "disputed")),
        ("customer.created", {"id": "cus_1"}, None),
    ],
)  # fmt: skip
def test_what_messages_say(
    kind: str, what: dict[str, Any], expected: Received | Reversed | None
) -> None:
    """Payments and reversals are told; what is not paid or not ours is of no concern."""
    body = message(kind, what)
    assert StripeCashier(SECRET).read(body, signed(body), NOW) == expected


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Stripe-Signature": ""},
        {"Stripe-Signature": "t=soon,v1=00"},
        {"Stripe-Signature": f"t={SECONDS},t={SECONDS},v1=00"},
        signed(PAID, secret="whsec_other"),  # noqa: S106 - a made-up one
        signed(PAID + b" "),
        signed(PAID, SECONDS - 301),
        signed(PAID, SECONDS + 301),
        {"Stripe-Signature": signed(PAID)["Stripe-Signature"].replace("v1=", "v0=")},
        {"Stripe-Signature": signed(PAID)["Stripe-Signature"].replace("t=", "t=1")},
        {"Stripe-Signature": f"t={SECONDS},v1=é"},
    ],
)
def test_what_is_not_the_providers_is_refused(headers: dict[str, str]) -> None:
    """A missing, foreign, stale or moved signature is refused before the body is read."""
    with pytest.raises(BadInputError):
        StripeCashier(SECRET).read(PAID, headers, NOW)


def test_a_changed_byte_is_refused() -> None:
    """No byte of a signed body can change."""
    for at in range(0, len(PAID), 7):
        changed = bytearray(PAID)
        changed[at] ^= 1
        with pytest.raises(BadInputError, match="not the provider's"):
            StripeCashier(SECRET).read(bytes(changed), signed(PAID), NOW)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b'{"type": "charge.refunded"}'])
def test_a_signed_message_without_sense_is_refused(body: bytes) -> None:
    """A body that is no event ends in one plain line."""
    with pytest.raises(BadInputError):
        StripeCashier(SECRET).read(body, signed(body), NOW)


def test_without_a_provider_there_are_no_messages() -> None:
    """An installation that sends invoices takes no message."""
    with pytest.raises(BadInputError, match="invoices"):
        InvoiceCashier().read(PAID, signed(PAID), NOW)
