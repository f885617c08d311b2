"""Look for anything to recover in one statement: a round of an idle process finds nothing, and asks no further."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.database.queries import SqlQuery, run


class DueWork(msgspec.Struct, frozen=True, kw_only=True):
    """Kinds of work of which there may be some; whether a process can have it, its own search finds out.

    Attributes:
        cascades: Any is open.
        deliveries: Any is due, also where its receiver's circuit is open, or another process sends it.
        late_results: Any is to be looked at again.
        switched_off: Providers that an operator has switched off.
    """

    cascades: bool
    deliveries: bool
    late_results: bool
    switched_off: frozenset[str]


# The order names the partial index whose first entry is the answer. EXISTS has none, and where PostgreSQL expects many
# such rows it looks for the first of them from the beginning of the table, at whose end they are.
_LOOK = text("""
SELECT (SELECT account_id FROM cascades WHERE open ORDER BY account_id LIMIT 1) IS NOT NULL AS cascades,
  (SELECT due_at FROM deliveries WHERE state = 'pending' AND due_at <= :now ORDER BY due_at LIMIT 1) IS NOT NULL
    AS deliveries,
  (SELECT late_result_due_at FROM attempts WHERE late_result_due_at <= :now ORDER BY late_result_due_at LIMIT 1)
    IS NOT NULL AS late_results,
  ARRAY(SELECT provider FROM provider_states WHERE switched_off_at IS NOT NULL) AS switched_off
""")


async def look_for_work(connection: AsyncConnection, now: datetime) -> DueWork:
    """Look once.

    Args:
        connection: Any.
        now: The time in UTC, with which due times are compared.
    """
    return await run(connection, SqlQuery(_LOOK, {"now": now}, _due))


def _due(rows: Sequence[Any]) -> DueWork:
    row = rows[0]
    return DueWork(
        cascades=row.cascades,
        deliveries=row.deliveries,
        late_results=row.late_results,
        switched_off=frozenset(row.switched_off),
    )
