"""Harmony: the loops that the themes stand on, and where each of their chords comes from.

A loop's next chord is drawn from a mixture of what the works' changes of chord do (roots and
qualities within the mood's palette) and of the palette's own weights; its colour (seventh, ninth,
suspension) by rule. A second theme may stand in a related region: it opens on the region's chord
and goes round over that chord's own dominant. How phrases end says `progression`.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from clearcue.composer.model import Model, change_contexts
from clearcue.composer.numerals import Numeral, parse_numeral
from clearcue.composer.plan import PHRASE_BARS, Plan
from clearcue.composer.randomness import Stream
from clearcue.composer.sources import blend, of_rule
from clearcue.music.lineage import Shares
from clearcue.music.pitch import Chord

PALETTE_PERCENT = 50
CANDIDATES = 4
"""Loops drawn for each letter, of which the one that moves best is kept."""
TASTE = 7
"""Chance points added to a loop's own, so that the same loop does not win everywhere."""
DISTINCT = 3
"""A loop brings new chords until it has this many."""
ROOT_PART = Fraction(3, 4)
REGIONS: dict[str, dict[str, str]] = {
    "home": {},
    "relative": {"major": "vi", "mixolydian": "vi", "minor": "bIII", "harmonic-minor": "bIII"},
    "subdominant": {"major": "IV", "mixolydian": "IV", "minor": "iv", "dorian": "IV"},
    "dominant": {"major": "V", "lydian": "V"},
    "mediant": {"minor": "bVI", "harmonic-minor": "bVI", "dorian": "bVII"},
}
"""Where a second theme may stand, and the chord of home that is its tonic, for each mode."""
_HOMEWARD = (7, 5, 10, 11, 2, 1, 8)
"""Roots above the tonic that lead back to it, so that a loop may end on them."""

_MOTION = {5: 3, 2: 2, 10: 1, 1: 1, 11: 2, 9: 2, 8: 2, 7: 1, 3: 1, 4: 0, 0: -6, 6: -3}
"""Points for a change of root by so many semitones upward; 5 is the fifth down."""


@dataclass(frozen=True, slots=True)
class Sourced:
    """A chord of the piece with the sources of its choice."""

    chord: Chord
    shares: Shares


@dataclass(frozen=True, slots=True)
class LoopChord:
    """A chord of a loop: what it is, how many half bars it lasts, and where it comes from."""

    numeral: Numeral
    halves: int
    shares: Shares


Loop = tuple[LoopChord, ...]


def mode_class(mode: str) -> str:
    """The mode whose learnt tables serve: `major` or `minor`."""
    return "major" if mode in ("major", "lydian", "mixolydian") else "minor"


def loop(plan: Plan, model: Model, stream: Stream, avoid: str | None = None) -> Loop:
    """The best moving of several loops of one phrase; see `motion` for what that means.

    `avoid` is the numeral another loop opens with: this one stands in a region of its own, or takes
    another start if there is one.
    """
    region = None if avoid is None else _region(plan, stream.child("region"))
    if region == avoid:
        region = None
    drawn = [
        _drawn(plan, model, stream.child(number), avoid, region) for number in range(CANDIDATES)
    ]
    points = [motion([entry.numeral for entry in entries]) for entries in drawn]
    taste = stream.child("taste")
    ranked = [(value + taste.below(TASTE), -number) for number, value in enumerate(points)]
    return drawn[-max(ranked)[1]]


def _region(plan: Plan, stream: Stream) -> str | None:
    """The chord that a second theme is at home on, by the usage's weights; None is home itself."""
    name = stream.weighted(plan.usage.second_theme)
    return REGIONS[name].get(plan.key.mode)


def _drawn(plan: Plan, model: Model, stream: Stream, avoid: str | None, region: str | None) -> Loop:
    """One loop, which opens on one of the mood's starts and ends leading home.

    In a region it opens on the region's chord and ends on that chord's dominant.
    """
    mode = plan.key.mode
    starts = plan.mood.starts[mode]
    fresh = [name for name in starts if name != avoid]
    spans = _spans(plan, stream.child("spans"))
    opening = of_rule(plan.mood.rule("starts", mode))
    second = of_rule(plan.usage.source.rule("second_theme"))
    first = parse_numeral(region or stream.choice(fresh or starts))
    chords = [LoopChord(first, spans[0], second if region else opening)]
    for position in range(1, len(spans)):
        last = position == len(spans) - 1
        if last and region:
            numeral, shares = parse_numeral(_dominant(region)), second
        else:
            numeral, shares = _next(plan, model, stream, chords, last)
        chords.append(LoopChord(numeral, spans[position], shares))
    return tuple(chords)


