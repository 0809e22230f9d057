"""The authorship record: who or what made each element of a track, by what acts.

Specified in docs/formats/authorship.md. The predicate is closed: a field that the page does not
define is refused, so that no claim can be added under this type. Nothing in it says that copyright
exists, or whose it is; `NOTICE` says so in every record, and a writer cannot leave it out.

The acts are a chain: each names the sha256 of the canonical bytes of the one before it, so that
none can be left out, added or moved without changing all that follow.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from clearcue_provenance import canonical, shape
from clearcue_provenance.errors import KeyMaterialError, StatementError
from clearcue_provenance.keys import MAX_SPKI_BYTES, load_public_key

ELEMENTS = ("melody", "harmony", "rhythm", "arrangement", "performance", "mix")
HUMAN, MACHINE, EDITED = "human", "machine", "machine-edited"
ORIGINS = (HUMAN, MACHINE, EDITED)
"""By a human; by a machine; by a machine, then edited by a human."""
ROLES = (
    "client",
    "composer",
    "lyricist",
    "arranger",
    "performer",
    "editor",
    "mixer",
    "producer",
    "curator",
)
"""What a named person did, in the words of credits. None of them is a claim to a right."""
ACTS = ("brief", "input", "seed", "candidates", "choice", "edit", "render")
NONE, PARTIAL, FULL = "none", "partial", "full"
FLAGS = {
    "composition": ("melody", "harmony", "rhythm"),
    "instrumentation": ("arrangement", "performance"),
    "post_production": ("mix",),
}
"""The AI flags that follow from elements, in the style of DDEX's AI disclosures."""
VOCALS = "vocals"
"""The one flag that follows from nothing: Clearcue makes no vocals, so it is "none"."""
DECLARATION_TYPE = "urn:clearcue:declaration:v1"
NOTICE = (
    "States who or what made each element, as it was recorded or declared. It does not say that "
    "copyright exists in the track, or whose it is."
)
MAX_PERSONS = 64
MAX_ACTS = 1024
FIRST_PREVIOUS = "0" * 64

_NAME = shape.text(200)
_TEXT = shape.text(2000)
_elements = shape.array(shape.one_of(*ELEMENTS), maximum=len(ELEMENTS))
_element = shape.closed(
    {"origin": shape.one_of(*ORIGINS), "persons": shape.array(_NAME, maximum=MAX_PERSONS)},
    {"machine": _NAME, "note": _TEXT},
)
_person = shape.closed(
    {
        "id": _NAME,
        "name": _NAME,
        "roles": shape.array(shape.one_of(*ROLES), minimum=1, maximum=len(ROLES)),
    }
)
_declaration = shape.closed(
    {"person": _NAME, "text": _TEXT, "at": shape.timestamp, "about": shape.sha256_hex},
    {
        "algorithm": shape.text(64),
        "public_key": shape.base64_bytes(1, MAX_SPKI_BYTES),
        "signature": shape.base64_bytes(1, 128),
    },
)
_digests = shape.mapping_of(shape.sha256_hex)
_act = shape.closed(
    {
        "number": shape.integer(1, MAX_ACTS),
        "kind": shape.one_of(*ACTS),
        "at": shape.timestamp,
        "by": _NAME,
        "previous": shape.sha256_hex,
    },
    {
        "elements": _elements,
        "before": _digests,
        "after": _digests,
        "detail": shape.mapping,
    },
)
_flag = shape.one_of(NONE, PARTIAL, FULL)

SHAPE = shape.closed(
    {
        "record": shape.closed({"sha256": shape.sha256_hex}),
        "elements": shape.closed(dict.fromkeys(ELEMENTS, _element)),
        "persons": shape.array(_person, maximum=MAX_PERSONS),
        "declarations": shape.array(_declaration, maximum=MAX_PERSONS),
        "acts": shape.array(_act, minimum=1, maximum=MAX_ACTS),
        "ai": shape.closed(dict.fromkeys((*FLAGS, VOCALS), _flag)),
        "notice": shape.constant(NOTICE),
        "stated_at": shape.timestamp,
    }
)


