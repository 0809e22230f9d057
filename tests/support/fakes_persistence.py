"""In-memory persistence: the same ports as the database, for tests that need no disk.

A unit of work works on a copy of the state, and `commit()` puts the copy in the state's place. The
contract tests run on these and on the real thing alike. One unit writes at a time.
"""

import copy
import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from clearcue.adapters.blobs import check_key
from clearcue.services.grant_store import (
    EndDraft,
    Erased,
    StandingGrant,
    StoredEnd,
    TemplateReview,
)
from clearcue.services.ledger_store import (
    LedgerDraft,
    LedgerStatement,
    LicenceOrigin,
    TrackOrigin,
    TrackWork,
)
from clearcue.services.payment_store import StoredPayment
from clearcue.services.sought import Sought
from clearcue.services.stored import (
    Account,
    Answer,
    ApiKey,
    Claimed,
    DuplicateError,
    Job,
    Json,
    Leaf,
    LicenceDraft,
    LicenceEvent,
    MissingError,
    Organisation,
    PolicySwitch,
    StoredFile,
    StoredLicence,
    StoredQuote,
    StoredRecord,
    StoredReport,
    StoredTrack,
    StoredTrainingSet,
    StoredWork,
    StoreUnwritableError,
    TrackFingerprint,
    TrackOwner,
)


@dataclass
class State:
    """Every table as a dict by id."""

    organisations: dict[str, Organisation] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    api_keys: dict[str, ApiKey] = field(default_factory=dict)
    idempotency_keys: dict[tuple[str, str], tuple[str, Answer | None, datetime]] = field(
        default_factory=dict
    )
    works: dict[str, StoredWork] = field(default_factory=dict)
    training_sets: dict[str, StoredTrainingSet] = field(default_factory=dict)
    policy_switches: dict[str, PolicySwitch] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    tracks: dict[str, StoredTrack] = field(default_factory=dict)
    files: dict[tuple[str, str], StoredFile] = field(default_factory=dict)
    reports: dict[str, StoredReport] = field(default_factory=dict)
    records: dict[tuple[str, str], StoredRecord] = field(default_factory=dict)
    leaves: list[Leaf] = field(default_factory=list)
    ledger: dict[tuple[str, str], LedgerStatement] = field(default_factory=dict)
    influences: dict[tuple[str, str], TrackWork] = field(default_factory=dict)
    quotes: dict[str, StoredQuote] = field(default_factory=dict)
    licences: dict[str, StoredLicence] = field(default_factory=dict)
    holds: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    ends: dict[str, StoredEnd] = field(default_factory=dict)
    payments: dict[str, StoredPayment] = field(default_factory=dict)
    reviews: dict[str, TemplateReview] = field(default_factory=dict)
    events: list[tuple[str, LicenceEvent]] = field(default_factory=list)


class _Repository:
    def __init__(self, unit: "FakeUnitOfWork") -> None:
        self._unit = unit

    @property
    def _state(self) -> State:
        return self._unit.state

    @property
    def _table(self) -> State:
        """The state, for writing."""
        if self._unit.read_only:
            raise StoreUnwritableError("this unit of work only reads")
        return self._unit.state


def _add(table: dict[Any, Any], key: object, value: object) -> None:
    if key in table:
        raise DuplicateError(f"{key} is there already")
    table[key] = value


def _owned(table: dict[str, Any], organisation_id: str, row_id: str, what: str) -> Any:
    row = table.get(row_id)
    if row is None or row.organisation_id != organisation_id:
        raise MissingError(f"there is no {what} {row_id} in this organisation")
    return row


class FakeOrganisations(_Repository):
    def ensure_owner(self, new_id: str, name: str, at: datetime) -> Organisation:
        for row in self._state.organisations.values():
            if row.handle == "owner":
                return row
        row = Organisation(new_id, "owner", name, at)
        _add(self._table.organisations, new_id, row)
        return row

    def add(self, organisation: Organisation) -> None:
        if any(row.handle == organisation.handle for row in self._state.organisations.values()):
            raise DuplicateError(f"there is an organisation {organisation.handle} already")
        _add(self._table.organisations, organisation.id, organisation)

    def by_handle(self, handle: str) -> Organisation:
        for row in self._state.organisations.values():
            if row.handle == handle:
                return row
        raise MissingError(f"there is no organisation {handle}")

    def get(self, organisation_id: str) -> Organisation:
        if organisation_id not in self._state.organisations:
            raise MissingError(f"there is no organisation {organisation_id}")
        return self._state.organisations[organisation_id]


