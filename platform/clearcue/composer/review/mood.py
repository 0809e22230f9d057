"""Where a score lies on the plane of valence and arousal, by published weights of its cues.

Weights are the squared semi-partial correlations of Eerola, Friberg and Bresin 2013 (Table 1,
doi 10.3389/fpsyg.2013.00487): for valence those of happiness (mode .48, tempo .12, register .09),
for arousal those against peacefulness (tempo .15, dynamics .14). A mode's happiness is the share of
comparisons in which it was judged the happier (Temperley and Tan 2013, doi
10.1525/mp.2012.30.3.237). Each cue is set against a middle and a width of ours and cut at 100.
"""

from clearcue.composer.review.reading import Reading

MODE_HAPPIER = {
    "major": 83,
    "mixolydian": 64,
    "lydian": 58,
    "dorian": 40,
    "minor": 34,
    "harmonic-minor": 34,
    "melodic-minor": 34,
    "phrygian": 21,
    "locrian": 21,
}
MIDDLE_BPM, WIDTH_BPM = 98, 25
MIDDLE_PITCH, WIDTH_PITCH = 61, 10
MIDDLE_VELOCITY, WIDTH_VELOCITY = 68, 14
MIDDLE_ONSETS, WIDTH_ONSETS = 60, 40
"""Onsets in ten seconds, of all parts together, simultaneous ones counted once."""


def _cut(value: int) -> int:
    return max(-100, min(100, value))


def mode_cue(reading: Reading) -> int:
    """The mode's happiness, -100 to 100, half of it by the thirds of the chords that sound."""
    of_key = _cut((MODE_HAPPIER[reading.score.key.mode] - 52) * 100 // 31)
    major = minor = 0
    for chord in reading.score.chords:
        major += chord.duration_ticks * (4 in chord.intervals)
        minor += chord.duration_ticks * (3 in chord.intervals)
    of_chords = 100 * (major - minor) // max(major + minor, 1)
    return (of_key + of_chords) // 2


def speed_cue(reading: Reading) -> int:
    """Tempo and density, half each: what a listener taps along with and what fills it."""
    tempo = int(60_000_000 // reading.score.tempo.microseconds_per_quarter)
    onsets = {note.onset_ticks for part in reading.score.parts for note in part.notes}
    tenth = int(len(onsets) * 10 / reading.score.length_seconds)
    of_tempo = _cut(100 * (tempo - MIDDLE_BPM) // WIDTH_BPM)
    return (of_tempo + _cut(100 * (tenth - MIDDLE_ONSETS) // WIDTH_ONSETS)) // 2


def register_cue(reading: Reading) -> int:
    """The mean pitch of what is not bass."""
    pitches = [n.pitch for part in reading.pitched if part.role != "bass" for n in part.notes]
    middle = sum(pitches) // len(pitches) if pitches else MIDDLE_PITCH
    return _cut(100 * (middle - MIDDLE_PITCH) // WIDTH_PITCH)


def loudness_cue(reading: Reading) -> int:
    """The mean velocity of all notes."""
    velocities = [note.velocity for part in reading.score.parts for note in part.notes]
    middle = sum(velocities) // len(velocities) if velocities else MIDDLE_VELOCITY
    return _cut(100 * (middle - MIDDLE_VELOCITY) // WIDTH_VELOCITY)


def valence(reading: Reading) -> int:
    """From -100 to 100."""
    return (48 * mode_cue(reading) + 12 * speed_cue(reading) + 9 * register_cue(reading)) // 69


def arousal(reading: Reading) -> int:
    """From -100 to 100."""
    return (15 * speed_cue(reading) + 14 * loudness_cue(reading)) // 29
