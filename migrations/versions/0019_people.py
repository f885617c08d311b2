"""People: users, their memberships of accounts, their sessions, and links of one use."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0017"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_ROLES = "role IN ('viewer', 'member', 'owner')"


def _time(name: str, *, nullable: bool = False) -> "sa.Column[object]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _ref(name: str, table: str, *, nullable: bool = True) -> "sa.Column[object]":
    return sa.Column(name, sa.Uuid(), sa.ForeignKey(f"{table}.id"), nullable=nullable)


def _text(name: str, *, nullable: bool = False, default: str | None = None) -> "sa.Column[object]":
    return sa.Column(name, sa.Text(), nullable=nullable, server_default=default)


def _operator() -> "sa.Column[object]":
    return sa.Column("operator", sa.Boolean(), server_default=sa.text("false"), nullable=False)


def upgrade() -> None:
    """Make the tables; nobody is in them."""
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), primary_key=True),
        _text("email"),
        _text("name", default=""),
        _text("password_hash", nullable=True),
        _operator(),
        _time("created_at"),
        _time("disabled_at", nullable=True),
        sa.UniqueConstraint("email", name="uq_users_email"),
    )
    op.create_table(
        "memberships",
        sa.Column("user_id", sa.Uuid(), sa.ForeignKey("users.id"), primary_key=True),
        sa.Column("account_id", sa.Uuid(), sa.ForeignKey("accounts.id"), primary_key=True),
        _text("role"),
        _time("created_at"),
        sa.CheckConstraint(_ROLES, name="role_known"),
    )
    op.create_index("ix_memberships_account_id", "memberships", ["account_id"])
    op.create_table(
        "user_sessions",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        _ref("user_id", "users", nullable=False),
        _ref("account_id", "accounts"),
        _text("mode", default="live"),
        _text("user_agent", default=""),
        _text("address", default=""),
        _time("created_at"),
        _time("last_used_at"),
        _time("ended_at", nullable=True),
        sa.UniqueConstraint("digest", name="uq_user_sessions_digest"),
        sa.CheckConstraint("mode IN ('live', 'test')", name="mode_known"),
    )
    op.create_index("ix_user_sessions_user_id", "user_sessions", ["user_id"])
    op.create_index("ix_user_sessions_last_used_at", "user_sessions", ["last_used_at"])
    op.create_table(
        "entry_links",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        _text("kind"),
        _text("email", nullable=True),
        _ref("user_id", "users"),
        _ref("account_id", "accounts"),
        _text("role", nullable=True),
        _operator(),
        _time("created_at"),
        _time("expires_at"),
        _time("used_at", nullable=True),
        sa.UniqueConstraint("digest", name="uq_entry_links_digest"),
        sa.CheckConstraint("kind IN ('claim', 'invite', 'reset')", name="kind_known"),
        sa.CheckConstraint(_ROLES, name="role_known"),
        sa.CheckConstraint("(account_id IS NULL) = (role IS NULL)", name="role_with_account"),
    )
    op.create_index("ix_entry_links_account_id", "entry_links", ["account_id"])
