"""`make evidence NAME=sound`: forty tracks over moods and styles, measured by ffmpeg and the meter.

Writes docs/evidence/sound.md: loudness by ffmpeg's ebur128, true peak of the samples and of what
MP3 and OGG decode to, slope, width, low end, silence, the ending, the stems' sum; of every fifth
track also its loop and its cutdowns; of four, the samples that two more processes make at once.
Resumable: a track that this bank rendered is not rendered again.
"""

import argparse
import json
import math
import os
import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from clearcue.bootstrap import open_platform
from clearcue.composer.brief import Brief
from clearcue.composer.catalogue import catalogue
from clearcue.composer.compose import Composition, Sibling, compose
from clearcue.composer.errors import CompositionError
from clearcue.composer.model import Model
from clearcue.music.score import Score
from clearcue.settings import read_settings
from clearcue.sound import meter
from clearcue.sound.export import encode
from clearcue.sound.looping import render_loop
from clearcue.sound.manifest import bank_manifest
from clearcue.sound.profile import master_profile
from clearcue.sound.render import Rendering, Samples, pcm_bytes, render

ROOT = Path(__file__).resolve().parents[2]
TRACKS, CANDIDATES = 40, 2
LENGTHS = (8, 10, 6, 12, 20, 7, 9, 5)
WHOLE = 2.0**-23
Facts = dict[str, Any]


def by_ffmpeg(path: Path) -> tuple[float, float]:
    """Integrated loudness and true peak of a file."""
    report = subprocess.run(
        ["ffmpeg", "-nostats", "-i", str(path), "-af", "ebur128=peak=true", "-f", "null", "-"],
        capture_output=True, text=True, check=True,
    ).stderr  # fmt: skip
    summary = report[report.rindex("Summary") :]
    loud = re.search(r"I:\s+(-?[\d.]+) LUFS", summary)
    peak = re.search(r"Peak:\s+(-?[\d.]+) dBFS", summary)
    assert loud is not None
    assert peak is not None
    return float(loud[1]), float(peak[1])


def write_ogg(path: Path, samples: Samples) -> None:
    """Encode as OGG Vorbis, in chunks: one large write ends libsndfile."""
    with soundfile.SoundFile(path, "w", 48_000, 2, "VORBIS", format="OGG") as file:
        for start in range(0, len(samples), 4800):
            file.write(samples[start : start + 4800] * WHOLE)


def level_db(samples: Samples) -> float:
    """Root mean square in dB of full scale."""
    rms = math.sqrt(float(np.mean((samples * WHOLE) ** 2)))
    return 20.0 * math.log10(max(rms, 1e-9))


def measured(made: Rendering) -> Facts:
    """What is measured of every track."""
    mix = made.mix
    heard = mix * WHOLE
    facts: Facts = {}
    with tempfile.TemporaryDirectory() as folder:
        for suffix in (".wav", ".mp3"):
            path = Path(folder) / f"a{suffix}"
            path.write_bytes(encode(mix, suffix))
            facts[f"lufs{suffix}"], facts[f"peak{suffix}"] = by_ffmpeg(path)
        write_ogg(Path(folder) / "a.ogg", mix)
        _, facts["peak.ogg"] = by_ffmpeg(Path(folder) / "a.ogg")
    seconds = [level_db(mix[at : at + 48_000]) for at in range(0, len(mix) - 48_000, 24_000)]
    return facts | {
        "slope": meter.slope(heard),
        "width": meter.side_to_mid_db(heard),
        "low": meter.low_correlation(heard),
        "quietest": min(seconds[:-1] or seconds),
        "end": level_db(mix[-2400:]),
        "stems": int(np.abs(sum(made.stems.values()) - made.premaster).max()),
        "pcm_sha256": sha256(pcm_bytes(mix)).hexdigest(),
    }


def ends_well(score: Score, mix: Samples) -> bool:
    """Whether a piece ends: the last chord on the tonic, heard, and then gone in its own time."""
    onset = score.tempo.frame_at(score.bars[-2], 48_000)
    ringing = (len(mix) - onset) / 48_000
    on_tonic = score.chords[-1].root % 12 == score.key.tonic % 12
    heard = level_db(mix[onset : onset + 9600]) > level_db(mix) - 9.0
    return bool(on_tonic and heard and 0.7 <= ringing <= 1.5 and level_db(mix[-2400:]) < -50.0)


def more(model: Model, brief: Brief, seed: int, piece: Composition) -> Facts:
    """What is measured of every fifth track: its loop and its cutdowns."""
    loop = render_loop(piece.score, seed, master_profile())
    facts: Facts = {"loop": None, "cutdowns": []}
    if loop is not None:
        thrice = np.tile(loop, (3, 1)) * WHOLE
        steps = np.abs(np.diff(thrice, 2, axis=0)).max(axis=1)
        near = steps[len(loop) - 48 : len(loop) + 48].max()
        rank = float(np.mean(steps[: len(loop)] < near))
        facts["loop"] = [len(loop) / 48_000, rank]
    for seconds in (30, 15, 6):
        if seconds < brief.seconds:
            shorter = replace(brief, seconds=Fraction(seconds), style=piece.style)
            try:
                cut = compose(
                    model, shorter, seed, candidates=CANDIDATES,
                    sibling=Sibling(brief, piece.contest.kept),
                )  # fmt: skip
            except CompositionError as error:
                facts["cutdowns"].append([seconds, str(error)])
                continue
            mix = render(cut.score, seed).mix
            facts["cutdowns"].append([seconds, "yes" if ends_well(cut.score, mix) else "no"])
    return facts


