"""Ports: what the use cases ask of the outside, as protocols; the values are in `stored`.

A repository asked in an organisation's name never returns another's row. Some readings stand above
organisations on purpose and say so: `Grants`, `Quotes.find`, `Licences.by_number`,
`Licences.by_envelope`, `Tracks.owners`, `Tracks.by_file`, `Tracks.by_samples`,
`Tracks.fingerprints`, `Jobs.claim`, `Jobs.find`, `Jobs.last_beat`, `LogLeaves` and most of
`Influences`; so does `ApiKeys.by_prefix`, which finds out who asks.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from clearcue.services.grant_store import Erasure, Grants, TemplateReviews
from clearcue.services.ledger_store import Influences, Ledger
from clearcue.services.payment_store import Payments
from clearcue.services.sought import Sought
from clearcue.services.stored import (
    Account,
    Answer,
    ApiKey,
    Claimed,
    Job,
    Json,
    Leaf,
    LicenceDraft,
    LicenceEvent,
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
    TrackFingerprint,
    TrackOwner,
)


class Clock(Protocol):
    """Says what time it is."""

    def now(self) -> datetime:
        """The present moment, timezone-aware, in UTC."""
        ...


class Ids(Protocol):
    """Makes identifiers and secrets."""

    def new(self) -> str:
        """A fresh id of at most 36 letters, digits and hyphens that sorts by time."""
        ...

    def nonce(self) -> str:
        """32 random bytes as 64 hexadecimal digits."""
        ...


class Organisations(Protocol):
    """Organisations; `ensure_owner` makes the installation's own on first use."""

    def ensure_owner(self, new_id: str, name: str, at: datetime) -> Organisation:
        """The owner of this installation, made with these values when there is none yet."""
        ...

    def add(self, organisation: Organisation) -> None:
        """Add an organisation. Raises DuplicateError when its id or handle is taken."""
        ...

    def get(self, organisation_id: str) -> Organisation:
        """The organisation of that id. Raises MissingError when there is none."""
        ...

    def by_handle(self, handle: str) -> Organisation:
        """The organisation of that handle. Raises MissingError when there is none."""
        ...


class Accounts(Protocol):
    """The accounts of an organisation."""

    def ensure_owner(self, organisation_id: str, new_id: str, name: str, at: datetime) -> Account:
        """The organisation's owner account, made with these values when there is none yet."""
        ...

    def get(self, organisation_id: str, account_id: str) -> Account:
        """The account of that id. Raises MissingError when the organisation has none such."""
        ...


class ApiKeys(Protocol):
    """Keys to the HTTP interface. `by_prefix` stands above organisations: it tells whose it is."""

    def add(self, key: ApiKey) -> None:
        """Add a key. Raises DuplicateError when its id or prefix is taken."""
        ...

    def by_prefix(self, prefix: str) -> ApiKey | None:
        """The key of that prefix, revoked or not; None when there is none."""
        ...

    def list(self, organisation_id: str) -> tuple[ApiKey, ...]:
        """The organisation's keys, oldest first."""
        ...

    def revoke(self, organisation_id: str, prefix: str, at: datetime) -> ApiKey:
        """Close a key for good. Raises MissingError when the organisation has none such."""
        ...


class IdempotencyKeys(Protocol):
    """The keys that clients give their requests, so that a repeated one is done once."""

    def claim(
        self, organisation_id: str, key: str, request_digest: str, now: datetime,
        stale_before: datetime, expired_before: datetime,
    ) -> Claimed:  # fmt: skip
        """Take a key, or learn what an earlier request with it came to.

        A key taken before `stale_before` and never answered belongs to a process that died, and is
        taken over; one taken before `expired_before` is forgotten.
        """
        ...

    def answer(self, organisation_id: str, key: str, answer: Answer) -> None:
        """Keep the answer for later requests with the key."""
        ...

    def release(self, organisation_id: str, key: str) -> None:
        """Forget the key: nothing was done, and the next request may try again."""
        ...


