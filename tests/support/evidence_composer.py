"""`make evidence NAME=composer`: 800 composed pieces and 160 rendered ones, judged and heard.

16 styles, 10 moods, 5 seeds, 30 s, usages in turn, as `compose_clear` gives them; of the first seed
every style and mood is rendered and heard by librosa (`composer_ear`). Prints and writes
docs/evidence/composer.md. What is made is kept by the digest of the composer's code and data, so
that a run that was stopped goes on: `--processes`, `--minutes` (stop after so many and write the
table of what there is), `--table` (only the table).
"""

import argparse
import base64
import itertools
import json
import os
import platform
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from datetime import UTC, datetime
from fractions import Fraction
from functools import cache
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import composer_ear as ear
import composer_tables as tables
import librosa
from evidence_music import stretches

from clearcue.bootstrap import open_platform
from clearcue.composer.brief import Brief
from clearcue.composer.catalogue import catalogue
from clearcue.composer.compose import Composition, compose
from clearcue.composer.errors import RefusedError
from clearcue.composer.review import tune
from clearcue.composer.review.numbers import rank_correlation
from clearcue.composer.review.reading import Line, skyline
from clearcue.music.score import Note, Score
from clearcue.originality.check import check
from clearcue.originality.index import build_index
from clearcue.originality.segments import Segments
from clearcue.rights.corpus import ClearedCorpus
from clearcue.services.composing import NearDuplicateError, compose_clear
from clearcue.services.fingerprints import fingerprint, read_fingerprint
from clearcue.services.near_tracks import TracksMade
from clearcue.services.recipes import Recipe
from clearcue.settings import read_settings
from clearcue.sound.guards import RenderError
from clearcue.sound.render import Rendering, render

ROOT = Path(__file__).resolve().parents[2]
STYLES = (
    "acoustic-folk", "ambient", "bossa", "cinematic", "corporate-pop", "epic-trailer", "funk",
    "hip-hop", "house", "indie-rock", "jazz-trio", "lo-fi", "orchestral-comedy", "piano-solo",
    "synthwave", "tension",
)  # fmt: skip
MOODS = (
    "uplifting", "playful", "energetic", "epic", "tense", "dark", "melancholic", "calm", "dreamy",
    "romantic",
)  # fmt: skip
USAGES = ("ad", "film", "trailer", "vlog", "corporate", "game", "social", "podcast", "explainer")
SEEDS = 5
SECONDS = 30
SHINGLE = 5
ENOUGH = 80
"""Rendered tracks from which on a classifier is worth training."""
CODE = (
    "composer/**/*.py", "music/*.py", "data/styles/*.toml", "data/moods.toml", "data/usages.toml",
    "data/instruments.toml", "data/playing.toml",
)  # fmt: skip
"""What decides the notes: when it changes, every track is made anew."""


