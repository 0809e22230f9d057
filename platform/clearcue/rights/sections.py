"""The sections of a rights manifest: composition, encoding, evidence, decision and use.

A group states every field of every section; a file states those that differ from its group's, and a
tune those that differ from its file's. `Sections` holds what is in force after that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from clearcue.rights.fields import Fields, ManifestError
from clearcue.rights.public_domain import RULES, STATED, reckon
from clearcue.rights.values import (
    Composition,
    Confidence,
    Creator,
    Decision,
    Encoding,
    Evidence,
    Obligation,
    Permission,
    PublicDomain,
    Standing,
    Territory,
    Use,
    Verdict,
)

OBLIGATIONS = ("attribution", "share-alike")
SECTIONS = ("composition", "encoding", "evidence", "decision", "use")
PERSON = ("name", "born", "died", "evidence")


@dataclass(frozen=True, slots=True)
class Sections:
    """What is known and decided, complete."""

    composition: Composition
    encoding: Encoding
    evidence: tuple[Evidence, ...]
    decision: Decision
    use: Use


Read = Callable[[Fields, str], Any]


class SectionReader:
    """Reads sections, with the evidence and the people that the manifest holds."""

    def __init__(self, fields: Fields) -> None:
        self._evidence = _evidence(fields.child("evidence"))
        self._people = {
            key: self._person(fields.child("people").child(key).called(f"people: {key}"))
            for key in fields.child("people").names()
        }
        self._composition: Mapping[str, Read] = {
            "title": Fields.optional_text,
            "creators": self._creators,
            "first_published": Fields.year,
            "anonymous": Fields.optional_flag,
            "licence": Fields.licence,
            "public_domain": self._public_domain,
            "evidence": self.referenced,
        }

    def complete(self, fields: Fields) -> Sections:
        """A group's sections, every field of which must be there.

        Raises:
            ManifestError: when one is missing, unknown, or not as the format says.
        """
        composition = fields.child("composition")
        _check_names(composition, self._composition)
        encoding = fields.child("encoding")
        decision = fields.child("decision")
        for section, known in ((encoding, _ENCODING), (decision, _DECISION)):
            _check_names(section, known)
        return _checked(
            fields,
            Sections(
                Composition(**_read(composition, self._composition)),
                Encoding(**_read(encoding, _ENCODING)),
                self.referenced(fields, "evidence"),
                Decision(**_read(decision, _DECISION)),
                Use(fields.choice("use", tuple(Use))),
            ),
        )

    def changed(self, base: Sections, fields: Fields) -> Sections:
        """Sections with what a file or a tune states of its own.

        Raises:
            ManifestError: as `complete`.
        """
        sections = base
        if fields.has("composition"):
            changes = _changes(fields.child("composition"), self._composition)
            sections = replace(sections, composition=replace(sections.composition, **changes))
            if changes.keys() == {"title"} and not fields.has("decision"):
                return self._changed_rest(sections, fields)
        if fields.has("decision"):
            changes = _changes(fields.child("decision"), _DECISION)
            sections = replace(sections, decision=replace(sections.decision, **changes))
        sections = self._changed_rest(sections, fields)
        return sections if sections is base else _checked(fields, sections)

    def _changed_rest(self, sections: Sections, fields: Fields) -> Sections:
        if fields.has("encoding"):
            changes = _changes(fields.child("encoding"), _ENCODING)
            sections = replace(sections, encoding=replace(sections.encoding, **changes))
        if fields.has("evidence"):
            sections = replace(sections, evidence=self.referenced(fields, "evidence"))
        if fields.has("use"):
            sections = replace(sections, use=Use(fields.choice("use", tuple(Use))))
        return sections

    def referenced(self, fields: Fields, name: str) -> tuple[Evidence, ...]:
        """The pieces of evidence that a field names."""
        names = fields.texts(name)
        for one in names:
            if one not in self._evidence:
                raise fields.error(name, f"names {one!r}, which the manifest does not hold")
        return tuple(self._evidence[one] for one in names)

    def _person(self, fields: Fields) -> Creator:
        fields.only(*PERSON)
        read = self.referenced(fields, "evidence")
        born, died = fields.year("born"), fields.year("died")
        if not read and (born, died) != (None, None):
            raise fields.error("evidence", "must say where the years were read")
        if born is not None and died is not None and died < born:
            raise fields.error("died", "is before born")
        return Creator(fields.text("name"), "", born, died, read)

    def _creators(self, fields: Fields, name: str) -> tuple[Creator, ...] | None:
        if fields.is_null(name):
            return None
        return tuple(self._creator(entry) for entry in fields.children(name))

    def _creator(self, fields: Fields) -> Creator:
        fields.only("name", "role", "person")
        key = fields.optional_text("person")
        if key is not None and key not in self._people:
            raise fields.error("person", f"is {key!r}, whom the manifest does not name")
        person = self._people[key] if key is not None else Creator("", "", None, None)
        return replace(person, name=fields.text("name"), role=fields.text("role"))

    def _public_domain(self, fields: Fields, name: str) -> Mapping[Territory, PublicDomain]:
        places = fields.child(name)
        places.only(*Territory)
        return {territory: self._standing(places, territory) for territory in Territory}

    def _standing(self, places: Fields, territory: Territory) -> PublicDomain:
        if places.is_null(territory):
            return PublicDomain()
        fields = places.child(territory)
        fields.only("standing", "rule", "evidence")
        rule = fields.choice("rule", RULES)
        read = self.referenced(fields, "evidence")
        if rule == STATED and not read:
            raise fields.error("evidence", "must say where it is stated")
        return PublicDomain(Standing(fields.choice("standing", tuple(Standing))), rule, read)


def _evidence(fields: Fields) -> Mapping[str, Evidence]:
    found = {}
    for evidence_id in fields.names():
        entry = fields.child(evidence_id)
        entry.only("quote", "where", "read_on")
        found[evidence_id] = Evidence(
            evidence_id, entry.text("quote"), entry.text("where"), entry.date("read_on")
        )
    return found


def _check_names(fields: Fields, known: Mapping[str, Read]) -> None:
    fields.only(*known)


def _read(fields: Fields, known: Mapping[str, Read]) -> dict[str, Any]:
    return {name: read(fields, name) for name, read in known.items()}


def _changes(fields: Fields, known: Mapping[str, Read]) -> dict[str, Any]:
    fields.only(*known)
    return {name: known[name](fields, name) for name in fields.names()}


def _permissions(fields: Fields, name: str) -> Mapping[Permission, bool | None]:
    permissions = fields.child(name)
    permissions.only(*Permission)
    return {one: permissions.optional_flag(one) for one in Permission}


def _obligations(fields: Fields, name: str) -> tuple[Obligation, ...]:
    return tuple(_obligation(entry) for entry in fields.children(name))


def _obligation(fields: Fields) -> Obligation:
    fields.only("kind", "text")
    return Obligation(fields.choice("kind", OBLIGATIONS), fields.text("text"))


_ENCODING: Mapping[str, Read] = {
    "encoder": Fields.optional_text,
    "licence": Fields.licence,
    "scope": Fields.optional_text,
    "granted_by": Fields.optional_text,
}
_DECISION: Mapping[str, Read] = {
    "permissions": _permissions,
    "obligations": _obligations,
    "verdict": lambda fields, name: Verdict(fields.choice(name, tuple(Verdict))),
    "confidence": lambda fields, name: Confidence(fields.choice(name, tuple(Confidence))),
    "reviewer": Fields.optional_text,
    "policy_version": Fields.text,
    "decided_on": Fields.date,
}


def _checked(fields: Fields, sections: Sections) -> Sections:
    """Check that what is written of the public domain is what the years give on that date."""
    composition = sections.composition
    year = int(sections.decision.decided_on[:4])
    for territory in Territory:
        written = composition.public_domain[territory]
        standing, rule = reckon(composition, territory, year)
        if rule is None and written.rule in (None, STATED):
            continue
        if (written.standing, written.rule) != (standing, rule):
            given = f"{standing} by the rule {rule}" if rule else "unknown"
            raise _contradiction(fields, territory, given)
    return sections


def _contradiction(fields: Fields, territory: Territory, given: str) -> ManifestError:
    return fields.error(
        "composition", f"has a public_domain for {territory} that its years do not give: {given}"
    )
