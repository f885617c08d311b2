"""Endpoints, deliveries and secrets belong to the live or to the test keys of an account."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

# Accounts that never had a live key: everything of theirs is test data.
_TEST_ACCOUNTS = """
SELECT account_id FROM api_keys GROUP BY account_id HAVING bool_and(mode = 'test')
"""
_COLLECTIONS = ("runs", "jobs", "deliveries")


def upgrade() -> None:
    """Add the column `mode`; what both kinds of keys shared becomes live, unless the account has test keys alone.

    Processes of the version before write live rows. The indexes of the collections are built again with the mode.
    """
    for table in ("webhook_endpoints", "deliveries", "webhook_secrets"):
        op.add_column(table, sa.Column("mode", sa.Text(), server_default="live", nullable=False))
    op.create_check_constraint("mode_known", "webhook_endpoints", "mode IN ('live', 'test')")
    for table in ("webhook_endpoints", "webhook_secrets"):
        op.execute(f"UPDATE {table} SET mode = 'test' WHERE account_id IN ({_TEST_ACCOUNTS})")  # noqa: S608 - constants
    # A delivery has the mode of what it reports; a ping or an alarm that of its endpoint.
    for table, column in (("runs", "run_id"), ("jobs", "job_id"), ("webhook_endpoints", "endpoint_id")):
        alone = "" if column == "run_id" else " AND d.run_id IS NULL"
        op.execute(
            f"UPDATE deliveries AS d SET mode = 'test' FROM {table} AS o "  # noqa: S608 - constants
            f"WHERE o.id = d.{column} AND o.mode = 'test'{alone}"
            + (" AND d.job_id IS NULL" if column == "endpoint_id" else "")
        )
    op.drop_index("uq_webhook_secrets_current", "webhook_secrets")
    op.create_index(
        "uq_webhook_secrets_current",
        "webhook_secrets",
        ["account_id", "mode"],
        unique=True,
        postgresql_where=sa.text("expires_at IS NULL AND endpoint_id IS NULL"),
    )
    for table in _COLLECTIONS:
        op.create_index(f"ix_{table}_account_id_mode_id", table, ["account_id", "mode", "id"])
        op.drop_index(f"ix_{table}_account_id_id", table)
