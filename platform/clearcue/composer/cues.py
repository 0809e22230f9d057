"""What a place on the plane of valence and arousal asks of the music.

Valence (how pleasant) and arousal (how excited) run from -100 to 100 (Russell 1980). The directions
are those that listeners agree on: mode, tempo, register, dynamics and articulation, in that order
of weight (Eerola, Friberg and Bresin 2013, doi 10.3389/fpsyg.2013.00487); rhythmic density rises
with arousal and register with valence (Livingstone et al. 2010, doi 10.1162/comj.2010.34.1.41);
AffectMachine-Classical maps the same plane to tempo, note density, loudness and the brightness of
the mode (arXiv 2304.04915). The amounts are ours, in whole numbers.

Conventions: tempo in quarter notes a minute, register in semitones, density in notes a bar, energy
and articulation in percent.
"""

from dataclasses import dataclass

BRIGHTNESS = {
    "lydian": 60,
    "major": 50,
    "mixolydian": 20,
    "dorian": -15,
    "minor": -45,
    "harmonic-minor": -55,
    "phrygian": -75,
}
"""Where each mode lies on the line of valence."""
_USUAL = {"major": 3, "minor": 3, "harmonic-minor": 2}
"""How usual a mode is in this kind of music; others count 1."""
TEMPO_ROOM = 12
"""Quarter notes a minute that the tempo may lie off its middle."""


@dataclass(frozen=True, slots=True)
class Shift:
    """How far a named mood departs from what its place asks for, in the cues' own units."""

    tempo: int = 0
    register: int = 0
    density: int = 0
    energy: int = 0
    articulation: int = 0


@dataclass(frozen=True, slots=True)
class Cues:
    """What the music takes from a place: see `Mood` for the meaning of each."""

    tempo_bpm: tuple[int, int]
    energy: tuple[int, int]
    density: tuple[int, int]
    register: int
    articulation: int


def cues(point: tuple[int, int], shift: Shift) -> Cues:
    """The cues of a place on the plane, departed from by `shift`."""
    valence, arousal = point
    tempo = 92 + (35 * arousal + 10 * valence) // 100 + shift.tempo
    density = (400 + (7 * arousal + 5 * valence) // 4) // 100 + shift.density
    low_energy = 16 + arousal // 8 + shift.energy
    high_energy = 84 + arousal // 5 + shift.energy
    legato = 92 - arousal // 5 - max(valence, 0) // 10 + shift.articulation
    return Cues(
        tempo_bpm=(_within(tempo - TEMPO_ROOM, 50, 180), _within(tempo + TEMPO_ROOM, 50, 180)),
        energy=(_within(low_energy, 0, 40), _within(high_energy, 50, 100)),
        density=(_within(density - 1, 2, 8), _within(density + 2, 3, 10)),
        register=valence // 30 + arousal // 60 + shift.register,
        articulation=_within(legato, 50, 100),
    )


def mode_weights(valence: int, modes: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    """How likely each of some modes is: the nearer its brightness, the likelier."""
    return tuple(
        (mode, _USUAL.get(mode, 1) * max(12 - abs(valence - BRIGHTNESS[mode]) // 8, 1))
        for mode in modes
    )


def distance(first: tuple[int, int], second: tuple[int, int]) -> int:
    """The square of how far two places lie apart."""
    return (first[0] - second[0]) ** 2 + (first[1] - second[1]) ** 2


def _within(value: int, low: int, high: int) -> int:
    return min(max(value, low), high)
