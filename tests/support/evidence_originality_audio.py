"""`make evidence NAME=originality-audio`: our tracks, found again in what became of them.

Renders 250 tracks of 20 s (kept below CLEARCUE_HOME, so that a run goes on where it stopped),
indexes 200, and asks for 8 s excerpts of them after each change of `audio_changes`; the other 50,
which the same composer and the same instruments made, are the outside queries, changed likewise.
Chromaprint is measured beside the landmarks where the machine has its library.

    python tests/support/evidence_originality_audio.py --seed 1 --tracks 200 --outside 50
"""

import argparse
import datetime
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from audio_changes import CHANGES, RATE, excerpt
from audio_material import SECONDS, mix_path, rendered, stem_path
from chromaprint_peer import best_agreement, library, raw_fingerprint

from clearcue.originality.landmarks import FOUND_PAIRS, landmarks_of, recordings_of
from clearcue.settings import read_settings

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "docs" / "evidence" / "originality-audio.md"
OUTSIDE_QUERIES = 1000
QUIET = 1e-3

Ask = Callable[[np.ndarray, int], tuple[str, float]]
"""The recording that a method names for samples at a rate, and its score."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A query: which change it went through, and which track it is of; empty when of none."""

    change: str
    track: str
    samples: np.ndarray
    rate: int


def sound_of(path: Path) -> np.ndarray:
    """Samples of full scale 1, shape (frames, 2)."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    assert rate == RATE
    return samples


def queries(
    folder: Path, known: Sequence[int], outside: Sequence[int], seed: int
) -> Iterator[Asked]:
    """Every change of one excerpt of each known track, and of so many of the others; one by one."""
    for number in known:
        source = np.random.default_rng([seed, number])
        mix, stem = sound_of(mix_path(folder, number)), sound_of(stem_path(folder, number))
        for name, change in CHANGES.items():
            yield Asked(name, f"{number}", *change(excerpt(mix, source), source))
        cut = excerpt(stem, source)
        if float(np.abs(cut).max()) > QUIET:
            yield Asked("a stem alone, MP3", f"{number}", *CHANGES["MP3 128 kbit/s"](cut, source))
    for turn in range(OUTSIDE_QUERIES):
        number = outside[turn % len(outside)]
        source = np.random.default_rng([seed, number, turn])
        change = list(CHANGES.values())[turn // len(outside) % len(CHANGES)]
        path = stem_path(folder, number) if turn % 5 == 4 else mix_path(folder, number)
        yield Asked("outside", "", *change(excerpt(sound_of(path), source), source))


def by_landmarks(folder: Path, known: Sequence[int]) -> tuple[Ask, float]:
    """The product's way, and the pairs that a minute of one file holds."""
    named = []
    for number in known:
        for path in (mix_path(folder, number), stem_path(folder, number)):
            named.append((f"{number}/{path.stem}", landmarks_of(sound_of(path), RATE)))
    made = recordings_of(named)
    pairs = float(np.mean([len(marks.keys) for _, marks in named])) * 60 / float(SECONDS)

    def ask(samples: np.ndarray, rate: int) -> tuple[str, float]:
        heard = made.heard_in(landmarks_of(samples, rate))
        return (heard[0].name.split("/")[0], heard[0].score) if heard else ("", 0.0)

    return ask, pairs


def by_chromaprint(folder: Path, known: Sequence[int]) -> Ask | None:
    """Chromaprint's raw fingerprints, or None where the machine lacks its library."""
    loaded = library()
    if loaded is None:
        return None
    names, prints = [], []
    for number in known:
        for path in (mix_path(folder, number), stem_path(folder, number)):
            names.append(f"{number}")
            prints.append(raw_fingerprint(loaded, sound_of(path), RATE))

    def ask(samples: np.ndarray, rate: int) -> tuple[str, float]:
        wide = samples if samples.ndim == 2 else samples[:, None]
        agree = best_agreement(raw_fingerprint(loaded, wide, rate), prints)
        best = int(np.argmax(agree))
        return names[best], float(agree[best])

    return ask


