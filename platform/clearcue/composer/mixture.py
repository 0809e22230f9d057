"""Learning a side of the model: counts of the works, and how much each expert is believed.

An expert's weight depends on how often it has seen its context and how many symbols followed, for a
lag on how often in a row it was right. The weights are those under which every work, predicted from
all the others, is likeliest, found by minorisation (Hunter 2004, doi 10.1214/aos/1079120141). Every
sum is of whole numbers, so they are the same on every machine.
"""

import numpy as np

from clearcue.composer.counts import count
from clearcue.composer.opinion_kernels import judge_events
from clearcue.composer.viewpoint_kernels import LINE, WORK, Counts, Ints, Side, hear_all
from clearcue.composer.viewpoints import (
    LAGS_OF_PITCH,
    LAGS_OF_RHYTHM,
    PITCH_EXPERTS,
    PITCH_MEMORY,
    RHYTHM_EXPERTS,
    RHYTHM_MEMORY,
    rows_of,
)

LEVELS = 24
"""Confidences: 8 of how often a context was seen, times 3 of how many symbols followed."""
FIRST_WEIGHT = 1 << 12
LARGEST_WEIGHT = 1 << 15
ROUNDS = 16
SAMPLE = 24_000
"""Events that the weights are found from, at most: the first ones of every line, alike."""
LONG = {False: PITCH_EXPERTS, True: RHYTHM_EXPERTS}
_ROWS = {
    False: rows_of(PITCH_EXPERTS + PITCH_MEMORY),
    True: rows_of(RHYTHM_EXPERTS + RHYTHM_MEMORY),
}
_EXPERTS = {
    False: len(_ROWS[False]) + LAGS_OF_PITCH + 1,
    True: len(_ROWS[True]) + LAGS_OF_RHYTHM + 1,
}


def side(counts: Counts, weights: Ints, *, rhythm: bool) -> Side:
    """A side of the model of its counts and weights."""
    return Side(counts, _ROWS[rhythm], weights, len(LONG[rhythm]), rhythm)


def learn_side(events: Ints, *, rhythm: bool) -> Side:
    """Count the events of all works, and find the experts' weights."""
    even = np.full((_EXPERTS[rhythm], LEVELS), FIRST_WEIGHT, np.int64)
    nothing = count(np.zeros(0, np.uint64), np.zeros(0, np.int64), np.zeros(0, np.int64))
    unlearnt = side(nothing, even, rhythm=rhythm)
    heard = np.zeros((len(events), len(unlearnt.rows)), np.uint64)
    shown = np.zeros(len(events), np.int64)
    hear_all(unlearnt, events, heard, shown)
    known = shown >= 0
    contexts = heard[known, : unlearnt.long]
    experts = contexts.shape[1]
    counts = count(
        contexts.ravel(), np.repeat(shown[known], experts), np.repeat(events[known, WORK], experts)
    )
    counted = unlearnt._replace(counts=counts)
    weights = weigh(*chances_of(counted, events, sample(events, known), alone=True))
    return counted._replace(weights=weights)


def sample(events: Ints, known: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Ints:
    """The events to find the weights from."""
    since = np.arange(len(events)) - events[:, LINE]
    most = len(events)
    while most > 1 and np.count_nonzero(known & (since < most)) > SAMPLE:
        most = most * 3 // 4
    return np.flatnonzero(known & (since < most))


def chances_of(learnt: Side, events: Ints, wanted: Ints, *, alone: bool) -> tuple[Ints, Ints]:
    """Each expert's chance (in units) for what each wanted event shows, and its confidence there.

    `alone` leaves out what the event's own work taught.
    """
    chances = np.zeros((len(wanted), len(learnt.weights)), np.int64)
    levels = np.full((len(wanted), len(learnt.weights)), -1, np.int64)
    judge_events(learnt, events, wanted, alone, chances, levels)
    return chances, levels


def weigh(chances: Ints, levels: Ints) -> Ints:
    """The weights under which what happened was likeliest, `LARGEST_WEIGHT` the largest."""
    known = levels >= 0
    cells = np.where(known, np.arange(levels.shape[1]) * LEVELS + levels, 0)
    size = levels.shape[1] * LEVELS
    weights = np.full(size, FIRST_WEIGHT, np.int64)
    for _ in range(ROUNDS):
        each = np.where(known, weights[cells], 0)
        said = each * chances
        credit = (said << 14) // np.maximum(said.sum(axis=1, keepdims=True), 1)
        asked = np.where(known, (1 << 44) // np.maximum(each.sum(axis=1, keepdims=True), 1), 0)
        # Sums of whole numbers below 2^53 are exact in any order, in floats too.
        earned = np.bincount(cells.ravel(), credit.ravel(), size)
        owed = np.bincount(cells.ravel(), asked.ravel(), size)
        raised = [(int(e) << 40) // int(o) if o else 0 for e, o in zip(earned, owed, strict=True)]
        top = max(*raised, 1)
        weights = np.array([max(value * LARGEST_WEIGHT // top, 1) for value in raised], np.int64)
    return weights.reshape(-1, LEVELS)
