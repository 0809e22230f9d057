"""Turn a score into sound: stems, their sum, and the master.

Conventions: 48 kHz; int32 arrays `(frames, 2)` hold 24-bit samples (-2**23 to 2**23 - 1); `frames`
is the score's own, exactly, for every array. The premaster is the exact sum of the delivered stems.
The same score and seed give the same samples: every random stream is seeded by the seed and a
name, and the order of all sums is fixed.
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from clearcue.data.instruments import GROUPS, instruments
from clearcue.errors import BadInputError
from clearcue.music.score import Part, Score
from clearcue.sound.bank.players import PLAYERS
from clearcue.sound.banks import SampledBank
from clearcue.sound.cores import in_order
from clearcue.sound.curves import curve_for
from clearcue.sound.dsp import SAMPLE_RATE, Track, db
from clearcue.sound.guards import (
    FULL_SCALE,
    check_finite,
    check_fold_down,
    check_mix,
    check_seams,
)
from clearcue.sound.master import master
from clearcue.sound.meter import loudness, true_peak_db
from clearcue.sound.mix import GROUP_OF_ROLE, Bus, Gains, ducking, glue_stem, ring_out, shape_part
from clearcue.sound.performance import PlayedNote, perform
from clearcue.sound.profile import MasterProfile, Place, master_profile, places
from clearcue.sound.stage import play_part

Samples = NDArray[np.int32]
Played = tuple[Part, tuple[PlayedNote, ...]]
Progress = Callable[[str, float], None]

_PREMASTER_PEAK_DB = -6.0
_END_FLOOR_DB = -76.0
_DUCKED = ("bass", "harmony")
_ONSET_FRAMES = 64
_ONSET = np.sin(0.5 * np.pi * np.arange(_ONSET_FRAMES) / _ONSET_FRAMES) ** 2
"""The first 1.3 ms: a stroke on frame 0 must not begin with a step."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """A score's sound: the master, the premaster and the stems it is the sum of.

    `stems` holds the groups drums, bass, harmony, melody, effects that are not empty, in that
    order. `lufs` and `true_peak_db` are the mix's.
    """

    sample_rate: int
    mix: Samples
    premaster: Samples
    stems: dict[str, Samples]
    lufs: float
    true_peak_db: float


def pcm_bytes(samples: Samples) -> bytes:
    """Interleaved little-endian signed 24-bit bytes of samples (n, 2), as in a WAV's data chunk."""
    wide = np.ascontiguousarray(samples, dtype="<i4").view(np.uint8)
    return wide.reshape(-1, 4)[:, :3].tobytes()


def render(
    score: Score,
    seed: int,
    progress: Progress | None = None,
    profile: MasterProfile | None = None,
    bank: SampledBank | None = None,
) -> Rendering:
    """Perform, mix and master a score.

    `progress` is told a stage's name and how much of the work is done, 0 to 1. `bank` plays the
    instruments that it has, part by part; the computed bank plays the others.

    Raises:
        BadInputError: when a part names an unknown instrument or no part has notes.
        ClearcueError: when a check of the finished sound fails.
    """
    tell = progress or (lambda stage, done: None)
    frames = score.frames(SAMPLE_RATE)
    played = perform_all(score, seed)
    last = max(note.frame for _, notes in played for note in notes)
    stems = mix_stems(score, played, frames, seed, tell, bank)
    _deliver(stems, last)
    delivered = {group: quantised(stem) for group, stem in stems.items()}
    premaster = summed(delivered)
    tell("master", 0.8)
    aims = replace(profile or master_profile(), curve=curve_for(score))
    mastered = master(floats(premaster), aims)
    check_finite(mastered, "the master")
    mix = quantised(mastered)
    check_mix(mix, frames)
    check_fold_down(mix)
    check_seams(mix, [score.tempo.frame_at(one.onset_ticks, SAMPLE_RATE) for one in score.sections])
    tell("done", 1.0)
    whole = 1.0 / FULL_SCALE
    return Rendering(
        SAMPLE_RATE, mix, premaster, delivered, loudness(mix, whole), true_peak_db(mix, whole)
    )


def mix_stems(
    score: Score,
    played: list[Played],
    frames: int,
    seed: int,
    tell: Progress,
    bank: SampledBank | None = None,
) -> dict[str, Track]:
    """Play all parts, two at a time, and add them to their stems in the order of the score."""
    duck = _ducking(played, frames)
    groups = {
        group: members
        for group in GROUPS
        if (members := [(part, notes) for part, notes in played if _group(part) == group])
    }
    jobs = [
        partial(_sound, part, notes, frames, seed, rank, bank)
        for members in groups.values()
        for rank, (part, notes) in _ranked(members)
    ]
    beat, done = score.tempo.microseconds_per_quarter / 1e6, 0
    stems: dict[str, Track] = {}
    with closing(in_order(jobs)) as sounds:
        for group, members in groups.items():
            bus = Bus.silent(frames)
            for part, _ in members:
                bus.add(*next(sounds), beat)
                done += 1
                tell(part.name, 0.75 * done / len(played))
            stems[group] = _stem(group, bus, duck)
    return stems


