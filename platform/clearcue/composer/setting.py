"""Setting what a person gave: its key, the chords under it, the motif stated, the bass line laid.

A motif stands note for note where theme A begins in a section; the rest of the tune is developed
from its bars. The chords under a statement are those of several loops that carry it best. Given
chords and bass lines are dealt to the themes phrase by phrase: the first four bars to A, the next
to B, the next to C; a theme that none are left for takes A's. The last bars close as the mood does.
"""

from collections.abc import Iterator
from dataclasses import replace

from clearcue.composer.canvas import SourcedNote, accent
from clearcue.composer.errors import CompositionError
from clearcue.composer.given import BAR_STEPS, DEGREES, SIXTEENTH, Given, GivenChords, GivenLine
from clearcue.composer.harmony import Loop, LoopChord, loop
from clearcue.composer.layout import with_span
from clearcue.composer.model import Model
from clearcue.composer.numerals import Numeral, parse_numeral
from clearcue.composer.observe import degree_of
from clearcue.composer.plan import BAR_TICKS, PHRASE_BARS, Plan
from clearcue.composer.randomness import Stream
from clearcue.composer.sources import of_rule
from clearcue.composer.style import Layer, Mood
from clearcue.composer.theme import ThemeBar, Tone
from clearcue.composer.wishes import KeyWish
from clearcue.music.pitch import Key
from clearcue.music.score import Note

LOOPS = 6
"""Loops drawn under a motif, of which the one that carries it best is kept."""


def in_key(wish: KeyWish | None, given: Given, mood: Mood) -> tuple[KeyWish | None, Mood, Given]:
    """The key that suits what is given, and what is given in that key, its chords as numerals.

    Without a wish the given notes keep their pitches; a wished tonic moves them there by the
    shortest way. Numerals alone fix only the mode.
    """
    modes = [mode for mode, _ in mood.modes if wish is None or wish.mode in (None, mode)]
    chords = given.chords
    if given.motif is None and given.bass is None and (chords is None or chords.roman):
        if chords is None:
            return wish, mood, given
        sums = _weights(given, 0)
        best = max(modes, key=lambda mode: (_fit(sums, Key(0, mode)), -modes.index(mode)))
        return wish, replace(mood, modes=((best, 1),)), given
    weights = _weights(given, None)
    keys = [Key(tonic, mode) for mode in modes for tonic in range(12)]
    own = max(keys, key=lambda key: (_fit(weights, key) + _rest(given, key), -keys.index(key)))
    shift = 0 if wish is None else (wish.tonic - own.tonic + 5) % 12 - 5
    if chords is not None and not chords.roman:
        bars = tuple(tuple(n.text for n in bar) for bar in chords.numerals(own.tonic))
        chords = GivenChords(bars, chords.source)
    moved = Given(_moved(given.motif, shift), chords, _moved(given.bass, shift))
    return KeyWish((own.tonic + shift) % 12, own.mode), mood, moved


def _moved(line: GivenLine | None, shift: int) -> GivenLine | None:
    if line is None:
        return None
    notes = tuple((onset, length, pitch + shift) for onset, length, pitch in line.notes)
    return replace(line, notes=notes)


def _weights(given: Given, tonic: int | None) -> tuple[int, ...]:
    """Sixteenths of each pitch class; with a tonic, of the numerals over it."""
    weights = [0] * 12
    for line in (given.motif, given.bass):
        for _, length, pitch in line.notes if line else ():
            weights[pitch % 12] += length
    if given.chords is not None and (tonic is not None or not given.chords.roman):
        for bar in given.chords.numerals(tonic or 0):
            for numeral in bar:
                for step in numeral.intervals:
                    weights[(numeral.root + step) % 12] += 8 // len(bar)
    return tuple(weights)


def _fit(weights: tuple[int, ...], key: Key) -> int:
    """Points for a key: notes of its scale, those of its tonic triad more, foreign ones against."""
    scale = key.scale
    triad = {scale[0], scale[2], scale[4]}
    return sum(
        weight * (3 if pitch_class in triad else 2 if pitch_class in scale else -4)
        for pitch_class, weight in enumerate(weights)
    )


def _rest(given: Given, key: Key) -> int:
    """Points for a key whose tonic is where what is given comes to rest, or sets out from."""
    points = 0
    if given.motif is not None:
        points += 8 * (given.motif.notes[-1][2] % 12 == key.tonic)
        points += 4 * (given.motif.notes[0][2] % 12 in (key.tonic, key.scale[4]))
    if given.bass is not None:
        points += 12 * (given.bass.notes[0][2] % 12 == key.tonic)
    if given.chords is not None and not given.chords.roman:
        points += 12 * (given.chords.numerals(key.tonic)[0][0].root == 0)
    return points


