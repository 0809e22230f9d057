"""`make evidence NAME=music`: forty-eight tracks, composed and measured as a critic would.

Six moods at 15, 30, 60 and 90 s, two seeds, usages in turn, first attempts, neither rendered nor
compared with the corpus. Prints and writes docs/evidence/music.md: each measure's mean and
percentiles beside its range in real music and beside stretches of the training corpus, which
tracks lie outside, what that means for a listener, and how much was learnt from how many works.

Conventions: bars count from 0; places in a bar are sixteenths; a share lies between 0 and 1; a
measure is None for a track that has no notes for it. Entropies and groove similarity after Wu &
Yang 2020 (arXiv 2008.01307), the latter with 16 places to a bar in place of 64.
"""

import argparse
import os
import platform
import subprocess
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from music_measures import LINE_MEASURES, TRACK_MEASURES, Heard, Line, rhythms

from clearcue.bootstrap import open_platform
from clearcue.composer.brief import Brief
from clearcue.composer.catalogue import catalogue
from clearcue.composer.compose import compose
from clearcue.composer.model import Model
from clearcue.composer.plan import BAR_TICKS
from clearcue.music.work import ParsedWork
from clearcue.rights.corpus import ClearedCorpus
from clearcue.settings import Settings, read_settings

ROOT = Path(__file__).resolve().parents[2]
LENGTHS = (15, 30, 60, 90)
SEEDS = 2
DEFAULT_SEED = 7
STRETCH_BARS = 16
STRETCH_RESTS = 2


@dataclass(frozen=True, slots=True)
class Range:
    """Where real music lies, and how a track sounds that lies below or above."""

    low: float
    high: float
    below: str
    above: str

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}" if self.low else f"under {self.high:g}"

    def side(self, value: float) -> int:
        """-1 below the range, 1 above it, 0 inside."""
        return (value > self.high) - (value < self.low)


IN_A_BAR = Range(
    *(1.4, 2.3),
    "the bars dwell on two or three tones: easy to take in, bare when it lasts",
    "a bar uses nearly the whole scale: the chord's colour blurs",
)
IN_FOUR_BARS = Range(
    *(2.3, 2.9),
    "four bars stay on few tones: calm or static, little to wait for",
    "four bars go round the whole scale: no tone stands out as home",
)
RANGES = {
    "tune: pitch-class entropy of a bar, bit": IN_A_BAR,
    "tune: pitch-class entropy of four bars, bit": IN_FOUR_BARS,
    "all pitched parts: entropy of a bar, bit": IN_A_BAR,
    "all pitched parts: entropy of four bars, bit": IN_FOUR_BARS,
    "tune: groove similarity": Range(
        *(0.82, 0.95),
        "bars differ much in rhythm: lively, but little to tap along with and to remember",
        "the tune keeps to one rhythm: it nags like an exercise",
    ),
    "bass and drums: groove similarity": Range(
        *(0.82, 0.95),
        "the beat of one section is not that of another (within a section it agrees more, as the "
        "next row says): contrast, but restless under a voice",
        "nearly the same places in every bar: a loop, mechanical above .96; where 14 or more of "
        "the 16 are struck the measure cannot tell, for a hat on every sixteenth hides the rest",
    ),
    "tune: bars whose rhythm came before": Range(
        *(0.4, 0.85),
        "most bars bring a rhythm of their own: the tune wanders and is not hummed afterwards",
        "hardly a new rhythm after the first bars: heard out soon",
    ),
    "tune: steps among moves": Range(
        *(0.5, 0.85),
        "more skips and repeated tones than steps: a fanfare or a broken chord, hard to sing",
        "scales up and down: an exercise",
    ),
    "tune: leaps over an octave": Range(
        *(0, 0.03), "", "the line breaks: one hears two voices or a slip"
    ),
    "tune: range, semitones": Range(
        *(12, 20),
        "the tune stays within less than an octave: modest, without a real climax",
        "wider than a voice sings",
    ),
}

READING = (
    "- Corpus: the first voice (its highest notes) of the works of the training set, in stretches "
    f"of {STRETCH_BARS} bars of four quarters with at most {STRETCH_RESTS} silent ones, measured "
    "by the same code: mostly string quartets, so livelier and wider than a library track.",
    "- Entropy is of pitch classes by onsets. The literature's range comes from single lines of "
    "jazz solos: the rows of the tune are its like, those of all parts count chords and bass too.",
    "- Groove similarity: the share of 16 places of the bar at which the onsets of two bars agree, "
    "over all pairs. The published measure has 64 places, which raises every value, so the corpus "
    "is the better yardstick.",
    "- A strong tone lasts a quarter or more or begins on beat 1 or 3. A step is 1 or 2 semitones; "
    "repeated tones are among the moves. Phrases are four bars from a section's start, compared in "
    "onset and pitch; rhythms in onsets and lengths. Percentiles are by nearest rank.",
    "- A track without bass and drums has no groove of them and is not counted in that row. At "
    "15 s there are few bars in which a rhythm could come back.",
    "- Learnt is what was drawn from works; the rest follows written rules. A learnt choice is "
    "shared among all works in which it was seen, so the number of works says how common the "
    "choices are, not whose music one hears; the largest share says more.",
    "- Numbers find faults; they do not tell a good tune from a correct one.",
)

