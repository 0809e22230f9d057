"""A compact, safe form of a `ParsedWork`: for the cache of parsed files and for the parser process.

Conventions: a packed work is `MAGIC`, the SHA-256 digest of what follows (32 bytes), and a zlib
stream. The stream holds a length (4 bytes, little endian), a JSON head of that length, and the
numbers as little-endian 32-bit integers: per bar number, onset, numerator, denominator; per key
signature onset and fifths; per note, line after line, onset, duration, pitch, velocity. Nothing in
it is executed on reading, and every size is checked before it is believed.

The digest shows damage (a torn or altered file). Whoever may write the cache folder can also
compute a digest, so the folder must not be writable by strangers.
"""

import hashlib
import json
import struct
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

from clearcue.errors import ClearcueError
from clearcue.music.score import Note
from clearcue.music.time import Meter
from clearcue.music.work import Bar, Line, ParsedWork

MAGIC = b"CCWORK1\n"
MAX_UNPACKED_BYTES = 64 * 1024 * 1024
"""The largest stream that is unpacked: about four million notes."""

Numbers = npt.NDArray[np.int32]


class PackedWorkError(ClearcueError):
    """Bytes that are no packed work, or a damaged one."""


def pack(work: ParsedWork) -> bytes:
    """Pack a work; the same work always gives the same bytes."""
    head = {
        "work_id": work.work_id,
        "title": work.title,
        "lines": [[line.name, len(line.notes)] for line in work.lines],
        "bars": len(work.bars),
        "fifths": len(work.fifths),
    }
    text = json.dumps(head, sort_keys=True, separators=(",", ":")).encode()
    body = struct.pack("<I", len(text)) + text + _numbers(work).astype("<i4").tobytes()
    stream = zlib.compress(body, 6)
    return MAGIC + hashlib.sha256(stream).digest() + stream


def _numbers(work: ParsedWork) -> Numbers:
    bars = [
        (bar.number, bar.onset_ticks, bar.meter.numerator, bar.meter.denominator)
        for bar in work.bars
    ]
    notes = [
        (note.onset_ticks, note.duration_ticks, note.pitch, note.velocity)
        for line in work.lines
        for note in line.notes
    ]
    flat = [number for row in (*bars, *work.fifths, *notes) for number in row]
    return np.array(flat, dtype=np.int64).astype(np.int32, casting="same_kind")


def unpack(data: bytes, max_bytes: int = MAX_UNPACKED_BYTES) -> ParsedWork:
    """Read a packed work.

    Raises:
        PackedWorkError: when the bytes are not a whole, undamaged packed work, or unpack to more
            than `max_bytes`.
    """
    start = len(MAGIC) + 32
    stream = data[start:]
    if not data.startswith(MAGIC) or hashlib.sha256(stream).digest() != data[len(MAGIC) : start]:
        raise PackedWorkError("a parsed work is damaged")
    try:
        inflate = zlib.decompressobj()
        body = inflate.decompress(stream, max_bytes)
        if not inflate.eof:
            raise PackedWorkError(f"a parsed work is larger than {max_bytes} bytes")
        (size,) = struct.unpack_from("<I", body)
        head = json.loads(body[4 : 4 + size])
        return _work(head, np.frombuffer(body, dtype="<i4", offset=4 + size))
    except (zlib.error, struct.error, ValueError, KeyError, TypeError, IndexError) as error:
        raise PackedWorkError("a parsed work is damaged") from error


def _work(head: dict[str, Any], numbers: Numbers) -> ParsedWork:
    bars, fifths = int(head["bars"]), int(head["fifths"])
    counts = [int(count) for _, count in head["lines"]]
    expected = 4 * bars + 2 * fifths + 4 * sum(counts)
    if min(bars, fifths, *counts, 0) < 0 or numbers.size != expected:
        raise PackedWorkError("a parsed work is damaged")
    after_bars = 4 * bars
    after_fifths = after_bars + 2 * fifths
    notes = [Note(*row) for row in numbers[after_fifths:].reshape(-1, 4).tolist()]
    lines, position = [], 0
    for (name, _), count in zip(head["lines"], counts, strict=True):
        lines.append(Line(str(name), tuple(notes[position : position + count])))
        position += count
    return ParsedWork(
        str(head["work_id"]),
        str(head["title"]),
        tuple(lines),
        tuple(
            Bar(number, onset, Meter(above, below))
            for number, onset, above, below in numbers[:after_bars].reshape(-1, 4).tolist()
        ),
        tuple(
            (onset, count)
            for onset, count in numbers[after_bars:after_fifths].reshape(-1, 2).tolist()
        ),
    )
