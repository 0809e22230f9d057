"""A score as a Standard MIDI File.

Conventions: format 1, 480 ticks a quarter. Track 0 conducts (title, tempo, meter, key, sections as
markers); each part has a track with its name, program and channel. Drums sound on channel 10, the
other parts take channels 1 to 9 and 11 to 16 in order. Where a pitch is struck again while it is
held in the same part, the earlier note ends there, since MIDI cannot tell two such notes apart.
MIDI has no word for swing, so onsets are written as they are played.
The same score always gives the same bytes.

Source: Standard MIDI Files 1.0 (RP-001).
"""

import io
from collections.abc import Iterable
from itertools import pairwise

import mido

from clearcue.errors import ClearcueError
from clearcue.music.pitch import Key
from clearcue.music.score import Part, Score
from clearcue.music.time import TICKS_PER_QUARTER, Meter

DRUM_CHANNEL = 9
PITCHED_CHANNELS = tuple(channel for channel in range(16) if channel != DRUM_CHANNEL)

_MAJOR = ("Cb", "Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#")
_MINOR = (
    "Abm", "Ebm", "Bbm", "Fm", "Cm", "Gm", "Dm", "Am", "Em", "Bm", "F#m", "C#m", "G#m", "D#m",
    "A#m",
)  # fmt: skip
SIGNATURES = {
    name: fifths for names in (_MAJOR, _MINOR) for fifths, name in enumerate(names, start=-7)
}
"""Sharps, or minus flats, by a signature's name as mido has it."""
_MINOR_MODES = ("minor", "harmonic-minor", "melodic-minor")

Timed = tuple[int, int, int, mido.Message | mido.MetaMessage]
"""Tick, rank among events of that tick, and number within that rank; then the event."""


class TooManyPartsError(ClearcueError):
    """A score with more pitched parts than MIDI has channels."""


def midi_bytes(score: Score) -> bytes:
    """The score as the bytes of a MIDI file.

    Raises:
        TooManyPartsError: when it has more than 15 pitched parts.
    """
    channels = _channels(score)
    end = max([score.bars[-1], *(n.end_ticks for part in score.parts for n in part.notes)])
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_QUARTER, charset="utf-8")
    file.tracks.append(_track(_conductor(score), end))
    for part in score.parts:
        file.tracks.append(_track(_part(score, part, channels[part.name]), end))
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def _channels(score: Score) -> dict[str, int]:
    pitched = [part.name for part in score.parts if part.role != "drums"]
    if len(pitched) > len(PITCHED_CHANNELS):
        raise TooManyPartsError(
            f"{len(pitched)} pitched parts are more than the {len(PITCHED_CHANNELS)} of a MIDI file"
        )
    channels = dict.fromkeys((part.name for part in score.parts), DRUM_CHANNEL)
    return channels | dict(zip(pitched, PITCHED_CHANNELS, strict=False))


def _track(events: Iterable[Timed], end: int) -> mido.MidiTrack:
    track, now = mido.MidiTrack(), 0
    for tick, _, _, event in sorted(events, key=lambda timed: timed[:3]):
        track.append(event.copy(time=tick - now))
        now = tick
    track.append(mido.MetaMessage("end_of_track", time=end - now))
    return track


def _conductor(score: Score) -> Iterable[Timed]:
    tempo = score.tempo.microseconds_per_quarter
    yield 0, 0, 0, mido.MetaMessage("track_name", name=score.title)
    yield 0, 1, 0, mido.MetaMessage("set_tempo", tempo=tempo)
    yield 0, 2, 0, mido.MetaMessage("key_signature", key=key_signature(score.key))
    before = None
    for onset, meter in bar_meters(score):
        if meter != before:
            yield (
                onset,
                3,
                0,
                mido.MetaMessage(
                    "time_signature", numerator=meter.numerator, denominator=meter.denominator
                ),
            )
        before = meter
    for index, section in enumerate(score.sections):
        yield section.onset_ticks, 4, index, mido.MetaMessage("marker", text=section.name)


def _part(score: Score, part: Part, channel: int) -> Iterable[Timed]:
    yield 0, 0, 0, mido.MetaMessage("track_name", name=part.name)
    if channel != DRUM_CHANNEL:
        yield 0, 1, 0, mido.Message("program_change", channel=channel, program=part.program)
    struck_again: dict[int, int] = {}
    for index in range(len(part.notes) - 1, -1, -1):
        note = part.notes[index]
        end = min(note.end_ticks, struck_again.get(note.pitch, note.end_ticks))
        if end <= note.onset_ticks:
            continue  # the same pitch twice at once sounds once
        struck_again[note.pitch] = note.onset_ticks
        yield (
            score.played_ticks(end),
            2,
            index,
            mido.Message("note_off", channel=channel, note=note.pitch),
        )
        yield (
            score.played_ticks(note.onset_ticks), 3, index,
            mido.Message("note_on", channel=channel, note=note.pitch, velocity=note.velocity),
        )  # fmt: skip


def key_signature(key: Key) -> str:
    """A key as mido names signatures: by its major scale, or the minor one for minor modes."""
    return (_MINOR if key.mode in _MINOR_MODES else _MAJOR)[key.fifths + 7]


def bar_meters(score: Score) -> list[tuple[int, Meter]]:
    """Each bar's onset and time signature; a shortened bar has a signature of its own length."""
    return [(onset, bar_meter(end - onset, score.meter)) for onset, end in pairwise(score.bars)]


def bar_meter(length_ticks: int, usual: Meter) -> Meter:
    """The signature of a bar: the usual one, or the one in the largest unit that fits its length.

    Raises:
        ValueError: when the length is not a whole number of 64ths.
    """
    if length_ticks == usual.bar_ticks:
        return usual
    for denominator in (4, 8, 16, 32, 64):
        unit = 4 * TICKS_PER_QUARTER // denominator
        if length_ticks % unit == 0:
            return Meter(length_ticks // unit, denominator)
    raise ValueError(f"a bar of {length_ticks} ticks has no time signature")
