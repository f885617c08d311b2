"""The tables. Migrations build the same; a test compares the two."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    cast,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from app.store.tables.metadata import metadata, time_column
from app.store.tables.written_json import WrittenJson

accounts = Table(
    "accounts",
    metadata,
    Column("id", Uuid, primary_key=True),
    # By which operators and commands name it.
    Column("name", Text, nullable=False, unique=True),
    # How its people see it, where its owners have changed that; several accounts may have the same.
    Column("title", Text),
    Column("balance", BigInteger, nullable=False, server_default="0"),
    Column("earned", BigInteger, nullable=False, server_default="0"),
    Column("spent", BigInteger, nullable=False, server_default="0"),
    time_column("created_at"),
    # While it is suspended: since when, and why in words for its people.
    time_column("suspended_at", nullable=True),
    Column("suspension", Text),
    CheckConstraint("(suspended_at IS NULL) = (suspension IS NULL)", name="suspension_has_a_time"),
    CheckConstraint("balance >= 0", name="balance_not_negative"),
    CheckConstraint("balance = earned - spent", name="balance_adds_up"),
    CheckConstraint("spent >= 0", name="spent_not_negative"),
)

plan_overrides = Table(
    "plan_overrides",
    metadata,
    Column("plan", Text, primary_key=True),
    Column("email", Integer, nullable=False),
    Column("phone", Integer, nullable=False),
    Column("all_fields", Integer, nullable=False),
    Column("refunds", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("refund_bounces", Boolean, nullable=False, server_default=text("false")),
    CheckConstraint("email >= 0 AND phone >= 0 AND all_fields >= 0", name="prices_not_negative"),
)

# One row.
key_pepper = Table(
    "key_pepper",
    metadata,
    Column("is_only", Boolean, primary_key=True, server_default=text("true")),
    Column("pepper", LargeBinary, nullable=False),
    CheckConstraint("is_only", name="one_row"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, ForeignKey("accounts.id"), nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("display", Text, nullable=False),
    Column("plan", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("rate_limit", Integer),
    Column("name", Text, nullable=False, server_default=""),
    Column("scopes", ARRAY(Text), nullable=False, server_default="{submit,read,webhooks,admin:keys}"),
    # None: from anywhere.
    Column("networks", ARRAY(Text), nullable=False, server_default="{}"),
    time_column("created_at"),
    time_column("expires_at", nullable=True),
    time_column("revoked_at", nullable=True),
    time_column("last_used_at", nullable=True),
    CheckConstraint("mode IN ('live', 'test')", name="mode_known"),
    CheckConstraint("rate_limit > 0", name="rate_limit_positive"),
    Index("ix_api_keys_account_id", "account_id"),
)

# One execution of the waterfall. Runs point to it: the one that started it, and all that joined it.
cascades = Table(
    "cascades",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, ForeignKey("accounts.id"), nullable=False),
    Column("mode", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("lane", Text, nullable=False),
    Column("contact", JSONB, nullable=False),
    Column("only_providers", JSONB),
    Column("max_cost_usd", Numeric(12, 6)),
    # The rules by which providers are asked; null is the published order.
    Column("waterfall", JSONB),
    # The quoted job or batch that is stopped once this and the like have spent what was quoted.
    Column("budget_id", Uuid),
    Column("open", Boolean, nullable=False, server_default=text("true")),
    Column("fencing_token", Integer, nullable=False, server_default="0"),
    Column("leases", Integer, nullable=False, server_default="0"),
    Column("lease_owner", Text),
    time_column("lease_until", nullable=True),
    Column("skipped", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    # Of a look-up that completes an earlier one: whom that has asked, and when it ended if it was paid for.
    Column("asked_before", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    time_column("paid_at", nullable=True),
    time_column("created_at"),
    # By the database's clock, as leases are: recovery compares the two.
    Column("queued_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    time_column("ended_at", nullable=True),
    # One execution per duplicate at a time; also finds the one in flight, and for recovery the work that is open.
    Index(
        "uq_cascades_in_flight",
        "account_id",
        "mode",
        "fingerprint",
        "type",
        unique=True,
        postgresql_where=text("open"),
    ),
    # The calls under way of a batch that is stopped at its quote.
    Index("ix_cascades_budget_id", "budget_id", postgresql_where=text("budget_id IS NOT NULL AND open")),
    # No index has a column of the lease, and pages keep room: so leases are taken and renewed within their page.
    postgresql_with={"fillfactor": 80},
)

runs = Table(
    "runs",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, ForeignKey("accounts.id"), nullable=False),
    Column("key_id", Uuid, ForeignKey("api_keys.id"), nullable=False),
    Column("cascade_id", Uuid, ForeignKey("cascades.id")),
    Column("source_run_id", Uuid),
    Column("job_id", Uuid),
    Column("plan", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("result_status", Text),
    Column("cached", Boolean, nullable=False, server_default=text("false")),
    Column("degraded", Boolean, nullable=False, server_default=text("false")),
    Column("credits_used", Integer, nullable=False),
    Column("result", JSONB),
    Column("error", JSONB),
    # What its request allows to ask beyond the cascade that it joined.
    Column("wants", JSONB),
    # The contact as it was understood.
    Column("contact", JSONB),
    # By what it is searched, compared by code points: that serves every beginning of a text, and is estimated well.
    Column("search_name", Text(collation="C")),
    Column("search_last_name", Text(collation="C")),
    Column("search_domain", Text(collation="C")),
    Column("search_address", Text(collation="C")),
    Column("metadata", WrittenJson, nullable=False, server_default=text("'{}'::json")),
    Column("webhook_url", Text),
    Column("warnings", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    time_column("created_at"),
    time_column("started_at", nullable=True),
    time_column("ended_at", nullable=True),
    CheckConstraint("status IN ('pending', 'processing', 'completed', 'failed', 'cancelled')", name="status_known"),
    CheckConstraint(
        "(ended_at IS NOT NULL) = (status IN ('completed', 'failed', 'cancelled'))",
        name="ended_when_terminal",
    ),
    CheckConstraint("credits_used >= 0", name="credits_not_negative"),
    # Ends and starts all runs of a cascade.
    Index("ix_runs_cascade_id", "cascade_id"),
    # The collection, newest first.
    Index("ix_runs_account_id_mode_id", "account_id", "mode", "id"),
    # The runs of a job or a batch, to read or cancel them all.
    Index("ix_runs_job_id", "job_id", postgresql_where=text("job_id IS NOT NULL")),
)
_OF_OWNER = (runs.c.account_id, runs.c.mode)
# The filters of the collection, each newest first: those that have not ended, those that were cancelled, and the others
# by their result; by type, key, company, address and name. None but the first is written when a run starts.
Index("ix_runs_open", *_OF_OWNER, runs.c.id, postgresql_where=runs.c.ended_at.is_(None))
Index(
    "ix_runs_cancelled",
    *_OF_OWNER,
    runs.c.id,
    postgresql_where=runs.c.ended_at.is_not(None) & runs.c.result_status.is_(None),
)
Index(
    "ix_runs_result_status",
    *_OF_OWNER,
    runs.c.result_status,
    runs.c.id,
    postgresql_where=runs.c.result_status.is_not(None),
)
Index("ix_runs_type", *_OF_OWNER, runs.c.type, runs.c.id)
Index("ix_runs_key_id_id", runs.c.key_id, runs.c.id)
for _name in ("search_name", "search_last_name", "search_domain", "search_address"):
    Index(f"ix_runs_{_name}", *_OF_OWNER, runs.c[_name], runs.c.id, postgresql_where=runs.c[_name].is_not(None))


attempts = Table(
    "attempts",
    metadata,
    Column("cascade_id", Uuid, ForeignKey("cascades.id"), primary_key=True),
    Column("provider", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("position", SmallInteger, nullable=False),
    Column("tier", Text, nullable=False),
    Column("route", Text, nullable=False),
    Column("fencing_token", Integer, nullable=False),
    Column("outcome", Text),
    Column("reason", Text),
    Column("answer", JSONB),
    Column("ticket", JSONB),
    Column("missed_before", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    # Why it stood there in the order.
    Column("expected", JSONB),
    Column("http_status", SmallInteger),
    Column("latency_ms", Integer),
    Column("cost_usd", Numeric(12, 6), nullable=False, server_default="0"),
    # What counts of it against caps: reserved at first, settled when it ends; None where no cap was in force.
    Column("held_usd", Numeric(12, 6)),
    time_column("started_at"),
    time_column("ended_at", nullable=True),
    # Of a look-up that was given up with its ticket stored: when to look for its result again, how often that was done,
    # and what it came to. The run's own history stays as it is.
    time_column("late_result_due_at", nullable=True),
    Column("late_result_polls", SmallInteger, nullable=False, server_default="0"),
    Column("late_result", JSONB),
    CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name="ended_with_outcome"),
    # Read by recovery: only look-ups that were given up and may still have a result.
    Index(
        "ix_attempts_late_result_due_at", "late_result_due_at", postgresql_where=text("late_result_due_at IS NOT NULL")
    ),
    # What was spent since a time. Rows are stored as calls begin, so the times of whole blocks suffice; writing them
    # costs next to nothing.
    Index(
        "ix_attempts_started_at",
        "started_at",
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 32, "autosummarize": True},
    ),
)
# What a call was charged, and what its late result was charged beyond that.
CHARGED = attempts.c.cost_usd + func.coalesce(cast(attempts.c.late_result["cost_usd"].astext, Numeric), 0)

cache_entries = Table(
    "cache_entries",
    metadata,
    Column("account_id", Uuid, ForeignKey("accounts.id"), primary_key=True),
    Column("mode", Text, primary_key=True),
    Column("fingerprint", LargeBinary, primary_key=True),
    Column("type", Text, primary_key=True),
    Column("run_id", Uuid, nullable=False),
    Column("result", JSONB, nullable=False),
    Column("degraded", Boolean, nullable=False),
    Column("asked_before", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("paid", Boolean, nullable=False, server_default=text("true")),
    time_column("ended_at"),
    # Expired entries are deleted by age.
    Index("ix_cache_entries_ended_at", "ended_at"),
)

credit_entries = Table(
    "credit_entries",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, ForeignKey("accounts.id"), nullable=False),
    # What it is for: a run, or, of a hold and its releases, a portion of the batch `job_id`.
    Column("run_id", Uuid),
    Column("job_id", Uuid),
    Column("kind", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    time_column("created_at"),
    UniqueConstraint("run_id", "kind"),
    CheckConstraint("kind IN ('grant', 'charge', 'refund', 'hold', 'release')", name="kind_known"),
    CheckConstraint("(kind = 'grant') = (run_id IS NULL)", name="run_unless_grant"),
    CheckConstraint("(kind IN ('hold', 'release')) = (job_id IS NOT NULL)", name="job_when_hold"),
    CheckConstraint("amount <> 0 AND (kind IN ('charge', 'hold')) = (amount < 0)", name="sign_fits_kind"),
    # Sums and statements of one account.
    Index("ix_credit_entries_account_id_id", "account_id", "id"),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("key_id", Uuid, ForeignKey("api_keys.id"), primary_key=True),
    Column("operation", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("run_id", Uuid),
    Column("status", SmallInteger),
    Column("headers", JSONB),
    Column("body", LargeBinary),
    time_column("created_at"),
    time_column("locked_until"),
    # Expired records are deleted by age.
    Index("ix_idempotency_keys_created_at", "created_at"),
)
