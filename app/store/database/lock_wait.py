"""Bound the wait of a transaction for a row that another one holds."""

from typing import TypeVar

from sqlalchemy import Text, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.database.queries import SqlQuery, nothing, run_together

# A row that another transaction holds longer than this is waited for apart from the others.
QUICK_LOCK_SECONDS = 0.1
# Rows that many transactions write form a line, which moves every few milliseconds but may be long.
TURN_SECONDS = 8.0
T = TypeVar("T")
_SET = select(func.set_config("lock_timeout", bindparam("wait", type_=Text), bindparam("is_local", value=True)))


def wait_at_most(seconds: float) -> SqlQuery[None]:
    """Bound each further wait for a row, until the transaction ends."""
    return SqlQuery(_SET, {"wait": f"{round(seconds * 1000)}ms"}, nothing)


async def run_in_turn(connection: AsyncConnection, query: SqlQuery[T]) -> T:
    """Lock rows that many transactions write, after waiting for the own turn.

    A transaction that gives up early is repeated in parts, which makes the line longer. Once it has its turn all others
    wait for it, so that it waits for other rows only briefly.
    """
    result: T = (await run_together(connection, wait_at_most(TURN_SECONDS), query, wait_at_most(QUICK_LOCK_SECONDS)))[1]
    return result
