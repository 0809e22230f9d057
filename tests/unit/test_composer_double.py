"""The double of a tune keeps its octave through a phrase."""

from fractions import Fraction

import pytest
from small_corpus import small_model

from clearcue.composer.brief import Brief
from clearcue.composer.compose import compose


@pytest.mark.parametrize("seed", [3, 7, 11])
def test_a_double_keeps_its_octave_for_a_phrase(seed):
    """Within four bars of a section every doubled note lies as many octaves from the tune."""
    brief = Brief("uplifting", "ad", Fraction(20), "corporate-pop")
    piece = compose(small_model(), brief, seed, candidates=3)
    doubles = [part for part in piece.score.parts if part.name == "melody double"]
    if not doubles:
        pytest.skip("this piece has no double")
    tune = {note.onset_ticks: note.pitch for note in piece.score.part("melody").notes}
    plan = piece.layout.plan
    shifts: dict[tuple[int, int], set[int]] = {}
    for note in doubles[0].notes:
        bar = max(n for n, onset in enumerate(plan.bars[:-1]) if onset <= note.onset_ticks)
        section = plan.section_at(bar)
        phrase = min(bar - section.first_bar, section.bars - 1) // 4
        shift = note.pitch - tune[note.onset_ticks]
        shifts.setdefault((section.first_bar, phrase), set()).add(shift)
    assert shifts
    assert all(len(found) == 1 and next(iter(found)) % 12 == 0 for found in shifts.values())
