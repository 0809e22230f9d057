"""What the generation record says of a track, built from what the parts handed on.

The record's subjects are the score's files and the decoded PCM of the mix, the premaster and each
stem; containers come later and are listed in the delivery.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from hashlib import sha256
from typing import Any

from clearcue.composer import ENGINE_VERSION
from clearcue.composer.brief import Brief
from clearcue.composer.compose import Composition
from clearcue.composer.contest import Contest
from clearcue.composer.reworking import DISTANCE
from clearcue.music.lineage import CHORDS, RuleSource
from clearcue.originality.report import Match, Report
from clearcue.services.finishing import AS_USUAL, Finish, plain_finish
from clearcue.services.ledger_store import TrackWork
from clearcue.services.lineage_file import runs_json, source_json
from clearcue.services.makers import authorship_block
from clearcue.services.recipes import Recipe, plain_recipe
from clearcue.sound.manifest import bank_manifest
from clearcue.sound.render import Rendering, Samples, pcm_bytes
from clearcue_provenance.predicates import BUILD_TYPE, BUILDER_ID
from clearcue_provenance.shape import format_fraction, format_time
from clearcue_provenance.statement import PcmFormat, Subject, file_subject

SAMPLE_BITS = 24


@dataclass(frozen=True, slots=True)
class Attempt:
    """One candidate that was composed and checked: its number and what the check said."""

    number: int
    verdict: str
    similarity: float
    nearest: str | None


@dataclass(frozen=True, slots=True)
class Made:
    """A composed, checked and rendered track, before it is signed.

    `distance` is how far it lies from the track that it works on, in percent, None without one;
    `credits` are the attribution lines that its works of influence ask for.
    """

    track_id: str
    recipe: Recipe
    seed: int
    composition: Composition
    attempts: tuple[Attempt, ...]
    distance: int | None
    report: Report
    rendering: Rendering
    midi: bytes
    musicxml: bytes
    lineage: bytes
    training_set: str
    credits: tuple[str, ...]
    parser: str
    started_at: datetime
    finished_at: datetime
    finish: Finish = AS_USUAL
    sampled: Mapping[str, str] | None = None

    @property
    def brief(self) -> Brief:
        """What was asked for."""
        return self.recipe.brief

    @property
    def family(self) -> str:
        """The first of the tracks that were worked on one after the other, or the track itself."""
        rework = self.recipe.rework
        return self.track_id if rework is None else rework.base.family


def pcm_subject(name: str, samples: Samples, sample_rate: int) -> Subject:
    """A subject whose digest is that of decoded samples."""
    digest = sha256(pcm_bytes(samples)).hexdigest()
    return Subject(name, digest, PcmFormat(sample_rate, SAMPLE_BITS, samples.shape[1]))


def subjects_of(made: Made) -> tuple[Subject, ...]:
    """Everything that the record answers for."""
    rate = made.rendering.sample_rate
    return (
        file_subject("score.mid", made.midi),
        file_subject("score.musicxml", made.musicxml),
        pcm_subject("track.pcm", made.rendering.mix, rate),
        pcm_subject("premaster.pcm", made.rendering.premaster, rate),
        *(
            pcm_subject(f"stems/{name}.pcm", samples, rate)
            for name, samples in made.rendering.stems.items()
        ),
    )


def predicate_of(made: Made) -> dict[str, Any]:
    """The generation predicate, as docs/formats/generation.md has it."""
    return {
        "buildDefinition": {
            "buildType": BUILD_TYPE,
            "externalParameters": {
                **plain_recipe(made.recipe),
                **plain_finish(made.finish),
                "seed": made.seed,
                "attempt": made.composition.attempt,
            },
            "internalParameters": _internal(made),
            "resolvedDependencies": _dependencies(made),
        },
        "runDetails": {
            "builder": {
                "id": BUILDER_ID,
                "version": {"composer": ENGINE_VERSION, "parser": made.parser},
            },
            "metadata": {
                "invocationId": made.track_id,
                "startedOn": format_time(made.started_at),
                "finishedOn": format_time(made.finished_at),
            },
        },
        "influence": {"parts": influence_of(made.composition)},
        "credits": list(made.credits),
        "rules": _rules(made.composition),
        "originality": _originality(made.report),
        "authorship": authorship_block(made.composition),
    }


def _internal(made: Made) -> dict[str, Any]:
    score = made.composition.score
    return {
        "style": made.composition.style,
        "key": score.key.name,
        "microseconds_per_quarter": score.tempo.microseconds_per_quarter,
        "bars": len(score.bars) - 1,
        "sections": [section.name for section in score.sections],
        "frames": len(made.rendering.mix),
        **_distance(made),
        "lineage": {"sha256": sha256(made.lineage).hexdigest()},
        "shared_runs": runs_json(made.composition.shared_runs),
        "critic": critic_json(made.composition.contest),
        "attempts": [
            {"attempt": attempt.number, "verdict": attempt.verdict,
             "similarity": decimal_text(attempt.similarity)}
            for attempt in made.attempts
        ],
    }  # fmt: skip


def critic_json(contest: Contest) -> dict[str, Any]:
    """Why this piece was kept: the critic's measures, their points of 1000, and what others lacked.

    A measure lists its value, its points and the points of all arranged ones on the average.
    """
    return {
        "candidates": contest.candidates,
        "arranged": contest.arranged,
        "kept": contest.kept,
        "points": contest.points,
        "median": contest.median,
        "worst": contest.worst,
        "sketches": contest.sketches,
        "measures": {
            reason.name: [reason.value, reason.points, reason.average] for reason in contest.reasons
        },
        "refused": dict(contest.faults),
    }


def _distance(made: Made) -> dict[str, Any]:
    if made.distance is None:
        return {}
    return {"distance": {"measure": DISTANCE, "percent": made.distance}}


def _dependencies(made: Made) -> list[dict[str, Any]]:
    banks = [bank_manifest(), *([made.sampled] if made.sampled else [])]
    return [
        {"name": "training-set", "digest": {"sha256": made.training_set}},
        *(
            {
                "name": f"sound-bank:{bank['bank']}",
                "digest": {"sha256": bank["sha256"]},
                "annotations": {"version": bank["version"], "licence": bank["licence"]},
            }
            for bank in banks
        ),
    ]


def influence_of(composition: Composition) -> list[dict[str, Any]]:
    """Each part's sources with exact shares, works first, the largest first."""
    lineage = composition.lineage
    parts = [part.name for part in composition.score.parts] + [CHORDS]
    return [
        {
            "part": part,
            "learnt": format_fraction(lineage.learnt_fraction(part)),
            "sources": [
                {**source_json(source), "share": format_fraction(share)}
                for source, share in sorted(
                    lineage.influence(part).items(),
                    key=lambda entry: (-entry[1], str(source_json(entry[0]))),
                )
            ],
        }
        for part in parts
    ]


