"""The rights manifest: what it holds, and that it is read strictly."""

import json
import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from clearcue.adapters.corpus_music21.folder import corpus_folder
from clearcue.rights.corpus import trainable
from clearcue.rights.fields import ManifestError
from clearcue.rights.manifest import builtin_manifest, manifest_errors, read_manifest
from clearcue.rights.policy import builtin_policies, builtin_policy
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


def test_every_work_of_the_source_has_a_verdict_of_its_own() -> None:
    """The 14,958 works are walked: each has an id, a file's hash, a verdict, a use and evidence."""
    works = builtin_manifest().works
    assert len(works) == len({work.work_id for work in works}) == 14_958
    assert len({work.identity.path for work in works}) == 3126
    counted = Counter(work.decision.verdict for work in works)
    assert counted == {
        Verdict.CLEARED: 5,
        Verdict.CLEARED_MEDIUM: 51,
        Verdict.CONDITIONAL: 37,
        Verdict.REFERENCE: 10_690,
        Verdict.UNCLEAR: 4_175,
    }
    for work in works:
        assert work.evidence, work.work_id
        assert all(one.quote and one.where and one.read_on for one in work.evidence)
        if work.decision.verdict in (Verdict.REFERENCE, Verdict.UNCLEAR):
            assert work.decision.permitted == (), work.work_id


def test_the_tunes_of_a_book_are_works_of_their_own() -> None:
    """A tune is named by its place; one transcriber's tunes have a verdict of their own."""
    manifest = builtin_manifest()
    tune = manifest.work("music21:oneills1850/0001-0050:1")
    assert (tune.title, tune.identity.tune) == ("The Enchanted Valley", 1)
    assert tune.decision.verdict is Verdict.UNCLEAR
    norbeck = [work for work in manifest.works if "norbeck" in work.group_id]
    assert len(norbeck) == 272
    assert {work.decision.verdict for work in norbeck} == {Verdict.REFERENCE}
    assert {work.identity.path.split("/")[0] for work in norbeck} == {"oneills1850"}
    parts = [work for work in manifest.works if work.identity.path.startswith("josquin/")]
    assert (len(parts), len({work.identity.path for work in parts})) == (29, 8)


def test_every_file_of_the_installed_package_is_the_reviewed_one() -> None:
    """All 3,126 files that the manifest lists are there and have the hash that it says."""
    files = {work.identity.path: work.identity.sha256 for work in builtin_manifest().works}
    for path, digest in files.items():
        assert sha256((corpus_folder() / path).read_bytes()).hexdigest() == digest, path


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
    """A header that names nobody gives no creators, and every year says where it was read."""
    manifest = builtin_manifest()
    assert manifest.work("music21:haydn/opus1no1/movement2").composition.creators is None
    corelli = manifest.work("music21:corelli/opus3no1/1grave").composition.creators or ()
    assert [creator.died for creator in corelli] == [None, None]
    (webern,) = manifest.work("music21:webern/webern_dormi_jesu_op_16_no_2").composition.creators
    assert (webern.died, webern.evidence[0].quote) == (
        1945, "name: Anton Webern, born: 1883, died: 1945"
    )  # fmt: skip
    for work in manifest.works:
        for creator in work.composition.creators or ():
            assert creator.evidence or (creator.born, creator.died) == (None, None)
        assert work.composition.evidence or work.composition.first_published is None


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


def _file(data: dict[str, Any], path: str) -> int:
    return next(i for i, entry in enumerate(data["files"]) if entry["path"] == path)


CORELLI = _file(_data(), "corelli/opus3no1/1grave.xml")
WEBERN = _file(_data(), "webern/webern_dormi_jesu_op_16_no_2.mxl")
OUR = ("files", CORELLI)
STANDING = {"standing": "public-domain", "rule": "eu-life-plus-70", "evidence": []}
WRONG = [
    (_set("format", value="clearcue-rights-manifest/3"), "format is", True),
    (_set("surplus", value=1), "surplus is no field", True),
    (_set("name", value="My Songs"), "name must be at most 40 small letters", True),
    (_drop("files", 0, "sha256"), "sha256 is missing", True),
    (_set(*OUR, "sha256", value="AB"), "sha256 must be 64", True),
    (_set(*OUR, "path", value="../x.mxl"), "path must be a path inside", True),
    (_set(*OUR, "path", value="/etc/x"), "path must be a path inside", True),
    (_set(*OUR, "id", value="a b"), "id 'a b' must be at most 150", True),
    (_set(*OUR, "group", value="nobody"), "group is 'nobody'", False),
    (_set(*OUR, "evidence", value=["nothing"]), "names 'nothing'", False),
    (_set(*OUR, "encoding", "licence", value="free for all"), "licence must be an SPDX", True),
    (_set(*OUR, "decision", "verdict", value="fine"), "verdict is 'fine'", True),
    (_set(*OUR, "decision", "permissions", "train", value="yes"), "train must be true", True),
    (_drop(*OUR, "decision", "permissions", "train"), "train is missing", True),
    (_set(*OUR, "decision", "decided_on", value="soon"), "decided_on must be a date", True),
    (_set(*OUR, "use", value="anything"), "use is 'anything'", True),
    (_set(*OUR, "composition", "creators", value="Bach"), "creators must be a list", True),
    (_set("groups", 0, "works", value=0), "works must be a whole number", True),
    (_set("groups", 0, "works", value=7), "says works 7, but the manifest lists", False),
    (_drop("groups", 0, "encoding", "scope"), "scope is missing", True),
    (_set("evidence", "gutenberg-statement", "quote", value=" "), "quote must be text", True),
    (_set("people", "webern", "evidence", value=[]), "must say where the years were read", False),
    (_set("people", "webern", "died", value=1990), "its years do not give: protected", False),
    (_set(*OUR, "composition", "public_domain", value={"US": None, "EU": STANDING}),
     "public_domain for EU that its years do not give: unknown", False),
    (_set("files", CORELLI + 1, "path", value="corelli/opus3no1/1grave.xml"), "stands 2", False),
]  # fmt: skip


