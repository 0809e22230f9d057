"""Make a track: brief in; score, sound, record, licence and delivery out.

The order, and what each step leaves behind if the process dies in it:

1. publish the log as it stands: one that cannot be continued is refused before anything is issued;
2. learn and compose: nothing but caches;
3. render and encode into a staging folder, and keep these files in the file store: nothing but that
   folder, and files that no row names;
4. one transaction stores the track, its files, its report, its record, its quote and its licence,
   with their log leaves: all of it or nothing;
5. publish the log and make the bundles: what is missing is made again from what is stored;
6. one transaction stores the delivery and the papers, and the log is published again.

The caller moves the staging folder's files to where the user wants them. From step 4 on nothing is
lost: `services.delivering.write_again` makes a licensed track's folder from what is stored.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from clearcue.composer.brief import Brief
from clearcue.composer.catalogue import catalogue
from clearcue.composer.compose import Composition
from clearcue.errors import ClearcueError
from clearcue.files import write_atomically
from clearcue.licensing.quotes import Subject
from clearcue.rights.corpus import ClearedCorpus
from clearcue.services.composing import compose_clear, fingerprint
from clearcue.services.delivering import deliver, keep, names_in, write_papers
from clearcue.services.licences import (
    LicenceRequest,
    PreparedLicence,
    prepare,
    refuse_ungrantable,
    store,
)
from clearcue.services.owner import ensure_owner
from clearcue.services.platform import Platform, Progress
from clearcue.services.publishing import Signed, add_record, publish, sign
from clearcue.services.recording import (
    Made,
    attempts_json,
    influence_of,
    lineage_json,
    pcm_subject,
    predicate_of,
    subjects_of,
)
from clearcue.services.stored import (
    Organisation,
    StoredFile,
    StoredLicence,
    StoredRecord,
    StoredReport,
    StoredTrack,
    StoredTrainingSet,
    StoredWork,
)
from clearcue.sound.export import write_audio
from clearcue.sound.render import render
from clearcue_provenance.errors import ProvenanceError
from clearcue_provenance.predicates import GENERATION


class UndeliveredError(ClearcueError):
    """A track was stored, and perhaps licensed, but its papers could not be written."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for: a brief, perhaps a seed, and the licence wanted (None for no licence)."""

    brief: Brief
    seed: int | None
    licence: LicenceRequest | None


@dataclass(frozen=True, slots=True)
class MadeTrack:
    """What was made: the summary that `make --json` prints, and the names of the files."""

    summary: dict[str, Any]
    files: tuple[str, ...]


def make_track(platform: Platform, order: Order, staging: Path, progress: Progress) -> MadeTrack:
    """Make a track into a staging folder that exists and is empty.

    Raises:
        BadInputError: when the brief or the licence asks for what there is not.
        NearDuplicateError: when no attempt is clear.
        UndeliveredError: when one of these comes after the track was stored.
        ClearcueError: when a file, the database or the log cannot be written.
    """
    _refuse_unknown(order)
    owner = ensure_owner(platform)
    publish(platform)  # 1
    now = platform.clock.now()
    corpus = platform.library.corpus(progress)
    made = _make(platform, order, owner, corpus, now, progress)  # 2, 3
    progress("writing", 0, 1)
    _write_music(made, staging)
    signed = sign(platform, subjects_of(made), GENERATION, predicate_of(made))
    _write_audio(made, signed.digest, staging)
    kept = keep(platform, owner.id, made.track_id, staging, names_in(staging))
    record, licence = _store(platform, order, owner, made, signed, corpus, kept)  # 4
    progress("publishing", 0, 1)
    try:
        publish(platform)  # 5
        write_papers(platform, record, licence, staging)
        deliver(platform, record, kept, staging)  # 6
    except (ClearcueError, ProvenanceError, OSError) as error:
        raise UndeliveredError(_undelivered(error, made.track_id, licence)) from error
    return MadeTrack(_summary(made, signed, licence, staging), tuple(names_in(staging)))


