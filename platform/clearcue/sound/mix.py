"""Mix played parts into stems: tone shaping, loudness, rooms, ducking, bus compression.

Conventions: stems are float32 `(frames, 2)`, worked on in place; each carries its own share
of the rooms, so that the stems sum to the premaster. Each part is brought to the loudness of its
role, moved by how hard it is played; nothing is shared between stems but gain that follows the
kick.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clearcue.music.score import Part
from clearcue.sound.dsp import SAMPLE_RATE, Track, db, equalise, sides
from clearcue.sound.kernels import mix_in
from clearcue.sound.level_kernels import block_peaks, follow, ride
from clearcue.sound.meter import highest, loudness
from clearcue.sound.performance import PlayedNote
from clearcue.sound.profile import Place, role_loudness
from clearcue.sound.reverb import add_echo, add_rooms

Gains = tuple[float, float]
Mono = NDArray[np.float32]

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
_SOFT_DRUMS, _DB_PER_SOFT_STROKE = 50.0, 0.25
_ELECTRONIC = ("electronic_kit", "house_kit")
_KICKS = (35, 36)
LEVEL_BLOCK = 32


def shape_part(sound: Track, part: Part, place: Place, rank: int) -> Gains:
    """Equalise a part in place; return the gains, left and right, that place it in its stem.

    They pan it and bring it to its role's loudness. A part that is played more softly than
    velocity 80 on the whole stays softer; so does one that doubles another of its role: `rank` is
    how many came before it. Drums that are only touched fall further back: a few soft strokes
    must not be lifted to the level of a beat.
    """
    equalise(sound, (*place.body, *place.eq))
    left, right = sides(place.pan, balanced=True)
    measured = loudness(sound, np.array([left, right]))
    if not math.isfinite(measured):
        return left, right
    touch = sum(note.velocity for note in part.notes) / len(part.notes)
    aim = role_loudness()[part.role] + place.trim + _DB_PER_VELOCITY * (touch - 80.0)
    aim -= _DB_PER_DOUBLE * min(rank, 2)
    if part.role == "drums":
        aim -= _DB_PER_SOFT_STROKE * max(_SOFT_DRUMS - touch, 0.0)
    return left * db(aim - measured), right * db(aim - measured)


@dataclass
class Bus:
    """What a stem's parts and their sends add up to while it is mixed."""

    dry: Track
    sends: dict[str, Track]

    @classmethod
    def silent(cls, frames: int) -> "Bus":
        """A bus on which nothing sounds yet."""
        return cls(np.zeros((frames, 2), dtype=np.float32), {})

    def add(self, sound: Track, gains: Gains, place: Place, beat_seconds: float) -> None:
        """Add a part at its gains, its echo, and what it sends to the rooms."""
        mix_in(self.dry, sound, *gains)
        if place.echo is not None:
            sent = _sent(gains, place.echo + 4.0)
            add_echo(self.dry, sound, sent, _echo_seconds(beat_seconds))
        for room, level in (("room", place.room), ("plate", place.plate), ("hall", place.hall)):
            if level is not None:
                if room not in self.sends:
                    self.sends[room] = np.zeros_like(self.dry)
                mix_in(self.sends[room], sound, *_sent(gains, level))

    def mixed(self) -> Track:
        """The parts with what the rooms answer; the bus is used up."""
        add_rooms(self.dry, self.sends)
        self.sends.clear()
        return self.dry


def _sent(gains: Gains, level_db: float) -> Gains:
    return gains[0] * db(level_db), gains[1] * db(level_db)


def _echo_seconds(beat: float) -> float:
    """A dotted eighth of the tempo, halved or doubled into 0.2 to 0.5 s."""
    seconds = beat * 0.75
    while seconds > 0.5:
        seconds /= 2.0
    return seconds


def ducking(kit: str, kicks: tuple[PlayedNote, ...], frames: int) -> Mono | None:
    """The gain that makes room for an electronic kick, None where no kit asks for it."""
    strokes = [note for note in kicks if note.pitch in _KICKS]
    if kit not in _ELECTRONIC or not strokes:
        return None
    gain = np.ones(frames, dtype=np.float32)
    length = round(0.24 * SAMPLE_RATE)
    t = np.linspace(0.0, 1.0, length)
    dip = 1.0 - 0.42 * (1.0 - t) ** 1.4 * np.minimum(1.0, t / 0.03)
    dip = dip.astype(np.float32)
    for note in strokes:
        count = min(length, frames - note.frame)
        window = gain[note.frame : note.frame + count]
        np.minimum(window, dip[:count], out=window)
    return gain


def compress(x: Track, threshold_db: float, ratio: float, attack: float, release: float) -> None:
    """Compress (n, 2) in place, both channels by one gain, with a soft knee of 6 dB (Giannoulis
    2012).

    The level is read in blocks of 32 frames; attack and release are in seconds.
    """
    squared = follow(block_peaks(x, LEVEL_BLOCK) ** 2, _pole(0.005), _pole(0.05))
    level = 10.0 * np.log10(squared + 1e-12) - threshold_db
    over = np.where(level > 3.0, level, np.where(level > -3.0, (level + 3.0) ** 2 / 12.0, 0.0))
    reduction = follow(over * (1.0 - 1.0 / ratio), _pole(attack), _pole(release))
    ride(x, 10.0 ** (-reduction / 20.0), LEVEL_BLOCK)


def _pole(seconds: float) -> float:
    return math.exp(-LEVEL_BLOCK / (seconds * SAMPLE_RATE))


def glue_stem(group: str, x: Track) -> None:
    """Compress a stem around its own level, in place; clear the lowest octave where no bass is."""
    peak = highest(x)
    if peak == 0.0:
        return
    top = 20.0 * math.log10(peak)
    if group == "drums":
        compress(x, top - 10.0, 2.0, 0.012, 0.12)
    elif group == "bass":
        compress(x, top - 9.0, 3.0, 0.02, 0.15)
    else:
        equalise(x, (("hp", 40.0, 0.0, 0.7),))
        compress(x, top - 9.0, 1.7, 0.02, 0.2)


def ring_out(x: Track, last_frame: int, floor: float) -> None:
    """Let a stem die away inside its length, as a player damps and a smaller room would; in place.

    From 80 ms after the last onset on, damping grows as a hand or a pedal brings it on (decibels
    with the power 1.6 of time), just enough that the last 50 ms lie under `floor` (RMS, of `x`'s
    own full scale). A decay that is fast enough by itself is left as it is.
    """
    n = x.shape[0]
    tail = x[-round(0.05 * SAMPLE_RATE) :].astype(np.float64)
    level = math.sqrt(float(np.mean(tail**2)))
    start = min(last_frame + round(0.08 * SAMPLE_RATE), n - round(0.25 * SAMPLE_RATE))
    start = max(start, 0)
    if level > floor:
        missing_db = 20.0 * math.log10(level / floor)
        passed = np.arange(n - start) / (n - start - 0.05 * SAMPLE_RATE)
        curve = 10.0 ** (-missing_db / 20.0 * passed**1.6)
        x[start:] *= curve[:, None].astype(np.float32)
