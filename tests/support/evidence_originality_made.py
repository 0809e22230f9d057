"""`make evidence NAME=originality-made`: 500 composed scores, and a generator set to copy.

Composes scores over moods and lengths, one seed each, as they come (no attempt is rejected), and
compares every one with the training corpus and with all others. Then sets a generator to copy: it
takes a passage of the corpus, moves it to another key and tempo, edits it, and puts it into a
composed score's melody. Outcomes are kept below CLEARCUE_HOME as they come, by engine, training set
and method, so that a run goes on where it stopped. Draws the distribution of similarity.

    python tests/support/evidence_originality_made.py --count 500 --copies 100 --seed 1
"""

import argparse
import datetime
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import matplotlib as mpl
from planted_tunes import edited, in_tempo, transposed

from clearcue.bootstrap import open_platform
from clearcue.composer import ENGINE_VERSION
from clearcue.composer.brief import Brief, parse_seconds
from clearcue.composer.catalogue import catalogue
from clearcue.composer.compose import compose
from clearcue.composer.model import Model
from clearcue.music.score import Note, Score
from clearcue.music.work import ParsedWork
from clearcue.originality.check import check, method_of
from clearcue.originality.index import Index
from clearcue.originality.report import CLEAR, NEAR_DUPLICATE, VERDICTS, Report
from clearcue.originality.segments import Segments
from clearcue.originality.verdict import NEAR_AT, SIMILAR_AT
from clearcue.originality.voices import as_work, roles_of
from clearcue.services.training import cleared
from clearcue.settings import read_settings

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "docs" / "evidence" / "originality-made.md"
PICTURE = ROOT / "docs" / "images" / "originality-made.svg"
LENGTHS = ("15", "30", "60")
COPIED_BARS = 8
LEAST_COPIED = 32
SHARES = (0.0, 0.1, 0.2)


def quiet(stage: str, done: int, total: int) -> None:
    """Progress that nobody reads."""
    del stage, done, total


def brief_of(number: int) -> Brief:
    """The brief of a score by its number: every mood at every length in turn."""
    moods = list(catalogue().moods)
    seconds = LENGTHS[number // len(moods) % len(LENGTHS)]
    return Brief(moods[number % len(moods)], "ad", parse_seconds(seconds))


def copying(score: Score, works: Sequence[ParsedWork], number: int, seed: int) -> tuple[Score, str]:
    """A score whose first part is a passage of a work, in another key and tempo, edited."""
    source = random.Random(f"{seed}/copy/{number}")
    while True:
        work = source.choice(works)
        line = source.choice(work.lines)
        if len(work.bars) <= COPIED_BARS:
            continue
        first = source.randrange(len(work.bars) - COPIED_BARS)
        start, end = (work.bars[at].onset_ticks for at in (first, first + COPIED_BARS))
        passage = [note for note in line.skyline() if start <= note.onset_ticks < end]
        if len(passage) >= LEAST_COPIED:
            break
    moved = [replace(note, onset_ticks=note.onset_ticks - start) for note in passage]
    above, below = source.choice(((1, 1), (2, 1), (1, 2)))
    changed = in_tempo(transposed(moved, source), above, below)
    notes = _in_order(edited(changed, SHARES[number % len(SHARES)], source))
    melody = replace(score.parts[0], role="melody", notes=notes)
    return replace(score, parts=(melody, *score.parts[1:])), work.work_id


def _in_order(notes: Sequence[Note]) -> tuple[Note, ...]:
    kept = {(note.onset_ticks, note.pitch): note for note in notes if 0 <= note.pitch <= 127}
    return tuple(kept[key] for key in sorted(kept))


def told(report: Report | None) -> dict[str, Any]:
    """What is kept of a report."""
    if report is None or report.nearest is None:
        return {"verdict": CLEAR, "similarity": 0.0, "bits": 0.0, "work": "", "parts": []}
    nearest = report.nearest
    return {
        "verdict": report.verdict,
        "similarity": report.similarity,
        "bits": nearest.information_bits,
        "work": nearest.work,
        "parts": [nearest.query_part, nearest.work_part],
    }


def kept(path: Path, key: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """An outcome that an earlier run kept, or one that is made and kept now."""
    done = _lines(path)
    if key not in done:
        outcome = make()
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"key": key, **outcome}) + "\n")
        return outcome
    return done[key]


def _lines(path: Path) -> dict[str, dict[str, Any]]:
    if not path.exists():
        return {}
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {line.pop("key"): line for line in lines}


def composed(model: Model, count: int, seed: int) -> Iterator[tuple[str, Score]]:
    """The scores, one after another."""
    for number in range(count):
        score = compose(model, brief_of(number), 10_000 * seed + number, 0).score
        print(f"\rcomposed {number + 1} of {count}", end="", file=sys.stderr)
        yield f"score-{number:04}", score
    print(file=sys.stderr)


def among_others(scores: dict[str, Score], index: Index, path: Path) -> list[dict[str, Any]]:
    """Each score against all the others."""
    works = [as_work(score, name) for name, score in scores.items()]
    roles = {name: roles_of(score) for name, score in scores.items()}
    segments = Segments().inserted(works, roles)
    return [
        kept(
            path,
            f"others/{len(scores)}/{name}",
            lambda name=name, score=score: told(  # type: ignore[misc]  # mypy cannot infer it
                segments.check(score, index.rarity, frozenset({name}))
            ),
        )
        for name, score in scores.items()
    ]


