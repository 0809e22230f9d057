"""Repositories of what is platform-wide or simple: organisations, accounts, works, sets, the log.

Each works inside the transaction of the session it is given and never commits.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import Select, func, or_, select, text
from sqlalchemy.orm import Session, defer

from clearcue.adapters.db.models import (
    AccountRow,
    LogLeafRow,
    OrganisationRow,
    TrainingSetRow,
    TrainingSetWorkRow,
    WorkRow,
)
from clearcue.services.stored import (
    Account,
    DuplicateError,
    Leaf,
    MissingError,
    Organisation,
    StoredTrainingSet,
    StoredWork,
)

OWNER = "owner"
"""The handle of the installation's own organisation, and of each organisation's first account."""

LOG_LOCK, OWNER_LOCK, CORPUS_LOCK = 0x434C_0001, 0x434C_0002, 0x434C_0003


def lock_by_name(session: Session, number: int) -> None:
    """Hold a lock until the transaction ends, so that read-then-write is done by one at a time.

    On SQLite the writing transaction is alone already.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


class SqlOrganisations:
    """Organisations in the database."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def ensure_owner(self, new_id: str, name: str, at: datetime) -> Organisation:
        """The owner of this installation, made with these values when there is none yet."""
        lock_by_name(self._session, OWNER_LOCK)
        row = self._session.scalar(select(OrganisationRow).where(OrganisationRow.handle == OWNER))
        if row is None:
            row = OrganisationRow(id=new_id, handle=OWNER, name=name, created_at=at)
            self._session.add(row)
            self._session.flush()
        return _organisation(row)

    def add(self, organisation: Organisation) -> None:
        """Add an organisation; DuplicateError when its id or handle is taken."""
        same = or_(
            OrganisationRow.id == organisation.id, OrganisationRow.handle == organisation.handle
        )
        if self._session.scalar(select(OrganisationRow.id).where(same)) is not None:
            raise DuplicateError(f"there is an organisation {organisation.handle} already")
        self._session.add(OrganisationRow(**asdict(organisation)))
        self._session.flush()

    def by_handle(self, handle: str) -> Organisation:
        """The organisation of that handle, or MissingError."""
        row = self._session.scalar(select(OrganisationRow).where(OrganisationRow.handle == handle))
        if row is None:
            raise MissingError(f"there is no organisation {handle}")
        return _organisation(row)

    def get(self, organisation_id: str) -> Organisation:
        """The organisation of that id, or MissingError."""
        row = self._session.get(OrganisationRow, organisation_id)
        if row is None:
            raise MissingError(f"there is no organisation {organisation_id}")
        return _organisation(row)


def _organisation(row: OrganisationRow) -> Organisation:
    return Organisation(row.id, row.handle, row.name, row.created_at)


class SqlAccounts:
    """Accounts in the database."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def ensure_owner(self, organisation_id: str, new_id: str, name: str, at: datetime) -> Account:
        """The organisation's owner account, made with these values when there is none yet."""
        lock_by_name(self._session, OWNER_LOCK)
        row = self._session.scalar(
            select(AccountRow).where(
                AccountRow.organisation_id == organisation_id, AccountRow.handle == OWNER
            )
        )
        if row is None:
            row = AccountRow(
                id=new_id, organisation_id=organisation_id, handle=OWNER, name=name, created_at=at
            )
            self._session.add(row)
            self._session.flush()
        return _account(row)

    def get(self, organisation_id: str, account_id: str) -> Account:
        """The account of that id, or MissingError."""
        row = self._session.scalar(
            select(AccountRow).where(
                AccountRow.organisation_id == organisation_id, AccountRow.id == account_id
            )
        )
        if row is None:
            raise MissingError(f"there is no account {account_id} in this organisation")
        return _account(row)


def _account(row: AccountRow) -> Account:
    return Account(row.id, row.organisation_id, row.handle, row.name, row.created_at)


