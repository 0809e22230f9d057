"""Verify what the rights ledger states, offline: training sets, memberships, withdrawals.

The caller supplies bytes, a trust root (or None) and nothing else. The main file is a membership
proof, a list of members, or the bundle of a training set or of a withdrawal. The steps, each tagged
with its number below:

1. The bundle, in the file or the file itself, passes steps 1 to 7 of `verify` (see `steps`).
2. Its statement is of the kind that the file needs.
3. A proof leads from its leaf to the statement's root in a tree of the statement's size; a list's
   leaves make up that root, and its head is the statement's.
4. Each further file is what the main file speaks of: a track's bundle whose record names the
   training set; a membership, a list or a training set of the same root; else a work's file, by its
   sha256.

What the caller must still decide: whether to trust the trust root; whether a work was withdrawn
since (a training set says nothing about what came later).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from clearcue_provenance import bundle, membership, predicates, statement, trust
from clearcue_provenance.errors import ProvenanceError, StatementError
from clearcue_provenance.steps import check_bundle
from clearcue_provenance.verify import Check, File, Report

TRAINING_SET_DEPENDENCY = "training-set"
"""The name under which a record's dependencies hold the root of the training set."""
_KINDS = (predicates.TRAINING_SET, predicates.WITHDRAWAL)
_PROOF_MARK = membership.PROOF_TYPE.encode()
_LIST_MARK = membership.LIST_TYPE.encode()
_NOT_CHECKED = "not checked: the main file did not verify"


@dataclass(frozen=True, slots=True)
class _Found:
    """What a verified file speaks of: training sets by root, and works' files by sha256.

    `works` None means that the file names no works, so that none can be checked against it.
    """

    parsed: bundle.Bundle
    signer: str
    message: str
    check: str
    roots: frozenset[str]
    works: Mapping[str, str] | None
    facts: Mapping[str, Any] = field(default_factory=dict)


def looks_like_ledger(data: bytes) -> bool:
    """Whether bytes are, or once were, a file of this module rather than a track's bundle."""
    if _PROOF_MARK in data or _LIST_MARK in data:
        return True
    try:
        payload = bundle.parse(data).envelope.payload
        return statement.parse(payload).predicate_type in _KINDS
    except ProvenanceError:
        return False


def verify(
    main: File, files: Sequence[File], trust_root: trust.TrustRoot | None, now: datetime
) -> Report:
    """Check a file of the rights ledger, and the files given with it.

    Args:
        main: the file to check.
        files: what is checked against it.
        trust_root: the keys to believe, or None; it must not have expired at the time `now`.
        now: the present time.

    Raises:
        Nothing of its own for any bytes: what is wrong with them is in the report.
    """
    checks: list[Check] = []
    try:
        if trust_root is not None:
            trust_root.refuse_stale(now)
        found = _check(main.data, trust_root)
    except ProvenanceError as error:
        checks.append(Check(error.check, main.name, False, str(error)))
        checks.extend(Check("file", file.name, None, _NOT_CHECKED) for file in files)
        return Report(tuple(checks), str(getattr(error, "key_id", "")), False)
    checks.extend(_bundle_checks(main, found, trust_root))
    checks.extend(_check_file(file, found, trust_root) for file in files)  # 4
    return Report(tuple(checks), found.signer, trust_root is not None, ledger={**found.facts})


def _bundle_checks(
    main: File, found: _Found, trust_root: trust.TrustRoot | None
) -> tuple[Check, ...]:
    head = found.parsed.checkpoint
    place = f"leaf {found.parsed.index} of the log {head.origin} as of {head.size} leaves"
    if trust_root is None:
        place += "; the checkpoint's signature was not checked"
    return (
        Check("envelope", main.name, True, f"signed by the key {found.signer}"),
        Check("log proof", main.name, True, place),
        Check(found.check, main.name, True, found.message),
    )


def _check(data: bytes, trust_root: trust.TrustRoot | None) -> _Found:
    if _PROOF_MARK in data:
        return _check_proof(data, trust_root)
    if _LIST_MARK in data:
        return _check_list(data, trust_root)
    parsed, stated, key = check_bundle(data, trust_root)  # 1
    if stated.predicate_type == predicates.WITHDRAWAL:
        return _withdrawal(parsed, stated, key.key_id)
    if stated.predicate_type != predicates.TRAINING_SET:  # 2
        raise StatementError("this bundle states neither a training set nor a withdrawal")
    facts = _set_facts(parsed, stated)
    words = f"the training set {facts['root']} of {facts['works']} works, policy {facts['policy']}"
    return _Found(parsed, key.key_id, words, "statement", frozenset({facts["root"]}), None, facts)


def _check_set(
    data: bytes, trust_root: trust.TrustRoot | None
) -> tuple[bundle.Bundle, dict[str, Any], str]:
    parsed, stated, key = check_bundle(data, trust_root)  # 1
    if stated.predicate_type != predicates.TRAINING_SET:  # 2
        raise StatementError("the bundle in this file does not state a training set")
    return parsed, _set_facts(parsed, stated), key.key_id


