"""An advice with this installation's price, as the command line, the API and the studio show it."""

from typing import Any

from clearcue.licensing.advising import Advice
from clearcue.licensing.scope import read_term
from clearcue.services.platform import Platform


def price_of(platform: Platform, found: Advice) -> str:
    """What the advised scope costs by this installation's table, in words."""
    price = platform.prices.price(
        found.template.id,
        found.territory,
        read_term(found.term),
        platform.clock.now().date(),
        found.exclusivity,
    )
    return f"{price.in_words()}, {platform.prices.tax_words}"


def advice_json(found: Advice, price: str) -> dict[str, Any]:
    """An advice as plain values."""
    return {
        "template": {"id": found.template.id, "title": found.template.title},
        "reason": found.reason,
        "media": list(found.template.media),
        "territory": list(found.territory),
        "term": found.term,
        "exclusivity": found.exclusivity,
        "assumed": list(found.assumed),
        "not_covered": list(found.not_covered),
        "price": price,
    }
