"""What the service needs: keys to it, requests that are done once, and jobs that resume."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go one revision up."""
    _make_api_keys()
    _make_idempotency_keys()
    # Rows that are there already get a value through a default, which then goes: the program
    # gives every value itself.
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("kept", sa.JSON(), nullable=False, server_default="{}"))
        jobs.add_column(sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))
        jobs.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="0"))
        jobs.add_column(sa.Column("not_before", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("jobs") as jobs:
        jobs.alter_column("kept", server_default=None)
        jobs.alter_column("tries", server_default=None)
        jobs.alter_column("revision", server_default=None)


def _make_api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("prefix", sa.String(length=32), nullable=False),
        sa.Column("secret_digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id", "account_id"],
            ["accounts.organisation_id", "accounts.id"],
            name=op.f("fk_api_keys_organisation_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_api_keys_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("prefix", name=op.f("uq_api_keys_prefix")),
    )
    op.create_index(op.f("ix_api_keys_organisation_id"), "api_keys", ["organisation_id"])


def _make_idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("request_digest", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", sa.JSON(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_idempotency_keys_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(
        op.f("ix_idempotency_keys_organisation_id"), "idempotency_keys", ["organisation_id"]
    )
    op.create_index(op.f("ix_idempotency_keys_taken_at"), "idempotency_keys", ["taken_at"])


def downgrade() -> None:
    """Go one revision down."""
    with op.batch_alter_table("jobs") as jobs:
        jobs.drop_column("not_before")
        jobs.drop_column("revision")
        jobs.drop_column("tries")
        jobs.drop_column("kept")
    op.drop_table("idempotency_keys")
    op.drop_table("api_keys")