Values = list[tuple[float, str, int]]
"""Value, label and length in seconds of the tracks that have a measure, the smallest first."""


def compose_all(model: Model, first_seed: int) -> tuple[list[Heard], float]:
    """The tracks, and the CPU seconds that composing one took."""
    usages = list(catalogue().usages)
    pieces = []
    started = time.process_time()
    for row, mood in enumerate(catalogue().moods):
        for column, seconds in enumerate(LENGTHS):
            for turn in range(SEEDS):
                usage = usages[(row + column + 3 * turn) % len(usages)]
                brief, seed = Brief(mood, usage, Fraction(seconds)), first_seed + turn
                pieces.append((brief, seed, compose(model, brief, seed)))
    spent = time.process_time() - started
    return [Heard(*piece) for piece in pieces], spent / len(pieces)


def stretches(work: ParsedWork) -> list[Line]:
    """Stretches of a work's first voice, end to end, of whole bars of four quarters."""
    onsets = [bar.onset_ticks for bar in work.bars]
    line = Line((*onsets, onsets[-1] + BAR_TICKS), work.lines[0].skyline())
    found, first = [], 0
    while first + STRETCH_BARS < len(line.bars):
        bars = line.bars[first : first + STRETCH_BARS + 1]
        if any(end - start != BAR_TICKS for start, end in pairwise(bars)):
            first += 1
            continue
        inside = [line.in_bars.get(first + bar, []) for bar in range(STRETCH_BARS)]
        if inside.count([]) <= STRETCH_RESTS:
            found.append(Line(bars, (note for notes in inside for note in notes)))
        first += STRETCH_BARS
    return found


def values_of(name: str, tracks: Sequence[Heard]) -> Values:
    """A measure's value for each track that has one."""
    found = []
    for heard in tracks:
        of_line = LINE_MEASURES.get(name)
        value = of_line(heard.tune) if of_line else TRACK_MEASURES[name](heard)
        if value is not None:
            found.append((value, heard.label, int(heard.brief.seconds)))
    return sorted(found)


def corpus_values(name: str, lines: Sequence[Line]) -> list[float]:
    """A measure's values for the stretches of the corpus, none when it is not one of a line."""
    if name not in LINE_MEASURES:
        return []
    return sorted(value for line in lines if (value := LINE_MEASURES[name](line)) is not None)


def spread(values: Sequence[float]) -> str:
    """Mean, and 10th and 90th percentile in brackets."""
    if not values:
        return ""
    tenth = len(values) // 10
    low, high = values[tenth], values[-1 - tenth]
    return f"{sum(values) / len(values):.3f} ({low:.3f} to {high:.3f})"


def table_row(name: str, values: Values, corpus: Sequence[float]) -> str:
    """One row: range in the literature, corpus, tracks, and how many of each lie outside."""
    figures = [value for value, _, _ in values]
    known, outside = RANGES.get(name), ["", ""]
    if known:
        counts = [sum(known.side(v) != 0 for v in of) for of in (figures, corpus)]
        sizes = (len(figures), len(corpus))
        outside = [f"{n} of {of}" if of else "" for n, of in zip(counts, sizes, strict=True)]
    return (
        f"| {name} | {known or ''} | {spread(figures)} | {outside[0]} | "
        f"{spread(corpus)} | {outside[1]} |"
    )


def outside_lines(name: str, values: Values, corpus: Sequence[float]) -> list[str]:
    """What lies below and above a range: how many, where, the furthest, the sound, the corpus."""
    known, lines = RANGES.get(name), []
    for side, word in ((-1, "below"), (1, "above")):
        found = [entry for entry in values if known and known.side(entry[0]) == side]
        if not (known and found):
            continue
        value, label, _ = found[0] if side < 0 else found[-1]
        lengths = Counter(seconds for _, _, seconds in found)
        places = ", ".join(f"{lengths[length]} at {length} s" for length in LENGTHS)
        bound, sound = (known.low, known.below) if side < 0 else (known.high, known.above)
        also = sum(known.side(value) == side for value in corpus)
        beside = f" So lie {also} of the corpus's {len(corpus)} stretches." if corpus else ""
        lines.append(
            f"- **{name}: {len(found)} {word} {bound:g}** ({places}; furthest: {value:.3f}, "
            f"{label}). To a listener: {sound}.{beside}"
        )
    return lines


