"""From text to a `ParsedWork` with music21: MusicXML, ABC and Humdrum kern.

Conventions: pitches as they sound (transposing instruments and octave lines applied), ties joined,
grace notes and chord symbols left out, unpitched percussion left out, repeats not expanded. A voice
of a part is a line; a part's first voice carries the part's name, a further one its number too, and
names are made unique by counting. Bars carry the printed number, 0 for a pickup, and begin in all
parts at once: where the file fills a bar differently in different parts, it lasts as long as it
does in most of them, and what lies beyond is left out. Several pieces in one file follow one
another in time, each line named after its piece.

The readers of music21 are called on text in memory: its `converter` would write pickles into the
temporary folder and fetch addresses. Callers bound what is parsed: see `reading` and `markup`.
"""

import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any, NamedTuple
from xml.etree import ElementTree

from clearcue.adapters.score_files.names import UniqueNames, plain_name
from clearcue.errors import BadInputError
from clearcue.music.score import Note
from clearcue.music.time import TICKS_PER_QUARTER, Meter
from clearcue.music.work import Bar, Line, ParsedWork

PARSER_VERSION = "2"
"""Changes whenever the same file would parse to another work."""

MUSICXML, ABC, KERN = "musicxml", "abc", "kern"


class NotParsedError(BadInputError):
    """Text that music21 cannot read as the format it looks like."""


def parse_text(kind: str, text: bytes, work_id: str, title: str | None = None) -> ParsedWork:
    """Parse a score's text.

    Args:
        kind: `MUSICXML`, `ABC` or `KERN`.
        text: the file's bytes; MusicXML unpacked and screened by `markup.musicxml_text`.
        work_id: the id to give the work.
        title: its title, or None for the file's own (else the id).

    Raises:
        NotParsedError: when music21 cannot read it, whatever music21 raises.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            stream = _READERS[kind](text)
        except Exception as error:  # music21 raises anything on bad text; all of it means the same
            raise NotParsedError(f"cannot be read as {kind}") from error
        return _work(stream, work_id, title)


def _read_musicxml(text: bytes) -> Any:
    from music21.musicxml.xmlToM21 import MusicXMLImporter

    root = ElementTree.fromstring(text)  # noqa: S314 - screened by markup.musicxml_text
    for parent in list(root.iter()):
        for child in [child for child in parent if child.tag in _UNHEARD]:
            parent.remove(child)
    importer = MusicXMLImporter()  # type: ignore[no-untyped-call]  # music21 has no types here
    importer.xmlRootToScore(root, importer.stream)  # type: ignore[no-untyped-call]  # see above
    return importer.stream


def _read_abc(text: bytes) -> Any:
    from music21 import abcFormat
    from music21.abcFormat import translate

    handler = abcFormat.ABCFile().readstr(_decoded(text))
    if handler.definesReferenceNumbers():  # type: ignore[no-untyped-call]  # music21 has no types here
        pieces = handler.splitByReferenceNumber()
        if len(pieces) > 1:
            return translate.abcToStreamOpus(handler)  # type: ignore[no-untyped-call]  # music21 has no types here
        handler = pieces[next(iter(pieces))]
    return translate.abcToStreamScore(handler)  # type: ignore[no-untyped-call]  # music21 has no types here


def _read_kern(text: bytes) -> Any:
    from music21 import humdrum

    data = humdrum.spineParser.HumdrumDataCollection(_decoded(text))
    data.parse()
    return data.stream


_UNHEARD = frozenset(
    ("beam", "credit", "defaults", "direction", "figured-bass", "harmony", "lyric", "notations",
     "print", "sound", "stem")
)  # fmt: skip
"""Elements of MusicXML that say nothing of pitch or time; left out, for speed."""

_READERS = {MUSICXML: _read_musicxml, ABC: _read_abc, KERN: _read_kern}


def _decoded(text: bytes) -> str:
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError:
        return text.decode("latin-1")


class _Heard(NamedTuple):
    """A note head: which voice it stands in, when and how long, its pitch, and its tie."""

    voice: str
    onset: int
    end: int
    pitch: int
    tie: str | None


@dataclass
class _Gathered:
    """What has been read so far of all pieces of a file."""

    lines: list[Line] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    fifths: list[tuple[int, int]] = field(default_factory=list)
    names: UniqueNames = field(default_factory=UniqueNames)


def _work(stream: Any, work_id: str, title: str | None) -> ParsedWork:
    from music21 import stream as streams

    pieces = list(stream.scores) if isinstance(stream, streams.Opus) else [stream]
    gathered, shift = _Gathered(), 0
    for piece in pieces:
        label = _title(piece) if len(pieces) > 1 else ""
        shift = _gather_piece(piece, label or "", shift, gathered)
    return ParsedWork(
        work_id,
        title or _title(stream) or (_title(pieces[0]) if pieces else None) or work_id,
        tuple(gathered.lines),
        tuple(gathered.bars),
        tuple(gathered.fifths),
    )


def _title(stream: Any) -> str | None:
    metadata = stream.metadata
    title = None if metadata is None else (metadata.bestTitle or metadata.movementName)
    return plain_name(title) or None


def _gather_piece(piece: Any, label: str, shift: int, gathered: _Gathered) -> int:
    """Read one piece whose time starts at `shift`; gives the tick at which it ends."""
    parts = list(piece.parts) or [piece]
    for part in parts:
        instruments = part.recurse().getElementsByClass("Instrument")
        if any(instrument.transposition is not None for instrument in instruments):
            part.toSoundingPitch(inPlace=True)
    onsets = _bar_onsets(parts)
    for index, part in enumerate(parts, start=1):
        name = plain_name(part.partName) or f"part {index}"
        name = gathered.names.take(f"{label}: {name}" if label else name)
        for line in _lines(part, name, shift, onsets):
            gathered.lines.append(line)
    first = max(parts, key=lambda part: len(part.getElementsByClass("Measure")))
    gathered.bars.extend(_bars(first, shift, onsets))
    gathered.fifths.extend(_signatures(parts[0], shift, onsets))
    return shift + onsets[-1]


def _ticks(quarters: float | Fraction) -> int:
    return round(quarters * TICKS_PER_QUARTER)


def _measures(part: Any) -> list[Any]:
    """A part's bars, or the part itself where it has none."""
    return list(part.getElementsByClass("Measure")) or [part]


