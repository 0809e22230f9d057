"""What is owed and was paid for quotes, one payment for each licence at most."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go one revision up."""
    op.create_table(
        "payments",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("quote_id", sa.String(length=36), nullable=False),
        sa.Column("licence_id", sa.String(length=36), nullable=True),
        sa.Column("method", sa.String(length=16), nullable=False),
        sa.Column("reference", sa.String(length=255), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("invoice", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('due', 'paid', 'refund-owed', 'refunded', 'disputed')",
            name=op.f("ck_payments_state"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_payments_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "quote_id"],
            ["quotes.organisation_id", "quotes.id"],
            name=op.f("fk_payments_organisation_id_quote_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "licence_id"],
            ["licences.organisation_id", "licences.id"],
            name=op.f("fk_payments_organisation_id_licence_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("licence_id", name=op.f("uq_payments_licence_id")),
        sa.UniqueConstraint(
            "organisation_id", "invoice", name=op.f("uq_payments_organisation_id_invoice")
        ),
        sa.UniqueConstraint("reference", name=op.f("uq_payments_reference")),
    )
    op.create_index(op.f("ix_payments_organisation_id"), "payments", ["organisation_id"])


def downgrade() -> None:
    """Go one revision down."""
    op.drop_table("payments")
