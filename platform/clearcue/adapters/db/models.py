"""The tables.

Every row that an organisation owns has `organisation_id`: not null, a foreign key, indexed. A child
of an owned row refers to its parent by (organisation_id, id), so that the database itself refuses a
file, a record or a licence that hangs on another organisation's track.

Platform-wide by design, and therefore without an owner:
- `works`, `training_sets`, `training_set_works`: the corpus and what was learnt from it are the
  same for everybody; their rights are decided once, by the installation's rights manifest.
- `ledger_statements`: what was stated about them, for everybody to read.
- `policy_switches`: an owner answers for the whole installation's corpus.
- `template_reviews`: the templates are the same for everybody.
- `log_leaves`: one public log for all; a leaf holds hashes only and must not say whose it is.

What was signed or quoted is kept byte for byte in a binary column and never built again.
"""

from datetime import date
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from clearcue.adapters.db.columns import Blob, Digest, Id, Moment

LEAF_INDEX = BigInteger().with_variant(Integer(), "sqlite")


class Base(DeclarativeBase):
    """Base of all tables; constraints have stated names, so that migrations can find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {dict[str, Any]: JSON}  # noqa: RUF012 - read once by the mapper, never changed


def _owned_by(parent: str, column: str) -> ForeignKeyConstraint:
    """A foreign key to a row of the same organisation."""
    return ForeignKeyConstraint(
        ["organisation_id", column], [f"{parent}.organisation_id", f"{parent}.id"]
    )


def _owner() -> Mapped[str]:
    return mapped_column(String(36), ForeignKey("organisations.id"), index=True)


class OrganisationRow(Base):
    """Who owns tracks and licences."""

    __tablename__ = "organisations"

    id: Mapped[Id] = mapped_column(primary_key=True)
    handle: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[Moment]


class AccountRow(Base):
    """Who acts for an organisation."""

    __tablename__ = "accounts"
    __table_args__ = (
        UniqueConstraint("organisation_id", "handle"),
        UniqueConstraint("organisation_id", "id"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = _owner()
    handle: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[Moment]


class ApiKeyRow(Base):
    """A key to the HTTP interface; of its secret only a keyed digest."""

    __tablename__ = "api_keys"
    __table_args__ = (_owned_by("accounts", "account_id"),)

    id: Mapped[Id] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = _owner()
    account_id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(200))
    prefix: Mapped[str] = mapped_column(String(32), unique=True)
    secret_digest: Mapped[Digest]
    created_at: Mapped[Moment]
    revoked_at: Mapped[Moment | None]


class IdempotencyKeyRow(Base):
    """A request's key and, once there is one, the answer to it."""

    __tablename__ = "idempotency_keys"

    organisation_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("organisations.id"), primary_key=True, index=True
    )
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    request_digest: Mapped[Digest]
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    body: Mapped[Blob | None]
    taken_at: Mapped[Moment] = mapped_column(index=True)


class WorkRow(Base):
    """A work of the corpus, as the rights manifest decided it. Platform-wide."""

    __tablename__ = "works"

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    path: Mapped[str] = mapped_column(Text)
    sha256: Mapped[Digest] = mapped_column(index=True)
    verdict: Mapped[str] = mapped_column(String(32))
    permissions: Mapped[list[str]] = mapped_column(JSON)
    added_at: Mapped[Moment]


class TrainingSetRow(Base):
    """What a model learnt from, by its digest. Platform-wide."""

    __tablename__ = "training_sets"

    digest: Mapped[Digest] = mapped_column(primary_key=True)
    policy: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[Moment]
    # The Merkle tree's leaves, one a line; a set from before they were kept has none.
    leaves: Mapped[Blob | None]


