"""Properties of every style in every mood."""

from fractions import Fraction
from functools import partial

import pytest
from small_corpus import small_model

from clearcue.composer.brief import Brief
from clearcue.composer.catalogue import catalogue
from clearcue.composer.compose import Composition, compose
from clearcue.composer.style import tempo_range
from clearcue.data.instruments import instruments

MOODS = sorted(catalogue().moods)
STYLES = sorted(catalogue().styles)
USAGES = sorted(
    name
    for name, usage in catalogue().usages.items()
    if any(section.theme != "-" for section in usage.form)
)
"""The usages whose form has a tune."""
draw = partial(compose, candidates=3)


def made(style: str) -> list[Composition]:
    """A style's pieces: one for each mood, usages in turn."""
    return [
        draw(small_model(), Brief(mood, USAGES[at % len(USAGES)], Fraction(15), style), 3 + at)
        for at, mood in enumerate(MOODS)
    ]


@pytest.mark.parametrize("style", STYLES)
def test_a_style_composes_in_every_mood(style):
    """Every mood gives a playable piece of the style's swing, near its tempo, like no other."""
    entries = catalogue()
    pieces = made(style)
    for mood, piece in zip(MOODS, pieces, strict=True):
        score = piece.score
        assert piece.style == style
        assert score.swing == entries.styles[style].swing
        low, high = tempo_range(entries.moods[mood], entries.styles[style])
        assert low - 10 <= score.tempo.bpm <= high + 10  # a short loop has few whole bars
        assert len(score.parts) >= 2
        for part in score.parts:
            instrument = instruments()[part.instrument]
            assert all(instrument.low <= note.pitch <= instrument.high for note in part.notes)
    tunes = {tuple(note.pitch for note in piece.score.part("melody").notes) for piece in pieces}
    assert len(tunes) == len(MOODS)


def onsets(piece: Composition) -> set[tuple[str, int, int]]:
    """What a piece plays where: instrument, place in four bars, and tone above its tonic."""
    return {
        (part.instrument, note.onset_ticks % 7680, (note.pitch - piece.score.key.tonic) % 12)
        for part in piece.score.parts
        for note in part.notes
    }


def test_styles_differ_from_one_another():
    """Two styles of one mood and seed share less than half of what they play where."""
    brief = [Brief("uplifting", "ad", Fraction(30), style) for style in STYLES]
    played = {one.style: onsets(draw(small_model(), one, 7)) for one in brief}
    for number, style in enumerate(STYLES):
        for other in STYLES[number + 1 :]:
            both, either = played[style] & played[other], played[style] | played[other]
            assert len(both) < len(either) / 2, (style, other)


def test_a_style_is_not_one_track():
    """Two pieces of one style, mood and length share less than half of it."""
    for style in STYLES:
        first, second = (
            onsets(draw(small_model(), Brief("hopeful", "ad", Fraction(30), style), seed))
            for seed in (1, 2)
        )
        assert len(first & second) < len(first | second) / 2, style


def test_more_energy_is_more_to_hear():
    """In most styles the loudest section has more notes a bar than the quietest."""
    busier = 0
    for style in STYLES:
        score = draw(small_model(), Brief("uplifting", "ad", Fraction(30), style), 5).score
        ranked = sorted(score.sections, key=lambda section: section.energy)
        counts = [
            sum(
                section.onset_ticks <= note.onset_ticks < section.end_ticks
                for part in score.parts
                for note in part.notes
            )
            * 1920
            // section.duration_ticks
            for section in (ranked[0], ranked[-1])
        ]
        busier += counts[0] < counts[1]
    assert busier >= len(STYLES) - 3
