"""Quotes that are kept, the jobs and batches submitted by them, and the cascades that count against their limits."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0021"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Add the tables, and the column of cascades."""
    op.create_table(
        "quotes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("contacts", sa.Integer(), nullable=False),
        sa.Column("terms", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("mode IN ('live', 'test')", name=op.f("ck_quotes_mode_known")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_quotes_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotes")),
    )
    op.create_index("ix_quotes_account_id_mode_id", "quotes", ["account_id", "mode", "id"])
    op.create_table(
        "quoted_jobs",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("terms", postgresql.JSONB(), nullable=False),
        sa.Column("limit_usd", sa.Numeric(14, 6), nullable=True),
        sa.Column("limit_credits", sa.Integer(), nullable=True),
        sa.Column("used_usd", sa.Numeric(14, 6), server_default="0", nullable=False),
        sa.Column("reached", sa.Text(), nullable=True),
        sa.Column("outcome", postgresql.JSONB(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reached IN ('usd', 'credits')", name=op.f("ck_quoted_jobs_reached_known")),
        sa.CheckConstraint("used_usd >= 0", name=op.f("ck_quoted_jobs_used_not_negative")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_quoted_jobs_account_id")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_quoted_jobs_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_quoted_jobs")),
    )
    op.create_index("ix_quoted_jobs_open", "quoted_jobs", ["job_id"], postgresql_where=sa.text("outcome IS NULL"))
    op.create_index("ix_quoted_jobs_account_id_mode_created_at", "quoted_jobs", ["account_id", "mode", "created_at"])
    op.add_column("cascades", sa.Column("budget_id", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_cascades_budget_id", "cascades", ["budget_id"], postgresql_where=sa.text("budget_id IS NOT NULL AND open")
    )
