"""The port of a sampled bank: instruments that another program plays from recordings.

A bank plays a part dry, note by note as it was performed, and says what it is: its name, version,
licence and the SHA-256 of its recordings. What it does not play, the computed bank plays.
"""

from typing import Protocol

from clearcue.errors import BadInputError
from clearcue.sound.dsp import Track
from clearcue.sound.performance import PlayedNote


class BankError(BadInputError):
    """A sampled bank is not there, or may not or cannot be used."""


class SampledBank(Protocol):
    """Recordings, and what plays them."""

    def manifest(self) -> dict[str, str]:
        """`bank`, `version`, `licence`, `source` and `sha256`, as the record names them."""
        ...

    def plays(self, instrument: str) -> bool:
        """Whether it has that instrument."""
        ...

    def play(self, instrument: str, notes: tuple[PlayedNote, ...], frames: int) -> Track:
        """A part's notes, dry, as (frames, 2).

        Raises:
            BankError: when the program that plays fails.
        """
        ...
