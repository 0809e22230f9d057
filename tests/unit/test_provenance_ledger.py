"""Training sets, memberships and withdrawals: what verifies, and what is refused."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from make_provenance_vectors import (
    NOW,
    ORIGIN,
    VECTORS,
    WORK_FILE,
    ExampleSigner,
    bundles,
    digest,
    generation_predicate,
    ledger_set,
    training_set_leaves,
    training_set_predicate,
    trust_root,
    withdrawal_predicate,
)

from clearcue_provenance import canonical, ledger, membership, merkle, predicates, statement
from clearcue_provenance.cli import main as verifier
from clearcue_provenance.errors import MembershipError, StatementError
from clearcue_provenance.verify import NamedFile, Report

FILES = ledger_set()
MAIN = ("training-set.json", "membership.json", "members.json", "withdrawal.json")


def check(name: str, data: bytes | None = None, *files: tuple[str, bytes]) -> Report:
    """The report on a file of the example."""
    main = NamedFile(name, FILES[name] if data is None else data)
    return ledger.verify(main, [NamedFile(*file) for file in files], trust_root(), NOW)


def record_naming(root: str) -> bytes:
    """The bundle of a track whose record names a training set."""
    said = generation_predicate()
    said["buildDefinition"]["resolvedDependencies"][0]["digest"]["sha256"] = root
    payload = statement.encode(
        [statement.Subject("score.mid", digest(b"a"))], predicates.GENERATION, said
    )
    return bundles([payload])[0]


@pytest.mark.parametrize("name", MAIN)
def test_the_example_verifies(name: str) -> None:
    """Each file alone is verified, under a signer that the trust root knows."""
    assert ledger.looks_like_ledger(FILES[name])
    report = check(name)
    assert report.verified, report.checks
    without = ledger.verify(NamedFile(name, FILES[name]), [], None, NOW)
    assert (without.verified, without.consistent) == (False, True)
    other = trust_root([ExampleSigner("another")])
    assert not ledger.verify(NamedFile(name, FILES[name]), [], other, NOW).consistent


@pytest.mark.parametrize("name", MAIN)
def test_any_flipped_byte_is_refused(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whichever byte is changed, the file does not verify; the command says so with 1 or 2."""
    data = FILES[name]
    for at in range(len(data)):
        flipped = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        assert not check(name, flipped).verified, at
    trust = VECTORS / "example" / "trust-root.json"
    for at in range(0, len(data), 211):
        (tmp_path / name).write_bytes(data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :])
        assert verifier([str(tmp_path / name), "--trust-root", str(trust)]) in (1, 2)
    capsys.readouterr()


def test_the_files_that_belong_are_recognised() -> None:
    """The work's file, a track made from the set, the list and the notice fit the membership."""
    root = training_set_predicate()["root"]["sha256"]
    report = check(
        "membership.json", None, ("b.musicxml", WORK_FILE), ("bundle.json", record_naming(root)),
        ("members.json", FILES["members.json"]), ("withdrawal.json", FILES["withdrawal.json"]),
        ("training-set.json", FILES["training-set.json"]),
    )  # fmt: skip
    assert report.verified, report.checks
    assert report.ledger["work"]["id"] == "work-b"
    assert check(
        "withdrawal.json", None, ("b", WORK_FILE), ("p", FILES["membership.json"])
    ).verified


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("membership.json", b"file a"),
        ("membership.json", record_naming("ab" * 32)),
        ("membership.json", FILES["membership.json"][:-9] + b"x" + FILES["membership.json"][-8:]),
        ("training-set.json", WORK_FILE),
        ("withdrawal.json", b"file a"),
        ("withdrawal.json", record_naming("ab" * 32)),
        (
            "withdrawal.json",
            membership.make_proof(FILES["training-set.json"], training_set_leaves(), 1),
        ),
    ],
)
def test_what_does_not_belong_is_refused(name: str, file: bytes) -> None:
    """Another work's file or proof, a track of another set, a damaged proof: not verified."""
    report = check(name, None, ("other", file))
    assert not report.verified
    assert report.checks[-1].passed is False


def changed(data: bytes, **fields: Any) -> bytes:
    """A canonical file with some fields changed."""
    return canonical.encode({**json.loads(data), **fields})


