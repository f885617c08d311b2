"""When a cascade was queued, by the database's clock: an API whose clock is ahead delays no recovery."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Apply; `now()` is one value for all rows, so no row is written, and the version before need not know it."""
    column = sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()"))
    op.add_column("cascades", column)
