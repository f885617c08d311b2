"""The table of what clients report about the values that they got."""

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, LargeBinary, Table, Text, Uuid

from app.store.tables import core
from app.store.tables.metadata import metadata, time_column

# One word about one value. `wrong` values are found by their contact: they are neither served nor accepted again.
feedback = Table(
    "feedback",
    metadata,
    Column("run_id", Uuid, ForeignKey(core.runs.c.id, ondelete="CASCADE"), primary_key=True),
    Column("field", Text, primary_key=True),
    Column("outcome", Text, primary_key=True),
    Column("account_id", Uuid, ForeignKey(core.accounts.c.id), nullable=False),
    Column("mode", Text, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("provider", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("wrong", Boolean, nullable=False),
    time_column("created_at"),
    CheckConstraint("mode IN ('live', 'test')", name="mode_known"),
    # The wrong values of a contact: read with each cache entry and each lease.
    Index("ix_feedback_wrong", "account_id", "fingerprint", postgresql_where="wrong"),
    # Statistics of an account.
    Index("ix_feedback_account_id_created_at", "account_id", "created_at"),
)
