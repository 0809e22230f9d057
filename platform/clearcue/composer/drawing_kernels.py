"""Compiled: a bar of a tune drawn from the model note by note, within the rules of the craft.

Conventions: a bar has four quarters; places in it are sixteenths; a pitch is the number of one of
the scale steps that may be sung.
"""

from typing import NamedTuple

import numpy as np

from clearcue.compiled import compiled
from clearcue.composer.opinion_kernels import keep_streaks, opinions
from clearcue.composer.run_kernels import in_runs, run_key
from clearcue.composer.viewpoint_kernels import (
    BAR,
    BREAK,
    CHORD,
    FEATURES,
    GRID,
    INTERVALS,
    LAG_COUNT,
    LENGTHS,
    MIDDLE,
    MODE,
    ONSET,
    PITCH,
    PLACE,
    RHYTHM,
    RHYTHMS,
    START,
    TONIC,
    UNIT,
    WIDEST,
    Ints,
    Keys,
    Side,
    hear,
)

SIXTEENTH = GRID // 4
BAR_GRID = 4 * GRID
(INDEX, LENGTH, PITCH_LEARNT, PITCH_RULE, RHYTHM_LEARNT, RHYTHM_RULE, STRUCK) = range(7)
MADE = 7
"""The columns of a drawn note: which option, its length in sixteenths, the learnt and the rule's
weight of its pitch and of its rhythm (none where it was given), and the part of its pitches that
the limit on shared runs struck out, in units."""


class Bar(NamedTuple):
    """What a bar of a tune must keep to.

    `start` is the bar's onset, `begin` and `until` the sixteenths between which notes are drawn,
    `given` their (onset, length) where the rhythm is given, else no rows. For each of the bar's
    halves and each scale step that may be sung, `pitches` are what the model knows it as, `sounds`
    what sounds, `chordal` whether the chord holds it; `chords` are the halves' chords. `stable`
    marks steps of the tonic's triad. `opening` is the step the first note takes, -1 to draw it.
    `cells` are the style's half-bar rhythms (0 rest, 1 note, 2 held). `least` and `most` bound the
    notes; the percents are the rules' parts of the mixtures.
    """

    start: int
    begin: int
    until: int
    given: Ints
    pitches: Ints
    sounds: Ints
    chordal: Ints
    chords: Ints
    stable: Ints
    opening: int
    cells: Ints
    least: int
    most: int
    pitch_percent: int
    rhythm_percent: int
    tonic: int
    mode: int
    middle: int


@compiled
def roll(dice: Keys, bound: int) -> int:
    """A uniform whole number from 0 to `bound` - 1; `dice[0]` is SplitMix64's state."""
    whole = np.int64(0x7FFFFFFFFFFFFFFF)
    top = whole - whole % bound
    while True:
        dice[0] += np.uint64(0x9E3779B97F4A7C15)
        value = dice[0]
        value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        drawn = np.int64((value ^ (value >> np.uint64(31))) >> np.uint64(1))
        if drawn < top:
            return int(drawn % bound)


@compiled
def pick(dice: Keys, weights: Ints) -> int:
    """A place, as likely as its weight; -1 where all are 0."""
    total = weights.sum()
    if total == 0:
        return -1
    mark = roll(dice, total)
    for place in range(len(weights)):
        mark -= weights[place]
        if mark < 0:
            return place
    return -1


@compiled
def blended(learnt: Ints, rule: Ints, percent: int, parts: Ints) -> None:
    """The mixture of what was learnt and a rule; `parts` gets both parts of every choice.

    The rule has `percent` of the whole, all of it where nothing was learnt, none where it has no
    choice.
    """
    by_learning, by_rule = learnt.sum(), rule.sum()
    if by_rule == 0:
        percent = 0
    if by_learning == 0:
        percent = 100
    parts[:, 0] = learnt * (100 - percent) * max(by_rule, 1)
    parts[:, 1] = rule * percent * max(by_learning, 1)


@compiled
def believed(side: Side, said: Ints, levels: Ints, symbol: int) -> int:
    """The weight that all experts together give a symbol."""
    weight = 0
    for row in range(len(levels)):
        if levels[row] >= 0:
            weight += side.weights[row, levels[row]] * said[row, symbol]
    return weight


@compiled
def cell_symbol(cell: Ints, at: int, begun: Ints) -> int:
    """The rhythm symbol of a cell's note at a sixteenth, -1 where its notes so far are others."""
    for place in range(at + 1):
        if (cell[place] == 1) != (place == at or begun[place] == 1):
            return -1
    following = at + 1
    while following < len(cell) and cell[following] != 1:
        following += 1
    held = at + 1
    while held < following and cell[held] == 2:
        held += 1
    for place in range(len(LENGTHS)):
        if LENGTHS[place] == SIXTEENTH * (following - at):
            return 2 * place + (held < following)
    return -1


