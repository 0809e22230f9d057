"""The tables of `evidence_composer`, from what was kept of each track."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from mood_rule import QUADRANTS, quadrant, rule
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from clearcue.composer.review.judgement import MEASURES

Track = Mapping[str, Any]
Nearest = tuple[str, str, str, float, str]
"""Two tracks, the check's verdict, how similar they are, and the first one's part that is."""
SPLITS = 20
PERMUTATIONS = 200


def spread(values: Sequence[float], digits: int = 0) -> str:
    """Median, and 10th to 90th percentile in brackets."""
    if not values:
        return "none"
    low, middle, high = np.percentile(values, [10, 50, 90])
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def measure_rows(tracks: Sequence[Track], corpus: Mapping[str, Sequence[int]]) -> list[str]:
    """One row for each of the critic's measures, beside the training works where they have it."""
    rows = [
        "| measure | unit | range | kept pieces | outside | training works | outside |",
        "|---|---|---|---|---|---|---|",
    ]
    for measure in MEASURES:
        found = [t["measures"][measure.name][0] for t in tracks if measure.name in t["measures"]]
        works = corpus.get(measure.name, [])
        outside = [
            f"{sum(not measure.low <= v <= measure.high for v in of)} of {len(of)}" if of else ""
            for of in (found, works)
        ]
        rows.append(
            f"| {measure.name} | {measure.unit} | {measure.low} to {measure.high} | "
            f"{spread(found)} | {outside[0]} | {spread(works) if works else ''} | {outside[1]} |"
        )
    return rows


def contest_lines(tracks: Sequence[Track]) -> list[str]:
    """Failures, retries, and what candidates were refused for."""
    made = [track for track in tracks if "refused" not in track]
    retried = [track for track in made if track["attempt"]]
    faults: Counter[str] = Counter()
    for track in made:
        faults.update(track["faults"])
    drawn = sum(track["candidates"] for track in made)
    lines = [
        f"- Composed: {len(made)} of {len(tracks)}; refused after all attempts: "
        f"{len(tracks) - len(made)}.",
        f"- Needed another attempt: {len(retried)} of {len(made)} "
        f"(by the check or by the critic; the most attempts: "
        f"{1 + max((track['attempt'] for track in made), default=0)}).",
        f"- Points of a thousand, kept pieces: {spread([t['points'] for t in made])}; the median "
        f"of the same contests' sketches: {spread([t['sketches'] for t in made])}.",
        f"- Faults among {drawn} candidates: "
        + (", ".join(f"{name}: {count}" for name, count in faults.most_common()) or "none")
        + ".",
        f"- CPU seconds a track (all candidates, the check included): "
        f"{spread([t['cpu_seconds'] for t in made], 2)}.",
    ]
    longest = max(made, key=lambda track: track["shared_over"])
    by_role = {
        limit: max(run for t in made for run, of in t["shared_runs"] if of == limit)
        for limit in sorted({of for t in made for _, of in t["shared_runs"]})
    }
    lines.append(
        "- Longest run shared with a training work, by the limit that holds for the part: "
        + ", ".join(f"{run} notes of at most {limit}" for limit, run in by_role.items())
        + f"; above its limit: {sum(t['shared_over'] > 0 for t in made)} tracks"
        + (f" (the worst {longest['label']})" if longest["shared_over"] > 0 else "")
        + "."
    )
    return lines


def distance_lines(tracks: Sequence[Track], nearest: Sequence[Nearest]) -> list[str]:
    """Jaccard distances of all pairs of tunes, and what the check says of the nearest pairs."""
    sets = [(track["label"], frozenset(track["shingles"])) for track in tracks if track["shingles"]]
    shares = []
    for (_, one), (_, other) in combinations(sets, 2):
        shares.append(len(one & other) / len(one | other))
    found = np.array(shares)
    lines = [
        f"- {len(sets)} tunes, {len(found)} pairs. Distance: one less the Jaccard similarity of "
        "their five-note shingles (four intervals and four onset distances; blind to key and "
        "tempo).",
        f"- Distance of two tunes: median {1 - np.median(found):.3f}, smallest "
        f"{1 - found.max():.3f}; pairs that share more than a tenth: {int((found > 0.1).sum())}, "
        f"more than a half: {int((found > 0.5).sum())}.",
    ]
    verdicts = Counter(verdict for _, _, verdict, _, _ in nearest)
    worst = max(nearest, key=lambda entry: entry[3], default=None)
    if worst:
        lines.append(
            "- The originality check, each track against all others, every pitched part: "
            + ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items()))
            + f"; nearest pair {worst[3]:.3f}: {worst[0]} and {worst[1]}."
        )
        parts = Counter(part for _, _, verdict, _, part in nearest if verdict != "clear")
        named = ", ".join(f"{part} {count}" for part, count in parts.most_common())
        lines.append(f"- The part in which those that are not clear are alike: {named or 'none'}.")
    return lines


