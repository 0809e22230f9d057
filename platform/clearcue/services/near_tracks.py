"""The tracks made here, as something to compare with: whose they are, and their fingerprints.

One of ours is compared with every track of every organisation, so that two customers never get the
same music. What a report may say of another organisation's track is that it is there, no more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from clearcue.errors import ClearcueError
from clearcue.music.score import Score
from clearcue.music.work import ParsedWork
from clearcue.originality.index import music_digest
from clearcue.originality.rarity import Rarity
from clearcue.originality.report import Report
from clearcue.originality.segments import Segments
from clearcue.originality.voices import as_work
from clearcue.services.fingerprints import read_fingerprint
from clearcue.services.ports import Tracks
from clearcue.services.stored import TrackOwner


@dataclass(frozen=True, slots=True)
class TracksMade:
    """Every stored track: its owner by its id, and the index of them all."""

    owners: Mapping[str, TrackOwner]
    segments: Segments

    def near(
        self, piece: Score | ParsedWork, known: Rarity, without: frozenset[str] = frozenset()
    ) -> Report | None:
        """What comparing a piece with all tracks but some gives; None when there are none.

        Args:
            known: what counts as common, the training index's.
            without: ids of tracks that are left out of the comparison.
        """
        if self.owners.keys() <= without:
            return None
        return self.segments.check(piece, known, without)

    def of(self, organisation_id: str) -> frozenset[str]:
        """The ids of an organisation's tracks."""
        return frozenset(
            owner.track_id
            for owner in self.owners.values()
            if owner.organisation_id == organisation_id
        )

    def not_of(self, organisation_id: str) -> frozenset[str]:
        """The ids of all other organisations' tracks."""
        return frozenset(self.owners) - self.of(organisation_id)

    def same(self, piece: Score | ParsedWork) -> frozenset[str]:
        """The tracks of just these notes, in whatever key and at whatever tempo.

        The comparison by passages says nothing of parts that are shorter than a window.
        """
        wanted = music_of(piece)
        music = self.segments.music()
        return frozenset(track_id for track_id, digest in music.items() if digest == wanted)


class NearDuplicateError(ClearcueError):
    """What was composed came too near to a work or to another track; nothing was made."""

    exit_code = 3


class TrackIndex(Protocol):
    """Keeps the fingerprints of the tracks made here."""

    def up_to_date(self, tracks: Tracks) -> TracksMade:
        """What is stored now: tracks that came are put in, tracks that went are taken out."""
        ...


def music_of(piece: Score | ParsedWork) -> str:
    """The digest of a piece's melodic parts, whatever its key, tempo and title."""
    return music_digest(as_work(piece, "") if isinstance(piece, Score) else piece)


def refuse_anothers_music(
    score: Score, organisation_id: str, before: TracksMade, tracks: Tracks
) -> None:
    """Refuse music that another organisation has stored, up to this moment.

    Args:
        before: what was stored a while ago; only what came since is read anew.
        tracks: what is stored now.

    Raises:
        NearDuplicateError: when another organisation has a track of just these notes.
    """
    came = [
        owner.track_id
        for owner in tracks.owners()
        if owner.organisation_id != organisation_id and owner.track_id not in before.owners
    ]
    wanted = music_of(score)
    stored = (read_fingerprint(one.track_id, one.fingerprint) for one in tracks.fingerprints(came))
    same = any(music_digest(work) == wanted for work, _ in stored)
    if same or before.same(score) - before.of(organisation_id):
        raise NearDuplicateError(
            "this music belongs to another track of this platform; "
            "leave the seed out and one is drawn"
        )
