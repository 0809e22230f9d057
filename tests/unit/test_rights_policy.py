"""Policies and opt-ins: what an owner can answer for, and what nobody can."""

import json
from dataclasses import replace
from typing import Any

import pytest

from clearcue.rights.corpus import selected, trainable
from clearcue.rights.fields import ManifestError
from clearcue.rights.manifest import builtin_manifest
from clearcue.rights.policy import (
    Policy,
    UnknownPolicyError,
    builtin_opt_in,
    builtin_opt_ins,
    builtin_policy,
    read_opt_ins,
    read_policies,
    rule,
    with_opt_ins,
)
from clearcue.rights.values import Permission, Verdict

DEFAULT = builtin_policy("default")


def _opted(*names: str) -> Policy:
    return with_opt_ins(DEFAULT, [builtin_opt_in(name) for name in names])


def test_there_are_three_opt_ins() -> None:
    """Share-alike, old prints, and comparing with reference works; another name is bad usage."""
    assert set(builtin_opt_ins()) == {"compare-reference", "old-prints", "share-alike"}
    with pytest.raises(UnknownPolicyError, match="old-prints, compare-reference"):
        builtin_opt_in("everything")


@pytest.mark.parametrize(
    ("names", "learnt", "compared"),
    [
        ((), 56, 56),
        (("share-alike",), 93, 93),
        (("old-prints",), 4032, 4032),
        (("compare-reference",), 56, 14_958),
        (("share-alike", "old-prints"), 4069, 4069),
    ],
)
def test_an_opt_in_admits_the_works_that_it_names(
    names: tuple[str, ...], learnt: int, compared: int
) -> None:
    """Counts of works that may be learnt from, and compared with, under each switch."""
    policy, works = _opted(*names), builtin_manifest().works
    assert len(trainable(builtin_manifest(), policy)) == learnt
    assert len(selected(builtin_manifest(), policy)) == learnt
    assert sum(rule(work, Permission.COMPARE, policy).granted for work in works) == compared


def test_an_opt_in_is_part_of_the_policys_name_whatever_the_order() -> None:
    """Two owners who switch the same on have the same policy, and so the same training set."""
    assert _opted("share-alike", "old-prints") == _opted("old-prints", "share-alike")
    assert _opted("share-alike", "old-prints").name == "default+old-prints+share-alike"
    assert _opted("share-alike", "old-prints").version == "1+1+1"
    assert with_opt_ins(DEFAULT, []) == DEFAULT


def test_no_opt_in_overrules_a_refusal_or_does_without_evidence() -> None:
    """A refused permission, a withdrawn work and one without evidence stay out, switched on all."""
    policy = _opted(*builtin_opt_ins())
    work = builtin_manifest().work("music21:oneills1850/0001-0050:1")
    assert rule(work, Permission.TRAIN, policy).granted
    never = {**work.decision.permissions, Permission.TRAIN: False}
    for changed, reason in (
        (replace(work, evidence=()), "no evidence"),
        (replace(work, decision=replace(work.decision, permissions=never)), "is refused"),
        (replace(work, decision=replace(work.decision, verdict=Verdict.REFUSED)), "not admit"),
    ):
        assert any(reason in one for one in rule(changed, Permission.TRAIN, policy).reasons)
    norbeck = next(one for one in builtin_manifest().works if "norbeck" in one.group_id)
    assert not rule(norbeck, Permission.TRAIN, policy).granted


def _data() -> dict[str, Any]:
    admits = {"train": ["cleared"], "compare": [], "redistribute": []}
    opt_in = {
        "name": "o", "version": "1", "description": "x", "permissions": ["train"],
        "verdicts": ["unclear"], "groups": None, "waives": ["licence"],
    }  # fmt: skip
    policy = {"name": "x", "version": "1", "description": "x", "admits": admits}
    return {"format": "clearcue-rights-policies/2", "policies": [policy], "opt_ins": [opt_in]}


def test_a_policy_cannot_admit_a_verdict_that_does_not_exist() -> None:
    """A misspelt verdict in a policy is an error, not an empty admission."""
    data = _data()
    data["policies"][0]["admits"]["train"] = ["clear"]
    with pytest.raises(ManifestError, match="train names a verdict"):
        read_policies(json.dumps(data).encode(), "p.json")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("verdicts", ["refused"], "verdicts cannot hold refused"),
        ("verdicts", ["clear"], "verdicts names a verdict"),
        ("permissions", ["sell"], "permissions names a permission"),
        ("waives", ["evidence"], "waives may hold permission, licence"),
    ],
)
def test_an_opt_in_cannot_reach_further(field: str, value: list[str], words: str) -> None:
    """An opt-in for refused works, or without evidence, is an error when it is read."""
    data = _data()
    data["opt_ins"][0][field] = value
    with pytest.raises(ManifestError, match=words):
        read_opt_ins(json.dumps(data).encode(), "p.json")