class TrainingSetWorkRow(Base):
    """A work's place in a training set. Platform-wide."""

    __tablename__ = "training_set_works"

    digest: Mapped[Digest] = mapped_column(ForeignKey("training_sets.digest"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    work_id: Mapped[str] = mapped_column(String(200), ForeignKey("works.id"), index=True)


class LedgerStatementRow(Base):
    """A signed statement of the rights ledger, never changed, never removed. Platform-wide."""

    __tablename__ = "ledger_statements"
    __table_args__ = (CheckConstraint("kind IN ('training-set', 'withdrawal')", name="kind"),)

    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    envelope: Mapped[Blob]
    digest: Mapped[Digest] = mapped_column(unique=True)
    leaf_index: Mapped[int] = mapped_column(
        LEAF_INDEX, ForeignKey("log_leaves.leaf_index"), unique=True
    )
    created_at: Mapped[Moment]


class PolicySwitchRow(Base):
    """That an opt-in was switched on or off; never changed, never removed. Platform-wide."""

    __tablename__ = "policy_switches"

    id: Mapped[Id] = mapped_column(primary_key=True)
    opt_in: Mapped[str] = mapped_column(String(64))
    version: Mapped[str] = mapped_column(String(32))
    switched_on: Mapped[bool]
    who: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(Text)
    at: Mapped[Moment]


class JobRow(Base):
    """A leased job."""

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name="state"
        ),
        UniqueConstraint("organisation_id", "id"),
        Index(None, "state", "lease_until"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = _owner()
    kind: Mapped[str] = mapped_column(String(32))
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(16))
    stage: Mapped[str] = mapped_column(String(64))
    progress: Mapped[float] = mapped_column(Double())
    attempts: Mapped[int]
    fence: Mapped[int]
    lease_owner: Mapped[str | None] = mapped_column(String(200))
    lease_until: Mapped[Moment | None]
    heartbeat_at: Mapped[Moment | None]
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    error: Mapped[str | None] = mapped_column(Text)
    kept: Mapped[dict[str, Any]]
    tries: Mapped[int]
    revision: Mapped[int]
    not_before: Mapped[Moment | None]
    created_at: Mapped[Moment]


class TrackRow(Base):
    """A made track."""

    __tablename__ = "tracks"
    __table_args__ = (
        UniqueConstraint("organisation_id", "id"),
        Index(None, "organisation_id", "family"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = _owner()
    family: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(200))
    mood: Mapped[str] = mapped_column(String(32))
    usage: Mapped[str] = mapped_column(String(32))
    # A decimal text: a seed may be larger than the database's integers.
    seed: Mapped[str] = mapped_column(String(80))
    attempt: Mapped[int]
    frames: Mapped[int] = mapped_column(BigInteger())
    sample_rate: Mapped[int]
    training_set_digest: Mapped[Digest] = mapped_column(
        ForeignKey("training_sets.digest"), index=True
    )
    pcm_sha256: Mapped[Digest] = mapped_column(index=True)
    fingerprint: Mapped[Blob]
    details: Mapped[dict[str, Any]]
    created_at: Mapped[Moment]


class FileRow(Base):
    """A file of a track; its bytes lie in the blob store."""

    __tablename__ = "files"
    __table_args__ = (UniqueConstraint("track_id", "name"), _owned_by("tracks", "track_id"))

    id: Mapped[Id] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = _owner()
    track_id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(200))
    blob_key: Mapped[str] = mapped_column(String(400))
    media_type: Mapped[str] = mapped_column(String(100))
    size_bytes: Mapped[int] = mapped_column(BigInteger())
    sha256: Mapped[Digest] = mapped_column(index=True)
    created_at: Mapped[Moment]


class OriginalityReportRow(Base):
    """What a track was compared with, and how near the nearest came."""

    __tablename__ = "originality_reports"
    __table_args__ = (_owned_by("tracks", "track_id"), Index(None, "track_id"))

    id: Mapped[Id] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = _owner()
    track_id: Mapped[Id]
    verdict: Mapped[str] = mapped_column(String(32))
    similarity: Mapped[float] = mapped_column(Double())
    report: Mapped[Blob]
    created_at: Mapped[Moment]


class TrackWorkRow(Base):
    """What a track's record says of a work, so that it is found by the work."""

    __tablename__ = "track_works"
    __table_args__ = (_owned_by("tracks", "track_id"),)

    track_id: Mapped[Id] = mapped_column(primary_key=True)
    work_id: Mapped[str] = mapped_column(String(200), primary_key=True, index=True)
    organisation_id: Mapped[str] = _owner()
    # An exact fraction, of as many digits as it takes.
    share: Mapped[str] = mapped_column(Text)
    parts: Mapped[dict[str, Any]]
    similarity: Mapped[float | None] = mapped_column(Double())


class LogLeafRow(Base):
    """A leaf of the public log: dense from 0, never changed, never removed. Platform-wide."""

    __tablename__ = "log_leaves"
    __table_args__ = (CheckConstraint("leaf_index >= 0", name="leaf_index"),)

    leaf_index: Mapped[int] = mapped_column(LEAF_INDEX, primary_key=True, autoincrement=False)
    body: Mapped[Blob]
    envelope_sha256: Mapped[Digest] = mapped_column(unique=True)


class RecordRow(Base):
    """A signed statement about a track."""

    __tablename__ = "records"
    __table_args__ = (UniqueConstraint("track_id", "kind"), _owned_by("tracks", "track_id"))

    id: Mapped[Id] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = _owner()
    track_id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(32))
    envelope: Mapped[Blob]
    digest: Mapped[Digest] = mapped_column(unique=True)
    leaf_index: Mapped[int] = mapped_column(
        LEAF_INDEX, ForeignKey("log_leaves.leaf_index"), unique=True
    )
    created_at: Mapped[Moment]


