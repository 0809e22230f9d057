"""The first tables: owners, corpus, tracks with their statements, the log, quotes and licences."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go one revision up."""
    op.create_table(
        "log_leaves",
        sa.Column(
            "leaf_index",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("envelope_sha256", sa.String(length=64), nullable=False),
        sa.CheckConstraint("leaf_index >= 0", name=op.f("ck_log_leaves_leaf_index")),
        sa.PrimaryKeyConstraint("leaf_index", name=op.f("pk_log_leaves")),
        sa.UniqueConstraint("envelope_sha256", name=op.f("uq_log_leaves_envelope_sha256")),
    )
    op.create_table(
        "organisations",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("handle", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("handle", name=op.f("uq_organisations_handle")),
    )
    op.create_table(
        "training_sets",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("policy", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_training_sets")),
    )
    op.create_table(
        "works",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("verdict", sa.String(length=32), nullable=False),
        sa.Column("permissions", sa.JSON(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_works")),
    )
    op.create_index(op.f("ix_works_sha256"), "works", ["sha256"], unique=False)

    op.create_table(
        "accounts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("handle", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_accounts_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint(
            "organisation_id", "handle", name=op.f("uq_accounts_organisation_id_handle")
        ),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_accounts_organisation_id_id")),
    )
    op.create_index(
        op.f("ix_accounts_organisation_id"), "accounts", ["organisation_id"], unique=False
    )

    op.create_table(
        "jobs",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("stage", sa.String(length=64), nullable=False),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.String(length=200), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled')",
            name=op.f("ck_jobs_state"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_jobs_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_jobs_organisation_id_id")),
    )
    op.create_index(op.f("ix_jobs_organisation_id"), "jobs", ["organisation_id"], unique=False)
    op.create_index(
        op.f("ix_jobs_state_lease_until"), "jobs", ["state", "lease_until"], unique=False
    )

    op.create_table(
        "tracks",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("family", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("mood", sa.String(length=32), nullable=False),
        sa.Column("usage", sa.String(length=32), nullable=False),
        sa.Column("seed", sa.String(length=80), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("frames", sa.BigInteger(), nullable=False),
        sa.Column("sample_rate", sa.Integer(), nullable=False),
        sa.Column("training_set_digest", sa.String(length=64), nullable=False),
        sa.Column("pcm_sha256", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_tracks_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["training_set_digest"],
            ["training_sets.digest"],
            name=op.f("fk_tracks_training_set_digest"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tracks")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_tracks_organisation_id_id")),
    )
    op.create_index(op.f("ix_tracks_organisation_id"), "tracks", ["organisation_id"], unique=False)
    op.create_index(
        op.f("ix_tracks_organisation_id_family"),
        "tracks",
        ["organisation_id", "family"],
        unique=False,
    )
    op.create_index(op.f("ix_tracks_pcm_sha256"), "tracks", ["pcm_sha256"], unique=False)

    op.create_table(
        "training_set_works",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("work_id", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["digest"], ["training_sets.digest"], name=op.f("fk_training_set_works_digest")
        ),
        sa.ForeignKeyConstraint(
            ["work_id"], ["works.id"], name=op.f("fk_training_set_works_work_id")
        ),
        sa.PrimaryKeyConstraint("digest", "position", name=op.f("pk_training_set_works")),
    )
    op.create_index(
        op.f("ix_training_set_works_work_id"), "training_set_works", ["work_id"], unique=False
    )

    op.create_table(
        "files",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("track_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("blob_key", sa.String(length=400), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "track_id"],
            ["tracks.organisation_id", "tracks.id"],
            name=op.f("fk_files_organisation_id_track_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_files_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
        sa.UniqueConstraint("track_id", "name", name=op.f("uq_files_track_id_name")),
    )
    op.create_index(op.f("ix_files_organisation_id"), "files", ["organisation_id"], unique=False)
    op.create_index(op.f("ix_files_sha256"), "files", ["sha256"], unique=False)

    op.create_table(
        "originality_reports",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("track_id", sa.String(length=36), nullable=False),
        sa.Column("verdict", sa.String(length=32), nullable=False),
        sa.Column("similarity", sa.Double(), nullable=False),
        sa.Column("report", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "track_id"],
            ["tracks.organisation_id", "tracks.id"],
            name=op.f("fk_originality_reports_organisation_id_track_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_originality_reports_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_originality_reports")),
    )
    op.create_index(
        op.f("ix_originality_reports_organisation_id"),
        "originality_reports",
        ["organisation_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_originality_reports_track_id"), "originality_reports", ["track_id"], unique=False
    )

    op.create_table(
        "quotes",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("track_id", sa.String(length=36), nullable=False),
        sa.Column("template_id", sa.String(length=64), nullable=False),
        sa.Column("template_version", sa.String(length=32), nullable=False),
        sa.Column("licensee", sa.String(length=200), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("terms", sa.LargeBinary(), nullable=False),
        sa.Column("terms_sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "track_id"],
            ["tracks.organisation_id", "tracks.id"],
            name=op.f("fk_quotes_organisation_id_track_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_quotes_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotes")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_quotes_organisation_id_id")),
    )
    op.create_index(op.f("ix_quotes_organisation_id"), "quotes", ["organisation_id"], unique=False)
    op.create_index(op.f("ix_quotes_track_id"), "quotes", ["track_id"], unique=False)

    op.create_table(
        "records",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("track_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column(
            "leaf_index", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["leaf_index"], ["log_leaves.leaf_index"], name=op.f("fk_records_leaf_index")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "track_id"],
            ["tracks.organisation_id", "tracks.id"],
            name=op.f("fk_records_organisation_id_track_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_records_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_records")),
        sa.UniqueConstraint("digest", name=op.f("uq_records_digest")),
        sa.UniqueConstraint("leaf_index", name=op.f("uq_records_leaf_index")),
        sa.UniqueConstraint("track_id", "kind", name=op.f("uq_records_track_id_kind")),
    )
    op.create_index(
        op.f("ix_records_organisation_id"), "records", ["organisation_id"], unique=False
    )

    op.create_table(
        "licences",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("track_id", sa.String(length=36), nullable=False),
        sa.Column("quote_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("terms", sa.LargeBinary(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.Column("envelope_sha256", sa.String(length=64), nullable=False),
        sa.Column(
            "leaf_index", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('issued', 'revoked', 'superseded')", name=op.f("ck_licences_state")
        ),
        sa.ForeignKeyConstraint(
            ["leaf_index"], ["log_leaves.leaf_index"], name=op.f("fk_licences_leaf_index")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "quote_id"],
            ["quotes.organisation_id", "quotes.id"],
            name=op.f("fk_licences_organisation_id_quote_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "track_id"],
            ["tracks.organisation_id", "tracks.id"],
            name=op.f("fk_licences_organisation_id_track_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_licences_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licences")),
        sa.UniqueConstraint("envelope_sha256", name=op.f("uq_licences_envelope_sha256")),
        sa.UniqueConstraint("leaf_index", name=op.f("uq_licences_leaf_index")),
        sa.UniqueConstraint("number", name=op.f("uq_licences_number")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_licences_organisation_id_id")),
        sa.UniqueConstraint("quote_id", name=op.f("uq_licences_quote_id")),
    )
    op.create_index(
        op.f("ix_licences_organisation_id"), "licences", ["organisation_id"], unique=False
    )
    op.create_index(op.f("ix_licences_track_id"), "licences", ["track_id"], unique=False)

    op.create_table(
        "licence_events",
        sa.Column("licence_id", sa.String(length=36), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "licence_id"],
            ["licences.organisation_id", "licences.id"],
            name=op.f("fk_licence_events_organisation_id_licence_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_licence_events_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("licence_id", "sequence", name=op.f("pk_licence_events")),
    )
    op.create_index(
        op.f("ix_licence_events_organisation_id"),
        "licence_events",
        ["organisation_id"],
        unique=False,
    )


def downgrade() -> None:
    """Go one revision down."""
    # Dropping a table drops its indexes.
    op.drop_table("licence_events")
    op.drop_table("licences")
    op.drop_table("records")
    op.drop_table("quotes")
    op.drop_table("originality_reports")
    op.drop_table("files")
    op.drop_table("training_set_works")
    op.drop_table("tracks")
    op.drop_table("jobs")
    op.drop_table("accounts")
    op.drop_table("works")
    op.drop_table("training_sets")
    op.drop_table("organisations")
    op.drop_table("log_leaves")
