"""Is this track licensed? Asked with a file, by whoever has it.

1. The exact file: a delivered one, by its hash.
2. The same samples: those of a track's mix, whatever file they lie in.
3. The same sound, by landmarks (`clearcue.originality.landmarks`): a copy that was encoded again,
   cut, or talked over. It comes with a score; from `FOUND_PAIRS` on it counts as found.

The answer says which track it is and whether a licence of it is in force. Whose licence, it says to
whoever has the licence's number, and to nobody else; what is not found here may be anybody's.
"""

from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

from clearcue.errors import BadInputError
from clearcue.licensing.issuing import LicenceState
from clearcue.originality.landmarks import FOUND_PAIRS
from clearcue.services.licences import ShownLicence, shown, state_of
from clearcue.services.platform import Platform
from clearcue.services.stored import StoredTrack

FILE, SAMPLES, SOUND = "file", "samples", "sound"


@dataclass(frozen=True, slots=True)
class Identified:
    """A track that a file was found to be.

    `how` is `file`, `samples` or `sound`; `score` is the last one's, else None. `licensed` says
    whether a licence of the track is in force now. `licence` is the one of the number that was
    given, if it is one of this track.
    """

    how: str
    track_id: str
    title: str
    made_on: str
    licensed: bool
    licence: ShownLicence | None
    score: float | None = None


def identify(platform: Platform, path: Path, number: str | None = None) -> Identified | None:
    """The track that a file is, or None.

    Args:
        number: a licence's number, by which its holder is told of it.
    """
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    with platform.units.read() as unit:
        track, how = unit.tracks.by_file(digest), FILE  # 1
    score = None
    if track is None:
        decoded = platform.audio.decode(path)
        if decoded is None:
            return None
        with platform.units.read() as unit:
            track, how = unit.tracks.by_samples(decoded.sha256), SAMPLES  # 2
    if track is None:
        track, score = _heard(platform, path)  # 3
        how = SOUND
    return None if track is None else _told(platform, track, how, score, number)


def _heard(platform: Platform, path: Path) -> tuple[StoredTrack | None, float | None]:
    """The track that a file sounds like a copy of, and its score."""
    try:
        recording = platform.ears.read(path)
    except BadInputError:
        return None, None
    with platform.units.read() as unit:
        made = platform.ears.up_to_date(unit, _silent)
        for heard in made.recordings.heard_in(recording.landmarks):
            if heard.score >= FOUND_PAIRS:
                owner = made.owners[heard.name.partition("/")[0]]
                return unit.tracks.get(owner.organisation_id, owner.track_id), heard.score
    return None, None


def _silent(stage: str, done: int, total: int) -> None:
    """Progress that nobody reads."""
    del stage, done, total


def _told(
    platform: Platform, track: StoredTrack, how: str, score: float | None, number: str | None
) -> Identified:
    with platform.units.read() as unit:
        licences = unit.licences.for_track(track.organisation_id, track.id)
    wanted = normal_number(number or "")
    mine = next((one for one in licences if one.number == wanted), None)
    return Identified(
        how=how,
        track_id=track.id,
        title=track.title,
        made_on=track.created_at.date().isoformat(),
        licensed=any(state_of(platform, one) == LicenceState.ACTIVE for one in licences),
        licence=None if mine is None else shown(platform, mine),
        score=score,
    )


def find_by_number(platform: Platform, number: str) -> ShownLicence | None:
    """The licence of a number, for whoever has it, or None."""
    with platform.units.read() as unit:
        licence = unit.licences.by_number(normal_number(number))
    return None if licence is None else shown(platform, licence)


def normal_number(text: str) -> str:
    """A licence's number as it is stored, from what was typed (Crockford's base 32)."""
    plain = "".join(text.upper().split()).removeprefix("CL-").replace("-", "")
    plain = plain.replace("O", "0").replace("I", "1").replace("L", "1")
    return "CL-" + "-".join(plain[at : at + 4] for at in range(0, len(plain), 4))
