"""Working on a piece again: what is locked stays, a variation lies where it was asked to lie."""

from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import pairwise

import pytest
from small_corpus import small_model

from clearcue.composer import reworking
from clearcue.composer.brief import Brief
from clearcue.composer.compose import Composition, compose
from clearcue.composer.errors import BriefError
from clearcue.composer.reworking import distance, kept_of, sourced_notes
from clearcue.music.lineage import CHORDS
from clearcue.music.score import Section

FEW = 4
BRIEF = Brief("uplifting", "ad", Fraction(30), "corporate-pop")


@cache
def base() -> Composition:
    """The piece that is worked on."""
    return compose(small_model(), BRIEF, 3, candidates=FEW)


def relocked(seed: int, attempt: int, locks: list[str]) -> Composition:
    """The piece composed again."""
    return reworking.relocked(small_model(), base(), BRIEF, seed, attempt, locks, FEW)


@cache
def varied(percent: int) -> reworking.Varied:
    """A variation of the piece."""
    return reworking.varied(small_model(), base(), BRIEF, 11, 0, percent, FEW)


def section_named(piece: Composition, name: str) -> Section:
    """A section of a piece."""
    return next(section for section in piece.score.sections if section.name == name)


@pytest.mark.parametrize("lock", ["melody", "bass", "drums"])
def test_a_locked_part_stays_and_the_rest_does_not(lock):
    """The part's notes, sources and instrument are the base's; other parts are written again."""
    made = relocked(11, 0, [lock])
    assert made.score.part(lock) == base().score.part(lock)
    assert made.lineage.events[lock] == base().lineage.events[lock]
    assert (made.score.bars, made.score.key, made.score.tempo) == (
        base().score.bars, base().score.key, base().score.tempo
    )  # fmt: skip
    before, after = sourced_notes(base()), sourced_notes(made)
    assert [name for name in before if name != lock and before[name] != after.get(name)]
    same_chords = made.score.chords == base().score.chords
    assert same_chords == (lock != "drums")


def test_locked_chords_stay_under_a_new_tune():
    """The harmony is the base's, with its sources; the melody is another."""
    made = relocked(11, 0, ["chords"])
    assert made.score.chords == base().score.chords
    assert made.lineage.events[CHORDS] == base().lineage.events[CHORDS]
    assert made.score.part("melody") != base().score.part("melody")


def test_a_locked_section_stays_in_every_part():
    """Inside the section every note and chord is the base's; outside, the tune is another."""
    name = base().score.sections[0].name
    made = relocked(11, 0, [f"section:{name}"])
    section = section_named(made, name)

    def inside(piece: Composition, part: str) -> list[tuple[int, int]]:
        notes = dict(sourced_notes(piece)).get(part, ())
        return [
            (note.onset_ticks, note.pitch)
            for note, _ in notes
            if section.onset_ticks <= note.onset_ticks < section.end_ticks
        ]

    for part in base().score.parts:
        assert inside(made, part.name) == inside(base(), part.name)
    assert [c for c in made.score.chords if c.end_ticks <= section.end_ticks] == [
        c for c in base().score.chords if c.end_ticks <= section.end_ticks
    ]
    assert made.score.part("melody") != base().score.part("melody")


def test_working_on_a_piece_again_gives_the_same_again():
    """Seed and locks decide; another seed is another piece."""
    first, again = (relocked(11, 0, ["melody"]) for _ in range(2))
    other = relocked(12, 0, ["melody"])
    assert first == again
    assert first.score.parts != other.score.parts


@pytest.mark.parametrize(
    ("locks", "hint"),
    [
        (["flute-of-gold"], "this track has melody"),
        (["section:nowhere"], "section:"),
        (["section:hook", "section:build", "section:payoff"], "everything"),
    ],
)
def test_a_lock_on_nothing_is_refused(locks, hint):
    """The message names what there is to lock."""
    with pytest.raises(BriefError, match=hint):
        kept_of(base(), locks)


@pytest.mark.parametrize("percent", [0, 10, 25, 40, 60, 80, 100])
def test_a_variation_lies_where_it_was_asked_to(percent):
    """Measured by the named distance it is within twelve percent, the ends as far as they go."""
    made = varied(percent)
    assert made.distance == distance(base().score, made.piece.score)
    farthest = varied(100).distance
    assert abs(made.distance - min(percent, farthest)) <= 12
    assert (made.distance == 0) == (percent == 0)


def test_every_note_of_a_variation_has_its_sources():
    """Whatever it is mixed from, the lineage follows the notes, and chords do not overlap."""
    made = varied(60).piece
    for part in made.score.parts:
        assert len(made.lineage.events[part.name]) == len(part.notes)
    chords = made.score.chords
    assert all(a.end_ticks <= b.onset_ticks for a, b in pairwise(chords))
    assert len(made.lineage.events[CHORDS]) == len(chords)


def test_the_distance_is_one():
    """Nothing from itself, the same both ways, and all of it from what shares no note."""
    other = compose(small_model(), BRIEF, 8, candidates=FEW)
    assert distance(base().score, base().score) == 0
    assert distance(base().score, other.score) == distance(other.score, base().score) > 40
    bare = replace(base().score, chords=base().score.chords[:1], parts=base().score.parts[:1])
    silent = replace(bare, parts=(replace(bare.parts[0], notes=()),))
    assert distance(bare, silent) == 67
