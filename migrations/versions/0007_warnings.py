"""Warnings: what was ignored of a request, kept with the runs, jobs and rows that it made."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Apply; forward only and additive: the default is constant, so no row is written (PostgreSQL 11 and later)."""
    for table in ("runs", "jobs", "job_rows"):
        op.add_column(table, sa.Column("warnings", JSONB(), nullable=False, server_default=sa.text("'[]'::jsonb")))
