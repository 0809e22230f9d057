"""Composes: plan, then many whole pieces of harmony, themes and arrangement, of which one is kept.

Every random choice comes from a stream named by the brief, the seed and the attempt, so another
attempt is another piece, and the same attempt is the same piece wherever it is composed.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

from clearcue.composer import ENGINE_VERSION
from clearcue.composer.adventure import adventurous_mood, adventurous_style
from clearcue.composer.arrangement import (
    ROOM_ABOVE_PADS,
    Written,
    arranged,
    articulated,
    below,
    instrumented,
    part_of,
    playable,
)
from clearcue.composer.brief import Brief
from clearcue.composer.canvas import Canvas, SourcedNote
from clearcue.composer.catalogue import Catalogue, catalogue
from clearcue.composer.colour import coloured
from clearcue.composer.contest import CANDIDATES, Contest, hold
from clearcue.composer.critic import Verdict, judge
from clearcue.composer.errors import CompositionError
from clearcue.composer.given import NOTHING, Given
from clearcue.composer.harmony import Loop, loop
from clearcue.composer.layout import Kept, Layout
from clearcue.composer.limit import Apart, PartRun, measured
from clearcue.composer.marks import marked
from clearcue.composer.melody import ThemeWriter, motif_rhythm
from clearcue.composer.model import Model
from clearcue.composer.plan import METER, Plan, refuse_key
from clearcue.composer.planning import plan
from clearcue.composer.progression import Harmony, harmonise, restored
from clearcue.composer.randomness import Stream
from clearcue.composer.review.reading import Asked
from clearcue.composer.setting import (
    fitting_loop,
    given_loops,
    in_key,
    kept_bars,
    stated_bars,
    with_bass,
    with_statements,
)
from clearcue.composer.style import Layer
from clearcue.composer.theme import Theme, ThemeBar, phrase_halves, pitch_of
from clearcue.composer.tune import melody_span, write_melody
from clearcue.composer.wishes import style_shares
from clearcue.music.lineage import CHORDS, Lineage, Shares
from clearcue.music.pitch import Chord, Key
from clearcue.music.score import Note, Part, Score

THEMES = 8
"""Themes drawn for each letter of a candidate, of which the critic of phrases keeps one."""


@dataclass(frozen=True, slots=True)
class Composition:
    """A composed piece: the score, the sources of its events, and how it came about.

    `progression` is the chords as numerals; `critique` the critic's word on each theme kept;
    `contest` why this piece was kept and not another; `shared_runs` the longest run of notes that
    each pitched part shares with a work; `layout` what it was laid out as.
    """

    score: Score
    lineage: Lineage
    style: str
    attempt: int
    progression: tuple[str, ...]
    critique: tuple[tuple[str, Verdict], ...]
    contest: Contest
    shared_runs: tuple[PartRun, ...]
    layout: Layout


class _Themes(NamedTuple):
    themes: dict[str, Theme]
    verdicts: tuple[tuple[str, Verdict], ...]


class Sibling(NamedTuple):
    """A composed piece of the same family: its brief, and the number of its kept candidate."""

    brief: Brief
    kept: int


class _Sketch(NamedTuple):
    """A candidate before it is arranged: tune, harmony, and who plays what."""

    layout: Layout
    melody: list[SourcedNote]
    verdicts: tuple[tuple[str, Verdict], ...]
    apart: Apart
    low: int
    title: str
    stream: Stream


class _Piece(NamedTuple):
    """A candidate in full: its score and its events' sources."""

    score: Score
    events: dict[str, tuple[Shares, ...]]


def compose(
    model: Model,
    brief: Brief,
    seed: int,
    attempt: int = 0,
    given: Given = NOTHING,
    candidates: int = CANDIDATES,
    sibling: Sibling | None = None,
    kept: Kept | None = None,
) -> Composition:
    """Compose the attempt-th piece for a brief and seed: the best of many candidates.

    Args:
        model: what was learnt.
        brief: mood, usage, length and perhaps a style.
        seed: any integer of 0 or more.
        attempt: 0 for the first piece; each attempt is a different piece.
        given: what a person gives to be composed with.
        candidates: how many are drawn; another number may keep another piece.
        sibling: a piece of this seed and attempt, but of another length, whose themes, loops, key
            and instruments this one has; only what is made of them is drawn anew.
        kept: what stays of an earlier piece of this brief, and with it its plan and its gifts.

    Raises:
        BriefError: when the mood, usage or style does not exist.
        RefusedError: when the critic lets none of the candidates pass.
    """
    named = sibling.brief if sibling else brief
    stream = Stream(
        ENGINE_VERSION,
        named.mood,
        named.usage,
        named.seconds_text,
        named.style or "",
        seed,
        attempt,
    )
    if kept is None:
        laid, given = _plan(catalogue(), brief, stream, given)
    else:
        laid, given = kept.layout.plan, kept.layout.given

    trial = model.without_sources()
    sketches: dict[int, _Sketch] = {}

    def drawn(number: int, by: Model) -> _Sketch:
        own = stream.child("candidate", number)
        if sibling is None:
            return _sketch(by, laid, given, kept, own, own)
        return _sketch(by, laid, given, kept, stream.child("candidate", sibling.kept), own)

    def sketched(number: int) -> Score:
        sketches[number] = drawn(number, trial)
        return _lead_sheet(laid, sketches[number])

    def arranged(number: int) -> Score:
        return _piece(laid, given, kept, sketches[number]).score

    held = hold(sketched, arranged, asked_of(laid), candidates)
    sketch = drawn(held.kept, model)
    won = _piece(laid, given, kept, sketch)
    progression = tuple(chord.roman for chord in won.score.chords)
    return Composition(
        won.score,
        Lineage(won.events),
        laid.style.name,
        attempt,
        progression,
        sketch.verdicts,
        held,
        measured(won.score, won.events, model, given.sources()),
        sketch.layout,
    )