@compiled
def rhythm_allowed(bar: Bar, at: int, symbol: int, notes: int, shorts: int) -> bool:
    """Whether a note at a sixteenth may have a rhythm, as the bar's notes so far are."""
    length = LENGTHS[symbol // 2]
    if length % SIXTEENTH:
        return False
    steps = length // SIXTEENTH
    after = at + steps
    if after > bar.until or (at % 2 and steps % 2 == 0):
        return False
    if steps == 1 and (symbol % 2 or shorts >= 2):
        return False
    if after == bar.until:
        return notes >= bar.least
    return notes < bar.most and notes + (bar.until - after + 1) // 2 >= bar.least


@compiled
def draw_rhythm(
    side: Side, bar: Bar, at: int, said: Ints, levels: Ints, begun: Ints, dice: Keys, made: Ints
) -> int:
    """Draw the rhythm of the note at a sixteenth; -1 where none is left and it fills the bar."""
    learnt, rule = np.zeros(RHYTHMS, np.int64), np.zeros(RHYTHMS, np.int64)
    half = at - at % 8
    for cell in bar.cells:
        symbol = cell_symbol(cell, at % 8, begun[half : half + 8])
        if symbol >= 0:
            rule[symbol] += 1
    notes, shorts = 1, 0
    for place in range(at):
        if begun[place]:
            notes += 1
            shorts += begun[place + 1]
    for symbol in range(RHYTHMS):
        if rhythm_allowed(bar, at, symbol, notes, shorts):
            learnt[symbol] = believed(side, said, levels, symbol)
        else:
            rule[symbol] = 0
    parts = np.zeros((RHYTHMS, 2), np.int64)
    blended(learnt, rule, bar.rhythm_percent, parts)
    drawn = pick(dice, parts.sum(axis=1))
    if drawn >= 0:
        made[RHYTHM_LEARNT], made[RHYTHM_RULE] = parts[drawn, 0], parts[drawn, 1]
    return drawn


@compiled
def liking(step: int, stable: int, before: int) -> int:
    """How much the rule likes a step: steps most, then thirds; rarely a repeat of a repeat."""
    size = abs(step)
    if size == 0:
        return 1 if before == 0 else 3
    weight = 0
    if size < 6:
        weight = (12, 7, 4, 3, 2)[size - 1]
    elif size == 7:
        weight = 1
    return weight + stable


@compiled
def step_allowed(bar: Bar, at: int, length: int, here: int, there: int, before: int) -> bool:
    """Whether the craft allows a step: strong tones on the chord, dissonance left by step.

    A tone on a beat that is shorter than a quarter and not the bar's last may lean on the chord.
    `before` is the step before, `START` for none; a leap is answered by a step or third back.
    """
    half = at // 8
    step = there - here
    if abs(step) > 7:
        return False
    if not bar.chordal[half, there]:
        leans = at % 4 == 0 and length < 4 and at + length < bar.until
        if (at % 4 == 0 or length >= 4) and not leans:
            return False
        if leans and abs(step) > 2:
            return False
    if not bar.chordal[half, here] and abs(step) > 1:
        return False
    return before == START or abs(before) < 4 or (abs(step) <= 2 and step * before <= 0)


@compiled
def completes(events: Ints, sounding: Ints, at: int, notes: int, table: Keys) -> bool:
    """Whether the last notes make a run that a work has."""
    if at + 1 < notes:
        return False
    onsets = events[at + 1 - notes : at + 1, ONSET]
    return in_runs(run_key(onsets, sounding[at + 1 - notes : at + 1], notes - 1, notes), table)


@compiled
def draw_pitch(
    side: Side,
    bar: Bar,
    at: int,
    length: int,
    events: Ints,
    sounding: Ints,
    steps: Ints,
    place: int,
    said: Ints,
    levels: Ints,
    table: Keys,
    notes: int,
    dice: Keys,
    made: Ints,
) -> bool:
    """Draw the pitch of the event at `place`; False where every choice would share too long a run.

    Where the craft leaves nothing, the nearest tone of the chord is taken.
    """  # fmt: skip
    half, here = at // 8, steps[place - 1]
    before = START if place < 2 else here - steps[place - 2]
    count = bar.pitches.shape[1]
    learnt, rule = np.zeros(count, np.int64), np.zeros(count, np.int64)
    for there in range(count):
        symbol = bar.pitches[half, there] - events[place - 1, PITCH] + WIDEST
        if 0 <= symbol < INTERVALS and step_allowed(bar, at, length, here, there, before):
            learnt[there] = believed(side, said, levels, symbol)
            if bar.chordal[half, there] or at % 4:
                rule[there] = liking(there - here, bar.stable[there], before)
    parts = np.zeros((count, 2), np.int64)
    blended(learnt, rule, bar.pitch_percent, parts)
    weights = parts.sum(axis=1)
    whole, struck = weights.sum(), 0
    tried = np.zeros(count, np.bool_)
    for _ in range(count):
        drawn = pick(dice, weights)
        if drawn < 0:  # nothing is left: the nearest tone of the chord, else of the scale
            distance = 1000
            for there in range(count):
                far = abs(there - here) + 100 * (1 - bar.chordal[half, there])
                if not tried[there] and far < distance:
                    drawn, distance = there, far
            if drawn < 0:
                return False
            parts[drawn, 0], parts[drawn, 1] = 0, 1
        tried[drawn] = True
        steps[place], sounding[place] = drawn, bar.sounds[half, drawn]
        if not completes(events, sounding, place, notes, table):
            events[place, PITCH] = bar.pitches[half, drawn]
            made[PITCH_LEARNT], made[PITCH_RULE] = parts[drawn, 0], parts[drawn, 1]
            made[STRUCK] = struck // max(whole // UNIT, 1)
            return True
        struck += weights[drawn]
        weights[drawn] = 0
    return False


@compiled
def begin_event(bar: Bar, at: int, place: int, events: Ints) -> None:
    """Fill in what is known of the event at a sixteenth before its rhythm and pitch are."""
    events[place] = 0
    events[place, ONSET] = bar.start + SIXTEENTH * at
    events[place, PLACE] = SIXTEENTH * at
    events[place, BAR] = BAR_GRID
    events[place, TONIC] = bar.tonic
    events[place, MODE] = bar.mode
    events[place, CHORD] = bar.chords[at // 8]
    events[place, RHYTHM] = -1
    events[place, MIDDLE] = bar.middle
    events[place, BREAK] = place == 0


@compiled
def given_symbol(bar: Bar, number: int) -> int:
    """The rhythm symbol of a given note, -1 where it has none."""
    after = bar.given[number + 1, 0] if number + 1 < len(bar.given) else bar.until
    length = after - bar.given[number, 0]
    for place in range(len(LENGTHS)):
        if LENGTHS[place] == SIXTEENTH * length:
            return 2 * place + int(bar.given[number, 1] < length)
    return -1


@compiled
def draw_bar(
    pitch: Side,
    rhythm: Side,
    bar: Bar,
    events: Ints,
    sounding: Ints,
    steps: Ints,
    known: int,
    table: Keys,
    notes: int,
    dice: Keys,
    made: Ints,
) -> int:
    """Draw a bar note by note after the `known` events; gives how many there are then, or -1.

    `events`, `sounding` (MIDI pitches) and `steps` (which option) are filled in behind what is
    known, `made` likewise with the columns named above. No run of `notes` notes that `table` holds
    is completed; -1 where that cannot be kept.
    """  # fmt: skip
    features = np.zeros(FEATURES, np.int64)
    rows = len(events)
    heard_pitch = np.zeros((rows, len(pitch.rows)), np.uint64)
    heard_rhythm = np.zeros((rows, len(rhythm.rows)), np.uint64)
    pitch_streaks = np.zeros((rows, 2 * LAG_COUNT), np.int64)
    rhythm_streaks = np.zeros((rows, LAG_COUNT), np.int64)
    said_pitch = np.zeros((len(pitch.weights), INTERVALS), np.int64)
    said_rhythm = np.zeros((len(rhythm.weights), RHYTHMS), np.int64)
    levels_pitch = np.zeros(len(pitch.weights), np.int64)
    levels_rhythm = np.zeros(len(rhythm.weights), np.int64)
    begun = np.zeros(17, np.int64)
    for place in range(known):
        hear(pitch, events, place, features, heard_pitch)
        hear(rhythm, events, place, features, heard_rhythm)
        keep_streaks(pitch, events, place, pitch_streaks)
        keep_streaks(rhythm, events, place, rhythm_streaks)
    place, number = known, 0
    at = bar.given[0, 0] if len(bar.given) else bar.begin
    while at < bar.until:
        begin_event(bar, at, place, events)
        hear(rhythm, events, place, features, heard_rhythm)
        made[place] = 0
        if len(bar.given):
            symbol = given_symbol(bar, number)
            length = int(bar.given[number, 1])
            after = bar.given[number + 1, 0] if number + 1 < len(bar.given) else bar.until
        else:
            opinions(
                rhythm, events, place, heard_rhythm, rhythm_streaks, -1, said_rhythm, levels_rhythm
            )
            symbol = draw_rhythm(
                rhythm, bar, at, said_rhythm, levels_rhythm, begun, dice, made[place]
            )
            after = bar.until if symbol < 0 else at + LENGTHS[symbol // 2] // SIXTEENTH
            length = after - at
            if symbol >= 0 and symbol % 2:
                length -= length // 2
        events[place, RHYTHM] = symbol
        begun[at] = 1
        if number == 0 and bar.opening >= 0:
            steps[place] = bar.opening
            sounding[place] = bar.sounds[at // 8, bar.opening]
            events[place, PITCH] = bar.pitches[at // 8, bar.opening]
            hear(pitch, events, place, features, heard_pitch)
        else:
            hear(pitch, events, place, features, heard_pitch)
            opinions(pitch, events, place, heard_pitch, pitch_streaks, -1, said_pitch, levels_pitch)
            if not draw_pitch(
                pitch, bar, at, length, events, sounding, steps, place, said_pitch, levels_pitch,
                table, notes, dice, made[place],
            ):  # fmt: skip
                return -1
        made[place, INDEX], made[place, LENGTH] = steps[place], length
        keep_streaks(pitch, events, place, pitch_streaks)
        keep_streaks(rhythm, events, place, rhythm_streaks)
        at = after
        place += 1
        number += 1
    return place
