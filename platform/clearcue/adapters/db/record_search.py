"""What an auditor looks for, as conditions on a record's row and its track's."""

from sqlalchemy import ColumnElement, and_, exists, or_

from clearcue.adapters.db.models import FileRow, LicenceRow, RecordRow, TrackRow, TrackWorkRow
from clearcue.services.sought import Sought


def conditions(sought: Sought) -> list[ColumnElement[bool]]:
    """The conditions of a search; none for what was not asked for."""
    found: list[ColumnElement[bool]] = []
    if sought.since is not None:
        found.append(RecordRow.created_at >= sought.since)
    if sought.until is not None:
        found.append(RecordRow.created_at < sought.until)
    if sought.work is not None:
        named = and_(
            TrackWorkRow.track_id == RecordRow.track_id, TrackWorkRow.work_id == sought.work
        )
        found.append(exists().where(named))
    if sought.training_set is not None:
        found.append(TrackRow.training_set_digest == sought.training_set)
    if sought.licence is not None:
        found.append(_licensed(sought))
    if sought.sha256 is not None:
        delivered = and_(FileRow.track_id == RecordRow.track_id, FileRow.sha256 == sought.sha256)
        found.append(
            or_(
                exists().where(delivered),
                TrackRow.pcm_sha256 == sought.sha256,
                RecordRow.digest == sought.sha256,
            )
        )
    return found


def _licensed(sought: Sought) -> ColumnElement[bool]:
    """That a licence of the track is in the state asked for, on the day asked for."""
    of_track = LicenceRow.track_id == RecordRow.track_id
    if sought.licence == "none":
        return ~exists().where(of_track)
    if sought.licence in ("revoked", "superseded"):
        return exists().where(and_(of_track, LicenceRow.state == sought.licence))
    issued = and_(of_track, LicenceRow.state == "issued")
    begun = LicenceRow.starts_on <= sought.today
    runs = or_(LicenceRow.ends_on.is_(None), LicenceRow.ends_on >= sought.today)
    by_clock = {
        "issued": ~begun,
        "active": and_(begun, runs),
        "expired": and_(begun, ~runs),
    }[str(sought.licence)]
    return exists().where(and_(issued, by_clock))
