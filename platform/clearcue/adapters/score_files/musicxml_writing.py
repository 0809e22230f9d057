"""A score as MusicXML.

Conventions: MusicXML 4.0, partwise, uncompressed, 480 divisions a quarter, concert pitch. The bars
are the score's own, a half bar being a bar with a signature of its own length. The first part
carries tempo, chord symbols and the sections as rehearsal marks; each part has its dynamics,
with hairpins where a section grows (`musicxml_dynamics`). Drums stand as unpitched notes under a
percussion clef. Nothing in the file depends on when, where or by which version it was written: the
same score gives the same bytes.

The file is written directly, not through music21, which takes seconds for what takes milliseconds
here, and puts dates, versions and random ids into it. Tests read it back with music21.

Source: MusicXML 4.0 (W3C Community Group Final Report, 2021).
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from clearcue.adapters.score_files.articulation import written
from clearcue.adapters.score_files.drum_staff import DRUM_STAFF, OTHER_DRUM
from clearcue.adapters.score_files.midi_writing import bar_meter, bar_meters
from clearcue.adapters.score_files.musicxml_dynamics import Mark, dynamics
from clearcue.adapters.score_files.notation import Symbol, Voice, compound_beat, notate
from clearcue.adapters.score_files.spelling import (
    BarAccidentals,
    Spelled,
    signature_alter,
    spell_class,
    spell_pitch,
    spell_tone,
)
from clearcue.music.pitch import Chord
from clearcue.music.score import Part, Score
from clearcue.music.time import TICKS_PER_QUARTER, Meter, Swing

_BEAMS = {"eighth": 1, "16th": 2, "32nd": 3, "64th": 4, "128th": 5}
_KINDS = {
    (0, 4, 7): "major", (0, 3, 7): "minor", (0, 3, 6): "diminished", (0, 4, 8): "augmented",
    (0, 5, 7): "suspended-fourth", (0, 2, 7): "suspended-second", (0, 7): "power",
    (0, 4, 7, 10): "dominant", (0, 4, 7, 11): "major-seventh", (0, 3, 7, 10): "minor-seventh",
    (0, 3, 6, 10): "half-diminished", (0, 3, 6, 9): "diminished-seventh",
    (0, 3, 7, 11): "major-minor", (0, 4, 7, 9): "major-sixth", (0, 3, 7, 9): "minor-sixth",
    (0, 2, 4, 7, 10): "dominant-ninth", (0, 4, 7, 10, 14): "dominant-ninth",
    (0, 4, 7, 11, 14): "major-ninth", (0, 3, 7, 10, 14): "minor-ninth",
}  # fmt: skip
"""MusicXML's kinds of chord by semitones above the root; any other is `other`, with its text."""


def musicxml_bytes(score: Score) -> bytes:
    """The score as the bytes of a MusicXML file, UTF-8.

    Raises:
        NotationError: when a note starts after the last bar.
    """
    root = Element("score-partwise", version="4.0")
    _text(SubElement(root, "work"), "work-title", score.title)
    encoding = SubElement(SubElement(root, "identification"), "encoding")
    _text(encoding, "software", "Clearcue")
    parts = SubElement(root, "part-list")
    for number, part in enumerate(score.parts, start=1):
        _list_part(parts, f"P{number}", part)
    for number, part in enumerate(score.parts, start=1):
        _write_part(SubElement(root, "part", id=f"P{number}"), score, part, number)
    ElementTree.indent(root, " ")
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def _text(parent: Element, tag: str, content: object, **attributes: str) -> Element:
    element = SubElement(parent, tag, attributes)
    element.text = "".join(c for c in str(content) if c.isprintable())
    return element


def _list_part(parts: Element, part_id: str, part: Part) -> None:
    listed = SubElement(parts, "score-part", id=part_id)
    _text(listed, "part-name", part.name)
    pitches = sorted({note.pitch for note in part.notes}) if part.role == "drums" else [-1]
    for pitch in pitches:
        instrument = SubElement(listed, "score-instrument", id=_instrument_id(part_id, pitch))
        sounds = part.instrument.replace("-", " ") if pitch < 0 else _drum(pitch)[3]
        _text(instrument, "instrument-name", sounds)
    for pitch in pitches:
        midi = SubElement(listed, "midi-instrument", id=_instrument_id(part_id, pitch))
        if pitch < 0:
            _text(midi, "midi-program", part.program + 1)
        else:
            _text(midi, "midi-channel", 10)
            _text(midi, "midi-unpitched", pitch + 1)


