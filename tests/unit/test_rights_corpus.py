"""The cleared corpus: only `rights` makes one, and only of what was verified and granted."""

import copy
import hashlib
import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from clearcue.music.score import Note
from clearcue.music.work import Line, ParsedWork
from clearcue.rights.corpus import (
    ClearedCorpus,
    RightsRefusedError,
    VerifiedFile,
    clear_corpus,
    selected,
    trainable,
)
from clearcue.rights.manifest import Manifest, builtin_manifest
from clearcue.rights.policy import UnknownPolicyError, builtin_policy, rule
from clearcue.rights.training_set import Member, TrainingSet
from clearcue.rights.values import (
    Permission,
    PublicDomain,
    Standing,
    Territory,
    Use,
    Verdict,
    Work,
)

STRICT = builtin_policy("strict")
STRICT_ROOT = "9f556dfcc011b4b8733236b30027ec2b8701da50f3f78076d87177a698ea3884"
DEFAULT_ROOT = "bc31fb3fce3f2bec576a31d82b6c4ec1146959936b629e31fd9a6cd24c69b8fb"
CORELLI = "music21:corelli/opus3no1/1grave"


def _file(work: Work) -> VerifiedFile:
    line = Line("Violin", (Note(0, 480, 60),))
    parsed = ParsedWork(work.work_id, work.title, (line,), (), ())
    return VerifiedFile(work.work_id, work.identity.sha256, parsed)


def _strict_files() -> list[VerifiedFile]:
    return [_file(work) for work in trainable(builtin_manifest(), STRICT)]


def _with(work: Work) -> Manifest:
    manifest = builtin_manifest()
    works = tuple(work if old.work_id == work.work_id else old for old in manifest.works)
    return replace(manifest, works=works)


def test_the_corpus_does_not_depend_on_the_order_of_files() -> None:
    """Files in any order give the same works in the same order and the same training set."""
    files = _strict_files()
    there = clear_corpus(builtin_manifest(), STRICT, files)
    back = clear_corpus(builtin_manifest(), STRICT, reversed(files))
    assert [work.work_id for work in there] == sorted(file.work_id for file in files)
    assert [work.work_id for work in back] == [work.work_id for work in there]
    assert back.training_set("1").root == there.training_set("1").root


def test_nobody_else_makes_a_corpus() -> None:
    """Constructing, subclassing, copying, pickling and changing one all fail."""
    corpus = clear_corpus(builtin_manifest(), STRICT, _strict_files())
    with pytest.raises(TypeError, match="clear_corpus alone"):
        ClearedCorpus(object(), STRICT, corpus.works)
    with pytest.raises(TypeError, match="no subclasses"):
        type("Mine", (ClearedCorpus,), {})
    for attempt in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="neither copied nor pickled"):
            attempt(corpus)
    with pytest.raises(AttributeError, match="does not change"):
        corpus._works = ()
    with pytest.raises(AttributeError):
        len(object.__new__(ClearedCorpus))


def test_a_file_with_another_hash_is_refused_by_name() -> None:
    """Bytes that are not the reviewed ones do not train, whatever they are called."""
    file = replace(_file(builtin_manifest().work(CORELLI)), sha256="0" * 64)
    with pytest.raises(RightsRefusedError, match=f"{CORELLI} is refused: the file is not"):
        clear_corpus(builtin_manifest(), STRICT, [file])


def test_a_flipped_permission_is_refused_by_name() -> None:
    """A permission that is refused or unknown stops the work, and says which it is."""
    work = builtin_manifest().work(CORELLI)
    for value, word in ((False, "refused"), (None, "unknown")):
        permissions = {**work.decision.permissions, Permission.TRAIN: value}
        changed = replace(work, decision=replace(work.decision, permissions=permissions))
        with pytest.raises(RightsRefusedError, match=f"permission to train is {word}"):
            clear_corpus(_with(changed), STRICT, [_file(work)])


@pytest.mark.parametrize("fact", ["licence", "scope", "granted_by"])
def test_an_unknown_licence_scope_or_grantor_refuses(fact: str) -> None:
    """Null is unknown, and unknown refuses."""
    work = builtin_manifest().work(CORELLI)
    changed = replace(work, encoding=replace(work.encoding, **{fact: None}))
    with pytest.raises(RightsRefusedError, match=f"encoding's {fact} is unknown"):
        clear_corpus(_with(changed), STRICT, [_file(work)])
    assert CORELLI not in [found.work_id for found in trainable(_with(changed), STRICT)]


