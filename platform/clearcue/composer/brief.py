"""A brief: what a producer asks for.

`seconds` is the exact length of the audio, from 5 to 300 s in whole milliseconds; `style` is None
when the composer may choose one that suits the mood.
"""

from dataclasses import dataclass
from fractions import Fraction

from clearcue.composer.errors import BriefError

SHORTEST_SECONDS = 5
LONGEST_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Brief:
    """What is asked for, by the names of the catalogue."""

    mood: str
    usage: str
    seconds: Fraction
    style: str | None = None

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
