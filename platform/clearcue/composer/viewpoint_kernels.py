"""Compiled: events, their features, and the hashed contexts that experts know them by.

Conventions are those of `events` and `viewpoints`: time in twenty-fourths of a quarter, MIDI
pitches; only whole numbers are reckoned with.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clearcue.compiled import compiled

Ints = NDArray[np.int64]
Counted = NDArray[np.int32]
Keys = NDArray[np.uint64]

GRID = 24
LENGTHS = (
    2, 3, 4, 6, 8, 9, 12, 16, 18, 20, 24, 30, 32, 36, 40, 42, 48, 60, 64, 72, 84, 96, 108, 120, 144,
)  # fmt: skip
"""Times to the next note that have a symbol, in twenty-fourths of a quarter."""
RHYTHMS = 2 * len(LENGTHS)
WIDEST = 24
INTERVALS = 2 * WIDEST + 1

(WORK, LINE, ONSET, PLACE, BAR, PITCH, TONIC, MODE, CHORD, RHYTHM, MIDDLE, BREAK) = range(12)
COLUMNS = 12
"""The columns of an event: the work's number; the row at which its line begins; time from the
start and from the bar's; the bar's length; MIDI pitch; the local key's tonic, and 1 where it is
minor; the chord (`observe.bar_chords`); the rhythm symbol; the line's median pitch; 1 where a
phrase begins."""

(DEGREE, IN1, IN2, IN3, IN4, PLACE_IN_BAR, BEAT, OWN, R1, R2, R3, R4,
 REGISTER, HARMONY, LAG_IN, LAG_R, IN_BAR, FROM_STRONG) = range(18)  # fmt: skip
FEATURES = 18
START = 99
REGISTER_SEMITONES = 4
MEMORY = 256
"""Events that the memory experts look back over."""
LAGS = (1, 2, 4)
"""Bars ago that the lag experts look back to."""
LAG_COUNT = len(LAGS)
UNIT = 1 << 16

(KEY, FIRST, LAST, SEEN) = range(4)
"""The columns of a context: its hash, its first symbol's row and the row after its last, and how
often it was seen."""
(SYMBOL, TIMES, FIRST_WORK, LAST_WORK) = range(4)
"""The columns of a symbol: itself, how often it followed, and the rows of who taught it."""
(BY_WORK, WORK_TIMES) = range(2)
"""The columns of who taught a symbol: the work's number, and how often it did."""


class Counts(NamedTuple):
    """What followed each context, by work, in rows with the columns named above; see `counts`.

    `slots` is a hash table of the rows of `contexts`, -1 where it is free.
    """

    contexts: Ints
    symbols: Counted
    taught: Counted
    slots: Counted


class Side(NamedTuple):
    """One half of the model, pitch or rhythm: counts, experts as rows of features, weights.

    The first `long` rows are the long-term experts, the others the memory experts.
    """

    counts: Counts
    rows: Ints
    weights: Ints
    long: int
    rhythm: bool


@compiled
def mixed(hashed: np.uint64, value: int) -> np.uint64:
    """One more number in a 64-bit hash, after SplitMix64 (Steele, Lea & Flood 2014)."""
    hashed = (hashed ^ np.uint64(value + 1024)) * np.uint64(0x9E3779B97F4A7C15)
    hashed ^= hashed >> np.uint64(29)
    hashed *= np.uint64(0xBF58476D1CE4E5B9)
    return hashed ^ (hashed >> np.uint64(32))


@compiled
def into(events: Ints, at: int) -> int:
    """The interval symbol of an event, `START` where a phrase begins."""
    if events[at, BREAK]:
        return START
    return int(events[at, PITCH] - events[at - 1, PITCH] + WIDEST)


@compiled
def bars_ago(events: Ints, at: int, bars: int) -> int:
    """The event of the same line that began whole bars before this one, -1 for none."""
    goal = events[at, ONSET] - bars * events[at, BAR]
    place = at - 1
    while place >= events[at, LINE] and events[place, ONSET] > goal:
        place -= 1
    if place < events[at, LINE] or events[place, ONSET] != goal:
        return -1
    return place


@compiled
def look(events: Ints, at: int, features: Ints) -> None:
    """Fill in an event's features from the events before it, and its own length."""
    features[:] = START
    begin, bar = events[at, PLACE], events[at, BAR]
    features[PLACE_IN_BAR] = bar * 256 + begin
    quarter = 0 if begin < GRID else 1 if begin // GRID * 2 * GRID == bar else 2
    features[BEAT] = begin % GRID + GRID * quarter
    features[HARMONY] = events[at, CHORD]
    features[OWN] = events[at, RHYTHM]
    back = at
    for steps in range(4):
        if events[back, BREAK]:
            break
        back -= 1
        features[R1 + steps] = events[back, RHYTHM]
        features[IN1 + steps] = into(events, back)
    hashed = np.uint64(bar)
    strong = -1
    place = at - 1
    while place >= events[at, LINE] and events[place, ONSET] >= events[at, ONSET] - begin:
        hashed = mixed(hashed, events[place, PLACE] * 64 + events[place, RHYTHM])
        if strong < 0 and events[place, PLACE] % (2 * GRID) == 0:
            strong = place
        place -= 1
    features[IN_BAR] = np.int64(mixed(hashed, begin) >> np.uint64(8))
    lag = bars_ago(events, at, 1)
    if lag >= 0:
        features[LAG_IN] = into(events, lag)
        features[LAG_R] = events[lag, RHYTHM]
    if events[at, BREAK] == 0:
        before = events[at - 1, PITCH]
        features[DEGREE] = (before - events[at, TONIC]) % 12 + 12 * events[at, MODE]
        features[REGISTER] = (before - events[at, MIDDLE]) // REGISTER_SEMITONES
        if strong >= 0:
            features[FROM_STRONG] = before - events[strong, PITCH]


@compiled
def hear(side: Side, events: Ints, at: int, features: Ints, heard: Keys) -> None:
    """Note the hashed contexts of an event, one for each expert."""
    look(events, at, features)
    for number in range(len(side.rows)):
        hashed = np.uint64(number + 1 + 64 * side.rhythm)
        for feature in side.rows[number]:
            if feature >= 0:
                hashed = mixed(hashed, features[feature])
        heard[at, number] = hashed


@compiled
def named(side: Side, events: Ints, at: int) -> int:
    """The symbol that an event shows, -1 for none."""
    if side.rhythm:
        return int(events[at, RHYTHM])
    symbol = into(events, at)
    return -1 if symbol == START else symbol


@compiled
def hear_all(side: Side, events: Ints, heard: Keys, shown: Ints) -> None:
    """Note the contexts and the symbol of every event."""
    features = np.zeros(FEATURES, np.int64)
    for at in range(len(events)):
        hear(side, events, at, features, heard)
        shown[at] = named(side, events, at)
