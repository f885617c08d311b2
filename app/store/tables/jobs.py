"""The tables of what is submitted together: jobs, batches, and their rows."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from app.store.tables import core
from app.store.tables.metadata import metadata, time_column
from app.store.tables.written_json import WrittenJson

# Up to 100 contacts (a job) or 100 000 (a batch). The counters move in the transactions that end the runs, so that
# progress costs one row to read, and the last run to end knows that it is the last.
jobs = Table(
    "jobs",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, ForeignKey(core.accounts.c.id), nullable=False),
    Column("key_id", Uuid, ForeignKey(core.api_keys.c.id), nullable=False),
    Column("plan", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("status", Text, nullable=False),
    # Contacts in all; those that have their answer, the rejected ones included; the values found, the contacts of whom
    # nothing was found, and what providers charged for the look-ups of which its run is the oldest.
    Column("total", Integer, nullable=False),
    Column("done", Integer, nullable=False, server_default="0"),
    Column("rejected", Integer, nullable=False, server_default="0"),
    Column("emails_found", Integer, nullable=False, server_default="0"),
    Column("phones_found", Integer, nullable=False, server_default="0"),
    Column("not_found", Integer, nullable=False, server_default="0"),
    Column("cost_usd", Numeric(14, 6), nullable=False, server_default="0"),
    # Of a batch: rows that were looked at so far, and credits set aside for those to come.
    Column("admitted", Integer, nullable=False, server_default="0"),
    Column("reserved_credits", BigInteger, nullable=False, server_default="0"),
    Column("options", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("metadata", WrittenJson, nullable=False, server_default=text("'{}'::json")),
    Column("columns", JSONB),
    Column("webhook_url", Text),
    Column("webhook_events", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("warnings", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("lease_owner", Text),
    time_column("lease_until", nullable=True),
    time_column("created_at"),
    time_column("ended_at", nullable=True),
    CheckConstraint("kind IN ('job', 'batch')", name="kind_known"),
    CheckConstraint("status IN ('receiving', 'processing', 'completed', 'cancelled')", name="status_known"),
    CheckConstraint("(ended_at IS NOT NULL) = (status IN ('completed', 'cancelled'))", name="ended_when_terminal"),
    CheckConstraint("done >= 0 AND done <= total", name="done_within_total"),
    CheckConstraint("reserved_credits >= 0", name="reserved_credits_not_negative"),
    # The collection, newest first.
    Index("ix_jobs_account_id_mode_id", "account_id", "mode", "id"),
    # What the workers look through: batches with rows to admit, or whose upload broke off.
    Index("ix_jobs_open_batches", "created_at", postgresql_where=text("kind = 'batch' AND ended_at IS NULL")),
)

# One contact of a job, as it was given and as it is looked for; `problem` says why it is not. A job has its contact as
# an object (`given`), a batch its row byte for byte (`raw`).
job_rows = Table(
    "job_rows",
    metadata,
    Column("job_id", Uuid, ForeignKey(jobs.c.id, ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("given", JSONB, nullable=False),
    Column("raw", LargeBinary),
    Column("contact", JSONB),
    Column("fingerprint", LargeBinary),
    Column("problem", JSONB),
    Column("warnings", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("run_id", Uuid),
    CheckConstraint("(problem IS NULL) = (contact IS NOT NULL)", name="contact_unless_problem"),
)
