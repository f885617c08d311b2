"""Runs keep the contact as it was understood; metadata keeps its order of members and its numbers."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Add the contact to each run: that of its cascade or, of a run that the cache answered, that of the source run.

    A run that a process of the version before accepts meanwhile shows no contact. The change of the type rewrites both
    tables, during which nothing is accepted.
    """
    op.add_column("runs", sa.Column("contact", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    for table in ("runs", "jobs"):
        op.execute(f"ALTER TABLE {table} ALTER COLUMN metadata DROP DEFAULT")
        op.execute(f"ALTER TABLE {table} ALTER COLUMN metadata TYPE json USING metadata::text::json")
        op.execute(f"ALTER TABLE {table} ALTER COLUMN metadata SET DEFAULT '{{}}'::json")
    op.execute("UPDATE runs SET contact = c.contact FROM cascades AS c WHERE c.id = runs.cascade_id")
    op.execute(
        "UPDATE runs SET contact = source.contact FROM runs AS source "
        "WHERE source.id = runs.source_run_id AND runs.contact IS NULL"
    )
