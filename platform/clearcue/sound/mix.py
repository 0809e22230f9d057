"""Mix played parts into stems: tone shaping, loudness, rooms, ducking, bus compression.

Conventions: stems are float64 `(frames, 2)`; each carries its own share of the rooms, so that the
stems sum to the premaster. Each part is brought to the loudness of its role, moved by how hard it
is played; nothing is shared between stems but gain that follows the kick.
"""

import math
from dataclasses import dataclass

import numpy as np

from clearcue.music.score import Part
from clearcue.sound.dsp import SAMPLE_RATE, Signal, db, equalise, highpass, stereo
from clearcue.sound.kernels import follow
from clearcue.sound.meter import loudness
from clearcue.sound.performance import PlayedNote
from clearcue.sound.profile import Place, role_loudness
from clearcue.sound.reverb import echo, reverberate

GROUP_OF_ROLE = {
    "melody": "melody",
    "counter": "melody",
    "harmony": "harmony",
    "arpeggio": "harmony",
    "pad": "harmony",
    "bass": "bass",
    "drums": "drums",
    "effects": "effects",
}
_DB_PER_VELOCITY = 0.09
_DB_PER_DOUBLE = 3.5
_ELECTRONIC = ("electronic_kit",)
_KICKS = (35, 36)
_BLOCK = 32


def shape_part(dry: Signal, part: Part, place: Place, rank: int) -> Signal:
    """Equalise a part, pan it and bring it to its role's loudness.

    A part that is played more softly than velocity 80 on the whole stays softer; so does one that
    doubles another of its role: `rank` is how many came before it.
    """
    sound = stereo(equalise(equalise(dry, place.body), place.eq), place.pan)
    measured = loudness(sound)
    if not math.isfinite(measured):
        return sound
    touch = sum(note.velocity for note in part.notes) / len(part.notes)
    aim = role_loudness()[part.role] + place.trim + _DB_PER_VELOCITY * (touch - 80.0)
    aim -= _DB_PER_DOUBLE * min(rank, 2)
    return sound * db(aim - measured)


@dataclass
class Bus:
    """What a stem's parts and their sends add up to while it is mixed."""

    dry: Signal
    sends: dict[str, Signal]

    @classmethod
    def silent(cls, frames: int) -> "Bus":
        """A bus on which nothing sounds yet."""
        return cls(np.zeros((frames, 2)), {})

    def add(self, sound: Signal, place: Place, beat_seconds: float) -> None:
        """Add a part, its echo, and what it sends to the rooms."""
        self.dry += sound
        if place.echo is not None:
            self.dry += echo(sound, _echo_seconds(beat_seconds)) * db(place.echo + 4.0)
        for room, level in (("room", place.room), ("plate", place.plate), ("hall", place.hall)):
            if level is not None:
                send = self.sends.setdefault(room, np.zeros_like(self.dry))
                send += sound * db(level)

    def mixed(self) -> Signal:
        """The parts with what the rooms answer, in the rooms' order of name."""
        total = self.dry
        for room in sorted(self.sends):
            total = total + reverberate(self.sends[room], room)
        return total


def _echo_seconds(beat: float) -> float:
    """A dotted eighth of the tempo, halved or doubled into 0.2 to 0.5 s."""
    seconds = beat * 0.75
    while seconds > 0.5:
        seconds /= 2.0
    return seconds


def ducking(kit: str, kicks: tuple[PlayedNote, ...], frames: int) -> Signal | None:
    """The gain that makes room for an electronic kick, None where no kit asks for it."""
    strokes = [note for note in kicks if note.pitch in _KICKS]
    if kit not in _ELECTRONIC or not strokes:
        return None
    gain = np.ones(frames)
    length = round(0.24 * SAMPLE_RATE)
    t = np.linspace(0.0, 1.0, length)
    dip = 1.0 - 0.42 * (1.0 - t) ** 1.4 * np.minimum(1.0, t / 0.03)
    for note in strokes:
        count = min(length, frames - note.frame)
        window = gain[note.frame : note.frame + count]
        np.minimum(window, dip[:count], out=window)
    return gain


def compress(x: Signal, threshold_db: float, ratio: float, attack: float, release: float) -> Signal:
    """Compress (n, 2), both channels by one gain, with a soft knee of 6 dB (Giannoulis 2012).

    The level is read in blocks of 32 frames; attack and release are in seconds.
    """
    frames = x.shape[0]
    padded = np.zeros(-(-frames // _BLOCK) * _BLOCK)
    padded[:frames] = np.maximum(np.abs(x[:, 0]), np.abs(x[:, 1]))
    squared = follow(padded.reshape(-1, _BLOCK).max(axis=1) ** 2, _pole(0.005), _pole(0.05))
    level = 10.0 * np.log10(squared + 1e-12) - threshold_db
    over = np.where(level > 3.0, level, np.where(level > -3.0, (level + 3.0) ** 2 / 12.0, 0.0))
    reduction = follow(over * (1.0 - 1.0 / ratio), _pole(attack), _pole(release))
    blocks = np.arange(reduction.size) * _BLOCK + _BLOCK // 2
    gain = np.interp(np.arange(frames), blocks, 10.0 ** (-reduction / 20.0))
    return np.asarray(x * gain[:, None])


def _pole(seconds: float) -> float:
    return math.exp(-_BLOCK / (seconds * SAMPLE_RATE))


def glue_stem(group: str, x: Signal) -> Signal:
    """Compress a stem around its own level; clear the lowest octave where it is no bass."""
    peak = float(np.max(np.abs(x)))
    if peak == 0.0:
        return x
    top = 20.0 * math.log10(peak)
    if group == "drums":
        return compress(x, top - 10.0, 2.0, 0.012, 0.12)
    if group == "bass":
        return compress(x, top - 9.0, 3.0, 0.02, 0.15)
    return compress(highpass(x, 40.0), top - 9.0, 1.7, 0.02, 0.2)


def ring_out(x: Signal, last_frame: int, floor: float) -> Signal:
    """Let a stem die away inside its length, as a player damps and a smaller room would.

    From 80 ms after the last onset on, damping grows as a hand or a pedal brings it on (decibels
    with the power 1.6 of time), just enough that the last 50 ms lie under `floor` (RMS, full scale
    1.0). A decay that is fast enough by itself is left as it is.
    """
    n = x.shape[0]
    tail = x[-round(0.05 * SAMPLE_RATE) :]
    level = math.sqrt(float(np.mean(tail**2)))
    start = min(last_frame + round(0.08 * SAMPLE_RATE), n - round(0.25 * SAMPLE_RATE))
    start = max(start, 0)
    if level > floor:
        missing_db = 20.0 * math.log10(level / floor)
        passed = np.arange(n - start) / (n - start - 0.05 * SAMPLE_RATE)
        curve = 10.0 ** (-missing_db / 20.0 * passed**1.6)
        x = x.copy()
        x[start:] *= curve[:, None]
    return x
