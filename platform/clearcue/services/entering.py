"""The one transaction that makes a track real: track, files, report, statements, licence, leaves.

All of it or nothing; the files lie in the file store before. Ids that were reserved with the order
are unique in the database, so that two workers who meet on one job make one track, one record and
one licence between them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from clearcue import __version__
from clearcue.licensing.terms import Subject
from clearcue.rights.corpus import ClearedCorpus
from clearcue.services.authoring import authorship_of
from clearcue.services.delivering import encoding, keep, names_in, tags_of, write_music, write_sound
from clearcue.services.fingerprints import fingerprint
from clearcue.services.granting import kin_in
from clearcue.services.licences import (
    PreparedLicence,
    digests_of_record,
    lock_grants,
    prepare,
    store,
)
from clearcue.services.manifests import Told
from clearcue.services.near_tracks import refuse_anothers_music
from clearcue.services.ordering import Order, Reserved
from clearcue.services.platform import Platform
from clearcue.services.ports import Hold
from clearcue.services.publishing import Signed, add_record, sign
from clearcue.services.recording import (
    Made,
    mix_digest,
    originality_json,
    predicate_of,
    relations_of,
    subjects_of,
)
from clearcue.services.stored import (
    MissingError,
    Organisation,
    StoredFile,
    StoredLicence,
    StoredRecord,
    StoredReport,
    StoredTrack,
)
from clearcue.services.training import refuse_withdrawn
from clearcue_provenance.predicates import AUTHORSHIP, GENERATION, RECORD_NAME
from clearcue_provenance.statement import Subject as StatementSubject


@dataclass(frozen=True, slots=True)
class Entered:
    """A track that is stored: its signed record, its licence if any, its files in the file store.

    `kept` holds the music; the papers join it with the delivery.
    """

    record: StoredRecord
    licence: StoredLicence | None
    kept: tuple[StoredFile, ...]


def entered(
    platform: Platform, organisation_id: str, order: Order, reserved: Reserved
) -> Entered | None:
    """What an earlier run stored of this order, or None."""
    with platform.units.read() as unit:
        try:
            record = unit.records.for_track(organisation_id, reserved.track_id)
        except MissingError:
            return None
        licence = None
        if order.licence is not None:
            licence = unit.licences.get(organisation_id, reserved.licence_id)
        kept = unit.tracks.files(organisation_id, reserved.track_id)
    return Entered(record, licence, tuple(kept))


def enter(
    platform: Platform,
    order: Order,
    owner: Organisation,
    reserved: Reserved,
    made: Made,
    corpus: ClearedCorpus,
    staging: Path,
    hold: Hold,
    write_versions: Callable[[Made, dict[str, str]], None],
) -> Entered:
    """Sign a made track, write its music into a folder, keep it in the file store, and store it.

    `write_versions` adds to the folder what goes with a track and is tagged like it.

    Raises:
        DuplicateError: when another worker has stored it meanwhile.
        WithdrawnError: when a work that its model learnt from was withdrawn meanwhile.
        NearDuplicateError: when another organisation stored the same music meanwhile.
        ConflictError: when an exclusive licence of the same music is in the licence's way.
        StoreError: when the database could not; nothing is stored then but files that no row names.
    """
    now = made.finished_at
    with encoding(made.rendering.mix) as mp3:
        write_music(made, staging)
        predicate = predicate_of(made)
        signed = sign(platform, subjects_of(made), GENERATION, predicate)
        named = StatementSubject(RECORD_NAME, signed.digest)
        authorship = authorship_of(made, predicate, signed.digest)
        authored = sign(platform, [named], AUTHORSHIP, authorship)
        write_sound(made, signed.digest, staging, mp3)
    write_versions(made, tags_of(made, signed.digest))
    told = Told(made.composition.score.title, made.track_id, signed.digest, __version__)
    platform.manifests.embed(staging, names_in(staging), told)
    kept = keep(platform, owner.id, made.track_id, staging, names_in(staging))
    # Everything costly comes before the transaction, which keeps all other writers waiting.
    with platform.units.read() as unit:
        before = platform.tracks.up_to_date(unit.tracks)
    kin = kin_in(before, made.composition.score) | {made.track_id}
    prepared = _prepared(platform, order, owner, reserved, made, signed, kin)
    track, report = _track(made, owner, now), _report(platform, owner, made)
    relations = relations_of(predicate, owner.id, made.track_id)
    with platform.units.write() as unit:
        hold(unit)
        lock_grants(unit, prepared)
        refuse_withdrawn(unit, corpus)
        # Nobody else writes now: of two orders of one piece that came at once, one is stored.
        refuse_anothers_music(made.composition.score, owner.id, before, unit.tracks)
        unit.tracks.add(track, kept)
        unit.influences.add(relations)
        unit.originality_reports.add(report)
        record = add_record(platform, unit, owner.id, made.track_id, "record", signed, now)
        add_record(platform, unit, owner.id, made.track_id, "authorship", authored, now)
        licence = store(platform, unit, prepared) if prepared is not None else None
        unit.commit()
    return Entered(record, licence, kept)


def _report(platform: Platform, owner: Organisation, made: Made) -> StoredReport:
    return StoredReport(
        id=platform.ids.new(),
        organisation_id=owner.id,
        track_id=made.track_id,
        verdict=made.report.verdict,
        similarity=made.report.similarity,
        report=originality_json(made),
        created_at=made.finished_at,
    )


def _prepared(
    platform: Platform,
    order: Order,
    owner: Organisation,
    reserved: Reserved,
    made: Made,
    signed: Signed,
    kin: frozenset[str],
) -> PreparedLicence | None:
    if order.licence is None:
        return None
    subject = Subject(
        track_id=made.track_id,
        title=made.composition.score.title,
        record_digest=signed.digest,
        pcm_sha256=mix_digest(made),
        credits=made.credits,
        family=made.track_id,
        digests=digests_of_record(signed.envelope),
    )
    return prepare(
        platform,
        owner,
        order.brief.usage,
        order.licence,
        subject,
        made.finished_at,
        quote_id=reserved.quote_id,
        licence_id=reserved.licence_id,
        kin=kin,
    )


def _track(made: Made, owner: Organisation, now: datetime) -> StoredTrack:
    score = made.composition.score
    return StoredTrack(
        id=made.track_id,
        organisation_id=owner.id,
        family=made.family,
        title=score.title,
        mood=made.brief.mood,
        usage=made.brief.usage,
        seed=made.seed,
        attempt=made.composition.attempt,
        frames=len(made.rendering.mix),
        sample_rate=made.rendering.sample_rate,
        training_set_digest=made.training_set,
        pcm_sha256=mix_digest(made),
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
