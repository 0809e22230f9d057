"""The strict WAV reader: plain PCM is read, everything else is our error."""

import hashlib
import io
import struct
import wave

import pytest
from make_provenance_vectors import FILES, PCM_24_STEREO, TRACK_PCM, chunk, pcm, wav

from clearcue_provenance.errors import WavError
from clearcue_provenance.statement import PcmFormat
from clearcue_provenance.wav import read_pcm

GOOD = FILES["track.wav"]
EXTENSIBLE = struct.pack(
    "<HHIIHHHHI", 0xFFFE, 2, 48_000, 288_000, 6, 24, 22, 24, 3
) + bytes.fromhex("0100000000001000800000aa00389b71")


def _riff(*chunks: bytes) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize(("bits", "channels"), [(16, 1), (16, 2), (24, 1), (24, 2)])
def test_files_of_the_standard_library_are_read(bits: int, channels: int) -> None:
    """What Python's own wave module writes is read with its layout and its very samples."""
    layout = PcmFormat(44_100, bits, channels)
    samples = pcm(33, "samples", layout)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(bits // 8)
        file.setframerate(44_100)
        file.writeframes(samples)
    read = read_pcm(buffer.getvalue())
    assert (read.layout, read.frames) == (layout, 33)
    assert read.sha256 == hashlib.sha256(samples).hexdigest()


def test_extensible_format_and_other_chunks_change_nothing() -> None:
    """The same samples give the same digest under either format chunk and among other chunks."""
    other = _riff(
        chunk(b"JUNK", b"odd"), chunk(b"fmt ", EXTENSIBLE), chunk(b"data", TRACK_PCM),
        chunk(b"LIST", b"INFO"),
    )  # fmt: skip
    assert read_pcm(other) == read_pcm(GOOD)
    assert read_pcm(GOOD).layout == PCM_24_STEREO


FMT = chunk(b"fmt ", GOOD[20:36])
DATA = chunk(b"data", TRACK_PCM)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"RIFF",
        GOOD[:-1],
        GOOD + b"\0",
        _riff(DATA),
        _riff(FMT),
        _riff(DATA, FMT),
        _riff(FMT, FMT, DATA),
        _riff(FMT, DATA, DATA),
        _riff(FMT, chunk(b"data", TRACK_PCM[:-2])),
        _riff(FMT, DATA, b"LIST\xff\xff\xff\xff"),
        _riff(FMT, DATA, b"LIS"),
        _riff(FMT, DATA, *[chunk(b"JUNK", b"")] * 1001),
        _riff(chunk(b"fmt ", struct.pack("<HHIIHH", 3, 2, 48_000, 384_000, 8, 32)), DATA),
        _riff(chunk(b"fmt ", struct.pack("<HHIIHH", 1, 0, 48_000, 0, 0, 24)), DATA),
        _riff(chunk(b"fmt ", struct.pack("<HHIIHH", 1, 2, 48_000, 288_000, 4, 24)), DATA),
        _riff(chunk(b"fmt ", EXTENSIBLE[:24] + b"\3" + EXTENSIBLE[25:]), DATA),
        _riff(chunk(b"fmt ", b"\1"), DATA),
        wav(TRACK_PCM, PcmFormat(48_000, 32, 2)),
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    """Wrong sizes, missing or double chunks, float samples and contradictions are one error."""
    with pytest.raises(WavError):
        read_pcm(data)
