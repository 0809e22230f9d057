"""The rights ledger: its statements, the leaves of training sets, works found by their tracks."""

import base64
import json
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TRACK_WORKS = sa.table(
    "track_works",
    sa.column("track_id", sa.String),
    sa.column("work_id", sa.String),
    sa.column("organisation_id", sa.String),
    sa.column("share", sa.Text),
    sa.column("parts", sa.JSON),
    sa.column("similarity", sa.Double),
)


def upgrade() -> None:
    """Go one revision up."""
    with op.batch_alter_table("training_sets") as sets:
        sets.add_column(sa.Column("leaves", sa.LargeBinary(), nullable=True))
        sets.alter_column("policy", type_=sa.String(length=200), existing_type=sa.String(length=64))
    op.create_index(op.f("ix_tracks_training_set_digest"), "tracks", ["training_set_digest"])
    _make_ledger_statements()
    _make_track_works()
    for record in op.get_bind().execute(_RECORDS).all():
        rows = list(_relations(*record))
        if rows:
            op.bulk_insert(TRACK_WORKS, rows)


def _make_ledger_statements() -> None:
    op.create_table(
        "ledger_statements",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column(
            "leaf_index", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('training-set', 'withdrawal')", name=op.f("ck_ledger_statements_kind")
        ),
        sa.ForeignKeyConstraint(
            ["leaf_index"], ["log_leaves.leaf_index"], name=op.f("fk_ledger_statements_leaf_index")
        ),
        sa.PrimaryKeyConstraint("kind", "name", name=op.f("pk_ledger_statements")),
        sa.UniqueConstraint("digest", name=op.f("uq_ledger_statements_digest")),
        sa.UniqueConstraint("leaf_index", name=op.f("uq_ledger_statements_leaf_index")),
    )


def _make_track_works() -> None:
    op.create_table(
        "track_works",
        sa.Column("track_id", sa.String(length=36), nullable=False),
        sa.Column("work_id", sa.String(length=200), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("share", sa.Text(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("similarity", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id", "track_id"],
            ["tracks.organisation_id", "tracks.id"],
            name=op.f("fk_track_works_organisation_id_track_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_track_works_organisation_id")
        ),
        sa.PrimaryKeyConstraint("track_id", "work_id", name=op.f("pk_track_works")),
    )
    op.create_index(op.f("ix_track_works_organisation_id"), "track_works", ["organisation_id"])
    op.create_index(op.f("ix_track_works_work_id"), "track_works", ["work_id"])


_RECORDS = sa.text("SELECT organisation_id, track_id, envelope FROM records WHERE kind = 'record'")


def _relations(organisation_id: str, track_id: str, envelope: bytes) -> Iterator[dict[str, Any]]:
    """What a record says of works; the program says it of new tracks in the same way."""
    said = json.loads(base64.b64decode(json.loads(bytes(envelope))["payload"]))["predicate"]
    shares: dict[str, dict[str, str]] = {}
    for part in said["influence"]["parts"]:
        for source in part["sources"]:
            if source["kind"] == "work":
                shares.setdefault(source["work"], {})[part["part"]] = source["share"]
    near: dict[str, float] = {}
    for match in said["originality"]["nearest"]:
        near[match["work"]] = max(float(match["similarity"]), near.get(match["work"], 0.0))
    for work_id in sorted({*shares, *near}):
        parts = shares.get(work_id, {})
        share = sum(map(Fraction, parts.values()), Fraction(0)) / len(said["influence"]["parts"])
        yield {
            "organisation_id": organisation_id,
            "track_id": track_id,
            "work_id": work_id,
            "share": f"{share.numerator}/{share.denominator}",
            "parts": parts,
            "similarity": near.get(work_id),
        }


def downgrade() -> None:
    """Go one revision down. The statements leave this table, and stay in the log."""
    op.drop_table("track_works")
    op.drop_table("ledger_statements")
    op.drop_index(op.f("ix_tracks_training_set_digest"), "tracks")
    with op.batch_alter_table("training_sets") as sets:
        sets.alter_column("policy", type_=sa.String(length=64), existing_type=sa.String(length=200))
        sets.drop_column("leaves")