class SqlWorks:
    """The works of the corpus in the database."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add_if_absent(self, works: Sequence[StoredWork]) -> int:
        """Add those whose id is not there yet; returns how many were added."""
        lock_by_name(self._session, CORPUS_LOCK)
        known = set(self._session.scalars(select(WorkRow.id)))
        fresh = [work for work in works if work.id not in known]
        self._session.add_all(
            WorkRow(
                id=work.id,
                title=work.title,
                path=work.path,
                sha256=work.sha256,
                verdict=work.verdict,
                permissions=list(work.permissions),
                added_at=work.added_at,
            )
            for work in fresh
        )
        self._session.flush()
        return len(fresh)

    def get(self, work_id: str) -> StoredWork:
        """The work of that id, or MissingError."""
        row = self._session.get(WorkRow, work_id)
        if row is None:
            raise MissingError(f"there is no work {work_id} in the corpus")
        return _work(row)

    def all(self) -> tuple[StoredWork, ...]:
        """Every work, ordered by id."""
        # Sorted here: databases collate texts differently.
        rows = self._session.scalars(select(WorkRow))
        return tuple(sorted(map(_work, rows), key=lambda work: work.id))


def _work(row: WorkRow) -> StoredWork:
    return StoredWork(
        id=row.id,
        title=row.title,
        path=row.path,
        sha256=row.sha256,
        verdict=row.verdict,
        permissions=tuple(row.permissions),
        added_at=row.added_at,
    )


class SqlTrainingSets:
    """Training sets in the database."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add_if_absent(self, training_set: StoredTrainingSet) -> bool:
        """Add it unless its digest is there; MissingError when a work of it is not."""
        lock_by_name(self._session, CORPUS_LOCK)
        leaves = b"\n".join(training_set.leaves) or None
        earlier = self._session.get(TrainingSetRow, training_set.digest)
        if earlier is not None:
            earlier.leaves = earlier.leaves or leaves
            self._session.flush()
            return False
        known = set(self._session.scalars(select(WorkRow.id)))
        for work_id in training_set.work_ids:
            if work_id not in known:
                raise MissingError(f"there is no work {work_id} in the corpus")
        self._session.add(
            TrainingSetRow(
                digest=training_set.digest,
                policy=training_set.policy,
                created_at=training_set.created_at,
                leaves=leaves,
            )
        )
        self._session.flush()
        self._session.add_all(
            TrainingSetWorkRow(digest=training_set.digest, position=position, work_id=work_id)
            for position, work_id in enumerate(training_set.work_ids)
        )
        self._session.flush()
        return True

    def get(self, digest: str) -> StoredTrainingSet:
        """The set of that digest, or MissingError."""
        row = self._session.get(TrainingSetRow, digest)
        if row is None:
            raise MissingError(f"there is no training set {digest}")
        leaves = tuple(row.leaves.split(b"\n")) if row.leaves else ()
        return replace(self._set(row), leaves=leaves)

    def all(self) -> tuple[StoredTrainingSet, ...]:
        """Every set, oldest first, without its leaves."""
        return self._sets(select(TrainingSetRow).options(defer(TrainingSetRow.leaves)))

    def holding(self, work_id: str) -> tuple[StoredTrainingSet, ...]:
        """The sets that hold a work, oldest first, without their leaves."""
        return self._sets(
            select(TrainingSetRow)
            .options(defer(TrainingSetRow.leaves))
            .join(TrainingSetWorkRow, TrainingSetWorkRow.digest == TrainingSetRow.digest)
            .where(TrainingSetWorkRow.work_id == work_id)
        )

    def _sets(self, query: Select[TrainingSetRow]) -> tuple[StoredTrainingSet, ...]:
        ordered = query.order_by(TrainingSetRow.created_at, TrainingSetRow.digest)
        return tuple(self._set(row) for row in self._session.scalars(ordered).all())

    def _set(self, row: TrainingSetRow) -> StoredTrainingSet:
        works = self._session.scalars(
            select(TrainingSetWorkRow.work_id)
            .where(TrainingSetWorkRow.digest == row.digest)
            .order_by(TrainingSetWorkRow.position)
        )
        return StoredTrainingSet(row.digest, row.policy, tuple(works), row.created_at)


class SqlLogLeaves:
    """The leaves of the public log in the database."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def append(self, body: bytes, envelope_sha256: str) -> int:
        """Append a leaf and return its index; the next writer waits until this one is done."""
        lock_by_name(self._session, LOG_LOCK)
        same = select(LogLeafRow.leaf_index).where(LogLeafRow.envelope_sha256 == envelope_sha256)
        if self._session.scalar(same) is not None:
            raise DuplicateError("the log holds a leaf of this envelope already")
        index = self.count()
        self._session.add(LogLeafRow(leaf_index=index, body=body, envelope_sha256=envelope_sha256))
        self._session.flush()
        return index

    def read(self, from_index: int, limit: int) -> tuple[Leaf, ...]:
        """Up to `limit` leaves from an index on, in order."""
        rows = self._session.scalars(
            select(LogLeafRow)
            .where(LogLeafRow.leaf_index >= from_index)
            .order_by(LogLeafRow.leaf_index)
            .limit(limit)
        )
        return tuple(Leaf(row.leaf_index, row.body, row.envelope_sha256) for row in rows)

    def count(self) -> int:
        """How many leaves there are, which is also the next index."""
        # The greatest index plus one, not a count of rows: the former is one look at the key.
        last = self._session.scalar(select(func.max(LogLeafRow.leaf_index)))
        return 0 if last is None else last + 1
