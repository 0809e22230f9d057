"""Dissonance between parts: semitones and minor ninths that are held.

Two parts clash where they hold a minor second or ninth together for three sixteenths or longer: a
shorter one is a passing tone's. A major seventh is none, for chords are built with it, and neither
is the semitone inside such a chord between two parts that accompany.
"""

from collections.abc import Iterator
from functools import lru_cache

from clearcue.composer.review.numbers import per_mille
from clearcue.composer.review.reading import PLACE_TICKS, Reading
from clearcue.music.score import Note

HELD = 3 * PLACE_TICKS
Voice = tuple[Note, int]
"""A note and the number of its part."""


def together(reading: Reading) -> Iterator[tuple[Voice, Voice, int]]:
    """Pairs of notes of two parts that clash, and for how many ticks."""
    voices = sorted(
        ((note, number) for number, part in enumerate(reading.pitched) for note in part.notes),
        key=lambda voice: (voice[0].onset_ticks, voice[0].pitch, voice[1]),
    )
    sounding: list[Voice] = []
    for voice in voices:
        note, part = voice
        sounding = [other for other in sounding if other[0].end_ticks > note.onset_ticks]
        for other in sounding:
            low, high = sorted((note.pitch, other[0].pitch))
            if other[1] != part and (high - low) % 12 == 1:
                held = min(note.end_ticks, other[0].end_ticks) - note.onset_ticks
                if held >= HELD:
                    yield voice, other, held
        sounding.append(voice)


@lru_cache(maxsize=4)
def clashes(reading: Reading) -> tuple[int | None, int | None]:
    """The share of the tune's time that clashes, and of the other parts', in thousandths."""
    lead = reading.pitched.index(reading.lead) if reading.lead and reading.asked.tune else -1
    worst: dict[Voice, int] = {}
    for voice, other, held in together(reading):
        sung = next((each for each in (voice, other) if each[1] == lead), None)
        if sung is None and _within_chord(reading, voice[0], other[0]):
            continue
        key = sung or voice
        worst[key] = max(worst.get(key, 0), held)
    shares = []
    for tune in (True, False):
        bad = sum(held for voice, held in worst.items() if (voice[1] == lead) == tune)
        played = sum(
            note.duration_ticks
            for number, part in enumerate(reading.pitched)
            if (number == lead) == tune
            for note in part.notes
        )
        shares.append(per_mille(bad, played))
    return shares[0], shares[1]


def _within_chord(reading: Reading, one: Note, other: Note) -> bool:
    """Whether a semitone is that of the chord itself, close together."""
    chord = reading.chord_at(max(one.onset_ticks, other.onset_ticks)).pitch_classes
    inside = one.pitch % 12 in chord and other.pitch % 12 in chord
    return inside and abs(one.pitch - other.pitch) == 1
