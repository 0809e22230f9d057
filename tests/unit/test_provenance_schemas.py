"""The JSON Schemas in docs/formats/schemas agree with what the verifier checks by hand."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from make_provenance_vectors import (
    VECTORS,
    authorship_statement,
    delivery_statement,
    example_set,
    generation_statement,
    ledger_set,
    licence_end_statement,
    licence_statement,
    rooted_root,
    status_statement,
    training_set_statement,
    trust_root,
    withdrawal_statement,
)

from clearcue_provenance import bundle, canonical, membership, statement, trust_file
from clearcue_provenance.errors import ProvenanceError

SCHEMAS = Path(__file__).resolve().parents[2] / "docs" / "formats" / "schemas"
RECORD = "ab" * 32
STATEMENTS = {
    "generation": generation_statement(),
    "licence": licence_statement(RECORD),
    "licence-end": licence_end_statement(RECORD, successor=None),
    "delivery": delivery_statement(RECORD),
    "authorship": authorship_statement(RECORD),
    "status": status_statement(),
    "training-set": training_set_statement(),
    "withdrawal": withdrawal_statement(),
}


def _validator(name: str) -> Draft202012Validator:
    versioned = name if name.endswith("-v2") else f"{name}-v1"
    schema = json.loads((SCHEMAS / f"{versioned}.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path to every field and entry below a value."""
    items: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    for name, inner in items:
        yield (*path, name)
        yield from _paths(inner, (*path, name))


def _variants(value: Any) -> Iterator[tuple[str, Any]]:
    """The value with each field dropped, and with each put to another type."""
    for path in _paths(value):
        for what, new in (("dropped", None), ("text", ""), ("object", {"x": 1}), ("number", -1)):
            changed = copy.deepcopy(value)
            target = changed
            for name in path[:-1]:
                target = target[name]
            if what == "dropped":
                del target[path[-1]]
            else:
                target[path[-1]] = new
            yield f"{what} {path}", changed


def _accepted(parse: Any, data: bytes) -> bool:
    try:
        parse(data)
    except ProvenanceError:
        return False
    return True


@pytest.mark.parametrize("name", sorted(STATEMENTS))
def test_predicate_schemas_refuse_what_the_verifier_refuses(name: str) -> None:
    """For every field dropped or mistyped, what the schema refuses the verifier refuses too."""
    value = json.loads(STATEMENTS[name])
    validator = _validator(name)
    assert validator.is_valid(value["predicate"])
    refused = 0
    for what, predicate in _variants(value["predicate"]):
        by_schema = validator.is_valid(predicate)
        whole = canonical.encode({**value, "predicate": predicate})
        by_hand = _accepted(statement.parse, whole)
        assert by_schema or not by_hand, f"the schema alone refuses: {what}"
        refused += not by_schema
    assert refused > 20


@pytest.mark.parametrize(
    ("name", "value", "parse"),
    [
        ("bundle", example_set()["bundle.json"], bundle.parse),
        ("statement", generation_statement(), statement.parse),
        ("trust-root", trust_file.encode(trust_root()), trust_file.parse),
        ("trust-root-v2", trust_file.encode(rooted_root()), trust_file.parse_unsigned),
        ("membership", ledger_set()["membership.json"], membership.parse_proof),
        ("members", ledger_set()["members.json"], membership.parse_list),
    ],
)
def test_closed_schemas_refuse_what_the_verifier_refuses(
    name: str, value: bytes, parse: Any
) -> None:
    """The same for the closed formats, where an added field is refused by both as well."""
    whole = json.loads(value)
    validator = _validator(name)
    assert validator.is_valid(whole)
    for what, changed in _variants(whole):
        by_hand = _accepted(parse, canonical.encode(changed))
        assert validator.is_valid(changed) or not by_hand, f"the schema alone refuses: {what}"
    added = {**whole, "added": 1}
    assert not validator.is_valid(added)
    assert not _accepted(parse, canonical.encode(added))


@pytest.mark.parametrize(
    "name",
    [
        "example/bundle.json",
        "example/licence.json",
        "example/delivery.json",
        "authorship/authorship.json",
        "ledger/training-set.json",
        "ledger/withdrawal.json",
        "ending/revoked.json",
        "ending/superseded.json",
    ],
)
def test_the_vectors_satisfy_the_schemas(name: str) -> None:
    """Each committed bundle, its statement and its predicate are valid by their schemas."""
    data = (VECTORS / name).read_bytes()
    assert _validator("bundle").is_valid(json.loads(data))
    payload = json.loads(bundle.parse(data).envelope.payload)
    assert _validator("statement").is_valid(payload)
    kind = payload["predicateType"].split(":")[3]
    assert _validator(kind).is_valid(payload["predicate"])


def test_every_schema_is_versioned_and_named_after_its_file() -> None:
    """A schema's id names the format and its version, and so does its file."""
    files = sorted(SCHEMAS.glob("*.json"))
    assert len(files) == 14
    for path in files:
        name, version = path.name.removesuffix(".schema.json").rsplit("-", 1)
        assert json.loads(path.read_text("utf-8"))["$id"] == f"urn:clearcue:schema:{name}:{version}"
