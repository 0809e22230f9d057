"""Score files such as people supply, and the tune in them."""

from pathlib import Path

from clearcue.adapters.score_files.midi_writing import midi_bytes
from clearcue.music.pitch import Key
from clearcue.music.score import Note, Part, Score
from clearcue.music.time import Meter, Tempo

TUNE = (
    (0, 2, 67), (2, 2, 72), (4, 3, 76), (7, 1, 74), (8, 4, 72), (12, 4, 69),
    (16, 2, 65), (18, 2, 69), (20, 3, 74), (23, 1, 72), (24, 6, 71), (30, 2, 67),
    (32, 2, 76), (34, 2, 77), (36, 4, 79), (40, 3, 72), (43, 1, 74), (44, 4, 69),
    (48, 3, 71), (51, 1, 69), (52, 4, 67), (56, 8, 72),
)  # fmt: skip
"""Four bars in C, of more notes than a window of the originality check: onset, length, pitch."""

ABC = """X:1
T:Four bars
M:4/4
L:1/16
K:C
G2c2e3dc4A4|F2A2d3cB6G2|e2f2g4c3dA4|B3AG4c8|]
"""
"""The same tune."""

BASS_ABC = """X:1
M:4/4
L:1/4
K:C bass
C,C,G,G,|A,,2F,,2|]
"""


def tune_midi() -> bytes:
    """The tune as a MIDI file."""
    notes = tuple(Note(o * 120, length * 120, pitch) for o, length, pitch in TUNE)
    part = Part("tune", "melody", "piano", 0, notes)
    bars = (0, 1920, 3840, 5760, 7680)
    return midi_bytes(
        Score("t", Key(0, "major"), Meter(4, 4), Tempo(500_000), 8, bars, (), (), (part,))
    )


def written(folder: Path, name: str, content: str | bytes) -> Path:
    """A file in a folder."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path
