"""Withdrawal: a work leaves the next training set; who learnt from it is found; nothing is deleted.

One transaction, in which no track can be stored, counts what is affected and enters the signed
notice with its log leaf: all of it or nothing. From then on the corpus is cleared without the work,
so that the next track trains a model without it, by itself. Records and licences from before stay
as they are; that they are affected is read from the ledger whenever they are shown.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from clearcue.errors import BadInputError
from clearcue.services.ledger_store import (
    WITHDRAWAL,
    LedgerDraft,
    LedgerStatement,
    TrackWork,
)
from clearcue.services.platform import Platform
from clearcue.services.ports import UnitOfWork
from clearcue.services.publishing import bundle_of, publish, sign
from clearcue.services.stored import MissingError, Organisation, StoredTrack, StoredTrainingSet
from clearcue_provenance import envelope, predicates, statement
from clearcue_provenance.shape import format_time

MAX_WHO = 200
NOTHING = "0/1"
"""The share of a work that a model learnt from and no choice of a track came from."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A withdrawal as its signed notice states it."""

    work_id: str
    title: str
    sha256: str
    by: str
    reason: str
    withdrawn_at: str
    training_sets: tuple[str, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What came of a withdrawal; `fresh` is false when the work was withdrawn before."""

    notice: Notice
    statement: LedgerStatement
    fresh: bool


@dataclass(frozen=True, slots=True)
class OwnTrack:
    """A track of the organisation that asks, and what it has to do with a work.

    `learnt` says whether its model learnt from the work; `share` is exact, such as `3/8`.
    """

    track_id: str
    title: str
    created_at: datetime
    training_set: str
    learnt: bool
    share: str
    parts: dict[str, str]
    similarity: float | None


@dataclass(frozen=True, slots=True)
class OwnLicence:
    """A licence of the organisation that asks, on a track whose model learnt from a work."""

    licence_id: str
    number: str
    track_id: str


@dataclass(frozen=True, slots=True)
class Affected:
    """Everything that has to do with a work, the largest share first.

    Of other organisations there are numbers only: of their tracks whose models learnt from the
    work, of those that it influenced, and of licences on the former.
    """

    training_sets: tuple[StoredTrainingSet, ...]
    tracks: tuple[OwnTrack, ...]
    licences: tuple[OwnLicence, ...]
    other_tracks: int
    other_influenced: int
    other_licences: int


@dataclass(frozen=True, slots=True)
class WithdrawnWork:
    """A withdrawn work that a track's model learnt from, with its share of the track."""

    work_id: str
    title: str
    share: str
    withdrawn_at: str
    notice: str


def withdraw(platform: Platform, work_id: str, who: str, why: str) -> Withdrawal:
    """Withdraw a work, once: done again, the first notice comes back.

    Args:
        who: the rights holder, or who acts for them; it stands in the notice.
        why: the reason, in a line or a few; it stands in the notice.

    Raises:
        BadInputError: when there is no such work, or who and why are not said.
    """
    title, sha256 = _work(platform, work_id)
    who = _said(who, "who withdraws it", MAX_WHO)
    why = _said(why, "why it is withdrawn", predicates.MAX_REASON)
    publish(platform)  # a log that cannot be continued is refused before anything is signed
    now = platform.clock.now()
    with platform.units.write() as unit:
        unit.ledger.lock()
        stated = unit.ledger.find(WITHDRAWAL, work_id)
        fresh = stated is None
        if stated is None:
            said = {
                "work": {"id": work_id, "title": title, "sha256": sha256},
                "by": {"name": who},
                "reason": why,
                **_counted(unit, work_id),
                "withdrawn_at": format_time(now),
            }
            stated = unit.ledger.enter(_signed(platform, said, now))
            unit.commit()
    publish(platform)
    return Withdrawal(read_notice(stated), stated, fresh)


def _work(platform: Platform, work_id: str) -> tuple[str, str]:
    """A work's title and file hash, from the manifest, or from a set that learnt from it."""
    try:
        work = platform.library.manifest.work(work_id)
        return work.title, work.identity.sha256
    except KeyError:
        pass
    try:
        with platform.units.read() as unit:
            stored = unit.works.get(work_id)
        return stored.title, stored.sha256
    except MissingError as error:
        raise BadInputError(
            f"there is no work {work_id!r}; `clearcue corpus used --title` finds its id"
        ) from error


def _said(text: str, what: str, most: int) -> str:
    text = " ".join(unicodedata.normalize("NFC", text).split())
    if not text:
        raise BadInputError(f"say {what}: it stands in the notice")
    if len(text) > most or not text.isprintable():
        raise BadInputError(f"say {what} in up to {most} printable characters")
    return text


def _counted(unit: UnitOfWork, work_id: str) -> dict[str, Any]:
    roots = [found.digest for found in unit.training_sets.holding(work_id)]
    tracks = {track.track_id for track in unit.influences.tracks_from(roots)}
    influenced = {row.track_id for row in unit.influences.of_work(work_id) if _weighs(row)}
    return {
        "training_sets": [{"sha256": root} for root in roots],
        "affected": {
            "tracks": len(tracks),
            "influenced": len(tracks & influenced),
            "licences": len(unit.influences.licences_from(roots)),
        },
    }


def _weighs(row: TrackWork) -> bool:
    return Fraction(row.share) > 0


def _signed(platform: Platform, said: dict[str, Any], now: datetime) -> LedgerDraft:
    work = said["work"]
    subject = statement.Subject(predicates.WORK_NAME, work["sha256"])
    signed = sign(platform, [subject], predicates.WITHDRAWAL, said)
    return LedgerDraft(
        WITHDRAWAL, work["id"], signed.envelope, signed.digest, signed.leaf_body, now
    )


def read_notice(stated: LedgerStatement) -> Notice:
    """A withdrawal's notice from its signed statement."""
    said = statement.parse(envelope.parse(stated.envelope).payload).predicate
    return Notice(
        work_id=said["work"]["id"],
        title=said["work"]["title"],
        sha256=said["work"]["sha256"],
        by=said["by"]["name"],
        reason=said["reason"],
        withdrawn_at=said["withdrawn_at"],
        training_sets=tuple(entry["sha256"] for entry in said["training_sets"]),
        digest=stated.digest,
    )


def list_notices(platform: Platform) -> tuple[Notice, ...]:
    """Every withdrawal, oldest first."""
    with platform.units.read() as unit:
        return tuple(map(read_notice, unit.ledger.all(WITHDRAWAL)))


def find_notice(platform: Platform, work_id: str) -> Notice | None:
    """A work's withdrawal, or None."""
    with platform.units.read() as unit:
        stated = unit.ledger.find(WITHDRAWAL, work_id)
    return None if stated is None else read_notice(stated)


def withdrawn_json(platform: Platform, work_id: str) -> dict[str, Any] | None:
    """A work's withdrawal as plain values, or None."""
    notice = find_notice(platform, work_id)
    if notice is None:
        return None
    return {
        "by": notice.by,
        "reason": notice.reason,
        "withdrawn_at": notice.withdrawn_at,
        "notice": notice.digest,
    }


def notice_bundle(platform: Platform, digest: str) -> bytes:
    """A notice with its proof, by the digest of its statement. Raises MissingError."""
    with platform.units.read() as unit:
        stated = unit.ledger.by_digest(digest)
    if stated.kind != WITHDRAWAL:
        raise MissingError(f"there is no withdrawal {digest}")
    return bundle_of(platform, stated.envelope, stated.leaf_index)


def find_affected(platform: Platform, organisation: Organisation, work_id: str) -> Affected:
    """The models, tracks and licences that have to do with a work, withdrawn or not."""
    with platform.units.read() as unit:
        sets = unit.training_sets.holding(work_id)
        roots = [found.digest for found in sets]
        learnt = {track.track_id: track for track in unit.influences.tracks_from(roots)}
        relations = unit.influences.of_work(work_id)
        own = [row for row in relations if row.organisation_id == organisation.id]
        related = {row.track_id: row for row in own}
        ids = {
            track.track_id for track in learnt.values() if track.organisation_id == organisation.id
        } | related.keys()
        tracks = [
            _own_track(
                unit.tracks.get(organisation.id, track_id),
                related.get(track_id),
                learnt=track_id in learnt,
            )
            for track_id in ids
        ]
        licences = unit.influences.licences_from(roots)
    others = [row for row in relations if row.organisation_id != organisation.id]
    foreign = {t.track_id for t in learnt.values() if t.organisation_id != organisation.id}
    return Affected(
        sets,
        tuple(sorted(tracks, key=lambda track: (-Fraction(track.share), track.track_id))),
        tuple(
            OwnLicence(one.licence_id, one.number, one.track_id)
            for one in licences
            if one.organisation_id == organisation.id
        ),
        other_tracks=len(foreign),
        other_influenced=len({row.track_id for row in others if _weighs(row)}),
        other_licences=sum(one.organisation_id != organisation.id for one in licences),
    )


def _own_track(track: StoredTrack, row: TrackWork | None, *, learnt: bool) -> OwnTrack:
    return OwnTrack(
        track_id=track.id,
        title=track.title,
        created_at=track.created_at,
        training_set=track.training_set_digest,
        learnt=learnt,
        share=row.share if row else NOTHING,
        parts=dict(row.parts) if row else {},
        similarity=row.similarity if row else None,
    )


def percent(share: str) -> float:
    """An exact share in percent, to four decimals; what is above zero never becomes zero."""
    exact = Fraction(share) * 100
    return max(round(float(exact), 4), 0.0001) if exact else 0.0


def works_json(works: Sequence[WithdrawnWork]) -> list[dict[str, Any]]:
    """The withdrawn works that a track's model learnt from, as plain values."""
    return [
        {
            "work": one.work_id,
            "title": one.title,
            "share": one.share,
            "percent": percent(one.share),
            "withdrawn_at": one.withdrawn_at,
            "notice": one.notice,
        }
        for one in works
    ]


def withdrawn_from(
    unit: UnitOfWork, organisation_id: str, track_id: str
) -> tuple[WithdrawnWork, ...]:
    """The withdrawn works that a track's model learnt from, the largest share first.

    Raises:
        MissingError: when the organisation has no such track.
    """
    track = unit.tracks.get(organisation_id, track_id)
    names = unit.ledger.names(WITHDRAWAL)
    if not names:
        return ()
    members = unit.training_sets.get(track.training_set_digest).work_ids
    shares = {row.work_id: row.share for row in unit.influences.of_track(organisation_id, track_id)}
    notices = _notices(unit, [work_id for work_id in members if work_id in names])
    found = [
        WithdrawnWork(
            one.work_id,
            one.title,
            shares.get(one.work_id, NOTHING),
            one.withdrawn_at,
            one.digest,
        )
        for one in notices
    ]
    return tuple(sorted(found, key=lambda one: (-Fraction(one.share), one.work_id)))


def _notices(unit: UnitOfWork, work_ids: Sequence[str]) -> list[Notice]:
    stated = (unit.ledger.find(WITHDRAWAL, work_id) for work_id in work_ids)
    return [read_notice(one) for one in stated if one is not None]
