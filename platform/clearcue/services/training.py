"""Training sets: which works a model learns from, stated once, signed and logged; and proofs of it.

The order in which a set comes to be, each step repeatable:

1. the withdrawn works are read, and the corpus is cleared without them;
2. the set's root is computed; if its statement is in the ledger, that is all;
3. one transaction, in which nothing can be withdrawn, stores the works, the set with its leaves,
   and the signed statement with its log leaf: all of it or nothing.

A model is made of a set's corpus alone, and its root names it. Where a work was withdrawn, a model
of a set that holds it can make nothing more: `refuse_withdrawn` is asked in the transaction that
stores a track.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from clearcue.composer import ENGINE_VERSION
from clearcue.errors import BadInputError, ClearcueError
from clearcue.originality.index_file import index_sha256
from clearcue.rights.corpus import ClearedCorpus
from clearcue.rights.training_set import TRAINING_SET_FORMAT, TrainingSet
from clearcue.services.ledger_store import (
    TRAINING_SET,
    WITHDRAWAL,
    LedgerDraft,
    LedgerStatement,
)
from clearcue.services.platform import Platform, Progress
from clearcue.services.ports import UnitOfWork
from clearcue.services.publishing import bundle_of, publish, sign
from clearcue.services.stored import MissingError, StoredTrainingSet, StoredWork
from clearcue_provenance import membership, predicates
from clearcue_provenance.shape import format_time
from clearcue_provenance.statement import Subject


class WithdrawnError(ClearcueError):
    """A model must not be used any more: a work that it learnt from was withdrawn."""


class NotAMemberError(BadInputError):
    """No training set, or not the one that was named, holds the work."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A training set with its corpus and its statement; `fresh` when it was stated just now."""

    corpus: ClearedCorpus
    training_set: TrainingSet
    statement: LedgerStatement
    fresh: bool


def withdrawn_works(platform: Platform) -> frozenset[str]:
    """The ids of the works that must not be learnt from any more."""
    with platform.units.read() as unit:
        return unit.ledger.names(WITHDRAWAL)


def cleared(platform: Platform, progress: Progress) -> ClearedCorpus:
    """The corpus that may be learnt from at this moment."""
    return platform.library.corpus(withdrawn_works(platform), progress)


def train(platform: Platform, progress: Progress) -> Trained:
    """The training set of this moment, its statement signed and logged once.

    Raises:
        ClearcueError: when the corpus cannot be read, or nothing can be signed or stored.
        WithdrawnError: when a work was withdrawn while the corpus was read; do it again.
    """
    corpus = cleared(platform, progress)  # 1
    training_set = corpus.training_set(ENGINE_VERSION)
    with platform.units.read() as unit:  # 2
        statement = unit.ledger.find(TRAINING_SET, training_set.root)
    if statement is not None:
        return Trained(corpus, training_set, statement, fresh=False)
    now = platform.clock.now()
    draft = _signed(platform, training_set, now)
    with platform.units.write() as unit:  # 3
        refuse_withdrawn(unit, corpus)
        unit.works.add_if_absent(_works(corpus, now))
        unit.training_sets.add_if_absent(_stored(training_set, now))
        statement = unit.ledger.enter(draft)
        unit.commit()
    return Trained(corpus, training_set, statement, fresh=statement.digest == draft.digest)


def refuse_withdrawn(unit: UnitOfWork, corpus: ClearedCorpus) -> None:
    """Refuse a corpus of which a work was withdrawn; until the unit ends none can be.

    Raises:
        WithdrawnError: for the first such work, by name.
    """
    unit.ledger.lock()
    withdrawn = unit.ledger.names(WITHDRAWAL)
    for work in corpus:
        if work.work_id in withdrawn:
            root = corpus.training_set(ENGINE_VERSION).root
            raise WithdrawnError(
                f"{work.work_id} was withdrawn, and the model of the training set {root[:16]} "
                "learnt from it; make the track again, and a model without it is used"
            )


def _signed(platform: Platform, training_set: TrainingSet, now: datetime) -> LedgerDraft:
    root = training_set.root
    predicate = {
        "root": {"sha256": root},
        "format": TRAINING_SET_FORMAT,
        "policy": training_set.policy,
        "policy_version": training_set.policy_version,
        "engine_version": training_set.engine_version,
        "works": len(training_set.members),
        "issued_at": format_time(now),
    }
    subject = Subject(predicates.TRAINING_SET_NAME, root)
    signed = sign(platform, [subject], predicates.TRAINING_SET, predicate)
    return LedgerDraft(TRAINING_SET, root, signed.envelope, signed.digest, signed.leaf_body, now)


