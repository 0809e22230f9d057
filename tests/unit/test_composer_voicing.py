"""Voice leading: what the solver promises of any progression."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from clearcue.composer.numerals import chord, parse_numeral
from clearcue.composer.voicing import is_parallel, solve, strings_of
from clearcue.music.pitch import Key
from clearcue.music.time import Swing

NUMERALS = (
    "I",
    "ii7",
    "iii",
    "IV",
    "IVmaj7",
    "V",
    "V7",
    "vi",
    "vi7",
    "bVII",
    "ii",
    "V7/vi",
    "Vsus4",
)
numerals = st.lists(st.sampled_from(NUMERALS), min_size=2, max_size=10)


def tones(names, tonic=0):
    """What the solver is told of some chords of a major key."""
    made = [chord(parse_numeral(name), Key(tonic, "major"), 0, 480) for name in names]
    return [(each.pitch_classes, each.bass) for each in made]


@given(names=numerals, tonic=st.integers(0, 11), low=st.integers(48, 56))
def test_layouts_hold_their_chords_in_the_register(names, tonic, low):
    """Every layout lies in the register, ascends without unisons, and holds nothing foreign."""
    asked = tones(names, tonic)
    for (classes, _), layout in zip(asked, solve(asked, low, low + 22, 4), strict=True):
        assert list(layout) == sorted(set(layout))
        assert low <= layout[0] <= layout[-1] <= low + 22
        assert {pitch % 12 for pitch in layout} <= set(classes)
        assert len({pitch % 12 for pitch in layout}) == len(set(classes))


@given(names=numerals, tonic=st.integers(0, 11))
def test_outer_voices_never_go_in_parallel_where_another_way_is(names, tonic):
    """No fifths or octaves in parallel between the lowest and the highest voice."""
    asked = tones(names, tonic)
    layouts = solve(asked, 50, 74, 4)
    for before, after in pairwise(layouts):
        assert not is_parallel(before[0], after[0], before[-1], after[-1])


@given(names=numerals, tonic=st.integers(0, 11))
def test_voices_move_by_steps_on_the_whole(names, tonic):
    """On average a voice moves no further than a major third from chord to chord."""
    layouts = [each for each in solve(tones(names, tonic), 50, 74, 4) if len(each) == 4]
    moves = [
        abs(new - old)
        for before, after in pairwise(layouts)
        for old, new in zip(before, after, strict=True)
    ]
    assert not moves or sum(moves) <= 4 * len(moves)


def test_the_whole_progression_is_solved_not_each_step():
    """The way found costs no more than the greedy way from the same start."""
    asked = tones(("I", "vi7", "ii7", "V7", "I", "IV", "V", "I"))
    solved = solve(asked, 50, 74, 4)
    greedy = [solve(asked[:1], 50, 74, 4)[0]]
    for step in asked[1:]:
        middle = sum(greedy[-1]) // len(greedy[-1])
        greedy.append(solve([step], 50, 74, 4, middle)[0])

    def moved(layouts):
        return sum(abs(a[-1] - b[-1]) for a, b in pairwise(layouts))

    assert moved(solved) <= moved(greedy)


def test_a_strummed_chord_stands_on_its_root_or_fifth():
    """Five or six strings from a tone that a guitar would put lowest, wider apart low down."""
    for classes, bass in tones(NUMERALS):
        strung = strings_of(classes, bass, 43, 76)
        assert len(strung) >= 4
        assert strung[0] % 12 in {classes[0], bass, (classes[0] + 7) % 12}
        assert all(upper - lower >= 3 for lower, upper in pairwise(strung))


@given(tick=st.integers(0, 20_000), first=st.integers(50, 75), unit=st.sampled_from((120, 240)))
def test_swing_delays_within_its_pair(tick, first, unit):
    """Pairs stay where they are, order is kept, and the second of a pair comes late."""
    swing = Swing(first, 100 - first, unit)
    assert swing.played(tick // (2 * unit) * 2 * unit) == tick // (2 * unit) * 2 * unit
    assert swing.played(tick) <= swing.played(tick + 1)
    assert swing.played(unit) == 2 * unit * first // 100
