"""The audit log; triggers of the migration refuse changes of its rows, and deleting rows of less than a day."""

from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, Index, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from app.store.tables.core import accounts
from app.store.tables.metadata import metadata

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("id", Uuid, primary_key=True),
    # None: of the installation.
    Column("account_id", Uuid, ForeignKey(accounts.c.id)),
    Column("actor_kind", Text, nullable=False),
    # The address of a person, the id of a key.
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    # The id or beginning of what was changed: no name, no address, no secret.
    Column("target", Text, nullable=False, server_default=""),
    Column("detail", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    CheckConstraint("actor_kind IN ('person', 'key', 'command', 'system')", name="actor_kind_known"),
    # The log of an account, newest first.
    Index("ix_audit_entries_account_id_id", "account_id", "id"),
    # Old entries are deleted by age.
    Index("ix_audit_entries_created_at", "created_at"),
)