def predicate(
    record: str,
    elements: Mapping[str, Mapping[str, Any]],
    acts: Sequence[Mapping[str, Any]],
    stated_at: str,
    persons: Sequence[Mapping[str, Any]] = (),
    declarations: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """An authorship predicate, with the chain linked and the flags drawn from the elements.

    Args:
        record: the record digest.
        elements: for each of `ELEMENTS` its `origin`, `persons`, and for a machine `machine`.
        acts: in order, without `number` and `previous`, which are added here.
        stated_at: the time at which the statement is made.
        persons: `id`, `name` and `roles` of everybody who is named.
        declarations: as `declaration_bytes` has them signed.
    """
    return {
        "record": {"sha256": record},
        "elements": {name: dict(elements[name]) for name in ELEMENTS},
        "persons": [dict(person) for person in persons],
        "declarations": [dict(entry) for entry in declarations],
        "acts": chain(acts),
        "ai": flags(elements),
        "notice": NOTICE,
        "stated_at": stated_at,
    }


def chain(acts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The acts numbered from 1, each with the digest of the one before it."""
    linked: list[dict[str, Any]] = []
    previous = FIRST_PREVIOUS
    for number, act in enumerate(acts, start=1):
        linked.append({**act, "number": number, "previous": previous})
        previous = hashlib.sha256(canonical.encode(linked[-1])).hexdigest()
    return linked


def flags(elements: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """How much of each group of elements a machine made."""
    found = {VOCALS: NONE}
    for flag, names in FLAGS.items():
        origins = {elements[name]["origin"] for name in names}
        whole = {frozenset({HUMAN}): NONE, frozenset({MACHINE}): FULL}
        found[flag] = whole.get(frozenset(origins), PARTIAL)
    return found


def declaration_bytes(person: str, text: str, at: str, about: str) -> bytes:
    """What a person signs with a key of their own to declare something.

    `about` is the sha256 of what the declaration is about: an input's bytes, or the brief's act.
    """
    value = {"type": DECLARATION_TYPE, "person": person, "text": text, "at": at, "about": about}
    return canonical.encode(value)


def check_agreement(predicate: Mapping[str, Any]) -> None:
    """Return when an authorship predicate of the right shape agrees with itself.

    Raises:
        StatementError: when the chain is broken, a flag or an origin does not follow from the acts,
            somebody is not named, or a declaration's signature does not verify.
    """
    persons = [person["id"] for person in predicate["persons"]]
    if len(set(persons)) != len(persons):
        raise StatementError("the authorship names one person twice")
    if chain([_bare(act) for act in predicate["acts"]]) != predicate["acts"]:
        raise StatementError("the chain of acts is broken")
    for act in predicate["acts"]:
        if act["kind"] == "edit" and not (act.get("before") and act.get("after")):
            raise StatementError(f"act {act['number']} edits without saying what before and after")
    for name, element in predicate["elements"].items():
        _check_element(name, element, predicate["acts"], frozenset(persons))
    if flags(predicate["elements"]) != predicate["ai"]:
        raise StatementError("the AI flags do not follow from who made the elements")
    for entry in predicate["declarations"]:
        _check_declaration(entry, frozenset(persons))


def _bare(act: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in act.items() if name not in ("number", "previous")}


_SHOWN_BY = {HUMAN: ("input", "edit"), EDITED: ("edit", "choice")}
"""The kinds of act that can show a person's part in an element of this origin."""


def _check_element(
    name: str,
    element: Mapping[str, Any],
    acts: Sequence[Mapping[str, Any]],
    persons: frozenset[str],
) -> None:
    origin, by = element["origin"], element["persons"]
    if ("machine" in element) != (origin != HUMAN):
        raise StatementError(f"the {name} must name a machine just where one made it")
    if bool(by) != (origin != MACHINE):
        raise StatementError(f"the {name} must name persons just where they made or edited it")
    for person in by:
        if person not in persons:
            raise StatementError(f"the {name} names a person who is not listed: {person!a}")
        shown = any(
            act["by"] == person
            and act["kind"] in _SHOWN_BY[origin]
            and name in act.get("elements", ())
            for act in acts
        )
        if not shown:
            raise StatementError(f"no act shows the part of {person!a} in the {name}")


def _check_declaration(entry: Mapping[str, Any], persons: frozenset[str]) -> None:
    if entry["person"] not in persons:
        raise StatementError("a declaration is by a person who is not listed")
    signed = [name in entry for name in ("algorithm", "public_key", "signature")]
    if not any(signed):
        return
    if not all(signed):
        raise StatementError("a declaration is signed in part: key, algorithm or signature lacks")
    try:
        key = load_public_key(canonical.decode_base64(entry["public_key"]), entry["algorithm"])
    except KeyMaterialError as error:
        raise StatementError(f"a declaration's key cannot be used: {error}") from error
    message = declaration_bytes(entry["person"], entry["text"], entry["at"], entry["about"])
    if not key.verifies(canonical.decode_base64(entry["signature"]), message):
        raise StatementError("a declaration's signature does not match what it declares")


_ORIGIN_WORDS = {
    HUMAN: "by a human",
    MACHINE: "by a machine",
    EDITED: "by a machine, then edited by a human",
}


def in_words(predicate: Mapping[str, Any]) -> tuple[str, ...]:
    """A checked authorship predicate: a plain line for each element, the flags, the notice."""
    names = {person["id"]: person["name"] for person in predicate["persons"]}
    lines = []
    for element in ELEMENTS:
        said = predicate["elements"][element]
        who = [names[person] for person in said["persons"]]
        if "machine" in said:
            who.insert(0, said["machine"])
        lines.append(f"{element}: {_ORIGIN_WORDS[said['origin']]} ({', '.join(who)})")
    shown = ", ".join(
        f"{name.replace('_', ' ')} {predicate['ai'][name]}" for name in (*FLAGS, VOCALS)
    )
    lines.append(f"made by AI: {shown}")
    signed = sum("signature" in entry for entry in predicate["declarations"])
    lines.append(
        f"{len(predicate['acts'])} acts; {len(predicate['declarations'])} declarations, "
        f"{signed} of them signed by the person's own key"
    )
    return (*lines, NOTICE)