class FakeAccounts(_Repository):
    def ensure_owner(self, organisation_id: str, new_id: str, name: str, at: datetime) -> Account:
        for row in self._state.accounts.values():
            if row.organisation_id == organisation_id and row.handle == "owner":
                return row
        row = Account(new_id, organisation_id, "owner", name, at)
        _add(self._table.accounts, new_id, row)
        return row

    def get(self, organisation_id: str, account_id: str) -> Account:
        row: Account = _owned(self._state.accounts, organisation_id, account_id, "account")
        return row


class FakeApiKeys(_Repository):
    def add(self, key: ApiKey) -> None:
        if self.by_prefix(key.prefix) is not None:
            raise DuplicateError(f"there is a key {key.prefix} already")
        _add(self._table.api_keys, key.id, key)

    def by_prefix(self, prefix: str) -> ApiKey | None:
        return next((row for row in self._state.api_keys.values() if row.prefix == prefix), None)

    def list(self, organisation_id: str) -> tuple[ApiKey, ...]:
        rows = [r for r in self._state.api_keys.values() if r.organisation_id == organisation_id]
        return tuple(sorted(rows, key=lambda row: (row.created_at, row.id)))

    def revoke(self, organisation_id: str, prefix: str, at: datetime) -> ApiKey:
        row = self.by_prefix(prefix)
        if row is None or row.organisation_id != organisation_id:
            raise MissingError(f"there is no key {prefix} in this organisation")
        closed = replace(row, revoked_at=row.revoked_at or at)
        self._table.api_keys[row.id] = closed
        return closed


class FakeIdempotencyKeys(_Repository):
    def claim(
        self, organisation_id: str, key: str, request_digest: str, now: datetime,
        stale_before: datetime, expired_before: datetime,
    ) -> Claimed:  # fmt: skip
        rows = self._table.idempotency_keys
        for name, (_, answer, taken_at) in list(rows.items()):
            if taken_at < expired_before or (answer is None and taken_at < stale_before):
                del rows[name]
        if (organisation_id, key) not in rows:
            rows[organisation_id, key] = request_digest, None, now
            return Claimed(True, request_digest, None)
        digest, answer, _ = rows[organisation_id, key]
        return Claimed(False, digest, answer)

    def answer(self, organisation_id: str, key: str, answer: Answer) -> None:
        row = self._table.idempotency_keys.get((organisation_id, key))
        if row is not None:
            self._table.idempotency_keys[organisation_id, key] = row[0], answer, row[2]

    def release(self, organisation_id: str, key: str) -> None:
        row = self._table.idempotency_keys.get((organisation_id, key))
        if row is not None and row[1] is None:
            del self._table.idempotency_keys[organisation_id, key]


class FakeWorks(_Repository):
    def add_if_absent(self, works: Sequence[StoredWork]) -> int:
        fresh = [work for work in works if work.id not in self._state.works]
        for work in fresh:
            _add(self._table.works, work.id, work)
        return len(fresh)

    def get(self, work_id: str) -> StoredWork:
        if work_id not in self._state.works:
            raise MissingError(f"there is no work {work_id}")
        return self._state.works[work_id]

    def all(self) -> tuple[StoredWork, ...]:
        return tuple(self._state.works[key] for key in sorted(self._state.works))


class FakePolicySwitches(_Repository):
    def append(self, switch: PolicySwitch) -> None:
        _add(self._table.policy_switches, switch.id, switch)

    def all(self) -> tuple[PolicySwitch, ...]:
        switches = self._state.policy_switches.values()
        return tuple(sorted(switches, key=lambda one: (one.at, one.id)))


class FakeTrainingSets(_Repository):
    def add_if_absent(self, training_set: StoredTrainingSet) -> bool:
        earlier = self._state.training_sets.get(training_set.digest)
        if earlier is not None:
            leaves = earlier.leaves or training_set.leaves
            self._table.training_sets[earlier.digest] = replace(earlier, leaves=leaves)
            return False
        for work_id in training_set.work_ids:
            if work_id not in self._state.works:
                raise MissingError(f"there is no work {work_id}")
        self._table.training_sets[training_set.digest] = training_set
        return True

    def get(self, digest: str) -> StoredTrainingSet:
        if digest not in self._state.training_sets:
            raise MissingError(f"there is no training set {digest}")
        return self._state.training_sets[digest]

    def all(self) -> tuple[StoredTrainingSet, ...]:
        sets = [replace(row, leaves=()) for row in self._state.training_sets.values()]
        return tuple(sorted(sets, key=lambda row: (row.created_at, row.digest)))

    def holding(self, work_id: str) -> tuple[StoredTrainingSet, ...]:
        return tuple(row for row in self.all() if work_id in row.work_ids)


