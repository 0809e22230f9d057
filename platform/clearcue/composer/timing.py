"""Bars and tempo: the exact length, and the moments that must be met.

A piece has one tempo. The last downbeat lies a ring before the end of the audio, so the number of
beats is chosen, never the audio cut. A hit lies on a bar line: tempo and bars are planned anew so
that one falls on it, to the microsecond for one hit and within `TOLERANCE_US` where several must
agree on a tempo; what is left before a hit is a bar of its own, between two beats and four long. A
piece that goes round has whole phrases and no ring. Conventions: beats are quarter notes, places
are counted in thirty-second notes from the start; times are microseconds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from clearcue.composer.brief import Brief
from clearcue.composer.errors import BriefError
from clearcue.composer.wishes import Hit
from clearcue.music.time import TICKS_PER_QUARTER, Tempo

BEAT, BAR = 8, 32
"""Places in a beat and in a bar."""
PLACE_TICKS = TICKS_PER_QUARTER // BEAT
LONGEST_RING_MS, SHORTEST_RING_MS = 1480, 1000
TIGHTEST_RING_MS = 720
"""The shortest ring where hits leave no other."""
TOLERANCE_US = 10_000
"""How far a hit may lie from its bar line: ten milliseconds, a quarter of a film's frame."""
STRETCH_PERCENT = 15
"""How far beyond the mood's tempi hits may drive a piece."""
FIRST_HIT = 2 * BEAT
"""Places before the first hit, and between two, at the least."""
_SHAPES = (
    (BAR, 0),
    (2 * BEAT, 700),
    (BEAT, 1700),
    (BEAT // 2, 4000),
    (BEAT // 4, 7000),
    (1, 15000),
)
"""What it costs that a stretch before a hit is no multiple of more places than these."""


@dataclass(frozen=True, slots=True)
class PlannedHit:
    """A hit and the bar that begins on it, counted from 0."""

    bar: int
    kind: str


@dataclass(frozen=True, slots=True)
class Grid:
    """The tempo, the onsets of the bars in ticks with the end of the last, and where hits lie.

    The last bar holds the last chord, unless the piece `loops`.
    """

    tempo: Tempo
    bars: tuple[int, ...]
    hits: tuple[PlannedHit, ...]


def grid(brief: Brief, span: tuple[int, int], wanted_bpm: int, loops: bool) -> Grid:
    """Plan bars and tempo.

    Args:
        brief: the length, the hits, and perhaps a tempo that is wished for.
        span: the slowest and fastest tempo that the mood bears, in beats a minute.
        wanted_bpm: the tempo to come near to, within the span.
        loops: whether the end leads to the beginning.

    Raises:
        BriefError: when the hits cannot be met; it says which moments are possible.
    """
    low, high, wanted = 100 * span[0], 100 * span[1], 100 * wanted_bpm
    if brief.tempo_bpm is not None:
        low = high = wanted = int(brief.tempo_bpm * 100)
    bounds = (low, high, wanted)
    if loops:
        return _round(brief, bounds)
    if brief.hits:
        return _with_hits(brief, bounds)
    return _plain(brief, bounds)


def _cost(per_beat: int, bounds: tuple[int, int, int]) -> int:
    """How far a tempo lies from what is wanted: a hundred for each beat a minute, more outside."""
    low, high, wanted = bounds
    bpm100 = 6_000_000_000 // per_beat
    return 20 * max(low - bpm100, bpm100 - high, 0) + abs(bpm100 - wanted)


def _plain(brief: Brief, bounds: tuple[int, int, int]) -> Grid:
    """Whole bars, or a half bar before the last one."""
    best: tuple[tuple[int, int], int, int] | None = None
    for beats in range(4, int(brief.seconds * 250 / 60) + 4, 2):
        for ring_ms in range(SHORTEST_RING_MS, LONGEST_RING_MS + 1, 20):
            per_beat = int((brief.seconds * 1000 - ring_ms) * 1000 / beats)
            if not 100_000 <= per_beat <= 6_000_000:
                continue
            shape = 0 if beats % 16 == 0 else 3 if beats % 8 == 0 else 9 if beats % 4 == 0 else 14
            rank = (_cost(per_beat, bounds) + shape * 60, LONGEST_RING_MS - ring_ms)
            if best is None or rank < best[0]:
                best = (rank, beats, per_beat)
    if best is None:
        raise AssertionError("no tempo fits a length that the brief allows")
    return _grid(best[2], [0, BEAT * best[1]], ())


def _round(brief: Brief, bounds: tuple[int, int, int]) -> Grid:
    """Whole phrases of four bars, or of two or one where the piece is too short for four."""
    total = int(brief.seconds * 1_000_000)
    if brief.hits:
        raise BriefError("a loop has no moments to be met; leave the hits out, or ask for game")
    ranked = []
    for beats in range(4, total // 250_000 + 4, 4):
        shape = 0 if beats % 16 == 0 else 1500 if beats % 8 == 0 else 4000
        per_beat = (total + beats // 2) // beats
        if 250_000 <= per_beat <= 1_500_000:
            ranked.append((_cost(per_beat, bounds) + shape, beats, per_beat))
    _, beats, per_beat = min(ranked)
    bars = tuple(BAR * PLACE_TICKS * bar for bar in range(beats // 4 + 1))
    return Grid(Tempo(per_beat), bars, ())


def _grid(per_beat: int, anchors: Sequence[int], hits: Sequence[Hit]) -> Grid:
    """Bars between anchors (in places: the start, the hits, the last downbeat)."""
    onsets = [0]
    planned: list[PlannedHit] = []
    for number, (start, end) in enumerate(pairwise(anchors)):
        for length in _lengths(end - start):
            onsets.append(onsets[-1] + length * PLACE_TICKS)
        if number < len(hits):
            planned.append(PlannedHit(len(onsets) - 1, hits[number].kind))
    onsets.append(onsets[-1] + BAR * PLACE_TICKS)
    return Grid(Tempo(per_beat), tuple(onsets), tuple(planned))


def _lengths(places: int) -> list[int]:
    """Bars that fill a stretch: whole ones, then what is left, no bar shorter than two beats."""
    whole, rest = divmod(places, BAR)
    if not rest:
        return [BAR] * whole
    if rest >= BAR // 2:
        return [BAR] * whole + [rest]
    if not whole:
        return [places]
    return [BAR] * (whole - 1) + [BAR // 2, BAR // 2 + rest]


def _with_hits(brief: Brief, bounds: tuple[int, int, int]) -> Grid:
    """The tempo at which every hit falls on a bar line, at the least cost."""
    times = [1000 * hit.at_ms for hit in brief.hits]
    _refuse_crowded(brief, times, bounds)
    best: tuple[int, int, tuple[int, ...]] | None = None
    for per_beat in sorted(_tempi(times, bounds)):
        places = _places(times, per_beat)
        if places is None:
            continue
        for end, ring_cost in _ends(brief, places[-1], per_beat):
            cost = _cost(per_beat, bounds) + ring_cost + _fit(times, (0, *places), per_beat)
            ranked = (cost, per_beat, (0, *places, end) if end > places[-1] else (0, *places))
            if best is None or ranked < best:
                best = ranked
    if best is None:
        raise BriefError(_impossible(brief, times, bounds))
    _, per_beat, anchors = best
    return _grid(per_beat, anchors, brief.hits)


def _slowest_and_fastest(bounds: tuple[int, int, int]) -> tuple[int, int]:
    """The longest and the shortest beat that hits may ask for."""
    slow = bounds[0] * (100 - STRETCH_PERCENT) // 100
    fast = bounds[1] * (100 + STRETCH_PERCENT) // 100
    return 6_000_000_000 // slow, 6_000_000_000 // fast


def _tempi(times: Sequence[int], bounds: tuple[int, int, int]) -> set[int]:
    """Beats in microseconds at which one of the hits lies exactly on a place, or all nearly."""
    longest, shortest = _slowest_and_fastest(bounds)
    found = set()
    for at in times:
        for place in range(max(BEAT * at // longest, FIRST_HIT), BEAT * at // shortest + 1):
            exact = (BEAT * at + place // 2) // place
            places = [_place(each, exact) for each in times]
            weight = sum(each * each for each in places)
            even = sum(BEAT * t * each for t, each in zip(times, places, strict=True)) // weight
            found |= {beat for beat in (exact, even) if shortest <= beat <= longest}
    return found


def _place(at: int, per_beat: int) -> int:
    """The place nearest to a time, at least the first."""
    return max((2 * BEAT * at + per_beat) // (2 * per_beat), 1)


def _places(times: Sequence[int], per_beat: int) -> tuple[int, ...] | None:
    """The place nearest to each hit; None where one is too far away or two too near."""
    places = [_place(at, per_beat) for at in times]
    near = all(
        abs(place * per_beat - BEAT * at) <= BEAT * TOLERANCE_US
        for place, at in zip(places, times, strict=True)
    )
    apart = all(after - before >= FIRST_HIT for before, after in pairwise([0, *places]))
    return tuple(places) if near and apart else None


def _ends(brief: Brief, after: int, per_beat: int) -> Iterator[tuple[int, int]]:
    """Last downbeats, in places, that leave a ring, and what each costs; a hit may be one."""
    total = int(brief.seconds * 1_000_000)
    for end in range(after, BEAT * total // per_beat + 1):
        ring_ms = (BEAT * total - end * per_beat) // (1000 * BEAT)
        if not TIGHTEST_RING_MS <= ring_ms <= LONGEST_RING_MS or 0 < end - after < FIRST_HIT:
            continue
        tight = 10 * max(SHORTEST_RING_MS - ring_ms, 0)
        yield end, tight + _shape(end - after) + (LONGEST_RING_MS - ring_ms) // 10


def _shape(places: int) -> int:
    return next(cost for unit, cost in _SHAPES if places % unit == 0)


def _fit(times: Sequence[int], places: Sequence[int], per_beat: int) -> int:
    """What odd bars and lateness before the hits cost."""
    shapes = sum(_shape(after - before) for before, after in pairwise(places))
    off = sum(abs(p * per_beat - BEAT * at) for p, at in zip(places[1:], times, strict=True))
    return shapes + off // (100 * BEAT)


def _refuse_crowded(brief: Brief, times: Sequence[int], bounds: tuple[int, int, int]) -> None:
    """Refuse a hit before two beats of music, too near to another, or within the ring."""
    _, shortest = _slowest_and_fastest(bounds)
    least = FIRST_HIT * shortest // BEAT
    before = 0
    for hit, at in zip(brief.hits, times, strict=True):
        if at - before < least:
            place = "the start" if before == 0 else f"the hit at {before / 1_000_000:g} s"
            raise BriefError(
                f"the hit at {hit.at_ms / 1000:g} s is too near to {place}; give a moment from "
                f"{_rounded_up(before + least)} s on"
            )
        before = at
    last = int(brief.seconds * 1_000_000) - 1000 * TIGHTEST_RING_MS
    if times[-1] > last:
        raise BriefError(
            f"the hit at {times[-1] / 1_000_000:g} s leaves the last chord no time to ring; give a "
            f"moment up to {last / 1_000_000:g} s"
        )


def _rounded_up(microseconds: int) -> str:
    return format(-(-microseconds // 10_000) / 100, "g")


def _impossible(brief: Brief, times: Sequence[int], bounds: tuple[int, int, int]) -> str:
    """Which hit cannot be met with those before it, and the nearest moments that can."""
    for count in range(1, len(times) + 1):
        fitting = [q for q in _tempi(times[:count], bounds) if _places(times[:count], q)]
        if not fitting:
            moments = _nearest(times[: count - 1], times[count - 1], bounds)
            others = "that tempo" if count == 1 else "the hits before it"
            return (
                f"the hit at {times[count - 1] / 1_000_000:g} s cannot be met together with "
                f"{others}; possible near it: {', '.join(moments) or 'no moment'}"
            )
    total = int(brief.seconds * 1_000_000)
    before = total - 1000 * TIGHTEST_RING_MS - 2 * _slowest_and_fastest(bounds)[1]
    landing = [(total - 1000 * ring) / 1_000_000 for ring in (LONGEST_RING_MS, TIGHTEST_RING_MS)]
    return (
        f"the hit at {times[-1] / 1_000_000:g} s is too near to the last chord; give a moment "
        f"up to {before / 1_000_000:.2f} s, or one from {landing[0]:.2f} to {landing[1]:.2f} s, "
        "where the last chord can fall"
    )


def _nearest(met: Sequence[int], at: int, bounds: tuple[int, int, int]) -> list[str]:
    """The moments next to one that can be met together with others, earlier and later."""
    tempi = {q for q in _tempi(met, bounds) if _places(met, q)} or {6_000_000_000 // bounds[2]}
    steps = (-1, 0, 1)
    moments = {q * (_place(at, q) + step) // BEAT for q in tempi for step in steps}
    earlier = max((moment for moment in moments if moment < at), default=None)
    later = min((moment for moment in moments if moment > at), default=None)
    return [f"{moment / 1_000_000:.2f} s" for moment in (earlier, later) if moment is not None]
