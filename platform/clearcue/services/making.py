"""Make a track: brief in; score, sound, record, licence and delivery out.

The order, and what each step leaves behind if the process dies in it:

1. learn and compose: nothing but caches;
2. render and encode into a staging folder: nothing but that folder;
3. one transaction stores the track, its report, its record, its quote and its licence, with their
   log leaves: all of it or nothing;
4. publish the log and make the bundles: what is missing is made again from what is stored;
5. one transaction stores the delivery and the files, and the log is published again.

The caller moves the staging folder's files to where the user wants them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from clearcue.composer.brief import Brief
from clearcue.composer.catalogue import catalogue
from clearcue.files import write_atomically
from clearcue.licensing.quotes import Subject
from clearcue.rights.corpus import ClearedCorpus
from clearcue.services.composing import compose_clear, fingerprint
from clearcue.services.licences import (
    LicenceRequest,
    PreparedLicence,
    certificate_pdf,
    licence_json,
    prepare,
    store,
    template_of,
)
from clearcue.services.owner import ensure_owner
from clearcue.services.platform import Platform, Progress
from clearcue.services.publishing import Signed, append, bundle_of, publish, sign
from clearcue.services.recording import (
    Made,
    attempts_json,
    lineage_json,
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
from clearcue_provenance.predicates import DELIVERY, GENERATION
from clearcue_provenance.shape import format_time
from clearcue_provenance.statement import Subject as StatementSubject

MEDIA_TYPES = {
    ".wav": "audio/wav",
    ".flac": "audio/flac",
    ".mp3": "audio/mpeg",
    ".mid": "audio/midi",
    ".musicxml": "application/vnd.recordare.musicxml+xml",
    ".json": "application/json",
    ".pdf": "application/pdf",
}
DELIVERY_NAME = "delivery.json"


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
        ClearcueError: when a file, the database or the log cannot be written.
    """
    _refuse_unknown(order)
    owner = ensure_owner(platform)
    now = platform.clock.now()
    corpus = platform.library.corpus(progress)
    made = _make(platform, order, owner, corpus, now, progress)  # 1, 2
    progress("writing", 0, 1)
    _write_music(made, staging)
    signed = sign(platform, subjects_of(made), GENERATION, predicate_of(made))
    _write_audio(made, signed.digest, staging)
    index, licence = _store(platform, order, owner, made, signed, corpus)  # 3
    progress("publishing", 0, 1)
    publish(platform)  # 4
    _write_papers(platform, signed, index, licence, staging)
    delivery = _deliver(platform, owner, made, signed, staging)  # 5
    write_atomically(staging / DELIVERY_NAME, delivery)
    return MadeTrack(
        _summary(made, signed, licence, staging),
        tuple(sorted(_names(staging))),
    )


def _refuse_unknown(order: Order) -> None:
    """Name what does not exist before anything costly is done."""
    entries = catalogue()
    entries.mood(order.brief.mood)
    entries.usage(order.brief.usage)
    if order.brief.style is not None:
        entries.style(order.brief.style)
    if order.licence is not None:
        template_of(order.licence, order.brief.usage)


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
        parser=platform.library.parser,
        started_at=now,
        finished_at=platform.clock.now(),
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
) -> tuple[int, StoredLicence | None]:
    """The one transaction that makes a track real; returns its record's leaf and its licence."""
    now = made.finished_at
    prepared = _prepared(platform, order, owner, made, signed, corpus)
    with platform.units.write() as unit:
        unit.works.add_if_absent(_works(corpus, now))
        unit.training_sets.add_if_absent(_training_set(made, corpus, now))
        unit.tracks.add(_track(made, owner, now))
        unit.originality_reports.add(
            StoredReport(
                id=platform.ids.new(),
                organisation_id=owner.id,
                track_id=made.track_id,
                verdict=made.report.verdict,
                similarity=made.report.similarity,
                report=_originality_json(made),
                created_at=now,
            )
        )
        index = append(unit, signed)
        unit.records.add(_record(platform, owner, made, "record", signed, index))
        licence = store(unit, prepared) if prepared is not None else None
        unit.commit()
    return index, licence