def _bar_onsets(parts: list[Any]) -> list[int]:
    """The tick at which each bar starts in all parts, and the last one's end."""
    lengths: list[Counter[int]] = []
    for part in parts:
        measures = _measures(part)
        starts = [_ticks(measure.offset) for measure in measures] if len(measures) > 1 else [0]
        ends = [*starts[1:], starts[-1] + _ticks(measures[-1].highestTime)]
        for index, (start, end) in enumerate(zip(starts, ends, strict=True)):
            if index == len(lengths):
                lengths.append(Counter())
            lengths[index][end - start] += 1
    most = (max(votes, key=lambda ticks: (votes[ticks], -ticks)) for votes in lengths)
    return list(accumulate(most, initial=0))


def _bars(part: Any, shift: int, onsets: list[int]) -> Iterator[Bar]:
    meter = Meter(4, 4)
    measures = list(part.getElementsByClass("Measure"))
    for measure, onset in zip(measures, onsets, strict=False):
        meter = _meter(measure.timeSignature, meter)
        yield Bar(int(measure.number), shift + onset, meter)
    if not measures:
        for number, onset in enumerate(range(0, max(onsets[-1], 1), meter.bar_ticks), start=1):
            yield Bar(number, shift + onset, meter)


def _meter(signature: Any, before: Meter) -> Meter:
    if signature is None:
        return before
    try:
        return Meter(int(signature.numerator), int(signature.denominator))
    except ValueError:
        return before