@dataclass(frozen=True, slots=True)
class Found:
    """For one method: the highest outside score, and the share found above a limit, by change."""

    name: str
    outside: float
    limit: float
    shares: dict[str, float]
    query_ms: float


def measure(name: str, ask: Ask, asked: Sequence[Asked], limit: float | None) -> Found:
    """Ask everything; the limit is the highest outside score where none is given."""
    scores: dict[str, list[float]] = {}
    outside, times = [0.0], []
    for query in asked:
        start = time.perf_counter()
        named, score = ask(query.samples, query.rate)
        times.append(1e3 * (time.perf_counter() - start))
        if query.track:
            scores.setdefault(query.change, []).append(score if named == query.track else 0.0)
        else:
            outside.append(score)
    highest = max(outside)
    above = highest if limit is None else limit
    shares = {change: float(np.mean(np.array(values) > above)) for change, values in scores.items()}
    return Found(name, highest, above, shares, float(np.median(times)))


def page(found: Sequence[Found], known: int, outside: int, pairs: float, seed: int) -> str:
    """The page for docs/evidence."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True,
        check=False,
    ).stdout.strip()  # fmt: skip
    own, *peers = found
    lines = [
        "# Originality: recordings found again",
        "",
        f"`make evidence NAME=originality-audio SEED={seed}`, "
        f"{datetime.datetime.now(datetime.UTC).date().isoformat()}, commit {commit}; Python "
        f"{platform.python_version()}, {platform.machine()}.",
        "",
        f"{known} tracks of {SECONDS} s and one stem of each are known; one 8 s excerpt of each "
        f"goes through each change. {OUTSIDE_QUERIES} outside queries are excerpts of {outside} "
        "other tracks of the same composer and instruments, changed likewise. The voice is "
        "computed (see `tests/support/audio_changes.py`), ten loudness units above the music.",
        "",
        "| change | " + " | ".join(one.name for one in found) + " |",
        "|---|" + "---|" * len(found),
    ]
    lines += [
        f"| {change} | " + " | ".join(f"{100 * one.shares[change]:.1f} %" for one in found) + " |"
        for change in own.shares
    ]
    lines += [
        f"| highest score outside | {own.outside:.1f} pairs | "
        + "".join(f"{100 * one.outside:.1f} % of bits equal |" for one in peers),
        f"| counts as found above | {own.limit:.1f} pairs | "
        + "".join(f"{100 * one.limit:.1f} % |" for one in peers),
        f"| a query, median | {own.query_ms:.0f} ms | "
        + "".join(f"{one.query_ms:.0f} ms |" for one in peers),
        "",
        f"The landmarks' limit is the product's own ({FOUND_PAIRS:g} pairs); a peer's is the "
        f"highest score that an outside query reached. A minute of a file holds {pairs:.0f} pairs "
        "of 12 bytes.",
        "",
    ]
    return "\n".join(lines)


def main(argv: Sequence[str]) -> int:
    """Render what is missing, measure, write the page; 1 when an outside query was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    seed = os.environ.get("CLEARCUE_EVIDENCE_SEED") or "1"
    parser.add_argument("--seed", type=int, default=int(seed))
    parser.add_argument("--tracks", type=int, default=200)
    parser.add_argument("--outside", type=int, default=50)
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args(argv)
    folder = read_settings(os.environ).home / "evidence" / "audio"
    numbers: list[int] = []
    number = 0
    while len(numbers) < given.tracks + given.outside:
        rendered(folder, [number])
        if mix_path(folder, number).exists():
            numbers.append(number)
        number += 1
    known, outside = numbers[: given.tracks], numbers[given.tracks :]
    asked = list(queries(folder, known, outside, given.seed))
    own, pairs = by_landmarks(folder, known)
    found = [measure("landmarks", own, asked, FOUND_PAIRS)]
    peer = by_chromaprint(folder, known)
    if peer is not None:
        found.append(measure("chromaprint", peer, asked, None))
    text = page(found, len(known), len(outside), pairs, given.seed)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(text, encoding="utf-8")
    print(text)
    return 0 if found[0].outside <= FOUND_PAIRS else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
