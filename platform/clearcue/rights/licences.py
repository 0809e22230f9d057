"""The licences whose terms are known to allow commercial use and adaptation, with what they ask.

They are data (`data/rights/licences.json`). A licence that is not among them refuses: reserved
rights, terms against commercial use or adaptation, and names that nobody has looked at alike.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType

from clearcue.rights.fields import Fields
from clearcue.rights.values import Verdict

LICENCES_FORMAT = "clearcue-rights-licences/1"


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence: its name, what it asks for, and the verdicts that a work under it can have."""

    name: str
    title: str
    obliges: frozenset[str]
    verdicts: frozenset[Verdict]


@cache
def known_licences() -> MappingProxyType[str, Licence]:
    """The known licences by name."""
    path = resources.files("clearcue") / "data" / "rights" / "licences.json"
    fields = Fields("rights licences licences.json", json.loads(path.read_bytes()))
    fields.only("format", "licences")
    fields.choice("format", (LICENCES_FORMAT,))
    return MappingProxyType({one.name: one for one in map(_licence, fields.children("licences"))})


def _licence(fields: Fields) -> Licence:
    fields.only("name", "title", "obliges", "verdicts")
    return Licence(
        fields.text("name"),
        fields.text("title"),
        frozenset(fields.texts("obliges")),
        frozenset(Verdict(one) for one in fields.texts("verdicts")),
    )