def _rules(composition: Composition) -> list[dict[str, str]]:
    used = [one for one in composition.lineage.sources() if isinstance(one, RuleSource)]
    return [
        {name: value for name, value in source_json(rule).items() if name != "kind"}
        for rule in sorted(used)
    ]


def _originality(report: Report) -> dict[str, Any]:
    method = "; ".join(f"{name}={value}" for name, value in sorted(report.method.items()))
    matches = list(report.matches) or ([report.nearest] if report.nearest else [])
    return {
        "method": method,
        "corpus": {
            "digest": report.corpus.digest,
            "counts": {
                "works": report.corpus.works,
                "lines": report.corpus.lines,
                "notes": report.corpus.notes,
                "windows": report.corpus.windows,
            },
        },
        "verdict": report.verdict,
        "similarity": decimal_text(report.similarity),
        "nearest": [_match(match) for match in matches],
    }


def _match(match: Match) -> dict[str, Any]:
    return {
        "work": match.work,
        "title": match.title,
        "similarity": decimal_text(match.similarity),
        "query_bars": {"from": match.query_bars[0], "to": match.query_bars[1]},
        "work_bars": {"from": match.work_bars[0], "to": match.work_bars[1]},
        "transposition": match.transposition,
    }


def decimal_text(value: float) -> str:
    """A number as records write decimals: at most four places, without trailing zeros."""
    return format(round(value, 4), ".4f").rstrip("0").rstrip(".")


def relations_of(
    predicate: Mapping[str, Any], organisation_id: str, track_id: str
) -> tuple[TrackWork, ...]:
    """What a generation predicate says of works: their influence, and the near passages of them.

    A work's share of the track is the mean of its shares of the parts, chords included.
    """
    parts = predicate["influence"]["parts"]
    shares: dict[str, dict[str, str]] = {}
    for part in parts:
        for source in part["sources"]:
            if source["kind"] == "work":
                shares.setdefault(source["work"], {})[part["part"]] = source["share"]
    near: dict[str, float] = {}
    for match in predicate["originality"]["nearest"]:
        near[match["work"]] = max(float(match["similarity"]), near.get(match["work"], 0.0))
    return tuple(
        TrackWork(
            organisation_id,
            track_id,
            work_id,
            format_fraction(sum(map(Fraction, of.values()), Fraction(0)) / len(parts)),
            of,
            near.get(work_id),
        )
        for work_id in sorted({*shares, *near})
        for of in [shares.get(work_id, {})]
    )


def attempts_json(attempts: Sequence[Attempt]) -> list[dict[str, Any]]:
    """The attempts as originality.json lists them."""
    return [
        {
            "attempt": attempt.number,
            "verdict": attempt.verdict,
            "similarity": attempt.similarity,
            "nearest": attempt.nearest,
        }
        for attempt in attempts
    ]


def plain_json(value: Mapping[str, Any]) -> bytes:
    """A JSON file's bytes, as the files beside the audio are written."""
    text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=False)
    return text.encode() + b"\n"


def originality_json(made: Made) -> bytes:
    """The bytes of originality.json: the report, the longest shared runs, and every attempt."""
    return plain_json(
        {
            **made.report.to_json(),
            "shared_runs": runs_json(made.composition.shared_runs),
            "attempts": attempts_json(made.attempts),
        }
    )


def mix_digest(made: Made) -> str:
    """The digest of the mix's decoded samples."""
    rendering = made.rendering
    return pcm_subject("track.pcm", rendering.mix, rendering.sample_rate).sha256
