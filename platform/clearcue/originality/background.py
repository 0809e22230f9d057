"""The background: what the nearest passage tells in music that quotes nothing of an index.

Lines are put together of single bars of the index's own voices, each from another voice, so that
they sound like its music and hold none of it for longer than a bar. Their nearest passages, in
bits, are what a match is held against: its percentile is the share of the background that tells
less. The lines depend on the index, their number and `SEED` alone.
"""

import bisect
import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from clearcue.originality.index import Index
from clearcue.originality.passages import passages_of
from clearcue.originality.report import DECIMALS
from clearcue.originality.shingles import WINDOW_NOTES
from clearcue.originality.verdict import NEAR_BITS, SIMILAR_BITS
from clearcue.originality.voices import Voice

BACKGROUND_VERSION = 1
SEED = 20261122
LINES = 200
BARS = 16
MOST_NOTES_A_BAR = 8
_MOST_DRAWS = 4000

Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Background:
    """The bits of every line's nearest passage, rising, and what they were measured against."""

    digest: str
    bits: tuple[float, ...]

    @property
    def name(self) -> str:
        """What a report calls it."""
        return (
            f"{len(self.bits)} lines of {BARS} single bars, each bar from another voice of the "
            f"index, seed {SEED}, version {BACKGROUND_VERSION}"
        )

    def percentile(self, bits: float) -> float:
        """The share of the background, in percent, that tells less; 0 where there is none."""
        if not self.bits:
            return 0.0
        return round(100.0 * bisect.bisect_left(self.bits, bits) / len(self.bits), DECIMALS)

    def exceeding(self, bits: float) -> float:
        """The share of the background that tells so much or more: a false positive rate."""
        return 1.0 - self.percentile(bits) / 100.0 if self.bits else 0.0


def measured(index: Index, lines: int = LINES, tell: Tell | None = None) -> Background:
    """Measure an index's background; it has fewer lines where the index has too few bars."""
    source = random.Random(SEED)  # noqa: S311 - a draw that anyone can repeat, no secret
    found: list[float] = []
    for done in range(lines):
        voice = _line(index, source)
        if voice is None:
            break
        passages, _ = passages_of(index, voice, frozenset())
        found.append(round(max((one.measured.bits for one in passages), default=0.0), DECIMALS))
        if tell is not None:
            tell(done + 1, lines)
    return Background(index.header.corpus_digest, tuple(sorted(found)))


def false_positives(background: Background) -> dict[str, float]:
    """The share of the background that each verdict's threshold in bits is exceeded by."""
    return {
        "similar": background.exceeding(SIMILAR_BITS),
        "near-duplicate": background.exceeding(NEAR_BITS),
    }


def _line(index: Index, source: random.Random) -> Voice | None:
    """One line, or None where none with enough notes can be drawn."""
    if len(index.voices) < BARS:
        return None
    onsets: list[int] = []
    pitches: list[int] = []
    end = bars = 0
    for _ in range(_MOST_DRAWS):
        bar = _bar(index, source)
        if bar is None:
            continue
        times, notes, length = bar
        onsets += [end + time for time in times]
        pitches += notes
        end += length
        bars += 1
        if bars >= BARS and len(pitches) >= WINDOW_NOTES:
            return Voice(
                "background", "", False,
                np.array(onsets, dtype=np.int32), np.array(pitches, dtype=np.int32),
            )  # fmt: skip
    return None


def _bar(index: Index, source: random.Random) -> tuple[list[int], list[int], int] | None:
    """A bar of a voice: onsets within it, pitches, and its length; None where it does not do."""
    voice = source.randrange(len(index.voices))
    work = index.works[index.voices[voice].work]
    if work.bars < 2:
        return None
    at = work.first_bar + source.randrange(work.bars - 1)
    start, stop = int(index.bar_onsets[at]), int(index.bar_onsets[at + 1])
    span = slice(int(index.voice_notes[voice]), int(index.voice_notes[voice + 1]))
    times = index.onsets[span]
    low, high = np.searchsorted(times, [start, stop]).tolist()
    if not 1 <= high - low <= MOST_NOTES_A_BAR:
        return None
    return (
        (times[low:high] - start).tolist(),
        index.pitches[span][low:high].tolist(),
        stop - start,
    )