def given_loops(plan: Plan, given: Given, letters: list[str]) -> dict[str, Loop] | None:
    """The loops of the given chords, or of those that the given bass implies; None without."""
    if given.chords is not None:
        bars, source = given.chords.numerals(plan.key.tonic), given.chords.source
    elif given.bass is not None:
        line = given.bass
        bars, source = tuple(_implied(line, bar, plan.key) for bar in range(line.bars)), line.source
    else:
        return None
    shares = of_rule(source)
    return {
        letter: tuple(
            LoopChord(numeral, 2 // len(bar), shares)
            for place in range(PHRASE_BARS)
            for bar in [bars[_dealt(len(bars), number, place)]]
            for numeral in bar
        )
        for number, letter in enumerate(letters)
    }


def _dealt(bars: int, letter: int, place: int) -> int:
    """Which of the given bars a theme takes at a place of its phrase."""
    first = letter * PHRASE_BARS if letter * PHRASE_BARS < bars else 0
    size = min(PHRASE_BARS, bars - first)
    return first + (min(place, 2) if size == 3 else place % size)


def _implied(line: GivenLine, bar: int, key: Key) -> tuple[Numeral, ...]:
    """The key's own triads on the bass notes that open the two halves of a bar."""
    roots = []
    for step in (bar * BAR_STEPS, bar * BAR_STEPS + BAR_STEPS // 2):
        heard = [note for note in line.notes if note[0] <= step] or [line.notes[0]]
        struck = [note for note in line.notes if step <= note[0] < step + 4]
        sounding = heard[-1] if heard[-1][0] + heard[-1][1] > step or not struck else struck[0]
        roots.append(triad_on(sounding[2] % 12, key))
    return (roots[0],) if roots[0] == roots[1] else (roots[0], roots[1])


def triad_on(pitch_class: int, key: Key) -> Numeral:
    """The key's triad on one of its degrees; a major one on a note that the scale lacks."""
    above = (pitch_class - key.tonic) % 12
    scale = [(member - key.tonic) % 12 for member in key.scale]
    if above not in scale:
        return parse_numeral(DEGREES[above])
    degree = scale.index(above)
    third = (scale[(degree + 2) % 7] - above) % 12
    fifth = (scale[(degree + 4) % 7] - above) % 12
    name = DEGREES[above] if third == 4 else DEGREES[above].lower()
    return parse_numeral(name + ("o" if (third, fifth) == (3, 6) else ""))


def fitting_loop(plan: Plan, model: Model, stream: Stream, motif: GivenLine) -> Loop:
    """Of several loops the one whose chords carry the motif best."""
    drawn = [loop(plan, model, stream.child(number)) for number in range(LOOPS)]
    points = [_carried(entries, motif, plan.key) for entries in drawn]
    return drawn[points.index(max(points))]


def _carried(entries: Loop, motif: GivenLine, key: Key) -> int:
    """Points for strong notes on chord tones, against those that grate on one."""
    halves = [entry.numeral for entry in entries for _ in range(entry.halves)]
    points = 0
    for onset, length, pitch in motif.notes:
        if onset < 0 or (onset % 4 and length < 4):
            continue
        numeral = halves[onset // (BAR_STEPS // 2) % len(halves)]
        tones = {(numeral.root + step) % 12 for step in numeral.intervals}
        above = (pitch - key.tonic) % 12
        weight = 2 if onset % 8 == 0 else 1
        grates = (above + 1) % 12 in tones or (above - 1) % 12 in tones
        points += weight * (3 if above in tones else -3 if grates else 0)
    return points


def stated_bars(motif: GivenLine, key: Key, low: int, high: int) -> tuple[ThemeBar, ...]:
    """The motif's bars as scale steps within a melody's range, for the theme to be made from."""
    indices = [_index(pitch, key) for _, _, pitch in motif.notes]
    middle = (min(indices) + max(indices)) // 2
    octaves = ((low + high) // 2 - middle + 3) // 7
    bars: list[ThemeBar] = []
    for bar in range(motif.bars):
        tones = tuple(
            Tone(
                onset,
                min(length, BAR_STEPS - onset),
                min(max(_index(pitch, key) + 7 * octaves, low), high),
                motif.source,
                motif.source,
            )
            for onset, length, pitch in motif.in_bar(bar)
        )
        if not tones:
            break
        bars.append(tones)
    return tuple(bars)


def _index(pitch: int, key: Key) -> int:
    """The scale step of a pitch, or of the one below it that the scale has."""
    found = degree_of(pitch, key)
    return found if found is not None else _index(pitch - 1, key)


def statements(plan: Plan, motif: GivenLine) -> Iterator[range]:
    """The bars of each statement: where theme A begins in a section, before the closing bars.

    A section with too little room for the whole motif does not state it, but for the first, which
    states what there is room for.
    """
    first = True
    for section in plan.sections:
        if section.theme != "A":
            continue
        room = min(section.bars, plan.last_bar - 1 - section.first_bar)
        whole = range(section.first_bar, section.first_bar + min(motif.bars, room))
        full = all(plan.bar_ticks(bar) == BAR_TICKS for bar in whole)
        if whole and full and (first or len(whole) == motif.bars):
            yield whole
            first = False


def kept_bars(plan: Plan, given: Given) -> frozenset[int]:
    """Bars whose chords stay as the loops have them: all under given chords, else statements'."""
    if given.chords is not None or given.bass is not None:
        return frozenset(range(plan.last_bar))
    if given.motif is None:
        return frozenset()
    return frozenset(bar for bars in statements(plan, given.motif) for bar in bars)


def with_statements(
    plan: Plan, melody: list[SourcedNote], motif: GivenLine, layer: Layer
) -> list[SourcedNote]:
    """The melody with the motif note for note where it is stated.

    Raises:
        CompositionError: when no octave of the instrument holds the motif.
    """
    octave = _octave(motif, layer, melody)
    made = melody
    shares = of_rule(motif.source)
    for bars in statements(plan, motif):
        start, end = plan.bars[bars.start], plan.bars[bars.stop]
        notes = [
            (start + onset * SIXTEENTH, length * SIXTEENTH, pitch + octave)
            for onset, length, pitch in motif.notes
            if start + onset * SIXTEENTH >= 0 and start + onset * SIXTEENTH < end
        ]
        loud = [n.velocity for n, _ in made if start <= n.onset_ticks < end] or [layer.velocity]
        level = sum(loud) // len(loud)
        stated: list[SourcedNote] = [
            (
                Note(
                    onset,
                    min(length, end - onset),
                    pitch,
                    min(max(level + accent((onset - start) // SIXTEENTH % BAR_STEPS), 1), 127),
                ),
                shares,
            )
            for onset, length, pitch in notes
        ]
        made = with_span(made, min(start, notes[0][0]), end, stated)
    return made


def _octave(line: GivenLine, layer: Layer, notes: list[SourcedNote]) -> int:
    """Semitones, whole octaves, that bring a line into a layer's range, nearest to its notes."""
    low, high = min(n[2] for n in line.notes), max(n[2] for n in line.notes)
    shifts = [
        12 * octave
        for octave in range(-8, 9)
        if layer.low <= low + 12 * octave and high + 12 * octave <= layer.high
    ]
    if not shifts:
        raise CompositionError(f"what was given fits no octave of the {layer.name}")
    pitches = sorted(note.pitch for note, _ in notes) or [(layer.low + layer.high) // 2]
    middle = pitches[len(pitches) // 2]
    return min(shifts, key=lambda shift: (abs((low + high) // 2 + shift - middle), shift))


def with_bass(
    plan: Plan, notes: list[SourcedNote], line: GivenLine, layer: Layer, letters: list[str]
) -> list[SourcedNote]:
    """The bass layer with the given line in every bar that it plays in but the closing ones."""
    octave = _octave(line, layer, notes)
    shares = of_rule(line.source)
    made = notes
    for section in plan.sections:
        number = letters.index(section.theme) if section.theme in letters else 0
        for place in range(section.bars):
            bar = section.first_bar + place
            start, end = plan.bars[bar], plan.bars[bar + 1]
            played = [n.velocity for n, _ in made if start <= n.onset_ticks < end]
            if bar >= plan.last_bar - 1 or end - start < BAR_TICKS or not played:
                continue
            level = sum(played) // len(played)
            source = _dealt(line.bars, number, place % PHRASE_BARS)
            laid: list[SourcedNote] = [
                (
                    Note(
                        start + onset * SIXTEENTH,
                        min(length * SIXTEENTH, end - start - onset * SIXTEENTH),
                        pitch + octave,
                        min(max(level + accent(onset), 1), 127),
                    ),
                    shares,
                )
                for onset, length, pitch in line.in_bar(source)
            ]
            made = with_span(made, start, end, laid)
    return made