class FakeLedger(_Repository):
    def lock(self) -> None:
        """One unit writes at a time."""

    def enter(self, draft: LedgerDraft) -> LedgerStatement:
        earlier = self.find(draft.kind, draft.name)
        if earlier is not None:
            return earlier
        _check_digest(draft.envelope, draft.digest)
        statement = LedgerStatement(
            draft.kind, draft.name, draft.envelope, draft.digest,
            self._unit.log_leaves.append(draft.leaf_body, draft.digest), draft.created_at,
        )  # fmt: skip
        self._table.ledger[draft.kind, draft.name] = statement
        return statement

    def find(self, kind: str, name: str) -> LedgerStatement | None:
        return self._state.ledger.get((kind, name))

    def by_digest(self, digest: str) -> LedgerStatement:
        for row in self._state.ledger.values():
            if row.digest == digest:
                return row
        raise MissingError(f"the rights ledger holds no statement {digest}")

    def all(self, kind: str) -> tuple[LedgerStatement, ...]:
        rows = [row for row in self._state.ledger.values() if row.kind == kind]
        return tuple(sorted(rows, key=lambda row: row.leaf_index))

    def names(self, kind: str) -> frozenset[str]:
        return frozenset(row.name for row in self.all(kind))


class FakeInfluences(_Repository):
    def add(self, relations: Sequence[TrackWork]) -> None:
        for one in relations:
            _owned(self._state.tracks, one.organisation_id, one.track_id, "track")
            _add(self._table.influences, (one.track_id, one.work_id), one)

    def of_track(self, organisation_id: str, track_id: str) -> tuple[TrackWork, ...]:
        return tuple(
            row
            for key, row in sorted(self._state.influences.items())
            if (row.organisation_id, row.track_id) == (organisation_id, track_id)
        )

    def of_work(self, work_id: str) -> tuple[TrackWork, ...]:
        rows = sorted(self._state.influences.items())
        return tuple(row for _, row in rows if row.work_id == work_id)

    def tracks_from(self, digests: Sequence[str]) -> tuple[TrackOrigin, ...]:
        return tuple(
            TrackOrigin(
                row.id, row.organisation_id, row.title, row.training_set_digest, row.created_at
            )
            for _, row in sorted(self._state.tracks.items())
            if row.training_set_digest in digests
        )

    def licences_from(self, digests: Sequence[str]) -> tuple[LicenceOrigin, ...]:
        tracks = {track.track_id for track in self.tracks_from(digests)}
        return tuple(
            LicenceOrigin(row.id, row.organisation_id, row.number, row.track_id)
            for _, row in sorted(self._state.licences.items())
            if row.track_id in tracks
        )