def test_a_proof_for_another_place_or_leaf_is_refused() -> None:
    """A true proof's index, leaf or path in another's place leads nowhere."""
    proof = FILES["membership.json"]
    other = json.loads(membership.make_proof(FILES["training-set.json"], training_set_leaves(), 3))
    for fields in (
        {"index": 1},
        {"index": 2**40},
        {"leaf": other["leaf"]},
        {"proof": other["proof"]},
        {"proof": []},
        {"index": other["index"], "proof": other["proof"]},
    ):
        report = check("membership.json", changed(proof, **fields))
        assert report.failed == ("membership",)


def test_the_head_is_no_work() -> None:
    """No proof is made for the leaf that is not a work's."""
    with pytest.raises(MembershipError):
        membership.make_proof(FILES["training-set.json"], training_set_leaves(), 0)


def test_a_list_with_another_head_or_a_work_less_is_refused() -> None:
    """The root and the head both have to be the statement's."""
    leaves = [leaf.decode() for leaf in training_set_leaves()]
    short = check("members.json", changed(FILES["members.json"], leaves=leaves[:-1]))
    assert short.failed == ("membership",)
    said = {**training_set_predicate(), "policy": "another"}
    subject = statement.Subject(predicates.TRAINING_SET_NAME, said["root"]["sha256"])
    lying = bundles([statement.encode([subject], predicates.TRAINING_SET, said)])[0]
    listed = membership.make_list(lying, training_set_leaves())
    assert check("members.json", listed).failed == ("membership",)


def test_a_proof_in_a_withdrawals_bundle_is_refused() -> None:
    """The bundle inside must state a training set."""
    stored = changed(FILES["membership.json"], bundle=json.loads(FILES["withdrawal.json"]))
    assert check("membership.json", stored).failed == ("statement",)


def test_statements_must_agree_with_themselves() -> None:
    """A subject that is not the root or the work, or too many influenced tracks: refused."""
    wrong = statement.Subject(predicates.TRAINING_SET_NAME, "ab" * 32)
    with pytest.raises(StatementError, match="root"):
        statement.encode([wrong], predicates.TRAINING_SET, training_set_predicate())
    said = withdrawal_predicate()
    other, own = (
        statement.Subject(predicates.WORK_NAME, work) for work in ("ab" * 32, digest(WORK_FILE))
    )
    with pytest.raises(StatementError, match="work"):
        statement.encode([other], predicates.WITHDRAWAL, said)
    said["affected"]["influenced"] = 4
    with pytest.raises(StatementError, match="influenced"):
        statement.encode([own], predicates.WITHDRAWAL, said)


@pytest.mark.parametrize("works", [1, 2, 3, 7, 8, 9, 56])
def test_every_work_of_sets_of_many_sizes_is_proved(works: int) -> None:
    """Whatever the size, each work's proof leads to the root, and to no other work's place."""
    head = training_set_leaves()[0]
    leaves = [head] + [
        canonical.encode(
            {"licence": "CC0-1.0", "sha256": digest(bytes([n])), "verdict": "cleared",
             "work_id": f"work-{n:03d}"}
        )
        for n in range(works)
    ]  # fmt: skip
    root = merkle.merkle_root(leaves).hex()
    said = {**training_set_predicate(), "root": {"sha256": root}, "works": works}
    subject = statement.Subject(predicates.TRAINING_SET_NAME, root)
    stored = bundles([statement.encode([subject], predicates.TRAINING_SET, said)])[0]
    for index in range(1, works + 1):
        given = membership.parse_proof(membership.make_proof(stored, leaves, index))
        membership.check_proof(given, root, works)
        assert given.member.work_id == f"work-{index - 1:03d}"
        elsewhere = replace(given, index=index % works + 1)
        if works > 1:
            with pytest.raises(MembershipError):
                membership.check_proof(elsewhere, root, works)


def test_the_command_checks_a_membership(capsys: pytest.CaptureFixture[str]) -> None:
    """`clearcue-verify` reads the committed vectors, and tells what was found as JSON."""
    trust = ["--trust-root", str(VECTORS / "example" / "trust-root.json")]
    folder = VECTORS / "ledger"
    files = [str(folder / "membership.json"), str(folder / "work.musicxml")]
    assert verifier([*files, *trust, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ledger"]["work"] == {
        "id": "work-b", "sha256": digest(WORK_FILE), "licence": "CC0-1.0", "verdict": "cleared",
    }  # fmt: skip
    assert verifier([files[0], str(folder / "members.json"), *trust]) == 0
    said = capsys.readouterr().out
    assert said.startswith("verified\n")
    assert f"of the log {ORIGIN}" in said
