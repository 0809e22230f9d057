"""What a person gives: read, set in its key, stated note for note, and named as its source."""

from dataclasses import replace
from fractions import Fraction
from functools import partial

import pytest
from small_corpus import small_model

from clearcue.composer.brief import Brief
from clearcue.composer.compose import Composition, compose
from clearcue.composer.errors import BriefError, CompositionError
from clearcue.composer.given import (
    NOTHING,
    Given,
    GivenLine,
    absolute_numeral,
    bass_of,
    motif_of,
    parse_chords,
)
from clearcue.composer.setting import triad_on
from clearcue.composer.wishes import KeyWish
from clearcue.music.lineage import CHORDS, RuleSource
from clearcue.music.pitch import Key
from clearcue.music.score import Note, Part
from clearcue.music.time import Meter
from clearcue.music.work import Bar, Line, ParsedWork

draw = partial(compose, candidates=3)
"""Candidates: the critic's choice among many is not what is tried here."""
BRIEF = Brief("uplifting", "ad", Fraction(30), "corporate-pop")
TUNE = ((0, 4, 72), (4, 2, 71), (6, 2, 69), (8, 6, 67), (16, 4, 69), (20, 4, 65), (24, 8, 64))
WALK = ((0, 4, 36), (4, 4, 36), (8, 8, 43), (16, 8, 45), (24, 8, 41))


def composed(brief: Brief, seed: int, attempt: int = 0, given: Given = NOTHING) -> Composition:
    """The best of a few candidates."""
    return compose(small_model(), brief, seed, attempt, given, candidates=4)


def source(what: str) -> RuleSource:
    """Somebody's file."""
    return RuleSource(f"given.{what}", f"{what}.mid", "sha256:" + "ab" * 32, "Jane Doe", "own work")


MOTIF = GivenLine(TUNE, 2, source("motif"))
BASS = GivenLine(WALK, 2, source("bass"))
CHORDS_GIVEN = parse_chords("C | Am F | G", source("chords"))


def work(
    *notes: tuple[int, int, int], meter: tuple[int, int] = (4, 4), pickup: int = 0
) -> ParsedWork:
    """A file of one voice, notes in ticks, in bars of a meter after a pickup of so many ticks."""
    signature = Meter(*meter)
    bars = [Bar(0, 0, signature)] if pickup else []
    end = max(onset + length for onset, length, _ in notes)
    onset = pickup
    while onset < end:
        bars.append(Bar(len(bars) + (0 if pickup else 1), onset, signature))
        onset += signature.bar_ticks
    return ParsedWork("m", "m", (Line("1", tuple(Note(*note) for note in notes)),), tuple(bars), ())


def part_of(piece: Composition, role: str) -> Part:
    """The part of that role."""
    return next(part for part in piece.score.parts if part.role == role)