def asked_of(laid: Plan) -> Asked:
    """What the critic holds a piece of this plan against."""
    return Asked(
        valence=laid.mood.point[0],
        arousal=laid.mood.point[1],
        tune=any(section.theme != "-" for section in laid.sections),
        loops=laid.loops,
        hits=tuple(hit.at_ms for hit in laid.brief.hits),
    )


def _sketch(
    model: Model, laid: Plan, given: Given, kept: Kept | None, stream: Stream, free: Stream
) -> _Sketch:
    """One candidate's tune and harmony; its themes and instruments are drawn from `stream`."""
    loops, harmony = _harmony(laid, model, given, kept, stream, free)
    layers = instrumented(laid.style, stream.child("instruments"))
    if kept is not None:
        layers = kept.voiced(layers)
    layout = Layout(laid, loops, harmony, layers, given)
    lead = next(layer for layer in layers if layer.kind == "melody")
    low, high = melody_span(laid, lead)
    writer = ThemeWriter(laid, model, low, high)
    stated = () if given.motif is None else stated_bars(given.motif, laid.key, low, high)
    chosen = _themes(writer, loops, laid.key, stream.child("themes"), stated)
    melody = write_melody(laid, model, writer, chosen.themes, harmony, lead, free)
    if given.motif is None:
        melody = articulated(laid, lead, melody)
    else:
        melody = with_statements(laid, melody, given.motif, lead)
    if kept is not None:
        melody = kept.part(lead.name, melody)
    apart = Apart(model.tune.runs, laid.style.source.rule("shared_runs"), given.sources())
    melody = apart.kept(lead, playable(melody))
    title = _title(laid, stream.child("title"))
    return _Sketch(layout, melody, chosen.verdicts, apart, low, title, free)


def _lead_sheet(laid: Plan, sketch: _Sketch) -> Score:
    """A sketch as a score: the tune, the chords below it, and their bass, on a piano."""
    lead = next(layer for layer in sketch.layout.layers if layer.kind == "melody")
    parts = [part_of(lead, sketch.melody)] if sketch.melody else []
    chords = tuple(sourced.chord for sourced in sketch.layout.harmony.chords)
    blocks = [(c, 48 + (step + c.root) % 12) for c in chords for step in c.intervals]
    held = sorted({(c.onset_ticks, pitch, c.duration_ticks) for c, pitch in blocks})
    low = [(c.onset_ticks, 36 + c.bass, c.duration_ticks) for c in chords]
    for role, notes in (("harmony", held), ("bass", low)):
        written = tuple(Note(onset, length, pitch) for onset, pitch, length in notes)
        parts.append(Part(f"sketched {role}", role, "piano", 0, written))
    return _score(laid, "", chords, tuple(parts))


def _piece(laid: Plan, given: Given, kept: Kept | None, sketch: _Sketch) -> _Piece:
    """A sketch arranged in full."""
    stream, chords, apart = sketch.stream, sketch.layout.harmony.chords, sketch.apart
    layers = below(sketch.layout.layers, pitch_of(sketch.low, laid.key) + ROOM_ABOVE_PADS)
    canvas = Canvas(laid, chords, tuple(sketch.melody), stream.child("layers"))

    def revised(layer: Layer, notes: list[SourcedNote]) -> list[SourcedNote]:
        if given.bass is not None and layer.role == "bass":
            notes = with_bass(laid, notes, given.bass, layer, sorted(sketch.layout.loops))
        return notes if kept is None else kept.part(layer.name, notes)

    written: Written = arranged(canvas, layers, revised)
    written = [
        (layer, apart.kept(layer, playable(notes)))
        for layer, notes in marked(laid, chords, written)
    ]
    asked = any(section.theme != "-" for section in laid.sections)
    if asked and not any(layer.kind == "melody" for layer, _ in written):
        raise CompositionError("the form left no room for a melody; give a longer length")
    parts = tuple(part_of(layer, notes) for layer, notes in written)
    events: dict[str, tuple[Shares, ...]] = {
        layer.name: tuple(shares for _, shares in notes) for layer, notes in written
    }
    events[CHORDS] = tuple(sourced.shares for sourced in chords)
    return _Piece(_score(laid, sketch.title, tuple(c.chord for c in chords), parts), events)