class Works(Protocol):
    """The works of the corpus, shared by all organisations."""

    def add_if_absent(self, works: Sequence[StoredWork]) -> int:
        """Add those whose id is not there yet; returns how many were added."""
        ...

    def get(self, work_id: str) -> StoredWork:
        """The work of that id. Raises MissingError when there is none."""
        ...

    def all(self) -> tuple[StoredWork, ...]:
        """Every work, ordered by id."""
        ...


class TrainingSets(Protocol):
    """Training sets, shared by all organisations."""

    def add_if_absent(self, training_set: StoredTrainingSet) -> bool:
        """Add it unless its digest is there; every work must be. Returns whether it was added.

        One that is there without its leaves is given them.
        """
        ...

    def get(self, digest: str) -> StoredTrainingSet:
        """The set of that digest. Raises MissingError when there is none."""
        ...

    def all(self) -> tuple[StoredTrainingSet, ...]:
        """Every set, oldest first, without its leaves."""
        ...

    def holding(self, work_id: str) -> tuple[StoredTrainingSet, ...]:
        """The sets that hold a work, oldest first, without their leaves."""
        ...


class PolicySwitches(Protocol):
    """What was switched on and off, for the whole installation; nothing is changed or removed."""

    def append(self, switch: PolicySwitch) -> None:
        """Add a switch. Raises DuplicateError when its id is taken."""
        ...

    def all(self) -> tuple[PolicySwitch, ...]:
        """Every switch in the order in which they were added."""
        ...


class Jobs(Protocol):
    """Leased jobs. `find`, `claim` and what follows serve the worker, who works for everyone."""

    def add(self, job: Job) -> None:
        """Queue a job. Raises DuplicateError when its id is taken."""
        ...

    def get(self, organisation_id: str, job_id: str) -> Job:
        """The job of that id. Raises MissingError when the organisation has none such."""
        ...

    def list(
        self, organisation_id: str, limit: int, before_id: str | None = None,
        states: Sequence[str] = (),
    ) -> tuple[Job, ...]:  # fmt: skip
        """Up to `limit` jobs, the last ordered first, beginning behind the job `before_id`.

        With `states`, only those in one of them.
        """
        ...

    def last_beat(self) -> datetime | None:
        """The last sign of life of any worker that has left a job unfinished, or None."""
        ...

    def find(self, job_id: str) -> Job | None:
        """The job of that id, of any organisation; None when there is none."""
        ...

    def claim(self, owner: str, now: datetime, lease_until: datetime) -> Job | None:
        """Lease the oldest job that is due or whose lease ran out, of any organisation.

        A queued job is due once its `not_before` is over.
        """
        ...

    def heartbeat(
        self, job_id: str, fence: int, now: datetime, lease_until: datetime,
        stage: str, progress: float,
    ) -> bool:  # fmt: skip
        """Prolong the lease and report progress; False when the lease was lost to another."""
        ...

    def keep(self, job_id: str, fence: int, now: datetime, stage: str, value: Json) -> bool:
        """Note that a stage is finished, with what the next claim needs; False when lost."""
        ...

    def retry(
        self, job_id: str, fence: int, now: datetime, not_before: datetime, error: str,
        *, counted: bool = True,
    ) -> bool:  # fmt: skip
        """Queue it again for later, with what went wrong; False when the lease was lost.

        Not `counted`, the claim is no try: the job is not to blame.
        """
        ...

    def cancel(self, organisation_id: str, job_id: str, now: datetime) -> Job:
        """Cancel a job that is queued or running; whoever works on it loses it.

        An ended job is given back as it is. Raises MissingError.
        """
        ...

    def finish(self, job_id: str, fence: int, now: datetime, result: Json) -> bool:
        """Mark it done with its result; False when the lease was lost to another."""
        ...

    def fail(self, job_id: str, fence: int, now: datetime, error: str) -> bool:
        """Mark it failed for good, with its reason; False when the lease was lost to another."""
        ...


