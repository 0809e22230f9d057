"""The authorship record: what agrees with itself is accepted, every other story is refused."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from make_provenance_vectors import (
    NOW,
    PERSON,
    RECORDS,
    authorship_file,
    authorship_predicate,
    bundles,
    example_set,
    trust_root,
)

from clearcue_provenance import authorship, canonical, predicates, statement
from clearcue_provenance.errors import StatementError
from clearcue_provenance.verify import NamedFile, Report, verify

RECORD = "ab" * 32
Value = dict[str, Any]


def _stated(value: Value) -> bytes:
    subject = statement.Subject(predicates.RECORD_NAME, value["record"]["sha256"])
    return statement.encode([subject], predicates.AUTHORSHIP, value)


def _drop_an_act(value: Value) -> None:
    del value["acts"][2]


def _swap_acts(value: Value) -> None:
    value["acts"][2], value["acts"][3] = value["acts"][3], value["acts"][2]


def _change_an_act(value: Value) -> None:
    value["acts"][0]["by"] = "p1"


def _call_the_machine_human(value: Value) -> None:
    value["elements"]["rhythm"] = {"origin": "human", "persons": ["p1"]}


def _claim_more_than_the_acts(value: Value) -> None:
    value["elements"]["melody"]["persons"].append("p2")


def _name_nobody(value: Value) -> None:
    value["elements"]["melody"]["persons"] = []


def _name_a_stranger(value: Value) -> None:
    value["elements"]["melody"]["persons"] = ["p9"]


def _hide_the_machine(value: Value) -> None:
    value["ai"]["composition"] = "none"


def _sing(value: Value) -> None:
    value["ai"]["vocals"] = "full"


def _claim_copyright(value: Value) -> None:
    value["copyright"] = "Example Producer"


def _soften_the_notice(value: Value) -> None:
    value["notice"] = "All rights are guaranteed."


def _invent_a_role(value: Value) -> None:
    value["persons"][0]["roles"] = ["author and owner"]


def _change_what_was_declared(value: Value) -> None:
    value["declarations"][0]["text"] = "I wrote everything."


def _declare_for_another(value: Value) -> None:
    value["declarations"][0]["person"] = "p2"


def _half_a_signature(value: Value) -> None:
    del value["declarations"][0]["public_key"]


def _another_algorithm(value: Value) -> None:
    value["declarations"][0]["algorithm"] = "ecdsa-p256-sha256"


def _one_person_twice(value: Value) -> None:
    value["persons"].append(value["persons"][0])


def _an_edit_of_nothing(value: Value) -> None:
    acts = [{k: v for k, v in act.items() if k not in ("number", "previous")}
            for act in value["acts"]]  # fmt: skip
    del acts[5]["before"]
    value["acts"] = authorship.chain(acts)


REFUSED: list[tuple[Callable[[Value], None], str]] = [
    (_drop_an_act, "chain of acts is broken"),
    (_swap_acts, "chain of acts is broken"),
    (_change_an_act, "chain of acts is broken"),
    (_call_the_machine_human, "no act shows"),
    (_claim_more_than_the_acts, "no act shows"),
    (_name_nobody, "must name persons just where"),
    (_name_a_stranger, "not listed"),
    (_hide_the_machine, "AI flags do not follow"),
    (_sing, "AI flags do not follow"),
    (_claim_copyright, "unknown field 'copyright'"),
    (_soften_the_notice, "notice"),
    (_invent_a_role, "must be one of"),
    (_change_what_was_declared, "signature does not match what it declares"),
    (_declare_for_another, "signature does not match what it declares"),
    (_half_a_signature, "signed in part"),
    (_another_algorithm, "key cannot be used"),
    (_one_person_twice, "one person twice"),
    (_an_edit_of_nothing, "without saying what before"),
]


def test_the_example_is_accepted_and_said_in_words() -> None:
    """The untouched predicate is accepted, and each element gets a line of plain words."""
    value = authorship_predicate(RECORD)
    assert statement.parse(_stated(value)).predicate == value
    lines = authorship.in_words(value)
    assert lines[0] == "melody: by a human (Example Composer)"
    assert lines[1].startswith("harmony: by a machine, then edited by a human (urn:clearcue")
    assert "composition partial" in lines[6]
    assert "vocals none" in lines[6]
    assert "1 of them signed by the person's own key" in lines[7]
    assert lines[-1] == authorship.NOTICE


@pytest.mark.parametrize(("change", "words"), REFUSED)
def test_a_changed_story_is_refused(change: Callable[[Value], None], words: str) -> None:
    """Each change of the story is refused, for the stated reason."""
    value = copy.deepcopy(authorship_predicate(RECORD))
    change(value)
    with pytest.raises(StatementError, match=words):
        _stated(value)


def _verified(data: bytes, name: str = "authorship.json") -> Report:
    main = NamedFile("bundle.json", example_set()["bundle.json"])
    return verify(main, [NamedFile(name, data)], trust_root(), NOW)


@pytest.mark.parametrize("name", ["authorship.json", "some other name.json"])
def test_the_verifier_shows_who_made_what(name: str) -> None:
    """Beside its record the statement verifies, whatever its name, and its facts are reported."""
    report = _verified(authorship_file(), name)
    assert report.verified
    assert report.checks[-1].check == "authorship"
    facts = report.plain()["authorship"]
    assert facts["elements"]["melody"] == {"origin": "human", "persons": ["p1"]}
    assert facts["ai"]["composition"] == "partial"
    assert facts["acts"] == 7


def test_an_authorship_of_another_record_is_refused() -> None:
    """A genuine statement beside a record that it does not speak of."""
    subject = statement.Subject(predicates.RECORD_NAME, RECORD)
    payload = statement.encode([subject], predicates.AUTHORSHIP, authorship_predicate(RECORD))
    report = _verified(bundles([payload], RECORDS)[0])
    assert report.failed == ("authorship",)
    assert "belongs to another record" in report.checks[-1].message


def test_declarations_are_signed_over_what_the_page_says() -> None:
    """The signed bytes are canonical JSON with the five fields of the page."""
    data = authorship.declaration_bytes("p1", "mine", "2026-11-22T13:58:00Z", RECORD)
    assert canonical.parse(data, 1000) == {
        "about": RECORD, "at": "2026-11-22T13:58:00Z", "person": "p1", "text": "mine",
        "type": "urn:clearcue:declaration:v1",
    }  # fmt: skip
    assert PERSON.public_key.verifies(PERSON.sign(data), data)
