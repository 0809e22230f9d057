"""A small MIDI file, written byte by byte: eight quarter notes at 120 in four."""

import struct


def small_midi(shift: int = 0) -> bytes:
    """A file of format 0 with 96 ticks a quarter; `shift` moves its pitches up by semitones."""
    events = bytearray(b"\x00\xff\x51\x03\x07\xa1\x20\x00\xff\x58\x04\x04\x02\x18\x08")
    for step in (0, 2, 4, 5, 7, 5, 4, 2):
        pitch = 60 + shift + step
        events += bytes((0, 0x90, pitch, 80, 96, 0x80, pitch, 0))
    events += b"\x00\xff\x2f\x00"
    head = b"MThd" + struct.pack(">IHHH", 6, 0, 1, 96)
    return head + b"MTrk" + struct.pack(">I", len(events)) + bytes(events)


def midi_of(notes: list[tuple[int, int, int]], channel: int) -> bytes:
    """A file of format 0, 480 ticks a quarter: notes of (onset, duration, pitch) on a channel."""
    timed: list[tuple[int, bytes]] = []
    for onset, duration, pitch in notes:
        timed.append((onset, bytes((0x90 | channel, pitch, 80))))
        timed.append((onset + duration, bytes((0x80 | channel, pitch, 0))))
    events, now = bytearray(), 0
    for tick, event in sorted(timed):
        events += _variable(tick - now) + event
        now = tick
    events += b"\x00\xff\x2f\x00"
    head = b"MThd" + struct.pack(">IHHH", 6, 0, 1, 480)
    return head + b"MTrk" + struct.pack(">I", len(events)) + bytes(events)


def _variable(value: int) -> bytes:
    """A number in MIDI's seven bits a byte."""
    parts = [value & 0x7F]
    while value := value >> 7:
        parts.insert(0, (value & 0x7F) | 0x80)
    return bytes(parts)
