"""Pitch, keys and chords.

Conventions: a pitch is a MIDI note number (60 is middle C, C4); a pitch class is 0 to 11 from C; a
scale degree is counted from 0 (the tonic). Modes are the seven diatonic ones and the harmonic and
melodic minor, by their usual names.
"""

from dataclasses import dataclass

SHARP_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
FLAT_NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")

MODES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "locrian": (0, 1, 3, 5, 6, 8, 10),
    "harmonic-minor": (0, 2, 3, 5, 7, 8, 11),
    "melodic-minor": (0, 2, 3, 5, 7, 9, 11),
}

# How many fifths above its major scale of the same tonic each mode's signature lies.
_MODE_FIFTHS = {
    "major": 0,
    "lydian": 1,
    "mixolydian": -1,
    "dorian": -2,
    "minor": -3,
    "harmonic-minor": -3,
    "melodic-minor": -3,
    "phrygian": -4,
    "locrian": -5,
}


@dataclass(frozen=True, slots=True)
class Key:
    """A tonic pitch class and a mode.

    Raises:
        ValueError: when the tonic is no pitch class or the mode is not one of `MODES`.
    """

    tonic: int
    mode: str

    def __post_init__(self) -> None:
        if not 0 <= self.tonic < 12 or self.mode not in MODES:
            raise ValueError(f"no key has tonic {self.tonic} and mode {self.mode!r}")

    @property
    def scale(self) -> tuple[int, ...]:
        """The seven pitch classes of the scale, from the tonic upward."""
        return tuple((self.tonic + step) % 12 for step in MODES[self.mode])

    @property
    def fifths(self) -> int:
        """Sharps (positive) or flats (negative) of the key signature, -6 to 6."""
        fifths = (self.tonic * 7) % 12 + _MODE_FIFTHS[self.mode]
        return (fifths + 5) % 12 - 5

    @property
    def tonic_name(self) -> str:
        """The tonic spelled as the signature wants it, such as `Eb` or `F#`."""
        return spell(self.tonic, self.fifths)

    @property
    def name(self) -> str:
        """Such as `C major` or `F# minor`."""
        return f"{self.tonic_name} {self.mode.replace('-', ' ')}"


def spell(pitch_class: int, fifths: int) -> str:
    """Name a pitch class with sharps or flats, as a signature of `fifths` would."""
    return (SHARP_NAMES if fifths >= 0 else FLAT_NAMES)[pitch_class % 12]


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord that holds for a while.

    `root` is a pitch class; `intervals` are semitones above the root in close position, the first
    being 0; `bass` is the pitch class that sounds lowest; `symbol` is a chord symbol such as `Am7`
    or `C/E`; `roman` is its function, such as `vi7`.
    """

    onset_ticks: int
    duration_ticks: int
    root: int
    intervals: tuple[int, ...]
    bass: int
    symbol: str
    roman: str

    @property
    def end_ticks(self) -> int:
        """The tick at which the chord stops."""
        return self.onset_ticks + self.duration_ticks

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """Its pitch classes from the root upward."""
        return tuple((self.root + step) % 12 for step in self.intervals)