@pytest.mark.parametrize(
    ("licence", "reason"),
    [
        ("CC-BY-NC-4.0", "CC-BY-NC-4.0 is not one that is known to allow commercial use"),
        ("CC0-1.0", "states attribution, which the licence CC0-1.0 does not ask for"),
        ("CC-BY-SA-4.0", "asks for share-alike, which the decision does not state"),
    ],
)
def test_a_flipped_licence_is_refused_by_name(licence: str, reason: str) -> None:
    """Another licence does not fit the decision that was made on the first, and refuses."""
    work = builtin_manifest().work(CORELLI)
    changed = replace(work, encoding=replace(work.encoding, licence=licence))
    with pytest.raises(RightsRefusedError, match=f"{CORELLI} is refused: .*{reason}"):
        clear_corpus(_with(changed), STRICT, [_file(work)])


@pytest.mark.parametrize("use", [Use.REFERENCE, Use.HELD_OUT])
def test_a_work_kept_for_another_use_is_refused(use: Use) -> None:
    """What is held out for measuring, or for reference, is not learnt from."""
    work = builtin_manifest().work(CORELLI)
    with pytest.raises(RightsRefusedError, match=f"kept for the use {use}"):
        clear_corpus(_with(replace(work, use=use)), STRICT, [_file(work)])


@pytest.mark.parametrize(
    ("standing", "reason"),
    [
        (PublicDomain(), "whether the composition is protected in the EU is unknown"),
        (PublicDomain(Standing.PROTECTED, "eu-life-plus-70"), "is protected in the EU"),
    ],
)
def test_a_composition_that_may_be_protected_is_refused(
    standing: PublicDomain, reason: str
) -> None:
    """A free encoding of music that is, or may be, in copyright is not learnt from."""
    work = builtin_manifest().work(CORELLI)
    places = {**work.composition.public_domain, Territory.EU: standing}
    changed = replace(work, composition=replace(work.composition, public_domain=places))
    with pytest.raises(RightsRefusedError, match=reason):
        clear_corpus(_with(changed), STRICT, [_file(work)])
    licensed = replace(changed.composition, licence="CC-BY-4.0")
    granted = _with(replace(work, composition=licensed))
    assert len(clear_corpus(granted, STRICT, [_file(work)])) == 1
    unknown = replace(changed.composition, licence="CC-BY-NC-4.0")
    with pytest.raises(RightsRefusedError, match=r"the composition's licence CC-BY-NC-4\.0"):
        clear_corpus(_with(replace(work, composition=unknown)), STRICT, [_file(work)])


def test_training_stops_at_a_work_that_was_changed() -> None:
    """A flipped permission does not quietly shrink the set: the work stays selected, and fails."""
    work = builtin_manifest().work(CORELLI)
    permissions = {**work.decision.permissions, Permission.TRAIN: False}
    changed = _with(replace(work, decision=replace(work.decision, permissions=permissions)))
    assert CORELLI in [found.work_id for found in selected(changed, STRICT)]
    assert CORELLI not in [found.work_id for found in trainable(changed, STRICT)]


def test_the_default_training_set_is_the_one_that_was_issued_before() -> None:
    """The works, hashes, licences and verdicts of both policies have the roots they always had."""
    for policy, root in (("strict", STRICT_ROOT), ("default", DEFAULT_ROOT)):
        works = trainable(builtin_manifest(), builtin_policy(policy))
        files = [_file(work) for work in works]
        corpus = clear_corpus(builtin_manifest(), builtin_policy(policy), files)
        assert corpus.training_set("1").root == root


def test_a_work_without_evidence_is_refused() -> None:
    """A grant that nobody can show does not count."""
    work = replace(builtin_manifest().work(CORELLI), evidence=())
    with pytest.raises(RightsRefusedError, match="no evidence is given"):
        clear_corpus(_with(work), STRICT, [_file(work)])


def test_a_verdict_that_the_policy_does_not_admit_is_refused() -> None:
    """The quartets are for the default policy, share-alike works for neither."""
    manifest = builtin_manifest()
    quartet = manifest.work("music21:beethoven/opus132")
    with pytest.raises(RightsRefusedError, match="strict does not admit"):
        clear_corpus(manifest, STRICT, [_file(quartet)])
    conditional = manifest.work("music21:luca/gloria")
    ruling = rule(conditional, Permission.TRAIN, builtin_policy("default"))
    assert ruling.reasons == (
        "the permission to train is unknown",
        "policy default does not admit works that are conditional",
    )


