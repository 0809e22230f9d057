"""Write the tag that goes before an MP3's frames: ID3v2.4.

Conventions: text is UTF-8. The tag is written apart from the frames, so that these can be encoded
before it is known what the tag says. Source: M. Nilsson, ID3 tag version 2.4.0, Main Structure and
Native Frames (2000).
"""

from collections.abc import Mapping

_FRAMES = {
    "title": "TIT2",
    "artist": "TPE1",
    "album": "TALB",
    "copyright": "TCOP",
    "date": "TDRC",
    "genre": "TCON",
    "software": "TSSE",
}
_UTF8 = b"\x03"


def id3_tag(tags: Mapping[str, str]) -> bytes:
    """The bytes of a tag with these entries, in the order of their names; empty for none.

    `comment` becomes a comment in English; `license`, which is no frame of the standard's, a text
    of that description.
    """
    frames = b"".join(_frame(name, value) for name, value in sorted(tags.items()))
    return b"ID3\x04\x00\x00" + _synchsafe(len(frames)) + frames if frames else b""


def _frame(name: str, value: str) -> bytes:
    text = value.encode()
    if name == "comment":
        kind, body = "COMM", _UTF8 + b"eng\x00" + text
    elif name in _FRAMES:
        kind, body = _FRAMES[name], _UTF8 + text
    else:
        kind, body = "TXXX", _UTF8 + name.upper().encode() + b"\x00" + text
    return kind.encode() + _synchsafe(len(body)) + b"\x00\x00" + body


def _synchsafe(size: int) -> bytes:
    """A size in four bytes of seven bits (section 6.2 of the structure)."""
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