def picture(corpus: Sequence[float], others: Sequence[float], copies: Sequence[float]) -> None:
    """The distribution of similarity, as SVG that is the same for the same figures."""
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "clearcue"
    mpl.rcParams["svg.fonttype"] = "none"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 3.6))
    bins = [at / 40 for at in range(41)]
    named = (
        (corpus, "composed, against the corpus", "#1f6f8b"),
        (others, "composed, against one another", "#99a98f"),
        (copies, "set to copy, against the corpus", "#c8553d"),
    )
    for values, label, colour in named:
        weights = [100.0 / len(values)] * len(values)
        axes.hist(values, bins, weights=weights, alpha=0.65, label=label, color=colour)
    for at, name in ((SIMILAR_AT, "similar"), (NEAR_AT, "near-duplicate")):
        axes.axvline(at, color="black", linewidth=0.8)
        axes.text(at + 0.005, axes.get_ylim()[1] * 0.92, name, fontsize=8)
    axes.set(xlabel="similarity of the nearest passage", ylabel="% of scores", xlim=(0, 1.001))
    axes.legend(fontsize=8)
    figure.tight_layout()
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(PICTURE, metadata={"Date": None})


def counted(outcomes: Sequence[dict[str, Any]]) -> str:
    """How many came out how, and the nearest."""
    counts = [sum(one["verdict"] == verdict for one in outcomes) for verdict in VERDICTS]
    values = sorted(one["similarity"] for one in outcomes)
    cells = [*counts, *(values[int(len(values) * share)] for share in (0.5, 0.99)), values[-1]]
    return " | ".join(str(cell) if isinstance(cell, int) else f"{cell:.3f}" for cell in cells)


def page(
    corpus: list[dict[str, Any]],
    others: list[dict[str, Any]],
    copies: list[dict[str, Any]],
    training_set: str,
    command: str,
) -> str:
    """The page for docs/evidence."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True,
        check=False,
    ).stdout.strip()  # fmt: skip
    caught = sum(one["verdict"] == NEAR_DUPLICATE for one in copies)
    named = sum(one["work"] == one["copied"] for one in copies)
    near = [one for one in others if one["verdict"] != CLEAR]
    lines = [
        "# Originality: what the composer makes",
        "",
        f"`{command}`, {datetime.datetime.now(datetime.UTC).date().isoformat()}, commit {commit}, "
        f"engine {ENGINE_VERSION}, training set {training_set[:16]}.",
        "",
        f"{len(corpus)} scores over {len(list(catalogue().moods))} moods at "
        f"{', '.join(LENGTHS)} s, each the first attempt of its seed, so none was rejected or "
        "drawn again; compared with the training corpus and with one another. "
        f"{len(copies)} scores of a generator that is set to copy: {COPIED_BARS} bars of a work in "
        "another key, half of them at another tempo, a third each with 0, 10 and 20 % of the "
        "notes edited, as the melody of a composed score.",
        "",
        "| | clear | similar | near-duplicate | median similarity | 99th percentile | most |",
        "|---|---|---|---|---|---|---|",
        f"| composed, against the corpus | {counted(corpus)} |",
        f"| composed, against one another | {counted(others)} |",
        f"| set to copy, against the corpus | {counted(copies)} |",
        "",
        f"Of the copies {caught} of {len(copies)} are near-duplicates, and "
        f"{sum(one['verdict'] != CLEAR for one in copies)} at least similar, which the composer's "
        f"own loop rejects too; {named} name the very work (a passage may stand in two).",
        "",
        "![How similar composed scores and copies are](../images/originality-made.svg)",
        "",
    ]
    if near:
        lines += ["Pairs that are not clear of one another:", ""]
        lines += [
            f"- {one['verdict']} ({one['similarity']}): {one['parts'][0]} ~ {one['work']} "
            f"{one['parts'][1]}"
            for one in near[:20]
        ]
        lines.append("")
    return "\n".join(lines)


def main(argv: Sequence[str]) -> int:
    """Measure and write; 1 when a score is a near-duplicate or a copy is clear."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    seed = os.environ.get("CLEARCUE_EVIDENCE_SEED") or "1"
    parser.add_argument("--seed", type=int, default=int(seed))
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--copies", type=int, default=102)
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args(argv)
    settings = read_settings(os.environ)
    opened = open_platform(settings)
    corpus = cleared(opened, quiet)
    model, index = opened.library.model(corpus, quiet), opened.library.index(corpus, quiet)
    name = json.dumps([ENGINE_VERSION, model.training_set, method_of(index), given.seed])
    path = settings.home / "evidence" / f"made-{sha256(name.encode()).hexdigest()[:16]}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    scores = dict(composed(model, given.count, given.seed))
    against = [
        kept(path, f"corpus/{score_name}", lambda score=score: told(check(index, score)))  # type: ignore[misc]  # mypy cannot infer it
        for score_name, score in scores.items()
    ]
    others = among_others(scores, index, path)
    works = [work.parsed for work in corpus]
    copies = []
    for number, score in enumerate(list(scores.values())[: given.copies]):
        copy, copied = copying(score, works, number, given.seed)
        outcome = kept(path, f"copy/{number}", lambda copy=copy: told(check(index, copy)))  # type: ignore[misc]  # mypy cannot infer it
        copies.append({**outcome, "copied": copied})
    picture(*([one["similarity"] for one in group] for group in (against, others, copies)))
    command = f"make evidence NAME=originality-made SEED={given.seed}"
    text = page(against, others, copies, model.training_set, command)
    given.out.write_text(text, encoding="utf-8")
    print(text)
    near = any(one["verdict"] == NEAR_DUPLICATE for one in [*against, *others])
    return 1 if near or any(one["verdict"] == CLEAR for one in copies) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
