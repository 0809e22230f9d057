"""Harmony: loops for the themes, and the chords of every bar with their sources.

A loop's next chord is drawn from a mixture of what the works' changes of chord do (roots and
qualities within the mood's palette) and of the palette's own weights; its colour (seventh, ninth,
suspension) by rule. The close is a cadence to the tonic, by rule.
"""

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

from clearcue.composer.model import Model, change_contexts
from clearcue.composer.numerals import Numeral, chord, parse_numeral
from clearcue.composer.plan import BAR_TICKS, PHRASE_BARS, Plan
from clearcue.composer.randomness import Stream
from clearcue.composer.sources import blend, of_rule
from clearcue.music.lineage import Shares
from clearcue.music.pitch import Chord

PALETTE_PERCENT = 50
DISTINCT = 3
"""A loop brings new chords until it has this many."""
ROOT_PART = Fraction(3, 4)
_HOMEWARD = (7, 5, 10, 11, 2, 1, 8)
"""Roots above the tonic that lead back to it, so that a loop may end on them."""


@dataclass(frozen=True, slots=True)
class Sourced:
    """A chord of the piece with the sources of its choice."""

    chord: Chord
    shares: Shares


@dataclass(frozen=True, slots=True)
class LoopChord:
    """A chord of a loop: what it is, how many bars it lasts, and where it comes from."""

    numeral: Numeral
    bars: int
    shares: Shares


Loop = tuple[LoopChord, ...]


def mode_class(mode: str) -> str:
    """The mode whose learnt tables serve: `major` or `minor`."""
    return "major" if mode in ("major", "lydian", "mixolydian") else "minor"


def loop(plan: Plan, model: Model, stream: Stream, avoid: str | None = None) -> Loop:
    """A loop of one phrase that opens on one of the mood's starts and ends leading home.

    `avoid` is the numeral another loop opens with; this one takes another start if there is one.
    """
    mode = plan.key.mode
    starts = plan.mood.starts[mode]
    fresh = [name for name in starts if name != avoid]
    spans = _spans(plan, stream.child("spans"))
    opening = of_rule(plan.mood.source.rule(f"{plan.mood.name}.starts.{mode}"))
    first = parse_numeral(stream.choice(fresh or starts))
    chords = [LoopChord(first, spans[0], opening)]
    for position in range(1, len(spans)):
        last = position == len(spans) - 1
        numeral, shares = _next(plan, model, stream, chords, last)
        chords.append(LoopChord(numeral, spans[position], shares))
    return tuple(chords)


def _spans(plan: Plan, stream: Stream) -> tuple[int, ...]:
    """Bars of each chord of a phrase, such as (1, 1, 1, 1) or (2, 2)."""
    bars = stream.weighted(plan.mood.chord_bars)
    if bars == 2:
        return stream.choice(((2, 2), (2, 1, 1), (1, 1, 2)))
    return (1,) * PHRASE_BARS


def _next(
    plan: Plan, model: Model, stream: Stream, chords: list[LoopChord], last: bool
) -> tuple[Numeral, Shares]:
    """Draw the chord after the loop's so far."""
    mode = plan.key.mode
    before = chords[-1].numeral
    kinds = _options(plan, chords, last)
    allowed = {kind: sum(weight for _, weight in entries) for kind, entries in kinds.items()}
    rule = plan.mood.source.rule(f"{plan.mood.name}.palette.{mode}")
    contexts = change_contexts(mode_class(mode), (before.root, before.quality))
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


def chords_of(plan: Plan, loops: dict[str, Loop]) -> tuple[Sourced, ...]:
    """The chords of the whole piece: the loops of the sections' themes, then the cadence."""
    per_bar: list[tuple[Numeral, Shares]] = []
    for section in plan.sections:
        cycle = _bars_of(loops[section.theme if section.theme in loops else "A"])
        per_bar += [cycle[bar % len(cycle)] for bar in range(section.bars)]
    cadence = _cadence(plan)
    per_bar[-1] = cadence[0]
    per_bar.append(cadence[1])
    merged: list[Sourced] = []
    for bar, (numeral, shares) in enumerate(per_bar):
        onset, length = plan.bars[bar], plan.bar_ticks(bar)
        previous = merged[-1] if merged else None
        phrase_start = bar % PHRASE_BARS == 0
        if previous and previous.chord.roman == numeral.text and not phrase_start:
            longer = previous.chord.duration_ticks + length
            made = chord(numeral, plan.key, previous.chord.onset_ticks, longer)
            merged[-1] = Sourced(made, previous.shares)
        else:
            merged.append(Sourced(chord(numeral, plan.key, onset, length), shares))
    return tuple(merged)


def _bars_of(entries: Loop) -> list[tuple[Numeral, Shares]]:
    return [(entry.numeral, entry.shares) for entry in entries for _ in range(entry.bars)]


def _cadence(plan: Plan) -> tuple[tuple[Numeral, Shares], tuple[Numeral, Shares]]:
    """The last two chords: the mode's own dominant, then the plain tonic triad."""
    minor = mode_class(plan.key.mode) == "minor"
    approach = {
        "major": "V", "lydian": "V", "mixolydian": "bVII", "minor": "V", "harmonic-minor": "V",
        "phrygian": "bII", "dorian": "bVII",
    }.get(plan.key.mode, "V")  # fmt: skip
    shares = of_rule(plan.usage.source.rule("cadence"))
    return (parse_numeral(approach), shares), (parse_numeral("i" if minor else "I"), shares)


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


def is_half_bar(plan: Plan, bar: int) -> bool:
    """Whether a bar has only two beats."""
    return plan.bar_ticks(bar) < BAR_TICKS
