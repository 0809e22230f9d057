"""Small scores to try the sound on: chords, bass, melody and drums in C major."""

from fractions import Fraction

from clearcue.data.instruments import instruments
from clearcue.music.pitch import Chord, Key
from clearcue.music.score import Note, Part, Score, Section
from clearcue.music.time import TICKS_PER_QUARTER as Q
from clearcue.music.time import Meter, Tempo

_CHORDS = ((0, (0, 4, 7), "C", "I"), (9, (0, 3, 7), "Am", "vi"), (5, (0, 4, 7), "F", "IV"),
           (7, (0, 4, 7), "G", "V"))  # fmt: skip
_TUNE = (0, 2, 4, 7, 9, 7, 4, 2)


def example_score(
    bars: int = 2,
    bpm: int = 120,
    melody: str = "flute",
    harmony: str = "piano",
    bass: str = "upright_bass",
    kit: str | None = "acoustic_kit",
    pad: str | None = None,
    arpeggio: str | None = None,
) -> Score:
    """A piece of some bars and a last downbeat on the tonic that rings for one bar."""
    tempo, bar = Tempo(60_000_000 // bpm), 4 * Q
    seconds = tempo.seconds_at(bars * bar) + Fraction(6, 5)
    length = Fraction(round(seconds * 10), 10)
    chords = (*(_chord(i, bar) for i in range(bars)), _chord(0, bar, bars * bar))
    parts = [
        Part("melody", "melody", melody, _program(melody), _melody(bars, bar, melody)),
        Part("harmony", "harmony", harmony, _program(harmony), _block(chords, bar)),
        Part("bass", "bass", bass, _program(bass), _bass(chords, bar)),
    ]
    if pad:
        parts.append(Part("pad", "pad", pad, _program(pad), _block(chords, bar, 1)))
    if arpeggio:
        parts.append(Part("arp", "arpeggio", arpeggio, _program(arpeggio), _arpeggio(chords, bar)))
    if kit:
        parts.append(Part("drums", "drums", kit, _program(kit), _drums(bars, bar)))
    return Score(
        "Example", Key(0, "major"), Meter(4, 4), tempo, length,
        tuple(range(0, (bars + 2) * bar, bar)),
        (Section("A", 0, (bars + 1) * bar, 0.7),), chords, tuple(parts),
    )  # fmt: skip


def _program(key: str) -> int:
    return instruments()[key].program


def _chord(index: int, bar: int, onset: int | None = None) -> Chord:
    root, intervals, symbol, roman = _CHORDS[index % 4]
    at = index * bar if onset is None else onset
    return Chord(at, bar, root, intervals, root, symbol, roman)


def _melody(bars: int, bar: int, key: str) -> tuple[Note, ...]:
    low = instruments()[key].low
    base = 72 if low <= 72 else low - low % 12 + 12
    base = base if instruments()[key].high >= base + 12 else 60
    notes = []
    for index in range(bars):
        for step, onset in enumerate((0, 2, 3, 4, 6)):
            pitch = base + _TUNE[(step + 3 * index) % 8]
            length = (2, 1, 1, 2, 2)[step] * Q // 2
            notes.append(Note(index * bar + onset * Q // 2, length, pitch, 78 + 5 * (step % 3)))
    return (*notes, Note(bars * bar, bar, base, 84))


def _block(chords: tuple[Chord, ...], bar: int, shift: int = 0) -> tuple[Note, ...]:
    return tuple(
        Note(chord.onset_ticks, bar, pitch, 74)
        for chord in chords
        for pitch in sorted(48 + 12 * shift + (pc - 0) % 12 for pc in chord.pitch_classes)
    )


def _bass(chords: tuple[Chord, ...], bar: int) -> tuple[Note, ...]:
    notes: list[Note] = []
    for chord in chords[:-1]:
        pitch = 36 + chord.root - (12 if chord.root > 7 else 0)
        notes += [Note(chord.onset_ticks + beat * Q, Q - 40, pitch, 84) for beat in range(4)]
    return (*notes, Note(chords[-1].onset_ticks, bar, 36, 88))


def _arpeggio(chords: tuple[Chord, ...], bar: int) -> tuple[Note, ...]:
    notes: list[Note] = []
    for chord in chords[:-1]:
        classes = chord.pitch_classes
        notes += [
            Note(
                chord.onset_ticks + i * Q // 4, Q // 4, 60 + classes[i % 3] + 12 * (i % 6 // 3), 70
            )
            for i in range(16)
        ]
    return tuple(notes)


def _drums(bars: int, bar: int) -> tuple[Note, ...]:
    notes: list[Note] = []
    for index in range(bars):
        at = index * bar
        notes += [Note(at + beat * 2 * Q, Q // 4, 36, 100) for beat in range(2)]
        notes += [Note(at + (2 * beat + 1) * Q, Q // 4, 38, 96) for beat in range(2)]
        notes += [Note(at + i * Q // 2, Q // 4, 42, 84 - 20 * (i % 2)) for i in range(8)]
    notes += [Note(bars * bar, Q, 36, 104), Note(bars * bar, Q, 49, 90)]
    return tuple(sorted(notes, key=lambda note: (note.onset_ticks, note.pitch)))
