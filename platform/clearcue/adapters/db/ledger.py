"""Repositories of the rights ledger: signed statements, and what works have to do with tracks."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from clearcue.adapters.db.models import LedgerStatementRow, LicenceRow, TrackRow, TrackWorkRow
from clearcue.adapters.db.repositories import CORPUS_LOCK, SqlLogLeaves, lock_by_name
from clearcue.adapters.db.tracks import checked_digest, require_track
from clearcue.services.ledger_store import (
    LedgerDraft,
    LedgerStatement,
    LicenceOrigin,
    TrackOrigin,
    TrackWork,
)
from clearcue.services.stored import MissingError


class SqlLedger:
    """The rights ledger's statements in the database."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._leaves = SqlLogLeaves(session)

    def lock(self) -> None:
        """Let nobody else store a track or enter a statement until the unit of work ends."""
        lock_by_name(self._session, CORPUS_LOCK)

    def enter(self, draft: LedgerDraft) -> LedgerStatement:
        """Enter a statement and its log leaf, once for its kind and name: else the first one."""
        self.lock()
        earlier = self.find(draft.kind, draft.name)
        if earlier is not None:
            return earlier
        checked_digest(draft.envelope, draft.digest)
        row = LedgerStatementRow(
            kind=draft.kind,
            name=draft.name,
            envelope=draft.envelope,
            digest=draft.digest,
            leaf_index=self._leaves.append(draft.leaf_body, draft.digest),
            created_at=draft.created_at,
        )
        self._session.add(row)
        self._session.flush()
        return _statement(row)

    def find(self, kind: str, name: str) -> LedgerStatement | None:
        """The statement of that kind and name, or None."""
        row = self._session.get(LedgerStatementRow, (kind, name))
        return None if row is None else _statement(row)

    def by_digest(self, digest: str) -> LedgerStatement:
        """The statement of that digest, or MissingError."""
        row = self._session.scalar(
            select(LedgerStatementRow).where(LedgerStatementRow.digest == digest)
        )
        if row is None:
            raise MissingError(f"the rights ledger holds no statement {digest}")
        return _statement(row)

    def all(self, kind: str) -> tuple[LedgerStatement, ...]:
        """Every statement of a kind, in the order of the log."""
        rows = self._session.scalars(
            select(LedgerStatementRow)
            .where(LedgerStatementRow.kind == kind)
            .order_by(LedgerStatementRow.leaf_index)
        )
        return tuple(map(_statement, rows))

    def names(self, kind: str) -> frozenset[str]:
        """The names of a kind's statements."""
        query = select(LedgerStatementRow.name).where(LedgerStatementRow.kind == kind)
        return frozenset(self._session.scalars(query))


def _statement(row: LedgerStatementRow) -> LedgerStatement:
    return LedgerStatement(
        row.kind, row.name, row.envelope, row.digest, row.leaf_index, row.created_at
    )


class SqlInfluences:
    """What works have to do with tracks, in the database."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, relations: Sequence[TrackWork]) -> None:
        """Add a new track's."""
        for organisation_id, track_id in {(r.organisation_id, r.track_id) for r in relations}:
            require_track(self._session, organisation_id, track_id)
        self._session.add_all(
            TrackWorkRow(**{**asdict(relation), "parts": dict(relation.parts)})
            for relation in relations
        )
        self._session.flush()

    def of_track(self, organisation_id: str, track_id: str) -> tuple[TrackWork, ...]:
        """Those of a track, by work id."""
        rows = self._session.scalars(
            select(TrackWorkRow).where(
                TrackWorkRow.organisation_id == organisation_id, TrackWorkRow.track_id == track_id
            )
        )
        return tuple(sorted(map(_relation, rows), key=lambda relation: relation.work_id))

    def of_work(self, work_id: str) -> tuple[TrackWork, ...]:
        """Those of a work, whoever owns the track, by track id."""
        rows = self._session.scalars(select(TrackWorkRow).where(TrackWorkRow.work_id == work_id))
        return tuple(sorted(map(_relation, rows), key=lambda relation: relation.track_id))

    def tracks_from(self, digests: Sequence[str]) -> tuple[TrackOrigin, ...]:
        """Every organisation's tracks of models of these training sets, by track id."""
        rows = self._session.execute(
            select(
                TrackRow.id,
                TrackRow.organisation_id,
                TrackRow.title,
                TrackRow.training_set_digest,
                TrackRow.created_at,
            ).where(TrackRow.training_set_digest.in_(digests))
        )
        found = (TrackOrigin(*row) for row in rows)
        return tuple(sorted(found, key=lambda track: track.track_id))

    def licences_from(self, digests: Sequence[str]) -> tuple[LicenceOrigin, ...]:
        """Every organisation's licences on `tracks_from` of these sets, by licence id."""
        rows = self._session.execute(
            select(
                LicenceRow.id, LicenceRow.organisation_id, LicenceRow.number, LicenceRow.track_id
            )
            .join(TrackRow, TrackRow.id == LicenceRow.track_id)
            .where(TrackRow.training_set_digest.in_(digests))
        )
        found = (LicenceOrigin(*row) for row in rows)
        return tuple(sorted(found, key=lambda licence: licence.licence_id))


def _relation(row: TrackWorkRow) -> TrackWork:
    return TrackWork(
        row.organisation_id, row.track_id, row.work_id, row.share, row.parts, row.similarity
    )
