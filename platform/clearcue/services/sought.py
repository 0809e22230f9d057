"""What an auditor looks for among signed records: a value that crosses the persistence port."""

from dataclasses import dataclass
from datetime import date, datetime

LICENSED_STATES = ("none", "issued", "active", "expired", "revoked", "superseded")
"""States of a track's licences that can be asked for; `none` means that it has no licence."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Conditions, all of which must hold; None asks for nothing.

    `since` and `until` bound when a record was made, the latter exclusively. `work` is the id of a
    work that the record's choices came from or came near to. `training_set` is a root. `licence` is
    one of `LICENSED_STATES` that a licence of the track has on the day `today`. `sha256` is that of
    a delivered file, of the mix's decoded samples, or the record's own digest.
    """

    today: date
    since: datetime | None = None
    until: datetime | None = None
    work: str | None = None
    training_set: str | None = None
    licence: str | None = None
    sha256: str | None = None
