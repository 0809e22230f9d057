"""Statements and their predicates: what must be there, and what must agree."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from make_provenance_vectors import (
    PCM_24_STEREO,
    delivery_statement,
    generation_predicate,
    generation_statement,
    licence_predicate,
    licence_statement,
)

from clearcue_provenance import canonical, predicates, statement
from clearcue_provenance.errors import StatementError

RECORD = "ab" * 32
SUBJECT = statement.Subject("score.mid", "cd" * 32)
Change = Callable[[dict[str, Any]], None]


def test_a_statement_reads_back_as_it_was_written() -> None:
    """Subjects with and without a PCM layout, type and predicate survive the round trip."""
    parsed = statement.parse(generation_statement())
    assert parsed.predicate_type == predicates.GENERATION
    assert parsed.predicate == generation_predicate()
    assert {s.name: s.pcm for s in parsed.subjects} == {
        "score.mid": None,
        "score.musicxml": None,
        "track.pcm": PCM_24_STEREO,
        "stems/bass.pcm": PCM_24_STEREO,
    }


def test_a_statement_is_an_in_toto_statement_v1() -> None:
    """The JSON has in-toto's four fields, and digests in its shape."""
    value = json.loads(generation_statement())
    assert value["_type"] == "https://in-toto.io/Statement/v1"
    assert sorted(value) == ["_type", "predicate", "predicateType", "subject"]
    assert all(list(subject["digest"]) == ["sha256"] for subject in value["subject"])


def _drop(*path: str) -> Change:
    def change(predicate: dict[str, Any]) -> None:
        target: Any = predicate
        for name in path[:-1]:
            target = target[name]
        del target[path[-1]]

    return change


def _put(value: Any, *path: str | int) -> Change:
    def change(predicate: dict[str, Any]) -> None:
        target: Any = predicate
        for name in path[:-1]:
            target = target[name]
        target[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_drop("authorship", "rhythm"), "lacks the field 'rhythm'"),
        (_drop("originality", "corpus", "digest"), "lacks the field 'digest'"),
        (_drop("buildDefinition", "externalParameters", "attempt"), "lacks the field 'attempt'"),
        (_put("7", "buildDefinition", "externalParameters", "seed"), "seed must be an integer"),
        (_put(True, "buildDefinition", "externalParameters", "seed"), "seed must be an integer"),
        (_put([], "buildDefinition", "resolvedDependencies"), "resolvedDependencies"),
        (_put("2/4", "influence", "parts", 0, "sources", 0, "share"), "lowest terms"),
        (_put("0.5", "influence", "parts", 0, "sources", 0, "share"), "exact share"),
        (_put("1/3", "influence", "parts", 0, "sources", 0, "share"), "sum to one"),
        (_put("1/2", "influence", "parts", 0, "learnt"), "learnt fraction"),
        (_put("bass", "influence", "parts", 0, "part"), "twice"),
        (_put("an AI", "authorship", "melody", "maker"), "one of human, machine"),
        (_put("perhaps", "originality", "verdict"), "one of clear"),
        (_put("2026-11-22T13:00:00Z", "runDetails", "metadata", "finishedOn"), "before it starts"),
        (_put("2026-11-31T13:00:00Z", "runDetails", "metadata", "finishedOn"), "UTC time"),
        (_put("2026-11-22", "runDetails", "metadata", "finishedOn"), "UTC time"),
    ],
)
def test_a_generation_that_lacks_or_contradicts_is_refused(change: Change, words: str) -> None:
    """Each required field and each agreement between fields is checked before signing."""
    predicate = copy.deepcopy(generation_predicate())
    change(predicate)
    with pytest.raises(StatementError, match=words):
        statement.encode([SUBJECT], predicates.GENERATION, predicate)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_put("00" * 31, "nonce"), "32 bytes"),
        (_put("2026-11-22T00:00:00Z", "grant", "end"), "ends before"),
        (_drop("grant", "end"), "lacks the field 'end'"),
        (_put(["Germany"], "grant", "territory"), "country code"),
        (_put([], "grant", "media"), "media"),
        (_put(-1, "price", "amount_minor"), "amount_minor"),
        (_put({"sha256": "00" * 32}, "record"), "not the record"),
    ],
)
def test_a_licence_that_lacks_or_contradicts_is_refused(change: Change, words: str) -> None:
    """A licence without a nonce, a period or a record of its own cannot be signed."""
    predicate = licence_predicate(RECORD)
    change(predicate)
    with pytest.raises(StatementError, match=words):
        statement.encode(
            [statement.Subject(predicates.RECORD_NAME, RECORD)], predicates.LICENCE, predicate
        )


def test_a_licence_without_an_end_says_so() -> None:
    """null as end is a period without end, and is kept."""
    predicate = licence_predicate(RECORD)
    predicate["grant"]["end"] = None
    data = statement.encode(
        [statement.Subject(predicates.RECORD_NAME, RECORD)], predicates.LICENCE, predicate
    )
    assert statement.parse(data).predicate["grant"]["end"] is None


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../x", "a/../x", "..", ".", "a/.", "a\\b", "", "a/", "a\nb"]
)
def test_a_delivery_names_only_files_below_its_folder(name: str) -> None:
    """A delivered file's name cannot lead out of the folder it was delivered in."""
    predicate = {
        "record": {"sha256": RECORD},
        "delivered_at": "2026-11-22T14:00:00Z",
        "files": [{"name": name, "sha256": "00" * 32, "size": 1}],
    }
    with pytest.raises(StatementError):
        statement.encode(
            [statement.Subject(name or "x", "00" * 32)], predicates.DELIVERY, predicate
        )


def test_a_delivery_whose_subjects_are_not_its_files_is_refused() -> None:
    """Subjects and files must be the same names with the same digests."""
    value = json.loads(delivery_statement(RECORD))
    value["subject"][0]["digest"]["sha256"] = "00" * 32
    with pytest.raises(StatementError, match="not its files"):
        statement.parse(canonical.encode(value))


def test_unknown_fields_are_refused_in_a_statement_and_allowed_in_a_predicate() -> None:
    """A statement is closed; a predicate may gain fields under the same version."""
    value = json.loads(licence_statement(RECORD))
    value["predicate"]["remark"] = "added later"
    assert statement.parse(canonical.encode(value)).predicate["remark"] == "added later"
    value["remark"] = "not here"
    with pytest.raises(StatementError, match="unknown field 'remark'"):
        statement.parse(canonical.encode(value))


def test_an_unknown_predicate_type_is_refused() -> None:
    """A statement of a kind that this version does not know is not half-read."""
    value = json.loads(licence_statement(RECORD))
    value["predicateType"] = "urn:clearcue:predicate:licence:v2"
    with pytest.raises(StatementError, match="predicateType"):
        statement.parse(canonical.encode(value))


def test_two_subjects_of_one_name_are_refused() -> None:
    """A name stands for one artifact."""
    with pytest.raises(StatementError, match="one name"):
        statement.encode([SUBJECT, SUBJECT], predicates.GENERATION, generation_predicate())
