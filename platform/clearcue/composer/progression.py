"""The chords of a whole piece: the themes' loops laid over the form, and each phrase closed.

A loop says what a theme's phrase plays; where the phrase stands says how it ends. A phrase that an
answer follows stays open on the leading chord (half cadence), an answer comes to rest (authentic,
plagal or modal, as the mood's own cadence leads), a section that is not the last may turn away
(deceptive). Later rounds may be led by secondary dominants, each into its own goal. A suspension is
written only where the chord before holds its tone, and resolves under the same root. The bass may
stay on a pedal where no tune plays or before a theme returns, and takes thirds where they carry it
by step. Every change is a rule of the usage's file.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from clearcue.composer.colour import dressed
from clearcue.composer.harmony import Loop, Sourced, bar_chords, mode_class
from clearcue.composer.numerals import Numeral, chord, parse_numeral
from clearcue.composer.plan import BAR_TICKS, PHRASE_BARS, Plan, PlannedSection
from clearcue.composer.randomness import Stream
from clearcue.composer.sources import blend, of_rule
from clearcue.music.lineage import Shares

TURN_AWAY_PERCENT = 35
"""How often a section's last answer turns away instead of coming to rest."""
PLAGAL_PERCENT = 20
SUSPENSION_PERCENT = 40
PEDAL_PERCENT = 50
INVERSION_PERCENT = 50
"""How often a theme's bass takes thirds at all."""
BASS_PART = Fraction(1, 4)
"""A rule's part of a chord whose bass it chose."""
_LEADING = (7, 11, 10, 1)
"""Roots of chords that lead to the tonic: dominant, leading tone, and the modes' own."""
_OWN_CHORDS = {
    "major": {0: "I", 2: "ii", 4: "iii", 5: "IV", 7: "V", 9: "vi", 11: "iii"},
    "minor": {0: "i", 2: "iio", 3: "bIII", 5: "iv", 7: "V", 8: "bVI", 10: "bVII"},
}
"""A key's chords by their roots above the tonic."""


@dataclass(frozen=True, slots=True)
class Half:
    """Half a bar's chord: its numeral, its sources, and its bass above the tonic (None: root)."""

    numeral: Numeral
    shares: Shares
    bass: int | None = None


Bars = list[tuple[Half, Half]]


@dataclass(frozen=True, slots=True)
class Harmony:
    """The chords of a piece: by half bars, as a tune is written over them, and as they sound."""

    bars: tuple[tuple[Half, Half], ...]
    chords: tuple[Sourced, ...]

    def halves(self, bar: int) -> tuple[Numeral, Numeral]:
        """The numerals of both halves of a bar before the last chord."""
        first, second = self.bars[bar]
        return first.numeral, second.numeral


