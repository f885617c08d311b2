"""The tables of quotes, and of the jobs and batches that were submitted by one."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Numeric, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from app.store.tables import core, jobs
from app.store.tables.metadata import metadata, time_column

quotes = Table(
    "quotes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, ForeignKey(core.accounts.c.id), nullable=False),
    Column("mode", Text, nullable=False),
    Column("type", Text, nullable=False),
    # Rows that would be accepted, and what they are expected to come to.
    Column("contacts", Integer, nullable=False),
    Column("terms", JSONB, nullable=False),
    time_column("created_at"),
    CheckConstraint("mode IN ('live', 'test')", name="mode_known"),
    # Those of an account, of which the oldest are deleted.
    Index("ix_quotes_account_id_mode_id", "account_id", "mode", "id"),
)

# The limits hold where the client wants to be stopped at the quote; `used_usd` is what was spent and is reserved.
quoted_jobs = Table(
    "quoted_jobs",
    metadata,
    Column("job_id", Uuid, ForeignKey(jobs.jobs.c.id, ondelete="CASCADE"), primary_key=True),
    Column("account_id", Uuid, ForeignKey(core.accounts.c.id), nullable=False),
    Column("mode", Text, nullable=False),
    Column("terms", JSONB, nullable=False),
    Column("limit_usd", Numeric(14, 6)),
    Column("limit_credits", Integer),
    Column("used_usd", Numeric(14, 6), nullable=False, server_default="0"),
    # Which limit stopped it, if any.
    Column("reached", Text),
    # What it came to, once it has ended.
    Column("outcome", JSONB),
    time_column("created_at"),
    CheckConstraint("reached IN ('usd', 'credits')", name="reached_known"),
    CheckConstraint("used_usd >= 0", name="used_not_negative"),
    # Those that are not compared yet.
    Index("ix_quoted_jobs_open", "job_id", postgresql_where=text("outcome IS NULL")),
    # Statistics of an account.
    Index("ix_quoted_jobs_account_id_mode_created_at", "account_id", "mode", "created_at"),
)