def test_an_unlisted_or_repeated_file_is_refused() -> None:
    """What the manifest does not list, and what is handed in twice, is named and refused."""
    file = _file(builtin_manifest().work(CORELLI))
    with pytest.raises(RightsRefusedError, match="does not list it"):
        clear_corpus(builtin_manifest(), STRICT, [replace(file, work_id="music21:other")])
    with pytest.raises(RightsRefusedError, match="handed in twice"):
        clear_corpus(builtin_manifest(), STRICT, [file, file])


def test_obligations_are_those_of_the_works_of_influence() -> None:
    """A CC BY work of influence brings its attribution line, once; a CC0 work brings none."""
    corpus = clear_corpus(builtin_manifest(), STRICT, _strict_files())
    owed = corpus.obligations([CORELLI, CORELLI, "music21:liliuokalani/aloha_oe"])
    assert [obligation.kind for obligation in owed] == ["attribution"]
    assert corpus.obligations(["music21:liliuokalani/aloha_oe"]) == ()
    with pytest.raises(KeyError):
        corpus.obligations(["music21:beethoven/opus132"])


def test_an_unknown_policy_lists_those_that_exist() -> None:
    """A policy that does not exist is bad usage, answered with the names that do."""
    with pytest.raises(UnknownPolicyError, match="default, strict"):
        builtin_policy("lenient")


def test_the_root_is_the_tree_hash_of_head_and_works() -> None:
    """Two works give RFC 6962's tree of three leaves, hashed here by hand from their JSON."""
    first = Member("a", "0" * 64, "CC0-1.0", Verdict.CLEARED)
    second = Member("b", "1" * 64, "MIT", Verdict.CLEARED_MEDIUM)
    leaves = (
        '{"engine_version":"3","format":"clearcue-training-set/1","policy":"strict",'
        '"policy_version":"2"}',
        '{"licence":"CC0-1.0","sha256":"' + "0" * 64 + '","verdict":"cleared","work_id":"a"}',
        '{"licence":"MIT","sha256":"' + "1" * 64 + '","verdict":"cleared-medium","work_id":"b"}',
    )
    hashed = [hashlib.sha256(b"\x00" + leaf.encode()).digest() for leaf in leaves]
    left = hashlib.sha256(b"\x01" + hashed[0] + hashed[1]).digest()
    root = hashlib.sha256(b"\x01" + left + hashed[2]).hexdigest()
    assert TrainingSet("strict", "2", "3", (first, second)).root == root


def test_the_example_of_the_format_document_holds() -> None:
    """The leaves and the root that `docs/formats/rights-manifest.md` shows are what is computed."""
    text = (Path(__file__).parents[2] / "docs/formats/rights-manifest.md").read_text("utf-8")
    identity = builtin_manifest().work("music21:liliuokalani/aloha_oe").identity
    member = Member(identity.work_id, identity.sha256, "CC0-1.0", Verdict.CLEARED)
    example = TrainingSet("strict", "1", "0.1.0", (member,))
    assert all(leaf.decode() in text for leaf in example.leaves())
    assert f"`{example.root}`" in text


def test_every_fact_of_a_training_set_changes_its_root() -> None:
    """Another work, hash, licence, verdict, policy or engine is another training set."""
    first = Member("a", "0" * 64, "CC0-1.0", Verdict.CLEARED)
    second = Member("b", "1" * 64, "CC0-1.0", Verdict.CLEARED)
    base = TrainingSet("strict", "1", "1", (first, second))
    others = [
        replace(base, policy="default"),
        replace(base, policy_version="2"),
        replace(base, engine_version="2"),
        replace(base, members=(first,)),
        replace(base, members=(replace(first, sha256="2" * 64), second)),
        replace(base, members=(replace(first, licence="MIT"), second)),
        replace(base, members=(replace(first, verdict=Verdict.CLEARED_MEDIUM), second)),
    ]
    assert len({base.root, *(other.root for other in others)}) == len(others) + 1


def test_a_training_set_is_ordered() -> None:
    """Members out of order, or twice, are no training set."""
    first = Member("a", "0" * 64, "CC0-1.0", Verdict.CLEARED)
    second = Member("b", "1" * 64, "CC0-1.0", Verdict.CLEARED)
    for members in ((second, first), (first, first)):
        with pytest.raises(ValueError, match="ordered by id"):
            TrainingSet("strict", "1", "1", members)