class Tracks(Protocol):
    """An organisation's tracks and their files."""

    def add(self, track: StoredTrack, files: Sequence[StoredFile] = ()) -> None:
        """Add a track with its files, all of one organisation. Raises DuplicateError."""
        ...

    def add_files(self, files: Sequence[StoredFile]) -> None:
        """Add files to tracks of the same organisation. Raises DuplicateError, MissingError."""
        ...

    def get(self, organisation_id: str, track_id: str) -> StoredTrack:
        """The track of that id. Raises MissingError when the organisation has none such."""
        ...

    def files(self, organisation_id: str, track_id: str) -> tuple[StoredFile, ...]:
        """The track's files by name; empty when the organisation has no such track."""
        ...

    def list(
        self, organisation_id: str, limit: int, before_id: str | None = None
    ) -> tuple[StoredTrack, ...]:
        """Up to `limit` tracks, largest id first, beginning below `before_id`."""
        ...

    def owners(self) -> tuple[TrackOwner, ...]:
        """Whose every track is, ordered by track id: originality is platform-wide."""
        ...

    def fingerprints(self, track_ids: Collection[str]) -> Iterator[TrackFingerprint]:
        """The fingerprints of these tracks, whoever owns them, ordered by track id."""
        ...

    def by_file(self, sha256: str) -> StoredTrack | None:
        """The track that a file of this digest was delivered with, whoever owns it, or None."""
        ...

    def by_samples(self, sha256: str) -> StoredTrack | None:
        """The first track whose mix has samples of this digest, whoever owns it, or None."""
        ...


class OriginalityReports(Protocol):
    """The originality reports of an organisation's tracks."""

    def add(self, report: StoredReport) -> None:
        """Add a report. Raises DuplicateError, MissingError when the track is not theirs."""
        ...

    def for_track(self, organisation_id: str, track_id: str) -> StoredReport:
        """The track's newest report. Raises MissingError when there is none."""
        ...


class Records(Protocol):
    """The signed statements about an organisation's tracks."""

    def add(self, record: StoredRecord) -> None:
        """Add a statement whose leaf was appended in this same unit of work.

        Raises DuplicateError when the track has one of that kind, MissingError when the track is
        not theirs, ValueError when the digest is not the envelope's.
        """
        ...

    def for_track(self, organisation_id: str, track_id: str, kind: str = "record") -> StoredRecord:
        """The track's statement of a kind. Raises MissingError when there is none."""
        ...

    def by_digest(self, organisation_id: str, digest: str) -> StoredRecord:
        """The statement of that digest. Raises MissingError when the organisation has none."""
        ...

    def search(
        self, organisation_id: str, sought: Sought, limit: int, before_id: str | None
    ) -> tuple[StoredRecord, ...]:
        """Up to `limit` records (not deliveries), newest first, with ids below `before_id`."""
        ...


class LogLeaves(Protocol):
    """The leaves of the one public log of this installation."""

    def append(self, body: bytes, envelope_sha256: str) -> int:
        """Append a leaf and return its index; it stays only if the unit of work commits.

        Until then no other unit of work can append: indices stay dense whatever happens.
        """
        ...

    def read(self, from_index: int, limit: int) -> tuple[Leaf, ...]:
        """Up to `limit` leaves from an index on, in order."""
        ...

    def count(self) -> int:
        """How many leaves there are, which is also the next index."""
        ...


class Quotes(Protocol):
    """An organisation's quotes."""

    def add(self, quote: StoredQuote) -> None:
        """Add a quote. Raises DuplicateError, MissingError when the track is not theirs."""
        ...

    def get(self, organisation_id: str, quote_id: str) -> StoredQuote:
        """The quote of that id. Raises MissingError when the organisation has none such."""
        ...

    def find(self, quote_id: str) -> StoredQuote | None:
        """The quote of that id, whoever owns it, or None: a payment names no organisation."""
        ...


