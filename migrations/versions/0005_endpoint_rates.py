"""How many tries a second an endpoint takes, and for when those that wait are planned."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Apply; forward only and additive: columns that are empty where no endpoint has a rate."""
    op.add_column("webhook_endpoints", sa.Column("rate_limit", sa.SmallInteger(), nullable=True))
    op.add_column("webhook_endpoints", sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("webhook_endpoints", sa.Column("planned_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("deliveries", sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True))
