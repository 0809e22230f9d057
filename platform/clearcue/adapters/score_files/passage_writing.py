"""A passage as something to read and to play: ABC text, and a MIDI file.

The ABC is written without a key signature, every accidental at its note, sharps only; a length of 1
is a sixteenth. A note that is held over a bar line is written whole where it starts.
"""

import io
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import mido

from clearcue.music.score import Note
from clearcue.music.time import TICKS_PER_QUARTER
from clearcue.music.work import Bar

_UNIT_TICKS = TICKS_PER_QUARTER // 4
_NAMES = ("C", "^C", "D", "^D", "E", "F", "^F", "G", "^G", "A", "^A", "B")
_MIDDLE_OCTAVE = 5
_TEMPO_BPM = 100


def passage_abc(notes: Sequence[Note], bars: Sequence[Bar], title: str) -> str:
    """A tune of notes, with the bars that begin among them."""
    starts = [bar.onset_ticks for bar in bars]
    first = bars[0].meter if bars else None
    meter = f"M:{first.numerator}/{first.denominator}\n" if first else ""
    plain = " ".join(title.split())
    return f"X:1\nT:{plain}\n{meter}L:1/16\nK:C\n{_body(_chords(notes), starts)} |]\n"


def _chords(notes: Sequence[Note]) -> list[list[Note]]:
    together: dict[int, list[Note]] = {}
    for note in sorted(notes, key=lambda one: (one.onset_ticks, one.pitch)):
        together.setdefault(note.onset_ticks, []).append(note)
    return list(together.values())


def _body(chords: Sequence[list[Note]], starts: Sequence[int]) -> str:
    words: list[str] = []
    waiting = [start for start in starts if start > chords[0][0].onset_ticks]
    ends = [*(chord[0].onset_ticks for chord in chords[1:]), None]
    for chord, end in zip(chords, ends, strict=True):
        onset = chord[0].onset_ticks
        while waiting and waiting[0] <= onset:
            words.append("|")
            waiting.pop(0)
        room = max(note.duration_ticks for note in chord) if end is None else end - onset
        held = min(max(note.duration_ticks for note in chord), room)
        tones = "".join(_tone(note.pitch) for note in chord)
        words.append((f"[{tones}]" if len(chord) > 1 else tones) + _length(held))
        if held < room:
            words.append("z" + _length(room - held))
    return " ".join(words)


def _tone(pitch: int) -> str:
    octave, step = divmod(pitch, 12)
    name = _NAMES[step]
    if octave > _MIDDLE_OCTAVE:
        return name.lower() + "'" * (octave - _MIDDLE_OCTAVE - 1)
    return name + "," * (_MIDDLE_OCTAVE - octave)


def _length(ticks: int) -> str:
    length = Fraction(ticks, _UNIT_TICKS)
    if length == 1:
        return ""
    return f"{length.numerator}" + (f"/{length.denominator}" if length.denominator > 1 else "")


def passage_midi(notes: Sequence[Note]) -> bytes:
    """A MIDI file of the notes, from their first one on."""
    start = min(note.onset_ticks for note in notes)
    events = sorted(
        event
        for note in notes
        for event in (
            (note.onset_ticks - start, 1, note.pitch),
            (note.end_ticks - start, 0, note.pitch),
        )
    )
    file = mido.MidiFile(type=0, ticks_per_beat=TICKS_PER_QUARTER)
    track = mido.MidiTrack()
    file.tracks.append(track)
    track.append(mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(_TEMPO_BPM)))
    times = [0, *(tick for tick, _, _ in events)]
    for (before, tick), (_, on, pitch) in zip(pairwise(times), events, strict=True):
        kind = "note_on" if on else "note_off"
        track.append(mido.Message(kind, note=pitch, velocity=80 * on, time=tick - before))
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()
