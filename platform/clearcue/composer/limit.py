"""The limit on shared runs: no part shares a longer run of notes with a work than is stated here.

Tunes are drawn so that they keep to it (`drawing`). What development, fitting to chords, seams
between phrases and accompaniment bring in is found in the finished parts: of a run that is too long
a note on a weak place is left out, and the note before it is held. What a person gave is exempt,
and is checked by itself. Percussion has no pitch, and so no runs. A part's runs are those of its
highest and of its lowest notes; `runs` says what counts as the same run.

After MaxOrder (Papadopoulos, Roy & Pachet 2014, doi 10.1609/aaai.v28i1.9126), which forbids them in
a Markov model's graph; here a choice that would complete one is struck out while drawing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from clearcue.composer.model import Model
from clearcue.composer.runs import ComposedLine, Runs, outlines
from clearcue.composer.sources import blend, of_rule
from clearcue.composer.style import Layer
from clearcue.music.lineage import RuleSource, Shares, Source
from clearcue.music.score import Note, Part, Score
from clearcue.music.time import TICKS_PER_QUARTER

TUNE_LIMIT = 9
"""The longest run, in notes, that a tune or counter-melody may share with a work."""
ACCOMPANIMENT_LIMIT = 12
"""The same for accompaniment, whose figures are common property sooner."""
TUNES = ("melody", "counter")
_CHOICES = 4
"""Of so many last notes of too long a run, the one on the weakest place is left out."""

SourcedNote = tuple[Note, Shares]


@dataclass(frozen=True, slots=True)
class PartRun:
    """The longest run that a part shares with a work, and the limit that it keeps to.

    `notes` is 0, `work` None and `bars` (0, 0) where it shares none; `bars` are the part's first
    and last bar of the run, counted from 1. `given` are the notes that a person gave.
    """

    part: str
    limit: int
    notes: int
    work: str | None
    bars: tuple[int, int]
    given: int


def limit_of(role: str) -> int:
    """The limit for a part of a role, in notes."""
    return TUNE_LIMIT if role in TUNES else ACCOMPANIMENT_LIMIT


@dataclass(frozen=True, slots=True)
class Apart:
    """Keeps parts apart from the works.

    `runs` are the works'; a note that is held is ascribed to `rule`; `exempt` are the sources that
    stand for what a person gave.
    """

    runs: Runs
    rule: RuleSource
    exempt: Collection[Source] = ()

    def kept(self, layer: Layer, notes: Sequence[SourcedNote]) -> list[SourcedNote]:
        """A layer's notes, ordered by onset and pitch, less those of runs that are too long."""
        kept = list(notes)
        if layer.role == "drums":
            return kept
        limit = limit_of(layer.role)
        while (onset := _too_long(kept, limit, self.runs, self.exempt)) is not None:
            kept = _without(kept, onset, self.rule)
        return kept


def _too_long(
    notes: Sequence[SourcedNote], limit: int, runs: Runs, exempt: Collection[Source]
) -> int | None:
    """The onset of a note to leave out, None where no run is too long."""
    given = _given(notes, exempt)
    for voice in outlines(note for note, _ in notes):
        line = line_of(voice, given)
        for last in runs.shared(line, limit + 1).tolist():
            free = [place for place in range(last - limit, last + 1) if line.free[place]]
            return min((line.onsets[place] for place in free[-_CHOICES:]), key=_weakest)
    return None


def _given(notes: Sequence[SourcedNote], exempt: Collection[Source]) -> frozenset[int]:
    """The onsets at which a person's own notes stand."""
    return frozenset(
        note.onset_ticks
        for note, shares in notes
        if exempt and all(source in exempt for source, _ in shares)
    )


def _weakest(onset_ticks: int) -> tuple[int, int]:
    """Orders onsets, those on weak places first, of equal ones the latest."""
    halved = (4 * TICKS_PER_QUARTER >> times for times in range(4))
    return sum(1 for span in halved if onset_ticks % span == 0), -onset_ticks


def _without(notes: Sequence[SourcedNote], onset: int, rule: RuleSource) -> list[SourcedNote]:
    """The notes less those of an onset; the ones before are held in their stead."""
    gone = [note for note, _ in notes if note.onset_ticks == onset]
    after = min((n.onset_ticks for n, _ in notes if n.onset_ticks > onset), default=None)
    until = max(note.end_ticks for note in gone)
    until = until if after is None else min(until, after)
    before = max((n.onset_ticks for n, _ in notes if n.onset_ticks < onset), default=None)
    made: list[SourcedNote] = []
    for note, shares in notes:
        if note.onset_ticks == onset:
            continue
        if note.onset_ticks == before and note.end_ticks < until:
            length = until - note.onset_ticks
            held = Note(note.onset_ticks, length, note.pitch, note.velocity)
            made.append((held, blend(of_rule(rule), shares)))
        else:
            made.append((note, shares))
    return made


def measured(
    score: Score,
    events: Mapping[str, tuple[Shares, ...]],
    model: Model,
    exempt: Collection[Source] = (),
) -> tuple[PartRun, ...]:
    """The longest run that each pitched part of a finished score shares with a work."""
    return tuple(
        _of_part(score, part, events[part.name], model, exempt) for part in score.melodic_parts()
    )


def _of_part(
    score: Score,
    part: Part,
    events: tuple[Shares, ...],
    model: Model,
    exempt: Collection[Source],
) -> PartRun:
    given = _given(tuple(zip(part.notes, events, strict=True)), exempt)
    longest, bars = None, (0, 0)
    for voice in outlines(part.notes):
        line = line_of(voice, given)
        found = model.tune.runs.longest(line)
        if found is not None and (longest is None or found.notes > longest.notes):
            longest = found
            first, last = line.onsets[found.last - found.notes + 1], line.onsets[found.last]
            bars = (_bar(score, first), _bar(score, last))
    limit = limit_of(part.role)
    if longest is None:
        return PartRun(part.name, limit, 0, None, bars, len(given))
    return PartRun(part.name, limit, longest.notes, model.works[longest.work], bars, len(given))


def line_of(voice: Sequence[Note], given: frozenset[int]) -> ComposedLine:
    """One note an onset as a line; the onsets in `given` are a person's own."""
    onsets = [note.onset_ticks for note in voice]
    return ComposedLine(
        onsets, [note.pitch for note in voice], [onset not in given for onset in onsets]
    )


def _bar(score: Score, tick: int) -> int:
    """The bar, from 1, that a tick lies in."""
    return max(sum(1 for onset in score.bars[:-1] if onset <= tick), 1)
