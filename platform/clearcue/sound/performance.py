"""From written notes to played ones: small deviations of time and touch, strums, legato, pedal.

Conventions: onsets in frames at 48 kHz, holds in seconds. Deviations are small, smallest for drums
(Senn et al. 2016: exaggerated microtiming hurts), and drawn from a generator seeded by the
render's seed and the part's name, in the order of the notes. No onset lies before frame 0.
"""

import math
import zlib
from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

import numpy as np

from clearcue.music.score import Note, Part, Score
from clearcue.sound.bank.ensemble import SLUR_OVERLAP, UNSLURRED, Slur
from clearcue.sound.bank.players import Player
from clearcue.sound.dsp import SAMPLE_RATE, db

_TIME_MS = {"drums": 1.6, "bass": 3.0, "melody": 4.0, "counter": 4.5, "effects": 0.0}
_TOUCH = {"drums": 3.0, "effects": 0.0}
_RELEASE_ROOM_SECONDS = 0.35
_LONG_TICKS = 240
_SLUR_GAP_TICKS = 20
_SWELL_DB = 14.0
"""By how much sustained parts grow for each unit of energy that the next section has more."""
_STEADY = ("bass", "effects")
_ARC_DB, _BREATH_TICKS = 3.5, 60


@dataclass(frozen=True, slots=True)
class PlayedNote:
    """A note as it is played: first frame, seconds held, MIDI pitch, velocity 0 to 1, take.

    `slur` ties it to its neighbours; `swell` is the factor of its level at its start and its end.
    """

    frame: int
    hold_seconds: float
    pitch: int
    velocity: float
    variant: int
    slur: Slur = UNSLURRED
    swell: tuple[float, float] = (1.0, 1.0)


def generator(seed: int, *names: str | int) -> np.random.Generator:
    """A random stream of its own for a seed and names, the same on every machine."""
    words = [zlib.crc32(str(name).encode()) for name in names]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words])))


def perform(score: Score, part: Part, player: Player, seed: int) -> tuple[PlayedNote, ...]:
    """Play a part, in the order of its notes.

    The last chord rings on to the end, where `mix.ring_out` brings it to rest; other sustained
    notes that would reach the end are let go early enough to die away inside the length.
    """
    rng = generator(seed, "performance", part.name)
    end = score.frames(SAMPLE_RATE) / SAMPLE_RATE
    chord_ends = [chord.end_ticks for chord in score.chords]
    played: list[PlayedNote] = []
    takes: dict[int, int] = {}
    last = _last_chord_onset(score, part)
    swells = player.sustained and part.role not in _STEADY
    slurs = _slurs(score, part) if player.legato is not None else {}
    arcs = _arcs(part) if swells else {}
    for onset, chord in groupby(part.notes, key=lambda note: note.onset_ticks):
        notes = list(chord)
        for rank, note in _strum_order(notes, player, score.meter.bar_ticks, onset):
            delay = rank * player.strum_ms / 1000.0 * rng.uniform(0.7, 1.3) if len(notes) > 2 else 0
            start = float(score.seconds_at(onset)) + delay + _time_error(part, rng)
            start = min(max(start, 0.0), end - 0.1)
            hold = _hold_seconds(score, part, player, note, chord_ends) - delay
            latest = end - start
            if player.sustained:
                latest -= min(_RELEASE_ROOM_SECONDS, 0.35 * latest)
            if onset == last and note.duration_ticks >= _LONG_TICKS:
                hold = latest = end - start
            velocity = note.velocity + rng.normal(0.0, _TOUCH.get(part.role, 3.5))
            take = takes.get(note.pitch, int(rng.integers(player.variants)))
            takes[note.pitch] = (take + 1) % player.variants
            played.append(
                PlayedNote(
                    round(start * SAMPLE_RATE),
                    min(max(hold, 0.03), latest),
                    note.pitch,
                    float(np.clip(velocity, 4.0, 127.0)) / 127.0,
                    take,
                    slurs.get(onset, UNSLURRED),
                    _grown(_swell(score, note), arcs.get(onset)) if swells else (1.0, 1.0),
                )
            )
    return _tied(played)


def _tied(played: list[PlayedNote]) -> tuple[PlayedNote, ...]:
    """Hold each note that a slur goes on from just past the next one's onset, as it is played."""
    tied = list(played)
    for index, (note, after) in enumerate(pairwise(played)):
        if note.slur.goes_on:
            hold = (after.frame - note.frame) / SAMPLE_RATE + SLUR_OVERLAP
            tied[index] = replace(note, hold_seconds=max(hold, 0.03))
    return tuple(tied)