def _prepared(
    platform: Platform,
    order: Order,
    owner: Organisation,
    made: Made,
    signed: Signed,
    corpus: ClearedCorpus,
) -> PreparedLicence | None:
    if order.licence is None:
        return None
    subject = Subject(
        track_id=made.track_id,
        title=made.composition.score.title,
        record_digest=signed.digest,
        pcm_sha256=_mix_digest(made),
        credits=credits_of(made, corpus),
    )
    return prepare(
        platform, owner.id, owner.name, order.brief.usage, order.licence, subject, made.finished_at
    )


def credits_of(made: Made, corpus: ClearedCorpus) -> tuple[str, ...]:
    """The attribution lines that the works of influence oblige to."""
    works = {
        source["work"]
        for part in predicate_of(made)["influence"]["parts"]
        for source in part["sources"]
        if source["kind"] == "work"
    }
    return tuple(obligation.text for obligation in corpus.obligations(works))


def _mix_digest(made: Made) -> str:
    return next(entry.sha256 for entry in subjects_of(made) if entry.name == "track.pcm")


def _works(corpus: ClearedCorpus, now: datetime) -> list[StoredWork]:
    return [
        StoredWork(
            id=work.work_id,
            title=work.title,
            path=work.rights.identity.path,
            sha256=work.rights.identity.sha256,
            verdict=str(work.rights.decision.verdict),
            permissions=tuple(
                sorted(
                    str(name) for name, given in work.rights.decision.permissions.items() if given
                )
            ),
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


def _record(
    platform: Platform, owner: Organisation, made: Made, kind: str, signed: Signed, index: int
) -> StoredRecord:
    return StoredRecord(
        id=platform.ids.new(),
        organisation_id=owner.id,
        track_id=made.track_id,
        kind=kind,
        envelope=signed.envelope,
        digest=signed.digest,
        leaf_index=index,
        created_at=platform.clock.now(),
    )


def _write_papers(
    platform: Platform, signed: Signed, index: int, licence: StoredLicence | None, staging: Path
) -> None:
    write_atomically(staging / "record.json", signed.envelope)
    write_atomically(staging / "bundle.json", bundle_of(platform, signed.envelope, index))
    if licence is not None:
        write_atomically(staging / "licence.json", licence_json(platform, licence))
        write_atomically(staging / "certificate.pdf", certificate_pdf(licence))


def _names(staging: Path) -> list[str]:
    return [
        path.relative_to(staging).as_posix()
        for path in sorted(staging.rglob("*"))
        if path.is_file()
    ]


def _deliver(
    platform: Platform, owner: Organisation, made: Made, signed: Signed, staging: Path
) -> bytes:
    """Store and sign the list of everything that was written."""
    now = platform.clock.now()
    files: list[StoredFile] = []
    for name in _names(staging):
        path = staging / name
        files.append(_stored_file(platform, owner, made, name, path, now))
        platform.blobs.put(files[-1].blob_key, path)
    predicate = {
        "record": {"sha256": signed.digest},
        "delivered_at": format_time(now),
        "files": [
            {"name": file.name, "sha256": file.sha256, "size": file.size_bytes} for file in files
        ],
    }
    subjects = [StatementSubject(file.name, file.sha256) for file in files]
    delivery = sign(platform, subjects, DELIVERY, predicate)
    with platform.units.write() as unit:
        unit.tracks.add_files(files)
        index = append(unit, delivery)
        unit.records.add(_record(platform, owner, made, "delivery", delivery, index))
        unit.commit()
    publish(platform)
    return bundle_of(platform, delivery.envelope, index)


def _stored_file(
    platform: Platform, owner: Organisation, made: Made, name: str, path: Path, now: datetime
) -> StoredFile:
    content = path.read_bytes()
    return StoredFile(
        id=platform.ids.new(),
        organisation_id=owner.id,
        track_id=made.track_id,
        name=name,
        blob_key=f"tracks/{made.track_id}/{name}",
        media_type=MEDIA_TYPES[path.suffix],
        size_bytes=len(content),
        sha256=sha256(content).hexdigest(),
        created_at=now,
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
        "files": {
            name: sha256((staging / name).read_bytes()).hexdigest() for name in _names(staging)
        },
    }
