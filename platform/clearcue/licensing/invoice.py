"""The invoice for a licence: what is owed or was paid, as one page.

It repeats the quoted price and tax; the number counts the licensor's invoices without a gap.
"""

from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta

from clearcue.licensing.certificate import Certificate
from clearcue.licensing.paper import Paper
from clearcue.licensing.prices import Price
from clearcue.licensing.scope import day_in_words
from clearcue.licensing.summary import summarise


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice: `number` counts from 1; `paid_on` None is not paid; `pay_to` may be empty."""

    certificate: Certificate
    number: int
    issued_on: date
    days: int
    pay_to: str
    paid_on: date | None = None

    @property
    def name(self) -> str:
        """Its number with the year, such as `2026-0007`."""
        return f"{self.issued_on.year}-{self.number:04d}"


def draw_invoice(invoice: Invoice, size: str = "A4") -> bytes:
    """The invoice as a PDF, on paper of one of `SIZES`."""
    certificate = invoice.certificate
    quoted = certificate.quoted
    with closing(Paper(size)) as page:
        page.describe(
            f"Invoice {invoice.name}", f"Invoice for the licence {certificate.number}",
            certificate.issued_at,
        )  # fmt: skip
        page.write_at(f"INVOICE {invoice.name}", 19, bold=True, tag="H1")
        page.ln(4)
        page.row("From", quoted.licensor)
        page.row("To", quoted.licensee, bold=True)
        page.row("Date", day_in_words(invoice.issued_on))
        page.rule()
        page.heading("For")
        page.row("Licence", certificate.number)
        page.row("Music", f"{quoted.subject.title}, track {quoted.subject.track_id}")
        for label, value in summarise(quoted).allowed:
            if label in ("Use", "Territory", "Term", "Exclusive"):
                page.row(label, value)
        page.rule()
        page.heading("Amount")
        for label, value in _amounts(invoice):
            page.row(label, value, bold=label == "Total")
        return bytes(page.output())


def _amounts(invoice: Invoice) -> list[tuple[str, str]]:
    quoted = invoice.certificate.quoted
    net = quoted.price
    tax = Price(quoted.tax_minor, net.currency, net.digits)
    total = Price(net.amount_minor + tax.amount_minor, net.currency, net.digits)
    rows = [
        ("Price", net.in_words()),
        ("Tax", f"{tax.in_words()} ({quoted.tax_words})"),
        ("Total", total.in_words()),
    ]
    if invoice.paid_on is not None:
        return [*rows, ("Paid", f"noted on {day_in_words(invoice.paid_on)}")]
    rows.append(("Due", day_in_words(invoice.issued_on + timedelta(days=invoice.days))))
    if invoice.pay_to:
        rows.append(("Pay to", invoice.pay_to))
    return rows
