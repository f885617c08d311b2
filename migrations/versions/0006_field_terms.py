"""The field's terms for tables, columns, constraints and indexes; the rows stay as they are."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

TABLES = {
    "receivers": "webhook_circuit_breakers",
    "delivery_tries": "delivery_attempts",
    "callbacks": "provider_callbacks",
    "ledger": "credit_entries",
    "idempotency": "idempotency_keys",
}
COLUMNS = (
    ("cascades", "epoch", "fencing_token"),
    ("cascades", "claims", "leases"),
    ("attempts", "epoch", "fencing_token"),
    ("attempts", "late_due", "late_result_due_at"),
    ("attempts", "late_looks", "late_result_polls"),
    ("jobs", "held", "reserved_credits"),
    ("jobs", "refused", "rejected"),
    ("webhook_endpoints", "sealed_headers", "encrypted_headers"),
    ("webhook_endpoints", "next_try_at", "next_attempt_at"),
    ("webhook_secrets", "sealed", "encrypted_secret"),
)
# PostgreSQL 18 names NOT NULL constraints as well, older versions do not: the names are read, not listed.
_CONSTRAINTS = sa.text("SELECT conname FROM pg_constraint WHERE conrelid = CAST(:table AS regclass)")
# An index that a constraint stands on has the constraint's name, and is renamed with it.
_INDEXES = sa.text("""
SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = CAST(:table AS regclass) AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = c.oid)
""")


def upgrade() -> None:
    """Rename; no row is read or written, so it takes no longer on a full database."""
    for old, new in TABLES.items():
        op.rename_table(old, new)
        _rename_names(new, old, new)
    for table, old, new in COLUMNS:
        op.alter_column(table, old, new_column_name=new)
        _rename_names(table, f"{table}_{old}", f"{table}_{new}")
    _rename_names("credit_entries", "job_when_held", "job_when_hold")
    # No constraint or index is named after this column, and its name begins others.
    op.alter_column("attempts", "late", new_column_name="late_result")


def _rename_names(table: str, old: str, new: str) -> None:
    """Rename the constraints and indexes of a table whose names hold a name that is no more."""
    connection = op.get_bind()
    for name in connection.scalars(_CONSTRAINTS, {"table": table}).all():
        if (renamed := _renamed(name, old, new)) != name:
            op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT {name} TO {renamed}")
    for name in connection.scalars(_INDEXES, {"table": table}).all():
        if (renamed := _renamed(name, old, new)) != name:
            op.execute(f"ALTER INDEX {name} RENAME TO {renamed}")


def _renamed(name: str, old: str, new: str) -> str:
    """Replace whole words of a name: `ledger` is one of `ck_ledger_kind_known`, but none of `ck_ledgers`."""
    return f"_{name}_".replace(f"_{old}_", f"_{new}_").strip("_")
