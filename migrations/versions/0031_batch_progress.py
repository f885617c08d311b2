"""Count in a job the contacts of whom nothing was found, and what providers charged."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0036"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

# Runs that share a look-up: the oldest one counts it.
FILL = """
UPDATE jobs SET not_found = counted.not_found, cost_usd = counted.cost_usd
FROM (
  SELECT r.job_id, count(*) FILTER (WHERE r.result_status = 'not_found') AS not_found,
    coalesce(sum(c.cost_usd) FILTER (WHERE r.ended_at IS NOT NULL), 0) AS cost_usd
  FROM runs r LEFT JOIN (
    SELECT first.id, a.cost_usd FROM (
      SELECT DISTINCT ON (cascade_id) cascade_id, id FROM runs WHERE cascade_id IS NOT NULL
      ORDER BY cascade_id, created_at, id) AS first
    JOIN (SELECT cascade_id, sum(cost_usd + coalesce((late_result ->> 'cost_usd')::numeric, 0)) AS cost_usd
          FROM attempts GROUP BY cascade_id) AS a USING (cascade_id)) AS c ON c.id = r.id
  WHERE r.job_id IS NOT NULL GROUP BY r.job_id) AS counted
WHERE jobs.id = counted.job_id
"""


def upgrade() -> None:
    """Add the columns, and fill them for jobs that are there."""
    op.add_column("jobs", sa.Column("not_found", sa.Integer(), server_default="0", nullable=False))
    op.add_column("jobs", sa.Column("cost_usd", sa.Numeric(14, 6), server_default="0", nullable=False))
    op.execute(FILL)