def _instrument_id(part_id: str, pitch: int) -> str:
    return f"{part_id}-I{pitch + 1}"


def _drum(pitch: int) -> tuple[str, int, str, str]:
    return DRUM_STAFF.get(pitch, (*OTHER_DRUM, f"Percussion {pitch}"))


def _write_part(parent: Element, score: Score, part: Part, number: int) -> None:
    meters = [meter for _, meter in bar_meters(score)]
    drums = part.role == "drums"
    notes, short = (part.notes, frozenset()) if drums else written(part.notes, score.bars)
    bars = notate(notes, score.bars, meters, percussion=drums)
    held: dict[int, Spelled] = {}
    marks = sorted(
        [*dynamics(score, part), *(_score_marks(score) if number == 1 else ())],
        key=lambda mark: mark.onset,
    )
    for index, voices in enumerate(bars):
        start, end = score.bars[index], score.bars[index + 1]
        measure = SubElement(parent, "measure", number=str(index + 1))
        before = meters[index - 1] if index else None
        _attributes(measure, score, part, meters[index], before)
        here = [mark for mark in marks if start <= mark.onset < end]
        bar = _Bar(measure, score, part, f"P{number}", (start, end), short, held)
        bar.write(voices, here)
        if index == len(bars) - 1:
            _text(SubElement(measure, "barline", location="right"), "bar-style", "light-heavy")


def _attributes(
    measure: Element, score: Score, part: Part, meter: Meter, before: Meter | None
) -> None:
    if meter == before:
        return
    attributes = SubElement(measure, "attributes")
    drums = part.role == "drums"
    if before is None:
        _text(attributes, "divisions", TICKS_PER_QUARTER)
        if not drums:
            key = SubElement(attributes, "key")
            _text(key, "fifths", score.key.fifths)
            if score.key.mode in ("major", "dorian", "phrygian", "lydian", "mixolydian", "locrian"):
                _text(key, "mode", score.key.mode)
            else:
                _text(key, "mode", "minor")
    time = SubElement(attributes, "time")
    _text(time, "beats", meter.numerator)
    _text(time, "beat-type", meter.denominator)
    if before is None:
        clef = SubElement(attributes, "clef")
        sign, line = ("percussion", None) if drums else _clef(part)
        _text(clef, "sign", sign)
        if line is not None:
            _text(clef, "line", line)


