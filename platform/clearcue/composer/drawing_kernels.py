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
    GRID,
    INTERVALS,
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
    notes; the percents are the rules' parts of the mixtures; `reach` is how far wide steps are
    liked as well as narrow ones, in percent.
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
    reach: int
    tonic: int
    mode: int
    middle: int


class Line(NamedTuple):
    """A tune so far and the room to go on: what is known of every event, and what experts heard.

    `sounding` are MIDI pitches, `steps` which of a bar's options each tone took; `made` has the
    columns named above.
    """

    events: Ints
    sounding: Ints
    steps: Ints
    made: Ints
    heard_pitch: Keys
    heard_rhythm: Keys
    pitch_streaks: Ints
    rhythm_streaks: Ints


class Scratch(NamedTuple):
    """Room to reckon in, made once: what experts say, and the choices' weights.

    `begun` marks the sixteenths of the bar at which a note begins, and behind them, from 17 on, the
    pitches that were struck out.
    """

    features: Ints
    said_pitch: Ints
    said_rhythm: Ints
    levels_pitch: Ints
    levels_rhythm: Ints
    begun: Ints
    learnt: Ints
    ruled: Ints
    weights: Ints


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
    total = 0
    for weight in weights:
        total += weight
    if total == 0:
        return -1
    mark = roll(dice, total)
    for place in range(len(weights)):
        mark -= weights[place]
        if mark < 0:
            return place
    return -1


@compiled
def blend_in(scratch: Scratch, count: int, percent: int) -> int:
    """Make `ruled`, `learnt` and `weights` the mixture's; gives the sum of the weights.

    The rule has `percent` of the whole, all of it where nothing was learnt, none where it has no
    choice.
    """
    by_learning, by_rule = 0, 0
    for place in range(count):
        by_learning += scratch.learnt[place]
        by_rule += scratch.ruled[place]
    if by_rule == 0:
        percent = 0
    if by_learning == 0:
        percent = 100
    whole = 0
    for place in range(len(scratch.weights)):
        scratch.weights[place] = 0
        if place < count:
            scratch.learnt[place] *= (100 - percent) * max(by_rule, 1)
            scratch.ruled[place] *= percent * max(by_learning, 1)
            scratch.weights[place] = scratch.learnt[place] + scratch.ruled[place]
            whole += scratch.weights[place]
    return whole


@compiled
def believed(side: Side, said: Ints, levels: Ints, symbol: int) -> int:
    """The weight that all experts together give a symbol."""
    weight = 0
    for row in range(len(levels)):
        if levels[row] >= 0:
            weight += side.weights[row, levels[row]] * said[row, symbol]
    return weight


@compiled
def cell_symbol(cells: Ints, number: int, at: int, begun: Ints) -> int:
    """The rhythm symbol of a cell's note at a sixteenth, -1 where its notes so far are others."""
    cell, at, half = cells[number], at % 8, at - at % 8
    for place in range(at + 1):
        if (cell[place] == 1) != (place == at or begun[half + place] == 1):
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
    side: Side, bar: Bar, at: int, scratch: Scratch, dice: Keys, place: int, made: Ints
) -> int:
    """Draw the rhythm of the note at a sixteenth; -1 where none is left and it fills the bar."""
    notes, shorts = 1, 0
    for earlier in range(at):
        if scratch.begun[earlier]:
            notes += 1
            shorts += scratch.begun[earlier + 1]
    scratch.ruled[:] = 0
    for number in range(len(bar.cells)):
        symbol = cell_symbol(bar.cells, number, at, scratch.begun)
        if symbol >= 0:
            scratch.ruled[symbol] += 1
    for symbol in range(RHYTHMS):
        scratch.learnt[symbol] = 0
        if rhythm_allowed(bar, at, symbol, notes, shorts):
            weight = believed(side, scratch.said_rhythm, scratch.levels_rhythm, symbol)
            scratch.learnt[symbol] = weight
        else:
            scratch.ruled[symbol] = 0
    blend_in(scratch, RHYTHMS, bar.rhythm_percent)
    drawn = pick(dice, scratch.weights)
    if drawn >= 0:
        made[place, RHYTHM_LEARNT] = scratch.learnt[drawn]
        made[place, RHYTHM_RULE] = scratch.ruled[drawn]
    return drawn