def _dominant(region: str) -> str:
    """The dominant of a region, by its name at home where it has one."""
    return {"bIII": "bVII", "IV": "V7/IV", "V": "V/V", "bVI": "bIII"}.get(region, f"V7/{region}")


def _spans(plan: Plan, stream: Stream) -> tuple[int, ...]:
    """Half bars of each chord of a phrase, such as (2, 2, 2, 2), (4, 4) or (2, 2, 2, 1, 1)."""
    if stream.weighted(plan.mood.chord_bars) == 2:
        return stream.choice(((4, 4), (4, 2, 2), (2, 2, 4)))
    if stream.chance(plan.mood.turnaround_percent):
        return (2, 2, 2, 1, 1)
    return (2,) * PHRASE_BARS


def motion(numerals: Sequence[Numeral]) -> int:
    """How well a loop moves, the way round included; more is better.

    Fifths down and steps carry it on; a secondary dominant wants its own goal; a dominant does not
    fall back; chords that only alternate, or change their third alone, go nowhere.
    """
    distinct = len({_kind(numeral) for numeral in numerals})
    points = {1: -10, 2: 0, 3: 4}.get(distinct, 6)
    around = [*zip(numerals, [*numerals[1:], numerals[0]], strict=True)]
    for here, after in around:
        points += _MOTION.get((after.root - here.root) % 12, 0)
        if here.resolves_to is not None and after.root != here.resolves_to:
            points -= 12
        if here.root == 7 and here.quality == "M" and after.root in (2, 10, 3):
            points -= 6
        if here.root == 7 and after.root == 5:
            points -= 2
    points -= sum(4 for first, third in zip(numerals, numerals[2:], strict=False) if first == third)
    return points + (3 if any(numeral.root == 0 for numeral in numerals) else 0)


def _next(
    plan: Plan, model: Model, stream: Stream, chords: list[LoopChord], last: bool
) -> tuple[Numeral, Shares]:
    """Draw the chord after the loop's so far."""
    mode = plan.key.mode
    kinds = _options(plan, chords, last)
    allowed = {kind: sum(weight for _, weight in entries) for kind, entries in kinds.items()}
    rule = plan.mood.rule("palette", mode)
    heard = [(entry.numeral.root, entry.numeral.quality) for entry in chords]
    contexts = change_contexts(mode_class(mode), heard)
    origin = model.draw(stream, contexts, allowed, rule, PALETTE_PERCENT)
    options = kinds[origin.choice]
    shares = model.shares(origin)
    if len(options) == 1:
        return options[0][0], shares
    plain = [entry for entry in options if not entry[0].suffix]
    coloured = [entry for entry in options if entry[0].suffix]
    with_colour = coloured and (not plain or stream.chance(plan.style.colour_percent))
    numeral = stream.weighted(coloured if with_colour else plain)
    colour = of_rule(plan.style.source.rule("colour_percent"))
    return numeral, blend(shares, colour, ROOT_PART)


def _options(
    plan: Plan, chords: list[LoopChord], last: bool
) -> dict[str, list[tuple[Numeral, int]]]:
    """What may follow, by root and quality: new chords first, the last one leading home.

    A small palette may leave nothing; then the wish for a new chord is dropped, then the way home.
    """
    heard = {_kind(entry.numeral) for entry in chords}
    used = {entry.numeral.text for entry in chords}
    palette = [(parse_numeral(text), w) for text, w in plan.mood.palettes[plan.key.mode]]
    other = [entry for entry in palette if _kind(entry[0]) != _kind(chords[-1].numeral)]
    homeward = [entry for entry in other if not last or entry[0].root in _HOMEWARD]
    fresh = [e for e in homeward if len(heard) >= DISTINCT or _kind(e[0]) not in heard]
    kinds: dict[str, list[tuple[Numeral, int]]] = defaultdict(list)
    for numeral, weight in fresh or homeward or other:
        kinds[_kind(numeral)].append((numeral, weight if numeral.text in used else 3 * weight))
    return kinds


def _kind(numeral: Numeral) -> str:
    return f"{numeral.root}{numeral.quality}"


def bar_chords(entries: Loop, bar: int) -> tuple[tuple[Numeral, Shares], tuple[Numeral, Shares]]:
    """What a loop plays in the two halves of a phrase's bar (from 0)."""
    each = [(entry.numeral, entry.shares) for entry in entries for _ in range(entry.halves)]
    return each[2 * bar], each[2 * bar + 1]


def chord_at(chords: tuple[Sourced, ...], tick: int) -> Sourced:
    """The chord that sounds at a tick; the last one after the end."""
    low, high = 0, len(chords)
    while low < high:
        middle = (low + high) // 2
        if chords[middle].chord.onset_ticks <= tick:
            low = middle + 1
        else:
            high = middle
    return chords[max(low - 1, 0)]