class FakeJobs(_Repository):
    def add(self, job: Job) -> None:
        _add(self._table.jobs, job.id, job)

    def get(self, organisation_id: str, job_id: str) -> Job:
        row: Job = _owned(self._state.jobs, organisation_id, job_id, "job")
        return row

    def list(
        self, organisation_id: str, limit: int, before_id: str | None = None,
        states: Sequence[str] = (),
    ) -> tuple[Job, ...]:  # fmt: skip
        rows = sorted(
            (job for job in self._state.jobs.values() if job.organisation_id == organisation_id),
            key=lambda job: (job.created_at, job.id),
            reverse=True,
        )
        if before_id is not None:
            ids = [job.id for job in rows]
            rows = rows[ids.index(before_id) + 1 :] if before_id in ids else []
        return tuple([job for job in rows if not states or job.state in states][:limit])

    def last_beat(self) -> datetime | None:
        jobs = self._state.jobs.values()
        return max(
            (
                job.heartbeat_at
                for job in jobs
                if job.state in ("queued", "running") and job.heartbeat_at
            ),
            default=None,
        )

    def find(self, job_id: str) -> Job | None:
        return self._state.jobs.get(job_id)

    def claim(self, owner: str, now: datetime, lease_until: datetime) -> Job | None:
        free = [
            job
            for job in self._state.jobs.values()
            if (job.state == "queued" and (job.not_before is None or job.not_before <= now))
            or (job.state == "running" and job.lease_until is not None and job.lease_until < now)
        ]
        if not free:
            return None
        job = min(free, key=lambda job: (job.created_at, job.id))
        claimed = replace(
            job, state="running", lease_owner=owner, lease_until=lease_until, heartbeat_at=now,
            fence=job.fence + 1, attempts=job.attempts + 1, tries=job.tries + 1,
            revision=job.revision + 1,
        )  # fmt: skip
        self._table.jobs[job.id] = claimed
        return claimed

    def heartbeat(
        self, job_id: str, fence: int, now: datetime, lease_until: datetime,
        stage: str, progress: float,
    ) -> bool:  # fmt: skip
        return self._change(
            job_id, fence, heartbeat_at=now, lease_until=lease_until, stage=stage, progress=progress
        )

    def finish(self, job_id: str, fence: int, now: datetime, result: Json) -> bool:
        return self._change(
            job_id, fence, state="done", heartbeat_at=now, lease_until=None, progress=1.0,
            error=None, result=dict(result),
        )  # fmt: skip

    def fail(self, job_id: str, fence: int, now: datetime, error: str) -> bool:
        return self._change(
            job_id, fence, state="failed", heartbeat_at=now, lease_until=None, error=error
        )

    def keep(self, job_id: str, fence: int, now: datetime, stage: str, value: Json) -> bool:
        job = self._table.jobs.get(job_id)
        kept = {**(job.kept if job else {}), stage: dict(value)}
        return self._change(job_id, fence, heartbeat_at=now, tries=0, kept=kept)

    def retry(
        self, job_id: str, fence: int, now: datetime, not_before: datetime, error: str,
        *, counted: bool = True,
    ) -> bool:  # fmt: skip
        job = self._state.jobs.get(job_id)
        forgiven = {} if counted or job is None else {"tries": job.tries - 1}
        return self._change(
            job_id, fence, state="queued", heartbeat_at=now, lease_until=None,
            not_before=not_before, error=error, **forgiven,
        )  # fmt: skip

    def cancel(self, organisation_id: str, job_id: str, now: datetime) -> Job:
        job = self.get(organisation_id, job_id)
        if job.state in ("queued", "running"):
            job = replace(
                job, state="cancelled", heartbeat_at=now, lease_until=None,
                revision=job.revision + 1,
            )  # fmt: skip
            self._table.jobs[job_id] = job
        return job

    def _change(self, job_id: str, fence: int, **values: Any) -> bool:
        job = self._table.jobs.get(job_id)
        if job is None or job.fence != fence or job.state != "running":
            return False
        self._table.jobs[job_id] = replace(job, revision=job.revision + 1, **values)
        return True


class FakeTracks(_Repository):
    def add(self, track: StoredTrack, files: Sequence[StoredFile] = ()) -> None:
        _add(self._table.tracks, track.id, track)
        self.add_files(files)

    def add_files(self, files: Sequence[StoredFile]) -> None:
        for file in files:
            self.get(file.organisation_id, file.track_id)
            _add(self._table.files, (file.track_id, file.name), file)

    def get(self, organisation_id: str, track_id: str) -> StoredTrack:
        row: StoredTrack = _owned(self._state.tracks, organisation_id, track_id, "track")
        return row

    def files(self, organisation_id: str, track_id: str) -> tuple[StoredFile, ...]:
        return tuple(
            file
            for key, file in sorted(self._state.files.items())
            if file.track_id == track_id and file.organisation_id == organisation_id
        )

    def list(
        self, organisation_id: str, limit: int, before_id: str | None = None
    ) -> tuple[StoredTrack, ...]:
        return _newest(self._state.tracks, organisation_id, limit, before_id)

    def owners(self) -> tuple[TrackOwner, ...]:
        tracks = [self._state.tracks[key] for key in sorted(self._state.tracks)]
        return tuple(TrackOwner(one.id, one.organisation_id, one.family) for one in tracks)

    def fingerprints(self, track_ids: Collection[str]) -> Iterator[TrackFingerprint]:
        for key in sorted(self._state.tracks.keys() & set(track_ids)):
            track = self._state.tracks[key]
            yield TrackFingerprint(track.id, track.organisation_id, track.family, track.fingerprint)

    def by_file(self, sha256: str) -> StoredTrack | None:
        found = sorted(f.track_id for f in self._state.files.values() if f.sha256 == sha256)
        return self._state.tracks[found[0]] if found else None

    def by_samples(self, sha256: str) -> StoredTrack | None:
        tracks = self._state.tracks
        found = sorted(key for key, track in tracks.items() if track.pcm_sha256 == sha256)
        return tracks[found[0]] if found else None


