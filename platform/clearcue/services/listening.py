"""What a page needs to show sound: the outline of a stored recording."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import soundfile
from numpy.typing import NDArray

from clearcue.errors import BadInputError, ClearcueError
from clearcue.services.platform import Platform
from clearcue.services.ports import Blobs
from clearcue.services.reading import find_file
from clearcue.services.stored import Organisation, StoredFile, StoreError
from clearcue.sound.peaks import Outline, outline

BLOCK_FRAMES = 1 << 16
PORTION_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class SoundOutline:
    """A recording's outline, with its length."""

    file: StoredFile
    frames: int
    sample_rate: int
    outline: Outline


def outline_of(
    platform: Platform, organisation: Organisation, track_id: str, name: str, columns: int
) -> SoundOutline:
    """The outline of one of a track's recordings, read in portions.

    Raises:
        MissingError: when the organisation has no such file, or it is lost.
        BadInputError: when the file is no WAV or FLAC.
        StoreError: when the stored file is damaged.
    """
    file = find_file(platform, organisation, track_id, name)
    if not name.endswith((".wav", ".flac")):
        raise BadInputError(f"{name} is no recording with an outline; give a WAV or FLAC file")
    stored = _StoredBytes(platform.blobs, file)
    try:
        with (
            io.BufferedReader(stored, PORTION_BYTES) as content,
            soundfile.SoundFile(content) as sound,
        ):
            drawn = outline(_blocks(sound), sound.frames, columns)
            found = SoundOutline(file, sound.frames, sound.samplerate, drawn)
    except (soundfile.SoundFileError, ValueError) as error:
        stored.check()
        raise _damaged(file) from error
    stored.check()
    return found


def _damaged(file: StoredFile) -> StoreError:
    return StoreError(f"the stored file {file.blob_key} is damaged; restore a backup")


def _blocks(sound: soundfile.SoundFile) -> Iterator[NDArray[np.float32]]:
    yield from sound.blocks(BLOCK_FRAMES, dtype="float32", always_2d=True)


class _StoredBytes(io.RawIOBase):
    """A stored file's bytes as a stream that can be sought in.

    What is raised within `readinto` is lost on its way through libsndfile: `check` at the end.
    """

    def __init__(self, blobs: Blobs, file: StoredFile) -> None:
        self._blobs, self._file, self._at = blobs, file, 0
        self._trouble: ClearcueError | None = None

    def check(self) -> None:
        """Raise what was wrong when not all that was asked for could be read."""
        if self._trouble is not None:
            raise self._trouble

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place; one before the first byte is the first."""
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._file.size_bytes}
        self._at = max(origin[whence] + offset, 0)
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the stubs' is wider
        """Fill a buffer as far as there are bytes."""
        wanted = max(min(len(buffer), self._file.size_bytes - self._at), 0)
        try:
            portion = self._blobs.get_range(self._file.blob_key, self._at, wanted)
            if len(portion) < wanted:
                raise _damaged(self._file)
        except ClearcueError as error:
            self._trouble = error
            return 0
        buffer[: len(portion)] = portion
        self._at += len(portion)
        return len(portion)
