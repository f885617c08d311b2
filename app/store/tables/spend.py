"""The tables of what clients report about the values that they got, and of what may be spent."""

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, LargeBinary, Numeric, Table, Text, Uuid

from app.store.tables import core
from app.store.tables.metadata import metadata, time_column

# One word about one value. `wrong` values are found by their contact, and dead ones by themselves: they are neither
# served nor accepted again.
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
    Index("ix_feedback_wrong_value", "account_id", "value", postgresql_where="wrong"),
    # Statistics of an account.
    Index("ix_feedback_account_id_created_at", "account_id", "created_at"),
)

# What may be spent, and what counts against it since `period_start`: spent, and reserved for calls under way. All
# accounts together are the account of zeros, all providers are the empty one.
spend_caps = Table(
    "spend_caps",
    metadata,
    Column("account_id", Uuid, primary_key=True),
    Column("provider", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("unit", Text, primary_key=True),
    Column("set_by", Text, primary_key=True),
    Column("amount", Numeric(14, 6), nullable=False),
    Column("used", Numeric(14, 6), nullable=False, server_default="0"),
    time_column("period_start"),
    CheckConstraint("period IN ('day', 'month')", name="period_known"),
    CheckConstraint("unit IN ('usd', 'credits')", name="unit_known"),
    CheckConstraint("set_by IN ('operator', 'account')", name="setter_known"),
    CheckConstraint("amount >= 0 AND used >= 0", name="not_negative"),
)
