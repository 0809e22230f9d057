"""Voicing: chords laid out in a register so that the voices move least.

The layout is found by trying all placements of the chord's tones in the register and keeping the
cheapest: small movement from the layout before, no crowding low down, the third present.
"""

from functools import lru_cache
from itertools import pairwise, product

from clearcue.music.pitch import Chord

Voicing = tuple[int, ...]


@lru_cache(maxsize=16384)
def voice(
    pitch_classes: tuple[int, ...], low: int, high: int, voices: int, before: Voicing
) -> Voicing:
    """The cheapest layout of a chord's tones, ascending MIDI pitches within the register.

    Args:
        pitch_classes: the tones from the root upward.
        low: lowest MIDI pitch.
        high: highest MIDI pitch, at least an octave above `low`.
        voices: how many different tones to lay out at the most.
        before: the layout before, or an empty tuple.
    """
    tones = _kept(pitch_classes, voices)
    places = [[pitch for pitch in range(low, high + 1) if pitch % 12 == tone] for tone in tones]
    layouts = {tuple(sorted(layout)) for layout in product(*places)}
    return min(layouts, key=lambda layout: (_cost(layout, before, low, high), layout))


def _kept(pitch_classes: tuple[int, ...], voices: int) -> tuple[int, ...]:
    """The tones that matter: the fifth goes first, then the root."""
    tones = list(dict.fromkeys(pitch_classes))
    while len(tones) > voices:
        tones.pop(2 if len(tones) > 3 else 0)
    return tuple(tones)


def _cost(layout: Voicing, before: Voicing, low: int, high: int) -> int:
    cost = 0
    if before:
        for pitch in layout:
            cost += 2 * min(abs(pitch - other) for other in before)
        cost += abs(layout[-1] - before[-1])
    else:
        cost += 2 * abs(sum(layout) // len(layout) - (low + high) // 2)
    for lower, upper in pairwise(layout):
        gap = upper - lower
        cost += 12 if gap == 1 else 0
        cost += 6 if gap < 4 and lower < 52 else 0
        cost += 3 * max(gap - 9, 0)
    return cost


def chord_voicing(chord: Chord, low: int, high: int, voices: int, before: Voicing) -> Voicing:
    """`voice` for a chord."""
    return voice(chord.pitch_classes, low, high, voices, before)


def ladder(chord: Chord, low: int, high: int) -> Voicing:
    """Every tone of a chord's triad and seventh in a register, ascending."""
    members = set(chord.pitch_classes)
    return tuple(pitch for pitch in range(low, high + 1) if pitch % 12 in members)
