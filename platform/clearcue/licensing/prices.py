"""Prices, from a table that the owner of an installation edits.

Amounts are integers in the currency's minor unit (cents). Price = base of the template x percent of
the territory x percent of the term x percent of the exclusivity, rounded up to a whole step. Tax is
a share of the price in basis points (hundredths of a percent), rounded half up, on top of it. The
same table holds what the owner promises and limits (`indemnity`, `cap`) and the governing law.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from clearcue.licensing.errors import TermsError
from clearcue.licensing.scope import PERPETUAL, WORLD, Term, read_line, read_term
from clearcue.licensing.tables import read_data

MAX_SENTENCE = 600


@dataclass(frozen=True, slots=True)
class Price:
    """An amount in minor units of an ISO 4217 currency, which has `digits` minor digits."""

    amount_minor: int
    currency: str
    digits: int = 2

    def in_words(self) -> str:
        """Such as `EUR 79.00`."""
        if self.digits == 0:
            return f"{self.currency} {self.amount_minor}"
        whole, rest = divmod(self.amount_minor, 10**self.digits)
        return f"{self.currency} {whole}.{rest:0{self.digits}d}"


@dataclass(frozen=True, slots=True)
class PriceList:
    """A price list. Each step is (largest that it covers, percent), in rising order."""

    label: str
    version: str
    currency: str
    digits: int
    round_up_to_minor: int
    quote_valid_days: int
    base_minor: Mapping[str, int]
    country_steps: tuple[tuple[int, int], ...]
    world_percent: int
    term_steps: tuple[tuple[Term, int], ...]
    exclusivity_percent: Mapping[str, int]
    hold_days: int
    tax_basis_points: int
    tax_words: str
    indemnity: str
    cap: str
    law: str | None
    invoice_days: int
    pay_to: str

    def price(
        self,
        template_id: str,
        territory: tuple[str, ...],
        term: Term,
        start: date,
        exclusivity: str = "none",
    ) -> Price:
        """The price of a scope, without tax.

        Raises:
            TermsError: when the list has no base for the template or no step for the scope.
        """
        if template_id not in self.base_minor:
            raise TermsError(f"the price list has no price for the template {template_id}; add one")
        product = (
            self.base_minor[template_id] * self._territory_percent(territory)
            * self._term_percent(term, start) * self.exclusivity_percent[exclusivity]
        )  # fmt: skip
        step = self.round_up_to_minor * 1_000_000
        return Price(-(-product // step) * self.round_up_to_minor, self.currency, self.digits)

    def tax_of(self, price: Price) -> int:
        """The tax on a price, in minor units."""
        return (price.amount_minor * self.tax_basis_points + 5_000) // 10_000

    def _territory_percent(self, territory: tuple[str, ...]) -> int:
        if territory == (WORLD,):
            return self.world_percent
        for up_to, percent in self.country_steps:
            if len(territory) <= up_to:
                return percent
        raise TermsError(f"the price list has no line for {len(territory)} countries; add one")

    def _term_percent(self, term: Term, start: date) -> int:
        last = term.last_day(start)
        for step, percent in self.term_steps:
            step_last = step.last_day(start)
            if step_last is None or (last is not None and last <= step_last):
                return percent
        raise TermsError(f"the price list has no line for the term {term.text}; add {PERPETUAL}")


def example_price_list() -> bytes:
    """The example that comes with the program, as an owner copies it."""
    return read_data("prices.toml")


def read_price_list(data: bytes | None = None) -> PriceList:
    """Read a price list, by default the example that comes with the program.

    Raises:
        TermsError: when it is no price list, or a price or percent in it is negative.
    """
    try:
        table = tomllib.loads((data or example_price_list()).decode("utf-8"))
        prices = PriceList(
            label=str(table["label"]),
            version=str(table["version"]),
            currency=str(table["currency"]),
            digits=int(table["minor_units"]),
            round_up_to_minor=int(table["round_up_to_minor"]),
            quote_valid_days=int(table["quote_valid_days"]),
            base_minor={str(key): int(value) for key, value in table["base_minor"].items()},
            country_steps=tuple((int(s["up_to"]), int(s["percent"])) for s in table["territory"]),
            world_percent=int(table["world"]["percent"]),
            term_steps=tuple((read_term(s["up_to"]), int(s["percent"])) for s in table["term"]),
            exclusivity_percent={
                "none": 100,
                **{kind: int(table["exclusivity"][kind]) for kind in ("sector", "full")},
            },
            hold_days=int(table["hold_days"]),
            tax_basis_points=int(table["tax"]["basis_points"]),
            tax_words=read_line(table["tax"]["words"], "tax's description", MAX_SENTENCE),
            indemnity=read_line(table["liability"]["indemnity"], "indemnity", MAX_SENTENCE),
            cap=read_line(table["liability"]["cap"], "cap", MAX_SENTENCE),
            law=_optional(table["law"], "governing law"),
            invoice_days=int(table["invoice"]["days"]),
            pay_to=_optional(table["invoice"]["pay_to"], "address to pay to") or "",
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TermsError(f"the price list cannot be read ({error}); compare the example") from error
    percents = [p for _, p in prices.country_steps + prices.term_steps] + [prices.world_percent]
    percents += [*prices.exclusivity_percent.values(), prices.tax_basis_points, prices.hold_days]
    percents.append(prices.invoice_days)
    if min(*prices.base_minor.values(), *percents) < 0 or prices.round_up_to_minor < 1:
        raise TermsError("the price list has a negative price or percent, or no rounding step")
    return prices


def _optional(text: object, what: str) -> str | None:
    """A sentence, or None when the owner writes none."""
    return read_line(str(text), what, MAX_SENTENCE) if text else None
