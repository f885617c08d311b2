"""Find waiting cascades, and move those that a client waits for to the interactive lane."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.vocabulary import Lane
from app.store.database.queries import SqlQuery, run
from app.store.tables.core import cascades

# Accounts take turns, so that one account's thousands do not stand in front of another's. The recursion hops from
# account to account along the index of cascades in flight; from each it takes the oldest few.
_WAITING = text("""
WITH RECURSIVE waiting (account_id) AS (
  (SELECT account_id FROM cascades WHERE open ORDER BY account_id LIMIT 1)
  UNION ALL
  SELECT following.account_id
  FROM waiting CROSS JOIN LATERAL (
    SELECT c.account_id FROM cascades AS c
    WHERE c.open AND c.account_id > waiting.account_id ORDER BY c.account_id LIMIT 1) AS following
), taken AS (
  SELECT turns.id, turns.created_at,
    row_number() OVER (PARTITION BY waiting.account_id ORDER BY turns.created_at, turns.id) AS turn
  FROM waiting CROSS JOIN LATERAL (
    SELECT c.id, c.created_at FROM cascades AS c
    WHERE c.open AND c.account_id = waiting.account_id AND c.lane = ANY(CAST(:lanes AS text[]))
      AND CASE WHEN c.lease_until IS NULL
               THEN c.queued_at <= clock_timestamp() - make_interval(secs => :older_than)
               ELSE c.lease_until < clock_timestamp() END
    ORDER BY c.created_at, c.id LIMIT :limit) AS turns
)
SELECT id FROM taken ORDER BY turn, created_at LIMIT :limit
""")


async def waiting(connection: AsyncConnection, *, lanes: Collection[Lane], older_than: float, limit: int) -> list[UUID]:
    """Find open cascades that are not leased, taking turns over accounts, the oldest of each first.

    Args:
        connection: Any.
        lanes: Which of them.
        older_than: Seconds for which they were not leased; those whose lease expired are found at once.
        limit: At most so many.
    """
    values = {"lanes": [lane.value for lane in lanes], "older_than": older_than, "limit": limit}
    return await run(connection, SqlQuery(_WAITING, values, _ids))


def _ids(rows: Sequence[Any]) -> list[UUID]:
    return [row.id for row in rows]


async def bring_forward(connection: AsyncConnection, ids: Iterable[UUID]) -> list[UUID]:
    """Move cascades of the bulk lane that are not leased to the interactive one; returns those that were moved.

    A cascade that is just being leased is left as it is: it is about to run.
    """
    idle = (
        select(cascades.c.id)
        .where(
            cascades.c.id == func.any(list(ids)),
            cascades.c.open,
            cascades.c.lane == Lane.BULK.value,
            cascades.c.lease_until.is_(None),
        )
        .order_by(cascades.c.id)
        .with_for_update(skip_locked=True, key_share=True)
        .cte("idle")
    )
    moved = await connection.scalars(
        update(cascades).where(cascades.c.id == idle.c.id).values(lane=Lane.INTERACTIVE.value).returning(cascades.c.id)
    )
    return list(moved)
