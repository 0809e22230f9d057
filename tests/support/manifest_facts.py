"""What the scripts that make rights manifests share: people, standings, and the file's form."""

import json
from collections.abc import Mapping
from typing import Any

from clearcue.rights.public_domain import STATED, reckon
from clearcue.rights.values import Composition, Creator, Standing, Territory

OPENSCORE_COMMIT = "bca122458de6da362abe62dd6aec62e25d7759b1"
COMPOSERS_WHERE = (
    f"data/composers.tsv of the repository OpenScore/Lieder, commit {OPENSCORE_COMMIT}"
)


def person(
    row: Mapping[str, str], evidence: dict[str, Any], where: str, read_on: str, name: str
) -> dict[str, Any]:
    """A person of OpenScore's list of composers, with the evidence for the years."""
    evidence[name] = {
        "quote": f"name: {row['name']}, born: {row['born']}, died: {row['died']}",
        "where": where,
        "read_on": read_on,
    }
    return {
        "name": row["name"],
        "born": int(row["born"]) if row["born"].isdecimal() else None,
        "died": int(row["died"]) if row["died"].isdecimal() else None,
        "evidence": [name],
    }


def public_domain(
    composition: Mapping[str, Any],
    people: Mapping[str, Mapping[str, Any]],
    year: int,
    stated: str | None,
) -> dict[str, Any]:
    """Each territory's standing: by the years, else as some evidence states, else unknown."""
    creators = None
    if composition["creators"] is not None:
        creators = tuple(
            Creator(
                one["name"],
                one["role"],
                None,
                people[one["person"]]["died"] if one["person"] is not None else None,
            )
            for one in composition["creators"]
        )
    facts = Composition(
        composition["title"], creators, composition["first_published"], composition["anonymous"]
    )
    found: dict[str, Any] = {}
    for territory in Territory:
        standing, rule = reckon(facts, territory, year)
        if standing is not None:
            found[territory] = {"standing": standing, "rule": rule, "evidence": []}
        elif stated is not None:
            free = Standing.PUBLIC_DOMAIN
            found[territory] = {"standing": free, "rule": STATED, "evidence": [stated]}
        else:
            found[territory] = None
    return found


def lines(manifest: dict[str, Any]) -> str:
    """A manifest as JSON with each group, file, person and piece of evidence on a line."""

    def compact(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False)

    written = []
    for name, value in manifest.items():
        if isinstance(value, dict) and name in ("evidence", "people"):
            inner = ",\n".join(f"  {compact(key)}: {compact(one)}" for key, one in value.items())
            written.append(f" {compact(name)}: {{\n{inner}\n }}" if value else f' "{name}": {{}}')
        elif isinstance(value, list):
            inner = ",\n".join(f"  {compact(one)}" for one in value)
            written.append(f" {compact(name)}: [\n{inner}\n ]")
        else:
            written.append(f" {compact(name)}: {compact(value)}")
    return "{\n" + ",\n".join(written) + "\n}\n"
