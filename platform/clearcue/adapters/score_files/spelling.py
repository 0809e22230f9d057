"""Spelling pitches in a key, and which accidentals a bar must show.

Conventions: steps on the line of fifths, C being 0, G 1, F -1. Each pitch class is spelled by the
twelve neighbours on that line that suit the key: with a signature of `fifths` sharps those from
`fifths - 4` (A flat in C major) to `fifths + 7` (C sharp), and two further sharpwards in minor,
where the sixth and seventh degrees are raised.
"""

from clearcue.music.pitch import Chord, Key

STEPS = "FCGDAEB"
_MINOR_MODES = ("minor", "harmonic-minor", "melodic-minor")

ACCIDENTALS = {-2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}

_NAMES = "CDEFGAB"
_NATURALS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_LETTERS = {0: 0, 1: 1, 2: 1, 3: 2, 4: 2, 5: 3, 6: 4, 7: 4, 8: 4, 9: 5, 10: 6, 11: 6}
"""How many letters above its root a tone of so many semitones is written."""

Spelled = tuple[str, int, int]
"""Step, alteration in semitones, octave (middle C begins octave 4)."""


def spell_class(pitch_class: int, key: Key) -> tuple[str, int]:
    """Step and alteration of a pitch class in a key."""
    lowest = key.fifths - (2 if key.mode in _MINOR_MODES else 4)
    place = pitch_class * 7 % 12
    place += -(-(lowest - place) // 12) * 12
    return STEPS[(place + 1) % 7], (place + 1) // 7


def spell_tone(pitch_class: int, key: Key, chord: Chord | None) -> tuple[str, int]:
    """Step and alteration of a pitch class over a chord.

    A tone of the chord that the key does not have is written as the chord has it: the third of C7
    is E, also in A flat.
    """
    above = -1 if chord is None else (pitch_class - chord.root) % 12
    if chord is None or pitch_class in key.scale or above not in {i % 12 for i in chord.intervals}:
        return spell_class(pitch_class, key)
    diminished = 6 in chord.intervals and 9 in chord.intervals
    letters = 6 if above == 9 and diminished else _LETTERS[above]
    step = _NAMES[(_NAMES.index(chord.symbol[0]) + letters) % 7]
    alter = (pitch_class - _NATURALS[step] + 6) % 12 - 6
    return (step, alter) if -2 <= alter <= 2 else spell_class(pitch_class, key)


def spell_pitch(pitch: int, key: Key, chord: Chord | None = None) -> Spelled:
    """A MIDI pitch spelled in a key, over a chord where one sounds.

    B sharp and C flat lie in their step's octave.
    """
    step, alter = spell_tone(pitch % 12, key, chord)
    return step, alter, (pitch - alter) // 12 - 1


def signature_alter(step: str, fifths: int) -> int:
    """What a key signature does to a step: -1, 0 or 1 (up to seven sharps or flats)."""
    place = STEPS.index(step)
    if fifths > place:
        return 1
    return -1 if -fifths > 6 - place else 0


class BarAccidentals:
    """The accidentals in force in one bar of one part."""

    def __init__(self, fifths: int) -> None:
        self._fifths = fifths
        self._shown: dict[tuple[str, int], int] = {}

    def needed(self, spelled: Spelled) -> str | None:
        """The sign that a new note needs, which is then in force for the rest of the bar."""
        step, alter, octave = spelled
        now = self._shown.get((step, octave), signature_alter(step, self._fifths))
        self._shown[step, octave] = alter
        return None if alter == now else ACCIDENTALS[alter]
