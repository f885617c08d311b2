"""Deletes of any size in portions: each is a short transaction, and one process at a time does them."""

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.sql import ColumnCollection

PORTION = 1000
# Of one kind in one round: a round every five minutes then keeps up with hundreds of rows a second.
MOST_PORTIONS = 200
# The first key of the advisory locks of cleaning; the second one names the kind.
_LOCK = 7_206_553

Portion = Callable[[AsyncConnection], Awaitable[int]]


def oldest(
    table: Table,
    of: Callable[["ColumnCollection[str, ColumnElement[Any]]"], ColumnElement[bool]],
    *,
    by: str,
    limit: int,
) -> ColumnElement[bool]:
    """Return the condition that the oldest rows of a kind fulfil, without those that others have locked.

    They are named by their places in the table (ctid), in an array: only then are they looked at alone, whatever the
    planner takes `limit` for.

    Args:
        table: The table.
        of: Returns the condition of the kind for the columns of the table, or of its second name.
        by: The column of their age; it has an index.
        limit: At most so many.
    """
    one = table.alias("one")
    place: ColumnElement[Any] = literal_column("one.ctid")
    places = select(place).select_from(one).where(of(one.c)).order_by(one.c[by]).limit(limit)
    array = func.array(places.with_for_update(skip_locked=True).scalar_subquery())
    return and_(literal_column(f"{table.name}.ctid") == func.any(array), of(table.c))


async def in_portions(
    engine: AsyncEngine, delete: Portion, *, name: str, portion: int = PORTION, most: int = MOST_PORTIONS
) -> int:
    """Delete one portion after another until one is not full; return how many rows.

    While another process works on the same kind there is nothing to do, and the other process does it.

    Args:
        engine: The process's.
        delete: Deletes a portion and returns how many rows it had.
        name: Names the kind; its advisory lock is held for each transaction, so that it works through poolers.
        portion: Rows of a full portion.
        most: Portions of this round.
    """
    lock, total = select(func.pg_try_advisory_xact_lock(_LOCK, func.hashtext(name))), 0
    for _ in range(most):
        async with engine.begin() as connection:
            count = await delete(connection) if await connection.scalar(lock) else 0
        total += count
        if count < portion:
            break
    return total