def _works(corpus: ClearedCorpus, now: datetime) -> list[StoredWork]:
    return [
        StoredWork(
            id=work.work_id,
            title=work.title,
            path=work.rights.identity.path,
            sha256=work.rights.identity.sha256,
            verdict=str(work.rights.decision.verdict),
            permissions=work.rights.decision.permitted,
            added_at=now,
        )
        for work in corpus
    ]


def _stored(training_set: TrainingSet, now: datetime) -> StoredTrainingSet:
    ids = tuple(member.work_id for member in training_set.members)
    leaves = training_set.leaves()
    return StoredTrainingSet(training_set.root, training_set.policy, ids, now, leaves)


def make_model(platform: Platform, progress: Progress) -> dict[str, Any]:
    """Train: state the set, make the model and the fingerprint index of it, publish.

    Returns plain values: the set, its statement's place, and the digests of model and index, which
    are the same wherever the same program makes them of the same set.
    """
    publish(platform)
    trained = train(platform, progress)
    model = platform.library.model(trained.corpus, progress)
    index = platform.library.index(trained.corpus, progress)
    publish(platform)
    return {
        "training_set": trained.training_set.root,
        "works": len(trained.training_set.members),
        "policy": trained.training_set.policy,
        "policy_version": trained.training_set.policy_version,
        "engine_version": trained.training_set.engine_version,
        "parser": platform.library.parser,
        "withdrawn": sorted(withdrawn_works(platform)),
        "statement": trained.statement.digest,
        "log_index": trained.statement.leaf_index,
        "fresh": trained.fresh,
        "model_sha256": sha256(model.to_bytes()).hexdigest(),
        "index_sha256": index_sha256(index),
    }


@dataclass(frozen=True, slots=True)
class StatedSet:
    """A stored training set with its statement; None for one from before they were signed."""

    stored: StoredTrainingSet
    statement: LedgerStatement | None


def find_set(platform: Platform, digest: str) -> StatedSet:
    """A training set by its root. Raises MissingError."""
    with platform.units.read() as unit:
        stored = unit.training_sets.get(digest)
        return StatedSet(stored, unit.ledger.find(TRAINING_SET, digest))


def list_sets(platform: Platform) -> tuple[StatedSet, ...]:
    """Every training set, oldest first, without its leaves."""
    with platform.units.read() as unit:
        return tuple(
            StatedSet(stored, unit.ledger.find(TRAINING_SET, stored.digest))
            for stored in unit.training_sets.all()
        )


def set_bundle(platform: Platform, digest: str) -> bytes:
    """A training set's signed statement with its proof. Raises MissingError."""
    _, statement = _stated(find_set(platform, digest))
    return bundle_of(platform, statement.envelope, statement.leaf_index)


def member_list(platform: Platform, digest: str) -> bytes:
    """Every leaf of a training set with its statement, as `clearcue-verify` reads it.

    Raises:
        MissingError: when there is no such set, or it was never stated.
    """
    stored, statement = _stated(find_set(platform, digest))
    bundle = bundle_of(platform, statement.envelope, statement.leaf_index)
    return membership.make_list(bundle, stored.leaves)


def prove(platform: Platform, work_id: str, digest: str | None = None) -> bytes:
    """The proof that a work stands in a training set: the given one, else the newest that holds it.

    Raises:
        NotAMemberError: when it stands in none, or not in that one.
        MissingError: when there is no set of that root, or it was never stated.
    """
    if digest is None:
        with platform.units.read() as unit:
            holding = unit.training_sets.holding(work_id)
        if not holding:
            raise NotAMemberError(
                f"no training set holds {work_id}; `clearcue corpus train` makes one of the works "
                "that may be learnt from"
            )
        digest = holding[-1].digest
    found = find_set(platform, digest)
    if work_id not in found.stored.work_ids:
        raise NotAMemberError(f"the training set {digest} does not hold {work_id}")
    stored, statement = _stated(found)
    index = stored.work_ids.index(work_id) + 1
    bundle = bundle_of(platform, statement.envelope, statement.leaf_index)
    return membership.make_proof(bundle, stored.leaves, index)


def _stated(found: StatedSet) -> tuple[StoredTrainingSet, LedgerStatement]:
    if found.statement is None or not found.stored.leaves:
        raise MissingError(
            f"the training set {found.stored.digest} is from before sets were signed; only "
            "`clearcue corpus train` with the same works and engine can state it"
        )
    return found.stored, found.statement