def heard(part: Part, first_bar: int, bars: int) -> list[tuple[int, int, int]]:
    """The notes of some bars, in sixteenths from the first."""
    start = first_bar * 1920
    return [
        ((note.onset_ticks - start) // 120, note.duration_ticks // 120, note.pitch)
        for note in part.notes
        if start <= note.onset_ticks < start + bars * 1920
    ]


def moved(notes: list[tuple[int, int, int]], by: int) -> list[tuple[int, int, int]]:
    """The notes transposed."""
    return [(onset, length, pitch + by) for onset, length, pitch in notes]


@pytest.mark.parametrize("seed", range(6))
def test_a_motif_is_stated_note_for_note(seed):
    """Theme A opens with the motif, in its own key, perhaps octaves away, and with its source."""
    piece = draw(small_model(), BRIEF, seed, 0, Given(MOTIF))
    assert piece.score.key.name == "C major"
    melody = part_of(piece, "melody")
    start = next(
        bar
        for bar, onset in enumerate(piece.score.bars)
        for section in piece.score.sections
        if section.onset_ticks == onset and section.name != "intro"
    )
    found = heard(melody, start, 2)
    shift = found[0][2] - TUNE[0][2]
    assert shift % 12 == 0
    assert found == moved(list(TUNE), shift)
    events = piece.lineage.events["melody"]
    of_motif = [
        shares for note, shares in zip(melody.notes, events, strict=True)
        if start * 1920 <= note.onset_ticks < (start + 2) * 1920
    ]  # fmt: skip
    assert all(shares == ((MOTIF.source, Fraction(1)),) for shares in of_motif)


def test_a_motif_is_developed():
    """Its rhythm comes back in other bars on other notes, and those bars name it as a source."""
    piece = draw(small_model(), replace(BRIEF, seconds=Fraction(60)), 3, 0, Given(MOTIF))
    melody = part_of(piece, "melody")
    first = [(onset, length) for onset, length, _ in TUNE if onset < 16]
    bars = [heard(melody, bar, 1) for bar in range(len(piece.score.bars) - 1)]
    same = [bar for bar in bars if [(o, n) for o, n, _ in bar] == first]
    assert len(same) >= 3
    assert len({tuple(pitch for _, _, pitch in bar) for bar in same}) >= 2
    named = [
        shares for shares in piece.lineage.events["melody"]
        if any(one == MOTIF.source for one, _ in shares)
    ]  # fmt: skip
    assert len(named) > 2 * len(TUNE)


def test_a_wished_key_moves_the_motif():
    """A wished tonic transposes what is given by the shortest way."""
    piece = draw(small_model(), replace(BRIEF, key=KeyWish(9)), 3, 0, Given(MOTIF))
    assert piece.score.key.name == "A major"
    first = heard(part_of(piece, "melody"), 0, 2)
    assert first == moved(list(TUNE), first[0][2] - TUNE[0][2])
    assert (first[0][2] - TUNE[0][2]) % 12 == 9


def test_an_upbeat_leads_into_the_statement():
    """Notes before the first full bar stand before a statement that has a bar before it."""
    upbeat = GivenLine(((-2, 2, 67), *TUNE), 2, source("motif"))
    piece = draw(small_model(), replace(BRIEF, seconds=Fraction(60)), 3, 0, Given(upbeat))
    melody = part_of(piece, "melody")
    starts = [
        bar for bar in range(1, len(piece.score.bars) - 3)
        if [n[:2] for n in heard(melody, bar, 2)] == [n[:2] for n in TUNE]
        and heard(melody, bar, 2)[0][2] % 12 == 0
    ]  # fmt: skip
    assert starts
    assert any(heard(melody, bar - 1, 1)[-1][::2] == (14, heard(melody, bar, 1)[0][2] - 5)
               for bar in starts)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("C Am F G", ["I", "vi", "IV", "V"]),
        ("I vi7 IV V", ["I", "vi7", "IV", "V"]),
        ("C | Am F | G7", ["I", "vi", "IV", "V7"]),
        ("C, Bb, F/", None),
        ("C vi F", None),
        ("C | Am F G | G", None),
        ("", None),
        ("C " * 13, None),
    ],
)
def test_chords_are_read(text, expected):
    """Named chords or numerals, one or two a bar; anything else is refused in plain words."""
    if expected is None:
        with pytest.raises(BriefError, match="chord"):
            parse_chords(text, source("chords"))
    else:
        numerals = parse_chords(text, source("chords")).numerals(0)
        assert [numeral.text for bar in numerals for numeral in bar] == expected


def test_named_chords_mean_what_they_say():
    """A symbol's tones are the numeral's over any tonic."""
    assert absolute_numeral("Bbmaj7", 0).text == "bVIImaj7"
    assert absolute_numeral("F#m", 2).text == "iii"
    assert absolute_numeral("Bdim", 0).intervals == (0, 3, 6)


@pytest.mark.parametrize("seed", range(4))
def test_given_chords_carry_the_piece(seed):
    """Every bar but the closing ones has the given chord, with its source."""
    piece = draw(small_model(), BRIEF, seed, 0, Given(chords=CHORDS_GIVEN))
    assert piece.score.key.name == "C major"
    closing = piece.score.bars[-3]
    for chord, shares in zip(piece.score.chords, piece.lineage.events[CHORDS], strict=True):
        if chord.onset_ticks < closing:
            assert chord.symbol in ("C", "Am", "F", "G")
            assert shares == ((CHORDS_GIVEN.source, Fraction(1)),)


