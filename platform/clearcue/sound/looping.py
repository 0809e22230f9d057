"""A stretch of a score as a loop without a seam.

The performance of the stretch is played three times in a row, each time note for note the same, and
the middle time is kept: what rings over the end of one time sounds in the next, rooms and dynamics
have come to their circle, and the last sample leads to the first as any sample to the next. The
length is a whole number of the blocks in which compressors read levels, so that they do the same
each time: it may be off by a third of a millisecond.
"""

import math
from dataclasses import replace

import numpy as np

from clearcue.music.score import Score
from clearcue.sound.banks import SampledBank
from clearcue.sound.curves import curve_for
from clearcue.sound.dsp import SAMPLE_RATE
from clearcue.sound.guards import RenderError
from clearcue.sound.master import master
from clearcue.sound.mix import LEVEL_BLOCK
from clearcue.sound.performance import PlayedNote
from clearcue.sound.profile import MasterProfile
from clearcue.sound.render import (
    Played,
    Samples,
    floats,
    mix_stems,
    perform_all,
    quantised,
    scale_to_headroom,
    summed,
)

TIMES = 3
_SECONDS = (4.0, 40.0)
_HELD_OVER = 0.03
"""Seconds for which a note that would be held over the end is still held."""
_EARLY_FRAMES = 576
"""12 ms: what is played a little before the first beat belongs to the stretch."""
_SEAM_DB = -70.0
_SEAM_FRAMES = 4800


def loop_ticks(score: Score) -> tuple[int, int] | None:
    """The span of the section to loop: the one of most energy, and of those the longest.

    Only whole bars count, and the last bar, which holds the last chord, is left out. None when no
    section lasts from 4 to 40 s.
    """
    bar = score.meter.bar_ticks
    found: list[tuple[float, int, int]] = []
    for section in score.sections:
        end = min(section.onset_ticks + section.duration_ticks, score.bars[-2])
        ticks = (end - section.onset_ticks) // bar * bar
        if _SECONDS[0] <= float(score.tempo.seconds_at(ticks)) <= _SECONDS[1]:
            found.append((section.energy, ticks, -section.onset_ticks))
    if not found:
        return None
    _, ticks, before = max(found)
    return -before, ticks - before


def render_loop(
    score: Score, seed: int, profile: MasterProfile, bank: SampledBank | None = None
) -> Samples | None:
    """The loop of a score at 48 kHz, mastered; None when nothing in it can be looped.

    Raises:
        RenderError: when its seam could be heard.
        ClearcueError: as `render`.
    """
    span = loop_ticks(score)
    if span is None:
        return None
    first, last = (score.tempo.frame_at(ticks, SAMPLE_RATE) - _EARLY_FRAMES for ticks in span)
    length = round((last - first) / LEVEL_BLOCK) * LEVEL_BLOCK
    played = [
        (part, around)
        for part, notes in perform_all(score, seed)
        if (around := _around(notes, first, length))
    ]
    if not played:
        return None
    return _middle(score, played, seed, length, profile, bank)


def _middle(
    score: Score,
    played: list[Played],
    seed: int,
    length: int,
    profile: MasterProfile,
    bank: SampledBank | None,
) -> Samples:
    stems = mix_stems(score, played, TIMES * length, seed, lambda stage, done: None, bank)
    scale_to_headroom(stems)
    total = summed({group: quantised(stem) for group, stem in stems.items()})
    aims = replace(profile, curve=curve_for(score))
    mastered = quantised(master(floats(total), aims))
    check_seam(mastered, length)
    return mastered[length : 2 * length].copy()


def _around(notes: tuple[PlayedNote, ...], first: int, length: int) -> tuple[PlayedNote, ...]:
    """The notes that begin in a stretch, at the same places of every time round."""
    inside = [note for note in notes if first <= note.frame < first + length]
    made = []
    for time in range(TIMES):
        for note in inside:
            frame = note.frame - first + time * length
            left = ((time + 1) * length - frame) / SAMPLE_RATE + _HELD_OVER
            hold = min(note.hold_seconds, left)
            made.append(replace(note, frame=frame, hold_seconds=hold))
    return tuple(made)


def check_seam(three: Samples, length: int) -> None:
    """Refuse a loop whose third time does not begin as its second one does.

    What follows the second time is the third: where both begin alike, going back to the start of
    the second is going on. Alike means that the first 100 ms differ by less than -70 dB of the
    loop's own level.

    Raises:
        RenderError: when they differ by more.
    """
    second = three[length : length + _SEAM_FRAMES].astype(np.float64)
    third = three[2 * length : 2 * length + _SEAM_FRAMES].astype(np.float64)
    whole = math.sqrt(float(np.mean(three[length : 2 * length].astype(np.float64) ** 2)))
    off = math.sqrt(float(np.mean((second - third) ** 2)))
    if off > whole * 10.0 ** (_SEAM_DB / 20.0):
        raise RenderError("The loop's seam can be heard; report this track's seed.")
