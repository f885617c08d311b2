"""The rows of batches byte for byte, as they were uploaded."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Apply; forward only and additive: rows from before have their cells in `given` alone."""
    op.add_column("job_rows", sa.Column("raw", sa.LargeBinary(), nullable=True))
