"""Repositories of an organisation's tracks, files, originality reports and signed statements."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from clearcue.adapters.db.models import FileRow, OriginalityReportRow, RecordRow, TrackRow
from clearcue.adapters.db.record_search import conditions
from clearcue.services.sought import Sought
from clearcue.services.stored import (
    DuplicateError,
    MissingError,
    StoredFile,
    StoredRecord,
    StoredReport,
    StoredTrack,
    TrackFingerprint,
    TrackOwner,
)

FINGERPRINTS_AT_A_TIME = 500


def require_track(session: Session, organisation_id: str, track_id: str) -> TrackRow:
    """The organisation's track.

    Raises:
        MissingError: when the organisation has no track of that id.
    """
    row = session.scalar(
        select(TrackRow).where(TrackRow.organisation_id == organisation_id, TrackRow.id == track_id)
    )
    if row is None:
        raise MissingError(f"there is no track {track_id} in this organisation")
    return row


def checked_digest(content: bytes, digest: str) -> str:
    """The digest, once it has been found to be the content's.

    Raises:
        ValueError: when it is another's.
    """
    if hashlib.sha256(content).hexdigest() != digest:
        raise ValueError(f"{digest} is not the SHA-256 of the envelope that came with it")
    return digest


class SqlTracks:
    """Tracks and their files in the database."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, track: StoredTrack, files: Sequence[StoredFile] = ()) -> None:
        """Add a track with its files, all of one organisation."""
        if self._session.get(TrackRow, track.id) is not None:
            raise DuplicateError(f"there is a track {track.id} already")
        fields = asdict(track)
        fields["seed"] = str(track.seed)
        fields["details"] = dict(track.details)
        self._session.add(TrackRow(**fields))
        self._session.flush()
        self.add_files(files)

    def add_files(self, files: Sequence[StoredFile]) -> None:
        """Add files to tracks of the same organisation."""
        for file in files:
            require_track(self._session, file.organisation_id, file.track_id)
            self._session.add(FileRow(**asdict(file)))
        self._session.flush()

    def get(self, organisation_id: str, track_id: str) -> StoredTrack:
        """The track of that id, or MissingError."""
        return _track(require_track(self._session, organisation_id, track_id))

    def files(self, organisation_id: str, track_id: str) -> tuple[StoredFile, ...]:
        """The track's files by name."""
        rows = self._session.scalars(
            select(FileRow).where(
                FileRow.organisation_id == organisation_id, FileRow.track_id == track_id
            )
        )
        return tuple(sorted(map(_file, rows), key=lambda file: file.name))

    def list(
        self, organisation_id: str, limit: int, before_id: str | None = None
    ) -> tuple[StoredTrack, ...]:
        """Up to `limit` tracks, largest id first, beginning below `before_id`."""
        query = select(TrackRow).where(TrackRow.organisation_id == organisation_id)
        if before_id is not None:
            query = query.where(TrackRow.id < before_id)
        rows = self._session.scalars(query.order_by(TrackRow.id.desc()).limit(limit))
        return tuple(_track(row) for row in rows)

    def owners(self) -> tuple[TrackOwner, ...]:
        """Whose every track is, ordered by track id."""
        query = select(TrackRow.id, TrackRow.organisation_id, TrackRow.family)
        rows = self._session.execute(query.order_by(TrackRow.id)).all()
        return tuple(TrackOwner(*row) for row in rows)

    def fingerprints(self, track_ids: Collection[str]) -> Iterator[TrackFingerprint]:
        """The fingerprints of these tracks, ordered by track id, read in portions."""
        wanted = sorted(track_ids)
        columns = TrackRow.id, TrackRow.organisation_id, TrackRow.family, TrackRow.fingerprint
        for start in range(0, len(wanted), FINGERPRINTS_AT_A_TIME):
            portion = wanted[start : start + FINGERPRINTS_AT_A_TIME]
            query = select(*columns).where(TrackRow.id.in_(portion)).order_by(TrackRow.id)
            for row in self._session.execute(query).all():
                yield TrackFingerprint(*row)

    def by_file(self, sha256: str) -> StoredTrack | None:
        """The track that a file of this digest was delivered with, or None."""
        query = select(TrackRow).join(FileRow, FileRow.track_id == TrackRow.id)
        row = self._session.scalar(query.where(FileRow.sha256 == sha256).order_by(TrackRow.id))
        return None if row is None else _track(row)

    def by_samples(self, sha256: str) -> StoredTrack | None:
        """The first track whose mix has samples of this digest, or None."""
        query = select(TrackRow).where(TrackRow.pcm_sha256 == sha256).order_by(TrackRow.id)
        row = self._session.scalar(query)
        return None if row is None else _track(row)


