"""Find the values that were reported as wrong by themselves; runs after 0031."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Add the index."""
    op.create_index("ix_feedback_wrong_value", "feedback", ["account_id", "value"], postgresql_where=sa.text("wrong"))
