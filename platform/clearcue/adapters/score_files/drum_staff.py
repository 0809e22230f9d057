"""Where General MIDI percussion stands on a five-line staff.

Conventions: by MIDI key: the step and octave as if under a treble clef, the shape of the note head,
and the name. Placement follows N. Weinberg, "Guidelines for Drumset Notation", Percussive Notes 32
(1994); names follow General MIDI 1.
"""

DRUM_STAFF: dict[int, tuple[str, int, str, str]] = {
    35: ("F", 4, "normal", "Acoustic Bass Drum"),
    36: ("F", 4, "normal", "Bass Drum"),
    37: ("C", 5, "x", "Side Stick"),
    38: ("C", 5, "normal", "Snare"),
    39: ("C", 5, "diamond", "Hand Clap"),
    40: ("C", 5, "normal", "Electric Snare"),
    41: ("G", 4, "normal", "Low Floor Tom"),
    42: ("G", 5, "x", "Closed Hi-Hat"),
    43: ("A", 4, "normal", "High Floor Tom"),
    44: ("D", 4, "x", "Pedal Hi-Hat"),
    45: ("B", 4, "normal", "Low Tom"),
    46: ("G", 5, "circle-x", "Open Hi-Hat"),
    47: ("D", 5, "normal", "Low-Mid Tom"),
    48: ("D", 5, "normal", "Hi-Mid Tom"),
    49: ("A", 5, "x", "Crash Cymbal"),
    50: ("E", 5, "normal", "High Tom"),
    51: ("F", 5, "x", "Ride Cymbal"),
    52: ("C", 6, "x", "China Cymbal"),
    53: ("F", 5, "diamond", "Ride Bell"),
    54: ("B", 5, "triangle", "Tambourine"),
    55: ("B", 5, "x", "Splash Cymbal"),
    56: ("E", 5, "triangle", "Cowbell"),
    57: ("A", 5, "x", "Crash Cymbal 2"),
    59: ("F", 5, "x", "Ride Cymbal 2"),
}
OTHER_DRUM = ("E", 4, "normal")
"""Step, octave and head of any other key."""