def _newest(
    table: dict[str, Any], organisation_id: str, limit: int, before_id: str | None
) -> tuple[Any, ...]:
    rows = [
        row
        for key, row in sorted(table.items(), reverse=True)
        if row.organisation_id == organisation_id and (before_id is None or key < before_id)
    ]
    return tuple(rows[:limit])


class FakeOriginalityReports(_Repository):
    def add(self, report: StoredReport) -> None:
        _owned(self._state.tracks, report.organisation_id, report.track_id, "track")
        _add(self._table.reports, report.id, report)

    def for_track(self, organisation_id: str, track_id: str) -> StoredReport:
        rows = [
            row
            for row in self._state.reports.values()
            if row.track_id == track_id and row.organisation_id == organisation_id
        ]
        if not rows:
            raise MissingError(f"there is no originality report of track {track_id}")
        return max(rows, key=lambda row: (row.created_at, row.id))


def _check_digest(content: bytes, digest: str) -> None:
    if hashlib.sha256(content).hexdigest() != digest:
        raise ValueError(f"{digest} is not the SHA-256 of the envelope")


class FakeRecords(_Repository):
    def add(self, record: StoredRecord) -> None:
        _check_digest(record.envelope, record.digest)
        _owned(self._state.tracks, record.organisation_id, record.track_id, "track")
        _add(self._table.records, (record.track_id, record.kind), record)

    def for_track(self, organisation_id: str, track_id: str, kind: str = "record") -> StoredRecord:
        row = self._state.records.get((track_id, kind))
        if row is None or row.organisation_id != organisation_id:
            raise MissingError(f"there is no {kind} of track {track_id}")
        return row

    def search(
        self, organisation_id: str, sought: Sought, limit: int, before_id: str | None
    ) -> tuple[StoredRecord, ...]:
        rows = [
            row
            for row in self._state.records.values()
            if row.organisation_id == organisation_id
            and row.kind == "record"
            and (before_id is None or row.id < before_id)
            and self._meets(row, sought)
        ]
        return tuple(sorted(rows, key=lambda row: row.id, reverse=True)[:limit])

    def _meets(self, row: StoredRecord, sought: Sought) -> bool:
        track = self._state.tracks[row.track_id]
        named = {one.work_id for one in self._state.influences.values() if one.track_id == track.id}
        hashes = {one.sha256 for one in self._state.files.values() if one.track_id == track.id}
        hashes |= {track.pcm_sha256, row.digest}
        states = {
            self._state_on(one, sought) for one in self._state.licences.values()
            if one.track_id == track.id
        } or {"none"}  # fmt: skip
        return (
            (sought.since is None or row.created_at >= sought.since)
            and (sought.until is None or row.created_at < sought.until)
            and (sought.work is None or sought.work in named)
            and sought.training_set in (None, track.training_set_digest)
            and (sought.licence is None or sought.licence in states)
            and (sought.sha256 is None or sought.sha256 in hashes)
        )

    def _state_on(self, licence: StoredLicence, sought: Sought) -> str:
        if licence.state != "issued":
            return licence.state
        if licence.starts_on > sought.today:
            return "issued"
        ended = licence.ends_on is not None and licence.ends_on < sought.today
        return "expired" if ended else "active"

    def by_digest(self, organisation_id: str, digest: str) -> StoredRecord:
        for row in self._state.records.values():
            if row.digest == digest and row.organisation_id == organisation_id:
                return row
        raise MissingError(f"there is no record {digest}")


class FakeLogLeaves(_Repository):
    def append(self, body: bytes, envelope_sha256: str) -> int:
        if any(leaf.envelope_sha256 == envelope_sha256 for leaf in self._state.leaves):
            raise DuplicateError("the log holds a leaf of this envelope already")
        leaf = Leaf(len(self._state.leaves), body, envelope_sha256)
        self._table.leaves.append(leaf)
        return leaf.index

    def read(self, from_index: int, limit: int) -> tuple[Leaf, ...]:
        return tuple(self._state.leaves[from_index : from_index + limit])

    def count(self) -> int:
        return len(self._state.leaves)


