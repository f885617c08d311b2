"""Results that vendors post to us, and looks for results that come after a look-up was given up."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Apply; forward only and additive, each index with its reason."""
    op.create_table(
        "callbacks",
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("cascade_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(body IS NULL) = (received_at IS NULL)", name=op.f("ck_callbacks_received_with_body")),
        sa.ForeignKeyConstraint(
            ["cascade_id"], ["cascades.id"], name=op.f("fk_callbacks_cascade_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_digest", name=op.f("pk_callbacks")),
    )
    # Expired ones, with the personal data in them, are deleted by age.
    op.create_index("ix_callbacks_expires_at", "callbacks", ["expires_at"])
    # Followed when a cascade is deleted.
    op.create_index("ix_callbacks_cascade_id", "callbacks", ["cascade_id"])
    op.add_column("attempts", sa.Column("late_due", sa.DateTime(timezone=True), nullable=True))
    op.add_column("attempts", sa.Column("late_looks", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("attempts", sa.Column("late", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    # What recovery looks through: only look-ups that were given up and may still have a result.
    op.create_index("ix_attempts_late_due", "attempts", ["late_due"], postgresql_where=sa.text("late_due IS NOT NULL"))