class QuoteRow(Base):
    """What was offered: the exact terms that a licence of it carries."""

    __tablename__ = "quotes"
    __table_args__ = (
        UniqueConstraint("organisation_id", "id"),
        _owned_by("tracks", "track_id"),
        Index(None, "track_id"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = _owner()
    track_id: Mapped[Id]
    template_id: Mapped[str] = mapped_column(String(64))
    template_version: Mapped[str] = mapped_column(String(32))
    licensee: Mapped[str] = mapped_column(String(200))
    currency: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger())
    terms: Mapped[Blob]
    terms_sha256: Mapped[Digest]
    exclusivity: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    held_at: Mapped[Moment | None]
    held_until: Mapped[Moment | None]


class LicenceRow(Base):
    """An issued licence; one for each quote at most."""

    __tablename__ = "licences"
    __table_args__ = (
        CheckConstraint("state IN ('issued', 'revoked', 'superseded')", name="state"),
        UniqueConstraint("organisation_id", "id"),
        UniqueConstraint("quote_id"),
        _owned_by("quotes", "quote_id"),
        _owned_by("tracks", "track_id"),
        Index(None, "track_id"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    organisation_id: Mapped[str] = _owner()
    track_id: Mapped[Id]
    quote_id: Mapped[Id]
    state: Mapped[str] = mapped_column(String(16))
    terms: Mapped[Blob]
    envelope: Mapped[Blob]
    envelope_sha256: Mapped[Digest] = mapped_column(unique=True)
    leaf_index: Mapped[int] = mapped_column(
        LEAF_INDEX, ForeignKey("log_leaves.leaf_index"), unique=True
    )
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    issued_at: Mapped[Moment]


class LicenceEventRow(Base):
    """What happened to a licence, in order."""

    __tablename__ = "licence_events"
    __table_args__ = (_owned_by("licences", "licence_id"),)

    licence_id: Mapped[Id] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    organisation_id: Mapped[str] = _owner()
    kind: Mapped[str] = mapped_column(String(32))
    at: Mapped[Moment]
    detail: Mapped[dict[str, Any]]


class LicenceEndRow(Base):
    """The signed statement that ended a licence before its term; one for each licence at most."""

    __tablename__ = "licence_ends"
    __table_args__ = (
        CheckConstraint("state IN ('revoked', 'superseded')", name="state"),
        _owned_by("licences", "licence_id"),
    )

    licence_id: Mapped[Id] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = _owner()
    state: Mapped[str] = mapped_column(String(16))
    envelope: Mapped[Blob]
    envelope_sha256: Mapped[Digest] = mapped_column(unique=True)
    leaf_index: Mapped[int] = mapped_column(
        LEAF_INDEX, ForeignKey("log_leaves.leaf_index"), unique=True
    )
    ended_at: Mapped[Moment]


class PaymentRow(Base):
    """What is owed or was paid for a quote; one payment for each licence at most."""

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint(
            "state IN ('due', 'paid', 'refund-owed', 'refunded', 'disputed')", name="state"
        ),
        UniqueConstraint("licence_id"),
        UniqueConstraint("reference"),
        UniqueConstraint("organisation_id", "invoice"),
        _owned_by("quotes", "quote_id"),
        _owned_by("licences", "licence_id"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = _owner()
    quote_id: Mapped[Id]
    licence_id: Mapped[Id | None]
    method: Mapped[str] = mapped_column(String(16))
    reference: Mapped[str] = mapped_column(String(255))
    currency: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger())
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    invoice: Mapped[int | None]
    created_at: Mapped[Moment]
    settled_at: Mapped[Moment | None]


class TemplateReviewRow(Base):
    """That counsel reviewed a version of a template; never changed. Platform-wide."""

    __tablename__ = "template_reviews"

    sha256: Mapped[Digest] = mapped_column(primary_key=True)
    template_id: Mapped[str] = mapped_column(String(64))
    version: Mapped[str] = mapped_column(String(32))
    reviewer: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    at: Mapped[Moment]
