"""Musical and physical time.

Conventions: musical time is an integer number of ticks, `TICKS_PER_QUARTER` to a quarter note;
physical time is an exact `Fraction` of a second or an integer number of audio frames. Tempo is kept
as the integer number of microseconds a quarter note lasts, as in a Standard MIDI File, so that a
tick's frame is the same integer on every machine.
"""

from dataclasses import dataclass
from fractions import Fraction

TICKS_PER_QUARTER = 480


@dataclass(frozen=True, slots=True)
class Meter:
    """A time signature, such as 4/4 or 6/8.

    Raises:
        ValueError: when the numerator is below 1 or the denominator is no power of two up to 64.
    """

    numerator: int
    denominator: int

    def __post_init__(self) -> None:
        if self.numerator < 1 or self.denominator not in (1, 2, 4, 8, 16, 32, 64):
            raise ValueError(f"{self.numerator}/{self.denominator} is no time signature")

    @property
    def bar_ticks(self) -> int:
        """Length of one whole bar in ticks."""
        return TICKS_PER_QUARTER * 4 * self.numerator // self.denominator


@dataclass(frozen=True, slots=True)
class Tempo:
    """One tempo for a whole score: how many microseconds a quarter note lasts.

    Raises:
        ValueError: when it lies outside 100,000 to 6,000,000 (600 to 10 quarter notes a minute).
    """

    microseconds_per_quarter: int

    def __post_init__(self) -> None:
        if not 100_000 <= self.microseconds_per_quarter <= 6_000_000:
            raise ValueError(f"{self.microseconds_per_quarter} us a quarter is no playable tempo")

    @property
    def bpm(self) -> float:
        """Quarter notes a minute."""
        return 60_000_000 / self.microseconds_per_quarter

    def seconds_at(self, ticks: int) -> Fraction:
        """The exact time of a tick in seconds from the start."""
        return Fraction(ticks * self.microseconds_per_quarter, TICKS_PER_QUARTER * 1_000_000)

    def frame_at(self, ticks: int, sample_rate: int) -> int:
        """The audio frame nearest below a tick at `sample_rate` frames a second."""
        return (
            ticks * self.microseconds_per_quarter * sample_rate // (TICKS_PER_QUARTER * 1_000_000)
        )


@dataclass(frozen=True, slots=True)
class Swing:
    """How far the second note of each pair is delayed: the two last as `first` to `second`.

    `unit_ticks` is the written length of one of the pair: an eighth (240) or a sixteenth (120).
    Music is written in even notes and played so, as `Swing` above a score asks (MusicXML 4.0,
    element `swing`).

    Raises:
        ValueError: when the unit is neither, or the first is not 1 to 3 times the second.
    """

    first: int
    second: int
    unit_ticks: int

    def __post_init__(self) -> None:
        if self.unit_ticks not in (TICKS_PER_QUARTER // 2, TICKS_PER_QUARTER // 4):
            raise ValueError(f"a swing of {self.unit_ticks} ticks is neither eighths' nor 16ths'")
        if not 0 < self.second <= self.first <= 3 * self.second:
            raise ValueError(f"a swing of {self.first} to {self.second} is not within 1 to 3")

    def played(self, ticks: int) -> int:
        """The tick at which a written tick sounds; a pair begins and ends where it is written."""
        pair, inside = divmod(ticks, 2 * self.unit_ticks)
        whole = self.first + self.second
        turn = 2 * self.unit_ticks * self.first // whole
        if inside <= self.unit_ticks:
            late = inside * turn // self.unit_ticks
        else:
            rest = 2 * self.unit_ticks - turn
            late = turn + (inside - self.unit_ticks) * rest // self.unit_ticks
        return pair * 2 * self.unit_ticks + late
