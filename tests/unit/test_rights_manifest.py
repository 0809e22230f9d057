"""The rights manifest: what it holds, and that it is read strictly."""

import json
from collections import Counter
from collections.abc import Callable
from importlib import resources
from typing import Any

import pytest

from clearcue.rights.corpus import trainable
from clearcue.rights.fields import ManifestError
from clearcue.rights.manifest import builtin_manifest, read_manifest
from clearcue.rights.policy import builtin_policies, builtin_policy, read_policies
from clearcue.rights.values import Permission, Verdict


def _data() -> dict[str, Any]:
    text = (resources.files("clearcue") / "data" / "rights" / "music21.json").read_bytes()
    data: dict[str, Any] = json.loads(text)
    return data


def _read(data: object) -> None:
    read_manifest(json.dumps(data).encode(), "test.json")


def test_the_counts_per_verdict_are_those_of_the_review() -> None:
    """Every work of the package has a verdict, and Norbeck's tunes are counted once."""
    counts = builtin_manifest().counts()
    assert counts == {
        Verdict.CLEARED: 5,
        Verdict.CLEARED_MEDIUM: 51,
        Verdict.CONDITIONAL: 37,
        Verdict.REFERENCE: 10_690,
        Verdict.UNCLEAR: 4_175,
        Verdict.REFUSED: 0,
    }
    assert sum(counts.values()) == 14_958


def test_the_reviewed_files_stand_one_by_one() -> None:
    """There are 72 listed files: 5 cleared, 51 with medium confidence, 16 conditional."""
    works = builtin_manifest().works
    assert Counter(work.decision.verdict for work in works) == {
        Verdict.CLEARED: 5,
        Verdict.CLEARED_MEDIUM: 51,
        Verdict.CONDITIONAL: 16,
    }
    assert builtin_manifest().work("music21:haydn/opus74no1/movement1").identity.path == (
        "haydn/opus74no1/movement1.mxl"
    )


def test_policies_admit_five_and_fifty_six_works() -> None:
    """Strict learns from explicit grants alone, default from the Gutenberg quartets too."""
    manifest = builtin_manifest()
    strict = trainable(manifest, builtin_policy("strict"))
    default = trainable(manifest, builtin_policy("default"))
    assert (len(strict), len(default)) == (5, 56)
    assert {work.decision.verdict for work in strict} == {Verdict.CLEARED}
    assert set(builtin_policies()) == {"default", "strict"}


def test_no_work_without_evidence_trains() -> None:
    """Whatever may be learnt from has quoted, placed and dated evidence, and a known licence."""
    for work in trainable(builtin_manifest(), builtin_policy("default")):
        assert work.evidence
        assert all(found.quote and found.where and found.read_on for found in work.evidence)
        assert work.encoding.licence
        assert work.decision.permits(Permission.TRAIN)


def test_facts_that_were_not_read_are_unknown() -> None:
    """A file whose header names nobody has no creators, and no year was made up for anyone."""
    manifest = builtin_manifest()
    assert manifest.work("music21:haydn/opus1no1/movement2").composition.creators is None
    for work in manifest.works:
        for creator in work.composition.creators or ():
            assert (creator.born, creator.died) == (None, None)


def test_the_cc_by_work_owes_its_attribution() -> None:
    """Corelli's file asks for credit, and the line names it, its people and its licence."""
    decision = builtin_manifest().work("music21:corelli/opus3no1/1grave").decision
    (owed,) = decision.obligations
    assert owed.kind == "attribution"
    for words in ("Sonata da Chiesa", "Arcangelo Corelli", "Michael Scott Cuthbert", "CC-BY"):
        assert words in owed.text


def _set(*path: str | int, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(data: dict[str, Any]) -> None:
        place: Any = data
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return change


def _drop(*path: str | int) -> Callable[[dict[str, Any]], None]:
    def change(data: dict[str, Any]) -> None:
        place: Any = data
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_set("format", value="clearcue-rights-manifest/2"), "format is"),
        (_set("surplus", value=1), "surplus is no field"),
        (_drop("works", 0, "decision"), "decision is missing"),
        (_set("works", 0, "identity", "sha256", value="AB"), "sha256 must be 64"),
        (_set("works", 0, "identity", "path", value="../x.mxl"), "path must be a path inside"),
        (_set("works", 0, "identity", "path", value="/etc/x"), "path must be a path inside"),
        (_set("works", 0, "identity", "tunes", value=True), "tunes must be a whole number"),
        (_set("works", 0, "evidence", value=["nothing"]), "names 'nothing'"),
        (_set("works", 0, "encoding", "licence", value="free for all"), "licence must be an SPDX"),
        (_set("works", 0, "decision", "verdict", value="fine"), "verdict is 'fine'"),
        (_set("works", 0, "decision", "permissions", "train", value="yes"), "train must be true"),
        (_drop("works", 0, "decision", "permissions", "train"), "train is missing"),
        (_set("works", 0, "decision", "decided_on", value="soon"), "decided_on must be a date"),
        (_set("works", 0, "composition", "creators", value="Bach"), "creators must be a list"),
        (_set("groups", 0, "works", value=0), "works must be a whole number"),
        (_set("evidence", "gutenberg-statement", "quote", value=" "), "quote must be text"),
        (_drop("works", 0), "works listed as"),
    ],
)
def test_a_wrong_manifest_is_refused_by_field(
    change: Callable[[dict[str, Any]], None], words: str
) -> None:
    """The error names the file and the field that is not as the format says."""
    data = _data()
    change(data)
    with pytest.raises(ManifestError, match=words) as caught:
        _read(data)
    assert str(caught.value).startswith("rights manifest test.json")


def test_a_work_that_stands_twice_is_refused() -> None:
    """Two entries cannot share an id, a path or a hash."""
    data = _data()
    data["works"][1]["identity"]["sha256"] = data["works"][0]["identity"]["sha256"]
    with pytest.raises(ManifestError, match=r"sha256 .* stands 2 times"):
        _read(data)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"a": 1, "a": 2}', b"\xff", b"[" * 100_000])
def test_what_is_no_json_object_is_refused(text: bytes) -> None:
    """Damaged JSON, a field given twice and endless nesting all end in the manifest's own error."""
    with pytest.raises(ManifestError, match=r"rights manifest test\.json"):
        read_manifest(text, "test.json")


def test_a_policy_cannot_admit_a_verdict_that_does_not_exist() -> None:
    """A misspelt verdict in a policy is an error, not an empty admission."""
    admits = {"train": ["clear"], "compare": [], "redistribute": []}
    policy = {"name": "x", "version": "1", "description": "x", "admits": admits}
    data = {"format": "clearcue-rights-policies/1", "policies": [policy]}
    with pytest.raises(ManifestError, match="train names a verdict"):
        read_policies(json.dumps(data).encode(), "p.json")
