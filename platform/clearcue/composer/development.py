"""What happens to a phrase when it is needed again: ornaments, upbeats and the last close.

Each function takes a `ThemeWriter` and bars and returns bars; every tone it adds is the style's
rule alone, in rhythm and in pitch.
"""

from dataclasses import replace
from itertools import pairwise

from clearcue.composer.melody import ThemeWriter
from clearcue.composer.randomness import Stream
from clearcue.composer.style import CELL_STEPS
from clearcue.composer.theme import Halves, ThemeBar, Tone, nearest

UPBEAT = 14
"""The sixteenth on which the last tone of an upbeat stands."""


def decorated(
    writer: ThemeWriter, bars: tuple[ThemeBar, ...], halves: tuple[Halves, ...], stream: Stream
) -> tuple[ThemeBar, ...]:
    """Passing and neighbour tones on the weak end of one long tone in each bar but the last."""
    made = [
        _ornamented(writer, bar, halves[place], stream.child(place))
        for place, bar in enumerate(bars[:-1])
    ]
    return (*made, bars[-1])


def _ornamented(writer: ThemeWriter, bar: ThemeBar, halves: Halves, stream: Stream) -> ThemeBar:
    places = [
        place
        for place, (tone, after) in enumerate(pairwise(bar))
        if tone.length >= 4
        and (tone.onset + tone.length) % 4 == 0
        and tone.onset + tone.length == after.onset
        and 0 < abs(after.index - tone.index) <= 2
    ]
    if not places or not stream.chance(75):
        return bar
    place = stream.choice(places)
    tone, after = bar[place], bar[place + 1]
    way = 1 if after.index > tone.index else -1
    index = tone.index + way if abs(after.index - tone.index) == 2 else after.index + way
    if not writer.low <= index <= writer.high:
        return bar
    rule = writer.rule("ornament")
    added = Tone(after.onset - 2, 2, index, rule, rule)
    shorter = replace(tone, length=tone.length - 2)
    return (*bar[:place], shorter, added, *bar[place + 1 :])


def with_upbeat(writer: ThemeWriter, bar: ThemeBar, target: Tone, stream: Stream) -> ThemeBar:
    """A bar that ends with one or two tones leading by step into the next bar's first.

    The bar is left as it is where it has no room, or where the next does not begin on its beat.
    """
    if target.onset or any(tone.onset >= UPBEAT - 2 for tone in bar):
        return bar
    way = 1 if bar and bar[-1].index > target.index else -1
    steps = stream.choice((1, 2))
    rule = writer.rule("upbeat")
    added = []
    for back in range(steps, 0, -1):
        index = target.index + way * back
        if not writer.low <= index <= writer.high:
            return bar
        added.append(Tone(UPBEAT + 2 - 2 * back, 2, index, rule, rule))
    until = added[0].onset - 1
    kept = [replace(tone, length=min(tone.length, until - tone.onset)) for tone in bar]
    return (*kept, *added)


def closing_bar(
    writer: ThemeWriter, head: ThemeBar, halves: Halves, near: int, *, short: bool, up: bool
) -> ThemeBar:
    """The bar before the last: the motif's head, then down or up to the tonic's neighbour.

    `short` is a bar of two beats, which has room for the second half alone; `up` seeks the tonic
    above where that lies within a fifth.
    """
    rule = writer.rule("close")
    kept = [] if short else [tone for tone in head if tone.onset + tone.length <= CELL_STEPS]
    start = 0 if short or not kept else CELL_STEPS
    held = 4 if short or kept else CELL_STEPS
    last = kept[-1].index if kept else near
    tonic = nearest(last, frozenset({0}), writer.low, writer.high)
    above = last + -last % 7
    if up and above - last <= 4 and above <= writer.high:
        tonic = above
    chordal = writer.chordal(halves, CELL_STEPS)
    sides = [tonic + side for side in (-1, 1) if (tonic + side) % 7 in chordal]
    inside = [index for index in sides if writer.low <= index <= writer.high]
    goal = min(inside, key=lambda index: (abs(index - last), index), default=None)
    if goal is None:
        goal = nearest(tonic + 1, chordal, writer.low, writer.high)
    over = writer.chordal(halves, start if not short else CELL_STEPS)
    middle = nearest((last + goal) // 2 + 1, over - {goal % 7}, writer.low, writer.high)
    return (
        *kept,
        Tone(start, held, middle, rule, rule),
        Tone(start + held, held, goal, rule, rule),
    )
