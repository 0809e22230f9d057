"""A licence's life: exclusivity and holds of quotes, ended licences, reviewed templates."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go one revision up."""
    # No quote was exclusive before. Rows that are there get the value through a default, which
    # then goes: the program gives every value itself.
    with op.batch_alter_table("quotes") as quotes:
        quotes.add_column(
            sa.Column("exclusivity", sa.String(length=16), nullable=False, server_default="none")
        )
        quotes.add_column(sa.Column("held_at", sa.DateTime(timezone=True), nullable=True))
        quotes.add_column(sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("quotes") as quotes:
        quotes.alter_column("exclusivity", server_default=None)
    _make_licence_ends()
    op.create_table(
        "template_reviews",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("template_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_template_reviews")),
    )


def _make_licence_ends() -> None:
    op.create_table(
        "licence_ends",
        sa.Column("licence_id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.Column("envelope_sha256", sa.String(length=64), nullable=False),
        sa.Column(
            "leaf_index", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('revoked', 'superseded')", name=op.f("ck_licence_ends_state")
        ),
        sa.ForeignKeyConstraint(
            ["leaf_index"], ["log_leaves.leaf_index"], name=op.f("fk_licence_ends_leaf_index")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_licence_ends_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "licence_id"],
            ["licences.organisation_id", "licences.id"],
            name=op.f("fk_licence_ends_organisation_id_licence_id"),
        ),
        sa.PrimaryKeyConstraint("licence_id", name=op.f("pk_licence_ends")),
        sa.UniqueConstraint("envelope_sha256", name=op.f("uq_licence_ends_envelope_sha256")),
        sa.UniqueConstraint("leaf_index", name=op.f("uq_licence_ends_leaf_index")),
    )
    op.create_index(op.f("ix_licence_ends_organisation_id"), "licence_ends", ["organisation_id"])


def downgrade() -> None:
    """Go one revision down."""
    op.drop_table("template_reviews")
    op.drop_table("licence_ends")
    with op.batch_alter_table("quotes") as quotes:
        quotes.drop_column("held_until")
        quotes.drop_column("held_at")
        quotes.drop_column("exclusivity")
