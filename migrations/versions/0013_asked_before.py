"""Cache entries know which providers were asked, so that a miss is completed by asking the rest."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

# What `AskedBefore` holds, of the look-up whose run the entry names.
FROM_ATTEMPTS = """
UPDATE cache_entries AS e SET asked_before = known.asked
FROM (
  SELECT r.id AS run_id, jsonb_agg(jsonb_build_object(
    'provider', a.provider, 'field', a.field, 'outcome', a.outcome, 'cost_usd', a.cost_usd::text,
    'at', to_char(a.ended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))) AS asked
  FROM runs r JOIN attempts a ON a.cascade_id = r.cascade_id
  WHERE a.outcome IN ('miss', 'rejected') AND r.id IN (SELECT run_id FROM cache_entries)
  GROUP BY r.id
) AS known
WHERE known.run_id = e.run_id
"""


def upgrade() -> None:
    """Add the columns, and fill those of cache entries from the attempts of their look-ups.

    What processes of the version before write to the cache is completed once by asking all providers.
    """
    empty = sa.text("'[]'::jsonb")
    json = postgresql.JSONB(astext_type=sa.Text())
    for table in ("cascades", "cache_entries"):
        op.add_column(table, sa.Column("asked_before", json, server_default=empty, nullable=False))
    op.add_column("cascades", sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("cache_entries", sa.Column("paid", sa.Boolean(), server_default=sa.text("true"), nullable=False))
    op.add_column("runs", sa.Column("wants", json, nullable=True))
    op.execute(FROM_ATTEMPTS)
