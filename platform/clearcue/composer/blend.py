"""Blends of two styles by weight: one band, with layers, colours and tune from both.

The rhythm section (drums, bass, the hits that mark the form), swing and tempo are the heavier
style's; so is the first of two that weigh the same. Other layers come from both, so many of each as
its weight says, the lighter style's first where the heavier one has nothing of the kind. Chords'
colours, melodic rhythms and the instruments of the tune are pooled by weight. A layer keeps the
file that it is written in as its source; what is pooled names both files.
"""

from dataclasses import replace

from clearcue.composer.style import Colours, Layer, RuleFile, Style
from clearcue.data.instruments import instruments

_RHYTHM_ROLES = ("drums", "bass", "effects")
_PARTS = 5
"""Instruments and colours are pooled in fifths of the whole."""
_OCTAVE = 11


def blended(name: str, shares: tuple[tuple[Style, int], tuple[Style, int]]) -> Style:
    """Two styles with their percents, which sum to 100, as one style of that name."""
    (lead, weight), (other, rest) = sorted(shares, key=lambda share: -share[1])
    return replace(
        lead,
        name=name,
        source=_joined(lead.source, other.source),
        description=f"{weight} % {lead.name}, {rest} % {other.name}",
        aliases=(),
        melody_cells=_taken(lead.melody_cells, other.melody_cells, rest),
        learnt_rhythm_percent=_mean(
            lead.learnt_rhythm_percent, other.learnt_rhythm_percent, weight
        ),
        colour_percent=_mean(lead.colour_percent, other.colour_percent, weight),
        colours=_colours(lead.colours, other.colours, rest),
        layers=_layers(lead, other, rest),
    )


def _joined(first: RuleFile, second: RuleFile) -> RuleFile:
    """Both files as the source of what is pooled."""

    def both(one: str, two: str) -> str:
        return one if one == two else f"{one} and {two}"

    return RuleFile(
        both(first.file, second.file),
        both(first.version, second.version),
        both(first.author, second.author),
        both(first.licence, second.licence),
    )


def _mean(first: int, second: int, weight: int) -> int:
    return (first * weight + second * (100 - weight) + 50) // 100


def _taken(first: tuple[str, ...], second: tuple[str, ...], rest: int) -> tuple[str, ...]:
    """As many of the second's own as its percent says, and the first's for the rest."""
    fresh = tuple(cell for cell in second if cell not in first)
    whole = max(len(first), len(second))
    count = min(max((whole * rest + 50) // 100, 1), len(fresh))
    return (*first[: max(whole - count, 1)], *fresh[:count])


def _pooled(first: tuple[str, ...], second: tuple[str, ...], rest: int) -> tuple[str, ...]:
    """Entries of both, repeated so that each style's are as likely as its percent says."""
    if not first or not second:
        return first or second
    part = min(max((_PARTS * rest + 50) // 100, 1), _PARTS - 1)
    return first * (len(second) * (_PARTS - part)) + second * (len(first) * part)


def _colours(first: Colours, second: Colours, rest: int) -> Colours:
    return Colours(
        _pooled(first.major, second.major, rest),
        _pooled(first.minor, second.minor, rest),
        _pooled(first.dominant, second.dominant, rest),
    )


def _layers(lead: Style, other: Style, rest: int) -> tuple[Layer, ...]:
    """The melody, the colours of both, then the heavier style's rhythm section."""
    own, borrowed = _colour_layers(lead), _colour_layers(other)
    kinds = {layer.kind for layer in own}
    names = {layer.name for layer in lead.layers}
    fresh = [layer for layer in borrowed if layer.name not in names]
    fresh.sort(key=lambda layer: layer.kind in kinds)
    whole = max(len(own), len(borrowed))
    count = min(max((whole * rest + 50) // 100, 1), len(fresh))
    kept = own[: max(whole - count, 1)] if own else []
    return (
        _melody(lead, other, rest),
        *kept,
        *fresh[:count],
        *(layer for layer in lead.layers if layer.role in _RHYTHM_ROLES),
    )


def _colour_layers(style: Style) -> list[Layer]:
    """Layers that are neither the melody nor the rhythm section's."""
    return [
        layer
        for layer in style.layers
        if layer.role not in _RHYTHM_ROLES and layer.kind != "melody"
    ]


def _melody(lead: Style, other: Style, rest: int) -> Layer:
    """The heavier style's melody, on the instruments of both that can play in its register."""
    own, theirs = (
        next(layer for layer in style.layers if layer.kind == "melody") for style in (lead, other)
    )
    fitting = tuple(
        name
        for name in theirs.instruments
        if min(own.high, instruments()[name].high) - max(own.low, instruments()[name].low)
        >= _OCTAVE
    )
    return replace(own, instruments=_pooled(own.instruments, fitting, rest))
