"""`make evidence NAME=model`: what the learnt core knows, what its limit costs, how fast it is.

Every fifth work is held out, the others are learnt from, and each note of the held-out top lines
is predicted: bits for its rhythm, then for its pitch. Phrases are drawn under several limits on
shared runs, tracks are composed and measured against all works, and a training set of three works
is tried. With DATA=, a folder that holds the pack openscore-lieder, the same with its
songs (`--songs N`: the first N).
Prints and writes docs/evidence/model.md. Resumable: parts that were measured are kept in a folder
below CLEARCUE_HOME, named after the model's code.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from clearcue.adapters.corpus_music21.loading import load_cleared_corpus
from clearcue.adapters.packs.shelf import known_manifest
from clearcue.composer.brief import Brief
from clearcue.composer.catalogue import catalogue
from clearcue.composer.compose import compose
from clearcue.composer.counts import count
from clearcue.composer.drawing_kernels import MADE, PITCH_LEARNT, PITCH_RULE, STRUCK
from clearcue.composer.drawn import Drawn
from clearcue.composer.errors import CompositionError
from clearcue.composer.events import read_events
from clearcue.composer.melody import ThemeWriter
from clearcue.composer.mixture import (
    LEVELS,
    LONG,
    chances_of,
    learn_side,
    sample,
    weigh,
)
from clearcue.composer.model import Model, learn
from clearcue.composer.numerals import parse_numeral
from clearcue.composer.planning import plan
from clearcue.composer.randomness import Stream
from clearcue.composer.runs import ComposedLine, Runs, outlines, voices_of
from clearcue.composer.viewpoint_kernels import (
    BEAT,
    DEGREE,
    HARMONY,
    IN1,
    IN2,
    PLACE_IN_BAR,
    R1,
    R2,
    R3,
    UNIT,
    WORK,
    Ints,
    Side,
    hear_all,
)
from clearcue.composer.viewpoints import Experts, rows_of
from clearcue.music.work import ParsedWork
from clearcue.rights.corpus import ClearedCorpus, trainable
from clearcue.rights.manifest import builtin_manifest, join
from clearcue.rights.policy import builtin_policy
from clearcue.services.lineage_file import lineage_json, parse_lineage
from clearcue.settings import read_settings

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "docs" / "evidence" / "model.md"
PACK = "openscore-lieder"
HELD_OUT = 5
LIMITS = (6, 7, 8, 9, 10, 12, 15, 99)
PHRASES = 300
TRACKS = 40
N_GRAMS: dict[bool, tuple[Experts, tuple[int, ...]]] = {
    False: (
        ((DEGREE, IN1, IN2, BEAT), (DEGREE, IN1, BEAT), (DEGREE, BEAT), (DEGREE,)),
        (8, 4, 2, 1),
    ),
    True: (
        ((R1, R2, R3, PLACE_IN_BAR), (R1, R2, PLACE_IN_BAR), (R1, PLACE_IN_BAR), (PLACE_IN_BAR,)),
        (8, 4, 2, 1),
    ),
}  # fmt: skip
"""The tables of engine 1: contexts of falling length, weighted wherever they were seen."""


def default_corpus(only: Sequence[str] | None = None) -> ClearedCorpus:
    """The corpus of a fresh install, or some of its works."""
    settings = read_settings(os.environ)
    folder = settings.home / "cache" / "parsed"
    return load_cleared_corpus(
        builtin_manifest(), builtin_policy("default"), folder, processes=1, only=only
    )


def parsed(corpus: ClearedCorpus) -> list[ParsedWork]:
    """The corpus's works."""
    return [work.parsed for work in corpus]


def split(works: Sequence[ParsedWork]) -> tuple[list[ParsedWork], list[ParsedWork]]:
    """The works to learn from, and every fifth to be predicted."""
    return (
        [work for place, work in enumerate(works) if place % HELD_OUT],
        [work for place, work in enumerate(works) if not place % HELD_OUT],
    )


def shown_by(side: Side, events: Ints) -> Ints:
    """The places of the events that show a symbol."""
    heard = np.zeros((len(events), len(side.rows)), np.uint64)
    shown = np.zeros(len(events), np.int64)
    hear_all(side, events, heard, shown)
    return np.flatnonzero(shown >= 0)


def costs(weights: Ints, chances: Ints, levels: Ints) -> np.ndarray[Any, Any]:
    """The bits of each event under the weights."""
    each = np.where(levels >= 0, weights[np.arange(levels.shape[1]), levels], 0)
    said = (each * chances).sum(axis=1) / (each.sum(axis=1) * UNIT)
    return -np.log2(said)


