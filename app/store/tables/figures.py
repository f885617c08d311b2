"""The tables of figures that are added up ahead: of hours and days that are over, by account and mode."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem

from app.store.tables import core
from app.store.tables.metadata import metadata, time_column


def _figures(name: str, keys: list[Column[object]], counts: tuple[str, ...], *others: SchemaItem) -> Table:
    """Make a table of sums; a row is an hour (UTC), or a day as the sum of its hours."""
    return Table(
        name,
        metadata,
        Column("hours", SmallInteger, primary_key=True, autoincrement=False),
        Column("begins_at", DateTime(timezone=True), primary_key=True),
        Column("account_id", Uuid, ForeignKey("accounts.id"), primary_key=True),
        Column("mode", Text, primary_key=True),
        *keys,
        *(Column(count, Integer, nullable=False) for count in counts),
        Column("cost_usd", Numeric(18, 6), nullable=False),
        *others,
        CheckConstraint("hours IN (1, 24)", name="hour_or_day"),
    )


# Runs by the time at which they were created; the cost of a cascade is that of the run that started it.
key_usage = _figures(
    "key_usage",
    [Column("key_id", Uuid, ForeignKey(core.api_keys.c.id), primary_key=True)],
    ("runs", "found", "not_found", "errors", "cached"),
    Column("credits_used", BigInteger, nullable=False),
)
# Runs by the providers that were asked for them.
provider_usage = _figures(
    "provider_usage",
    [Column("provider", Text, primary_key=True)],
    ("runs", "found", "not_found", "errors"),
)
# Attempts by the time at which their cascade was created. The last three count by a name: of a latency in milliseconds,
# and of a provider that had missed before.
provider_standings = _figures(
    "provider_standings",
    [Column("provider", Text, primary_key=True), Column("field", Text, primary_key=True)],
    (
        *("calls", "found", "accepted", "missed", "rejected", "errors"),
        *("first_asked", "first_accepted", "later_asked", "later_accepted"),
    ),
    *(Column(name, JSONB, nullable=False) for name in ("latencies", "rescue_asked", "rescue_accepted")),
)

# One row, once something is added up: all hours before this time are, but for those that have changed.
figures_progress = Table(
    "figures_progress",
    metadata,
    Column("is_only", Boolean, primary_key=True, server_default=text("true")),
    time_column("rolled_until"),
    CheckConstraint("is_only", name="one_row"),
)
# Hours of an account that are to be added up again, and whose rows are read until then. Triggers write it for each row
# that changes after its end or comes late, so that nothing that changes one can forget it; rows are only added, so that
# nobody waits for another.
figures_changes = Table(
    "figures_changes",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("account_id", Uuid, nullable=False),
    Column("mode", Text, nullable=False),
    Column("begins_at", DateTime(timezone=True), nullable=False),
    Index("ix_figures_changes_account_id_mode_begins_at", "account_id", "mode", "begins_at"),
)