def main() -> None:
    """Compose and render what is missing, then write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=600.0)
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "evidence" / "composer.md")
    given = parser.parse_args()
    kept = kept_folder()
    if not given.table:
        make_missing(kept, given.processes, given.minutes)
    write(given.out, kept)


def kept_folder() -> Path:
    """Where tracks of this very code are kept."""
    digest = sha256()
    source = ROOT / "platform" / "clearcue"
    for path in sorted(path for pattern in CODE for path in source.glob(pattern)):
        digest.update(path.relative_to(source).as_posix().encode() + path.read_bytes())
    folder = Path(tempfile.gettempdir()) / "clearcue-evidence-composer" / digest.hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def jobs() -> Iterator[tuple[str, str, int]]:
    """Style, mood and seed of each track; those that are rendered first."""
    for seed, mood, style in itertools.product(range(SEEDS), MOODS, STYLES):
        yield style, mood, seed


def make_missing(kept: Path, processes: int, minutes: float) -> None:
    """Make what is not kept yet, in so many processes, until the time is over."""
    until = time.monotonic() + 60 * minutes
    missing = iter([job for job in jobs() if not (kept / name_of(*job)).exists()])
    with ProcessPoolExecutor(processes) as pool:
        running = {pool.submit(make, kept, *job) for job in itertools.islice(missing, processes)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for finished in done:
                print(finished.result(), flush=True)
            if time.monotonic() < until:
                for job in itertools.islice(missing, len(done)):
                    running.add(pool.submit(make, kept, *job))


def name_of(style: str, mood: str, seed: int) -> str:
    """The file that a track is kept in."""
    return f"{style}.{mood}.{seed}.json"


@cache
def wired() -> tuple[Any, Any, ClearedCorpus]:
    """The model, the index and the corpus of a fresh install, once a process."""
    platform_ = open_platform(read_settings(os.environ))
    corpus = platform_.library.corpus(frozenset(), quiet)
    model = platform_.library.model(corpus, quiet)
    compose(model, Brief("calm", "ad", Fraction(5)), 0, candidates=1)  # compiles what is compiled
    return model, platform_.library.index(corpus, quiet), corpus


def quiet(stage: str, done: int, total: int) -> None:
    """Progress that nobody reads."""
    del stage, done, total


def make(kept: Path, style: str, mood: str, seed: int) -> str:
    """Compose a track, render it if it is of the first seed, and keep what is measured."""
    model, index, _ = wired()
    usage = USAGES[(STYLES.index(style) + 3 * MOODS.index(mood) + seed) % len(USAGES)]
    brief = Brief(mood, usage, Fraction(SECONDS), style)
    facts: dict[str, Any] = {
        "label": f"{mood} {usage}, {style}, seed {seed}",
        "style": style, "mood": mood, "usage": usage, "seed": seed,
        "point": list(catalogue().mood(mood).point),
    }  # fmt: skip
    began = time.process_time()
    try:
        accepted = compose_clear(
            model, index, Recipe(brief), seed, "", TracksMade({}, Segments()), quiet
        )
    except (RefusedError, NearDuplicateError) as error:
        facts["refused"] = str(error)
    else:
        facts["cpu_seconds"] = time.process_time() - began
        facts |= composed(accepted.composition)
        facts["verdict"], facts["similarity"] = accepted.report.verdict, accepted.report.similarity
        if seed == 0:
            try:
                rendering = render(accepted.composition.score, seed)
            except RenderError as error:
                facts["unrendered"] = str(error)
            else:
                facts["ear"] = heard(accepted.composition.score, rendering)
    path = kept / name_of(style, mood, seed)
    path.with_suffix(".part").write_text(json.dumps(facts))
    path.with_suffix(".part").rename(path)
    return facts["label"] + (" refused" if "refused" in facts else "")


def composed(piece: Composition) -> dict[str, Any]:
    """What is kept of a composition."""
    contest, score = piece.contest, piece.score
    runs = [(run.notes, run.limit) for run in piece.shared_runs]
    return {
        "attempt": piece.attempt,
        "key": score.key.name,
        "bpm": score.tempo.bpm,
        "candidates": contest.candidates,
        "points": contest.points,
        "sketches": contest.sketches,
        "faults": dict(contest.faults),
        "measures": {r.name: [r.value, r.points, r.average] for r in contest.reasons},
        "shared_runs": runs,
        "shared_over": max((run - limit for run, limit in runs), default=0),
        "shingles": sorted(shingles(score)),
        "fingerprint": base64.b64encode(fingerprint(score)).decode(),
    }


def shingles(score: Score) -> set[int]:
    """Five notes of the tune on end as intervals and distances in sixteenths, as short digests."""
    sung = [part for part in score.parts if part.role == "melody"]
    if not sung:
        return set()
    notes = skyline(max(sung, key=lambda part: len(part.notes)).notes)
    found = set()
    for start in range(len(notes) - SHINGLE + 1):
        text = repr([_move(*pair) for pair in pairwise(notes[start : start + SHINGLE])])
        found.add(int.from_bytes(sha256(text.encode()).digest()[:6]))
    return found


def _move(before: Note, after: Note) -> tuple[int, int]:
    return after.pitch - before.pitch, round((after.onset_ticks - before.onset_ticks) / 120)


def heard(score: Score, rendering: Rendering) -> dict[str, Any]:
    """What librosa hears; the last chord's ring belongs to no section."""
    sound = ear.mono(rendering.mix, rendering.sample_rate)
    stems = [rendering.stems[n] for n in ("harmony", "melody", "bass") if n in rendering.stems]
    classes = ear.chroma(ear.mono(sum(stems[1:], stems[0]), rendering.sample_rate))
    strength = ear.onsets(sound)
    at = score.tempo.seconds_at
    last = score.bars[-2]
    spans = [(float(at(s.onset_ticks)), float(at(min(s.end_ticks, last)))) for s in score.sections]
    planned = [round(1000 * section.energy) for section in score.sections]
    levels = [round(100 * level) for level in ear.loudness(sound, spans)]
    rho = rank_correlation(planned, levels)
    minor = 3 in {(tone - score.key.tonic) % 12 for tone in score.key.scale}
    return {
        "tempo_rank": ear.tempo_rank(strength, score.tempo.bpm),
        "key_rank": ear.key_rank(classes, score.key.tonic, minor),
        "energy_rho": None if rho is None else rho / 1000,
        "cues": ear.cues(sound, strength, classes),
        "features": ear.features(sound, strength, classes),
    }


