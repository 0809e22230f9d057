"""What is kept of a track for later checks: the notes of its melodic parts, compressed."""

import json
import zlib

from clearcue.music.score import Note, Score
from clearcue.music.time import Meter
from clearcue.music.work import Bar, Line, ParsedWork
from clearcue.originality.voices import as_work, roles_of

_FINGERPRINT_FORMAT = 1


def fingerprint(score: Score) -> bytes:
    """What a later check needs of a track: the notes of its melodic parts, compressed."""
    work = as_work(score, "")
    plain = {
        "format": _FINGERPRINT_FORMAT,
        "title": work.title,
        "meter": [score.meter.numerator, score.meter.denominator],
        "bars": [bar.onset_ticks for bar in work.bars],
        "roles": roles_of(score),
        "lines": {
            line.name: [[note.onset_ticks, note.duration_ticks, note.pitch] for note in line.notes]
            for line in work.lines
        },
    }
    return zlib.compress(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode(), 9)


def read_fingerprint(track_id: str, data: bytes) -> tuple[ParsedWork, dict[str, str]]:
    """The melodic parts and their roles from `fingerprint`'s bytes."""
    plain = json.loads(zlib.decompress(data))
    meter = Meter(*plain["meter"])
    bars = tuple(Bar(number, onset, meter) for number, onset in enumerate(plain["bars"], start=1))
    lines = tuple(
        Line(name, tuple(Note(onset, length, pitch) for onset, length, pitch in notes))
        for name, notes in plain["lines"].items()
    )
    return ParsedWork(track_id, plain["title"], lines, bars, ()), plain["roles"]