class FakeQuotes(_Repository):
    def add(self, quote: StoredQuote) -> None:
        _owned(self._state.tracks, quote.organisation_id, quote.track_id, "track")
        _add(self._table.quotes, quote.id, quote)

    def get(self, organisation_id: str, quote_id: str) -> StoredQuote:
        row: StoredQuote = _owned(self._state.quotes, organisation_id, quote_id, "quote")
        return row

    def find(self, quote_id: str) -> StoredQuote | None:
        return self._state.quotes.get(quote_id)


class FakeLicences(_Repository):
    def for_quote(self, organisation_id: str, quote_id: str) -> StoredLicence | None:
        _owned(self._state.quotes, organisation_id, quote_id, "quote")
        for row in self._state.licences.values():
            if row.quote_id == quote_id:
                return row
        return None

    def issue(self, draft: LicenceDraft) -> StoredLicence:
        earlier = self.for_quote(draft.organisation_id, draft.quote_id)
        if earlier is not None:
            return earlier
        _check_digest(draft.envelope, draft.envelope_sha256)
        quote = self._state.quotes[draft.quote_id]
        licence = StoredLicence(
            id=draft.id,
            number=draft.number,
            organisation_id=draft.organisation_id,
            track_id=quote.track_id,
            quote_id=quote.id,
            state="issued",
            terms=quote.terms,
            envelope=draft.envelope,
            envelope_sha256=draft.envelope_sha256,
            leaf_index=self._unit.log_leaves.append(draft.leaf_body, draft.envelope_sha256),
            starts_on=draft.starts_on,
            ends_on=draft.ends_on,
            issued_at=draft.issued_at,
        )
        _add(self._table.licences, licence.id, licence)
        happened: list[tuple[str, datetime, Json]] = [
            ("quoted", quote.created_at, {"quote": quote.id})
        ]
        if quote.id in self._state.holds:
            happened.append(("held", self._state.holds[quote.id][0], {}))
        happened.append(("issued", draft.issued_at, {"leaf_index": licence.leaf_index}))
        for sequence, (kind, at, detail) in enumerate(happened, start=1):
            event = LicenceEvent(licence.id, sequence, kind, at, detail)
            self._table.events.append((draft.organisation_id, event))
        return licence

    def get(self, organisation_id: str, licence_id: str) -> StoredLicence:
        for row in self._state.licences.values():
            if licence_id in (row.id, row.number) and row.organisation_id == organisation_id:
                return row
        raise MissingError(f"there is no licence {licence_id}")

    def by_number(self, number: str) -> StoredLicence | None:
        rows = self._state.licences.values()
        return next((row for row in rows if row.number == number), None)

    def by_envelope(self, digest: str) -> StoredLicence | None:
        rows = self._state.licences.values()
        return next((row for row in rows if row.envelope_sha256 == digest), None)

    def list(
        self, organisation_id: str, limit: int, before_id: str | None = None
    ) -> tuple[StoredLicence, ...]:
        return _newest(self._state.licences, organisation_id, limit, before_id)

    def for_track(self, organisation_id: str, track_id: str) -> tuple[StoredLicence, ...]:
        return tuple(
            row
            for _, row in sorted(self._state.licences.items())
            if (row.organisation_id, row.track_id) == (organisation_id, track_id)
        )

    def events(self, organisation_id: str, licence_id: str) -> tuple[LicenceEvent, ...]:
        return tuple(
            event
            for owner, event in self._state.events
            if owner == organisation_id and event.licence_id == licence_id
        )