def ear_lines(tracks: Sequence[Track]) -> list[str]:
    """Tempo and key as librosa hears them, and the energy of sections against the plan."""
    heard = [track["ear"] for track in tracks]
    count = len(heard)
    tempo = sum(ear["tempo_rank"] == 1 for ear in heard)
    keys = [sum(ear["key_rank"] <= place for ear in heard) for place in (1, 3)]
    rhos = [ear["energy_rho"] for ear in heard if ear["energy_rho"] is not None]
    lines = [
        f"- Planned tempo strongest among its rivals (20 % slower to 20 % faster, those within 3 % "
        f"left out): {tempo} of {count} ({100 * tempo / max(count, 1):.0f} %).",
        f"- Planned key in the top three on the harmonic stems: {keys[1]} of {count} "
        f"({100 * keys[1] / max(count, 1):.0f} %); first: {keys[0]}.",
        f"- Level of sections in rank order with the planned energies (Spearman, tracks of three "
        f"sections or more): mean {np.mean(rhos):.2f} over {len(rhos)} tracks; "
        f"1.0 in {sum(rho > 0.999 for rho in rhos)}, negative in {sum(rho < 0 for rho in rhos)}."
        if rhos
        else "- No track has three sections.",
    ]
    missed = [track["label"] for track in tracks if track["ear"]["tempo_rank"] > 1]
    if missed:
        lines.append(f"- Tempo not verified: {'; '.join(missed)}.")
    astray = [
        f"{track['label']} ({track['key']}, place {track['ear']['key_rank']})"
        for track in tracks
        if track["ear"]["key_rank"] > 3
    ]
    if astray:
        lines.append(f"- Key not in the top three: {'; '.join(astray)}.")
    return lines


def mood_lines(tracks: Sequence[Track]) -> list[str]:
    """The quadrant of the mood, by a classifier across styles, by the fixed rule, and by chance."""
    names = sorted(tracks[0]["ear"]["features"])
    data = np.array([[track["ear"]["features"][name] for name in names] for track in tracks])
    truth = np.array([quadrant(*track["point"]) for track in tracks])
    styles = sorted({track["style"] for track in tracks})
    of = np.array([styles.index(track["style"]) for track in tracks])
    draw = np.random.default_rng(7)
    accuracies, permuted = [], []
    for _ in range(SPLITS):
        half = draw.permutation(len(styles))[: len(styles) // 2]
        train = np.isin(of, half)
        accuracies.append(_accuracy(data, truth, truth, train))
        for _ in range(PERMUTATIONS // SPLITS):
            mixed = truth.copy()
            mixed[train] = draw.permutation(mixed[train])
            permuted.append(_accuracy(data, mixed, truth, train))
    ruled = np.array(rule([track["ear"]["cues"] for track in tracks]))
    table = Counter(zip(truth.tolist(), ruled.tolist(), strict=True))
    majority = max(Counter(truth.tolist()).values()) / len(truth)
    lines = [
        f"- Classifier (logistic regression on {len(names)} features that librosa hears), trained "
        f"on half of the {len(styles)} styles, tested on the other half, {SPLITS} splits: "
        f"{100 * np.mean(accuracies):.0f} % (from {100 * min(accuracies):.0f} to "
        f"{100 * max(accuracies):.0f}).",
        f"- The same with the training labels permuted: {100 * np.mean(permuted):.0f} % "
        f"(95th percentile {100 * np.percentile(permuted, 95):.0f}); always the commonest "
        f"quadrant: {100 * majority:.0f} %.",
        f"- The fixed rule (`tests/support/mood_rule.py`): {100 * np.mean(ruled == truth):.0f} %; "
        f"valence alone {100 * np.mean(_side(ruled, (0, 3)) == _side(truth, (0, 3))):.0f} %, "
        f"arousal alone {100 * np.mean(_side(ruled, (0, 1)) == _side(truth, (0, 1))):.0f} %.",
        "",
        "| asked \\ fixed rule | " + " | ".join(QUADRANTS) + " |",
        "|---|" + "---|" * len(QUADRANTS),
    ]
    for row, name in enumerate(QUADRANTS):
        cells = " | ".join(str(table[row, column]) for column in range(len(QUADRANTS)))
        lines.append(f"| {name} | {cells} |")
    return lines


def _side(quadrants: np.ndarray, positive: tuple[int, int]) -> np.ndarray:
    return np.isin(quadrants, positive)


def _accuracy(data: np.ndarray, labels: np.ndarray, truth: np.ndarray, train: np.ndarray) -> float:
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=2000))
    model.fit(data[train], labels[train])
    return float(np.mean(model.predict(data[~train]) == truth[~train]))
