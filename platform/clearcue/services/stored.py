"""What is stored: the values that cross the persistence ports, and the errors of the stores.

Conventions: ids are texts that the caller makes; moments are timezone-aware and in UTC; digests are
64 lower-case hexadecimal digits of SHA-256; bytes that were signed cross unchanged. Every value
that an organisation owns names it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from clearcue.errors import BadInputError, ClearcueError

Json = Mapping[str, object]
"""A JSON object: texts, numbers, booleans, None, lists and objects of them."""


class StoreError(ClearcueError):
    """The database or the file store could not do what was asked; nothing was changed."""


class StoreBusyError(StoreError):
    """Another process kept the database locked for longer than we wait."""


class StoreLostError(StoreError):
    """The database cannot be reached or opened."""


class StoreUnwritableError(StoreError):
    """The database or the folder is read-only, or the disk is full."""


class StoreVersionError(StoreError):
    """The database's schema is newer than this program, or has not been migrated yet."""


class DuplicateError(StoreError):
    """A row with this id, or this unique value, exists already."""


class MissingError(BadInputError):
    """Nothing of that id exists in the organisation that asked."""


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who owns tracks and licences. `handle` is unique; `owner` is this installation's own."""

    id: str
    handle: str
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Account:
    """A person or program that acts for an organisation; `handle` is unique within it."""

    id: str
    organisation_id: str
    handle: str
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StoredWork:
    """A work of the corpus as the rights manifest decided it; the same for every organisation."""

    id: str
    title: str
    path: str
    sha256: str
    verdict: str
    permissions: tuple[str, ...]
    added_at: datetime


@dataclass(frozen=True, slots=True)
class PolicySwitch:
    """That somebody switched a policy's opt-in on or off: which version of it, who, and why."""

    id: str
    opt_in: str
    version: str
    switched_on: bool
    who: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StoredTrainingSet:
    """Which works a model learnt from, by its digest; `work_ids` in the order of the digest.

    `leaves` are the Merkle tree's, head first, byte for byte; empty for a set that was stored
    before they were kept.
    """

    digest: str
    policy: str
    work_ids: tuple[str, ...]
    created_at: datetime
    leaves: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """Work to be done by whoever holds the lease.

    `state` is `queued`, `running`, `done`, `failed` or `cancelled`; `progress` runs from 0 to 1.
    `fence` grows by one with every claim: a worker whose fence is no longer the row's has lost it.
    `kept` holds what each finished stage left for the next claim; `tries` counts the claims since
    the last finished stage; `revision` grows with every change that a reader can see. A queued job
    is not claimed earlier than `not_before`.
    """

    id: str
    organisation_id: str
    kind: str
    payload: Json
    created_at: datetime
    state: str = "queued"
    stage: str = ""
    progress: float = 0.0
    attempts: int = 0
    fence: int = 0
    lease_owner: str | None = None
    lease_until: datetime | None = None
    heartbeat_at: datetime | None = None
    result: Json | None = None
    error: str | None = None
    kept: Json = field(default_factory=dict)
    tries: int = 0
    revision: int = 0
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key to the HTTP interface. Only the digest of its secret is stored.

    `prefix` finds the key and may be shown; `secret_digest` is an HMAC-SHA-256 under the
    installation's pepper, in hexadecimal digits. A revoked key is kept, and opens nothing.
    """

    id: str
    organisation_id: str
    account_id: str
    name: str
    prefix: str
    secret_digest: str
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A stored response: what a request with the same idempotency key gets again."""

    status: int
    headers: Json
    body: bytes


@dataclass(frozen=True, slots=True)
class Claimed:
    """What is known of an idempotency key: who came first, and what was answered.

    `fresh` is true for the request that has just taken the key and must do the work. `answer` is
    None while an earlier request is still being worked on.
    """

    fresh: bool
    request_digest: str
    answer: Answer | None


@dataclass(frozen=True, slots=True)
class StoredTrack:
    """A made track.

    `family` joins a track with its edits; `seed` is the one that was used, `attempt` the accepted
    attempt's number (from 0 or 1 as the composer counts); `fingerprint` is opaque: what a later
    originality check needs to compare new tracks with this one. `details` holds what a list or a
    page shows beside (key, tempo, loudness) and is never signed.
    """

    id: str
    organisation_id: str
    family: str
    title: str
    mood: str
    usage: str
    seed: int
    attempt: int
    frames: int
    sample_rate: int
    training_set_digest: str
    pcm_sha256: str
    fingerprint: bytes
    created_at: datetime
    details: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of a track: its name within the track, where its bytes lie, and what they are."""

    id: str
    organisation_id: str
    track_id: str
    name: str
    blob_key: str
    media_type: str
    size_bytes: int
    sha256: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class TrackFingerprint:
    """What the originality check of a new track reads of an older one, whoever owns it."""

    track_id: str
    organisation_id: str
    family: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class TrackOwner:
    """Whose a track is, and of what family, without its fingerprint."""

    track_id: str
    organisation_id: str
    family: str


@dataclass(frozen=True, slots=True)
class StoredReport:
    """An originality report as the exact bytes of its JSON; `similarity` runs from 0 to 1."""

    id: str
    organisation_id: str
    track_id: str
    verdict: str
    similarity: float
    report: bytes
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A signed statement about a track, byte for byte.

    `kind` is `record`, `authorship` or `delivery`; a track has at most one of each kind. `digest`
    is the SHA-256 of `envelope`; the store computes it anew and refuses another.
    """

    id: str
    organisation_id: str
    track_id: str
    kind: str
    envelope: bytes
    digest: str
    leaf_index: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf of the public log: its index (dense from 0), its body, and its envelope's SHA-256."""

    index: int
    body: bytes
    envelope_sha256: str


@dataclass(frozen=True, slots=True)
class StoredQuote:
    """A quote: `terms` are the exact bytes that a licence of it will carry.

    `exclusivity` is theirs: `none`, `sector` or `full`.
    """

    id: str
    organisation_id: str
    track_id: str
    template_id: str
    template_version: str
    licensee: str
    currency: str
    amount_minor: int
    terms: bytes
    created_at: datetime
    expires_at: datetime
    exclusivity: str = "none"


@dataclass(frozen=True, slots=True)
class LicenceDraft:
    """A licence about to be issued from a quote, with the log leaf that its envelope needs.

    `number` is what a holder types to find it. `ends_on` is the last day of the term, or None for
    a perpetual one. `envelope_sha256` is the SHA-256 of `envelope`.
    """

    id: str
    number: str
    organisation_id: str
    quote_id: str
    envelope: bytes
    envelope_sha256: str
    leaf_body: bytes
    starts_on: date
    ends_on: date | None
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class StoredLicence:
    """An issued licence: the quoted terms and the signed envelope, both byte for byte.

    `state` is what was last decided (`issued`, later `revoked` or `superseded`); whether it is
    active or expired is read from the clock, by `clearcue.licensing`.
    """

    id: str
    number: str
    organisation_id: str
    track_id: str
    quote_id: str
    state: str
    terms: bytes
    envelope: bytes
    envelope_sha256: str
    leaf_index: int
    starts_on: date
    ends_on: date | None
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class LicenceEvent:
    """Something that happened to a licence, in order of `sequence` (from 1 for each licence)."""

    licence_id: str
    sequence: int
    kind: str
    at: datetime
    detail: Json
