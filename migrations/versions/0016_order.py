"""The order of providers: waterfalls of accounts, statistics of answers, and why each attempt stood where it did."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0022"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_JSON = postgresql.JSONB(astext_type=sa.Text())
_COUNTS = ("asked", "returned", "accepted", "risky", "failed", "cost_usd", "seconds")
_CELL = ("mode", "provider", "field", "route", "segment", "missed")


def upgrade() -> None:
    """Add them; look-ups of the version before have neither waterfall nor expectation, and count nothing."""
    op.create_table(
        "waterfalls",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("definition", _JSON, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_waterfalls_account_id"),
        sa.PrimaryKeyConstraint("account_id", "mode", "name", name="pk_waterfalls"),
    )
    op.create_table(
        "provider_statistics",
        *(sa.Column(name, sa.Text(), nullable=False) for name in _CELL),
        *(sa.Column(name, sa.Double(), nullable=False) for name in _COUNTS),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(*_CELL, name="pk_provider_statistics"),
    )
    op.add_column("cascades", sa.Column("waterfall", _JSON, nullable=True))
    op.add_column("attempts", sa.Column("expected", _JSON, nullable=True))
