"""What a producer may wish for beside mood, usage and length, read from short texts.

A mood is a name or a point `VALENCE,AROUSAL` of whole numbers from -100 to 100; a style is a name
or a blend of two, `lo-fi:60+jazz-trio:40`, whose numbers are weights; a hit is `12.5=drop`; a tempo
is in beats (quarter notes) per minute; a key is a tonic with or without its mode; adventure is a
share from 0 to 1. Each text has one canonical form, which records write. Which names exist the
catalogue says, not this module.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

from clearcue.composer.errors import BriefError
from clearcue.music.pitch import FLAT_NAMES, MODES, SHARP_NAMES, Key

HIT_KINDS = ("drop", "stop", "accent", "lift")
MOST_HITS = 16
SLOWEST_BPM = 40
FASTEST_BPM = 240
FARTHEST = 100
"""The largest valence or arousal of a mood point, either way."""

_WHOLE = r"-?(?:100|[1-9]?[0-9])"
MOOD_POINT = rf"{_WHOLE},{_WHOLE}"
"""The pattern of a mood point."""
_WEIGHT = r"[1-9][0-9]?"
_STYLE = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_BLEND = re.compile(rf"({_STYLE}):({_WEIGHT})\+({_STYLE}):({_WEIGHT})", re.ASCII)
_DECIMAL = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,3})?", re.ASCII)
_KEY = re.compile(r"([A-Ga-g])(#|b|♯|♭)?(m)?(?:[ -]([a-z -]+))?")
_PITCH_CLASSES = {
    name: number for names in (SHARP_NAMES, FLAT_NAMES) for number, name in enumerate(names)
} | {"E#": 5, "B#": 0, "Cb": 11, "Fb": 4}


@dataclass(frozen=True, slots=True, order=True)
class Hit:
    """A moment that the music meets: `at_ms` from the start; `kind` is one of `HIT_KINDS`."""

    at_ms: int
    kind: str

    def __post_init__(self) -> None:
        if self.kind not in HIT_KINDS:
            raise BriefError(f"there is no hit {self.kind!r}; choose one of {', '.join(HIT_KINDS)}")


@dataclass(frozen=True, slots=True)
class KeyWish:
    """A tonic (pitch class) and a mode; without a mode the mood chooses it."""

    tonic: int
    mode: str | None = None

    @property
    def text(self) -> str:
        """Such as `D` or `D minor`."""
        if self.mode is None:
            return Key(self.tonic, "major").tonic_name
        return Key(self.tonic, self.mode).name


def parse_hit(text: str) -> Hit:
    """Read a hit such as `12.5=drop`: seconds from the start, and its kind.

    Raises:
        BriefError: when it has another form or kind.
    """
    at, equals, kind = text.strip().partition("=")
    if not equals or not _DECIMAL.fullmatch(at.strip()):
        raise BriefError(
            f"{text!r} is no hit; give seconds and one of {', '.join(HIT_KINDS)}, such as 12.5=drop"
        )
    return Hit(int(Fraction(at.strip()) * 1000), kind.strip())


def parse_adventure(text: str) -> int:
    """Read a share from 0 to 1, such as `0.35`, as whole percent.

    Raises:
        BriefError: when it is none, or finer than a hundredth.
    """
    plain = text.strip()
    percent = Fraction(plain) * 100 if _DECIMAL.fullmatch(plain) else Fraction(-1)
    if not 0 <= percent <= 100 or percent.denominator != 1:
        raise BriefError(f"{text!r} is no adventure; give 0 to 1 in hundredths, such as 0.35")
    return int(percent)


def parse_tempo(text: str) -> Fraction:
    """Read a tempo in beats per minute, such as `92` or `92.5`.

    Raises:
        BriefError: when it is no plain decimal from 40 to 240 with at most two places.
    """
    plain = text.strip()
    tempo = Fraction(plain) if _DECIMAL.fullmatch(plain) else Fraction(0)
    if not SLOWEST_BPM <= tempo <= FASTEST_BPM or (tempo * 100).denominator != 1:
        raise BriefError(
            f"{text!r} is no tempo; give {SLOWEST_BPM} to {FASTEST_BPM} beats per minute, such as "
            "120 or 92.5"
        )
    return tempo


def tempo_text(tempo_bpm: Fraction) -> str:
    """A tempo as a plain decimal, such as `92.5`."""
    return format(float(tempo_bpm), ".2f").rstrip("0").rstrip(".")


def parse_key(text: str) -> KeyWish:
    """Read a key such as `D`, `Dm`, `F# minor` or `Bb mixolydian`.

    Raises:
        BriefError: when it is none.
    """
    found = _KEY.fullmatch(text.strip())
    tonic, sign, minor, rest = found.groups() if found else ("", None, None, None)
    name = tonic.upper() + {"♯": "#", "♭": "b"}.get(sign or "", sign or "")
    mode = "-".join(re.split("[ -]+", rest.strip())) if rest else "minor" if minor else None
    if name not in _PITCH_CLASSES or (mode is not None and mode not in MODES) or (minor and rest):
        raise BriefError(
            f"{text!r} is no key; give a tonic such as D, Bb or F#, and after it, if you wish, one "
            f"of {', '.join(MODES)}"
        )
    return KeyWish(_PITCH_CLASSES[name], mode)


def parse_mood(text: str) -> str:
    """A mood's name as it is, or a point on the plane of valence and arousal in canonical form.

    Raises:
        BriefError: when it looks like a point and is none.
    """
    plain = text.replace(" ", "")
    if not re.fullmatch(r"[-+0-9.,]+", plain):
        return text.strip()
    point = mood_point(plain)
    if point is None:
        raise BriefError(
            f"{text!r} is no mood; give a name, or valence and arousal as whole numbers from "
            f"-{FARTHEST} to {FARTHEST}, such as 40,-20"
        )
    return f"{point[0]},{point[1]}"


def mood_point(text: str) -> tuple[int, int] | None:
    """Valence and arousal of a mood that is given as a point; None for a name."""
    if not re.fullmatch(MOOD_POINT, text, re.ASCII):
        return None
    valence, arousal = text.split(",")
    return int(valence), int(arousal)


def parse_style(text: str) -> str:
    """A style's name as it is, or a blend in canonical form: percents that sum to 100.

    A blend of a style with itself is that style.

    Raises:
        BriefError: when it looks like a blend and is none.
    """
    plain = text.replace(" ", "")
    if not re.search("[:+]", plain):
        return text.strip()
    found = _BLEND.fullmatch(plain)
    if found is None:
        raise BriefError(
            f"{text!r} is no blend; give two styles with weights from 1 to 99, such as "
            "lo-fi:60+jazz-trio:40"
        )
    first, second = int(found[2]), int(found[4])
    if found[1] == found[3]:
        return found[1]
    percent = min(max((200 * first + first + second) // (2 * (first + second)), 1), 99)
    return f"{found[1]}:{percent}+{found[3]}:{100 - percent}"


def style_shares(text: str) -> tuple[tuple[str, int], ...]:
    """Each style of a canonical style text with its percent; a name alone has all of it."""
    found = _BLEND.fullmatch(text)
    if found is None:
        return ((text, 100),)
    return ((found[1], int(found[2])), (found[3], int(found[4])))
