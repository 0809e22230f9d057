"""Recordings sent in: are they recordings of tracks made here?

Landmarks know a recording again after it was re-encoded, cut, faded, resampled or talked over. They
say nothing of a melody that is played anew, and nothing of the works of the corpus, of which there
are notes and no recordings; the report says both.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from clearcue.originality import landmarks
from clearcue.originality.landmarks import Heard, Recording, Recordings
from clearcue.originality.report import CLEAR, DECIMALS, NEAR_DUPLICATE, REPORT_VERSION
from clearcue.originality.verdict import NEAR_AT
from clearcue.services.ports import UnitOfWork
from clearcue.services.stored import Organisation, TrackOwner

SHORTEST_SECONDS = 3.0
_SEPARATOR = "/"

Tell = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""


@dataclass(frozen=True, slots=True)
class RecordingsMade:
    """The mixes and stems of all stored tracks; a recording is named track id / file name."""

    owners: Mapping[str, TrackOwner]
    recordings: Recordings


class Ears(Protocol):
    """Reads recordings, and keeps the landmarks of those made here."""

    def is_recording(self, path: Path) -> bool:
        """Whether a file's bytes look like WAV, MP3, FLAC or OGG."""
        ...

    def read(self, path: Path) -> Recording:
        """Decode a file in a bounded process. Raises BadInputError."""
        ...

    def up_to_date(self, unit: UnitOfWork, progress: Tell) -> RecordingsMade:
        """The recordings of every track that is stored now."""
        ...


def heard_report(
    made: RecordingsMade, recording: Recording, organisation: Organisation
) -> dict[str, Any]:
    """The report of a recording, in the form of a score's; see `checking.check_upload`."""
    heard = [
        one for one in made.recordings.heard_in(recording.landmarks)
        if one.score >= landmarks.FOUND_PAIRS
    ]  # fmt: skip
    own = [one for one in heard if _owner(made, one).organisation_id == organisation.id]
    others = len(own) < len(heard)
    verdict = NEAR_DUPLICATE if others else CLEAR
    return {
        "report_version": REPORT_VERSION,
        "verdict": verdict,
        "similarity": round(_similarity(heard[0].score), DECIMALS) if others else 0.0,
        "method": method(),
        "corpus": {"tracks": len(made.owners), "recordings": len(made.recordings.names)},
        "matches": [],
        "nearest": None,
        "not_covered": _not_covered(recording),
        "said": _said(recording, bool(own), others, len(made.owners)),
        "platform": {
            "verdict": verdict,
            "own": [_own(made, one) for one in own],
            "tracks": [],
            "other": ANOTHERS if others else None,
        },
    }


ANOTHERS = "another track of this platform"
"""All that is said of a track that belongs to another organisation."""


def method() -> dict[str, int | float | str]:
    """What a recording's report depends on."""
    return {
        "measure": "pairs of spectral peaks that agree on an offset, weighed by rarity",
        "landmark_version": landmarks.LANDMARK_VERSION,
        "rate": landmarks.RATE,
        "frame": landmarks.FRAME,
        "hop": landmarks.HOP,
        "found_pairs": landmarks.FOUND_PAIRS,
    }


def _owner(made: RecordingsMade, heard: Heard) -> TrackOwner:
    return made.owners[heard.name.split(_SEPARATOR, 1)[0]]


def _own(made: RecordingsMade, heard: Heard) -> dict[str, Any]:
    owner = _owner(made, heard)
    plain = asdict(heard)
    return {
        "track_id": owner.track_id,
        "family": owner.family,
        "file": heard.name.split(_SEPARATOR, 1)[1],
        "query_seconds": list(plain["query_seconds"]),
        "track_seconds": list(plain["track_seconds"]),
    }


def _similarity(score: float) -> float:
    """From 0 to 1; `NEAR_AT` where a recording counts as found, 1 at three times that score."""
    above = (score - landmarks.FOUND_PAIRS) / (2.0 * landmarks.FOUND_PAIRS)
    return min(NEAR_AT + (1.0 - NEAR_AT) * above, 1.0)


def _not_covered(recording: Recording) -> list[dict[str, Any]]:
    return [
        {
            "part": "the recording",
            "what": "its notes; send the score to have them compared",
            "count": round(recording.seconds),
            "unit": "seconds",
        }
    ]


def _said(recording: Recording, own: bool, others: bool, tracks: int) -> list[str]:
    """What can and what cannot be said of it, in sentences."""
    if recording.landmarks.silent:
        return ["The recording is silent: nothing can be said of it."]
    found = own or others
    said = [
        "It holds sound of a track made here."
        if found
        else f"It was not recognised as a recording of any of the {tracks} tracks made here."
    ]
    if recording.seconds < SHORTEST_SECONDS:
        said.append(f"It is shorter than {SHORTEST_SECONDS:g} s, too short to be sure of that.")
    said.append(
        "Only recordings were compared: whether its melody is like that of a work, or of a track "
        "that was played anew, cannot be told from it."
    )
    return said