def without(levels: Ints, columns: Sequence[int]) -> Ints:
    """Confidences with some experts silenced."""
    kept = levels.copy()
    kept[:, list(columns)] = -1
    return kept


def n_grams(events: Ints, *, rhythm: bool) -> Side:
    """Engine 1's tables over the same events, as a side of four experts and the uniform one."""
    experts, weights = N_GRAMS[rhythm]
    rows = rows_of(experts)
    lags = 3 if rhythm else 6
    each = np.zeros((len(experts) + lags + 1, LEVELS), np.int64)
    each[: len(experts)] = np.array(weights)[:, None] * 1000
    each[-1] = 10
    empty = count(np.zeros(0, np.uint64), np.zeros(0, np.int64), np.zeros(0, np.int64))
    side = Side(empty, rows, each, len(experts), rhythm)
    heard = np.zeros((len(events), len(rows)), np.uint64)
    shown = np.zeros(len(events), np.int64)
    hear_all(side, events, heard, shown)
    known = shown >= 0
    counts = count(
        heard[known].ravel(),
        np.repeat(shown[known], len(rows)),
        np.repeat(events[known, WORK], len(rows)),
    )
    return side._replace(counts=counts)


def predicted(train: Sequence[ParsedWork], *tests: Sequence[ParsedWork]) -> list[dict[str, Any]]:
    """Bits a note on held-out works: the whole model, less of it, and engine 1's tables."""
    learnt_from, asked = read_events(train), [read_events(test) for test in tests]
    found: list[dict[str, Any]] = [
        {"notes": len(events), "learnt notes": len(learnt_from)} for events in asked
    ]
    for rhythm, name in ((False, "pitch"), (True, "rhythm")):
        side = learn_side(learnt_from, rhythm=rhythm)
        known = np.isin(np.arange(len(learnt_from)), shown_by(side, learnt_from))
        trained = chances_of(side, learnt_from, sample(learnt_from, known), alone=True)
        tables = n_grams(learnt_from, rhythm=rhythm)
        weights = {
            variant: weigh(trained[0], without(trained[1], silent))
            for variant, silent in variants(side, rhythm=rhythm).items()
        }
        for place, events in enumerate(asked):
            wanted = shown_by(side, events)
            chances, levels = chances_of(side, events, wanted, alone=False)
            for variant, silent in variants(side, rhythm=rhythm).items():
                cost = costs(weights[variant], chances, without(levels, silent))
                found[place][f"{variant}, {name}"] = float(cost.mean())
            said = chances_of(tables, events, wanted, alone=False)
            found[place][f"engine 1's tables, {name}"] = float(costs(tables.weights, *said).mean())
    return found


def variants(side: Side, *, rhythm: bool) -> dict[str, list[int]]:
    """Parts of the model by what is silenced in them."""
    long, rows, last = side.long, len(side.rows), len(side.weights) - 1
    harmony = [place for place, expert in enumerate(LONG[rhythm]) if HARMONY in expert]
    return {
        "all experts": [],
        "without knowing the chords": harmony,
        "without memory of the piece": [*range(long, rows)],
        "without bars ago": [*range(rows, last)],
        "works alone": [*range(long, last)],
    }


def shared_between(train: Sequence[ParsedWork], test: Sequence[ParsedWork]) -> list[int]:
    """The longest run that each voice of each held-out work shares with a learnt one."""
    runs = Runs(voices_of(train))
    longest = []
    for work in test:
        for line in work.lines:
            for voice in outlines(line.notes):
                notes = [note.onset_ticks for note in voice], [note.pitch for note in voice]
                found = runs.longest(ComposedLine(*notes, [True] * len(voice)))
                longest.append(found.notes if found else 0)
    return longest


def drawn_under(model: Model, limit: int) -> dict[str, Any]:
    """Phrases drawn under a limit: bits it costs a note, dead ends, and the longest run shared."""
    entries = catalogue()
    laid = plan(
        Brief("uplifting", "ad", Fraction(30)), entries.mood("uplifting"), entries.usage("ad"),
        entries.style("corporate-pop"), Stream("evidence"),
    )  # fmt: skip
    writer = ThemeWriter(laid, model, 33, 44, limit)
    halves = tuple((parse_numeral(n), parse_numeral(n)) for n in ("I", "vi", "IV", "V"))
    bits, forced, dead, longest = [], 0, 0, 0
    for number in range(PHRASES):
        try:
            theme = writer.theme("A", halves, Stream("evidence", number))
        except CompositionError:
            dead += 1
            continue
        for tone in (tone for bar in theme.bars for tone in bar):
            if isinstance(tone.pitch, Drawn):
                made = tone.pitch.drawing.made[tone.pitch.place]
                assert len(made) == MADE
                bits.append(-np.log2(1 - int(made[STRUCK]) / UNIT) if made[STRUCK] < UNIT else 16)
                forced += int(made[PITCH_LEARNT] + made[PITCH_RULE] == 1)
        found = model.tune.runs.longest(writer.line_of(theme.bars, halves))
        longest = max(longest, found.notes if found else 0)
    return {
        "limit": limit, "bits": float(np.mean(bits)), "notes": len(bits), "dead ends": dead,
        "longest in developed phrases": longest,
    }  # fmt: skip


