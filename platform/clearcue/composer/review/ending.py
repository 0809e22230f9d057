"""The end, and the moments that had to be met: what is wrong with them, in words.

An end lands: its last downbeat lies 0.7 to 1.5 s before the end of the audio, on the tonic in root
position, struck by what carries the piece, and nothing begins after it. A piece that goes round has
no such bar: nothing of it may reach past the last bar line.
"""

from fractions import Fraction

from clearcue.composer.review.reading import Reading

SHORTEST_RING = Fraction(7, 10)
LONGEST_RING = Fraction(3, 2)
HIT_MS = 10
"""How near an onset lies to the moment it must meet, in milliseconds."""


def wrong_end(reading: Reading) -> list[str]:
    """What keeps the end from landing."""
    score = reading.score
    if reading.asked.loops:
        late = any(n.end_ticks > score.bars[-1] for part in score.parts for n in part.notes)
        return ["a note reaches past the loop's end"] if late else []
    wrong = []
    last = score.bars[-2]
    ring = score.length_seconds - score.tempo.seconds_at(last)
    if not SHORTEST_RING <= ring <= LONGEST_RING:
        wrong.append("the last downbeat does not lie 0.7 to 1.5 s before the end")
    home = score.chords[-1]
    if (home.root, home.bass, home.onset_ticks) != (score.key.tonic, score.key.tonic, last):
        wrong.append("the last chord is not the tonic in root position on the last downbeat")
    onsets = [note.onset_ticks for part in score.parts for note in part.notes]
    if max(onsets) != last:
        wrong.append("the music does not end with a stroke on the last downbeat")
    basses = [n for p in score.parts if p.role == "bass" for n in p.notes if n.onset_ticks == last]
    if any(note.pitch % 12 != score.key.tonic for note in basses):
        wrong.append("the bass does not end on the tonic")
    return wrong


def closes_at_home(reading: Reading) -> int | None:
    """2 for a tune that ends on the tonic by step, 1 on the tonic, 0 elsewhere.

    None where no tune plays at the end.
    """
    notes = reading.tune.notes
    if reading.asked.loops or len(notes) < 2:
        return None
    if reading.tune.bar_of(notes[-1].onset_ticks) < reading.last_bar:
        return None
    if notes[-1].pitch % 12 != reading.score.key.tonic:
        return 0
    return 2 if 1 <= abs(notes[-1].pitch - notes[-2].pitch) <= 2 else 1


def missed_hits(reading: Reading) -> list[str]:
    """The moments on which nothing begins."""
    score = reading.score
    missed = []
    for at_ms in reading.asked.hits:
        at = Fraction(at_ms, 1000)
        met = any(
            abs(score.tempo.seconds_at(note.onset_ticks) - at) * 1000 <= HIT_MS
            for part in score.parts
            for note in part.notes
        )
        if not met:
            missed.append(f"nothing begins at {float(at):g} s")
    return missed
