"""Play a part: every note's tone, damped and placed, added into one stereo signal.

Tones are computed once for each pitch, velocity step, take and length, and used again; the takes
alternate, so that no note repeats the one before it. Each tone's random stream is seeded by the
render's seed and what the tone is, so that the order of computing changes nothing.
"""

import math

import numpy as np

from clearcue.sound.bank.ensemble import UNSLURRED, Slur
from clearcue.sound.bank.players import Player
from clearcue.sound.dsp import SAMPLE_RATE, Track, sides
from clearcue.sound.kernels import add_note
from clearcue.sound.performance import PlayedNote, generator
from clearcue.sound.profile import Place

_STEPS = 10
_CLOSES_HAT = (42, 44)
_FADE = 480
_CLOSING = np.cos(0.5 * np.pi * np.arange(_FADE) / _FADE) ** 2
"""Closes the cut end of a ringing tone within 10 ms."""
_NONE = np.empty(0)
Name = tuple[int, int, int, int, Slur]
"""What a tone is: pitch, velocity step, take, length in ms (0: as long as asked), slur."""


def play_part(
    key: str, player: Player, notes: tuple[PlayedNote, ...], frames: int, place: Place, seed: int
) -> Track:
    """Sound a part's notes dry, as (frames, 2); what would ring past the end is cut there."""
    out = np.zeros((frames, 2), dtype=np.float32)
    lengths = _lengths(player, notes, frames)
    longest: dict[Name, float] = {}
    uses: dict[Name, int] = {}
    for note, length in zip(notes, lengths, strict=True):
        name = _name(player, note, length)
        longest[name] = max(longest.get(name, 0.0), length)
        uses[name] = uses.get(name, 0) + 1
    tones: dict[Name, Track] = {}
    for index, (note, length) in enumerate(zip(notes, lengths, strict=True)):
        name = _name(player, note, length)
        if name not in tones:
            tones[name] = _tone(key, player, name, longest[name], seed)
        choke = _choke(notes, index) if player.variants == 4 else None
        _add(out, player, note, length, tones[name], place, choke)
        uses[name] -= 1
        if uses[name] == 0:
            del tones[name]
    return out


def _add(
    out: Track,
    player: Player,
    note: PlayedNote,
    length: float,
    tone: Track,
    place: Place,
    choke: int | None,
) -> None:
    """Bring a tone to the note's own level and place, and damp it where the note is let go."""
    step = min(int(note.velocity * _STEPS), _STEPS - 1)
    level = (note.velocity * _STEPS / (step + 0.5)) ** 1.2
    count, hold, damp, closing = tone.shape[0], tone.shape[0], 1.0, _NONE
    if player.sustained:
        hold = round(length * SAMPLE_RATE)
    else:
        closing = _CLOSING
        if player.variants < 4:
            count = min(count, round(length * SAMPLE_RATE))
        if player.damp_seconds > 0.0:
            hold = round(note.hold_seconds * SAMPLE_RATE)
            damp = math.exp(-6.907755 / (player.damp_seconds * SAMPLE_RATE))
    if choke is not None:
        count = min(count, choke + _FADE)
    pan = float(np.clip(place.spread * (note.pitch - 60) / 12.0, -0.7, 0.7))
    left, right = sides(pan, tone.shape[1] == 2)
    swell = note.swell if player.sustained else (1.0, 1.0)
    gains = (level * left, level * right)
    add_note(out, tone, note.frame, count, gains, swell, hold, damp, closing[-count:])


def _lengths(player: Player, notes: tuple[PlayedNote, ...], frames: int) -> list[float]:
    """Seconds to compute of each note: what is held for a sustained tone, else what rings."""
    lengths = []
    for note in notes:
        if player.sustained:
            exact = 200.0 if note.slur.goes_on else 50.0
            lengths.append(round(note.hold_seconds * exact) / exact + 0.01)
            continue
        ring = player.ring_seconds
        if player.damp_seconds > 0.0:
            ring = min(ring, note.hold_seconds + player.damp_seconds * 1.2)
        lengths.append(max(0.05, min(ring, (frames - note.frame) / SAMPLE_RATE)))
    return lengths


def _name(player: Player, note: PlayedNote, length: float) -> Name:
    step = min(int(note.velocity * _STEPS), _STEPS - 1)
    slur = note.slur if player.legato is not None else UNSLURRED
    return note.pitch, step, note.variant, round(length * 1000.0) if player.sustained else 0, slur


def _tone(key: str, player: Player, name: Name, seconds: float, seed: int) -> Track:
    pitch, step, variant, _, slur = name
    rng = generator(seed, "tone", key, pitch, step, variant)
    velocity = (step + 0.5) / _STEPS
    if player.legato is not None:
        sound = player.legato(float(pitch), velocity, seconds, rng, slur)
    else:
        sound = player.tone(float(pitch), velocity, seconds, rng)
    return np.ascontiguousarray(sound if sound.ndim == 2 else sound[:, None], dtype=np.float32)


def _choke(notes: tuple[PlayedNote, ...], index: int) -> int | None:
    """Frames after which an open hi-hat is closed by a later stroke, None when it is not."""
    note = notes[index]
    if note.pitch != 46:
        return None
    for later in notes[index + 1 :]:
        if later.pitch in _CLOSES_HAT and later.frame > note.frame:
            return later.frame - note.frame
    return None
