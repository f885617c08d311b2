"""The tables of webhooks: endpoints, deliveries, their attempts, circuit breakers and signing secrets."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from app.store.tables import core
from app.store.tables.metadata import metadata, time_column

# Where an account wants its events, besides the URLs that requests name. The custom headers may hold secrets.
webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, ForeignKey(core.accounts.c.id), nullable=False),
    # The mode of the keys that see it.
    Column("mode", Text, nullable=False, server_default="live"),
    # That made it; unknown of endpoints of versions before.
    Column("key_id", Uuid, ForeignKey(core.api_keys.c.id)),
    Column("url", Text, nullable=False),
    Column("events", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("description", Text, nullable=False, server_default=""),
    Column("enabled", Boolean, nullable=False, server_default=text("true")),
    Column("encrypted_headers", LargeBinary),
    Column("disabled_reason", Text),
    time_column("disabled_at", nullable=True),
    # Since when there were only failures; a single success clears it.
    time_column("failing_since", nullable=True),
    Column("failures", Integer, nullable=False, server_default="0"),
    time_column("created_at"),
    time_column("updated_at"),
    time_column("deleted_at", nullable=True),
    # Attempts a second, when the next one is due, and until when the waiting deliveries are planned.
    Column("rate_limit", SmallInteger),
    time_column("next_attempt_at", nullable=True),
    time_column("planned_until", nullable=True),
    CheckConstraint("enabled = (disabled_at IS NULL)", name="disabled_has_a_time"),
    CheckConstraint("mode IN ('live', 'test')", name="mode_known"),
    # Read whenever a run of the account ends.
    Index("ix_webhook_endpoints_account_id", "account_id", postgresql_where=text("deleted_at IS NULL")),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, ForeignKey(core.accounts.c.id), nullable=False),
    Column("mode", Text, nullable=False, server_default="live"),
    # It reports a run, or a job or batch, or (a ping, an alarm) neither.
    Column("run_id", Uuid),
    Column("job_id", Uuid),
    Column("endpoint_id", Uuid, ForeignKey(webhook_endpoints.c.id)),
    Column("event", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("host", Text, nullable=False),
    # Empty once its time of keeping is over; the rest of the row stays a while longer.
    Column("body", LargeBinary, nullable=False),
    time_column("expunged_at", nullable=True),
    Column("state", Text, nullable=False, server_default="pending"),
    # Why it ended as it did, or why it waits; a sentence for people.
    Column("reason", Text),
    # Requested by hand: one more attempt, and no retries of it.
    Column("once", Boolean, nullable=False, server_default=text("false")),
    time_column("due_at", nullable=True),
    Column("lease_owner", Text),
    time_column("lease_until", nullable=True),
    time_column("created_at"),
    time_column("ended_at", nullable=True),
    # When it became due, where its endpoint's rate has planned it for later.
    time_column("ready_at", nullable=True),
    CheckConstraint("state IN ('pending', 'delivered', 'failed')", name="state_known"),
    CheckConstraint("(state = 'pending') = (due_at IS NOT NULL)", name="due_while_pending"),
    # An event is delivered once to each URL that was named, and once to each endpoint.
    Index("uq_deliveries_run_url", "run_id", "event", "url", unique=True, postgresql_where=text("endpoint_id IS NULL")),
    Index(
        "uq_deliveries_run_endpoint",
        "run_id",
        "event",
        "endpoint_id",
        unique=True,
        postgresql_where=text("endpoint_id IS NOT NULL"),
    ),
    Index(
        "uq_deliveries_job_event",
        "job_id",
        "event",
        text("coalesce(endpoint_id, '00000000-0000-0000-0000-000000000000'::uuid)"),
        unique=True,
        postgresql_where=text("job_id IS NOT NULL AND run_id IS NULL"),
    ),
    # The collection, newest first.
    Index("ix_deliveries_account_id_mode_id", "account_id", "mode", "id"),
    # Those that wait or failed, few among many.
    Index(
        "ix_deliveries_account_id_mode_state_id",
        "account_id",
        "mode",
        "state",
        "id",
        postgresql_where=text("state <> 'delivered'"),
    ),
    # Those that were given up last, for operators: of a state that seldom comes, so that the others pay nothing.
    Index("ix_deliveries_failed", "ended_at", postgresql_where=text("state = 'failed'")),
    # Those of one endpoint, to recover and to replay them.
    Index("ix_deliveries_endpoint_id_id", "endpoint_id", "id", postgresql_where=text("endpoint_id IS NOT NULL")),
    # The schedule: what is due next.
    Index("ix_deliveries_due_at", "due_at", postgresql_where=text("state = 'pending'")),
    # Takes turns over receivers and accounts without reading one receiver's whole backlog; with the id, because the
    # first few of a receiver hold its places and have to be the same ones at every look.
    Index(
        "ix_deliveries_host_account_id_due_at_id",
        "host",
        "account_id",
        "due_at",
        "id",
        postgresql_where=text("state = 'pending'"),
    ),
    # Bodies that are older than their time of keeping.
    Index("ix_deliveries_created_at", "created_at", postgresql_where=text("expunged_at IS NULL")),
)

delivery_attempts = Table(
    "delivery_attempts",
    metadata,
    Column("delivery_id", Uuid, ForeignKey("deliveries.id"), primary_key=True),
    Column("number", SmallInteger, primary_key=True),
    time_column("started_at"),
    Column("latency_ms", Integer, nullable=False),
    Column("http_status", SmallInteger),
    Column("error", Text),
    Column("answer", Text),
    # Answers that are older than their time of keeping.
    Index("ix_delivery_attempts_started_at", "started_at", postgresql_where=text("answer IS NOT NULL")),
)

webhook_secrets = Table(
    "webhook_secrets",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, ForeignKey(core.accounts.c.id), nullable=False),
    Column("mode", Text, nullable=False, server_default="live"),
    # Whose it is: one endpoint's, or the account's for the URLs that requests name.
    Column("endpoint_id", Uuid, ForeignKey(webhook_endpoints.c.id)),
    Column("encrypted_secret", LargeBinary, nullable=False),
    time_column("created_at"),
    time_column("expires_at", nullable=True),
    Index("ix_webhook_secrets_account_id", "account_id"),
    # One secret that signs without end; older ones only while they overlap.
    Index(
        "uq_webhook_secrets_current",
        "account_id",
        "mode",
        unique=True,
        postgresql_where=text("expires_at IS NULL AND endpoint_id IS NULL"),
    ),
    Index(
        "uq_webhook_secrets_current_of_endpoint",
        "endpoint_id",
        unique=True,
        postgresql_where=text("expires_at IS NULL AND endpoint_id IS NOT NULL"),
    ),
)

# How a receiver has been doing lately, for one account: the circuit that keeps its failures from costing others.
webhook_circuit_breakers = Table(
    "webhook_circuit_breakers",
    metadata,
    Column("account_id", Uuid, ForeignKey(core.accounts.c.id), primary_key=True),
    Column("host", Text, primary_key=True),
    # Results in the window that began at `since`, and the failures among them.
    time_column("since"),
    Column("results", Integer, nullable=False, server_default="0"),
    Column("failures", Integer, nullable=False, server_default="0"),
    # While it is open nothing is sent; then one delivery probes.
    time_column("open_until", nullable=True),
)