def _clef(part: Part) -> tuple[str, int | None]:
    pitches = sorted(note.pitch for note in part.notes) or [60]
    return ("G", 2) if pitches[len(pitches) // 2] >= 58 else ("F", 4)


def _score_marks(score: Score) -> Iterable[Mark]:
    tempo = Element("direction", placement="above")
    metronome = SubElement(SubElement(tempo, "direction-type"), "metronome")
    _text(metronome, "beat-unit", "quarter")
    _text(metronome, "per-minute", f"{score.tempo.bpm:.2f}".rstrip("0").rstrip("."))
    sound = SubElement(tempo, "sound", tempo=f"{score.tempo.bpm:.4f}")
    if score.swing is not None:
        _swing(tempo, sound, score.swing)
    yield Mark(score.bars[0], tempo)
    for section in score.sections:
        direction = Element("direction", placement="above")
        _text(SubElement(direction, "direction-type"), "rehearsal", section.name)
        yield Mark(section.onset_ticks, direction)
    for chord in score.chords:
        yield Mark(chord.onset_ticks, _harmony(score, chord))


def _swing(direction: Element, sound: Element, swing: Swing) -> None:
    """Say that even notes are swung: in words for a reader, as an element for a player."""
    kind = "eighth" if swing.unit_ticks == TICKS_PER_QUARTER // 2 else "16th"
    words = Element("direction-type")
    _text(words, "words", "Swing" if kind == "eighth" else "Swing 16ths")
    direction.insert(0, words)
    element = SubElement(sound, "swing")
    _text(element, "first", swing.first)
    _text(element, "second", swing.second)
    _text(element, "swing-type", kind)


def _harmony(score: Score, chord: Chord) -> Element:
    harmony = Element("harmony")
    step, alter = spell_class(chord.root, score.key)
    root = SubElement(harmony, "root")
    _text(root, "root-step", step)
    if alter:
        _text(root, "root-alter", alter)
    kind = _KINDS.get(chord.intervals, "other")
    _text(harmony, "kind", kind, text=_suffix(chord.symbol))
    if chord.bass != chord.root:
        step, alter = spell_tone(chord.bass, score.key, chord)
        bass = SubElement(harmony, "bass")
        _text(bass, "bass-step", step)
        if alter:
            _text(bass, "bass-alter", alter)
    return harmony


def _suffix(symbol: str) -> str:
    """What follows the root in a chord symbol, without the bass."""
    return symbol.partition("/")[0][1:].lstrip("#b")


class _Bar:
    """One bar of one part, being written."""

    def __init__(
        self,
        measure: Element,
        score: Score,
        part: Part,
        part_id: str,
        span: tuple[int, int],
        short: frozenset[int],
        held: dict[int, Spelled],
    ) -> None:
        self._measure = measure
        self._score = score
        self._part = part
        self._part_id = part_id
        self._span = span
        self._short = short
        self._held = held
        self._spelled: dict[tuple[int, int], Spelled] = {}
        self._signs: dict[tuple[int, int], str] = {}
        self._stem = ""

    def write(self, voices: Sequence[Voice], marks: Sequence[Mark]) -> None:
        """Write the voices one after the other, the marks within the first."""
        start, end = self._span
        self._find_signs(voices)
        top = max(voices, key=lambda voice: max([0, *(p for s in voice for p in s.pitches)]))
        for number, voice in enumerate(voices, start=1):
            if number > 1:
                _text(SubElement(self._measure, "backup"), "duration", end - start)
            beat = compound_beat(bar_meter(end - start, self._score.meter)) or TICKS_PER_QUARTER
            beams = _beams(voice, start, beat)
            self._stem = "" if len(voices) == 1 else "up" if voice is top else "down"
            for symbol, beam in zip(voice, beams, strict=True):
                if number == 1:
                    self._write_marks(symbol, marks)
                self._write_symbol(symbol, number, beam)

    def _find_signs(self, voices: Sequence[Voice]) -> None:
        if self._part.role == "drums":
            return
        accidentals = BarAccidentals(self._score.key.fifths)
        heads = sorted(
            (symbol.onset_ticks, pitch, symbol.tied_from)
            for voice in voices
            for symbol in voice
            for pitch in symbol.pitches
        )
        for onset, pitch, tied in heads:
            spelled = self._held.get(pitch) if tied else None
            if spelled is None:
                spelled = spell_pitch(pitch, self._score.key, _chord_at(self._score, onset))
            self._held[pitch] = self._spelled[onset, pitch] = spelled
            if tied and spelled[1] != signature_alter(spelled[0], self._score.key.fifths):
                continue  # a tie carries its sign over the bar line
            sign = accidentals.needed(spelled)
            if sign:
                self._signs[onset, pitch] = sign

    def _write_marks(self, symbol: Symbol, marks: Sequence[Mark]) -> None:
        start, end = symbol.onset_ticks, symbol.onset_ticks + symbol.duration_ticks
        for mark in marks:
            if not start <= mark.onset < end:
                continue
            if mark.onset > start:
                offset = Element("offset")
                offset.text = str(mark.onset - start)
                types = [i for i, e in enumerate(mark.element) if e.tag != "sound"]
                mark.element.insert(types[-1] + 1, offset)
            self._measure.append(mark.element)

    def _write_symbol(self, symbol: Symbol, voice: int, beams: Sequence[str]) -> None:
        if symbol.implied:
            forward = SubElement(self._measure, "forward")
            _text(forward, "duration", symbol.duration_ticks)
            _text(forward, "voice", voice)
            return
        for index, pitch in enumerate(symbol.pitches or (None,)):
            note = SubElement(self._measure, "note")
            if index:
                SubElement(note, "chord")
            self._write_head(note, symbol, pitch)
            _text(note, "duration", symbol.duration_ticks)
            self._write_value(note, symbol, pitch, voice)
            for level, beam in enumerate(beams if not index else (), start=1):
                _text(note, "beam", beam, number=str(level))
            self._write_notations(note, symbol, first=not index)

    def _write_head(self, note: Element, symbol: Symbol, pitch: int | None) -> None:
        start, end = self._span
        if pitch is None:
            whole = symbol.duration_ticks == end - start
            SubElement(note, "rest", {"measure": "yes"} if whole else {})
        elif self._part.role == "drums":
            step, octave, _, _ = _drum(pitch)
            unpitched = SubElement(note, "unpitched")
            _text(unpitched, "display-step", step)
            _text(unpitched, "display-octave", octave)
        else:
            step, alter, octave = self._spelled[symbol.onset_ticks, pitch]
            written = SubElement(note, "pitch")
            _text(written, "step", step)
            if alter:
                _text(written, "alter", alter)
            _text(written, "octave", octave)

    def _write_value(self, note: Element, symbol: Symbol, pitch: int | None, voice: int) -> None:
        start, end = self._span
        drums = self._part.role == "drums"
        if symbol.tied_from:
            SubElement(note, "tie", type="stop")
        if symbol.tied_to:
            SubElement(note, "tie", type="start")
        if pitch is not None and drums:
            SubElement(note, "instrument", id=_instrument_id(self._part_id, pitch))
        _text(note, "voice", voice)
        if pitch is not None or symbol.duration_ticks != end - start:
            _text(note, "type", symbol.value)
            for _ in range(symbol.dots):
                SubElement(note, "dot")
        if pitch is not None and (symbol.onset_ticks, pitch) in self._signs:
            _text(note, "accidental", self._signs[symbol.onset_ticks, pitch])
        if symbol.triplet:
            modification = SubElement(note, "time-modification")
            _text(modification, "actual-notes", 3)
            _text(modification, "normal-notes", 2)
            _text(modification, "normal-type", "eighth")
        if pitch is not None and self._stem:
            _text(note, "stem", self._stem)
        if pitch is not None and drums and _drum(pitch)[2] != "normal":
            _text(note, "notehead", _drum(pitch)[2])

    def _write_notations(self, note: Element, symbol: Symbol, *, first: bool) -> None:
        """Ties and triplets, staccato where it is short, a fermata where the piece ends."""
        onset = symbol.onset_ticks
        struck = bool(symbol.pitches) and first and not symbol.tied_from
        found = Element("notations")
        if symbol.tied_from:
            SubElement(found, "tied", type="stop")
        if symbol.tied_to:
            SubElement(found, "tied", type="start")
        if symbol.tuplet and first:
            SubElement(found, "tuplet", type=symbol.tuplet, bracket="yes")
        if struck and onset in self._short:
            SubElement(SubElement(found, "articulations"), "staccato")
        if struck and onset == self._score.bars[-2] and self._part.role != "drums":
            SubElement(found, "fermata")
        if len(found):
            note.append(found)


def _chord_at(score: Score, tick: int) -> Chord | None:
    """The chord that sounds at a tick; None before the first."""
    place = bisect_right([chord.onset_ticks for chord in score.chords], tick)
    return score.chords[place - 1] if place else None


def _beams(voice: Voice, bar_start: int, beat_ticks: int) -> list[tuple[str, ...]]:
    """Each symbol's beams, primary first: notes shorter than a quarter within one beat."""
    groups: list[list[int]] = []
    beat_before, open_group = -1, False
    for index, symbol in enumerate(voice):
        beat = (symbol.onset_ticks - bar_start) // beat_ticks
        beamed = bool(symbol.pitches) and symbol.value in _BEAMS
        if beamed and open_group and beat == beat_before:
            groups[-1].append(index)
        elif beamed:
            groups.append([index])
        open_group, beat_before = beamed, beat
    beams: list[tuple[str, ...]] = [() for _ in voice]
    for group in groups:
        levels = [_BEAMS[voice[index].value] for index in group]
        for place, index in enumerate(group):
            if len(group) > 1:
                beams[index] = tuple(_beam(levels, place, n) for n in range(1, levels[place] + 1))
    return beams


def _beam(levels: Sequence[int], place: int, level: int) -> str:
    before = place > 0 and levels[place - 1] >= level
    after = place + 1 < len(levels) and levels[place + 1] >= level
    if before and after:
        return "continue"
    if before or after:
        return "end" if before else "begin"
    return "backward hook" if place else "forward hook"