def harmonise(
    plan: Plan,
    loops: dict[str, Loop],
    stream: Stream,
    colour: Stream,
    kept: frozenset[int] = frozenset(),
) -> Harmony:
    """The chords of the whole piece, its last two bars the plan's cadence and the tonic.

    Chords that are put in take the style's colours, as the loops' have; see `colour.dressed`.
    In the bars `kept`, which a person's material stands on, the loops stay as they are.
    """
    bars = _looped(plan, loops)
    looped = list(bars)
    for section in plan.sections:
        for first in range(0, section.bars - PHRASE_BARS + 1, PHRASE_BARS):
            start = section.first_bar + first
            place = stream.child("phrase", section.theme, first // PHRASE_BARS % 2)
            _applied(plan, bars, section, start, stream.child("applied", section.name))
            _closed(plan, bars, section, start, place)
    _restored(bars, looped, kept)
    _ended(plan, bars)
    _resolved(plan, bars)
    _suspended(plan, bars, stream.child("suspension"))
    _pedals(plan, bars, stream.child("pedal"))
    _inverted(plan, bars, stream.child("inversion"))
    _coloured(plan, bars, colour)
    _restored(bars, looped, kept - {len(bars) - 1})
    return Harmony(tuple(bars), _merged(plan, bars))


def restored(plan: Plan, old: Harmony, new: Harmony, bars: frozenset[int]) -> Harmony:
    """New chords with the old ones in some bars; what would hang between them is resolved."""
    made = list(new.bars)
    _restored(made, list(old.bars), bars)
    _resolved(plan, made)
    _restored(made, list(old.bars), bars)
    return Harmony(tuple(made), _merged(plan, made))


def _restored(bars: Bars, looped: Bars, kept: frozenset[int]) -> None:
    for bar in kept:
        bars[bar] = looped[bar]


def _coloured(plan: Plan, bars: Bars, colour: Stream) -> None:
    """Dress every chord as the style does; one that is dressed already stays as it is."""
    for bar, halves in enumerate(bars):
        made = []
        for half in halves:
            numeral, shares = dressed(half.numeral, half.shares, plan, colour)
            made.append(replace(half, numeral=numeral, shares=shares))
        bars[bar] = (made[0], made[1])


def ending_rule(plan: Plan) -> Shares:
    """The source of the last two bars' chords."""
    return of_rule(plan.mood.rule("cadences", plan.key.mode))


def tonic_chord(plan: Plan) -> Numeral:
    """The plain chord of home."""
    return parse_numeral("i" if mode_class(plan.key.mode) == "minor" else "I")


def _looped(plan: Plan, loops: dict[str, Loop]) -> Bars:
    """The loops of the sections' themes; sections without a theme play the first one's."""
    bars: Bars = []
    for section in plan.sections:
        entries = loops[section.theme if section.theme in loops else "A"]
        for bar in range(section.bars):
            place = bar % PHRASE_BARS
            if section.first_bar == 0 and section.theme == "-" and section.bars < PHRASE_BARS:
                place = 0 if bar == 0 else PHRASE_BARS - section.bars + bar
            first, second = bar_chords(entries, place)
            bars.append((Half(*first), Half(*second)))
    return bars


def _rule(plan: Plan, name: str) -> Shares:
    return of_rule(plan.usage.source.rule(f"harmony.{name}"))


def _closed(plan: Plan, bars: Bars, section: PlannedSection, start: int, stream: Stream) -> None:
    """End a phrase by its function; one that the usage leaves to its loop goes round."""
    if section.theme == "-" or not stream.chance(plan.usage.closure_percent):
        return
    bar = start + PHRASE_BARS - 1
    leader = plan.cadence[-1]
    after = plan.section_at(bar + 1) if bar + 1 < len(bars) else section
    ends_section = after is not section
    if (start - section.first_bar) // PHRASE_BARS % 2 == 0:
        if leader.root in _LEADING and (not ends_section or after.theme != "-"):
            shares = _rule(plan, "half-cadence")
            bars[bar] = (bars[bar][0], Half(leader, shares))
        return
    turn = stream.chance(TURN_AWAY_PERCENT) and ends_section and after.theme != "-"
    if turn and leader.root == 7:
        goal, name = _away(plan, stream), "deceptive-cadence"
    elif stream.chance(PLAGAL_PERCENT) and plan.key.mode not in ("phrygian", "lydian"):
        leader, goal, name = _subdominant(plan), tonic_chord(plan), "plagal-cadence"
    else:
        goal, name = tonic_chord(plan), "full-cadence"
    shares = _rule(plan, name)
    bars[bar] = (Half(leader, shares), Half(goal, shares))


def _away(plan: Plan, stream: Stream) -> Numeral:
    """Where a dominant turns away to: the sixth degree, borrowed from minor where colour asks."""
    if mode_class(plan.key.mode) == "minor":
        return parse_numeral("bVI")
    return parse_numeral("bVI" if stream.chance(plan.style.colour_percent // 3) else "vi")


def _subdominant(plan: Plan) -> Numeral:
    """The chord that a plagal cadence leads from."""
    return parse_numeral("iv" if 8 in {(c - plan.key.tonic) % 12 for c in plan.key.scale} else "IV")


def _applied(plan: Plan, bars: Bars, section: PlannedSection, start: int, stream: Stream) -> None:
    """In later rounds, one chord of the phrase is led to by its own dominant for half a bar."""
    first = next(one for one in plan.sections if one.theme == section.theme)
    returns = section is not first and section.theme != "-"
    functional = plan.key.mode in ("major", "minor", "harmonic-minor")
    if not (returns and functional and stream.chance(plan.style.colour_percent)):
        return
    places = [
        bar
        for bar in range(start, start + PHRASE_BARS - 1)
        if _may_lead(bars[bar], bars[bar + 1][0].numeral)
    ]
    if not places:
        return
    bar = stream.choice(places)
    goal = bars[bar + 1][0].numeral
    target = goal.text[: len(goal.text) - len(goal.suffix)]
    leading = parse_numeral(f"V7/{target}")
    bars[bar] = (bars[bar][0], Half(leading, _rule(plan, "secondary-dominant")))


def _may_lead(bar: tuple[Half, Half], goal: Numeral) -> bool:
    """Whether a bar's second half may be the dominant of the chord that follows."""
    plain = goal.root and "/" not in goal.text and goal.quality in "Mm" and goal.suffix != "5"
    here = bar[0].numeral
    return bool(
        plain
        and bar[0] == bar[1]
        and "/" not in here.text
        and (here.root - goal.root) % 12 not in (0, 7)
    )


def _ended(plan: Plan, bars: Bars) -> None:
    """The last bar before the last chord is the plan's cadence."""
    closing = [Half(numeral, ending_rule(plan)) for numeral in plan.cadence]
    bars[-1] = (closing[0], closing[-1])


def _resolved(plan: Plan, bars: Bars) -> None:
    """A secondary dominant that would be left hanging gives way.

    Within a phrase the key's own chord on its root takes its place; at the end of one, where the
    loop would have gone round to its goal and the form goes elsewhere, the leading chord does.
    """
    own = _OWN_CHORDS[mode_class(plan.key.mode)]
    for bar in range(len(bars) - 2, -1, -1):
        first, second = bars[bar]
        ends = (bar + 1 - plan.section_at(bar).first_bar) % PHRASE_BARS == 0
        if _hangs(second.numeral, _sounding(plan, bars, bar + 1).numeral):
            plain = parse_numeral(own.get(second.numeral.root, plan.cadence[-1].text))
            made = plan.cadence[-1] if ends else plain
            left = Half(made, _rule(plan, "half-cadence" if ends else "plain-chord"))
            first, second = (left if first == second else first), left
        if _hangs(first.numeral, second.numeral):
            plain = parse_numeral(own.get(first.numeral.root, second.numeral.text))
            first = Half(plain, _rule(plan, "plain-chord"))
        bars[bar] = (first, second)


def _sounding(plan: Plan, bars: Bars, bar: int) -> Half:
    """The first chord that is heard in a bar; a half bar takes its second."""
    return bars[bar][plan.bar_ticks(bar) < BAR_TICKS]


def _hangs(here: Numeral, after: Numeral) -> bool:
    wanted = here.resolves_to
    return wanted is not None and after != here and after.root != wanted


def _suspended(plan: Plan, bars: Bars, stream: Stream) -> None:
    """A dominant that fills a bar may hold back its third, where the tone before prepares it."""
    for bar in range(1, len(bars)):
        first, second = bars[bar]
        before = bars[bar - 1][1].numeral
        prepared = any((before.root + step) % 12 == 0 for step in before.intervals)
        plain = first.numeral.text in ("V", "V7") and first == second
        if plain and prepared and plan.bar_ticks(bar) == BAR_TICKS:
            place = plan.section_at(bar)
            if stream.child(place.theme, bar % PHRASE_BARS).chance(SUSPENSION_PERCENT):
                shares = blend(_rule(plan, "suspension"), first.shares)
                bars[bar] = (Half(parse_numeral("Vsus4"), shares), second)


def _pedals(plan: Plan, bars: Bars, stream: Stream) -> None:
    """A tonic pedal where no tune plays, a dominant pedal in two bars before a theme's return."""
    for number, section in enumerate(plan.sections):
        chance = stream.child(section.name, section.cycle).chance(PEDAL_PERCENT)
        end = section.first_bar + section.bars
        following = plan.sections[number + 1 : number + 2]
        if chance and section.theme == "-":
            _pedal(plan, bars, range(section.first_bar, end - 1), 0)
        returns = following and following[0].theme == "A" and section.theme not in ("A", "-")
        if (
            chance
            and returns
            and section.bars >= PHRASE_BARS
            and bars[end - 1][1].numeral.root == 7
        ):
            _pedal(plan, bars, range(end - 2, end), 7)


def _pedal(plan: Plan, bars: Bars, span: Sequence[int], tone: int) -> None:
    rule = _rule(plan, "pedal")
    for bar in span:
        made = []
        for half in bars[bar]:
            members = {(half.numeral.root + step) % 12 for step in half.numeral.intervals}
            grates = (tone + 1) % 12 in members and tone not in members
            held = half.numeral.root != tone and not grates
            shares = blend(rule, half.shares, BASS_PART)
            made.append(replace(half, bass=tone, shares=shares) if held else half)
        bars[bar] = (made[0], made[1])


def _inverted(plan: Plan, bars: Bars, stream: Stream) -> None:
    """Thirds in the bass where they carry it by step: I, V6, vi; and I, I6, IV in one bar."""
    rule = _rule(plan, "inversion")
    for bar in range(len(bars) - 1):
        section = plan.section_at(bar)
        if not stream.child(section.theme).chance(INVERSION_PERCENT):
            continue
        first, second = bars[bar]
        following = _sounding(plan, bars, bar + 1)
        if plan.bar_ticks(bar) < BAR_TICKS or first.bass is not None or second.bass is not None:
            continue
        third = _third(second.numeral)
        if third is None or following.bass is not None:
            continue
        inverted = replace(second, bass=third, shares=blend(rule, second.shares, BASS_PART))
        if first == second and (following.numeral.root - third) % 12 == 1:
            bars[bar] = (first, inverted)
        elif bar and first == second and plan.section_at(bar - 1) is section:
            before = bars[bar - 1][1]
            low = before.numeral.root if before.bass is None else before.bass
            steps = {(third - low) % 12, (following.numeral.root - third) % 12}
            if steps in ({1}, {2}, {1, 2}, {10}, {11}, {10, 11}):
                bars[bar] = (inverted, inverted)


def _third(numeral: Numeral) -> int | None:
    """The third of a triad or seventh chord above the tonic; None where there is none to take."""
    for step in (3, 4):
        if step in numeral.intervals and 7 in numeral.intervals and numeral.suffix != "sus4":
            return (numeral.root + step) % 12
    return None


def _merged(plan: Plan, bars: Bars) -> tuple[Sourced, ...]:
    """Chords that stay are one chord, but a phrase begins its own; the last one is the tonic."""
    starts = {
        plan.bars[bar]
        for section in plan.sections
        for bar in range(section.first_bar, section.first_bar + section.bars, PHRASE_BARS)
    }
    merged: list[Sourced] = []
    for onset, length, half in _timed(plan, bars):
        before = merged[-1].chord if merged else None
        made = chord(half.numeral, plan.key, onset, length, half.bass)
        same = before and (before.roman, before.bass) == (made.roman, made.bass)
        if before and same and onset not in starts:
            longer = replace(before, duration_ticks=before.duration_ticks + length)
            merged[-1] = Sourced(longer, merged[-1].shares)
        else:
            merged.append(Sourced(made, half.shares))
    return tuple(merged)


def _timed(plan: Plan, bars: Bars) -> list[tuple[int, int, Half]]:
    """(onset, length, chord) of each half; a half bar takes its second chord."""
    timed = []
    for bar, (first, second) in enumerate(bars):
        onset, ticks = plan.bars[bar], plan.bar_ticks(bar)
        middle = ticks // 2
        if ticks < BAR_TICKS:
            timed.append((onset, ticks, second))
        else:
            timed += [(onset, middle, first), (onset + middle, ticks - middle, second)]
    last = plan.last_bar
    if plan.loops:
        return timed
    home = Half(tonic_chord(plan), ending_rule(plan))
    timed.append((plan.bars[last], plan.bar_ticks(last), home))
    return timed
