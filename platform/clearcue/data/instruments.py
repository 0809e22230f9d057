"""The instruments that a score may name: ranges, programs and stem groups, read from data.

Conventions: ranges are MIDI note numbers, both ends included (percussion keys for drum kits);
programs are General MIDI's, 0 to 127. The composer, the sound and the exports all read this table.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

GROUPS = ("drums", "bass", "harmony", "melody", "effects")


@dataclass(frozen=True, slots=True)
class Instrument:
    """One playable instrument.

    `key` is what a part names; `group` is the stem it belongs to by nature (a pitched part's role
    decides in a score); `sustained` says that its tone holds as long as the note is held.

    Raises:
        ValueError: when the range, the program or the group is none.
    """

    key: str
    name: str
    program: int
    low: int
    high: int
    group: str
    family: str
    sustained: bool

    def __post_init__(self) -> None:
        if not 0 <= self.low < self.high <= 127 or not 0 <= self.program <= 127:
            raise ValueError(f"instrument {self.key!r}: range or program is not MIDI's")
        if self.group not in GROUPS:
            raise ValueError(f"instrument {self.key!r}: {self.group!r} is no stem group")

    @property
    def is_drums(self) -> bool:
        """Whether its pitches are General MIDI percussion keys."""
        return self.family == "drums"


@cache
def instruments() -> dict[str, Instrument]:
    """Every instrument by its key, in the order of the file.

    Raises:
        ValueError: when an entry of the file is out of range.
    """
    text = files("clearcue.data").joinpath("instruments.toml").read_text(encoding="utf-8")
    return {key: Instrument(key=key, **entry) for key, entry in tomllib.loads(text).items()}
