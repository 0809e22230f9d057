"""Which licence is needed: from what somebody will do, in plain words, to one template and a scope.

Rules in `data/licences/advice.toml` look for words; the first that fits decides, and the answer
says which words it was. What the words do not say is the template's own, and said to be so. English
only. The terms decide, not this answer.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from clearcue.errors import BadInputError
from clearcue.licensing.scope import WORLD
from clearcue.licensing.tables import read_data, territory_names
from clearcue.licensing.templates import Template, find_template

MAX_WORDS_CHARACTERS = 1000
_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "twelve": 12, "eighteen": 18,
}  # fmt: skip
_UNITS = {"day": "D", "week": "W", "month": "M", "year": "Y"}
_TERM = re.compile(rf" (\d{{1,3}}|{'|'.join(_NUMBERS)}) (day|week|month|year) ")


@dataclass(frozen=True, slots=True)
class Advice:
    """One template, the scope that the words say, why, and what it does not cover.

    `heard` are the words that decided; `assumed` says what the words left open and what is taken.
    """

    template: Template
    because: str
    heard: tuple[str, ...]
    territory: tuple[str, ...]
    term: str
    exclusivity: str
    assumed: tuple[str, ...]

    @property
    def reason(self) -> str:
        """Why this template, in one sentence."""
        said = ", ".join(f"\N{LEFT DOUBLE QUOTATION MARK}{word}\N{RIGHT DOUBLE QUOTATION MARK}"
                         for word in self.heard)  # fmt: skip
        return f"You said {said}: that is {self.because}."

    @property
    def not_covered(self) -> tuple[str, ...]:
        """What it does not cover: the template's own limit, and what every template leaves out."""
        return (
            self.template.limits,
            "Publishing the music by itself, passing it on as music, registering it with a "
            "matching service, and training models with it.",
        )


@cache
def _rules() -> Mapping[str, Any]:
    return tomllib.loads(read_data("advice.toml").decode("utf-8"))


def advise(text: str) -> Advice:
    """The template and the scope for what somebody will do with the music.

    Raises:
        BadInputError: when the words are too many, or none of them says what is made.
    """
    if len(text) > MAX_WORDS_CHARACTERS:
        raise BadInputError(f"say it in up to {MAX_WORDS_CHARACTERS} characters")
    words = _plain(text)
    for rule in _rules()["rule"]:
        heard = _heard(words, rule)
        if heard:
            return _advice(rule, heard, words, text)
    raise BadInputError(
        "these words do not say what is made with the music; say where it will be seen or heard, "
        "such as 'an Instagram ad in Germany for six months' or 'my podcast'"
    )


def _plain(text: str) -> str:
    """Lower-case words, without a plural's s, with one space around each."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    found = re.findall(r"[a-z0-9]+", "".join(c for c in letters if not unicodedata.combining(c)))
    return f" {' '.join(map(_single, found))} "


def _single(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _in(words: str, phrases: Sequence[str]) -> str | None:
    """The first of the phrases that stands in the words, or None."""
    for phrase in phrases:
        if _plain(phrase) in words or (phrase == "ad" and " ads " in words):
            return phrase
    return None


def _heard(words: str, rule: Mapping[str, Any]) -> tuple[str, ...]:
    if _in(words, rule.get("unless", ())) is not None:
        return ()
    found = [_in(words, group) for group in rule["needs"]]
    return tuple(one for one in found if one is not None) if all(found) else ()


def _advice(rule: Mapping[str, Any], heard: tuple[str, ...], words: str, text: str) -> Advice:
    template = find_template(rule["template"])
    territory, term = _territory(words, text), _term(words)
    assumed = []
    if not territory:
        assumed.append("You did not say where: the whole world is taken.")
    if term is None:
        assumed.append(f"You did not say how long: {template.term} is taken.")
    kind = _exclusivity(words)
    if kind == "sector":
        assumed.append("An exclusivity against competitors needs the name of your sector.")
    return Advice(
        template,
        rule["because"],
        heard,
        territory or (WORLD,),
        term or template.term,
        kind,
        tuple(assumed),
    )


def _territory(words: str, text: str) -> tuple[str, ...]:
    if _in(words, _rules()["words"]["worldwide"]) is not None:
        return (WORLD,)
    return tuple(sorted(set(_countries(words, text))))


def _countries(words: str, text: str) -> Iterator[str]:
    for name, codes in _rules()["regions"].items():
        if _plain(name) in words:
            yield from codes
    for code, name in territory_names().items():
        if _plain(name) in words or re.search(rf"(?<![A-Za-z]){code}(?![A-Za-z])", _codes(text)):
            yield code


def _codes(text: str) -> str:
    """The part of a text where codes may stand: after a colon or in a list of codes."""
    return " ".join(re.findall(r"\b[A-Z]{2}(?=\b\s*(?:,|and\b|\.|$))", text))


def _term(words: str) -> str | None:
    if _in(words, _rules()["words"]["perpetual"]) is not None:
        return "PERPETUAL"
    if " half a year " in words:
        return "P6M"
    found = _TERM.search(words)
    if found is None:
        return None
    number = _NUMBERS.get(found[1]) or int(found[1])
    return f"P{number}{_UNITS[found[2]]}" if number else None


def _exclusivity(words: str) -> str:
    terms = _rules()["words"]
    if _in(words, terms["sector"]) is not None:
        return "sector"
    return "none" if _in(words, terms["exclusive"]) is None else "full"
