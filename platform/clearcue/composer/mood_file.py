"""Reads moods, named places on the plane of valence and arousal, and makes those between them.

A named mood has harmony of its own; its tempo, the weights of its modes, its register, density,
energy and articulation follow from its place (`cues`). A place without a name takes the harmony of
the named moods nearest to it and cues of its own.
"""

import re
from dataclasses import replace

from clearcue.composer.cues import BRIGHTNESS, Shift, cues, distance, mode_weights
from clearcue.composer.errors import BriefError
from clearcue.composer.fields import Fields
from clearcue.composer.numerals import parse_numeral
from clearcue.composer.style import Mood, RuleFile

NEIGHBOURS = 2
"""Named moods whose harmony a place without a name takes."""
_SHIFTS = {"tempo": 40, "register": 12, "density": 4, "energy": 30, "articulation": 40}
"""How far a mood may depart from each cue of its place."""
_PLACE = re.compile(r"([+-]?\d{1,3}),\s?([+-]?\d{1,3})")


def read_mood(name: str, source: RuleFile, fields: Fields) -> Mood:
    """The mood of one table.

    Raises:
        StyleError: when a field is wrong.
    """
    palette = fields.table("palette")
    modes = palette.names()
    for mode in modes:
        fields.known("palette", mode, list(BRIGHTNESS))
    starts, cadences = fields.table("starts"), fields.table("cadences")
    point = fields.table("point")
    mood = Mood(
        name=name,
        source=source,
        description=fields.text("description"),
        point=(point.whole("valence", -100, 100), point.whole("arousal", -100, 100)),
        shift=_shift(fields),
        tempo_bpm=(0, 0),
        energy=(0, 0),
        density=(0, 0),
        register=0,
        articulation=0,
        chord_bars=_chord_bars(fields),
        modes=(),
        styles=fields.weights("styles"),
        palettes={mode: palette.weights(mode) for mode in modes},
        starts={mode: starts.texts(mode) for mode in modes},
        cadences={mode: cadences.texts(mode) for mode in modes},
        origins=dict.fromkeys(modes, name),
        turnaround_percent=fields.whole("turnaround_percent", 0, 100),
    )
    for table in (point, starts, cadences, fields):
        table.close()
    _check_harmony(fields, mood)
    return _with_cues(mood)


def mood_at(moods: dict[str, Mood], text: str) -> Mood | None:
    """The mood of a place such as `40,-20` (valence, arousal), or None when the text is no place.

    Raises:
        BriefError: when the place lies outside the plane.
    """
    match = _PLACE.fullmatch(text.strip())
    if match is None:
        return None
    point = (int(match[1]), int(match[2]))
    if max(map(abs, point)) > 100:
        raise BriefError(
            f"the mood {text!r} lies outside the plane; give valence and arousal from -100 to 100, "
            "such as 40,-20"
        )
    near = sorted(moods.values(), key=lambda mood: (distance(mood.point, point), mood.name))
    return _between(near[:NEIGHBOURS], point)


def _between(near: list[Mood], point: tuple[int, int]) -> Mood:
    """A mood at a place: the nearest one, with the modes that only its neighbours have, too."""
    made = replace(
        near[0], name=f"{point[0]},{point[1]}", point=point,
        description="between " + " and ".join(mood.name for mood in near),
    )  # fmt: skip
    for mood in near[1:]:
        made = replace(
            made,
            palettes=mood.palettes | made.palettes,
            starts=mood.starts | made.starts,
            cadences=mood.cadences | made.cadences,
            origins=mood.origins | made.origins,
        )
    return _with_cues(made)


def _with_cues(mood: Mood) -> Mood:
    """A mood with what follows from its place."""
    asked = cues(mood.point, mood.shift)
    return replace(
        mood,
        tempo_bpm=asked.tempo_bpm,
        energy=asked.energy,
        density=asked.density,
        register=asked.register,
        articulation=asked.articulation,
        modes=mode_weights(mood.point[0], tuple(mood.palettes)),
    )


def _shift(fields: Fields) -> Shift:
    asked = fields.table("shift", {})
    made = Shift(**{cue: asked.whole(cue, -most, most, 0) for cue, most in _SHIFTS.items()})
    asked.close()
    return made


def _chord_bars(fields: Fields) -> tuple[tuple[int, int], ...]:
    pairs = fields.weights("chord_bars")
    for bars, _ in pairs:
        if bars not in ("1", "2"):
            fields.fail("chord_bars", f"a chord lasts 1 or 2 bars, not {bars!r}")
    return tuple((int(bars), weight) for bars, weight in pairs)


def _check_harmony(fields: Fields, mood: Mood) -> None:
    """Every chord is a numeral, every loop starts inside its palette, every mode has a cadence."""
    for mode, palette in mood.palettes.items():
        names = [name for name, _ in palette]
        for name in names:
            _numeral(fields, f"palette.{mode}", name)
        for name in mood.starts[mode]:
            fields.known(f"starts.{mode}", name, names)
        if not mood.starts[mode] or not mood.cadences[mode]:
            fields.fail(f"starts.{mode}", "starts and cadences need at least one chord each")
        for cadence in mood.cadences[mode]:
            chords = cadence.split()
            if not 1 <= len(chords) <= 2:
                fields.fail(f"cadences.{mode}", f"{cadence!r} is not one chord or two")
            for name in chords:
                _numeral(fields, f"cadences.{mode}", name)


def _numeral(fields: Fields, field: str, name: str) -> None:
    try:
        parse_numeral(name)
    except ValueError as error:
        fields.fail(field, f"{error}; write such as I, vi7, bVII, IVmaj7 or V7/vi")
