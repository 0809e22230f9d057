"""Ending a licence before its term: revoked with a reason, or superseded by an amendment.

The end is a signed statement with a leaf of its own in the log, stored in one transaction with what
it does: all of it or nothing. It names the licence by its digest, never the licensee.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clearcue.errors import BadInputError
from clearcue.licensing.errors import LicenceEndedError
from clearcue.licensing.issuing import LicenceState
from clearcue.services.grant_store import EndDraft, StoredEnd
from clearcue.services.platform import Platform
from clearcue.services.publishing import bundle_of, publish, sign
from clearcue.services.stored import Organisation, StoredLicence
from clearcue_provenance import envelope, predicates, statement
from clearcue_provenance.shape import format_time

REASONS: Mapping[str, str] = {
    "fraud": "it was obtained by fraud",
    "chargeback": "its payment was taken back",
    "error": "it was issued in error",
    "breach": "its terms were broken and not mended",
}
"""Why a licence can be revoked, and the same in words."""


@dataclass(frozen=True, slots=True)
class End:
    """What ended a licence, as its signed statement says it.

    `reason` is one of `REASONS`, or `amendment`; `note` may be empty; `successor` is the digest of
    the licence that took its place, or None.
    """

    state: str
    reason: str
    note: str
    ended_at: str
    successor: str | None
    digest: str

    @property
    def reason_in_words(self) -> str:
        """The reason as a half sentence."""
        return REASONS.get(self.reason, "an amendment took its place")


def revoke(
    platform: Platform, organisation: Organisation, licence_id: str, reason: str, note: str = ""
) -> End:
    """Revoke a licence of the organisation, by its id or number; the statement is logged.

    Args:
        reason: one of `REASONS`.
        note: more about it, for whoever has the licence's number; it must not name the licensee.

    Raises:
        MissingError: when the organisation has no such licence.
        BadInputError: when the reason is none, or the note cannot be printed.
        LicenceEndedError: when it was revoked or superseded already.
    """
    if reason not in REASONS:
        raise BadInputError(f"{reason[:40]!r} is no reason; one of {', '.join(REASONS)}")
    said = _note(note)
    publish(platform)  # a log that cannot be continued is refused before anything is signed
    now = platform.clock.now()
    with platform.units.write() as unit:
        unit.grants.lock()
        licence = unit.licences.get(organisation.id, licence_id)
        if licence.state != "issued":
            raise LicenceEndedError(f"the licence {licence.number} is {licence.state} already")
        end = unit.grants.end(
            _draft(platform, licence, LicenceState.REVOKED, reason, said, None, now)
        )
        unit.commit()
    publish(platform)
    return read(end)


def _note(text: str) -> str:
    line = " ".join(unicodedata.normalize("NFC", text).split())
    if len(line) > predicates.MAX_REASON or not line.isprintable():
        raise BadInputError(f"give a note of up to {predicates.MAX_REASON} printable characters")
    return line


def superseded_by(
    platform: Platform, licence: StoredLicence, successor: str, now: datetime
) -> EndDraft:
    """The end of a licence whose place another takes; `successor` is the other's digest."""
    return _draft(platform, licence, LicenceState.SUPERSEDED, "amendment", "", successor, now)


def _draft(
    platform: Platform,
    licence: StoredLicence,
    state: LicenceState,
    reason: str,
    note: str,
    successor: str | None,
    now: datetime,
) -> EndDraft:
    said: dict[str, Any] = {
        "licence": {"sha256": licence.envelope_sha256},
        "state": str(state),
        "reason": reason,
        "note": note,
        "successor": None if successor is None else {"sha256": successor},
        "ended_at": format_time(now),
    }
    subject = statement.Subject(predicates.LICENCE_NAME, licence.envelope_sha256)
    signed = sign(platform, [subject], predicates.LICENCE_END, said)
    return EndDraft(
        licence_id=licence.id,
        organisation_id=licence.organisation_id,
        state=str(state),
        envelope=signed.envelope,
        envelope_sha256=signed.digest,
        leaf_body=signed.leaf_body,
        ended_at=now,
    )


def read(stored: StoredEnd) -> End:
    """What a stored end says."""
    said = statement.parse(envelope.parse(stored.envelope).payload).predicate
    successor = said["successor"]
    return End(
        state=said["state"],
        reason=said["reason"],
        note=said["note"],
        ended_at=said["ended_at"],
        successor=None if successor is None else successor["sha256"],
        digest=stored.envelope_sha256,
    )


def end_bundle(platform: Platform, stored: StoredEnd) -> bytes:
    """The bytes of licence-end.json: the statement's envelope with its proof."""
    return bundle_of(platform, stored.envelope, stored.leaf_index)
