"""From written notes to played ones: small deviations of time and touch, strums, legato, pedal.

Conventions: onsets in frames at 48 kHz, holds in seconds. Deviations are small, smallest for drums
(Senn et al. 2016: exaggerated microtiming hurts), and drawn from a generator seeded by the
render's seed and the part's name, in the order of the notes. No onset lies before frame 0.
"""

import zlib
from bisect import bisect_right
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from clearcue.music.score import Note, Part, Score
from clearcue.sound.bank.players import Player
from clearcue.sound.dsp import SAMPLE_RATE

_TIME_MS = {"drums": 1.6, "bass": 3.0, "melody": 4.0, "counter": 4.5, "effects": 0.0}
_TOUCH = {"drums": 3.0, "effects": 0.0}
_RELEASE_ROOM_SECONDS = 0.35
_LONG_TICKS = 240


@dataclass(frozen=True, slots=True)
class PlayedNote:
    """A note as it is played: first frame, seconds held, MIDI pitch, velocity 0 to 1, take."""

    frame: int
    hold_seconds: float
    pitch: int
    velocity: float
    variant: int


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
    for onset, chord in groupby(part.notes, key=lambda note: note.onset_ticks):
        notes = list(chord)
        for rank, note in _strum_order(notes, player, score.meter.bar_ticks, onset):
            delay = rank * player.strum_ms / 1000.0 * rng.uniform(0.7, 1.3) if len(notes) > 2 else 0
            start = float(score.tempo.seconds_at(onset)) + delay + _time_error(part, rng)
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
                )
            )
    return tuple(played)


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
    held = float(score.tempo.seconds_at(note.duration_ticks))
    if player.sustained and part.role in ("melody", "counter") and held > 0.12:
        return held + 0.035
    if player.pedal and part.role not in ("melody", "counter", "bass"):
        at = bisect_right(chord_ends, note.onset_ticks)
        if at < len(chord_ends):
            ring = float(score.tempo.seconds_at(chord_ends[at] - note.onset_ticks)) - 0.02
            return max(held, ring)
    return held
