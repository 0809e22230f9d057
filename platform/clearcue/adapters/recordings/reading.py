"""Reading a recording from outside: WAV, MP3, FLAC or OGG, as landmarks.

What arrives is not trusted: no more than the size limit is read, the kind is told from the bytes,
and they are decoded in a process of its own (`child`) with limits on time and memory, which answers
with landmarks and the length. The samples are kept nowhere.
"""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from clearcue.adapters.score_files.limits import Limits
from clearcue.adapters.score_files.names import plain_name
from clearcue.adapters.score_files.reading import ScoreFileError, read_bytes, read_in_child
from clearcue.originality.landmarks import Landmarks, Recording

ACCEPTED = "WAV, MP3, FLAC or OGG"
MAX_RECORDING_BYTES = 256 * 1024 * 1024
MAX_SECONDS = 20 * 60
_STARTS = {b"RIFF": "WAV", b"fLaC": "FLAC", b"OggS": "OGG", b"ID3": "MP3"}
_HEAD_BYTES = 12
_LENGTH_BYTES = 8


def recording_kind(path: Path) -> str | None:
    """Which kind of recording a file's bytes look like, or None."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError:
        return None
    for start, kind in _STARTS.items():
        if head.startswith(start):
            return kind
    # A frame of MPEG audio, layer III: eleven set bits, and a layer that is no other's.
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 0x06 == 0x02:
        return "MP3"
    return None


def read_recording(path: Path) -> Recording:
    """The landmarks of a recording, and how long it lasts.

    Raises:
        ScoreFileError: when it cannot be read, is empty, too large or too long, or damaged.
    """
    shown = plain_name(path.name) or "the file"
    limits = Limits(max_file_bytes=MAX_RECORDING_BYTES)
    data = read_bytes(path, shown, limits, ACCEPTED)
    kind = recording_kind(path) or "audio"
    request = json.dumps({"limits": asdict(limits), "max_seconds": MAX_SECONDS})
    output = read_in_child("clearcue.adapters.recordings.child", request, data, kind, shown, limits)
    return unpacked(output, shown)


def packed(recording: Recording) -> bytes:
    """A recording's landmarks as bytes: its length in milliseconds, keys, frames."""
    length = round(1000 * recording.seconds).to_bytes(_LENGTH_BYTES, "little")
    marks = recording.landmarks
    return length + marks.keys.astype("<u4").tobytes() + marks.frames.astype("<i4").tobytes()


def unpacked(data: bytes, shown: str) -> Recording:
    """A recording from `packed`'s bytes. Raises ScoreFileError when they are cut."""
    if len(data) < _LENGTH_BYTES or (len(data) - _LENGTH_BYTES) % 8:
        raise ScoreFileError(f"{shown}: cannot be read as audio")
    seconds = int.from_bytes(data[:_LENGTH_BYTES], "little") / 1000
    count = (len(data) - _LENGTH_BYTES) // 8
    keys = np.frombuffer(data, dtype="<u4", count=count, offset=_LENGTH_BYTES)
    frames = np.frombuffer(data, dtype="<i4", offset=_LENGTH_BYTES + 4 * count)
    return Recording(Landmarks(keys.astype(np.uint32), frames.astype(np.int32)), seconds)
