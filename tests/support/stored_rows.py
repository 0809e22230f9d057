"""Makers of rows for tests of persistence: plausible values, all given by hand."""

import hashlib
from datetime import UTC, date, datetime, timedelta, timezone

from clearcue.services.ledger_store import LedgerDraft, TrackWork
from clearcue.services.ports import UnitOfWork
from clearcue.services.stored import (
    Job,
    LicenceDraft,
    StoredFile,
    StoredQuote,
    StoredRecord,
    StoredReport,
    StoredTrack,
    StoredTrainingSet,
    StoredWork,
)

NOW = datetime(2026, 11, 22, 14, 5, 6, 789, tzinfo=UTC)
ELSEWHERE = timezone(timedelta(hours=5, minutes=30))
SET_DIGEST = "5e" * 32


def sha256(content: bytes) -> str:
    """The digest of some bytes."""
    return hashlib.sha256(content).hexdigest()


def make_work(work_id: str = "work-1") -> StoredWork:
    """A cleared work."""
    return StoredWork(
        id=work_id,
        title="Sonata",
        path=f"corelli/{work_id}.mxl",
        sha256=sha256(work_id.encode()),
        verdict="cleared",
        permissions=("train", "compare"),
        added_at=NOW,
    )


def make_training_set() -> StoredTrainingSet:
    """A set of two works, in an order that is not the alphabet's."""
    return StoredTrainingSet(SET_DIGEST, "default", ("work-2", "work-1"), NOW)


def make_ledger_draft(kind: str, name: str) -> LedgerDraft:
    """A statement about to be entered in the rights ledger, whose envelope is any bytes."""
    envelope = f"envelope of {kind} {name}\r\n\x00".encode()
    return LedgerDraft(kind, name, envelope, sha256(envelope), b"leaf " + name.encode(), NOW)


def make_relation(
    organisation_id: str, track_id: str = "track-1", work_id: str = "work-1"
) -> TrackWork:
    """What a track has to do with a work, its share longer than a float holds."""
    parts = {"melody": "1/2", "chords": "0/1"}
    return TrackWork(organisation_id, track_id, work_id, f"1/{3**70}", parts, 0.25)


def make_track(organisation_id: str, track_id: str = "track-1", family: str = "f-1") -> StoredTrack:
    """A track of 30 seconds, made with a seed larger than 64 bits."""
    return StoredTrack(
        id=track_id,
        organisation_id=organisation_id,
        family=family,
        title="Papierlaternen ♯1",
        mood="calm",
        usage="ad",
        seed=2**70 + 7,
        attempt=2,
        frames=1_440_000,
        sample_rate=48_000,
        training_set_digest=SET_DIGEST,
        pcm_sha256=sha256(track_id.encode()),
        fingerprint=b"\x00\xff" + track_id.encode(),
        created_at=NOW,
        details={"key": "Eb major", "lufs": -14.0},
    )


def make_file(organisation_id: str, name: str, track_id: str = "track-1") -> StoredFile:
    """A file of a track."""
    return StoredFile(
        id=f"{track_id}-{name}",
        organisation_id=organisation_id,
        track_id=track_id,
        name=name,
        blob_key=f"tracks/{track_id}/{name}",
        media_type="audio/wav",
        size_bytes=3_000_000_000,
        sha256=sha256(name.encode()),
        created_at=NOW,
    )


def make_report(organisation_id: str, track_id: str = "track-1") -> StoredReport:
    """A clear report."""
    return StoredReport(
        id=f"{track_id}-report",
        organisation_id=organisation_id,
        track_id=track_id,
        verdict="clear",
        similarity=0.125,
        report=b'{"verdict":"clear"}',
        created_at=NOW,
    )


def make_record(
    organisation_id: str, leaf_index: int, envelope: bytes, track_id: str = "track-1"
) -> StoredRecord:
    """A record of a track, whose envelope is any bytes."""
    return StoredRecord(
        id=f"{track_id}-record",
        organisation_id=organisation_id,
        track_id=track_id,
        kind="record",
        envelope=envelope,
        digest=sha256(envelope),
        leaf_index=leaf_index,
        created_at=NOW,
    )


def make_quote(
    organisation_id: str, quote_id: str = "quote-1", track_id: str = "track-1"
) -> StoredQuote:
    """A quote whose terms hold every byte there is."""
    return StoredQuote(
        id=quote_id,
        organisation_id=organisation_id,
        track_id=track_id,
        template_id="ad-web",
        template_version="1.0.0",
        licensee="Wüst & Söhne",
        currency="EUR",
        amount_minor=19_800,
        terms=bytes(range(256)),
        created_at=NOW.astimezone(ELSEWHERE),
        expires_at=NOW + timedelta(days=30),
    )


def make_draft(
    organisation_id: str, licence_id: str = "licence-1", quote_id: str = "quote-1"
) -> LicenceDraft:
    """A licence to be issued from a quote."""
    envelope = f"envelope of {licence_id}\r\n\x00".encode()
    return LicenceDraft(
        id=licence_id,
        number=f"CL-{licence_id}",
        organisation_id=organisation_id,
        quote_id=quote_id,
        envelope=envelope,
        envelope_sha256=sha256(envelope),
        leaf_body=b"leaf of " + licence_id.encode(),
        starts_on=date(2026, 11, 22),
        ends_on=None,
        issued_at=NOW,
    )


def make_job(organisation_id: str, job_id: str = "job-1", age_seconds: int = 0) -> Job:
    """A queued job."""
    return Job(
        id=job_id,
        organisation_id=organisation_id,
        kind="make",
        payload={"mood": "calm", "seconds": 30},
        created_at=NOW - timedelta(seconds=age_seconds),
    )


def add_owner_and_corpus(unit: UnitOfWork) -> str:
    """Make the owner, two works and their training set; returns the owner's organisation id."""
    owner = unit.organisations.ensure_owner("org-1", "Owner of this installation", NOW)
    unit.accounts.ensure_owner(owner.id, "account-1", "Owner", NOW)
    unit.works.add_if_absent([make_work("work-1"), make_work("work-2")])
    unit.training_sets.add_if_absent(make_training_set())
    return owner.id
