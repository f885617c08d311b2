"""Count in a job the contacts of whom nothing was found, and what providers charged; runs after 0036.

What is there is counted before the columns are added, so that nobody waits for it: from then on `jobs` is locked until
the end, and only its own rows are written. What processes of the version before end meanwhile, and until they stop, is
in neither count.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0036"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

# Runs that share a look-up: the oldest one counts it, once it has ended.
COUNT = """
CREATE TEMPORARY TABLE counted ON COMMIT DROP AS
  SELECT r.job_id, count(*) FILTER (WHERE r.result_status = 'not_found') AS not_found,
    coalesce(sum(c.cost_usd), 0) AS cost_usd
  FROM runs r LEFT JOIN (
    SELECT first.id, a.cost_usd FROM (
      SELECT DISTINCT ON (cascade_id) cascade_id, id FROM runs WHERE cascade_id IS NOT NULL
      ORDER BY cascade_id, created_at, id) AS first
    JOIN (SELECT cascade_id, sum(cost_usd + coalesce((late_result ->> 'cost_usd')::numeric, 0)) AS cost_usd
          FROM attempts WHERE cascade_id IN (SELECT id FROM cascades WHERE NOT open)
          GROUP BY cascade_id) AS a USING (cascade_id)) AS c ON c.id = r.id
  WHERE r.job_id IS NOT NULL GROUP BY r.job_id
"""
FILL = "UPDATE jobs SET not_found = c.not_found, cost_usd = c.cost_usd FROM counted c WHERE jobs.id = c.job_id"


def upgrade() -> None:
    """Count, add the columns, and fill them for jobs that are there."""
    op.execute(COUNT)
    op.add_column("jobs", sa.Column("not_found", sa.Integer(), server_default="0", nullable=False))
    op.add_column("jobs", sa.Column("cost_usd", sa.Numeric(14, 6), server_default="0", nullable=False))
    op.execute(FILL)
