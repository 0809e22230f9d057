"""Roman numerals: the chords of a key, written as musicians write their function.

A numeral is an optional flat or sharp, I to VII (capitals: major, small: minor), a quality suffix,
and optionally `/x` for a secondary dominant. Degrees are counted in the major scale of the tonic,
so `bVII` is a whole tone below it in every mode, and `VI` in minor is written `bVI`.
"""

import re
from dataclasses import dataclass

from clearcue.music.pitch import Chord, Key, spell

_DEGREES = {"I": 0, "II": 2, "III": 4, "IV": 5, "V": 7, "VI": 9, "VII": 11}
_SUFFIXES: dict[str, tuple[tuple[int, ...] | None, str]] = {
    # suffix: (intervals, or None for the plain triad of the numeral's case; symbol's suffix)
    "": (None, ""),
    "add9": (None, "add9"),
    "maj7": ((0, 4, 7, 11), "maj7"),
    "7": (None, "7"),
    "sus2": ((0, 2, 7), "sus2"),
    "sus4": ((0, 5, 7), "sus4"),
    "6": (None, "6"),
    "o": ((0, 3, 6), "dim"),
    "o7": ((0, 3, 6, 9), "dim7"),
    "9": (None, "9"),
    "5": ((0, 7), "5"),
}
_LETTERS = {0: 0, 2: 1, 3: 2, 4: 2, 5: 3, 6: 4, 7: 4, 9: 5, 10: 6, 11: 6, 14: 1}
"""How many letters above its root a tone of so many semitones is written."""
_ADDED = {"add9": (14,), "7": (10,), "6": (9,), "9": (10, 14)}
_PATTERN = re.compile(r"([b#]?)(VII|VI|V|IV|III|II|I|vii|vi|v|iv|iii|ii|i)([a-z0-9]*)(?:/(.+))?")


@dataclass(frozen=True, slots=True)
class Numeral:
    """A parsed numeral: semitones of its root above the tonic, its intervals, and its text.

    `degree` is the scale degree (0 to 6) whose letter the root is written with.
    """

    root: int
    degree: int
    intervals: tuple[int, ...]
    minor: bool
    text: str
    suffix: str

    @property
    def quality(self) -> str:
        """`M`, `m` or `d`: what the learnt harmony calls its third and fifth."""
        if 6 in self.intervals and 7 not in self.intervals:
            return "d"
        if not {3, 4} & set(self.intervals):
            return "m" if self.minor else "M"
        return "m" if 3 in self.intervals else "M"

    def tone_on(self, degree: int) -> int | None:
        """Semitones above the tonic of the chord's tone written on a scale degree, else None."""
        for step in self.intervals:
            letter = 6 if step == 9 and self.suffix == "o7" else _LETTERS[step]
            if (self.degree + letter) % 7 == degree:
                return (self.root + step) % 12
        return None

    @property
    def resolves_to(self) -> int | None:
        """Semitones above the tonic of the root that a secondary dominant wants, else None.

        `V7/vi` wants vi; `ii/IV`, a chord of a neighbouring region, wants nothing.
        """
        applied, slash, _ = self.text.partition("/")
        leading = applied.startswith("V") and not applied.startswith("VI")
        return (self.root + 5) % 12 if slash and leading else None


def parse_numeral(text: str) -> Numeral:
    """Read a numeral such as `vi7`, `bVII`, `IVmaj7` or `V7/vi`.

    Raises:
        ValueError: when it is none.
    """
    match = _PATTERN.fullmatch(text)
    if match is None or match[3] not in _SUFFIXES:
        raise ValueError(f"{text!r} is no roman numeral")
    accidental, degree, suffix, target = match.groups()
    root = _DEGREES[degree.upper()] + {"b": -1, "#": 1, "": 0}[accidental]
    letter = list(_DEGREES).index(degree.upper())
    if target:
        goal = parse_numeral(target)
        root, letter = root + goal.root, letter + goal.degree
    minor = degree.islower()
    intervals, _ = _SUFFIXES[suffix]
    if intervals is None:
        intervals = (0, 3 if minor else 4, 7, *_ADDED.get(suffix, ()))
    return Numeral(root % 12, letter % 7, intervals, minor, text, suffix)


def chord(
    numeral: Numeral, key: Key, onset_ticks: int, duration_ticks: int, bass: int | None = None
) -> Chord:
    """The chord that a numeral stands for in a key.

    `bass` is how many semitones above the tonic its lowest tone lies; None is root position.
    """
    root = (key.tonic + numeral.root) % 12
    plain_minor = numeral.minor and numeral.suffix not in ("o", "o7", "sus2", "sus4", "5")
    symbol = (
        spell(root, _spelling(numeral, key))
        + ("m" if plain_minor else "")
        + _SUFFIXES[numeral.suffix][1]
    )
    lowest = root if bass is None else (key.tonic + bass) % 12
    if lowest != root:
        symbol += f"/{_bass_name(lowest, symbol[0], numeral, key)}"
    return Chord(onset_ticks, duration_ticks, root, numeral.intervals, lowest, symbol, numeral.text)


def _bass_name(bass: int, root_letter: str, numeral: Numeral, key: Key) -> str:
    """A chord tone has the letter that the chord gives it; a pedal is written as the key has it."""
    step = (bass - key.tonic - numeral.root) % 12
    for fifths in (key.fifths, -1, 0):
        name = spell(bass, fifths)
        letters = (ord(name[0]) - ord(root_letter)) % 7
        if step in numeral.intervals and letters == _LETTERS[step]:
            return name
    return spell(bass, key.fifths)


def _spelling(numeral: Numeral, key: Key) -> int:
    """Whether a root is written with sharps (0 or more) or flats, as its numeral says.

    A flat degree is a flat, a leading tone is never one; others follow the signature.
    """
    if numeral.text.startswith("b"):
        return -1
    return 1 if numeral.degree == 6 else key.fifths