def _last_chord_onset(score: Score, part: Part) -> int | None:
    """The onset of the part's last notes if they belong to the piece's last chord."""
    if part.role in ("drums", "effects") or not score.chords:
        return None
    last = part.notes[-1].onset_ticks
    return last if last >= score.chords[-1].onset_ticks else None


def _time_error(part: Part, rng: np.random.Generator) -> float:
    deviation = _TIME_MS.get(part.role, 5.0) / 1000.0
    return float(np.clip(rng.normal(0.0, 1.0), -2.0, 2.0)) * deviation


def _strum_order(
    notes: list[Note], player: Player, bar_ticks: int, onset: int
) -> list[tuple[int, Note]]:
    """Rank the notes of a chord upward, and downward on the weak half of each beat."""
    downward = player.strum_ms > 8.0 and onset % 480 >= 240 and bar_ticks > 0
    return list(enumerate(reversed(notes) if downward else notes))


def _hold_seconds(
    score: Score, part: Part, player: Player, note: Note, chord_ends: list[int]
) -> float:
    """How long the note is held: legato for sustained lines, the pedal for accompaniments."""
    held = float(score.seconds_at(note.end_ticks) - score.seconds_at(note.onset_ticks))
    if player.sustained and part.role in ("melody", "counter") and held > 0.12:
        return held + 0.035
    if player.pedal and part.role not in ("melody", "counter", "bass"):
        at = bisect_right(chord_ends, note.onset_ticks)
        if at < len(chord_ends):
            until = score.seconds_at(chord_ends[at])
            ring = float(until - score.seconds_at(note.onset_ticks)) - 0.02
            return max(held, ring)
    return held


def _slurs(score: Score, part: Part) -> dict[int, Slur]:
    """The slur of each note of a line, by its onset.

    Notes are slurred that follow one another without a rest, on another pitch at most an octave
    away, no more than two bars in one bow or breath, and not over the start of a section.
    """
    if part.role not in ("melody", "counter"):
        return {}
    starts = {section.onset_ticks for section in score.sections}
    rises: dict[int, int] = {}
    bow = 0
    onsets = [note.onset_ticks for note in part.notes]
    for before, note in pairwise(part.notes):
        rise, gap = note.pitch - before.pitch, note.onset_ticks - before.end_ticks
        alone = onsets.count(note.onset_ticks) == onsets.count(before.onset_ticks) == 1
        short = before.onset_ticks < note.onset_ticks - 60 and abs(gap) <= _SLUR_GAP_TICKS
        if note.onset_ticks in starts or note.end_ticks - bow > 2 * score.meter.bar_ticks:
            bow = note.onset_ticks
        elif alone and short and 0 < abs(rise) <= 12:
            rises[note.onset_ticks] = rise
        else:
            bow = note.onset_ticks
    follow = dict(pairwise(onsets))
    return {onset: Slur(rises.get(onset, 0), follow.get(onset) in rises) for onset in onsets}


def _arcs(part: Part) -> dict[int, tuple[float, float]]:
    """The factors at the start and the end of each note of a line, by its onset.

    A phrase, from one rest to the next, comes up to its middle and falls back (`_ARC_DB` from its
    first note to its height): a player shapes a line that is written evenly.
    """
    if part.role not in ("melody", "counter"):
        return {}
    phrases: list[list[Note]] = []
    for note in part.notes:
        if phrases and note.onset_ticks - phrases[-1][-1].end_ticks < _BREATH_TICKS:
            phrases[-1].append(note)
        else:
            phrases.append([note])
    arcs: dict[int, tuple[float, float]] = {}
    for phrase in phrases:
        first, length = phrase[0].onset_ticks, phrase[-1].end_ticks - phrase[0].onset_ticks
        for note in phrase:
            start, end = (
                _ARC_DB * (math.sin(math.pi * (at - first) / length) - 0.7)
                for at in (note.onset_ticks, min(note.end_ticks, first + length))
            )
            arcs[note.onset_ticks] = db(start), db(end)
    return arcs


def _grown(swell: tuple[float, float], arc: tuple[float, float] | None) -> tuple[float, float]:
    return swell if arc is None else (swell[0] * arc[0], swell[1] * arc[1])


def _swell(score: Score, note: Note) -> tuple[float, float]:
    """The factors at a note's start and end that lead a section towards the next one's energy."""
    for section, after in pairwise(score.sections):
        if section.onset_ticks <= note.onset_ticks < section.end_ticks:
            aim_db = min(max(_SWELL_DB * (after.energy - section.energy), -1.5), 3.0)
            passed = [
                min(max((at - section.onset_ticks) / section.duration_ticks, 0.0), 1.0)
                for at in (note.onset_ticks, note.end_ticks)
            ]
            return db(aim_db * passed[0] ** 2), db(aim_db * passed[1] ** 2)
    return 1.0, 1.0
