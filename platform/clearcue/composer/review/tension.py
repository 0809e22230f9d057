"""How far the harmony is from home, and how the intensity follows the plan.

Distance in tonal pitch space (Lerdahl, "Tonal Pitch Space", 2001): regions between the keys, steps
along the diatonic circle of fifths between the roots, and pitch classes new to the basic space; to
it come a chord's own unrest: an inversion counts 2, a seventh 1, a suspended tone 3.
"""

from clearcue.composer.review.numbers import rank_correlation
from clearcue.composer.review.reading import BAR_TICKS, Reading
from clearcue.music.pitch import Chord, Key

_FIFTHS = {0: 0, 4: 1, 1: 2, 5: 3, 2: 4, 6: 5, 3: 6}
"""Steps up the diatonic circle of fifths to each scale degree, from 0."""
_INVERSION, _SEVENTH, _SUSPENDED = 2, 1, 3


def tension(chord: Chord, key: Key) -> int:
    """How far a chord lies from the tonic, 0 for the tonic itself in root position."""
    home = _space(key.tonic, (0, 7, 3 if 3 in _steps(key) else 4), key)
    here = _space(chord.root, chord.intervals, key)
    new = sum(len(there - at) for there, at in zip(here, home, strict=True))
    return _region(chord, key) + _fifths(chord.root, key) + new + _unrest(chord)


def _steps(key: Key) -> tuple[int, ...]:
    return tuple((tone - key.tonic) % 12 for tone in key.scale)


def _space(root: int, intervals: tuple[int, ...], key: Key) -> tuple[frozenset[int], ...]:
    """The basic space of a chord: root, fifth, triad and scale."""
    triad = frozenset((root + step) % 12 for step in intervals if step <= 8)
    fifth = frozenset({root, (root + 7) % 12} & (triad | {root}))
    return (frozenset({root}), fifth, triad, frozenset(key.scale) | triad)


def _region(chord: Chord, key: Key) -> int:
    """Steps along the circle of fifths to the nearest key that holds the chord."""
    tones = set(chord.pitch_classes)
    raised = {(key.tonic + 11) % 12, *key.scale} if 3 in _steps(key) else set(key.scale)
    if tones <= raised:
        return 0
    for distance in range(1, 6):
        for way in (distance, -distance):
            if tones <= {(tone + 7 * way) % 12 for tone in key.scale}:
                return distance
    return 6


def _fifths(root: int, key: Key) -> int:
    """Steps along the circle of fifths between the tonic and a root, the shorter way round."""
    if root in key.scale:
        around = _FIFTHS[key.scale.index(root)]
        return min(around, 7 - around)
    chromatic = (root - key.tonic) * 7 % 12
    return min(chromatic, 12 - chromatic)


def _unrest(chord: Chord) -> int:
    inverted = _INVERSION if chord.bass != chord.root else 0
    seventh = _SEVENTH if {10, 11} & set(chord.intervals) else 0
    suspended = _SUSPENDED if not {3, 4} & set(chord.intervals) and 7 in chord.intervals else 0
    return inverted + seventh + (suspended if {2, 5} & set(chord.intervals) else 0)


def reach(reading: Reading) -> int:
    """From the least to the greatest tension of the piece's chords."""
    found = [tension(chord, reading.score.key) for chord in reading.score.chords]
    return max(found) - min(found)


def falls(reading: Reading) -> int | None:
    """How much tension the last change of chord lets go."""
    chords = reading.score.chords
    if len(chords) < 2:
        return None
    before, last = (tension(chord, reading.score.key) for chord in chords[-2:])
    return before - last


def intensities(reading: Reading) -> list[int]:
    """Each bar's intensity: the squared velocities of what begins in it and of what is held."""
    found = [0] * (reading.last_bar + 1)
    for part in reading.score.parts:
        for note in part.notes:
            bar = reading.beat.bar_of(note.onset_ticks)
            power = note.velocity * note.velocity
            found[bar] += power
            while bar <= reading.last_bar and reading.bars[bar] < note.end_ticks:
                held = min(note.end_ticks, reading.bars[bar + 1])
                held -= max(note.onset_ticks, reading.bars[bar])
                found[bar] += power * held // BAR_TICKS
                bar += 1
    return found


def against_plan(reading: Reading) -> int | None:
    """How the intensity of the bars ranks against the energies that the sections were planned with.

    None where the plan has one energy throughout, or too few bars.
    """
    bars = reading.whole_bars()
    planned = [round(1000 * reading.score.sections[reading.section_of(b)].energy) for b in bars]
    felt = intensities(reading)
    return rank_correlation(planned, [felt[bar] for bar in bars])
