"""How early releases are written: to the full value, with a dot where half of it is silent.

Players write what is meant, not when a key is let go: a sixteenth on a beat with a sixteenth's rest
behind it is an eighth, staccato; a dotted eighth and a sixteenth's rest is a quarter. A note that
begins on an eighth and ends a sixteenth before the next one is written up to that, unless another
note of the part begins or the bar ends in between.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from clearcue.music.score import Note
from clearcue.music.time import TICKS_PER_QUARTER

EIGHTH = TICKS_PER_QUARTER // 2
SIXTEENTH = TICKS_PER_QUARTER // 4


def written(notes: Sequence[Note], bars: Sequence[int]) -> tuple[tuple[Note, ...], frozenset[int]]:
    """The notes as they are written, and the onsets of those that are dotted staccato.

    Args:
        bars: the onsets of the bars in ticks, and the end of the last.
    """
    onsets = sorted({note.onset_ticks for note in notes})
    made, short = [], set()
    for note in notes:
        place = bisect_right(onsets, note.onset_ticks)
        following = onsets[place] if place < len(onsets) else bars[-1]
        bar_end = bars[min(bisect_right(bars, note.end_ticks - 1), len(bars) - 1)]
        full = note.end_ticks + SIXTEENTH
        early = note.onset_ticks % EIGHTH == 0 and note.end_ticks % EIGHTH == SIXTEENTH
        if early and full <= min(following, bar_end):
            made.append(replace(note, duration_ticks=full - note.onset_ticks))
            if note.duration_ticks == SIXTEENTH:
                short.add(note.onset_ticks)
        else:
            made.append(note)
    return tuple(made), frozenset(short)