def _undelivered(error: Exception, track_id: str, licence: StoredLicence | None) -> str:
    reason = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
    if licence is None:
        return f"{reason}; the track {track_id} is stored, but not all of its files were written"
    return (
        f"{reason}; the track is stored and licensed: "
        f"`clearcue licence show {licence.number} --out FOLDER` writes its files"
    )


def _refuse_unknown(order: Order) -> None:
    """Name what does not exist before anything costly is done."""
    entries = catalogue()
    entries.mood(order.brief.mood)
    entries.usage(order.brief.usage)
    if order.brief.style is not None:
        entries.style(order.brief.style)
    if order.licence is not None:
        refuse_ungrantable(order.licence, order.brief.usage)


def _make(
    platform: Platform,
    order: Order,
    owner: Organisation,
    corpus: ClearedCorpus,
    now: datetime,
    progress: Progress,
) -> Made:
    model = platform.library.model(corpus, progress)
    index = platform.library.index(corpus, progress)
    with platform.units.read() as unit:
        accepted = compose_clear(
            model, index, order.brief, order.seed, owner.id, unit.tracks.fingerprints(), progress
        )
    score = accepted.composition.score
    rendering = render(
        score,
        accepted.seed,
        lambda part, done: progress(f"playing {part}", int(100 * done), 100),
    )
    return Made(
        track_id=platform.ids.new(),
        brief=order.brief,
        seed=accepted.seed,
        composition=accepted.composition,
        attempts=accepted.attempts,
        report=accepted.report,
        rendering=rendering,
        midi=platform.scores.midi(score),
        musicxml=platform.scores.musicxml(score),
        lineage=_json(lineage_json(accepted.composition)),
        training_set=model.training_set,
        credits=credits_of(accepted.composition, corpus),
        parser=platform.library.parser,
        started_at=now,
        finished_at=max(now, platform.clock.now()),  # a clock may be set back meanwhile
    )


def _json(value: Mapping[str, Any]) -> bytes:
    text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=False)
    return text.encode() + b"\n"


def _originality_json(made: Made) -> bytes:
    return _json({**made.report.to_json(), "attempts": attempts_json(made.attempts)})


def _write_music(made: Made, staging: Path) -> None:
    write_atomically(staging / "score.mid", made.midi)
    write_atomically(staging / "score.musicxml", made.musicxml)
    write_atomically(staging / "lineage.json", made.lineage)
    write_atomically(staging / "originality.json", _originality_json(made))


def _write_audio(made: Made, record_digest: str, staging: Path) -> None:
    title = made.composition.score.title
    tags = {"title": title, "comment": f"clearcue track {made.track_id} record {record_digest}"}
    for suffix in (".wav", ".flac", ".mp3"):
        write_audio(staging / f"track{suffix}", made.rendering.mix, tags)
    write_audio(staging / "premaster.wav", made.rendering.premaster, tags)
    (staging / "stems").mkdir()
    for name, samples in made.rendering.stems.items():
        write_audio(
            staging / "stems" / f"{name}.wav", samples, {**tags, "title": f"{title} {name}"}
        )


def _store(
    platform: Platform,
    order: Order,
    owner: Organisation,
    made: Made,
    signed: Signed,
    corpus: ClearedCorpus,
    kept: Sequence[StoredFile],
) -> tuple[StoredRecord, StoredLicence | None]:
    """The one transaction that makes a track real; returns its record and its licence."""
    now = made.finished_at
    # Everything costly comes before the transaction, which keeps all other writers waiting.
    prepared = _prepared(platform, order, owner, made, signed)
    track, report = _track(made, owner, now), _report(platform, owner, made)
    with platform.units.write() as unit:
        unit.works.add_if_absent(_works(corpus, now))
        unit.training_sets.add_if_absent(_training_set(made, corpus, now))
        unit.tracks.add(track, kept)
        unit.originality_reports.add(report)
        record = add_record(platform, unit, owner.id, made.track_id, "record", signed, now)
        licence = store(unit, prepared) if prepared is not None else None
        unit.commit()
    return record, licence


