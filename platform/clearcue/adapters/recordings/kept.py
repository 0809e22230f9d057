"""The landmarks of the tracks made here, one file a track, made from the stored sound when missing.

A file holds the mix and the stems. What is stored and has no file is decoded once, by whichever
process asks first; a file of another version of the landmarks, or a damaged one, is made again.
"""

import io
from collections.abc import Iterable
from pathlib import Path
from threading import Lock

import numpy as np
import soundfile

from clearcue.adapters.recordings.reading import read_recording, recording_kind
from clearcue.files import write_atomically
from clearcue.originality.landmarks import (
    LANDMARK_VERSION,
    Landmarks,
    Recording,
    landmarks_of,
    recordings_of,
)
from clearcue.services.hearing import RecordingsMade, Tell
from clearcue.services.ports import Blobs, UnitOfWork
from clearcue.services.stored import StoredFile, TrackOwner

MIX = "track.flac"
STEMS = "stems/"
_SUFFIX = f".v{LANDMARK_VERSION}.npz"


class KeptRecordings:
    """See `services.hearing.Ears`."""

    def __init__(self, folder: Path, blobs: Blobs) -> None:
        self._folder = folder
        self._blobs = blobs
        self._lock = Lock()
        self._made = RecordingsMade({}, recordings_of([]))

    def is_recording(self, path: Path) -> bool:
        """Whether a file's bytes look like WAV, MP3, FLAC or OGG."""
        return recording_kind(path) is not None

    def read(self, path: Path) -> Recording:
        """Decode a file in a bounded process. Raises ScoreFileError."""
        return read_recording(path)

    def up_to_date(self, unit: UnitOfWork, progress: Tell) -> RecordingsMade:
        """The recordings of every track that is stored now."""
        owners = {owner.track_id: owner for owner in unit.tracks.owners()}
        with self._lock:
            if owners.keys() != self._made.owners.keys():
                named = []
                for done, owner in enumerate(owners.values()):
                    progress("listening to the tracks made here", done, len(owners))
                    marks = self._of_track(unit, owner)
                    named += [(f"{owner.track_id}/{name}", one) for name, one in marks.items()]
                self._made = RecordingsMade(owners, recordings_of(named))
            return self._made

    def _of_track(self, unit: UnitOfWork, owner: TrackOwner) -> dict[str, Landmarks]:
        path = self._folder / f"{owner.track_id}{_SUFFIX}"
        try:
            return _read(path)
        except (OSError, ValueError, KeyError):
            pass  # not made yet, or damaged
        stored = unit.tracks.files(owner.organisation_id, owner.track_id)
        marks = {file.name: self._of_file(file) for file in _sound(stored)}
        self._folder.mkdir(parents=True, exist_ok=True)
        write_atomically(path, _bytes(marks))
        return marks

    def _of_file(self, file: StoredFile) -> Landmarks:
        data = self._blobs.get(file.blob_key)
        samples, rate = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
        return landmarks_of(samples, int(rate))


def _sound(stored: Iterable[StoredFile]) -> list[StoredFile]:
    return [file for file in stored if file.name == MIX or file.name.startswith(STEMS)]


def _bytes(marks: dict[str, Landmarks]) -> bytes:
    arrays: dict[str, np.ndarray] = {}
    for name, one in marks.items():
        arrays[f"{name}:keys"] = one.keys
        arrays[f"{name}:frames"] = one.frames
    buffer = io.BytesIO()
    np.savez_compressed(buffer, names=np.array(sorted(marks)), **arrays)  # type: ignore[arg-type]  # numpy's stub takes its flags for arrays
    return buffer.getvalue()


def _read(path: Path) -> dict[str, Landmarks]:
    with np.load(path, allow_pickle=False) as held:
        names = held["names"].tolist()
        return {name: Landmarks(held[f"{name}:keys"], held[f"{name}:frames"]) for name in names}
