"""Compiled: what the experts say of an event, as distributions in units of 1 / `UNIT`."""

import numpy as np

from clearcue.compiled import compiled
from clearcue.composer.viewpoint_kernels import (
    BREAK,
    BY_WORK,
    FEATURES,
    FIRST,
    FIRST_WORK,
    INTERVALS,
    KEY,
    LAG_COUNT,
    LAGS,
    LAST,
    LAST_WORK,
    LINE,
    MEMORY,
    PITCH,
    RHYTHM,
    RHYTHMS,
    SEEN,
    SYMBOL,
    TIMES,
    UNIT,
    WIDEST,
    WORK,
    WORK_TIMES,
    Counted,
    Counts,
    Ints,
    Keys,
    Side,
    bars_ago,
    hear,
    named,
)

_LAGS = np.array(LAGS, np.int64)


@compiled
def fill_slots(contexts: Ints, slots: Counted) -> None:
    """Enter contexts into a hash table of their rows."""
    mask = len(slots) - 1
    for row in range(len(contexts)):
        place = contexts[row, KEY] & mask
        while slots[place] >= 0:
            place = (place + 1) & mask
        slots[place] = row


@compiled
def find(counts: Counts, key: np.uint64) -> int:
    """The row of a context, -1 when it was never seen."""
    mask = len(counts.slots) - 1
    signed = np.int64(key)
    place = signed & mask
    while counts.slots[place] >= 0:
        row = counts.slots[place]
        if counts.contexts[row, KEY] == signed:
            return int(row)
        place = (place + 1) & mask
    return -1


@compiled
def confidence(seen: int, kinds: int) -> int:
    """A level from 0 to 23: how often a context was seen, and how many symbols followed it."""
    size = 0
    while seen > 1 and size < 7:
        seen >>= 1
        size += 1
    return 3 * size + min(kinds, 3) - 1


@compiled
def times_by(counts: Counts, first: int, last: int, own: int) -> int:
    """How often the work `own` taught the symbols of some rows of `taught`."""
    times = 0
    if own >= 0:
        for row in range(first, last):
            if counts.taught[row, BY_WORK] == own:
                times += counts.taught[row, WORK_TIMES]
    return times


@compiled
def long_opinion(counts: Counts, key: np.uint64, own: int, opinion: Ints) -> int:
    """Fill in what a context says, without the counts of the work `own`; gives its confidence.

    The confidence is -1, and nothing is filled in, where no other work has seen the context.
    """
    context = find(counts, key)
    if context < 0:
        return -1
    first, last = counts.contexts[context, FIRST], counts.contexts[context, LAST]
    works = counts.symbols[first, FIRST_WORK], counts.symbols[last - 1, LAST_WORK]
    seen = int(counts.contexts[context, SEEN]) - times_by(counts, works[0], works[1], own)
    if seen == 0:
        return -1
    kinds = 0
    for row in range(first, last):
        taught = counts.symbols[row, FIRST_WORK], counts.symbols[row, LAST_WORK]
        times = int(counts.symbols[row, TIMES]) - times_by(counts, taught[0], taught[1], own)
        if times:
            opinion[counts.symbols[row, SYMBOL]] = UNIT * times // seen
            kinds += 1
    return confidence(seen, kinds)


@compiled
def memory_opinion(
    side: Side, events: Ints, at: int, heard: Keys, number: int, opinion: Ints
) -> int:
    """Fill in what followed the same context earlier in the line; gives the confidence or -1."""
    seen = 0
    key = heard[at, number]
    for place in range(max(events[at, LINE], at - MEMORY), at):
        if heard[place, number] == key:
            symbol = named(side, events, place)
            if symbol >= 0:
                opinion[symbol] += 1
                seen += 1
    if seen == 0:
        return -1
    kinds = 0
    for symbol in range(len(opinion)):
        if opinion[symbol]:
            opinion[symbol] = UNIT * opinion[symbol] // seen
            kinds += 1
    return confidence(seen, kinds)


@compiled
def lag_symbol(side: Side, events: Ints, at: int, number: int) -> int:
    """What a lag names: its rhythm; or its pitch again, or from `LAG_COUNT` on its interval."""
    there = bars_ago(events, at, _LAGS[number % LAG_COUNT])
    if there < 0:
        return -1
    if side.rhythm:
        return int(events[there, RHYTHM])
    if events[at, BREAK]:
        return -1
    if number >= LAG_COUNT:
        return named(side, events, there)
    symbol = events[there, PITCH] - events[at - 1, PITCH] + WIDEST
    return symbol if 0 <= symbol < INTERVALS else -1


@compiled
def keep_streaks(side: Side, events: Ints, at: int, streaks: Ints) -> None:
    """Note for the event after this one how often in a row each lag was right."""
    if at + 1 < len(streaks):
        for number in range(streaks.shape[1]):
            guess = lag_symbol(side, events, at, number)
            right = guess >= 0 and guess == named(side, events, at)
            streaks[at + 1, number] = streaks[at, number] + 1 if right else 0


@compiled
def opinions(
    side: Side,
    events: Ints,
    at: int,
    heard: Keys,
    streaks: Ints,
    own: int,
    said: Ints,
    levels: Ints,
) -> None:
    """What every expert says of an event, and with which confidence (-1 for nothing).

    `heard` holds the contexts of the line's events up to this one, `streaks` how often in a row
    each lag was right before it. The last expert says that anything is as likely.
    """  # fmt: skip
    said[:] = 0
    for number in range(len(side.rows)):
        if number < side.long:
            levels[number] = long_opinion(side.counts, heard[at, number], own, said[number])
        else:
            levels[number] = memory_opinion(side, events, at, heard, number, said[number])
    for number in range(streaks.shape[1]):
        row = len(side.rows) + number
        guess = lag_symbol(side, events, at, number)
        levels[row] = -1
        if guess >= 0:
            said[row, guess] = UNIT
            levels[row] = min(streaks[at, number], 3)
    levels[-1] = 0
    said[-1] = UNIT // said.shape[1]


@compiled
def judge_events(
    side: Side, events: Ints, wanted: Ints, alone: bool, chances: Ints, levels: Ints
) -> None:
    """Each expert's chance (in units) for what the wanted events show, and its confidence.

    `alone` leaves out the counts of the event's own work.
    """
    features = np.zeros(FEATURES, np.int64)
    heard = np.zeros((len(events), len(side.rows)), np.uint64)
    streaks = np.zeros((len(events), LAG_COUNT if side.rhythm else 2 * LAG_COUNT), np.int64)
    said = np.zeros((chances.shape[1], RHYTHMS if side.rhythm else INTERVALS), np.int64)
    row = 0
    for at in range(len(events)):
        if events[at, LINE] == at:
            streaks[at] = 0
        hear(side, events, at, features, heard)
        if row < len(wanted) and wanted[row] == at:
            own = events[at, WORK] if alone else -1
            opinions(side, events, at, heard, streaks, own, said, levels[row])
            chances[row] = said[:, named(side, events, at)]
            row += 1
        keep_streaks(side, events, at, streaks)


@compiled
def listen(side: Side, events: Ints, heard: Keys, streaks: Ints) -> None:
    """Note the contexts of a line's events, and how often in a row each lag was right before."""
    features = np.zeros(FEATURES, np.int64)
    for at in range(len(events)):
        hear(side, events, at, features, heard)
        keep_streaks(side, events, at, streaks)