class FakeGrants(_Repository):
    def lock(self) -> None:
        pass

    def _families(self, track_ids: Collection[str]) -> set[str]:
        tracks = self._state.tracks.values()
        samples = {track.pcm_sha256 for track in tracks if track.id in track_ids}
        return {track.family for track in tracks if track.pcm_sha256 in samples}

    def standing(
        self, track_ids: Collection[str], first_day: date, last_day: date | None, now: datetime,
        *, exclusive_only: bool,
    ) -> tuple[StandingGrant, ...]:  # fmt: skip
        families = self._families(track_ids)
        found = []
        for quote in sorted(self._state.quotes.values(), key=lambda one: one.id):
            if self._state.tracks[quote.track_id].family not in families:
                continue
            if exclusive_only and quote.exclusivity == "none":
                continue
            licence = self._licence_of(quote.id)
            if licence is None:
                held = self._state.holds.get(quote.id)
                if held is not None and held[1] > now:
                    found.append(StandingGrant(quote.id, None, quote.terms))
            elif licence.state == "issued" and _reaches(licence, first_day, last_day):
                found.append(StandingGrant(quote.id, licence.id, quote.terms))
        return tuple(found)

    def _licence_of(self, quote_id: str) -> StoredLicence | None:
        rows = self._state.licences.values()
        return next((row for row in rows if row.quote_id == quote_id), None)

    def hold(self, organisation_id: str, quote_id: str, at: datetime, until: datetime) -> None:
        _owned(self._state.quotes, organisation_id, quote_id, "quote")
        self._table.holds[quote_id] = at, until

    def held_until(self, organisation_id: str, quote_id: str) -> datetime | None:
        _owned(self._state.quotes, organisation_id, quote_id, "quote")
        held = self._state.holds.get(quote_id)
        return None if held is None else held[1]

    def closed_families(self, organisation_id: str, now: datetime) -> frozenset[str]:
        today = now.astimezone(UTC).date()
        found = set()
        for quote in self._state.quotes.values():
            track, licence = self._state.tracks[quote.track_id], self._licence_of(quote.id)
            if track.organisation_id != organisation_id or quote.exclusivity != "full":
                continue
            held = self._state.holds.get(quote.id)
            if licence is None and held is not None and held[1] > now:
                found.add(track.family)
            if licence and licence.state == "issued" and _reaches(licence, today, None):
                found.add(track.family)
        return frozenset(found)

    def end(self, draft: EndDraft) -> StoredEnd:
        licence = _owned(self._state.licences, draft.organisation_id, draft.licence_id, "licence")
        if draft.licence_id in self._state.ends:
            return self._state.ends[draft.licence_id]
        _check_digest(draft.envelope, draft.envelope_sha256)
        index = self._unit.log_leaves.append(draft.leaf_body, draft.envelope_sha256)
        end = StoredEnd(
            draft.licence_id, draft.organisation_id, draft.state, draft.envelope,
            draft.envelope_sha256, index, draft.ended_at,
        )  # fmt: skip
        self._table.ends[draft.licence_id] = end
        self._table.licences[licence.id] = replace(licence, state=draft.state)
        before = sum(event.licence_id == licence.id for _, event in self._state.events)
        event = LicenceEvent(
            licence.id, before + 1, draft.state, draft.ended_at, {"leaf_index": index}
        )
        self._table.events.append((draft.organisation_id, event))
        return end

    def ending(self, licence_id: str) -> StoredEnd | None:
        return self._state.ends.get(licence_id)


def _reaches(licence: StoredLicence, first_day: date, last_day: date | None) -> bool:
    begun = last_day is None or licence.starts_on <= last_day
    return begun and (licence.ends_on is None or licence.ends_on >= first_day)


class FakePayments(_Repository):
    def add(self, payment: StoredPayment) -> None:
        for other in self._state.payments.values():
            same = payment.licence_id is not None and payment.licence_id == other.licence_id
            if same or payment.reference == other.reference:
                raise DuplicateError(f"there is a payment {payment.reference} already")
        _add(self._table.payments, payment.id, payment)

    def next_invoice(self, organisation_id: str) -> int:
        return 1 + max((one.invoice or 0 for one in self.list(organisation_id)), default=0)

    def by_reference(self, reference: str) -> StoredPayment | None:
        rows = self._state.payments.values()
        return next((row for row in rows if row.reference == reference), None)

    def for_licence(self, organisation_id: str, licence_id: str) -> StoredPayment | None:
        rows = self.list(organisation_id)
        return next((row for row in rows if row.licence_id == licence_id), None)

    def list(self, organisation_id: str) -> tuple[StoredPayment, ...]:
        rows = [r for r in self._state.payments.values() if r.organisation_id == organisation_id]
        return tuple(sorted(rows, key=lambda row: (row.created_at, row.id)))

    def settle(self, payment_id: str, state: str, at: datetime) -> None:
        row = self._state.payments[payment_id]
        self._table.payments[payment_id] = replace(row, state=state, settled_at=at)


