"""Composing a piece again: with parts and sections locked, or as a variation at a distance.

A lock names what stays: a part (`melody`), a section (`section:hook`, every one of that name), or
the `chords`. Plan, key and length always stay; chords stay under every pitched part that does.

A variation takes ever more of the piece from two others on its plan, one over its own chords and
one over new ones: accompaniment first, then the tune, then whole sections with their chords; of
these steps it is the one whose distance comes nearest to what was asked for. The distance, called
`note-overlap-v1`, is 100 less the percentage that two pieces share: of each part's notes by onset
and pitch (twice the notes in common over the notes of both), of the chords by their time; melody
weighs 40, chords 20, bass 15, drums and effects 10, the rest 15.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from clearcue.composer.brief import Brief
from clearcue.composer.canvas import SourcedNote
from clearcue.composer.compose import Composition, compose
from clearcue.composer.contest import CANDIDATES
from clearcue.composer.errors import BriefError
from clearcue.composer.layout import Kept, section_span
from clearcue.composer.limit import Apart, measured
from clearcue.composer.model import Model
from clearcue.composer.randomness import Stream
from clearcue.music.lineage import CHORDS, Lineage, Shares
from clearcue.music.score import Part, Score

DISTANCE = "note-overlap-v1"
SECTION = "section:"
_WEIGHTS = {"melody": 40, CHORDS: 20, "bass": 15, "rhythm": 10, "rest": 15}
_GROUPS = ("rhythm", "rest", "bass", "melody")
"""What a variation changes in a section, the least heard first."""

Cell = tuple[int, str]
"""A section by its place, and a group of parts."""


def group_of(part: Part) -> str:
    """The group that a part changes with: melody, bass, rhythm or the rest."""
    if part.role in ("drums", "effects"):
        return "rhythm"
    if part.role in ("melody", "counter"):
        return "melody"
    return "bass" if part.role == "bass" else "rest"


def kept_of(base: Composition, locks: Sequence[str]) -> Kept:
    """What locks keep of a piece.

    Raises:
        BriefError: when a lock names no part and no section of the piece, or all is locked.
    """
    parts = {part.name: part for part in base.score.parts}
    names = [section.name for section in base.score.sections]
    locked: set[str] = set()
    sections: set[int] = set()
    chords = False
    for lock in locks:
        if lock == CHORDS:
            chords = True
        elif lock in parts:
            locked.add(lock)
            chords = chords or group_of(parts[lock]) != "rhythm"
        elif lock.startswith(SECTION) and lock.removeprefix(SECTION) in names:
            wanted = lock.removeprefix(SECTION)
            sections |= {place for place, name in enumerate(names) if name == wanted}
        else:
            known = [*parts, CHORDS, *(f"{SECTION}{name}" for name in dict.fromkeys(names))]
            raise BriefError(f"{lock!r} cannot be locked; this track has {', '.join(known)}")
    if locked == set(parts) or len(sections) == len(names):
        raise BriefError("everything is locked; leave something to be composed again")
    return Kept(base.layout, sourced_notes(base), frozenset(locked), frozenset(sections), chords)


def sourced_notes(piece: Composition) -> dict[str, tuple[SourcedNote, ...]]:
    """Every part's notes with their sources."""
    return {
        part.name: tuple(zip(part.notes, piece.lineage.events[part.name], strict=True))
        for part in piece.score.parts
    }


def relocked(
    model: Model,
    base: Composition,
    brief: Brief,
    seed: int,
    attempt: int,
    locks: Sequence[str],
    candidates: int = CANDIDATES,
) -> Composition:
    """The piece with all that is not locked composed again. Raises BriefError as `kept_of`."""
    return compose(model, brief, seed, attempt, kept=kept_of(base, locks), candidates=candidates)


@dataclass(frozen=True, slots=True)
class Varied:
    """A variation, and its distance from the piece that it varies, in percent."""

    piece: Composition
    distance: int


def varied(
    model: Model,
    base: Composition,
    brief: Brief,
    seed: int,
    attempt: int,
    percent: int,
    candidates: int = CANDIDATES,
) -> Varied:
    """The variation whose distance comes nearest to `percent` (0 to 100)."""
    notes, layout = sourced_notes(base), base.layout
    keeping = Kept(layout, notes, frozenset(), frozenset(), chords=True)
    near, far = (
        compose(
            model, brief, seed, attempt,
            kept=replace(keeping, chords=chords), candidates=candidates,
        )
        for chords in (True, False)
    )  # fmt: skip
    order = Stream("variation", seed, attempt).shuffled(range(len(base.score.sections)))
    cells = [(place, group) for group in _GROUPS for place in order]
    steps: list[tuple[set[Cell], set[int]]] = [(set(), set())]
    steps += [(set(cells[: count + 1]), set()) for count in range(len(cells))]
    steps += [(set(cells), set(order[: count + 1])) for count in range(len(order))]
    made = [_mixed(model, base, near, far, *step) for step in steps]
    gaps = [distance(base.score, piece.score) for piece in made]
    best = min(range(len(made)), key=lambda step: (abs(gaps[step] - percent), step))
    return Varied(made[best], gaps[best])