def _score(laid: Plan, title: str, chords: tuple[Chord, ...], parts: tuple[Part, ...]) -> Score:
    return Score(
        title=title,
        key=laid.key,
        meter=METER,
        tempo=laid.tempo,
        length_seconds=laid.brief.seconds,
        bars=laid.bars,
        sections=laid.score_sections(),
        chords=chords,
        parts=parts,
        swing=laid.style.swing,
    )


def _plan(entries: Catalogue, brief: Brief, stream: Stream, given: Given) -> tuple[Plan, Given]:
    """The plan, and what was given in the plan's key."""
    mood, usage = entries.mood(brief.mood), entries.usage(brief.usage)
    refuse_key(brief, mood)
    wish, mood, given = in_key(brief.key, given, mood)
    brief = replace(brief, key=wish)
    if brief.style is not None:
        style = entries.style(brief.style)
    else:
        style = entries.style(stream.child("style").weighted(mood.styles))
    mood = adventurous_mood(mood, brief.adventure)
    style = adventurous_style(style, brief.adventure)
    return plan(brief, mood, usage, style, stream.child("plan")), given


def _harmony(
    laid: Plan, model: Model, given: Given, kept: Kept | None, stream: Stream, free: Stream
) -> tuple[dict[str, Loop], Harmony]:
    """The themes' loops and the chords; of an earlier piece's, those that stay."""
    if kept is not None and kept.chords:
        return dict(kept.layout.loops), kept.layout.harmony
    colour, bars = stream.child("colour"), kept_bars(laid, given)
    loops = _loops(laid, model, stream.child("harmony"), given, colour)
    harmony = harmonise(laid, loops, free.child("progression"), colour, bars)
    if kept is not None:
        harmony = restored(laid, kept.layout.harmony, harmony, kept.bars())
    return loops, harmony


def _loops(
    laid: Plan, model: Model, stream: Stream, given: Given, colour: Stream
) -> dict[str, Loop]:
    """One loop for each theme letter, in the style's colours if nobody gave its chords.

    Sections without a theme play the first one's.
    """
    letters = sorted({section.theme for section in laid.sections} - {"-"} | {"A"})
    if (supplied := given_loops(laid, given, letters)) is not None:
        return supplied
    first = loop(laid, model, stream.child("A"))
    if given.motif is not None:
        first = fitting_loop(laid, model, stream.child("A"), given.motif)
    loops = {"A": first}
    for letter in letters[1:]:
        loops[letter] = loop(laid, model, stream.child(letter), avoid=first[0].numeral.text)
    return {letter: coloured(entries, laid, colour) for letter, entries in loops.items()}


def _themes(
    writer: ThemeWriter,
    loops: dict[str, Loop],
    key: Key,
    stream: Stream,
    stated: tuple[ThemeBar, ...],
) -> _Themes:
    """Draw many themes for each letter and keep the one that the critic likes best."""
    themes: dict[str, Theme] = {}
    verdicts = []
    for letter, entries in loops.items():
        halves = phrase_halves(entries)
        drawn = [
            writer.theme(
                letter, halves, stream.child(letter, number), stated if letter == "A" else ()
            )
            for number in range(THEMES)
        ]
        drawn = [theme for theme in drawn if writer.is_apart(theme.bars, halves)] or drawn
        known = {motif_rhythm(theme)[0] for theme in themes.values()}
        fresh = [theme for theme in drawn if motif_rhythm(theme)[0] not in known] or drawn
        judged = [judge(theme, halves, key) for theme in fresh]
        best = max(range(len(fresh)), key=lambda place: (judged[place].points, -place))
        themes[letter] = fresh[best]
        verdicts.append((letter, judged[best]))
    return _Themes(themes, tuple(verdicts))


def _title(laid: Plan, stream: Stream) -> str:
    """A working title from the mood's and the style's words."""
    number = 100 + stream.below(900)
    mood = laid.mood.name if laid.mood.name.isalpha() else laid.mood.origins[laid.key.mode]
    styles = " and ".join(name.replace("-", " ") for name, _ in style_shares(laid.style.name))
    return f"{mood.capitalize()} {styles} {number}"
