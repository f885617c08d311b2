"""Indexes for the filters of runs, and the folded names by which runs are searched."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_SEARCHED = ("search_name", "search_last_name", "search_domain", "search_address")
_INDEXES = (
    ("open", "account_id, mode, id", "ended_at IS NULL"),
    ("cancelled", "account_id, mode, id", "ended_at IS NOT NULL AND result_status IS NULL"),
    ("result_status", "account_id, mode, result_status, id", "result_status IS NOT NULL"),
    ("type", "account_id, mode, type, id", None),
    ("key_id_id", "key_id, id", None),
    *((name, f"account_id, mode, {name}, id", f"{name} IS NOT NULL") for name in _SEARCHED),
)


def upgrade() -> None:
    """Add the columns, fill them as far as SQL folds names, and build the indexes, during which nothing is accepted."""
    for column in _SEARCHED:
        op.add_column("runs", sa.Column(column, sa.Text(collation="C"), nullable=True))
    name = "coalesce(contact ->> 'full_name', concat_ws(' ', contact ->> 'first_name', contact ->> 'last_name'))"
    op.execute(
        f"UPDATE runs SET search_name = nullif(lower({name}), ''), "  # noqa: S608 - constants
        f"search_last_name = lower(coalesce(contact ->> 'last_name', nullif(substring({name} from '[^ ]+$'), ''))) , "
        "search_domain = contact ->> 'company_domain', search_address = result #>> '{email,value}' "
        "WHERE contact IS NOT NULL"
    )
    for index, columns, condition in _INDEXES:
        where = f" WHERE {condition}" if condition else ""
        op.execute(f"CREATE INDEX ix_runs_{index} ON runs ({columns}){where}")