def _mixed(
    model: Model,
    base: Composition,
    near: Composition,
    far: Composition,
    cells: set[Cell],
    sections: set[int],
) -> Composition:
    """The piece with some cells taken from `near`, and some sections, chords included, from `far`.

    Parts that only one of the three has are there where it is heard; the seams keep to the limit on
    shared runs.
    """
    plan, gifts = base.layout.plan, base.layout.given.sources()
    apart = Apart(model.tune.runs, plan.style.source.rule("shared_runs"), gifts)
    spans = [section_span(plan, place) for place in range(len(plan.sections))]

    def source(place: int, group: str) -> Composition:
        return far if place in sections else near if (place, group) in cells else base

    parts: list[Part] = []
    events: dict[str, tuple[Shares, ...]] = {}
    listed = {part.name: part for piece in (far, near, base) for part in piece.score.parts}
    for layer in base.layout.layers:
        name = layer.name
        if name not in listed:
            continue
        group = group_of(listed[name])
        taken = [
            entry
            for place, (start, end) in enumerate(spans)
            for entry in _heard(sourced_notes(source(place, group)).get(name, ()), start, end)
        ]
        taken = apart.kept(layer, taken)
        if taken:
            parts.append(replace(listed[name], notes=tuple(note for note, _ in taken)))
            events[name] = tuple(shares for _, shares in taken)
    chords = [
        (chord, shares)
        for place, (start, end) in enumerate(spans)
        for piece in [far if place in sections else base]
        for chord, shares in zip(piece.score.chords, piece.lineage.events[CHORDS], strict=True)
        if start <= chord.onset_ticks < end
    ]
    events[CHORDS] = tuple(shares for _, shares in chords)
    score = replace(near.score, chords=tuple(chord for chord, _ in chords), parts=tuple(parts))
    progression = tuple(chord.roman for chord, _ in chords)
    runs = measured(score, events, model, gifts)
    return replace(
        near, score=score, lineage=Lineage(events), progression=progression, shared_runs=runs
    )


def _heard(notes: Sequence[SourcedNote], start: int, end: int) -> list[SourcedNote]:
    """The notes that begin in a span, none sounding beyond it."""
    return [
        (replace(note, duration_ticks=min(note.duration_ticks, end - note.onset_ticks)), shares)
        for note, shares in notes
        if start <= note.onset_ticks < end
    ]


def distance(first: Score, second: Score) -> int:
    """The distance `note-overlap-v1` of two pieces on one plan, 0 (the same) to 100 percent."""
    shared: dict[str, list[Fraction]] = {}
    names = dict.fromkeys([part.name for piece in (first, second) for part in piece.parts])
    for name in names:
        found = [part for piece in (first, second) for part in piece.parts if part.name == name]
        group = "rest" if found[0].role == "counter" else group_of(found[0])
        shared.setdefault(group, []).append(_overlap(found))
    shared[CHORDS] = [_same_chords(first, second)]
    weight = sum(_WEIGHTS[group] for group in shared)
    total = sum(
        (_WEIGHTS[group] * sum(parts) / len(parts) for group, parts in shared.items()), Fraction(0)
    )
    return 100 - int(100 * total / weight + Fraction(1, 2))


def _overlap(parts: Sequence[Part]) -> Fraction:
    """Twice the notes in common over the notes of both; 0 where one piece lacks the part."""
    if len(parts) < 2:
        return Fraction(0)
    first, second = ({(note.onset_ticks, note.pitch) for note in part.notes} for part in parts)
    both = len(first) + len(second)
    return Fraction(2 * len(first & second), both) if both else Fraction(1)


def _same_chords(first: Score, second: Score) -> Fraction:
    """The share of the time in which both have the same chord over the same bass."""
    edges = sorted({chord.onset_ticks for piece in (first, second) for chord in piece.chords})
    ends = [*edges[1:], first.bars[-1]]
    same = sum(
        end - onset
        for onset, end in zip(edges, ends, strict=True)
        if _sounding(first, onset) == _sounding(second, onset)
    )
    return Fraction(same, max(ends[-1] - edges[0], 1))


def _sounding(piece: Score, tick: int) -> tuple[object, ...]:
    chord = [one for one in piece.chords if one.onset_ticks <= tick][-1:]
    return tuple((one.root, one.intervals, one.bass) for one in chord)
