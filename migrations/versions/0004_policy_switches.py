"""Policy switches: who switched which opt-in on or off, and why."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go one revision up."""
    op.create_table(
        "policy_switches",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("opt_in", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("switched_on", sa.Boolean(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_switches")),
    )


def downgrade() -> None:
    """Go one revision down."""
    op.drop_table("policy_switches")
