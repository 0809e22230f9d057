"""Cashiers: none (an invoice is due), and one that is told of payments as Stripe tells it.

Source: Stripe, "Receive Stripe events in your webhook endpoint", section "Verify webhook signatures
manually", and the Checkout Session, Charge and Dispute objects of its API reference. A message's
header `Stripe-Signature` holds `t` (seconds since 1970) and one or more `v1`: HMAC-SHA256, under
the endpoint's secret, of `t`, a full stop and the body as it came. Schemes other than `v1` are
ignored. The quote is named by the session's `client_reference_id`.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from clearcue.errors import BadInputError
from clearcue.services.payment_store import DISPUTED, INVOICE, REFUNDED, Received, Reversed

TOLERANCE_SECONDS = 300
MAX_BODY = 256 * 1024
_REVERSALS = {"charge.refunded": REFUNDED, "charge.dispute.created": DISPUTED}
_PAID = ("checkout.session.completed", "checkout.session.async_payment_succeeded")


class InvoiceCashier:
    """Takes no payments: an invoice is due when a licence is issued."""

    method = INVOICE
    prepaid = False

    def read(
        self, body: bytes, headers: Mapping[str, str], now: datetime
    ) -> Received | Reversed | None:
        """There is no provider that could say anything."""
        raise BadInputError("this installation takes no payments by itself; it sends invoices")


class StripeCashier:
    """Told of payments by signed messages; `secret` is the endpoint's, `whsec_...`."""

    method = "stripe"
    prepaid = True

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode("utf-8")

    def read(
        self, body: bytes, headers: Mapping[str, str], now: datetime
    ) -> Received | Reversed | None:
        """What a signed message says.

        1. The body is no longer than a message is.
        2. The signature over the stated time and the body as it came is right.
        3. The stated time is near.
        4. Only then is the body read.
        """
        if len(body) > MAX_BODY:  # 1
            raise BadInputError("the message is larger than any that is awaited")
        stated = self._check_signature(body, headers.get("Stripe-Signature", ""))  # 2
        if abs(now.timestamp() - stated) > TOLERANCE_SECONDS:  # 3
            raise BadInputError("the message's time is too far from now; set the clock right")
        try:
            return _read_event(json.loads(body))  # 4
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadInputError("the message is no event of the documented form") from error

    def _check_signature(self, body: bytes, header: str) -> int:
        parts = [part.split("=", 1) for part in header.split(",") if "=" in part]
        times = [value for name, value in parts if name.strip() == "t"]
        if len(times) != 1 or not re.fullmatch(r"[0-9]{1,12}", times[0], re.ASCII):
            raise BadInputError("the message has no readable signature")
        wanted = hmac.new(self._secret, times[0].encode() + b"." + body, hashlib.sha256).hexdigest()
        given = [value for name, value in parts if name.strip() == "v1"]
        if not any(hmac.compare_digest(wanted.encode(), one.encode()) for one in given):
            raise BadInputError("the message's signature is not the provider's")
        return int(times[0])


def _read_event(event: Mapping[str, Any]) -> Received | Reversed | None:
    kind, what = event["type"], event["data"]["object"]
    if kind in _PAID:
        if what["payment_status"] != "paid" or not what.get("client_reference_id"):
            return None  # not paid yet, or for something else that the account sells
        return Received(
            reference=_text(what["payment_intent"]),
            quote_id=_text(what["client_reference_id"]),
            currency=_text(what["currency"]).upper(),
            amount_minor=int(what["amount_total"]),
        )
    if kind in _REVERSALS:
        if kind == "charge.refunded" and not what["refunded"]:
            return None  # a part of it; the licence stays paid
        return Reversed(_text(what["payment_intent"]), _REVERSALS[kind])
    return None


def _text(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 255:
        raise ValueError("a text is missing")
    return value
