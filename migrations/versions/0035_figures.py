"""Figures of hours and days that are over, and the triggers that note which of them have changed."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import SchemaItem

revision = "0035"
down_revision = "0034"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_STANDING = ("calls", "found", "accepted", "missed", "rejected", "errors")
_ORDER = ("first_asked", "first_accepted", "later_asked", "later_accepted")
_MAPS = ("latencies", "rescue_asked", "rescue_accepted")


def upgrade() -> None:
    """Add the tables and the triggers; workers then add up what is there, hour by hour, the oldest first."""
    _add_figures(
        "key_usage",
        [sa.Column("key_id", sa.Uuid(), nullable=False)],
        ("runs", "found", "not_found", "errors", "cached"),
        sa.Column("credits_used", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["api_keys.id"], name=op.f("fk_key_usage_key_id")),
    )
    _add_figures(
        "provider_usage", [sa.Column("provider", sa.Text(), nullable=False)], ("runs", "found", "not_found", "errors")
    )
    _add_figures(
        "provider_standings",
        [sa.Column("provider", sa.Text(), nullable=False), sa.Column("field", sa.Text(), nullable=False)],
        (*_STANDING, *_ORDER),
        *(sa.Column(name, postgresql.JSONB(), nullable=False) for name in _MAPS),
    )
    op.create_table(
        "figures_progress",
        sa.Column("is_only", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("rolled_until", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("is_only", name=op.f("ck_figures_progress_one_row")),
        sa.PrimaryKeyConstraint("is_only", name=op.f("pk_figures_progress")),
    )
    op.create_table(
        "figures_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figures_changes")),
    )
    op.create_index(
        "ix_figures_changes_account_id_mode_begins_at", "figures_changes", ["account_id", "mode", "begins_at"]
    )
    _add_triggers()


def _add_figures(name: str, keys: Sequence[sa.Column[Any]], counts: Sequence[str], *others: SchemaItem) -> None:
    places: list[sa.Column[Any]] = [
        sa.Column("hours", sa.SmallInteger(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        *keys,
    ]
    op.create_table(
        name,
        *places,
        *(sa.Column(count, sa.Integer(), nullable=False) for count in counts),
        sa.Column("cost_usd", sa.Numeric(18, 6), nullable=False),
        *others,
        sa.CheckConstraint("hours IN (1, 24)", name=op.f(f"ck_{name}_hour_or_day")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f(f"fk_{name}_account_id")),
        sa.PrimaryKeyConstraint(*(place.name for place in places), name=op.f(f"pk_{name}")),
    )


def _add_triggers() -> None:
    """Note the hour of a row that changes after its end, or that comes long after the time of its creation.

    What goes the usual way costs the comparison in WHEN alone. Rows that are deleted are not noted: figures outlive
    what they were added up of.
    """
    op.execute("""
        CREATE FUNCTION note_changed_run() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          INSERT INTO figures_changes (account_id, mode, begins_at)
          VALUES (NEW.account_id, NEW.mode, date_trunc('hour', NEW.created_at, 'UTC'));
          RETURN NULL;
        END $$
    """)
    op.execute("""
        CREATE FUNCTION note_changed_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          INSERT INTO figures_changes (account_id, mode, begins_at)
          SELECT account_id, mode, date_trunc('hour', created_at, 'UTC') FROM runs WHERE cascade_id = NEW.cascade_id
          UNION
          SELECT account_id, mode, date_trunc('hour', created_at, 'UTC') FROM cascades WHERE id = NEW.cascade_id;
          RETURN NULL;
        END $$
    """)
    op.execute(
        "CREATE TRIGGER note_late_run AFTER INSERT ON runs FOR EACH ROW "
        "WHEN (NEW.created_at < now() - interval '10 minutes') EXECUTE FUNCTION note_changed_run()"
    )
    op.execute(
        "CREATE TRIGGER note_changed_run AFTER UPDATE OF credits_used, result_status, cached, cascade_id ON runs "
        "FOR EACH ROW WHEN (OLD.ended_at IS NOT NULL) EXECUTE FUNCTION note_changed_run()"
    )
    op.execute(
        "CREATE TRIGGER note_changed_attempt AFTER UPDATE OF outcome, cost_usd, answer, latency_ms, late_result "
        "ON attempts FOR EACH ROW WHEN (OLD.outcome IS NOT NULL) EXECUTE FUNCTION note_changed_attempt()"
    )
