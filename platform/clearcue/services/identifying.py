"""Is this track licensed? Asked with a file, by whoever has it.

1. The exact file: a delivered one, by its hash.
2. The same samples: those of a track's mix, whatever file they lie in.

The answer says which track it is and whether a licence of it is in force. Whose licence, it says to
whoever has the licence's number, and to nobody else; what is not found here may be anybody's.
"""

from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

from clearcue.licensing.issuing import LicenceState
from clearcue.services.licences import ShownLicence, shown, state_of
from clearcue.services.platform import Platform
from clearcue.services.stored import StoredTrack

FILE, SAMPLES = "file", "samples"


@dataclass(frozen=True, slots=True)
class Identified:
    """A track that a file was found to be.

    `how` is `file` or `samples`. `licensed` says whether a licence of the track is in force now.
    `licence` is the one of the number that was given, if it is one of this track.
    """

    how: str
    track_id: str
    title: str
    made_on: str
    licensed: bool
    licence: ShownLicence | None


def identify(platform: Platform, path: Path, number: str | None = None) -> Identified | None:
    """The track that a file is, or None.

    Args:
        number: a licence's number, by which its holder is told of it.
    """
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    with platform.units.read() as unit:
        track, how = unit.tracks.by_file(digest), FILE  # 1
    if track is None:
        decoded = platform.audio.decode(path)
        if decoded is None:
            return None
        with platform.units.read() as unit:
            track, how = unit.tracks.by_samples(decoded.sha256), SAMPLES  # 2
    return None if track is None else _told(platform, track, how, number)


def _told(platform: Platform, track: StoredTrack, how: str, number: str | None) -> Identified:
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
