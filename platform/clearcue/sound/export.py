"""Write samples as WAV, FLAC and MP3 files, whole or not at all.

Conventions: samples are int32 `(frames, 2)` holding 24 bits at 48 kHz. A file is encoded in memory,
written beside its destination, synced, and renamed, so that a full disk or a killed process leaves
no half-written file. WAV and FLAC hold the samples exactly; a WAV's data chunk is `pcm_bytes`.
MP3 is 320 kbit/s, gapless. Encoding is libsndfile's (LGPL, inside soundfile).
"""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from clearcue.errors import BadInputError
from clearcue.files import write_atomically
from clearcue.sound.dsp import SAMPLE_RATE
from clearcue.sound.id3 import id3_tag

_FORMATS = {
    ".wav": ("WAV", "PCM_24"),
    ".flac": ("FLAC", "PCM_24"),
    ".mp3": ("MP3", "MPEG_LAYER_III"),
}
DISC_RATE = 44_100
TAGS = ("title", "artist", "album", "comment", "copyright", "date", "genre", "software", "license")
"""The tags that a file may carry; each container takes those it knows."""


def encode(samples: NDArray[np.int32], suffix: str, tags: Mapping[str, str] | None = None) -> bytes:
    """Encode samples as a whole file's bytes; `suffix` is `.wav`, `.flac` or `.mp3`.

    Raises:
        BadInputError: when the suffix or a tag's name is none of those known.
    """
    if suffix not in _FORMATS:
        raise BadInputError(f"No audio is written as {suffix}; use .wav, .flac or .mp3.")
    given = dict(sorted((tags or {}).items()))
    for name in given:
        if name not in TAGS:
            raise BadInputError(f"{name} is no tag; use {', '.join(TAGS)}.")
    if suffix == ".mp3":
        return id3_tag(given) + mp3_frames(samples)
    return _encoded(samples, *_FORMATS[suffix], given)


def mp3_frames(samples: NDArray[np.int32]) -> bytes:
    """Encode samples as MP3 without a tag; this takes longer than all else that is written."""
    return _encoded(samples, *_FORMATS[".mp3"], {}, bitrate_mode="CONSTANT", compression_level=0.0)


def write_disc(
    path: Path, samples: NDArray[np.int16], tags: Mapping[str, str] | None = None
) -> None:
    """Write 16-bit samples at 44.1 kHz as a WAV, atomically.

    Raises:
        WriteError: when the file cannot be written; nothing is left behind.
    """
    buffer = io.BytesIO()
    with soundfile.SoundFile(
        buffer, "w", DISC_RATE, samples.shape[1], "PCM_16", format="WAV"
    ) as file:
        for name, value in sorted((tags or {}).items()):
            setattr(file, name, value)
        file.write(samples)
    write_atomically(path, buffer.getvalue())


def _encoded(
    samples: NDArray[np.int32], kind: str, subtype: str, tags: Mapping[str, str], **options: Any
) -> bytes:
    buffer = io.BytesIO()
    with soundfile.SoundFile(
        buffer, "w", SAMPLE_RATE, samples.shape[1], subtype, format=kind, **options
    ) as file:
        for name, value in tags.items():
            setattr(file, name, value)
        for start in range(0, samples.shape[0], SAMPLE_RATE):
            file.write(np.left_shift(samples[start : start + SAMPLE_RATE], 8))
    return buffer.getvalue()


def write_audio(
    path: Path, samples: NDArray[np.int32], tags: Mapping[str, str] | None = None
) -> None:
    """Write samples to `path`, in the format that its suffix names, atomically.

    Raises:
        BadInputError: when the suffix or a tag's name is unknown.
        WriteError: when the file cannot be written; nothing is left behind.
    """
    write_atomically(path, encode(samples, path.suffix.lower(), tags))
