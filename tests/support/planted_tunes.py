"""What a benchmark plants: a melody copied, changed in a named way, or quoted in other music.

Melodies are lists of notes, one at a time. An edit changes a pitch (three in five), leaves a note
out, or splits one (one in five each). Everything is drawn from the random generator given.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from clearcue.music.score import Note
from clearcue.music.work import Bar, Line, ParsedWork

EDITS = ("pitch", "pitch", "pitch", "drop", "split")
STEPS = (-4, -3, -2, -1, 1, 2, 3, 4)
LEAST_NOTES_A_BAR = 3

Notes = list[Note]


@dataclass(frozen=True, slots=True)
class Planted:
    """A query, the bars of the work it holds, and its own bars in which they lie."""

    query: ParsedWork
    work_id: str
    work_bars: tuple[int, int]
    query_bars: tuple[int, int]


def melody(work: ParsedWork) -> Notes:
    """The first line of a work as a melody."""
    return list(work.lines[0].skyline())


def transposed(notes: Notes, source: random.Random) -> Notes:
    """In another key, up to a fifth away."""
    by = source.choice([by for by in range(-7, 8) if by])
    return [replace(note, pitch=min(max(note.pitch + by, 0), 127)) for note in notes]


def in_tempo(notes: Notes, above: int, below: int) -> Notes:
    """With every time multiplied by above / below."""
    return [
        replace(
            note,
            onset_ticks=note.onset_ticks * above // below,
            duration_ticks=max(note.duration_ticks * above // below, 1),
        )
        for note in notes
    ]


def edited(notes: Notes, share: float, source: random.Random) -> Notes:
    """With so many of its notes changed, left out or split."""
    chosen = set(source.sample(range(len(notes)), round(share * len(notes))))
    result: Notes = []
    for at, note in enumerate(notes):
        kind = source.choice(EDITS) if at in chosen else ""
        if kind == "pitch":
            result.append(replace(note, pitch=note.pitch + source.choice(STEPS)))
        elif kind == "split" and note.duration_ticks >= 2:
            half = note.duration_ticks // 2
            result.append(replace(note, duration_ticks=half))
            later = replace(note, onset_ticks=note.onset_ticks + half, duration_ticks=half)
            result.append(replace(later, pitch=note.pitch + source.choice(STEPS)))
        elif kind != "drop":
            result.append(note)
    return result


def ornamented(notes: Notes, share: float, source: random.Random) -> Notes:
    """With neighbour notes: so many notes go to the note above or below and back."""
    result: Notes = []
    for note in notes:
        third = note.duration_ticks // 3
        if third == 0 or source.random() >= share:
            result.append(note)
            continue
        for turn, by in enumerate((0, source.choice((-2, -1, 1, 2)), 0)):
            start = note.onset_ticks + turn * third
            result.append(Note(start, third, note.pitch + by))
    return result


def laundered(notes: Notes, source: random.Random) -> Notes:
    """All of it together: another key, another tempo, ornaments, one note in five edited."""
    above, below = source.choice(((2, 1), (1, 2), (3, 2)))
    changed = in_tempo(transposed(notes, source), above, below)
    return edited(ornamented(changed, 0.1, source), 0.2, source)


Change = Callable[[Notes, random.Random], Notes]

WHOLE: dict[str, Change] = {
    "exact": lambda notes, source: notes,
    "transposed": transposed,
    "tempo x2": lambda notes, source: in_tempo(notes, 1, 2),
    "10 % edited": lambda notes, source: edited(notes, 0.1, source),
    "20 % edited": lambda notes, source: edited(notes, 0.2, source),
    "30 % edited": lambda notes, source: edited(notes, 0.3, source),
    "40 % edited": lambda notes, source: edited(notes, 0.4, source),
    "ornamented": lambda notes, source: ornamented(notes, 0.2, source),
    "laundered": laundered,
}
QUOTED = tuple((bars, share) for bars in (8, 4, 2) for share in (0.0, 0.1, 0.2))


def quote_name(bars: int, share: float) -> str:
    """What a kind of quotation is called."""
    return f"{bars} bars" if not share else f"{bars} bars, {round(100 * share)} % edited"


def whole(work: ParsedWork, change: Change, source: random.Random) -> Planted:
    """A whole melody, changed."""
    notes = melody(work)
    bars = (work.bars[0].number, work.bar_at(notes[-1].onset_ticks)) if work.bars else (1, 1)
    query = _as_query(change(notes, source), work.bars)
    return Planted(query, work.work_id, bars, bars)


def quoted(
    work: ParsedWork, host: ParsedWork, bars: int, share: float, source: random.Random
) -> Planted | None:
    """Some bars of a melody, transposed and edited, put between two bars of another.

    None where no stretch of so many bars holds `LEAST_NOTES_A_BAR` notes a bar.
    """
    places = [at for at in range(len(work.bars) - bars) if _full(work, at, bars)]
    if not places or len(host.bars) < 2:
        return None
    first = source.choice(places)
    start, end = work.bars[first].onset_ticks, work.bars[first + bars].onset_ticks
    passage = [note for note in melody(work) if start <= note.onset_ticks < end]
    changed = edited(transposed(passage, source), share, source)
    cut = host.bars[source.randrange(1, len(host.bars))].onset_ticks
    before = [note for note in melody(host) if note.onset_ticks < cut]
    after = [note for note in melody(host) if note.onset_ticks >= cut]
    notes = before + _moved(changed, cut - start) + _moved(after, end - start)
    laid = [bar for bar in host.bars if bar.onset_ticks < cut]
    laid += _bars(work.bars[first : first + bars], cut - start)
    laid += _bars([bar for bar in host.bars if bar.onset_ticks >= cut], end - start)
    numbered = tuple(replace(bar, number=at) for at, bar in enumerate(laid, start=1))
    query = _as_query(notes, numbered)
    inside = (
        query.bar_at(cut + changed[0].onset_ticks - start),
        query.bar_at(cut + changed[-1].onset_ticks - start),
    )
    return Planted(
        query,
        work.work_id,
        (work.bar_at(passage[0].onset_ticks), work.bar_at(passage[-1].onset_ticks)),
        inside,
    )


def _full(work: ParsedWork, first: int, bars: int) -> bool:
    start, end = work.bars[first].onset_ticks, work.bars[first + bars].onset_ticks
    held = sum(start <= note.onset_ticks < end for note in melody(work))
    return held >= LEAST_NOTES_A_BAR * bars


def _moved(notes: Sequence[Note], by: int) -> Notes:
    return [replace(note, onset_ticks=note.onset_ticks + by) for note in notes]


def _bars(bars: Sequence[Bar], by: int) -> list[Bar]:
    return [replace(bar, onset_ticks=bar.onset_ticks + by) for bar in bars]


def _as_query(notes: Notes, bars: tuple[Bar, ...]) -> ParsedWork:
    kept = tuple(replace(note, pitch=min(max(note.pitch, 0), 127)) for note in notes)
    return ParsedWork("query", "query", (Line("melody", kept),), bars, ())
