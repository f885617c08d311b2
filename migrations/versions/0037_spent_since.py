"""Find what was spent since a time without reading all calls that were ever made."""

from collections.abc import Sequence

from alembic import op

revision = "0037"
down_revision = "0035"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Add the index, which is small: the least and the greatest time of every 32 pages."""
    op.create_index(
        "ix_attempts_started_at",
        "attempts",
        ["started_at"],
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 32, "autosummarize": True},
    )
