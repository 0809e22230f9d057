"""Reading a Standard MIDI File into a `ParsedWork`, with caps on everything that it can blow up.

Conventions: a line is what one channel plays in one track, named after the track; channel 10
(percussion) is left out. Time is brought to 480 ticks a quarter. Bars are counted from 1 by the
file's time signatures, 4/4 where it has none; a signature in mid-bar starts a new bar.

Source: Standard MIDI Files 1.0 (RP-001).
"""

import io
from collections import defaultdict
from collections.abc import Iterator

import mido
from mido.midifiles import meta

from clearcue.adapters.score_files.limits import Limits
from clearcue.adapters.score_files.midi_writing import DRUM_CHANNEL, SIGNATURES
from clearcue.adapters.score_files.names import UniqueNames, plain_name
from clearcue.errors import BadInputError
from clearcue.music.score import Note
from clearcue.music.time import TICKS_PER_QUARTER, Meter
from clearcue.music.work import Bar, Line, ParsedWork


# mido finds the message's name in the class's, and ships no types.
class MetaSpec_key_signature(meta.MetaSpec_key_signature):  # type: ignore[misc]  # noqa: N801
    """Reads a key signature that no key has, such as nine flats, as none at all.

    Programs that transpose write such signatures; mido alone would refuse the whole file.
    """

    def decode(self, message: mido.MetaMessage, data: bytes) -> None:
        """Set the message's key, or the empty text."""
        try:
            super().decode(message, data)
        except (meta.KeySignatureError, IndexError):
            vars(message)["key"] = ""


meta.add_meta_spec(MetaSpec_key_signature)


class MidiError(BadInputError):
    """Bytes that are no MIDI file, or one that goes beyond the limits."""


def parse_midi(data: bytes, work_id: str, limits: Limits) -> ParsedWork:
    """Parse a MIDI file.

    Raises:
        MidiError: when it is damaged, of format 2, timed in SMPTE frames, or beyond `limits`.
    """
    if len(data) > limits.max_midi_bytes:
        raise MidiError(f"is a MIDI file larger than {limits.max_midi_bytes} bytes")
    try:
        file = mido.MidiFile(file=io.BytesIO(data), clip=True)
    except Exception as error:  # mido raises anything on bad bytes; all of it means the same
        raise MidiError("is a damaged MIDI file") from error
    if file.type == 2 or file.ticks_per_beat <= 0:
        raise MidiError("is a MIDI file of format 2 or in SMPTE time; save it as format 1")
    if sum(map(len, file.tracks)) > limits.max_midi_messages:
        raise MidiError(f"holds more than {limits.max_midi_messages} MIDI messages")
    return _Reader(file, limits).work(work_id)


def _name(message: mido.MetaMessage) -> str:
    """A track's name, which may be UTF-8 although mido reads it as Latin-1."""
    try:
        return plain_name(message.name.encode("latin-1").decode("utf-8"))
    except UnicodeError:
        return plain_name(message.name)


class _Reader:
    """One pass over a file's tracks; times are absolute and already at our resolution."""

    def __init__(self, file: mido.MidiFile, limits: Limits) -> None:
        self._limits = limits
        self._resolution = file.ticks_per_beat
        self._meters: dict[int, Meter] = {}
        self._fifths: dict[int, int] = {}
        self._notes: dict[tuple[int, int], list[Note]] = {}
        self._names: dict[int, str] = {}
        self._end = 0
        self._drums = False
        for index, track in enumerate(file.tracks):
            self._read_track(index, track)

    def _read_track(self, index: int, track: mido.MidiTrack) -> None:
        raw, tick = 0, 0
        held: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
        for message in track:
            raw += message.time
            tick = round(raw * TICKS_PER_QUARTER / self._resolution)
            if tick > self._limits.max_ticks:
                raise MidiError("lasts longer than any piece of music does")
            if message.is_meta:
                self._read_meta(index, message, tick)
            elif message.type in ("note_on", "note_off"):
                self._read_note(index, message, tick, held)
        for (channel, pitch), struck in sorted(held.items()):
            for onset, velocity in struck:
                self._keep(index, channel, onset, tick, pitch, velocity)

    def _read_meta(self, index: int, message: mido.MetaMessage, tick: int) -> None:
        if message.type == "track_name" and _name(message):
            self._names.setdefault(index, _name(message))
        elif message.type == "time_signature" and message.numerator > 0:
            if message.denominator <= 64:
                self._meters.setdefault(tick, Meter(message.numerator, message.denominator))
        elif message.type == "key_signature" and message.key in SIGNATURES:
            self._fifths.setdefault(tick, SIGNATURES[message.key])

    def _read_note(
        self,
        index: int,
        message: mido.Message,
        tick: int,
        held: dict[tuple[int, int], list[tuple[int, int]]],
    ) -> None:
        if message.channel == DRUM_CHANNEL:
            self._drums = True
            return
        key = (message.channel, message.note)
        if message.type == "note_on" and message.velocity > 0:
            held[key].append((tick, message.velocity))
        elif held[key]:
            onset, velocity = held[key].pop(0)
            self._keep(index, message.channel, onset, tick, message.note, velocity)

    def _keep(
        self, index: int, channel: int, onset: int, end: int, pitch: int, velocity: int
    ) -> None:
        note = Note(onset, max(end - onset, 1), pitch, velocity)
        self._notes.setdefault((index, channel), []).append(note)
        self._end = max(self._end, note.end_ticks)

    def work(self, work_id: str) -> ParsedWork:
        """What was read, checked for notes."""
        if not self._notes:
            kind = "only percussion" if self._drums else "no notes"
            raise MidiError(f"holds {kind}; a pitched part is needed")
        title = self._names.get(0) or work_id
        return ParsedWork(
            work_id, title, tuple(self._lines()), self._bars(), tuple(sorted(self._fifths.items()))
        )

    def _lines(self) -> Iterator[Line]:
        channels: dict[int, int] = defaultdict(int)
        for index, _ in self._notes:
            channels[index] += 1
        names = UniqueNames()
        for index, channel in sorted(self._notes):
            name = self._names.get(index, f"track {index + 1}")
            if channels[index] > 1:
                name = f"{name}, channel {channel + 1}"
            notes = sorted(
                self._notes[index, channel],
                key=lambda n: (n.onset_ticks, n.pitch, n.duration_ticks),
            )
            yield Line(names.take(name), tuple(notes))

    def _bars(self) -> tuple[Bar, ...]:
        changes = sorted({0: Meter(4, 4), **self._meters}.items())
        changes = [(tick, meter) for tick, meter in changes if tick < self._end]
        bars: list[Bar] = []
        for index, (tick, meter) in enumerate(changes):
            stop = changes[index + 1][0] if index + 1 < len(changes) else self._end
            for onset in range(tick, stop, meter.bar_ticks):
                if len(bars) == self._limits.max_bars:
                    raise MidiError(f"has more than {self._limits.max_bars} bars")
                bars.append(Bar(len(bars) + 1, onset, meter))
        return tuple(bars)
