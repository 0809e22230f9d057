"""Small scores for trying out score files, and hypothesis strategies that draw them."""

from fractions import Fraction
from itertools import pairwise

from hypothesis import strategies as st

from clearcue.music.pitch import MODES, Chord, Key
from clearcue.music.score import Note, Part, Score, Section
from clearcue.music.time import Meter, Tempo


def score(
    *parts: Part,
    bars: tuple[int, ...] = (0, 1920, 3840),
    meter: Meter = Meter(4, 4),  # noqa: B008 - a frozen value
    key: Key = Key(0, "major"),  # noqa: B008 - a frozen value
) -> Score:
    """A score of these parts, with one section and a chord to each bar."""
    chords = tuple(
        Chord(low, high - low, 9, (0, 3, 7), 0, "Am/C", "vi") for low, high in pairwise(bars)
    )
    return Score(
        "A small score", key, meter, Tempo(500_000), Fraction(5), bars,
        (Section("A", 0, bars[-1], 0.5),), chords, parts,
    )  # fmt: skip


def part(name: str, *notes: tuple[int, int, int], role: str = "melody") -> Part:
    """A part of (onset, duration, pitch) notes."""
    return Part(name, role, "piano", 0, tuple(Note(*note) for note in sorted(notes, key=_order)))


def _order(note: tuple[int, int, int]) -> tuple[int, int]:
    return note[0], note[2]


@st.composite
def scores(draw: st.DrawFn, step: int = 60, halved: bool = True) -> Score:
    """Scores whose notes lie on a grid, in bars of a drawn meter, some of them half if `halved`.

    No pitch of a part is struck while it is held, since neither format tells such notes apart.
    """
    meter = draw(st.sampled_from([Meter(4, 4), Meter(3, 4), Meter(6, 8), Meter(2, 2)]))
    halves = draw(st.lists(st.booleans(), min_size=1, max_size=4))
    bars = [0]
    for half in halves:
        bars.append(bars[-1] + meter.bar_ticks // (2 if half and halved else 1))
    key = Key(draw(st.integers(0, 11)), draw(st.sampled_from(sorted(MODES))))
    parts = [
        part(f"part {number}", *draw(_notes(bars[-1], step)))
        for number in range(draw(st.integers(1, 3)))
    ]
    return score(*parts, bars=tuple(bars), meter=meter, key=key)


@st.composite
def _notes(draw: st.DrawFn, end: int, step: int) -> list[tuple[int, int, int]]:
    drawn = draw(
        st.lists(
            st.tuples(st.integers(0, end // step - 1), st.integers(1, 40), st.integers(21, 108)),
            min_size=1,
            max_size=24,
        )
    )
    free: dict[int, int] = {}
    notes = []
    for onset, length, pitch in sorted(drawn):
        start = onset * step
        stop = min(start + length * step, end)
        if start >= free.get(pitch, 0):
            notes.append((start, stop - start, pitch))
            free[pitch] = stop
    return notes
