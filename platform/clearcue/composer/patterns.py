"""Patterns: rhythms written as text, one character a sixteenth, and what the characters mean.

A pattern is half a bar (8 steps), a bar (16) or two bars (32); spaces and bar lines (`|`) may stand
between its characters for the eye. `-` holds what sounds, `.` rests. Which other characters there
are depends on the kind of layer:

- melody, double, counter, pad, arp: `x` plays.
- comp: `X` all voices loud, `x` all voices, `l` the lowest, `h` the upper ones.
- strum: `D` a full stroke down, `d` a soft one, `U` a stroke up over the upper strings, `u` a soft
  one, `m` a muted stroke.
- ostinato: `0` to `9` are rungs of the ladder of chord tones from the bottom of the register.
- drone: `x` strikes the tonic and its fifth, `1` the tonic alone.
- bass: `R` root, `3` third, `5` fifth, `7` seventh, `8` octave, `S` a step of the scale towards the
  next note, `A` an approach to the next chord, `C` a semitone below it, `x` a muted stroke.
- drums, hits: `1` to `9` is a stroke's weight, `?` a soft stroke that comes now and then.
"""

from clearcue.composer.style import BAR_STEPS, CELL_STEPS

KINDS = {
    "melody": "x",
    "double": "x",
    "counter": "x",
    "pad": "x",
    "comp": "Xxlh",
    "strum": "DdUum",
    "arp": "x",
    "ostinato": "0123456789",
    "drone": "x1",
    "bass": "R3578SACx",
    "drums": "123456789?",
    "hits": "123456789?",
}
"""Each kind of layer with the characters that sound in its patterns."""

LENGTHS = (CELL_STEPS, BAR_STEPS, 2 * BAR_STEPS)

DRUMS = {
    "kick": 36, "low-kick": 35, "snare": 38, "snare-2": 40, "rim": 37, "clap": 39, "hat": 42,
    "pedal-hat": 44, "open-hat": 46, "tom-1": 50, "tom-2": 48, "tom-3": 47, "tom-4": 45,
    "tom-5": 43, "tom-6": 41, "crash": 49, "crash-2": 57, "splash": 55, "china": 52, "ride": 51,
    "ride-2": 59, "bell": 53, "cowbell": 56, "tambourine": 54, "cabasa": 69, "shaker": 70,
    "high-bongo": 60, "low-bongo": 61, "muted-conga": 62, "conga": 63, "low-conga": 64,
    "high-timbale": 65, "low-timbale": 66, "high-agogo": 67, "low-agogo": 68, "claves": 75,
    "high-block": 76, "low-block": 77, "triangle": 81, "muted-triangle": 80,
}  # fmt: skip
"""Names of drums with their General MIDI percussion keys."""

Event = tuple[int, int, str]
"""Step, length in steps, and character of a note in a pattern."""


def bare(text: str) -> str:
    """A pattern without the spaces and bar lines that stand in it for the eye."""
    return text.replace(" ", "").replace("|", "")


def checked(text: str, kind: str, lengths: tuple[int, ...]) -> str:
    """A bare pattern of a kind of layer.

    Raises:
        ValueError: when it has another length or a character that the kind does not know.
    """
    pattern = bare(text)
    alphabet = KINDS[kind] + ("." if kind in ("drums", "hits") else "-.")
    wrong = sorted(set(pattern) - set(alphabet))
    if wrong:
        raise ValueError(
            f"the pattern {text!r} has {' '.join(map(repr, wrong))}; a {kind} layer's patterns are "
            f"written with {' '.join(alphabet)}"
        )
    if len(pattern) not in lengths:
        wanted = " or ".join(map(str, lengths))
        raise ValueError(f"the pattern {text!r} has {len(pattern)} steps; give it {wanted}")
    return pattern


def events(pattern: str) -> list[Event]:
    """(step, length, character) of each note in a pattern; `-` holds, `.` ends."""
    found: list[Event] = []
    for step, mark in enumerate(pattern):
        if mark == "-":
            if found and found[-1][0] + found[-1][1] == step:
                start, length, held = found[-1]
                found[-1] = (start, length + 1, held)
        elif mark != ".":
            found.append((step, 1, mark))
    return found


def busyness(pattern: str) -> int:
    """How many notes a pattern has for each bar."""
    return len(events(pattern)) * BAR_STEPS // len(pattern)
