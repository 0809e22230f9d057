"""The studio's forms, read into what the use cases take, with an error in plain words."""

import re
from collections.abc import Mapping
from fractions import Fraction

from clearcue.composer.brief import Brief, parse_seconds
from clearcue.composer.wishes import Hit, parse_hit, parse_key, parse_mood, parse_style, parse_tempo
from clearcue.errors import BadInputError
from clearcue.licensing.tables import territory_names
from clearcue.services.licences import LicenceRequest
from clearcue.services.ordering import Order
from clearcue.services.recipes import Base, Rework
from clearcue.services.supplying import Declaration

LARGEST_SEED = 2**53 - 1


def read_order(form: Mapping[str, str]) -> Order:
    """A brief, without what is supplied with it. Raises BadInputError."""
    style = form.get("style", "")
    tempo, key = form.get("tempo_bpm", "").strip(), form.get("key", "").strip()
    brief = Brief(
        parse_mood(form.get("mood", "")),
        form.get("usage", ""),
        _seconds(form),
        parse_style(style) if style else None,
        adventure=_percent(form.get("adventure_percent", "")),
        hits=_hits(form.get("hits", "")),
        tempo_bpm=parse_tempo(tempo.replace(",", ".")) if tempo else None,
        key=parse_key(key) if key else None,
    )
    return Order(brief, _seed(form.get("seed", "").strip()), None)


def read_declaration(form: Mapping[str, str]) -> Declaration | None:
    """Who supplies what comes with the form, and by what right; None where nobody says."""
    by, text = form.get("given_by", "").strip(), form.get("given_text", "").strip()
    if not by and not text:
        return None
    return Declaration(by, form.get("given_right", ""), text or None)


def read_rework(form: Mapping[str, str], locks: list[str], base: Base, by: str) -> Order:
    """A track that works on an earlier one: what stays of it, or how far it is varied."""
    text = form.get("vary_percent", "").strip()
    if text and not re.fullmatch(r"[0-9]{1,3}", text, re.ASCII):
        raise BadInputError("a variation is a whole number of percent from 0 to 100")
    rework = Rework(base, by, tuple(locks), int(text) if text else None)
    return Order(base.recipe.brief, None, None, supply=base.recipe.supply, rework=rework)


def _seconds(form: Mapping[str, str]) -> Fraction:
    return parse_seconds(form.get("seconds", "").strip().replace(",", "."))


def _percent(text: str) -> int:
    plain = text.strip() or "0"
    if not re.fullmatch(r"[0-9]{1,3}", plain, re.ASCII):
        raise BadInputError("adventure is a whole number of percent from 0 to 100")
    return int(plain)


def _hits(text: str) -> tuple[Hit, ...]:
    """Hits separated by spaces or commas between them, such as `12.5=drop 20=stop`."""
    return tuple(sorted(parse_hit(word) for word in re.split(r"[\s;,]+", text.strip()) if word))


def _seed(text: str) -> int | None:
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,16}", text, re.ASCII) or int(text) > LARGEST_SEED:
        raise BadInputError(f"a seed is a whole number from 0 to {LARGEST_SEED}; or leave it empty")
    return int(text)


def read_licence_request(form: Mapping[str, str]) -> LicenceRequest:
    """What is to be licensed. Raises BadInputError."""
    everywhere, countries = form.get("where") != "countries", form.get("countries", "")
    if everywhere and countries.strip():
        raise BadInputError("you named countries and chose worldwide; choose one of them")
    return LicenceRequest(
        template_id=form.get("template") or None,
        territory="WORLD" if everywhere else ",".join(_countries(countries)),
        term=form.get("term") or None,
        licensee=form.get("licensee", "").strip() or None,
    )


def _countries(text: str) -> list[str]:
    """Codes or English names of countries, separated by commas."""
    by_name = {name.casefold(): code for code, name in territory_names().items()}
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words:
        raise BadInputError("name at least one country, such as Germany, Austria")
    return [by_name.get(word.casefold(), word) for word in words]