def perform_all(score: Score, seed: int) -> list[Played]:
    """The parts that play, as they are played.

    Raises:
        BadInputError: when a part names an unknown instrument or no part has notes.
    """
    known = instruments()
    for part in score.parts:
        if part.instrument not in known:
            raise BadInputError(
                f"Part {part.name} asks for the instrument {part.instrument}, which the bank lacks."
            )
    played = [
        (part, perform(score, part, PLAYERS[part.instrument], seed))
        for part in _one_kit(score)
        if part.notes
    ]
    if not played:
        raise BadInputError("The score has no notes; give it a part that plays.")
    return played


def _one_kit(score: Score) -> tuple[Part, ...]:
    """The score's parts, those that play on the same kit joined into the first of them."""
    parts: list[Part] = []
    for part in score.parts:
        same = [p for p in parts if p.instrument == part.instrument]
        if same and instruments()[part.instrument].is_drums:
            notes = sorted((*same[0].notes, *part.notes), key=lambda n: (n.onset_ticks, n.pitch))
            parts[parts.index(same[0])] = replace(same[0], notes=tuple(notes))
        else:
            parts.append(part)
    return tuple(parts)


def _ranked(members: list[Played]) -> list[tuple[int, Played]]:
    """Each part with how many parts of its role came before it."""
    roles = [part.role for part, _ in members]
    return [(roles[:index].count(role), members[index]) for index, role in enumerate(roles)]


def _group(part: Part) -> str:
    return "drums" if instruments()[part.instrument].is_drums else GROUP_OF_ROLE[part.role]


def _ducking(played: list[Played], frames: int) -> NDArray[np.float32] | None:
    for part, notes in played:
        gain = ducking(part.instrument, notes, frames)
        if gain is not None:
            return gain
    return None


def _sound(
    part: Part,
    notes: tuple[PlayedNote, ...],
    frames: int,
    seed: int,
    rank: int,
    bank: SampledBank | None,
) -> tuple[Track, Gains, Place]:
    place = places().get(part.instrument, Place())
    if bank is not None and bank.plays(part.instrument):
        place = replace(place, body=())  # a recording has its body in it
        dry = bank.play(part.instrument, notes, frames)
    else:
        dry = play_part(part.instrument, PLAYERS[part.instrument], notes, frames, place, seed)
    check_finite(dry, f"part {part.name}")
    return dry, shape_part(dry, part, place, rank), place


def _stem(group: str, bus: Bus, duck: NDArray[np.float32] | None) -> Track:
    total = bus.mixed()
    glue_stem(group, total)
    if duck is not None and group in _DUCKED:
        total *= duck[:, None]
    return total


def _deliver(stems: dict[str, Track], last: int) -> None:
    """Give the stems the headroom, end them, and begin them without a step; in place."""
    scale_to_headroom(stems)
    for track in stems.values():
        ring_out(track, last, db(_END_FLOOR_DB))
        track[:_ONSET_FRAMES] *= _ONSET[:, None]


def scale_to_headroom(stems: dict[str, Track]) -> None:
    """Scale stems by one gain, so that neither they nor their sum leave the headroom; in place."""
    top, tracks = 1e-9, list(stems.values())
    for start in range(0, tracks[0].shape[0], SAMPLE_RATE):
        blocks = [track[start : start + SAMPLE_RATE] for track in tracks]
        top = max(top, *(float(np.max(np.abs(block))) for block in (sum(blocks), *blocks)))
    gain = db(_PREMASTER_PEAK_DB) / top
    for track in tracks:
        track *= np.float32(gain)


def quantised(x: Track) -> Samples:
    """The samples of a track in 24 bits, in the track's own memory: the track is used up."""
    samples: Samples = x.view(np.int32)
    for start in range(0, x.shape[0], SAMPLE_RATE):
        span = slice(start, start + SAMPLE_RATE)
        whole = np.rint(x[span].astype(np.float64) * FULL_SCALE)
        samples[span] = np.clip(whole, -FULL_SCALE, FULL_SCALE - 1)
    return samples


def floats(samples: Samples) -> Track:
    """24-bit samples at full scale 1.0."""
    out = np.empty(samples.shape, dtype=np.float32)
    np.multiply(samples, np.float32(1.0 / FULL_SCALE), out=out, casting="same_kind")
    return out


def summed(stems: dict[str, Samples]) -> Samples:
    """The exact sum of stems."""
    total = np.zeros_like(next(iter(stems.values())))
    for stem in stems.values():
        total += stem
    return total
