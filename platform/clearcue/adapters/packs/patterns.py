"""Drum takes and progressions out of a pack's files, parsed once and cached.

A take is a Standard MIDI File whose notes on any channel are strokes; its time is brought to our
resolution. Progressions are a JSON list of objects with `set`, `progression` and `moods`, which is
how free-midi-chords keeps them; the first is the manifest's tune 1.
"""

import gzip
import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import mido

from clearcue.adapters.corpus_music21.folder import CorpusFileError, FoundFile
from clearcue.adapters.score_files.limits import Limits
from clearcue.files import write_atomically
from clearcue.music.patterns import DrumTake, Hit, Pattern, Progression
from clearcue.music.time import TICKS_PER_QUARTER, Meter
from clearcue.rights.patterns import FoundPattern
from clearcue.rights.values import Content

READER = "1"
"""Changes whenever the same file would give another pattern."""


def read_patterns(
    content: Content, files: Sequence[FoundFile], cache_folder: Path
) -> tuple[FoundPattern, ...]:
    """The patterns of verified files, from the cache when it holds just these.

    Raises:
        CorpusFileError: when a file is not what its manifest says it holds.
    """
    names = "\n".join(f"{file.identity.work_id} {file.key}" for file in files)
    key = hashlib.sha256(f"{READER} {content}\n{names}".encode()).hexdigest()
    path = cache_folder / f"{key}.json.gz"
    cached = _cached(path, content, files)
    if cached is None:
        cached = tuple(_parsed(content, files))
        text = json.dumps([_to_json(one) for one in cached], separators=(",", ":"))
        path.parent.mkdir(parents=True, exist_ok=True)
        packed = gzip.compress(text.encode(), 6, mtime=0)
        write_atomically(path, hashlib.sha256(packed).digest() + packed)
    return tuple(
        FoundPattern(file.identity.work_id, file.identity.sha256, pattern)
        for file, pattern in zip(files, cached, strict=True)
    )


def _cached(path: Path, content: Content, files: Sequence[FoundFile]) -> tuple[Pattern, ...] | None:
    try:
        data = path.read_bytes()
        if hashlib.sha256(data[32:]).digest() != data[:32]:
            return None
        entries = json.loads(gzip.decompress(data[32:]))
    except (OSError, ValueError, EOFError):
        return None
    return (
        tuple(_from_json(content, one) for one in entries) if len(entries) == len(files) else None
    )


def _parsed(content: Content, files: Iterable[FoundFile]) -> Iterable[Pattern]:
    if content is Content.DRUMS:
        yield from map(_take, files)
        return
    lists: dict[str, tuple[Progression, ...]] = {}
    for file in files:
        known = lists.setdefault(file.identity.sha256, ()) or _progressions(file)
        lists[file.identity.sha256] = known
        number = file.identity.tune or 0
        if not 1 <= number <= len(known):
            raise CorpusFileError(
                f"{file.identity.work_id} is refused: {file.identity.path} has no progression "
                f"{number}"
            )
        yield known[number - 1]


def _take(file: FoundFile) -> DrumTake:
    limits = Limits()
    try:
        midi = mido.MidiFile(file=io.BytesIO(file.data), clip=True)
    except Exception as error:  # mido raises anything on bad bytes; all of it means the same
        raise _not(file, "a damaged MIDI file") from error
    if (
        midi.type == 2
        or midi.ticks_per_beat <= 0
        or sum(map(len, midi.tracks)) > limits.max_midi_messages
    ):
        raise _not(file, "no MIDI file that can be read")
    hits, tempo, meter = set(), None, None
    for track in midi.tracks:
        ticks = 0
        for message in track:
            ticks += message.time
            if message.type == "note_on" and message.velocity:
                onset = round(ticks * TICKS_PER_QUARTER / midi.ticks_per_beat)
                hits.add((onset, message.note, message.velocity))
            elif message.type == "set_tempo" and tempo is None:
                tempo = 60_000_000 / max(message.tempo, 1)
            elif message.type == "time_signature" and meter is None:
                meter = _meter(message.numerator, message.denominator)
    if not hits or max(hits)[0] > limits.max_ticks or len(hits) > limits.max_notes:
        raise _not(file, "a MIDI file without strokes, or one that goes beyond all bounds")
    return DrumTake(tempo, meter, tuple(Hit(*hit) for hit in sorted(hits)))


def _meter(numerator: int, denominator: int) -> Meter | None:
    try:
        return Meter(numerator, denominator)
    except ValueError:
        return None


def _progressions(file: FoundFile) -> tuple[Progression, ...]:
    try:
        return tuple(
            Progression(
                _text(entry["set"]),
                tuple(_text(one) for one in entry["progression"]),
                tuple(_text(one) for one in entry["moods"]),
            )
            for entry in json.loads(file.data)
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _not(file, "no list of progressions") from error


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("not a text")
    return value


def _not(file: FoundFile, what: str) -> CorpusFileError:
    identity = file.identity
    return CorpusFileError(f"{identity.work_id} is refused: {identity.path} is {what}")


def _to_json(pattern: Pattern) -> list[Any]:
    if isinstance(pattern, Progression):
        return [pattern.mode, list(pattern.numerals), list(pattern.moods)]
    meter = pattern.meter
    return [
        pattern.tempo_bpm,
        None if meter is None else [meter.numerator, meter.denominator],
        [[hit.onset_ticks, hit.pitch, hit.velocity] for hit in pattern.hits],
    ]


def _from_json(content: Content, data: list[Any]) -> Pattern:
    if content is Content.PROGRESSIONS:
        return Progression(data[0], tuple(data[1]), tuple(data[2]))
    meter = None if data[1] is None else Meter(*data[1])
    return DrumTake(data[0], meter, tuple(Hit(*hit) for hit in data[2]))