def _report(platform: Platform, owner: Organisation, made: Made) -> StoredReport:
    return StoredReport(
        id=platform.ids.new(),
        organisation_id=owner.id,
        track_id=made.track_id,
        verdict=made.report.verdict,
        similarity=made.report.similarity,
        report=_originality_json(made),
        created_at=made.finished_at,
    )


def _prepared(
    platform: Platform, order: Order, owner: Organisation, made: Made, signed: Signed
) -> PreparedLicence | None:
    if order.licence is None:
        return None
    subject = Subject(
        track_id=made.track_id,
        title=made.composition.score.title,
        record_digest=signed.digest,
        pcm_sha256=_mix_digest(made),
        credits=made.credits,
    )
    return prepare(
        platform, owner.id, owner.name, order.brief.usage, order.licence, subject, made.finished_at
    )


def credits_of(composition: Composition, corpus: ClearedCorpus) -> tuple[str, ...]:
    """The attribution lines that the works of influence oblige to."""
    works = {
        source["work"]
        for part in influence_of(composition)
        for source in part["sources"]
        if source["kind"] == "work"
    }
    return tuple(obligation.text for obligation in corpus.obligations(works))


def _mix_digest(made: Made) -> str:
    rendering = made.rendering
    return pcm_subject("track.pcm", rendering.mix, rendering.sample_rate).sha256


def _works(corpus: ClearedCorpus, now: datetime) -> list[StoredWork]:
    return [
        StoredWork(
            id=work.work_id,
            title=work.title,
            path=work.rights.identity.path,
            sha256=work.rights.identity.sha256,
            verdict=str(work.rights.decision.verdict),
            permissions=work.rights.decision.permitted,
            added_at=now,
        )
        for work in corpus
    ]


def _training_set(made: Made, corpus: ClearedCorpus, now: datetime) -> StoredTrainingSet:
    ids = tuple(work.work_id for work in corpus)
    return StoredTrainingSet(made.training_set, corpus.policy.name, ids, now)


def _track(made: Made, owner: Organisation, now: datetime) -> StoredTrack:
    score = made.composition.score
    return StoredTrack(
        id=made.track_id,
        organisation_id=owner.id,
        family=made.track_id,
        title=score.title,
        mood=made.brief.mood,
        usage=made.brief.usage,
        seed=made.seed,
        attempt=made.composition.attempt,
        frames=len(made.rendering.mix),
        sample_rate=made.rendering.sample_rate,
        training_set_digest=made.training_set,
        pcm_sha256=_mix_digest(made),
        fingerprint=fingerprint(score),
        created_at=now,
        details={
            "style": made.composition.style,
            "key": score.key.name,
            "tempo_bpm": round(score.tempo.bpm, 3),
            "lufs": made.rendering.lufs,
            "true_peak_db": made.rendering.true_peak_db,
        },
    )


def _summary(
    made: Made, signed: Signed, licence: StoredLicence | None, staging: Path
) -> dict[str, Any]:
    score, report = made.composition.score, made.report
    return {
        "track_id": made.track_id,
        "title": score.title,
        "seed": made.seed,
        "attempt": made.composition.attempt,
        "mood": made.brief.mood,
        "usage": made.brief.usage,
        "style": made.composition.style,
        "seconds": float(made.brief.seconds),
        "frames": len(made.rendering.mix),
        "sample_rate": made.rendering.sample_rate,
        "pcm_sha256": _mix_digest(made),
        "tempo_bpm": round(score.tempo.bpm, 3),
        "key": score.key.name,
        "lufs": round(made.rendering.lufs, 2),
        "true_peak_db": round(made.rendering.true_peak_db, 2),
        "originality": {
            "verdict": report.verdict,
            "similarity": report.similarity,
            "nearest": report.nearest.work if report.nearest else None,
        },
        "training_set": made.training_set,
        "record_digest": signed.digest,
        "licence_id": licence.id if licence else None,
        "licence_number": licence.number if licence else None,
        "credits": list(made.credits),
        "files": {
            name: sha256((staging / name).read_bytes()).hexdigest() for name in names_in(staging)
        },
    }