WIDE_LIKED = 13
"""How much a wide step is liked at a reach of 100."""


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
def draw_pitch(
    side: Side,
    bar: Bar,
    at: int,
    length: int,
    line: Line,
    place: int,
    scratch: Scratch,
    table: Keys,
    notes: int,
    dice: Keys,
) -> bool:
    """Draw the pitch of the event at `place`; False where every choice would share too long a run.

    Where the craft leaves nothing, the nearest tone of the chord is taken.
    """  # fmt: skip
    half, here = at // 8, line.steps[place - 1]
    before = START if place < 2 else here - line.steps[place - 2]
    count = bar.pitches.shape[1]
    for there in range(count):
        scratch.learnt[there], scratch.ruled[there] = 0, 0
        symbol = bar.pitches[half, there] - line.events[place - 1, PITCH] + WIDEST
        if 0 <= symbol < INTERVALS and step_allowed(bar, at, length, here, there, before):
            weight = believed(side, scratch.said_pitch, scratch.levels_pitch, symbol)
            scratch.learnt[there] = weight
            if bar.chordal[half, there] or at % 4:
                liked = liking(there - here, bar.stable[there], before)
                if bar.reach and abs(there - here) > 2:
                    liked += max(WIDE_LIKED - liked, 0) * bar.reach // 100
                scratch.ruled[there] = liked
    whole, struck = blend_in(scratch, count, bar.pitch_percent), 0
    scratch.begun[17:] = 0  # which choices were struck out
    for _ in range(count):
        drawn = pick(dice, scratch.weights)
        by_rule = drawn < 0
        if by_rule:  # nothing is left: the nearest tone of the chord, else of the scale
            distance = 1000
            for there in range(count):
                far = abs(there - here) + 100 * (1 - bar.chordal[half, there])
                if not scratch.begun[17 + there] and far < distance:
                    drawn, distance = there, far
            if drawn < 0:
                return False
        scratch.begun[17 + drawn] = 1
        line.steps[place], line.sounding[place] = drawn, bar.sounds[half, drawn]
        key = np.uint64(0)
        if place + 1 >= notes:
            key = run_key(line.events[:, ONSET], line.sounding, place, notes)
        if not in_runs(key, table):
            line.events[place, PITCH] = bar.pitches[half, drawn]
            line.made[place, PITCH_LEARNT] = 0 if by_rule else scratch.learnt[drawn]
            line.made[place, PITCH_RULE] = 1 if by_rule else scratch.ruled[drawn]
            line.made[place, STRUCK] = struck // max(whole // UNIT, 1)
            return True
        struck += scratch.weights[drawn]
        scratch.weights[drawn] = 0
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
    line: Line,
    known: int,
    heard: int,
    scratch: Scratch,
    table: Keys,
    notes: int,
    dice: Keys,
) -> int:
    """Draw a bar note by note after the `known` events; gives how many there are then, or -1.

    The events from `heard` on are new to the experts. No run of `notes` notes that `table` holds is
    completed; -1 where that cannot be kept.
    """  # fmt: skip
    events = line.events
    for place in range(heard, known):
        hear(pitch, events, place, scratch.features, line.heard_pitch)
        hear(rhythm, events, place, scratch.features, line.heard_rhythm)
        keep_streaks(pitch, events, place, line.pitch_streaks)
        keep_streaks(rhythm, events, place, line.rhythm_streaks)
    scratch.begun[:] = 0
    place, number = known, 0
    at = int(bar.given[0, 0]) if len(bar.given) else bar.begin
    while at < bar.until:
        begin_event(bar, at, place, events)
        line.made[place] = 0
        scratch.begun[at] = 1
        hear(rhythm, events, place, scratch.features, line.heard_rhythm)
        if len(bar.given):
            symbol = given_symbol(bar, number)
            length = int(bar.given[number, 1])
            after = int(bar.given[number + 1, 0]) if number + 1 < len(bar.given) else bar.until
        else:
            opinions(
                rhythm, events, place, line.heard_rhythm, line.rhythm_streaks, -1,
                scratch.said_rhythm, scratch.levels_rhythm,
            )  # fmt: skip
            symbol = draw_rhythm(rhythm, bar, at, scratch, dice, place, line.made)
            after = bar.until if symbol < 0 else at + LENGTHS[symbol // 2] // SIXTEENTH
            length = after - at
            if symbol >= 0 and symbol % 2:
                length -= length // 2
        events[place, RHYTHM] = symbol
        hear(pitch, events, place, scratch.features, line.heard_pitch)
        if number == 0 and bar.opening >= 0:
            line.steps[place] = bar.opening
            line.sounding[place] = bar.sounds[at // 8, bar.opening]
            events[place, PITCH] = bar.pitches[at // 8, bar.opening]
        else:
            opinions(
                pitch, events, place, line.heard_pitch, line.pitch_streaks, -1,
                scratch.said_pitch, scratch.levels_pitch,
            )  # fmt: skip
            if not draw_pitch(pitch, bar, at, length, line, place, scratch, table, notes, dice):
                return -1
        line.made[place, INDEX], line.made[place, LENGTH] = line.steps[place], length
        keep_streaks(pitch, events, place, line.pitch_streaks)
        keep_streaks(rhythm, events, place, line.rhythm_streaks)
        at = after
        place += 1
        number += 1
    return place
