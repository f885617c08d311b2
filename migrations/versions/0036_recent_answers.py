"""Keep the recent answers of providers apart, so that a provider that has changed is noticed."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0024"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Add the columns, which begin with nothing."""
    for name in ("recent_asked", "recent_returned"):
        op.add_column("provider_statistics", sa.Column(name, sa.Double(), server_default="0", nullable=False))