def _signatures(part: Any, shift: int, onsets: list[int]) -> list[tuple[int, int]]:
    found: dict[int, int] = {}
    for measure, onset in zip(_measures(part), onsets, strict=False):
        for signature in measure.getElementsByClass("KeySignature"):
            if signature.sharps is not None:
                tick = shift + onset + _ticks(signature.offset)
                found.setdefault(tick, int(signature.sharps))
    return sorted(found.items())


def _lines(part: Any, name: str, shift: int, onsets: list[int]) -> Iterator[Line]:
    voices = _join_ties(_heads(part, onsets))
    for index, voice in enumerate(sorted(voices, key=_voice_order), start=1):
        notes: dict[tuple[int, int], int] = {}
        for onset, end, pitch in voices[voice]:
            notes[onset, pitch] = max(end, notes.get((onset, pitch), 0))
        yield Line(
            name if index == 1 else f"{name}, voice {index}",
            tuple(
                Note(shift + onset, max(end - onset, 1), pitch)
                for (onset, pitch), end in sorted(notes.items())
            ),
        )


def _voice_order(voice: str) -> tuple[int, str]:
    return (int(voice) if voice.isdecimal() else 1 << 30, voice)


def _join_ties(heads: list[_Heard]) -> dict[str, list[tuple[int, int, int]]]:
    """Join tied heads; a tie may lead into another voice of the part."""
    voices: dict[str, list[list[int]]] = {}
    held: dict[tuple[int, int], list[int]] = {}
    for head in sorted(heads, key=lambda head: (head.onset, head.pitch)):
        sounding = held.pop((head.onset, head.pitch), None)
        if sounding is not None and head.tie in ("stop", "continue"):
            sounding[1] = head.end
        else:
            sounding = [head.onset, head.end, head.pitch]
            voices.setdefault(head.voice, []).append(sounding)
        if head.tie in ("start", "continue"):
            held[head.end, head.pitch] = sounding
    return {
        voice: [(onset, end, pitch) for onset, end, pitch in notes]
        for voice, notes in voices.items()
    }


def _heads(part: Any, onsets: list[int]) -> list[_Heard]:
    heads: list[_Heard] = []
    measures = _measures(part)
    numbers = {number for measure in measures for number, _ in _voices(measure)}
    main = min(numbers, key=_voice_order, default="1")
    for measure, span in zip(measures, pairwise(onsets), strict=False):
        heads.extend(_container_heads(measure, 0, span, main))
        for number, voice in _voices(measure):
            heads.extend(_container_heads(voice, voice.offset, span, number))
    return [head for head in heads if 0 <= head.pitch <= 127]


def _voices(measure: Any) -> Iterator[tuple[str, Any]]:
    """The voices of a bar with the numbers that the file gives them, else counted from 1.

    Where a file gives none, music21 fills in a memory address, which is another in every process.
    """
    for index, voice in enumerate(measure.voices, start=1):
        number = str(voice.id)
        yield (number if len(number) <= 3 else str(index)), voice


def _container_heads(
    container: Any, offset: Any, span: tuple[int, int], voice: str
) -> Iterator[_Heard]:
    """The heads of a bar, or of a voice in it, that sound within the bar's span of ticks."""
    for element in container.notes:
        if element.duration.isGrace or element.quarterLength <= 0:
            continue
        if "Harmony" in element.classes or not element.pitches:
            continue
        onset = span[0] + _ticks(offset + element.offset)
        end = min(span[0] + _ticks(offset + element.offset + element.quarterLength), span[1])
        for head in element.notes if element.isChord else (element,):
            if "Unpitched" in head.classes or not span[0] <= onset < end:
                continue
            tie = head.tie.type if head.tie is not None else None
            yield _Heard(voice, onset, end, round(head.pitch.ps), tie)
