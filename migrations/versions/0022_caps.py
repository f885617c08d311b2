"""Caps on what may be spent, and what each attempt counts against them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0019"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Add the table of caps, and the column of attempts."""
    op.create_table(
        "spend_caps",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(14, 6), nullable=False),
        sa.Column("used", sa.Numeric(14, 6), server_default="0", nullable=False),
        sa.Column("period_start", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("period IN ('day', 'month')", name=op.f("ck_spend_caps_period_known")),
        sa.CheckConstraint("unit IN ('usd', 'credits')", name=op.f("ck_spend_caps_unit_known")),
        sa.CheckConstraint("set_by IN ('operator', 'account')", name=op.f("ck_spend_caps_setter_known")),
        sa.CheckConstraint("amount >= 0 AND used >= 0", name=op.f("ck_spend_caps_not_negative")),
        sa.PrimaryKeyConstraint("account_id", "provider", "period", "unit", "set_by", name=op.f("pk_spend_caps")),
    )
    op.add_column("attempts", sa.Column("held_usd", sa.Numeric(12, 6), nullable=True))
