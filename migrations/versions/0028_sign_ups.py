"""Sign-ups: the mailboxes that have opened an account, and links that do so."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0033"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Add the table, and a kind of links."""
    op.create_table(
        "sign_ups",
        sa.Column("mailbox", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sign_ups_account_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sign_ups_user_id")),
        sa.PrimaryKeyConstraint("mailbox", name=op.f("pk_sign_ups")),
    )
    op.drop_constraint(op.f("ck_entry_links_kind_known"), "entry_links", type_="check")
    op.create_check_constraint(
        op.f("ck_entry_links_kind_known"), "entry_links", "kind IN ('claim', 'invite', 'reset', 'signup')"
    )
