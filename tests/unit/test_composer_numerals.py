"""Roman numerals against chords worked out by hand."""

import pytest

from clearcue.composer.numerals import chord, parse_numeral
from clearcue.music.pitch import Key


@pytest.mark.parametrize(
    ("text", "tonic", "mode", "symbol", "pitch_classes"),
    [
        ("I", 0, "major", "C", (0, 4, 7)),
        ("vi7", 0, "major", "Am7", (9, 0, 4, 7)),
        ("IVmaj7", 7, "major", "Cmaj7", (0, 4, 7, 11)),
        ("bVII", 2, "mixolydian", "C", (0, 4, 7)),
        ("V7/vi", 0, "major", "E7", (4, 8, 11, 2)),
        ("iio", 9, "minor", "Bdim", (11, 2, 5)),
        ("Vsus4", 3, "major", "Bbsus4", (10, 3, 5)),
        ("bVI", 5, "minor", "Db", (1, 5, 8)),
        ("bVI", 0, "major", "Ab", (8, 0, 3)),
        ("viio", 7, "harmonic-minor", "F#dim", (6, 9, 0)),
        ("viio7", 9, "harmonic-minor", "G#dim7", (8, 11, 2, 5)),
    ],
)
def test_numeral_is_the_chord_worked_out_by_hand(text, tonic, mode, symbol, pitch_classes):
    """A numeral in a key gives the chord that a theory book gives."""
    made = chord(parse_numeral(text), Key(tonic, mode), 0, 480)
    assert made.pitch_classes == pitch_classes
    assert made.symbol == symbol


@pytest.mark.parametrize("text", ["", "X", "I13", "iv/", "Vsus", "IIII"])
def test_what_is_no_numeral_is_refused(text):
    """A text that is no numeral raises ValueError."""
    with pytest.raises(ValueError, match="no roman numeral"):
        parse_numeral(text)