class FakeErasure(_Repository):
    def erase(self, organisation_id: str, at: datetime) -> Erased:
        state = self._table
        needed = {one.quote_id for one in (*state.licences.values(), *state.payments.values())}
        quotes = [
            key for key, one in state.quotes.items()
            if one.organisation_id == organisation_id and key not in needed
        ]  # fmt: skip
        jobs = [
            key for key, one in state.jobs.items()
            if one.organisation_id == organisation_id
            and one.state in ("done", "failed", "cancelled")
        ]  # fmt: skip
        for key in quotes:
            del state.quotes[key]
        for key in jobs:
            del state.jobs[key]
        for name in [name for name in state.idempotency_keys if name[0] == organisation_id]:
            del state.idempotency_keys[name]
        keys = [k for k, one in state.api_keys.items() if one.organisation_id == organisation_id]
        for key in keys:
            one = state.api_keys[key]
            state.api_keys[key] = replace(one, name="erased", revoked_at=one.revoked_at or at)
        blank = {"name": "erased", "handle": f"erased-{organisation_id.lower()}"}
        whole = state.organisations[organisation_id]
        state.organisations[organisation_id] = replace(whole, **blank)
        for key, account in state.accounts.items():
            if account.organisation_id == organisation_id:
                state.accounts[key] = replace(
                    account, name="erased", handle=f"erased-{key.lower()}"
                )
        return Erased(len(quotes), len(jobs), len(keys))


class FakeTemplateReviews(_Repository):
    def add(self, review: TemplateReview) -> None:
        _add(self._table.reviews, review.sha256, review)

    def find(self, sha256: str) -> TemplateReview | None:
        return self._state.reviews.get(sha256)


class FakeUnitOfWork:
    """A copy of the state that replaces it on commit."""

    def __init__(self, units: "FakeUnits", *, read_only: bool) -> None:
        self._units = units
        self.read_only = read_only
        self.state = State()
        self.organisations = FakeOrganisations(self)
        self.accounts = FakeAccounts(self)
        self.api_keys = FakeApiKeys(self)
        self.idempotency_keys = FakeIdempotencyKeys(self)
        self.works = FakeWorks(self)
        self.policy_switches = FakePolicySwitches(self)
        self.training_sets = FakeTrainingSets(self)
        self.ledger = FakeLedger(self)
        self.influences = FakeInfluences(self)
        self.jobs = FakeJobs(self)
        self.tracks = FakeTracks(self)
        self.originality_reports = FakeOriginalityReports(self)
        self.records = FakeRecords(self)
        self.log_leaves = FakeLogLeaves(self)
        self.quotes = FakeQuotes(self)
        self.licences = FakeLicences(self)
        self.grants = FakeGrants(self)
        self.payments = FakePayments(self)
        self.erasure = FakeErasure(self)
        self.template_reviews = FakeTemplateReviews(self)

    def __enter__(self) -> Self:
        self.rollback()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.rollback()

    def commit(self) -> None:
        self._units.state = copy.deepcopy(self.state)

    def rollback(self) -> None:
        self.state = copy.deepcopy(self._units.state)


class FakeUnits:
    """Opens units of work on a state in memory."""

    def __init__(self) -> None:
        self.state = State()

    def write(self) -> FakeUnitOfWork:
        return FakeUnitOfWork(self, read_only=False)

    def read(self) -> FakeUnitOfWork:
        return FakeUnitOfWork(self, read_only=True)


class FakeBlobs:
    """Blobs in a dict."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}

    def put(self, key: str, content: bytes | Path) -> None:
        self.content[check_key(key)] = (
            content.read_bytes() if isinstance(content, Path) else bytes(content)
        )

    def get(self, key: str) -> bytes:
        if check_key(key) not in self.content:
            raise MissingError(f"there is no stored file {key}")
        return self.content[key]

    def get_range(self, key: str, start: int, length: int) -> bytes:
        if start < 0 or length < 0:
            raise ValueError("no such range")
        return self.get(key)[start : start + length]

    def exists(self, key: str) -> bool:
        return check_key(key) in self.content

    def keys(self, folder: str) -> tuple[str, ...]:
        below = check_key(folder) + "/"
        return tuple(sorted(key for key in self.content if key.startswith(below)))

    def clear(self, folder: str, keep: Collection[str] = ()) -> None:
        for key in self.keys(folder):
            if key not in keep:
                self.delete(key)

    def delete(self, key: str) -> None:
        self.content.pop(check_key(key), None)


class FixedClock:
    """A clock that stands until it is set."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


class CountingIds:
    """Ids and nonces that count up, so that a test's outcome is the same each time."""

    def __init__(self) -> None:
        self.count = 0

    def new(self) -> str:
        self.count += 1
        return f"{self.count:026d}"

    def nonce(self) -> str:
        self.count += 1
        return hashlib.sha256(str(self.count).encode()).hexdigest()
