"""Looking at what an organisation has: tracks, files, statements, quotes, licences."""

from dataclasses import dataclass

from clearcue.licensing.terms import Quote, read_terms
from clearcue.services.licences import ShownLicence, credits_of_record, shown
from clearcue.services.platform import Platform
from clearcue.services.publishing import bundle_of
from clearcue.services.stored import (
    MissingError,
    Organisation,
    StoredFile,
    StoredLicence,
    StoredRecord,
    StoredReport,
    StoredTrack,
)
from clearcue.services.withdrawing import WithdrawnWork, withdrawn_from


@dataclass(frozen=True, slots=True)
class TrackSheet:
    """A track with its files and the digests of its statements; `delivery` None until delivered.

    `credits` are the lines owed for works that influenced it; `withdrawn` the works that its model
    learnt from and that were withdrawn since.
    """

    track: StoredTrack
    files: tuple[StoredFile, ...]
    record: str
    delivery: str | None
    credits: tuple[str, ...]
    withdrawn: tuple[WithdrawnWork, ...]


def find_track(platform: Platform, organisation: Organisation, track_id: str) -> TrackSheet:
    """A track of the organisation. Raises MissingError."""
    with platform.units.read() as unit:
        track = unit.tracks.get(organisation.id, track_id)
        record = unit.records.for_track(organisation.id, track_id)
        try:
            delivery = unit.records.for_track(organisation.id, track_id, "delivery").digest
        except MissingError:
            delivery = None
        files = unit.tracks.files(organisation.id, track_id)
        withdrawn = withdrawn_from(unit, organisation.id, track_id)
    credits = credits_of_record(platform, record.envelope)
    return TrackSheet(track, files, record.digest, delivery, credits, withdrawn)


def list_tracks(
    platform: Platform, organisation: Organisation, limit: int, before_id: str | None
) -> tuple[StoredTrack, ...]:
    """Up to `limit` tracks, newest first, beginning below an id."""
    with platform.units.read() as unit:
        return unit.tracks.list(organisation.id, limit, before_id)


def list_catalogue(
    platform: Platform, organisation: Organisation, limit: int, before_id: str | None
) -> tuple[StoredTrack, ...]:
    """As `list_tracks`, without the families that a full exclusive, or a hold of one, shuts."""
    now, open_ones = platform.clock.now(), list[StoredTrack]()
    with platform.units.read() as unit:
        closed = unit.grants.closed_families(organisation.id, now)
        while len(open_ones) < limit:
            page = unit.tracks.list(organisation.id, limit, before_id)
            open_ones += [track for track in page if track.family not in closed]
            if len(page) < limit:
                break
            before_id = page[-1].id
    return tuple(open_ones[:limit])


def find_file(
    platform: Platform, organisation: Organisation, track_id: str, name: str
) -> StoredFile:
    """A file of a track by its name. Raises MissingError."""
    with platform.units.read() as unit:
        unit.tracks.get(organisation.id, track_id)
        for file in unit.tracks.files(organisation.id, track_id):
            if file.name == name:
                return file
    raise MissingError(f"track {track_id} has no file {name}")


def find_report(platform: Platform, organisation: Organisation, track_id: str) -> StoredReport:
    """The originality report that a track was accepted with. Raises MissingError."""
    with platform.units.read() as unit:
        unit.tracks.get(organisation.id, track_id)
        return unit.originality_reports.for_track(organisation.id, track_id)


def find_record(platform: Platform, organisation: Organisation, digest: str) -> StoredRecord:
    """A signed statement about a track, by its digest. Raises MissingError."""
    with platform.units.read() as unit:
        return unit.records.by_digest(organisation.id, digest)


@dataclass(frozen=True, slots=True)
class RecordStatus:
    """A signed statement about a track, and what came after it.

    `withdrawn` are the works that the track's model learnt from and that were withdrawn since. The
    statement is true as it was made, and still verifies; this is a flag.
    """

    record: StoredRecord
    training_set: str
    withdrawn: tuple[WithdrawnWork, ...]


def record_status(platform: Platform, organisation: Organisation, digest: str) -> RecordStatus:
    """What came after a signed statement about a track. Raises MissingError."""
    with platform.units.read() as unit:
        record = unit.records.by_digest(organisation.id, digest)
        track = unit.tracks.get(organisation.id, record.track_id)
        withdrawn = withdrawn_from(unit, organisation.id, record.track_id)
    return RecordStatus(record, track.training_set_digest, withdrawn)


def record_bundle(platform: Platform, organisation: Organisation, digest: str) -> bytes:
    """A statement with its proof, as of the latest checkpoint. Raises MissingError."""
    record = find_record(platform, organisation, digest)
    return bundle_of(platform, record.envelope, record.leaf_index)


def find_quote(platform: Platform, organisation: Organisation, quote_id: str) -> Quote:
    """A quote of the organisation. Raises MissingError."""
    with platform.units.read() as unit:
        return read_terms(unit.quotes.get(organisation.id, quote_id).terms)


def list_licences(
    platform: Platform, organisation: Organisation, limit: int, before_id: str | None
) -> tuple[ShownLicence, ...]:
    """Up to `limit` licences, newest first, beginning below an id."""
    with platform.units.read() as unit:
        found: tuple[StoredLicence, ...] = unit.licences.list(organisation.id, limit, before_id)
    return tuple(shown(platform, licence) for licence in found)
