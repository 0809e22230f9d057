"""A spectrogram as a PNG picture: time from left to right, octaves from bottom to top.

Conventions: the height spans 40 Hz to 20 kHz in equal parts of an octave; brightness is the level
in dB from `FLOOR_DB` below the loudest cell up to it. Source of the file: PNG (ISO/IEC 15948).
"""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from clearcue.sound.dsp import SAMPLE_RATE
from clearcue.sound.render import Samples

WIDTH, HEIGHT = 1200, 320
FLOOR_DB = 78.0
_LOWEST_HZ, _HIGHEST_HZ = 40.0, 20_000.0
_WINDOW = 8192
_COLOURS = ((8, 10, 26), (38, 30, 98), (128, 36, 118), (226, 84, 78), (252, 186, 92),
            (255, 250, 220))  # fmt: skip


def spectrogram(samples: Samples, width: int = WIDTH, height: int = HEIGHT) -> bytes:
    """Draw 24-bit samples (n, 2), summed to mono, as a PNG's bytes."""
    edges = np.geomspace(_LOWEST_HZ, _HIGHEST_HZ, height + 1) * _WINDOW / SAMPLE_RATE
    window = np.hanning(_WINDOW).astype(np.float32)
    mono = np.pad(samples.sum(axis=1).astype(np.float32), _WINDOW // 2)
    places = np.linspace(0, samples.shape[0] - 1, width).astype(int)
    cells = np.empty((height, width))
    for column, start in enumerate(places):
        power = np.abs(np.fft.rfft(mono[start : start + _WINDOW] * window)) ** 2
        total = np.concatenate(([0.0], np.cumsum(power)))
        passed = np.interp(edges, np.arange(total.size), total)
        cells[::-1, column] = np.diff(passed) / np.diff(edges)
    level = 10.0 * np.log10(np.maximum(cells, 1e-12))
    shown = np.clip((level - level.max()) / FLOOR_DB + 1.0, 0.0, 1.0)
    return _png(np.rint(shown * 255.0).astype(np.uint8))


def _png(values: NDArray[np.uint8]) -> bytes:
    height, width = values.shape
    steps = np.linspace(0.0, 255.0, len(_COLOURS))
    palette = np.stack(
        [np.interp(np.arange(256), steps, channel) for channel in zip(*_COLOURS, strict=True)],
        axis=1,
    )
    rows = np.concatenate((np.zeros((height, 1), dtype=np.uint8), values), axis=1)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0))
        + _chunk(b"PLTE", np.rint(palette).astype(np.uint8).tobytes())
        + _chunk(b"IDAT", zlib.compress(rows.tobytes(), 6))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
