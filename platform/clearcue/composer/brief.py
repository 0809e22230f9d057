"""A brief: what a producer asks for.

`seconds` is the exact length of the audio, from 5 to 300 s in whole milliseconds; `style` is None
when the composer may choose one that suits the mood. Mood and style are texts in the canonical form
of `wishes`. The wishes have defaults that ask for nothing: a brief without them, its plain form and
its music are those of a brief that does not know them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from clearcue.composer.errors import BriefError
from clearcue.composer.wishes import (
    MOST_HITS,
    Hit,
    KeyWish,
    parse_key,
    parse_mood,
    parse_style,
    parse_tempo,
    tempo_text,
)

SHORTEST_SECONDS = 5
LONGEST_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Brief:
    """What is asked for, by the names of the catalogue.

    `adventure` is percent, from 0 (the usual) to 100 (the rare corners); `hits` come in order of
    time; `tempo_bpm` and `key` are wishes, None for the mood's own.

    Raises:
        BriefError: when the adventure is out of range, or the hits cannot be met.
    """

    mood: str
    usage: str
    seconds: Fraction
    style: str | None = None
    adventure: int = 0
    hits: tuple[Hit, ...] = ()
    tempo_bpm: Fraction | None = None
    key: KeyWish | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.adventure <= 100:
            raise BriefError(f"adventure is 0 to 100 percent, not {self.adventure}")
        if len(self.hits) > MOST_HITS:
            raise BriefError(f"{len(self.hits)} hits are too many; give at most {MOST_HITS}")
        times = [hit.at_ms for hit in self.hits]
        if times != sorted(set(times)):
            raise BriefError("two hits fall on the same moment, or they are not in order of time")
        if times and not 0 < times[0] <= times[-1] < self.seconds * 1000:
            raise BriefError(
                f"every hit lies inside the music: after 0 and before {self.seconds_text} s"
            )

    @property
    def seconds_text(self) -> str:
        """The length as a plain decimal, such as `30` or `12.5`."""
        return format(float(self.seconds), ".3f").rstrip("0").rstrip(".")


def parse_seconds(text: str) -> Fraction:
    """Read a length in seconds, such as `30` or `12.5`.

    Raises:
        BriefError: when it is no plain decimal of whole milliseconds from 5 to 300.
    """
    plain = text.strip()
    digits = plain.replace(".", "", 1)
    if not (digits.isascii() and digits.isdigit()) or len(plain) > 12:
        raise BriefError(f"{text!r} is no length; give seconds from 5 to 300, such as 30 or 12.5")
    seconds = Fraction(plain)
    if not SHORTEST_SECONDS <= seconds <= LONGEST_SECONDS:
        raise BriefError(
            f"{plain} s is out of range; give a length from {SHORTEST_SECONDS} to "
            f"{LONGEST_SECONDS} seconds"
        )
    if (seconds * 1000).denominator != 1:
        raise BriefError(f"{plain} s is finer than a millisecond; give at most three decimals")
    return seconds


def plain_brief(brief: Brief) -> dict[str, Any]:
    """A brief as records and jobs write it; a wish that asks for nothing is left out."""
    plain: dict[str, Any] = {
        "mood": brief.mood,
        "usage": brief.usage,
        "seconds": brief.seconds_text,
        "style": brief.style,
    }
    if brief.adventure:
        plain["adventure_percent"] = brief.adventure
    if brief.hits:
        plain["hits"] = [{"at_ms": hit.at_ms, "kind": hit.kind} for hit in brief.hits]
    if brief.tempo_bpm is not None:
        plain["tempo_bpm"] = tempo_text(brief.tempo_bpm)
    if brief.key is not None:
        plain["key"] = brief.key.text
    return plain


def read_brief(plain: Mapping[str, Any]) -> Brief:
    """The brief that `plain_brief` wrote, also one from before the wishes; other keys are ignored.

    Raises:
        BriefError: when a value is out of range.
    """
    tempo, key, style = plain.get("tempo_bpm"), plain.get("key"), plain["style"]
    return Brief(
        mood=parse_mood(plain["mood"]),
        usage=plain["usage"],
        seconds=parse_seconds(plain["seconds"]),
        style=None if style is None else parse_style(style),
        adventure=plain.get("adventure_percent", 0),
        hits=tuple(Hit(hit["at_ms"], hit["kind"]) for hit in plain.get("hits", ())),
        tempo_bpm=None if tempo is None else parse_tempo(tempo),
        key=None if key is None else parse_key(key),
    )
