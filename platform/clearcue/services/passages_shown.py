"""Both passages of a match, to be read and played, where that may be shown.

The query's own passage always; the work's where its permissions allow to redistribute it: of any
other work a report names the bars alone.
"""

import base64
from typing import Any

from clearcue.music.score import Note
from clearcue.music.work import Bar, ParsedWork
from clearcue.originality.report import Match
from clearcue.originality.voices import part_of
from clearcue.rights.corpus import ClearedCorpus
from clearcue.rights.values import Permission
from clearcue.services.platform import ScoreFiles

_MOST_NOTES = 600


def passages_of_match(
    match: Match, piece: ParsedWork, corpus: ClearedCorpus, scores: ScoreFiles
) -> dict[str, Any]:
    """`query`, and `work` or None; each as ABC text and as a MIDI file in base64."""
    work = corpus.work(match.work)
    shown = Permission.REDISTRIBUTE in work.rights.decision.permitted
    theirs = _passage(work.parsed, match.work_part, match.work_ticks, scores) if shown else None
    return {
        "query": _passage(piece, match.query_part, match.query_ticks, scores),
        "work": theirs,
    }


def _passage(
    work: ParsedWork, part: str, ticks: tuple[int, int], scores: ScoreFiles
) -> dict[str, str] | None:
    notes: tuple[Note, ...] = tuple(
        sorted(
            (
                note
                for line in work.lines
                if line.name == part or part_of(line.name) == part
                for note in line.notes
                if ticks[0] <= note.onset_ticks <= ticks[1]
            ),
            key=lambda note: (note.onset_ticks, note.pitch),
        )
    )[:_MOST_NOTES]
    if not notes:
        return None
    bars: tuple[Bar, ...] = tuple(
        bar
        for at, bar in enumerate(work.bars)
        if bar.onset_ticks <= ticks[1]
        and (at + 1 == len(work.bars) or work.bars[at + 1].onset_ticks > ticks[0])
    )
    abc, midi = scores.passage(notes, bars, f"{work.title}, {part}")
    return {"abc": abc, "midi": base64.b64encode(midi).decode()}