@pytest.mark.parametrize(("change", "words", "in_schema"), WRONG)
def test_a_wrong_manifest_is_refused_by_work_and_field(
    change: Callable[[dict[str, Any]], None], words: str, in_schema: bool
) -> None:
    """The error names the file, and what is not as the format says; the schema sees the form."""
    data = _data()
    change(data)
    with pytest.raises(ManifestError, match=re.escape(words)) as caught:
        _read(data)
    assert str(caught.value).startswith("rights manifest test.json")
    assert _schema().is_valid(data) is not in_schema


def test_an_error_names_the_work() -> None:
    """What is wrong with one work is told with the work's id and the field."""
    data = _data()
    data["files"][CORELLI]["encoding"]["licence"] = "free for all"
    with pytest.raises(ManifestError) as caught:
        _read(data)
    assert str(caught.value) == (
        "rights manifest test.json: work music21:corelli/opus3no1/1grave: encoding: licence must "
        "be an SPDX identifier or a LicenseRef- name"
    )


def test_the_check_tells_every_error_at_once() -> None:
    """Two wrong works are two lines; a wrong group is told without all the works that follow it."""
    data = _data()
    data["files"][CORELLI]["encoding"]["licence"] = "free for all"
    data["files"][WEBERN]["use"] = "fun"
    found = manifest_errors(json.dumps(data).encode(), "test.json")
    assert ["1grave: encoding: licence" in found[0], "op_16_no_2: use is" in found[1]] == [True] * 2
    assert len(found) == 2
    data["groups"][0]["use"] = "fun"
    (only,) = manifest_errors(json.dumps(data).encode(), "test.json")
    assert "group airdsairs-abc: use is 'fun'" in only
    assert manifest_errors(json.dumps(_data()).encode(), "test.json") == ()


def test_the_schema_accepts_what_ships() -> None:
    """The shipped manifest is valid under the shipped JSON Schema, itself valid 2020-12."""
    assert _schema().is_valid(_data())


@cache
def _schema() -> Draft202012Validator:
    folder = resources.files("clearcue") / "data" / "rights"
    schema = json.loads((folder / "manifest-v2.schema.json").read_bytes())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_the_same_bytes_cannot_be_learnt_twice() -> None:
    """Two works that may be learnt from cannot have one hash."""
    data = _data()
    other = _file(data, "liliuokalani/aloha_oe.mxl")
    data["files"][CORELLI]["sha256"] = data["files"][other]["sha256"]
    with pytest.raises(ManifestError, match=r"sha256 .* stands 2 times"):
        _read(data)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"a": 1, "a": 2}', b"\xff", b"[" * 100_000])
def test_what_is_no_json_object_is_refused(text: bytes) -> None:
    """Damaged JSON, a field given twice and endless nesting all end in the manifest's own error."""
    with pytest.raises(ManifestError, match=r"rights manifest test\.json"):
        read_manifest(text, "test.json")


def test_the_example_of_the_format_document_is_a_manifest(repository_root: Path) -> None:
    """The document's example is read, fits the schema, and clears its work to be learnt from."""
    text = (repository_root / "docs/formats/rights-manifest.md").read_text("utf-8")
    example = text.split("```json\n", 1)[1].split("```", 1)[0]
    assert _schema().is_valid(json.loads(example))
    manifest = read_manifest(example.encode(), "example.json")
    (work,) = trainable(manifest, builtin_policy("strict"))
    assert (work.work_id, work.title) == ("my-songs:songs/first", "First Song")
    assert manifest.counts()[Verdict.CLEARED] == 1
