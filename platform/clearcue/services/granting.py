"""Deciding about grants: whether one can stand beside those that do, and holding an exclusive.

A decision and what it allows are one transaction, with the grants locked: on SQLite the writer is
alone, on PostgreSQL a lock by name keeps every other decision waiting. Of two that ask at once one
is refused. Whose the other grant is, is never said.

Music is one family with its edits, with every track of the same samples, and with every track that
the originality check calls a near-duplicate of it, whoever made that.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from clearcue.errors import BadInputError
from clearcue.licensing.errors import LicenceEndedError, QuoteLapsedError
from clearcue.licensing.exclusivity import Exclusivity, refuse_conflict
from clearcue.licensing.terms import Quote, QuoteState, read_terms
from clearcue.music.score import Score
from clearcue.music.work import ParsedWork
from clearcue.originality.rarity import NOTHING_KNOWN
from clearcue.originality.report import NEAR_DUPLICATE
from clearcue.services.fingerprints import read_fingerprint
from clearcue.services.near_tracks import TracksMade
from clearcue.services.platform import Platform
from clearcue.services.ports import UnitOfWork
from clearcue.services.stored import Organisation, StoredLicence


def kin_of(platform: Platform, track_id: str) -> frozenset[str]:
    """The stored tracks whose music is a near-duplicate of a stored track's, itself included."""
    with platform.units.read() as unit:
        made = platform.tracks.up_to_date(unit.tracks)
        (own,) = unit.tracks.fingerprints([track_id])
    piece, _ = read_fingerprint(track_id, own.fingerprint)
    return kin_in(made, piece) | {track_id}


def kin_in(made: TracksMade, piece: Score | ParsedWork) -> frozenset[str]:
    """The tracks whose music is a near-duplicate of a piece, whoever owns them.

    Nothing is taken for common here, so that a doubt speaks for keeping the two apart.
    """
    report = made.near(piece, NOTHING_KNOWN)
    near = {one.work for one in report.matches if one.verdict == NEAR_DUPLICATE} if report else ()
    return made.same(piece).union(near)


def refuse_taken(
    unit: UnitOfWork, quoted: Quote, kin: frozenset[str], now: datetime, amended: str | None
) -> None:
    """Refuse, with the grants locked, what cannot stand beside the grants that do.

    Args:
        kin: the tracks whose music counts as the quote's.
        amended: the id of the licence whose place the quote takes, or None.

    Raises:
        ConflictError: when another grant, or a hold of one, is in the way.
    """
    standing = unit.grants.standing(
        kin, quoted.first_day, quoted.last_day, now, exclusive_only=not quoted.exclusive
    )
    refuse_conflict(
        quoted,
        (
            read_terms(one.terms)
            for one in standing
            if one.quote_id != quoted.id and (one.licence_id is None or one.licence_id != amended)
        ),
    )


def amended_by(unit: UnitOfWork, organisation_id: str, quoted: Quote) -> StoredLicence | None:
    """The licence whose place a quote takes, or None.

    Raises:
        MissingError: when the organisation has no such licence.
        LicenceEndedError: when it was ended already.
        BadInputError: when it is of other music.
    """
    if quoted.amends is None:
        return None
    amended = unit.licences.get(organisation_id, quoted.amends)
    if amended.state != "issued":
        raise LicenceEndedError(
            f"the licence {amended.number} is {amended.state} and cannot be amended; "
            "quote a new licence instead"
        )
    if amended.track_id != quoted.subject.track_id:
        raise BadInputError(
            f"the licence {amended.number} is of the track {amended.track_id}; "
            "amend it with a quote of that track"
        )
    return amended


@dataclass(frozen=True, slots=True)
class Hold:
    """That an exclusive quote is kept for whoever asked, until a moment."""

    quote_id: str
    until: datetime


def hold_quote(platform: Platform, organisation: Organisation, quote_id: str) -> Hold:
    """Hold an exclusive quote's scope, so that nobody else is granted it meanwhile.

    Held again, it stays held as long as it was.

    Raises:
        MissingError: when the organisation has no such quote.
        QuoteLapsedError: when the quote's time is over.
        BadInputError: when it is not exclusive, or was issued already.
        ConflictError: when another grant, or a hold of one, is in the way.
    """
    now = platform.clock.now()
    with platform.units.read() as unit:
        quoted = read_terms(unit.quotes.get(organisation.id, quote_id).terms)
    if quoted.exclusivity == Exclusivity.NONE:
        raise BadInputError("only an exclusive quote is held; accept this one when you want it")
    if quoted.state_at(now) is QuoteState.LAPSED:
        raise QuoteLapsedError(f"the quote {quote_id} has lapsed; ask for a new one")
    kin = kin_of(platform, quoted.subject.track_id)
    with platform.units.write() as unit:
        unit.grants.lock()
        if unit.licences.for_quote(organisation.id, quote_id) is not None:
            raise BadInputError("this quote was issued already; there is nothing to hold")
        until = unit.grants.held_until(organisation.id, quote_id)
        if until is None or until <= now:
            amended = amended_by(unit, organisation.id, quoted)
            refuse_taken(unit, quoted, kin, now, amended.id if amended else None)
            until = min(now + timedelta(days=platform.prices.hold_days), quoted.expires_at)
            unit.grants.hold(organisation.id, quote_id, now, until)
            unit.commit()
    return Hold(quote_id, until)