class Licences(Protocol):
    """An organisation's licences."""

    def for_quote(self, organisation_id: str, quote_id: str) -> StoredLicence | None:
        """The licence issued from a quote, or None.

        Call it before signing: it locks the quote until the unit of work ends, so that nobody else
        issues it meanwhile. Raises MissingError when the organisation has no such quote.
        """
        ...

    def issue(self, draft: LicenceDraft) -> StoredLicence:
        """Issue a licence of a quote, once: with its terms, its log leaf and its first events.

        A quote that has a licence already gives that one back, and nothing is written. Raises
        MissingError when the organisation has no such quote, ValueError when the digest is not the
        envelope's.
        """
        ...

    def get(self, organisation_id: str, licence_id: str) -> StoredLicence:
        """The licence of that id or that number. Raises MissingError when there is none."""
        ...

    def by_number(self, number: str) -> StoredLicence | None:
        """The licence of a number, whoever owns it: who has the number may see it. Or None."""
        ...

    def by_envelope(self, digest: str) -> StoredLicence | None:
        """The licence of a signed envelope, whoever owns it: who has it may ask. Or None."""
        ...

    def list(
        self, organisation_id: str, limit: int, before_id: str | None = None
    ) -> tuple[StoredLicence, ...]:
        """Up to `limit` licences, largest id first, beginning below `before_id`."""
        ...

    def for_track(self, organisation_id: str, track_id: str) -> tuple[StoredLicence, ...]:
        """The licences of a track, smallest id first; empty when the organisation has none such."""
        ...

    def events(self, organisation_id: str, licence_id: str) -> tuple[LicenceEvent, ...]:
        """What happened to the licence, in order; empty when the organisation has none such."""
        ...


class UnitOfWork(Protocol):
    """All or nothing: leaving it without `commit()` rolls everything back.

    Used as `with units.write() as unit:`; each repository works inside its transaction.
    """

    @property
    def organisations(self) -> Organisations: ...
    @property
    def accounts(self) -> Accounts: ...
    @property
    def api_keys(self) -> ApiKeys: ...
    @property
    def idempotency_keys(self) -> IdempotencyKeys: ...
    @property
    def works(self) -> Works: ...
    @property
    def training_sets(self) -> TrainingSets: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def influences(self) -> Influences: ...
    @property
    def policy_switches(self) -> PolicySwitches: ...
    @property
    def jobs(self) -> Jobs: ...
    @property
    def tracks(self) -> Tracks: ...
    @property
    def originality_reports(self) -> OriginalityReports: ...
    @property
    def records(self) -> Records: ...
    @property
    def log_leaves(self) -> LogLeaves: ...
    @property
    def quotes(self) -> Quotes: ...
    @property
    def licences(self) -> Licences: ...
    @property
    def grants(self) -> Grants: ...
    @property
    def payments(self) -> Payments: ...
    @property
    def erasure(self) -> Erasure: ...
    @property
    def template_reviews(self) -> TemplateReviews: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def commit(self) -> None:
        """Make everything done since the start durable. Raises StoreError when it was not."""
        ...

    def rollback(self) -> None:
        """Undo everything done since the start."""
        ...


Hold = Callable[[UnitOfWork], None]
"""Called inside a transaction; raises when whoever works must not write any more."""


class Units(Protocol):
    """Opens units of work."""

    def write(self) -> UnitOfWork:
        """A unit of work that may write; on SQLite it is the only one until it ends."""
        ...

    def read(self) -> UnitOfWork:
        """A unit of work that sees one state of the database and cannot write."""
        ...


class Blobs(Protocol):
    """Files by key. A key is slash-separated names of letters, digits, dots, hyphens, underscores.

    Content types are kept in the database, with the file's row.
    """

    def put(self, key: str, content: bytes | Path) -> None:
        """Store bytes, or a file's content, all or nothing, in place of what was there."""
        ...

    def get(self, key: str) -> bytes:
        """The bytes of a key. Raises MissingError when there are none."""
        ...

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """`length` bytes from offset `start` (fewer at the end). Raises MissingError."""
        ...

    def exists(self, key: str) -> bool:
        """Whether the key has bytes."""
        ...

    def keys(self, folder: str) -> tuple[str, ...]:
        """The keys below a folder (itself like a key), sorted; empty when there are none."""
        ...

    def clear(self, folder: str, keep: Collection[str] = ()) -> None:
        """Remove all keys below a folder but those to keep, and what cut-off writes left there."""
        ...

    def delete(self, key: str) -> None:
        """Remove the key's bytes, if any."""
        ...
