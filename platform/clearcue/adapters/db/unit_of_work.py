"""The unit of work on a database: one transaction, rolled back unless `commit()` is called."""

from types import TracebackType
from typing import Self

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from clearcue.adapters.db.access import SqlApiKeys, SqlIdempotencyKeys
from clearcue.adapters.db.engine import READ_ONLY, open_engine
from clearcue.adapters.db.erasing import SqlErasure
from clearcue.adapters.db.failures import explain, explained
from clearcue.adapters.db.grants import SqlGrants, SqlTemplateReviews
from clearcue.adapters.db.jobs import SqlJobs
from clearcue.adapters.db.ledger import SqlInfluences, SqlLedger
from clearcue.adapters.db.licences import SqlLicences, SqlQuotes
from clearcue.adapters.db.payments import SqlPayments
from clearcue.adapters.db.policies import SqlPolicySwitches
from clearcue.adapters.db.repositories import (
    SqlAccounts,
    SqlLogLeaves,
    SqlOrganisations,
    SqlTrainingSets,
    SqlWorks,
)
from clearcue.adapters.db.tracks import SqlOriginalityReports, SqlRecords, SqlTracks


class SqlUnitOfWork:
    """One transaction. Made by `Database`; used once, in a `with`.

    Whatever the database raises inside leaves it as a StoreError of one line.
    """

    def __init__(self, engine: Engine, *, read_only: bool) -> None:
        self._engine = engine.execution_options(**{READ_ONLY: read_only})
        self._session = Session(self._engine, expire_on_commit=False, autoflush=False)
        self.organisations = SqlOrganisations(self._session)
        self.accounts = SqlAccounts(self._session)
        self.api_keys = SqlApiKeys(self._session)
        self.idempotency_keys = SqlIdempotencyKeys(self._session)
        self.works = SqlWorks(self._session)
        self.training_sets = SqlTrainingSets(self._session)
        self.ledger = SqlLedger(self._session)
        self.influences = SqlInfluences(self._session)
        self.policy_switches = SqlPolicySwitches(self._session)
        self.jobs = SqlJobs(self._session)
        self.tracks = SqlTracks(self._session)
        self.originality_reports = SqlOriginalityReports(self._session)
        self.records = SqlRecords(self._session)
        self.log_leaves = SqlLogLeaves(self._session)
        self.quotes = SqlQuotes(self._session)
        self.licences = SqlLicences(self._session)
        self.grants = SqlGrants(self._session)
        self.payments = SqlPayments(self._session)
        self.erasure = SqlErasure(self._session)
        self.template_reviews = SqlTemplateReviews(self._session)

    def __enter__(self) -> Self:
        with explained():
            # Begin now, not at the first statement: what is read here is what is written upon.
            self._session.connection()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._session.close()  # rolls back what was not committed
        except SQLAlchemyError:
            # A connection that broke cannot roll back; the database does so itself. The first
            # error is the one to show.
            if error is None:
                raise
        if isinstance(error, SQLAlchemyError):
            raise explain(error) from error

    def commit(self) -> None:
        """Make everything done since the start durable."""
        with explained():
            self._session.commit()

    def rollback(self) -> None:
        """Undo everything done since the start."""
        with explained():
            self._session.rollback()


class Database:
    """Opens units of work on the database of a URL. It must have been migrated (`migrate`).

    Raises:
        BadInputError: when the URL is none of ours.
        StoreUnwritableError: when the folder of a SQLite file cannot be made.
    """

    def __init__(self, url: str) -> None:
        self._engine = open_engine(url)

    def write(self) -> SqlUnitOfWork:
        """A unit of work that may write; on SQLite it is the only one until it ends."""
        return SqlUnitOfWork(self._engine, read_only=False)

    def read(self) -> SqlUnitOfWork:
        """A unit of work that sees one state of the database and cannot write."""
        return SqlUnitOfWork(self._engine, read_only=True)

    def forget_connections(self) -> None:
        """In a forked child: drop the parent's connections without closing them."""
        self._engine.dispose(close=False)

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()
