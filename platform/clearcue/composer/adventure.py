"""Adventure: how far a piece goes into the rare corners of its mood and its style.

From 0 to 100 percent. At 0 nothing changes. As it grows, the weights of a mood's chords and modes
are levelled and then turned round, so that the rare ones come up; a style gives up its most regular
rhythms first, and dresses more of its chords; accompaniment leaps further.
"""

from dataclasses import replace

from clearcue.composer.patterns import events
from clearcue.composer.style import Layer, Mood, Style

FEWEST = 3
"""Rhythms that a style keeps at the least."""

Weights = tuple[tuple[str, int], ...]


def adventurous_mood(mood: Mood, percent: int) -> Mood:
    """A mood whose rarer chords and modes are likelier."""
    if not percent:
        return mood
    return replace(
        mood,
        modes=levelled(mood.modes, percent),
        palettes={mode: levelled(palette, percent) for mode, palette in mood.palettes.items()},
    )


def levelled(weights: Weights, percent: int) -> Weights:
    """Weights mixed with their mirror image: level at 50 percent, turned round at 100."""
    if not percent:
        return weights
    turned = max(weight for _, weight in weights) + min(weight for _, weight in weights)
    return tuple(
        (name, weight * (100 - percent) + (turned - weight) * percent) for name, weight in weights
    )


def adventurous_style(style: Style, percent: int) -> Style:
    """A style without its most regular rhythms, with more of its chords in colour."""
    if not percent:
        return style
    return replace(
        style,
        melody_cells=_odd(style.melody_cells, percent),
        colour_percent=style.colour_percent + (100 - style.colour_percent) * percent // 200,
        layers=tuple(_odd_layer(layer, percent) for layer in style.layers),
    )


def _odd_layer(layer: Layer, percent: int) -> Layer:
    return replace(layer, patterns=_odd(layer.patterns, percent))


def _odd(patterns: tuple[str, ...], percent: int) -> tuple[str, ...]:
    """Patterns less up to two thirds of the most regular ones, in their own order."""
    ranked = sorted(patterns, key=lambda pattern: (oddness(pattern), pattern))
    dropped = min(len(patterns) * percent // 150, max(len(patterns) - FEWEST, 0))
    left = set(ranked[dropped:])
    return tuple(pattern for pattern in patterns if pattern in left)


def oddness(pattern: str) -> int:
    """How irregular a rhythm is, in percent: the weight of its onsets off the beats."""
    weights = [{0: 0, 2: 1}.get(step % 4, 3) for step, _, _ in events(pattern)]
    return 100 * sum(weights) // (3 * max(len(weights), 1))
