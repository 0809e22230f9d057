"""Reference curves: the balance over the octaves that a master of its kind is brought nearer to.

Conventions: a curve holds the power per hertz in dB, against that at 1 kHz, at `CENTRES`. Which one
a score is held against follows from what plays in it, not from a style's name. The shapes follow
the mean spectra of commercial recordings (Pestana et al., AES 135, 2013), by genre.
"""

from clearcue.data.instruments import instruments
from clearcue.music.score import Score
from clearcue.sound.dsp import Track
from clearcue.sound.meter import octave_levels
from clearcue.sound.profile import CENTRES, Curve, curves

_SHARE = 0.5
_MOST_DB = (-3.0, 2.0)
_ELECTRIC = ("electronic_kit", "house_kit", "kit_808")
_ORCHESTRA = ("strings", "brass", "winds", "voices")


def curve_for(score: Score) -> str:
    """The name of the curve for a score: by its drums, else by who plays most."""
    playing = [instruments()[part.instrument] for part in score.parts if part.notes]
    if any(item.key in _ELECTRIC for item in playing):
        return "electronic"
    orchestral = sum(item.family in _ORCHESTRA for item in playing)
    if 2 * orchestral >= len(playing) or any(
        item.key == "orchestral_percussion" for item in playing
    ):
        return "orchestral"
    return "band" if any(item.is_drums for item in playing) else "still"


def balance(x: Track, name: str) -> Curve:
    """Gains in dB at `CENTRES` that bring a mix half-way to a curve, at most 3 down and 2 up."""
    measured = octave_levels(x, CENTRES)
    off = [aim - level for aim, level in zip(curves()[name], measured, strict=True)]
    middle = sum(off[1:7]) / 6.0
    low, high = _MOST_DB
    return tuple(min(max(_SHARE * (gain - middle), low), high) for gain in off)
