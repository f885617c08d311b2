"""The tables of what leaves the house: deliveries, their tries, and the secrets that sign them."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from app.store import tables
from app.store.metadata import metadata, time_column

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, ForeignKey(tables.accounts.c.id), nullable=False),
    Column("run_id", Uuid, nullable=False),
    Column("event", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("state", Text, nullable=False, server_default="pending"),
    time_column("due_at", nullable=True),
    Column("lease_owner", Text),
    time_column("lease_until", nullable=True),
    time_column("created_at"),
    time_column("ended_at", nullable=True),
    UniqueConstraint("run_id", "event", "url"),
    CheckConstraint("state IN ('pending', 'delivered', 'failed')", name="state_known"),
    CheckConstraint("(state = 'pending') = (due_at IS NOT NULL)", name="due_while_pending"),
    # The schedule: what is due next.
    Index("ix_deliveries_due_at", "due_at", postgresql_where=text("state = 'pending'")),
    # Takes turns over receivers and accounts without reading one receiver's whole backlog.
    Index(
        "ix_deliveries_host_account_id_due_at",
        "host",
        "account_id",
        "due_at",
        postgresql_where=text("state = 'pending'"),
    ),
)

delivery_tries = Table(
    "delivery_tries",
    metadata,
    Column("delivery_id", Uuid, ForeignKey("deliveries.id"), primary_key=True),
    Column("number", SmallInteger, primary_key=True),
    time_column("started_at"),
    Column("latency_ms", Integer, nullable=False),
    Column("http_status", SmallInteger),
    Column("error", Text),
    Column("answer", Text),
)

webhook_secrets = Table(
    "webhook_secrets",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, ForeignKey(tables.accounts.c.id), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    time_column("created_at"),
    time_column("expires_at", nullable=True),
    Index("ix_webhook_secrets_account_id", "account_id"),
    # One secret that signs without end; older ones only while they overlap.
    Index("uq_webhook_secrets_current", "account_id", unique=True, postgresql_where=text("expires_at IS NULL")),
)
