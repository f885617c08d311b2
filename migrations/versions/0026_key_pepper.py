"""The pepper of API keys: what their checksums are made with, so that nobody else can make well-formed keys."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0027"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Add the table, in which the pepper is kept when it is first needed."""
    op.create_table(
        "key_pepper",
        sa.Column("is_only", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("pepper", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("is_only", name=op.f("ck_key_pepper_one_row")),
        sa.PrimaryKeyConstraint("is_only", name=op.f("pk_key_pepper")),
    )
