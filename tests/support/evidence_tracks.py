"""`make evidence NAME=tracks`: 15, 30, 60 and 90 s in every mood, made, measured and compared.

Prints and writes docs/evidence/tracks.md: exact length, loudness, true peak, the level of the last
50 ms, how near each track lies to the training corpus and to the others, and what two tracks share.
Resumable: a track that was made by this engine with this seed is not made again.
"""

import argparse
import itertools
import json
import os
import platform
import subprocess
import tempfile
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from clearcue.bootstrap import open_platform
from clearcue.composer.brief import Brief, parse_seconds
from clearcue.composer.catalogue import catalogue
from clearcue.composer.compose import Composition
from clearcue.originality.check import check, index_of_scores
from clearcue.originality.segments import Segments
from clearcue.services.composing import compose_clear
from clearcue.services.near_tracks import TracksMade
from clearcue.services.recipes import Recipe
from clearcue.settings import Settings, read_settings
from clearcue.sound.manifest import bank_manifest
from clearcue.sound.render import pcm_bytes, render

ROOT = Path(__file__).resolve().parents[2]
LENGTHS = ("15", "30", "60", "90")
FULL_SCALE = 2**23


def quiet(stage: str, done: int, total: int) -> None:
    """Progress that nobody reads."""
    del stage, done, total


def level_db(samples: np.ndarray) -> float:
    """Root mean square of 24-bit samples in dB of full scale."""
    rms = float(np.sqrt(np.mean((samples / FULL_SCALE) ** 2)))
    return 20 * float(np.log10(max(rms, 1e-9)))


def measured(piece: Composition, seed: int, cache: Path) -> dict[str, Any]:
    """Render a piece and measure it, or read what an earlier run measured."""
    score = piece.score
    name = sha256(f"{score}{seed}{bank_manifest()['sha256']}".encode()).hexdigest()
    path = cache / f"{name}.json"
    if path.exists():
        found: dict[str, Any] = json.loads(path.read_text())
        return found
    sound = render(score, seed)
    seconds = [level_db(sound.mix[at : at + 48_000]) for at in range(0, len(sound.mix), 48_000)]
    facts = {
        "frames": len(sound.mix),
        "lufs": sound.lufs,
        "true_peak_db": sound.true_peak_db,
        "clipped": int((np.abs(sound.mix) >= FULL_SCALE - 1).sum()),
        "quietest_second_db": min(seconds[:-1]),
        "last_50_ms_db": level_db(sound.mix[-2400:]),
        "pcm_sha256": sha256(pcm_bytes(sound.mix)).hexdigest(),
    }
    cache.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(facts))
    return facts


def main() -> None:
    """Make the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--usage", default="ad")
    parser.add_argument("--home", type=Path, default=None, help="default: $CLEARCUE_HOME")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "evidence" / "tracks.md")
    given = parser.parse_args()
    settings = Settings(given.home) if given.home else read_settings(os.environ)
    wired = open_platform(settings)
    corpus = wired.library.corpus(frozenset(), quiet)
    model, index = wired.library.model(corpus, quiet), wired.library.index(corpus, quiet)
    cache = Path(tempfile.gettempdir()) / "clearcue-evidence-tracks"
    pieces: dict[str, Composition] = {}
    rows = []
    for mood, seconds in itertools.product(catalogue().moods, LENGTHS):
        brief = Brief(mood, given.usage, parse_seconds(seconds))
        accepted = compose_clear(
            model, index, Recipe(brief), given.seed, "", TracksMade({}, Segments()), quiet
        )
        piece = accepted.composition
        pieces[f"{mood} {seconds} s"] = piece
        facts = measured(piece, given.seed, cache)
        assert facts["frames"] == int(seconds) * 48_000
        rows.append(
            f"| {mood} | {seconds} | {piece.style} | {piece.score.key.name} | "
            f"{piece.score.tempo.bpm:.1f} | {piece.attempt} | {facts['frames']} | "
            f"{facts['lufs']:.2f} | {facts['true_peak_db']:.2f} | {facts['clipped']} | "
            f"{facts['quietest_second_db']:.0f} | {facts['last_50_ms_db']:.0f} | "
            f"{accepted.report.similarity:.3f} |"
        )
        print(rows[-1], flush=True)
    near, worst = pairs(pieces, index.rarity)
    bass = {
        (
            piece.progression,
            tuple(n.onset_ticks for p in piece.score.parts if p.role == "bass" for n in p.notes),
        )
        for piece in pieces.values()
    }
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    text = "\n".join(
        [
            "# Twenty-four tracks",
            f"`make evidence NAME=tracks` (seed {given.seed}, usage {given.usage}), "
            f"{datetime.now(UTC):%Y-%m-%d}, commit {commit}, {platform.machine()}, "
            f"training set {model.training_set[:16]}.",
            "",
            "| mood | s | style | key | bpm | attempt | frames | LUFS | dBTP | clipped | "
            "quietest second dB | last 50 ms dB | similarity to the corpus |",
            "|---|---|---|---|---|---|---|---|---|---|---|---|---|",
            *rows,
            "",
            f"- Pairs of the 24 that the check calls `similar` or nearer: {near} of 276; "
            f"the largest similarity between two of them is {worst:.3f}.",
            f"- Distinct pairs of progression and bass rhythm: {len(bass)} of 24.",
            "",
        ]
    )
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(text)
    print(text.splitlines()[-2])


def pairs(pieces: dict[str, Composition], known: Any) -> tuple[int, float]:
    """How many pairs are not clear of each other, and the largest similarity found."""
    near: set[frozenset[str]] = set()
    worst = 0.0
    for name, piece in pieces.items():
        others = [(other, entry.score) for other, entry in pieces.items() if other != name]
        report = check(index_of_scores(others, known), piece.score)
        worst = max(worst, report.similarity)
        near |= {frozenset((name, match.work)) for match in report.matches}
    return len(near), worst


if __name__ == "__main__":
    main()
