"""Runs of notes that a line shares with a work: what counts, how it is found, and how avoided."""

import pytest

from clearcue.composer.limit import Apart, limit_of
from clearcue.composer.runs import ComposedLine, Runs, voices_of
from clearcue.composer.style import Layer, RuleFile
from clearcue.music.lineage import RuleSource
from clearcue.music.score import Note
from clearcue.music.time import Meter
from clearcue.music.work import Bar, Line, ParsedWork

RULE = RuleSource("shared_runs", "style.toml", "1", "author", "Apache-2.0")
GIVEN = RuleSource("motif", "tune.mid", "1", "a person", "their own")
TUNE = (
    (0, 60), (480, 62), (960, 64), (1440, 65), (1680, 67), (1920, 65), (2400, 62), (2880, 71),
    (3360, 72), (3840, 60), (4320, 67), (4560, 66), (4800, 64), (5280, 62), (5760, 60),
)  # fmt: skip


def runs() -> Runs:
    """Of one work, which has `TUNE` alone."""
    notes = tuple(Note(onset, 240, pitch) for onset, pitch in TUNE)
    work = ParsedWork("w", "w", (Line("v", notes),), (Bar(1, 0, Meter(4, 4)),), ())
    return Runs(voices_of([work]))


def line(notes, given=()):
    """A line of (onset, pitch)."""
    onsets, pitches = zip(*notes, strict=True)
    return ComposedLine(onsets, pitches, [place not in given for place in range(len(notes))])


def layer(role: str) -> Layer:
    """A layer of a role; nothing else of it is read."""
    file = RuleFile("styles/one.toml", "1", "Clearcue", "Apache-2.0")
    return Layer(
        "part", "comp", role, ("piano",), file, 0, 100, 0, 127, 80, 100, ("x-------",), (), (), ()
    )


@pytest.mark.parametrize("shift", [-7, 0, 5])
@pytest.mark.parametrize(("times", "over"), [(1, 1), (2, 1), (1, 2), (3, 4)])
def test_a_transposed_or_stretched_quotation_is_found_whole(shift, times, over):
    """Transposition and another speed do not hide a run; its first and last notes are told."""
    moved = [(onset * times // over, pitch + shift) for onset, pitch in TUNE[2:9]]
    found = runs().longest(line([(0, 20), *[(t + 77, p) for t, p in moved]]))
    assert (found.notes, found.last, found.work) == (7, 7, 0)


def test_another_rhythm_or_interval_is_another_run():
    """One changed onset or pitch cuts a run there."""
    late = [(onset + 60 * (place == 4), pitch) for place, (onset, pitch) in enumerate(TUNE[:9])]
    high = [(onset, pitch + (place == 4)) for place, (onset, pitch) in enumerate(TUNE[:9])]
    assert runs().longest(line(late)).notes < 6
    assert runs().longest(line(high)).notes < 6
    assert runs().longest(line(TUNE[:9])).notes == 9


def test_what_a_person_gave_is_not_counted_but_what_runs_into_it_is():
    """A run of given notes alone is exempt; one composed note beside them makes it count."""
    assert runs().longest(line(TUNE[:9], given=range(9))) is None
    assert runs().longest(line(TUNE[:9], given=range(8))).notes == 9


@pytest.mark.parametrize("role", ["melody", "counter", "bass", "harmony"])
def test_a_part_that_quotes_is_broken_up(role):
    """A quotation of fifteen notes is left with no run beyond its limit, its first note kept."""
    notes = [(Note(onset, 240, pitch), ((RULE, 1),)) for onset, pitch in TUNE]
    kept = Apart(runs(), RULE).kept(layer(role), notes)
    found = runs().longest(line([(note.onset_ticks, note.pitch) for note, _ in kept]))
    assert found.notes <= limit_of(role)
    assert kept[0][0].onset_ticks == 0
    assert len(kept) == len(notes) - 1


def test_a_given_quotation_is_left_as_it_is():
    """What a person gave stays note for note."""
    notes = [(Note(onset, 240, pitch), ((GIVEN, 1),)) for onset, pitch in TUNE]
    assert Apart(runs(), RULE, (GIVEN,)).kept(layer("melody"), notes) == notes