@pytest.mark.parametrize("seed", range(4))
def test_a_given_bass_is_played_and_harmonised(seed):
    """Where the bass plays it plays the given line; the chords stand on its notes."""
    piece = draw(small_model(), BRIEF, seed, 0, Given(bass=BASS))
    bass = part_of(piece, "bass")
    theme = next(section for section in piece.score.sections if section.name != "intro")
    bar = piece.score.bars.index(theme.onset_ticks)
    found = heard(bass, bar, 2)
    assert found == moved(list(WALK), found[0][2] - WALK[0][2])
    inside = [chord for chord in piece.score.chords if chord.onset_ticks >= theme.onset_ticks]
    assert [chord.symbol for chord in inside[:4]] == ["C", "G", "Am", "F"]


def test_all_that_is_given_goes_together():
    """Motif, chords and bass at once: each is there, and the lineage names all three."""
    piece = draw(small_model(), BRIEF, 5, 0, Given(MOTIF, CHORDS_GIVEN, BASS))
    sources = {one for one in piece.lineage.sources() if isinstance(one, RuleSource)}
    assert {MOTIF.source, CHORDS_GIVEN.source, BASS.source} <= sources


def test_the_same_gift_gives_the_same_piece():
    """Determinism holds with what is given; without it, the piece is the one it was."""
    given = Given(MOTIF, CHORDS_GIVEN)
    assert draw(small_model(), BRIEF, 3, 0, given) == draw(small_model(), BRIEF, 3, 0, given)
    assert draw(small_model(), BRIEF, 3, 0, given) != draw(small_model(), BRIEF, 3)


def test_a_triad_is_the_scales_own():
    """On each degree the scale's triad; a major one on a note that it lacks."""
    c_major = Key(0, "major")
    assert [triad_on(pitch, c_major).text for pitch in (0, 2, 11, 10)] == [
        "I",
        "ii",
        "viio",
        "bVII",
    ]
    assert triad_on(3, Key(0, "minor")).text == "bIII"


def test_reads_a_motif_from_a_file():
    """Leading rests go, an upbeat stays before its bar, a tail does not make a bar."""
    late = work((1920, 480, 60), (2400, 480, 62), (2880, 1000, 64))
    assert motif_of(late, source("motif")).notes == ((0, 4, 60), (4, 4, 62), (8, 8, 64))
    up = work((0, 240, 67), (240, 480, 72), (720, 480, 71), (1200, 960, 69), pickup=240)
    assert motif_of(up, source("motif")).notes[0] == (-2, 2, 67)
    assert motif_of(up, source("motif")).bars == 1
    chord = work((0, 480, 60), (0, 480, 64), (480, 480, 62), (960, 480, 60))
    assert [note[2] for note in motif_of(chord, source("motif")).notes] == [64, 62, 60]
    assert [note[2] for note in bass_of(chord, source("bass")).notes] == [60, 62, 60]


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        (work((0, 480, 60), (480, 480, 62)), "3 notes"),
        (work((0, 480, 60), (480, 480, 62), (960, 480, 64), meter=(3, 4)), "4/4"),
        (work(*((1920 * n, 480, 60) for n in range(6))), "6 bars"),
        (work((0, 480, 40), (480, 480, 62), (960, 480, 80)), "40 semitones"),
    ],
)
def test_refuses_what_is_no_motif(given, hint):
    """The message says what would do."""
    with pytest.raises(BriefError, match=hint):
        motif_of(given, source("motif"))


def test_a_motif_that_no_octave_of_the_instrument_holds_is_refused():
    """The message says what does not fit where."""
    wide = GivenLine(((0, 4, 47), (4, 4, 71), (8, 8, 59)), 1, source("motif"))
    with pytest.raises(CompositionError, match="fits no octave of the melody"):
        draw(small_model(), BRIEF, 1, 0, Given(wide))
