"""Webhook endpoints, deliveries by hand, and the circuit of each receiver."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Apply; forward only and additive, each index with its reason."""
    op.create_table(
        "receivers",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("results", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("open_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_receivers_account_id")),
        sa.PrimaryKeyConstraint("account_id", "host", name=op.f("pk_receivers")),
    )
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column(
            "events", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("sealed_headers", sa.LargeBinary(), nullable=True),
        sa.Column("disabled_reason", sa.Text(), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("enabled = (disabled_at IS NULL)", name=op.f("ck_webhook_endpoints_disabled_has_a_time")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_webhook_endpoints_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoints")),
    )
    op.create_index(
        "ix_webhook_endpoints_account_id",
        "webhook_endpoints",
        ["account_id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.add_column("deliveries", sa.Column("job_id", sa.Uuid(), nullable=True))
    op.add_column("deliveries", sa.Column("endpoint_id", sa.Uuid(), nullable=True))
    op.add_column("deliveries", sa.Column("reason", sa.Text(), nullable=True))
    op.add_column("deliveries", sa.Column("once", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.alter_column("deliveries", "run_id", existing_type=sa.UUID(), nullable=True)
    # Three narrower rules take its place below: by URL, by endpoint, and for jobs.
    op.drop_constraint(op.f("uq_deliveries_run_id_event_url"), "deliveries", type_="unique")
    # The first few of a receiver hold its places; with the id they are the same ones at every look.
    op.create_index(
        "ix_deliveries_host_account_id_due_at_id",
        "deliveries",
        ["host", "account_id", "due_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.drop_index("ix_deliveries_host_account_id_due_at", "deliveries")
    op.create_index("ix_deliveries_account_id_id", "deliveries", ["account_id", "id"], unique=False)
    op.add_column("deliveries", sa.Column("expunged_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_deliveries_created_at",
        "deliveries",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("expunged_at IS NULL"),
    )
    op.create_index(
        "ix_delivery_tries_started_at",
        "delivery_tries",
        ["started_at"],
        unique=False,
        postgresql_where=sa.text("answer IS NOT NULL"),
    )
    op.create_index(
        "ix_deliveries_endpoint_id_id",
        "deliveries",
        ["endpoint_id", "id"],
        unique=False,
        postgresql_where=sa.text("endpoint_id IS NOT NULL"),
    )
    op.create_index(
        "uq_deliveries_job_event",
        "deliveries",
        ["job_id", "event", sa.text("coalesce(endpoint_id, '00000000-0000-0000-0000-000000000000'::uuid)")],
        unique=True,
        postgresql_where=sa.text("job_id IS NOT NULL AND run_id IS NULL"),
    )
    op.create_index(
        "uq_deliveries_run_endpoint",
        "deliveries",
        ["run_id", "event", "endpoint_id"],
        unique=True,
        postgresql_where=sa.text("endpoint_id IS NOT NULL"),
    )
    op.create_index(
        "uq_deliveries_run_url",
        "deliveries",
        ["run_id", "event", "url"],
        unique=True,
        postgresql_where=sa.text("endpoint_id IS NULL"),
    )
    op.create_foreign_key(op.f("fk_deliveries_endpoint_id"), "deliveries", "webhook_endpoints", ["endpoint_id"], ["id"])
    op.add_column("webhook_secrets", sa.Column("endpoint_id", sa.Uuid(), nullable=True))
    # The account's own secret is one among others now.
    op.drop_index("uq_webhook_secrets_current", "webhook_secrets")
    op.create_index(
        "uq_webhook_secrets_current",
        "webhook_secrets",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("expires_at IS NULL AND endpoint_id IS NULL"),
    )
    op.create_index(
        "uq_webhook_secrets_current_of_endpoint",
        "webhook_secrets",
        ["endpoint_id"],
        unique=True,
        postgresql_where=sa.text("expires_at IS NULL AND endpoint_id IS NOT NULL"),
    )
    op.create_foreign_key(
        op.f("fk_webhook_secrets_endpoint_id"), "webhook_secrets", "webhook_endpoints", ["endpoint_id"], ["id"]
    )
