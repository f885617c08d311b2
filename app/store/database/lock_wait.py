"""Bound the wait of a transaction for a row that another one holds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

from sqlalchemy import Text, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.database.queries import SqlQuery, driver_of, nothing, run, run_together

# A row that another transaction holds longer than this is waited for apart from the others.
QUICK_LOCK_SECONDS = 0.1
# Rows that many transactions write form a line, which moves every few milliseconds but may be long.
TURN_SECONDS = 8.0
T = TypeVar("T")
_SET = select(func.set_config("lock_timeout", bindparam("wait", type_=Text), bindparam("is_local", value=True)))


def wait_at_most(seconds: float) -> SqlQuery[None]:
    """Bound each further wait for a row, until the transaction ends."""
    return SqlQuery(_SET, {"wait": f"{round(seconds * 1000)}ms"}, nothing)


@asynccontextmanager
async def begin_with_waits_of(
    connection: AsyncConnection, seconds: float | None, *, keeps_sessions: bool
) -> AsyncIterator[None]:
    """Bound each wait for a row in a transaction that is about to begin; None leaves the session's bound.

    The bound goes with BEGIN, without a round trip of its own. A pooler's sessions get all their settings after BEGIN,
    and this one after them.
    """
    if seconds is None:
        yield
    elif not keeps_sessions:
        await run(connection, wait_at_most(seconds))
        yield
    else:
        driver = await driver_of(connection)
        driver.after_begin = b"SET LOCAL lock_timeout = %d" % round(seconds * 1000)
        try:
            yield
        finally:
            driver.after_begin = b""


async def run_in_turn(connection: AsyncConnection, query: SqlQuery[T], *, commits: bool = False) -> T:
    """Lock rows that many transactions write, after waiting for the own turn.

    A transaction that gives up early is repeated in parts, which makes the line longer. Once it has its turn all others
    wait for it, so that it waits for other rows only briefly.
    """
    brief = () if commits else (wait_at_most(QUICK_LOCK_SECONDS),)
    result: T = (await run_together(connection, wait_at_most(TURN_SECONDS), query, *brief, commits=commits))[1]
    return result
