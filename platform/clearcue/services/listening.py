"""What a page needs to show sound: the outline of a stored recording."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import soundfile
from numpy.typing import NDArray

from clearcue.errors import BadInputError
from clearcue.services.platform import Platform
from clearcue.services.ports import Blobs
from clearcue.services.reading import find_file
from clearcue.services.stored import Organisation, StoredFile
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
        MissingError: when the organisation has no such file.
        BadInputError: when the file is no WAV or FLAC.
    """
    file = find_file(platform, organisation, track_id, name)
    if not name.endswith((".wav", ".flac")):
        raise BadInputError(f"{name} is no recording with an outline; give a WAV or FLAC file")
    stored = io.BufferedReader(_StoredBytes(platform.blobs, file), PORTION_BYTES)
    with stored, soundfile.SoundFile(stored) as sound:
        found = outline(_blocks(sound), sound.frames, columns)
        return SoundOutline(file, sound.frames, sound.samplerate, found)


def _blocks(sound: soundfile.SoundFile) -> Iterator[NDArray[np.float32]]:
    yield from sound.blocks(BLOCK_FRAMES, dtype="float32", always_2d=True)


class _StoredBytes(io.RawIOBase):
    """A stored file's bytes as a stream that can be sought in."""

    def __init__(self, blobs: Blobs, file: StoredFile) -> None:
        self._blobs, self._file, self._at = blobs, file, 0

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
        portion = self._blobs.get_range(self._file.blob_key, self._at, len(buffer))
        buffer[: len(portion)] = portion
        self._at += len(portion)
        return len(portion)
