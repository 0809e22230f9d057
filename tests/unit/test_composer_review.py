"""The critic against scores that are wrong on purpose, and against values worked out by hand."""

from dataclasses import replace
from fractions import Fraction

import pytest

from clearcue.composer.numerals import chord, parse_numeral
from clearcue.composer.review import clash, ending, mood, numbers, playing, structure, tension, tune
from clearcue.composer.review.judgement import MEASURES, review
from clearcue.composer.review.reading import Asked, Line, Reading
from clearcue.music.pitch import Key
from clearcue.music.score import Note, Part, Score, Section
from clearcue.music.time import Meter, Tempo

BAR, BEAT = 1920, 480
BARS = 8
C_MAJOR = Key(0, "major")


def made(*parts: Part, bars: int = BARS, key: Key = C_MAJOR, bpm: int = 120) -> Score:
    """A score of tonic bars whose last downbeat lies a second before the end."""
    tempo = Tempo(60_000_000 // bpm)
    grid = tuple(BAR * bar for bar in range(bars + 1))
    tonic = parse_numeral("I")
    return Score(
        "made", key, Meter(4, 4), tempo, tempo.seconds_at(grid[-2]) + 1, grid,
        (Section("A", 0, grid[-1], 0.5),),
        tuple(chord(tonic, key, onset, BAR) for onset in grid[:-1]), parts,
    )  # fmt: skip


def part(role: str, instrument: str, *notes: tuple[int, int, int]) -> Part:
    """A part of (onset, duration, pitch) in ticks."""
    ordered = sorted(notes, key=lambda note: (note[0], note[2]))
    return Part(role, role, instrument, 0, tuple(Note(*note) for note in ordered))


def tune_of(*bars: tuple[int, ...]) -> Part:
    """A tune of quarter notes, four pitches to each bar, and C5 on the last downbeat."""
    notes = [
        (BAR * bar + BEAT * beat, BEAT, pitch)
        for bar, pitches in enumerate(bars)
        for beat, pitch in enumerate(pitches)
    ]
    return part("melody", "piano", *notes, (BAR * (BARS - 1), BEAT, 72))


def reading(*parts: Part, asked: Asked = Asked(), **given: object) -> Reading:  # noqa: B008
    """A made score, read."""
    return Reading(made(*parts, **given), asked)  # type: ignore[arg-type]  # the given are made's


def test_logarithms_and_entropies_are_those_of_a_table():
    """Powers of two are exact, log2(10) is 3.3219; even counts give whole bits."""
    assert [numbers.log2_fixed(n) for n in (1, 2, 8)] == [0, 1 << 16, 3 << 16]
    assert numbers.log2_fixed(10) * 10_000 >> 16 == 33219
    assert numbers.entropy_millibits([1, 1, 1, 1, 0]) == 2000
    assert numbers.entropy_millibits([2, 1, 1]) == 1500
    assert numbers.entropy_millibits([7]) == 0


def test_ranks_correlate_as_by_hand():
    """The same order gives 1, the reverse -1, one exchange among four 0.8, no variation nothing."""
    assert numbers.rank_correlation([1, 5, 9, 20], [2, 3, 4, 5]) == 1000
    assert numbers.rank_correlation([1, 5, 9, 20], [5, 4, 3, 2]) == -1000
    assert numbers.rank_correlation([1, 2, 3, 4], [1, 2, 4, 3]) == 800
    assert numbers.rank_correlation([1, 2, 3], [4, 4, 4]) is None


@pytest.mark.parametrize(
    ("numeral", "distance"), [("I", 0), ("V", 5), ("IV", 5), ("vi", 7), ("iii", 7), ("ii", 8)]
)
def test_distances_are_lerdahl_s(numeral, distance):
    """The chord distances within a major key are those printed in "Tonal Pitch Space"."""
    key = Key(7, "major")
    assert tension.tension(chord(parse_numeral(numeral), key, 0, BAR), key) == distance


def test_inversions_and_borrowed_chords_are_further_from_home():
    """An inverted tonic is not at rest, and an altered chord lies outside the key."""
    key = Key(0, "major")
    at_rest = chord(parse_numeral("I"), key, 0, BAR)
    assert tension.tension(replace(at_rest, bass=4), key) == 2
    dominant, altered = (chord(parse_numeral(text), key, 0, BAR) for text in ("V", "bII"))
    assert tension.tension(altered, key) > 2 * tension.tension(dominant, key)


def test_a_tune_is_measured_as_by_hand():
    """Four quarters C D E C: steps two of three, entropy 1.5 bit, a third as compass."""
    line = Line((0, BAR, 2 * BAR), tune_of((60, 62, 64, 60)).notes[:4])
    assert tune.steps(line) == 666
    assert tune.class_entropy(line, 1) == 1500
    assert tune.compass(line) == 4
    assert tune.hard_leaps(line) == tune.wide_leaps(line) == 0


def test_a_semitone_that_is_held_is_heard_and_one_that_passes_is_not():
    """A pad's B under a held C is a clash; an eighth, or a major seventh, is none."""
    sung = part("melody", "piano", (0, BAR, 72))
    low = part("pad", "strings", (0, BAR, 59))
    assert clash.clashes(reading(sung, low))[0] == 1000
    brief = part("pad", "strings", (0, 240, 59))
    assert clash.clashes(reading(sung, brief))[0] == 0
    seventh = part("pad", "strings", (0, BAR, 61))
    assert clash.clashes(reading(sung, seventh))[0] == 0


def test_what_no_hand_reaches_is_unplayable():
    """Three places two octaves apart need three hands; seven strings are not on a guitar."""
    wide = part("harmony", "piano", (0, BAR, 40), (0, BAR, 64), (0, BAR, 88))
    near = part("harmony", "piano", (0, BAR, 40), (0, BAR, 52), (0, BAR, 88))
    assert (playing.unplayable(reading(wide)), playing.unplayable(reading(near))) == (1000, 0)
    strum = [(0, BAR, pitch) for pitch in (40, 45, 50, 55, 59, 64, 67)]
    assert playing.unplayable(reading(part("harmony", "acoustic_guitar", *strum))) == 1000
    assert playing.unplayable(reading(part("harmony", "acoustic_guitar", *strum[:6]))) == 0


def test_a_horn_cannot_run_in_thirty_seconds_but_a_synth_can():
    """Sixteenths at 180 beats a minute are twelve a second: more than lips do."""
    runs = [(120 * n, 120, 60 + n % 5) for n in range(32)]
    assert playing.unplayable(reading(part("counter", "horn", *runs), bpm=180)) > 500
    assert playing.unplayable(reading(part("arpeggio", "arp", *runs), bpm=180)) == 0
    assert playing.unplayable(reading(part("counter", "horn", *runs), bpm=90)) == 0


def test_a_hook_that_comes_back_on_another_step_is_known_again():
    """The opening two bars a tone higher are a return; seven other bars are none."""
    hook = ((60, 64, 62, 67), (65, 64, 60, 60))
    fill = ((60, 55, 60, 72), (71, 60, 62, 50))
    higher = tuple(tuple(pitch + 2 for pitch in bar) for bar in hook)
    again = reading(tune_of(*hook, *fill, *higher, (64, 50, 64, 50)), bars=BARS)
    other = ((60, 72, 48, 71), (48, 72, 49, 73), (50, 70, 40, 66))
    astray = reading(tune_of(*hook, *fill, *other), bars=BARS)
    longer = replace(again.score, bars=tuple(BAR * bar for bar in range(10)))
    assert structure.hook_returns(again) is None
    assert structure.returning_bars(again) > structure.returning_bars(astray) == 0
    tail = Note(BAR * 7 + 60, 60, 60)
    notes = tuple(sorted((*again.lead.notes, tail), key=lambda n: (n.onset_ticks, n.pitch)))
    eight = replace(longer, parts=(replace(again.lead, notes=notes),))
    assert structure.hook_returns(Reading(eight, Asked())) == 1000


def test_an_end_that_does_not_land_is_named():
    """A dominant at the end, a bass off the tonic and a late end are faults."""
    bass = part("bass", "electric_bass", (BAR * 7, BEAT, 36))
    good = reading(tune_of((60, 62, 64, 65)), bass)
    assert ending.wrong_end(good) == []
    wrong = replace(
        good.score,
        chords=(*good.score.chords[:-1], chord(parse_numeral("V"), Key(0, "major"), BAR * 7, BAR)),
    )
    assert "tonic" in ending.wrong_end(Reading(wrong, Asked()))[0]
    astray = part("bass", "electric_bass", (BAR * 7, BEAT, 38))
    assert "bass" in ending.wrong_end(reading(tune_of((60, 62, 64, 65)), astray))[0]
    early = replace(good.score, length_seconds=good.score.length_seconds + 2)
    assert "downbeat" in ending.wrong_end(Reading(early, Asked()))[0]


def test_a_moment_that_nothing_meets_is_named():
    """A hit on a beat where a note begins is met; one between two notes is missed."""
    score = made(tune_of((60, 62, 64, 65)))
    assert ending.missed_hits(Reading(score, Asked(hits=(500,)))) == []
    assert "0.75 s" in ending.missed_hits(Reading(score, Asked(hits=(750,))))[0]


def test_mode_and_speed_move_a_score_on_the_plane():
    """Minor lies below major in valence, and 60 beats a minute below 160 in arousal."""
    notes = tune_of(*[(60, 62, 64, 65)] * 6)
    bright = mood.valence(reading(notes))
    minor = made(notes, key=Key(0, "minor"))
    sad = replace(minor, chords=tuple(replace(c, intervals=(0, 3, 7)) for c in minor.chords))
    assert mood.valence(Reading(sad, Asked())) < 0 < bright
    assert mood.arousal(reading(notes, bpm=60)) < mood.arousal(reading(notes, bpm=160))


def test_a_review_weighs_its_findings_and_tells_faults():
    """Points lie between 0 and 1000, a measure inside its range has all; a clash is a fault."""
    score = made(
        tune_of(*[(60, 62, 64, 67)] * 6), part("bass", "electric_bass", (BAR * 7, 480, 36))
    )
    found = review(score, Asked())
    ranges = {measure.name: measure for measure in MEASURES}
    assert 0 < found.points < 1000
    for finding in found.findings:
        measure = ranges[finding.name]
        inside = measure.low <= finding.value <= measure.high
        assert (finding.points == 1000) == inside
    assert found.faults == ()
    pad = part("pad", "strings", *[(BAR * bar, BAR - 1, 59) for bar in range(6)])
    rubbed = replace(score, parts=(*score.parts, pad))
    assert any("clashes" in fault for fault in review(rubbed, Asked()).faults)
    assert review(score, Asked(tune=False)).points != found.points


def test_a_length_is_exact_to_the_fraction():
    """The ring is compared without rounding: exactly 0.7 s is allowed, a hair less is not."""
    score = made(tune_of((60, 62, 64, 65)))
    last = score.tempo.seconds_at(score.bars[-2])
    exact = replace(score, length_seconds=last + Fraction(7, 10))
    short = replace(score, length_seconds=last + Fraction(6999, 10_000))
    assert ending.wrong_end(Reading(exact, Asked())) == []
    assert ending.wrong_end(Reading(short, Asked()))