def _check_proof(data: bytes, trust_root: trust.TrustRoot | None) -> _Found:
    given = membership.parse_proof(data)
    parsed, facts, signer = _check_set(given.bundle, trust_root)
    membership.check_proof(given, facts["root"], facts["works"])  # 3
    member = given.member
    words = (
        f"{member.work_id} (file {member.sha256}, {member.licence}, {member.verdict}) is work "
        f"{given.index} of {facts['works']} of the training set {facts['root']}"
    )
    return _Found(
        parsed,
        signer,
        words,
        "membership",
        frozenset({facts["root"]}),
        {member.sha256: member.work_id},
        {**facts, "work": _member_facts(member)},
    )


def _check_list(data: bytes, trust_root: trust.TrustRoot | None) -> _Found:
    given = membership.parse_list(data)
    parsed, facts, signer = _check_set(given.bundle, trust_root)
    head = {
        name: str(facts[name]) for name in ("engine_version", "format", "policy", "policy_version")
    }
    membership.check_list(given, facts["root"], facts["works"], head)  # 3
    words = f"the {facts['works']} listed works are those of the training set {facts['root']}"
    works = {member.sha256: member.work_id for member in given.members}
    roots = frozenset({facts["root"]})
    return _Found(parsed, signer, words, "membership", roots, works, facts)


def _member_facts(member: membership.Member) -> dict[str, str]:
    return {
        "id": member.work_id,
        "sha256": member.sha256,
        "licence": member.licence,
        "verdict": member.verdict,
    }


def _set_facts(parsed: bundle.Bundle, stated: statement.Statement) -> dict[str, Any]:
    said = stated.predicate
    return {
        "kind": "training set",
        "root": said["root"]["sha256"],
        "statement": parsed.digest,
        "works": said["works"],
        **{
            name: said[name]
            for name in ("format", "policy", "policy_version", "engine_version", "issued_at")
        },
    }


def _withdrawal(parsed: bundle.Bundle, stated: statement.Statement, signer: str) -> _Found:
    said = stated.predicate
    work = said["work"]
    roots = [entry["sha256"] for entry in said["training_sets"]]
    facts = {
        "kind": "withdrawal",
        "statement": parsed.digest,
        "work": dict(work),
        "by": said["by"]["name"],
        "reason": said["reason"],
        "training_sets": roots,
        "affected": dict(said["affected"]),
        "withdrawn_at": said["withdrawn_at"],
    }
    words = f"{work['id']} was withdrawn at {said['withdrawn_at']} by {facts['by']}"
    works = {work["sha256"]: work["id"]}
    return _Found(parsed, signer, words, "statement", frozenset(roots), works, facts)


def _check_file(file: File, main: _Found, trust_root: trust.TrustRoot | None) -> Check:
    data = file.data
    if _PROOF_MARK in data or _LIST_MARK in data:
        return _check_related(file, data, main, trust_root)
    if data.startswith(bundle.START):
        return _check_bundle(file, data, main, trust_root)
    digest = hashlib.sha256(data).hexdigest()
    if main.works is None:
        words = "a training set alone says nothing of a file; give the work's membership proof"
        return Check("file", file.name, False, words)
    if digest in main.works:
        return Check("file", file.name, True, f"is the file of {main.works[digest]}, by its hash")
    return Check("file", file.name, False, "is not the file of a work that is spoken of here")


def _check_related(
    file: File, data: bytes, main: _Found, trust_root: trust.TrustRoot | None
) -> Check:
    try:
        found = _check(data, trust_root)
    except ProvenanceError as error:
        return Check("membership", file.name, False, f"{error.check}: {error}")
    same_signer = trust_root is not None or found.signer == main.signer
    fits = same_signer and bool(found.roots & main.roots) and _same_work(found, main)
    words = found.message if fits else "speaks of another training set, work or signer"
    return Check(found.check, file.name, fits, words)


def _same_work(found: _Found, main: _Found) -> bool:
    """Whether two files do not name different works."""
    if not found.works or not main.works:
        return True
    return bool(found.works.keys() & main.works.keys())


def _check_bundle(
    file: File, data: bytes, main: _Found, trust_root: trust.TrustRoot | None
) -> Check:
    try:
        _, stated, key = check_bundle(data, trust_root)
    except ProvenanceError as error:
        return Check("record", file.name, False, f"{error.check}: {error}")
    if stated.predicate_type in _KINDS:
        return _check_related(file, data, main, trust_root)
    if stated.predicate_type != predicates.GENERATION:
        return Check("record", file.name, False, "this bundle does not state how a track was made")
    named = {
        entry["digest"]["sha256"]
        for entry in stated.predicate["buildDefinition"]["resolvedDependencies"]
        if entry["name"] == TRAINING_SET_DEPENDENCY
    }
    fits = bool(named & main.roots) and (trust_root is not None or key.key_id == main.signer)
    track = stated.predicate["runDetails"]["metadata"]["invocationId"]
    words = f"the record of the track {track} names this training set"
    return Check(
        "record", file.name, fits, words if fits else "names another training set, or signer"
    )
