"""A strict reader of PCM in RIFF/WAVE, for checking samples against a record.

After the RIFF specification (Multimedia Programming Interface 1.0, 1991) and Microsoft's
WAVEFORMATEXTENSIBLE. Accepts 16 and 24 bit integer PCM with one `fmt ` chunk before one `data`
chunk, sizes that fill the file exactly, and any other chunks beside them (tags, links), which are
skipped. Everything else is refused rather than guessed at. Samples are as stored: interleaved,
little-endian, signed.
"""

import hashlib
import struct
from dataclasses import dataclass

from clearcue_provenance.errors import WavError
from clearcue_provenance.statement import PcmFormat

MAX_CHUNKS = 1000
MAX_CHANNELS = 64
SAMPLE_WIDTHS_BITS = (16, 24)

_PCM, _EXTENSIBLE = 0x0001, 0xFFFE
_PCM_GUID = struct.pack("<IHH", 1, 0, 0x10) + bytes.fromhex("800000aa00389b71")


@dataclass(frozen=True, slots=True)
class Pcm:
    """Decoded samples: their layout, their digest and how many frames there are."""

    layout: PcmFormat
    sha256: str
    frames: int


def is_wav(data: bytes) -> bool:
    """Whether the bytes begin as a WAV file does."""
    return data[:4] == b"RIFF" and data[8:12] == b"WAVE"


def read_pcm(data: bytes) -> Pcm:
    """The layout, digest and length of a WAV file's samples.

    Raises:
        WavError: when the bytes are anything but the WAV described above.
    """
    layout, samples = read_samples(data)
    frame_bytes = layout.channels * layout.sample_width_bits // 8
    return Pcm(layout, hashlib.sha256(samples).hexdigest(), len(samples) // frame_bytes)


def read_samples(data: bytes) -> tuple[PcmFormat, memoryview]:
    """The samples of a WAV file as they are stored, with their layout.

    Raises:
        WavError: when the bytes are anything but the WAV described above.
    """
    if not is_wav(data):
        raise WavError("not a WAV file")
    if struct.unpack_from("<I", data, 4)[0] != len(data) - 8:
        raise WavError("the WAV file's stated size is not its size")
    layout: PcmFormat | None = None
    samples: memoryview | None = None
    for name, body in _chunks(memoryview(data)):
        if name == b"fmt ":
            if layout is not None or samples is not None:
                raise WavError("a WAV file with its format stated twice or too late")
            layout = _layout(bytes(body))
        elif name == b"data":
            if samples is not None:
                raise WavError("a WAV file with two data chunks")
            samples = body
    if layout is None or samples is None:
        raise WavError("a WAV file without format or data")
    if len(samples) % (layout.channels * layout.sample_width_bits // 8):
        raise WavError("a WAV file that ends within a frame")
    return layout, samples


def _chunks(data: memoryview) -> list[tuple[bytes, memoryview]]:
    """The chunks after the RIFF header, each with its name."""
    chunks: list[tuple[bytes, memoryview]] = []
    position = 12
    while position < len(data):
        if position + 8 > len(data) or len(chunks) == MAX_CHUNKS:
            raise WavError("a WAV file with a chunk cut off, or too many of them")
        name = bytes(data[position : position + 4])
        size = int.from_bytes(data[position + 4 : position + 8], "little")
        start, stop = position + 8, position + 8 + size
        if stop > len(data):
            raise WavError("a WAV file with a chunk cut off, or too many of them")
        chunks.append((name, data[start:stop]))
        position = stop + size % 2  # many writers leave out the last chunk's padding
    return chunks


def _layout(body: bytes) -> PcmFormat:
    if len(body) not in (16, 18, 40):
        raise WavError("a WAV file with a format chunk of unusual size")
    tag, channels, rate, byte_rate, block, bits = struct.unpack_from("<HHIIHH", body)
    if tag == _EXTENSIBLE and len(body) == 40:
        extra, valid_bits = struct.unpack_from("<HH", body, 16)
        if extra != 22 or valid_bits != bits or body[24:] != _PCM_GUID:
            raise WavError("a WAV file whose samples are not plain PCM")
    elif tag != _PCM or (len(body) == 18 and body[16:] != b"\x00\x00") or len(body) == 40:
        raise WavError("a WAV file whose samples are not plain PCM")
    if bits not in SAMPLE_WIDTHS_BITS or not 1 <= channels <= MAX_CHANNELS or rate == 0:
        raise WavError("a WAV file that is not 16 or 24 bit PCM")
    if block != channels * bits // 8 or byte_rate != rate * block:
        raise WavError("a WAV file whose format chunk contradicts itself")
    return PcmFormat(rate, bits, channels)