def composed(model: Model, tracks: int) -> dict[str, Any]:
    """Tracks over moods, usages and styles: each role's longest shared runs, notes held for it."""
    entries = catalogue()
    moods, usages, styles = (sorted(of) for of in (entries.moods, entries.usages, entries.styles))
    longest: dict[str, list[int]] = {}
    held = notes = refused = 0
    for number in range(tracks):
        brief = Brief(
            moods[number % len(moods)], usages[number * 5 % len(usages)], Fraction(30),
            styles[number % len(styles)],
        )  # fmt: skip
        try:
            piece = compose(model, brief, number, candidates=6)
        except CompositionError:
            refused += 1
            continue
        for run, part in zip(piece.shared_runs, piece.score.melodic_parts(), strict=True):
            longest.setdefault(part.role, []).append(run.notes)
            for shares in piece.lineage.events[part.name]:
                notes += 1
                held += any(getattr(source, "rule", "") == "shared_runs" for source, _ in shares)
    return {"longest": longest, "held": held, "notes": notes, "refused": refused, "tracks": tracks}


def speeds(model: Model, corpus: ClearedCorpus) -> dict[str, Any]:
    """Processor seconds of learning, of 200 phrases and a bar's sources; sizes; notes a second."""
    started = time.process_time()
    learn(corpus)
    learning = time.process_time() - started
    entries = catalogue()
    laid = plan(
        Brief("calm", "film", Fraction(30)), entries.mood("calm"), entries.usage("film"),
        entries.style("corporate-pop"), Stream("speed"),
    )  # fmt: skip
    writer = ThemeWriter(laid, model, 33, 44)
    halves = tuple((parse_numeral(n), parse_numeral(n)) for n in ("I", "IV", "ii", "V"))
    rates, seconds = [], []
    for trial in range(6):
        started = time.process_time()
        themes = [writer.theme("A", halves, Stream("speed", trial, n)) for n in range(200)]
        seconds.append(time.process_time() - started)
        drawings = {
            id(tone.pitch.drawing): tone.pitch.drawing
            for theme in themes for bar in theme.bars for tone in bar
            if isinstance(tone.pitch, Drawn)
        }  # fmt: skip
        notes = sum(len(one.events) - len(one.sources) for one in drawings.values())
        rates.append(notes / seconds[-1])
    piece = compose(model, Brief("uplifting", "ad", Fraction(60)), 3, candidates=3)
    data = json.dumps(lineage_json(piece)).encode()
    times = [bar_time(data, bar) for bar in range(1, len(piece.score.bars))]
    return {
        "learning": learning, "bytes": len(model.to_bytes()), "phrases": min(seconds),
        "rate": max(rates), "slowest": min(rates), "bar": statistics.median(times),
        "slowest bar": max(times),
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip


def bar_time(data: bytes, bar: int) -> float:
    """Processor seconds from the file's bytes to a bar's sources: the median of five."""
    times = []
    for _ in range(5):
        started = time.process_time()
        parse_lineage(data).shares(bar)
        times.append(time.process_time() - started)
    return statistics.median(times)


def tiny() -> dict[str, Any]:
    """Three works, the shortest, the middle and the longest in notes: tracks or refusals."""
    works = sorted(default_corpus(), key=lambda work: sum(len(v.notes) for v in work.parsed.lines))
    chosen = [works[0], works[len(works) // 2], works[-1]]
    model = learn(default_corpus([work.work_id for work in chosen]))
    found = composed(model, TRACKS // 2)
    return {**found, "works": [work.work_id for work in chosen]}


def with_songs(data: Path, most: int | None) -> ClearedCorpus:
    """The corpus of a fresh install with the pack's songs, or the first of them by id."""
    manifest = join([builtin_manifest(), known_manifest(PACK)])
    policy = builtin_policy("default")
    works = [work.work_id for work in trainable(manifest, policy)]
    ours = [work_id for work_id in works if work_id.startswith("music21:")]
    theirs = [work_id for work_id in works if not work_id.startswith("music21:")]
    return load_cleared_corpus(
        manifest, policy, read_settings(os.environ).home / "cache" / "parsed",
        folders={known_manifest(PACK).source: data / PACK}, only=[*ours, *theirs[:most]],
    )  # fmt: skip


def songs(data: Path, most: int | None) -> dict[str, Any]:
    """The same model with the pack's songs: time, memory, and what gets better."""
    corpus = with_songs(data, most)
    quartets = [work.parsed for work in corpus if work.work_id.startswith("music21:")]
    lieder = [work.parsed for work in corpus if not work.work_id.startswith("music21:")]
    trained, held = split(quartets)
    learnt, asked = split(lieder)
    started = time.process_time()
    model = learn(corpus)
    learning = time.process_time() - started
    by_both = predicted([*trained, *learnt], held, asked)
    return {
        "songs": len(lieder), "learning": learning, "bytes": len(model.to_bytes()),
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "quartets by both": by_both[0],
        "songs by both": by_both[1],
        "songs by quartets": predicted(trained, asked)[0],
        "drawn": drawn_under(model, 9),
        "tracks": composed(model, TRACKS // 2),
    }  # fmt: skip


def commit() -> str:
    """The commit that is checked out, and whether it was changed."""
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    return described.stdout.strip()


def kept(folder: Path, name: str, measure: Callable[[], Any]) -> Any:
    """What an earlier run measured, else what is measured now, with the commit of the time."""
    path = folder / f"{name}.json"
    if not path.exists():
        print(f"measuring: {name}", flush=True)
        path.write_text(json.dumps({"commit": commit(), "found": measure()}))
    return json.loads(path.read_text())


def bits_rows(columns: dict[str, dict[str, Any]]) -> list[str]:
    """A table of bits a note; one column for each thing that was predicted."""
    names = [key.removesuffix(", pitch") for key in next(iter(columns.values())) if "pitch" in key]
    lines = [f"| model | {' | '.join(columns)} |", "|---|" + "---|" * len(columns)]
    for name in names:
        cells = []
        for found in columns.values():
            pitch, rhythm = found[f"{name}, pitch"], found[f"{name}, rhythm"]
            cells.append(f"{pitch:.2f} + {rhythm:.2f} = **{pitch + rhythm:.2f}**")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def percentiles(values: Sequence[int]) -> str:
    """Median, 95th percentile and largest."""
    ranked = sorted(values)
    return f"{ranked[len(ranked) // 2]}, {ranked[len(ranked) * 95 // 100]}, {ranked[-1]}"


def track_rows(found: dict[str, Any]) -> list[str]:
    """The longest shared runs of composed parts, by role."""
    lines = ["| role | parts | median, 95th percentile, longest |", "|---|---|---|"]
    for role, values in sorted(found["longest"].items()):
        lines.append(f"| {role} | {len(values)} | {percentiles(values)} |")
    lines += [
        "",
        f"{found['tracks'] - found['refused']} tracks, {found['refused']} refused. Of "
        f"{found['notes']:,} pitched notes {found['held']} are held over one that was left out.",
    ]
    return lines


def limit_rows(rows: Sequence[dict[str, Any]]) -> list[str]:
    """What each limit costs."""
    head = [
        "| limit, notes | bits a drawn note | drawn notes | dead ends | longest run in a phrase |",
        "|---|---|---|---|---|",
    ]
    return head + [
        f"| {row['limit'] if row['limit'] < 99 else 'none'} | {row['bits']:.4f} | {row['notes']} | "
        f"{row['dead ends']} | {row['longest in developed phrases']} |"
        for row in rows
    ]


def report(measured: dict[str, Any]) -> str:
    """The page."""
    commits = sorted({f"{part['commit']} ({name})" for name, part in measured.items()})
    found = {name: part["found"] for name, part in measured.items()}
    bits, speed, few = found["bits"], found["speed"], found["tiny"]
    columns = {"quartets held out, quartets learnt": bits}
    if "songs" in found:
        columns["quartets held out, quartets and songs learnt"] = found["songs"]["quartets by both"]
        columns["songs held out, quartets and songs learnt"] = found["songs"]["songs by both"]
        columns["songs held out, quartets learnt"] = found["songs"]["songs by quartets"]
    lines = [
        "# The learnt core",
        f"`make evidence NAME=model`, {datetime.now(UTC).date()}, Python "
        f"{platform.python_version()}, {platform.machine()}, {os.cpu_count()} processors, which "
        "other work shared meanwhile: times are processor times. With DATA=, a folder that holds "
        "the pack openscore-lieder, songs are measured too.",
        "",
        f"Measured at {', '.join(commits)}.",
        "",
        "## Bits a note",
        f"Every fifth work held out: {bits['notes']:,} notes predicted from "
        f"{bits['learnt notes']:,}. Each cell is pitch + rhythm = both; lower is better.",
        "",
        *bits_rows(columns),
        "",
        "- Pitch is one of 49 intervals, rhythm one of 50: time to the next note, let go early or "
        "not. Chords are those heard in all voices of the half bar, the tune's own note among "
        "them, as when a tune is composed over chords; the row without them does without.",
        "- Engine 1's tables: contexts of falling length, weighted 8, 4, 2, 1, on the same notes.",
        "",
        "## The limit on shared runs",
        f"Runs of the held-out works' voices that are shared with the others (median, 95th "
        f"percentile, longest): {percentiles(found['between'])} notes. So much do works share that "
        "have nothing to do with each other, or are by one composer.",
        "",
        *limit_rows(found["limits"]),
        "",
        f"{PHRASES} phrases of four bars each, drawn over I, vi, IV, V in the style corporate-pop. "
        "Bits: what striking out costs, the mean of -log2(1 - struck part of the choices).",
        "",
        "## In finished tracks",
        "Moods, usages and styles in turn, 30 s; limits 9 for tunes and counter-melodies, 12 for "
        "accompaniment.",
        "",
        *track_rows(found["tracks"]),
        "",
        "## Three works alone",
        f"Learnt from {', '.join(few['works'])} alone.",
        "",
        *track_rows(few),
        "",
        "## Speed and size",
        f"- Learning from all 56 works: {speed['learning']:.1f} s; the model "
        f"{speed['bytes'] / 1e6:.0f} MB; the process at most {speed['peak']:.0f} MB.",
        f"- Notes drawn a second: {speed['rate']:,.0f} in the best of six runs, "
        f"{speed['slowest']:,.0f} in the slowest. 200 phrases: {speed['phrases']:.2f} s.",
        f"- A bar's sources from lineage.json, read anew: {1000 * speed['bar']:.1f} ms at the "
        f"median, {1000 * speed['slowest bar']:.1f} ms at most, over the bars of a track of 60 s.",
    ]  # fmt: skip
    if "songs" in found:
        songs_found = found["songs"]
        lines += [
            "",
            "## With OpenScore Lieder",
            f"{songs_found['songs']} of the songs that the default policy learns from, beside the "
            f"quartets: learnt in {songs_found['learning']:.0f} processor seconds, the model "
            f"{songs_found['bytes'] / 1e6:.0f} MB, the process at most "
            f"{songs_found['peak']:.0f} MB. The limit of 9 notes costs "
            f"{songs_found['drawn']['bits']:.4f} bits a note, with "
            f"{songs_found['drawn']['dead ends']} dead ends.",
            "",
            *track_rows(songs_found["tracks"]),
        ]
    return "\n".join(lines) + "\n"


def code_digest() -> str:
    """Names the code that is measured, so that older measurements are not taken for its own."""
    folder = ROOT / "platform" / "clearcue" / "composer"
    names = ("viewpoints", "viewpoint_kernels", "opinion_kernels", "drawing_kernels", "mixture",
             "runs", "run_kernels", "limit", "melody", "drawing", "events")  # fmt: skip
    return sha256(b"".join((folder / f"{name}.py").read_bytes() for name in names)).hexdigest()[:12]


def main() -> None:
    """Measure what is not measured yet, print and write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--songs", type=int, help="how many songs of the pack, the first by id")
    most = parser.parse_args().songs
    folder = read_settings(os.environ).home / "evidence" / f"model-{code_digest()}"
    folder.mkdir(parents=True, exist_ok=True)
    corpus = default_corpus()
    model = learn(corpus)
    train, test = split(parsed(corpus))
    found = {
        "bits": kept(folder, "bits", lambda: predicted(train, test)[0]),
        "between": kept(folder, "between", lambda: shared_between(train, test)),
        "limits": kept(folder, "limits", lambda: [drawn_under(model, limit) for limit in LIMITS]),
        "tracks": kept(folder, "tracks", lambda: composed(model, TRACKS)),
        "tiny": kept(folder, "tiny", tiny),
        "speed": kept(folder, "speed", lambda: speeds(model, corpus)),
    }
    if data := os.environ.get("CLEARCUE_EVIDENCE_DATA"):
        found["songs"] = kept(folder, f"songs-{most or 'all'}", lambda: songs(Path(data), most))
    page = report(found)
    OUT.write_text(page)
    print(page)


if __name__ == "__main__":
    main()
