"""Uploads that were damaged by chance: scores with bytes flipped, cut, doubled, or made up."""

import random
from collections.abc import Iterator
from pathlib import Path

_ABC = b"X:1\nT:a\nM:4/4\nL:1/8\nK:C\n" + b"CDEF GABc|cBAG FEDC|CEGc BAGF|EDCB C4|\n" * 4
_KERN = b"**kern\n*M4/4\n4c\n4d\n4e\n4f\n=\n4g\n4a\n4b\n4cc\n*-\n"
_XML = (
    b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'bbbbbbbbbb'><!ENTITY c '&b;&b;&b;&b;'>]>"
    b"<score-partwise><part-list><score-part id='P1'/></part-list><part id='P1'>&c;</part>"
    b"</score-partwise>"
)


def uploads(draw: random.Random, count: int, scores: list[bytes]) -> Iterator[bytes]:
    """So many uploads, each from a good score or from one of the small ones above."""
    sources = [*scores, _ABC, _KERN, _XML, b"MThd\x00\x00\x00\x06\x00\x01\xff\xff\x00\x01", b""]
    for _ in range(count):
        source = draw.choice(sources)
        yield damaged(draw, source, draw.randint(0, 6))[:200_000]


def damaged(draw: random.Random, source: bytes, times: int) -> bytes:
    """Some bytes after so many drawn damages."""
    data = bytearray(source)
    for _ in range(times):
        _damage(draw, data)
    return bytes(data)


def _damage(draw: random.Random, data: bytearray) -> None:
    place = draw.randrange(len(data) + 1)
    match draw.randrange(5):
        case 0:
            data[place : place + 1] = draw.randbytes(1)
        case 1:
            del data[place:]
        case 2:
            data[place:place] = data[: draw.randint(0, 400)]
        case 3:
            data[place:place] = draw.randbytes(draw.randint(1, 40))
        case _:
            del data[place : place + draw.randint(1, 40)]


def peak_megabytes(pid: int) -> float:
    """The most memory that a process has held so far, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024