def again(brief: Brief, seed: int) -> list[str]:
    """The PCM digests of the same track by two more processes at once."""
    command = [sys.executable, __file__, "--one", json.dumps(
        [brief.mood, str(brief.seconds), brief.style, seed])]  # fmt: skip
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    return [process.communicate()[0].strip() for process in running]


def learnt() -> Model:
    """The model of this installation's training set."""
    wired = open_platform(read_settings(os.environ))
    corpus = wired.library.corpus(frozenset(), lambda *step: None)
    return wired.library.model(corpus, lambda *step: None)


def plan(number: int) -> tuple[Brief, int]:
    """The number-th track's brief and seed: moods, styles and lengths in turn."""
    moods, styles = sorted(catalogue().moods), sorted(catalogue().styles)
    mood, length = moods[number % len(moods)], LENGTHS[number % len(LENGTHS)]
    style = styles[number * 7 % len(styles)]
    return Brief(mood, "ad", Fraction(length), style), 100 + number


def cached(path: Path, make: Callable[[], Facts]) -> Facts:
    """What an earlier run found, else what is found now."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(make()))
    found: Facts = json.loads(path.read_text())
    return found


def track(model: Model, number: int) -> Facts:
    """Make and measure one track; a fifth of them more closely."""
    brief, seed = plan(number)
    piece = compose(model, brief, seed, candidates=CANDIDATES)
    made = render(piece.score, seed)
    facts = measured(made) | {"ends": ends_well(piece.score, made.mix)}
    if number % 5 == 4:
        facts |= more(model, brief, seed, piece)
    if number % 10 == 2:
        facts["same"] = again(brief, seed) == [facts["pcm_sha256"]] * 2
    return facts


COLUMNS = (
    "lufs.wav",
    "peak.wav",
    "peak.mp3",
    "peak.ogg",
    "slope",
    "width",
    "low",
    "quietest",
    "end",
)


def row(number: int, facts: Facts) -> str:
    """One line of the table."""
    brief, seed = plan(number)
    figures = " | ".join(f"{facts[name]:.2f}" for name in COLUMNS)
    return (
        f"| {number + 1} | {brief.mood} | {brief.style} | {brief.seconds_text} | {seed} "
        f"| {figures} | {'yes' if facts['ends'] else 'no'} |"
    )


def summary(all_facts: list[Facts]) -> list[str]:
    """The widest and narrowest of each figure, and what the closer looks found."""
    lines = ["| figure | lowest | highest | wanted |", "|---|---|---|---|"]
    wanted = ("-14.1 to -13.9", "at most -1.0", "at most -1.0", "at most -1.0", "-5.5 to -3.5",
              "-10 to -6", "above 0.9", "above -50", "under -50")  # fmt: skip
    for name, aim in zip(COLUMNS, wanted, strict=True):
        values = [facts[name] for facts in all_facts]
        lines.append(f"| {name} | {min(values):.2f} | {max(values):.2f} | {aim} |")
    loops = [facts["loop"] for facts in all_facts if facts.get("loop")]
    cuts = [cut for facts in all_facts for cut in facts.get("cutdowns", [])]
    same = [facts["same"] for facts in all_facts if "same" in facts]
    return [
        *lines,
        "",
        f"- Stems against the premaster, largest difference in 24-bit steps: "
        f"{max(facts['stems'] for facts in all_facts)}.",
        f"- Endings that ring out on the tonic: {sum(f['ends'] for f in all_facts)} of "
        f"{len(all_facts)}.",
        f"- Loops: {len(loops)}; the sharpest bend within 1 ms of the seam is sharper than at most "
        f"{max((rank for _, rank in loops), default=0):.5f} of all bends of its loop.",
        f"- Cutdowns: {sum(end == 'yes' for _, end in cuts)} of {len(cuts)} end on the tonic and "
        f"ring out; the others: {[cut for cut in cuts if cut[1] != 'yes'] or 'none'}.",
        f"- Same PCM in two more processes at once: {sum(same)} of {len(same)} tracks.",
        "",
    ]


def main() -> None:
    """Make the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", help="in a process of its own: print one track's PCM digest")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "evidence" / "sound.md")
    given = parser.parse_args()
    model = learnt()
    if given.one:
        mood, seconds, style, seed = json.loads(given.one)
        brief = Brief(mood, "ad", Fraction(seconds), style)
        made = render(compose(model, brief, seed, candidates=CANDIDATES).score, seed)
        print(sha256(pcm_bytes(made.mix)).hexdigest())
        return
    cache = (
        Path(tempfile.gettempdir()) / f"clearcue-evidence-sound-{bank_manifest()['sha256'][:16]}"
    )
    found = []
    for number in range(TRACKS):
        found.append(cached(cache / f"{number}.json", lambda n=number: track(model, n)))
        print(row(number, found[-1]), flush=True)
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True,
        check=False,
    ).stdout.strip()  # fmt: skip
    text = [
        "# Forty tracks, heard by instruments",
        f"`make evidence NAME=sound`, {datetime.now(UTC):%Y-%m-%d}, commit {commit}, "
        f"{platform.machine()}, bank {bank_manifest()['sha256'][:16]}, {CANDIDATES} candidates a "
        "track. Loudness and peaks by ffmpeg's ebur128, MP3 and OGG decoded; the rest by our own "
        "meter. Every fifth track was looked at more closely.",
        "",
        *summary(found),
        "| | mood | style | s | seed | LUFS | dBTP | MP3 dBTP | OGG dBTP | slope dB/octave | "
        "side to mid dB | low-end correlation | quietest second dB | last 50 ms dB | ends |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|",
        *(row(number, facts) for number, facts in enumerate(found)),
        "",
    ]
    given.out.write_text("\n".join(text))


if __name__ == "__main__":
    main()