def corpus_measures(corpus: ClearedCorpus) -> Mapping[str, Sequence[int]]:
    """The critic's measures of a tune, in stretches of the training works' first voices."""
    lines = [
        Line(stretch.bars, stretch.notes) for work in corpus for stretch in stretches(work.parsed)
    ]
    of_line = {
        "tune: entropy of a bar": lambda line: tune.class_entropy(line, 1),
        "tune: entropy of four bars": lambda line: tune.class_entropy(line, 4),
        "tune: groove similarity": lambda line: tune.groove(line, range(16)),
        "tune: repeated rhythms": lambda line: tune.repeated_rhythms(line, range(16)),
        "tune: steps": tune.steps,
        "tune: leaps over an octave": tune.wide_leaps,
        "tune: hard leaps": tune.hard_leaps,
        "tune: compass": tune.compass,
    }
    return {
        name: [value for line in lines if (value := measure(line)) is not None]
        for name, measure in of_line.items()
    }


def nearest(tracks: Iterable[Mapping[str, Any]], known: Any) -> list[tables.Nearest]:
    """The check of each track against all others: both labels, the verdict and the similarity."""
    works, roles = {}, {}
    for track in tracks:
        data = base64.b64decode(track["fingerprint"])
        works[track["label"]], roles[track["label"]] = read_fingerprint(track["label"], data)
    index = build_index(works.values(), roles=roles, known=known)
    found = []
    for label, work in works.items():
        report = check(index, work, exclude=frozenset({label}))
        best = report.nearest
        other, part = (best.work, best.query_part) if best else ("", "")
        found.append((label, other, report.verdict, report.similarity, part))
    return found


def write(out: Path, kept: Path) -> None:
    """The page."""
    tracks = [
        json.loads((kept / name_of(*job)).read_text())
        for job in jobs()
        if (kept / name_of(*job)).exists()
    ]
    made = [track for track in tracks if "refused" not in track]
    rendered = [track for track in made if "ear" in track]
    model, index, corpus = wired()
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    ).stdout.strip()  # fmt: skip
    lines = [
        "# The composer, judged and heard",
        "",
        f"{len(tracks)} of {len(STYLES) * len(MOODS) * SEEDS} pieces composed "
        f"({len(STYLES)} styles, {len(MOODS)} moods, {SEEDS} seeds, {SECONDS} s, usages in turn), "
        f"{len(rendered)} of {len(STYLES) * len(MOODS)} rendered and heard.",
        "",
        "- Command: `make evidence NAME=composer`",
        f"- Date: {datetime.now(UTC):%Y-%m-%d}; commit {commit}; code and data {kept.name}; Python "
        f"{platform.python_version()}, {platform.machine()}, librosa {librosa.__version__}; "
        "other work ran on the machine, so CPU seconds are an upper bound",
        f"- Training set: {model.training_set}, {len(corpus)} works",
        "",
        "Medians, with 10th to 90th percentile in brackets.",
        "",
        "## Failures, retries, shared runs, time",
        *tables.contest_lines(tracks),
        "",
        "## The critic's measures",
        *tables.measure_rows(made, corpus_measures(corpus)),
        "",
        "## Are they different tracks?",
        *tables.distance_lines(made, nearest(made, index.rarity)),
        "",
    ]
    if rendered:
        lines += ["## What an independent ear hears", *tables.ear_lines(rendered)]
        lines += [
            f"- Not rendered: {t['label']}: {t['unrendered']}" for t in made if "unrendered" in t
        ]
        lines.append("")
    if len(rendered) >= ENOUGH:
        lines += ["## The quadrant of the mood", *tables.mood_lines(rendered), ""]
    out.write_text("\n".join([*lines, *READING, ""]))
    print(f"{out}: {len(tracks)} composed, {len(rendered)} rendered")


READING = (
    "## How to read this",
    "- The critic reads the finished score; its ranges are those of real music where there are "
    "such, else of craft (`composer/review/judgement.py`). The composer chooses by these measures, "
    "so that they lie inside is no proof of quality; what the ear hears it does not choose by.",
    "- Training works: the first voice in stretches of 16 bars of four quarters, measured by the "
    "same code: mostly string quartets, so livelier and wider than a library track.",
    "- A rival tempo is tried at its best phase, the planned one too; swing blurs both alike. A "
    "key is a tonic with major or minor, by Krumhansl and Kessler's profiles; modes count by their "
    "third.",
    "- The quadrant that was asked for is that of the mood's point. The rule's weights are "
    "published and were committed before any track was measured; the classifier sees none of the "
    "styles that it is tested on.",
)


if __name__ == "__main__":
    main()
