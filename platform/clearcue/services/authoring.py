"""The authorship record of a track: who or what made each element, and the chain of acts.

What a machine made is said to be a machine's. Persons come in by name only where an act of theirs
is recorded: an input that they supplied, a choice of what stays of an earlier track or how far to
vary it. Whoever orders without giving a name is `client`. An element is a human's when all of it
was given; where a part was, the element is the machine's and its note says how much was whose. The
form is `clearcue_provenance.authorship`; docs/formats/authorship.md specifies it.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from clearcue.composer import ENGINE_VERSION
from clearcue.composer.compose import Composition
from clearcue.services.makers import Maker, makers_of, stated_in
from clearcue.services.recipes import Recipe
from clearcue.services.recording import Made, decimal_text, mix_digest
from clearcue.services.supplying import what_of
from clearcue.sound.manifest import bank_manifest
from clearcue_provenance import authorship, canonical
from clearcue_provenance.predicates import BUILDER_ID
from clearcue_provenance.shape import format_fraction, format_time

CLIENT = "client"
_OF_GIFT = {"motif": ["melody"], "chords": ["harmony"], "bass": ["harmony", "arrangement"]}
"""The elements that a gift has a part in."""
_ROLES = {"gave": "composer", "chose": "producer"}


def authorship_of(made: Made, predicate: Mapping[str, Any], record: str) -> dict[str, Any]:
    """The authorship predicate of a track.

    Args:
        made: the track.
        predicate: its generation predicate.
        record: the record digest.
    """
    persons = _persons(made.recipe)
    ids = {person["name"]: person["id"] for person in persons}
    begun = format_time(made.started_at)
    return authorship.predicate(
        record,
        elements_of(made.composition, ids),
        [*_of_persons(made.recipe, made.composition, ids, begun), *acts_of(made, predicate)],
        format_time(made.finished_at),
        persons,
        _declarations(made.recipe, ids, begun),
    )


def _persons(recipe: Recipe) -> list[dict[str, Any]]:
    """Everybody who gave something or chose, once each, with what they did."""
    did: dict[str, set[str]] = {}
    if recipe.supply.declaration is not None:
        did.setdefault(recipe.supply.declaration.by, set()).add(_ROLES["gave"])
    if recipe.rework is not None:
        did.setdefault(recipe.rework.by, set()).add(_ROLES["chose"])
    return [
        {"id": f"person-{number}", "name": name, "roles": sorted(roles)}
        for number, (name, roles) in enumerate(did.items(), start=1)
    ]


def elements_of(piece: Composition, ids: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Who made each element."""
    bank = bank_manifest()
    sound = f"{bank['bank']} {bank['version']}"
    played = {"origin": authorship.MACHINE, "machine": sound, "persons": []}
    composed = {name: _element(maker, ids) for name, maker in makers_of(piece).items()}
    return {**composed, "performance": played, "mix": dict(played)}


def _element(maker: Maker, ids: Mapping[str, str]) -> dict[str, Any]:
    if maker.human:
        return {"origin": authorship.HUMAN, "persons": [ids[name] for name in maker.persons]}
    element = {"origin": authorship.MACHINE, "machine": maker.machine, "persons": []}
    if maker.given:
        names = ", ".join(maker.persons)
        share = format_fraction(maker.given)
        element["note"] = f"{share} of its events are what {names} gave, by the lineage"
    return element


def _of_persons(
    recipe: Recipe, piece: Composition, ids: Mapping[str, str], at: str
) -> list[dict[str, Any]]:
    """What people did before anything was composed: gave, and chose what to go on from."""
    acts: list[dict[str, Any]] = []
    declared = recipe.supply.declaration
    for source in recipe.supply.given.sources() if declared is not None else ():
        what = what_of(source)
        detail: dict[str, Any] = {"file": source.file, "right": source.licence}
        if what == "motif":
            detail["stated_in"] = stated_in(piece)
        acts.append({
            "kind": "input", "at": at, "by": ids[source.author], "elements": _OF_GIFT[what],
            "after": {what: source.version.removeprefix("sha256:")}, "detail": detail,
        })  # fmt: skip
    if recipe.rework is not None:
        rework = recipe.rework
        chose = {"locked": list(rework.locks)} if rework.locks else {"vary_percent": rework.vary}
        acts.append({
            "kind": "choice", "at": at, "by": ids[rework.by],
            "before": {"record": rework.base.record, "score.mid": rework.base.score},
            "detail": chose,
        })  # fmt: skip
    return acts


def _declarations(recipe: Recipe, ids: Mapping[str, str], at: str) -> list[dict[str, Any]]:
    """The declaration of rights, for each thing that was given under it."""
    declared = recipe.supply.declaration
    if declared is None:
        return []
    said = "" if declared.statement is None else f": {declared.statement}"
    return [
        {
            "person": ids[declared.by],
            "text": f"supplied by right of {declared.right}{said}",
            "at": at,
            "about": source.version.removeprefix("sha256:"),
        }
        for source in recipe.supply.given.sources()
    ]


def acts_of(made: Made, predicate: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The acts from brief to rendering, without numbers and links."""
    asked = dict(predicate["buildDefinition"]["externalParameters"])
    attempt, seed = asked.pop("attempt"), asked.pop("seed")
    begun, done = format_time(made.started_at), format_time(made.finished_at)
    machine = f"{BUILDER_ID} {ENGINE_VERSION}"
    candidates = [
        {
            "attempt": one.number,
            "verdict": one.verdict,
            "similarity": decimal_text(one.similarity),
        }
        for one in made.attempts
    ]
    brief = sha256(canonical.encode(asked)).hexdigest()
    score = {"score.mid": sha256(made.midi).hexdigest()}
    return [
        {"kind": "brief", "at": begun, "by": CLIENT, "after": {"brief": brief}},
        {"kind": "seed", "at": begun, "by": machine, "detail": {"seed": seed}},
        {"kind": "candidates", "at": done, "by": machine, "detail": {"attempts": candidates}},
        {
            "kind": "choice",
            "at": done,
            "by": machine,
            "after": score,
            "detail": {
                "attempt": attempt,
                "rule": "the first attempt that the originality check finds clear",
            },
        },
        {
            "kind": "render",
            "at": done,
            "by": f"{bank_manifest()['bank']} {bank_manifest()['version']}",
            "before": score,
            "after": {"track.pcm": mix_digest(made)},
        },
    ]