def never_lines(measured: Mapping[str, Values]) -> list[str]:
    """Measures that are the same in every track."""
    return [
        f"- **{name}: {values[0][0]:g} in all {len(values)}.**"
        for name, values in measured.items()
        if values and values[0][0] == values[-1][0]
    ]


def lineage_lines(measured: Mapping[str, Values]) -> list[str]:
    """How much of the tunes was learnt, and which track leans most on one work."""
    learnt = [value for value, _, _ in measured["lineage: share of the tune that was learnt"]]
    value, label, _ = measured["lineage: largest share of one work in the tune"][-1]
    return [
        f"- {sum(learnt) / len(learnt):.0%} of the tunes' choices were learnt ({learnt[0]:.0%} to "
        f"{learnt[-1]:.0%}); the rest are rules of the styles: what a listener takes for the "
        "composer's manner is mostly theirs.",
        f"- The tune that leans most on one work: {value:.0%}, {label}. A share of drawn steps and "
        "rhythms is no quotation; whether one is there, the originality check says.",
    ]


def variety_lines(tracks: Sequence[Heard]) -> list[str]:
    """How much the tracks differ from one another, counted."""
    styles = {heard.piece.style for heard in tracks}
    openings = Counter(rhythms(heard.tune)[0] for heard in tracks)
    loops = Counter(heard.piece.progression[:4] for heard in tracks)
    return [
        f"- Styles: {len(styles)} of {len(catalogue().styles)}.",
        f"- The tune's first bar: {len(openings)} rhythms in {len(tracks)} tracks; the commonest "
        f"opens {max(openings.values())}.",
        f"- First four chords: {len(loops)} in {len(tracks)} tracks; the commonest opens "
        f"{max(loops.values())}.",
    ]


def page(tracks: Sequence[Heard], corpus: Sequence[Line], heading: Sequence[str]) -> str:
    """The whole document."""
    measured = {name: values_of(name, tracks) for name in (*LINE_MEASURES, *TRACK_MEASURES)}
    beside = {name: corpus_values(name, corpus) for name in measured}
    outside = [outside_lines(name, values, beside[name]) for name, values in measured.items()]
    return "\n".join(
        [
            *heading,
            "",
            "Mean, and 10th to 90th percentile in brackets.",
            "",
            "| measure | literature | tracks | outside | corpus | outside |",
            "|---|---|---|---|---|---|",
            *(table_row(name, values, beside[name]) for name, values in measured.items()),
            "",
            "## What lies outside, and what a listener hears",
            *(line for lines in outside for line in lines),
            "",
            "## What never varies",
            "A rule holds in every track: nothing sounds wrong, but where real music leans on a "
            "chord and resolves, a listener misses that tension.",
            "",
            *never_lines(measured),
            "",
            "## Are they different tracks?",
            *variety_lines(tracks),
            "",
            "## What was learnt",
            *lineage_lines(measured),
            "",
            "## How to read this",
            *READING,
            "",
        ]
    )


def heading_lines(cpu_seconds: float, training_set: str, works: int, seed: int) -> list[str]:
    """What was made, by which command, when, of which commit and training set."""
    command = "make evidence NAME=music"
    if seed != DEFAULT_SEED:
        command = f"python tests/support/evidence_music.py --seed {seed}"
    describe = ["git", "describe", "--always", "--dirty"]
    commit = subprocess.run(describe, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    moods, lengths = len(catalogue().moods), ", ".join(map(str, LENGTHS))
    return [
        "# The music, measured",
        "",
        f"{moods * len(LENGTHS) * SEEDS} tracks: {moods} moods at {lengths} s, seeds {seed} to "
        f"{seed + SEEDS - 1}, usages in turn; first attempts, composed and not rendered.",
        "",
        f"- Command: `{command}`",
        f"- Date: {datetime.now(UTC):%Y-%m-%d}; commit {commit.strip() or 'unknown'}; Python "
        f"{platform.python_version()}, {platform.machine()}; {cpu_seconds:.2f} CPU s a track",
        f"- Training set: {training_set}, {works} works",
    ]


def quiet(stage: str, done: int, total: int) -> None:
    """Progress that nobody reads."""
    del stage, done, total


def main() -> None:
    """Compose, measure, write and print the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="the first of two seeds")
    parser.add_argument("--home", type=Path, default=None, help="default: $CLEARCUE_HOME")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "evidence" / "music.md")
    given = parser.parse_args()
    wired = open_platform(Settings(given.home) if given.home else read_settings(os.environ))
    works: ClearedCorpus = wired.library.corpus(frozenset(), quiet)
    model = wired.library.model(works, quiet)
    tracks, cpu_seconds = compose_all(model, given.seed)
    heading = heading_lines(cpu_seconds, model.training_set, len(works), given.seed)
    corpus = [line for work in works for line in stretches(work.parsed)]
    text = page(tracks, corpus, heading)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
