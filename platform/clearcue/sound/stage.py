"""Play a part: every note's tone, damped and placed, added into one stereo signal.

Tones are computed once for each pitch, velocity step, take and length, and used again; the takes
alternate, so that no note repeats the one before it. Each tone's random stream is seeded by the
render's seed and what the tone is, so that the order of computing changes nothing.
"""

import numpy as np

from clearcue.sound.bank.players import Player
from clearcue.sound.dsp import SAMPLE_RATE, Signal, decaying, stereo
from clearcue.sound.performance import PlayedNote, generator
from clearcue.sound.profile import Place

_STEPS = 10
_CLOSES_HAT = (42, 44)
_FADE = 480


def play_part(
    key: str, player: Player, notes: tuple[PlayedNote, ...], frames: int, place: Place, seed: int
) -> Signal:
    """Sound a part's notes dry, as (frames, 2); what would ring past the end is cut there."""
    out = np.zeros((frames, 2))
    lengths = _lengths(player, notes, frames)
    longest: dict[tuple[int, int, int, int], float] = {}
    uses: dict[tuple[int, int, int, int], int] = {}
    for note, length in zip(notes, lengths, strict=True):
        name = _name(player, note, length)
        longest[name] = max(longest.get(name, 0.0), length)
        uses[name] = uses.get(name, 0) + 1
    tones: dict[tuple[int, int, int, int], Signal] = {}
    for index, (note, length) in enumerate(zip(notes, lengths, strict=True)):
        name = _name(player, note, length)
        if name not in tones:
            tones[name] = _tone(key, player, name, longest[name], seed)
        sound = _shaped(player, note, length, tones[name])
        uses[name] -= 1
        if uses[name] == 0:
            del tones[name]
        stop = _choke(notes, index) if player.variants == 4 else None
        if stop is not None:
            sound = _faded(sound[: stop + _FADE])
        pan = place.spread * (note.pitch - 60) / 12.0
        sound = stereo(sound, float(np.clip(pan, -0.7, 0.7)))
        count = min(sound.shape[0], frames - note.frame)
        out[note.frame : note.frame + count] += sound[:count]
    return out


def _lengths(player: Player, notes: tuple[PlayedNote, ...], frames: int) -> list[float]:
    """Seconds to compute of each note: what is held for a sustained tone, else what rings."""
    lengths = []
    for note in notes:
        if player.sustained:
            lengths.append(round(note.hold_seconds * 50.0) / 50.0 + 0.01)
            continue
        ring = player.ring_seconds
        if player.damp_seconds > 0.0:
            ring = min(ring, note.hold_seconds + player.damp_seconds * 1.2)
        lengths.append(max(0.05, min(ring, (frames - note.frame) / SAMPLE_RATE)))
    return lengths


def _name(player: Player, note: PlayedNote, length: float) -> tuple[int, int, int, int]:
    step = min(int(note.velocity * _STEPS), _STEPS - 1)
    return note.pitch, step, note.variant, round(length * 100.0) if player.sustained else 0


def _tone(
    key: str, player: Player, name: tuple[int, int, int, int], seconds: float, seed: int
) -> Signal:
    pitch, step, variant, _ = name
    rng = generator(seed, "tone", key, pitch, step, variant)
    return player.tone(float(pitch), (step + 0.5) / _STEPS, seconds, rng)


def _shaped(player: Player, note: PlayedNote, length: float, tone: Signal) -> Signal:
    """Bring a tone to the note's own level, and damp it where the note is let go."""
    step = min(int(note.velocity * _STEPS), _STEPS - 1)
    level = (note.velocity * _STEPS / (step + 0.5)) ** 1.2
    if player.sustained:
        return np.asarray(tone * level)
    sound = tone[: round(length * SAMPLE_RATE)] * level if player.variants < 4 else tone * level
    held = round(note.hold_seconds * SAMPLE_RATE)
    if player.damp_seconds > 0.0 and held < sound.shape[0]:
        damper = decaying(sound.shape[0] - held, player.damp_seconds)
        sound[held:] *= damper if sound.ndim == 1 else damper[:, None]
    return _faded(sound)


def _faded(sound: Signal) -> Signal:
    """Close the cut end of a ringing tone within 10 ms."""
    count = min(_FADE, sound.shape[0])
    closing = np.cos(0.5 * np.pi * np.arange(count) / count) ** 2
    faded = sound.copy()
    faded[-count:] *= closing if sound.ndim == 1 else closing[:, None]
    return faded


def _choke(notes: tuple[PlayedNote, ...], index: int) -> int | None:
    """Frames after which an open hi-hat is closed by a later stroke, None when it is not."""
    note = notes[index]
    if note.pitch != 46:
        return None
    for later in notes[index + 1 :]:
        if later.pitch in _CLOSES_HAT and later.frame > note.frame:
            return later.frame - note.frame
    return None
