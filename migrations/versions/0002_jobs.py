"""Jobs and batches: what is submitted together, row by row."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Apply; forward only and additive, each index with its reason."""
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("refused", sa.Integer(), server_default="0", nullable=False),
        sa.Column("emails_found", sa.Integer(), server_default="0", nullable=False),
        sa.Column("phones_found", sa.Integer(), server_default="0", nullable=False),
        sa.Column("admitted", sa.Integer(), server_default="0", nullable=False),
        sa.Column("held", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "options", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column(
            "metadata", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("columns", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("webhook_url", sa.Text(), nullable=True),
        sa.Column(
            "webhook_events",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(ended_at IS NOT NULL) = (status IN ('completed', 'cancelled'))", name=op.f("ck_jobs_ended_when_terminal")
        ),
        sa.CheckConstraint("kind IN ('job', 'batch')", name=op.f("ck_jobs_kind_known")),
        sa.CheckConstraint(
            "status IN ('receiving', 'processing', 'completed', 'cancelled')", name=op.f("ck_jobs_status_known")
        ),
        sa.CheckConstraint("done >= 0 AND done <= total", name=op.f("ck_jobs_done_within_total")),
        sa.CheckConstraint("held >= 0", name=op.f("ck_jobs_held_not_negative")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_jobs_account_id")),
        sa.ForeignKeyConstraint(["key_id"], ["api_keys.id"], name=op.f("fk_jobs_key_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index("ix_jobs_account_id_id", "jobs", ["account_id", "id"], unique=False)
    op.create_index(
        "ix_jobs_open_batches",
        "jobs",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("kind = 'batch' AND ended_at IS NULL"),
    )
    op.create_table(
        "job_rows",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("given", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("contact", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=True),
        sa.Column("problem", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(problem IS NULL) = (contact IS NOT NULL)", name=op.f("ck_job_rows_contact_unless_problem")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_job_rows_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "position", name=op.f("pk_job_rows")),
    )
    op.add_column("runs", sa.Column("job_id", sa.Uuid(), nullable=True))
    op.create_index("ix_runs_job_id", "runs", ["job_id"], unique=False, postgresql_where=sa.text("job_id IS NOT NULL"))
    op.add_column("ledger", sa.Column("job_id", sa.Uuid(), nullable=True))
    # Two more kinds of entry: what a batch sets aside for its rows, and what of it becomes charges or comes back.
    op.drop_constraint(op.f("ck_ledger_kind_known"), "ledger", type_="check")
    op.drop_constraint(op.f("ck_ledger_sign_fits_kind"), "ledger", type_="check")
    op.create_check_constraint(
        op.f("ck_ledger_kind_known"), "ledger", "kind IN ('grant', 'charge', 'refund', 'hold', 'release')"
    )
    op.create_check_constraint(
        op.f("ck_ledger_sign_fits_kind"), "ledger", "amount <> 0 AND (kind IN ('charge', 'hold')) = (amount < 0)"
    )
    op.create_check_constraint(
        op.f("ck_ledger_job_when_held"), "ledger", "(kind IN ('hold', 'release')) = (job_id IS NOT NULL)"
    )
