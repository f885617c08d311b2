"""An index for the deliveries that were given up last, of all accounts."""

from collections.abc import Sequence

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Build the index, during which no delivery is written."""
    op.execute("CREATE INDEX ix_deliveries_failed ON deliveries (ended_at) WHERE state = 'failed'")
