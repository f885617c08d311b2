"""Clients report what became of the values that they got; plans may refund what bounced."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0015"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Add the table of feedback, and whether a plan refunds bounces."""
    op.create_table(
        "feedback",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("wrong", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("mode IN ('live', 'test')", name=op.f("ck_feedback_mode_known")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_feedback_account_id")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_feedback_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "field", "outcome", name=op.f("pk_feedback")),
    )
    op.create_index("ix_feedback_wrong", "feedback", ["account_id", "fingerprint"], postgresql_where=sa.text("wrong"))
    op.create_index("ix_feedback_account_id_created_at", "feedback", ["account_id", "created_at"])
    op.add_column(
        "plan_overrides", sa.Column("refund_bounces", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