def _track(row: TrackRow) -> StoredTrack:
    return StoredTrack(
        id=row.id,
        organisation_id=row.organisation_id,
        family=row.family,
        title=row.title,
        mood=row.mood,
        usage=row.usage,
        seed=int(row.seed),
        attempt=row.attempt,
        frames=row.frames,
        sample_rate=row.sample_rate,
        training_set_digest=row.training_set_digest,
        pcm_sha256=row.pcm_sha256,
        fingerprint=row.fingerprint,
        created_at=row.created_at,
        details=row.details,
    )


def _file(row: FileRow) -> StoredFile:
    return StoredFile(
        id=row.id,
        organisation_id=row.organisation_id,
        track_id=row.track_id,
        name=row.name,
        blob_key=row.blob_key,
        media_type=row.media_type,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        created_at=row.created_at,
    )


class SqlOriginalityReports:
    """Originality reports in the database."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, report: StoredReport) -> None:
        """Add a report about one of the organisation's tracks."""
        require_track(self._session, report.organisation_id, report.track_id)
        self._session.add(OriginalityReportRow(**asdict(report)))
        self._session.flush()

    def for_track(self, organisation_id: str, track_id: str) -> StoredReport:
        """The track's newest report, or MissingError."""
        row = self._session.scalar(
            select(OriginalityReportRow)
            .where(
                OriginalityReportRow.organisation_id == organisation_id,
                OriginalityReportRow.track_id == track_id,
            )
            .order_by(OriginalityReportRow.created_at.desc(), OriginalityReportRow.id.desc())
            .limit(1)
        )
        if row is None:
            raise MissingError(f"there is no originality report of track {track_id}")
        return StoredReport(
            id=row.id,
            organisation_id=row.organisation_id,
            track_id=row.track_id,
            verdict=row.verdict,
            similarity=row.similarity,
            report=row.report,
            created_at=row.created_at,
        )


class SqlRecords:
    """Signed statements about tracks in the database."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, record: StoredRecord) -> None:
        """Add a statement whose leaf was appended in this same unit of work."""
        checked_digest(record.envelope, record.digest)
        require_track(self._session, record.organisation_id, record.track_id)
        self._session.add(RecordRow(**asdict(record)))
        self._session.flush()

    def for_track(self, organisation_id: str, track_id: str, kind: str = "record") -> StoredRecord:
        """The track's statement of a kind, or MissingError."""
        row = self._session.scalar(
            select(RecordRow).where(
                RecordRow.organisation_id == organisation_id,
                RecordRow.track_id == track_id,
                RecordRow.kind == kind,
            )
        )
        if row is None:
            raise MissingError(f"there is no {kind} of track {track_id} in this organisation")
        return _record(row)

    def by_digest(self, organisation_id: str, digest: str) -> StoredRecord:
        """The statement of that digest, or MissingError."""
        row = self._session.scalar(
            select(RecordRow).where(
                RecordRow.organisation_id == organisation_id, RecordRow.digest == digest
            )
        )
        if row is None:
            raise MissingError(f"there is no record {digest} in this organisation")
        return _record(row)

    def search(
        self, organisation_id: str, sought: Sought, limit: int, before_id: str | None
    ) -> tuple[StoredRecord, ...]:
        """Up to `limit` records (not deliveries), newest first, with ids below `before_id`."""
        wanted = (
            select(RecordRow)
            .join(TrackRow, TrackRow.id == RecordRow.track_id)
            .where(RecordRow.organisation_id == organisation_id, RecordRow.kind == "record")
            .where(*conditions(sought))
        )
        if before_id is not None:
            wanted = wanted.where(RecordRow.id < before_id)
        rows = self._session.scalars(wanted.order_by(RecordRow.id.desc()).limit(limit))
        return tuple(_record(row) for row in rows)


def _record(row: RecordRow) -> StoredRecord:
    return StoredRecord(
        id=row.id,
        organisation_id=row.organisation_id,
        track_id=row.track_id,
        kind=row.kind,
        envelope=row.envelope,
        digest=row.digest,
        leaf_index=row.leaf_index,
        created_at=row.created_at,
    )
