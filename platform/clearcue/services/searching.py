"""Search among the signed records of an organisation, for auditors."""

from dataclasses import dataclass

from clearcue.errors import BadInputError
from clearcue.services.platform import Platform
from clearcue.services.sought import LICENSED_STATES, Sought
from clearcue.services.stored import Organisation, StoredRecord, StoredTrack


@dataclass(frozen=True, slots=True)
class FoundRecord:
    """A record, its track, and the states of the track's licences on the day that was asked for."""

    record: StoredRecord
    track: StoredTrack


def search_records(
    platform: Platform,
    organisation: Organisation,
    sought: Sought,
    limit: int,
    before_id: str | None,
) -> tuple[FoundRecord, ...]:
    """Up to `limit` records that meet every condition, newest first, beginning below an id.

    Raises:
        BadInputError: when the licence's state is none of those known.
    """
    if sought.licence is not None and sought.licence not in LICENSED_STATES:
        raise BadInputError(
            f"{sought.licence!r} is no state of a licence; use {', '.join(LICENSED_STATES)}"
        )
    with platform.units.read() as unit:
        records = unit.records.search(organisation.id, sought, limit, before_id)
        return tuple(
            FoundRecord(record, unit.tracks.get(organisation.id, record.track_id))
            for record in records
        )
