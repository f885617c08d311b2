"""Transactions that know when the answer to their COMMIT was lost, and look up the truth."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.store.database.connection import answer_within
from app.store.database.errors import CommitLostError, is_away, is_retriable

# The truth is looked up for so many seconds; each look may take a second, and wait half of one for a lock.
LOOK_UP_SECONDS = 3.0
_LOOK_SECONDS = 1.0
_PAUSE_SECONDS = 0.1
Look = Callable[[AsyncConnection], Awaitable[bool]]

# An option of the engine: a connection is the same session of the server as long as it lives.
KEEPS_SESSIONS = "keeps_sessions"

_LOOK_LOCK = text("SET LOCAL lock_timeout = '500ms'")


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Open a transaction; it commits at the end of the block and rolls back on an exception.

    Raises:
        CommitLostError: The connection broke during COMMIT.
    """
    async with engine.connect() as connection, connection.begin() as begun:
        yield connection
        try:
            await begun.commit()
        except Exception as error:
            if is_away(error) and not is_retriable(error):
                raise CommitLostError from error
            raise


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Open a connection for reading; nothing is committed.

    Each statement is a transaction of its own, without the two round trips of BEGIN and ROLLBACK, unless a pooler hands
    each transaction to another session: its first statement then sets the session's settings.
    """
    async with engine.connect() as connection:
        if engine.get_execution_options().get(KEEPS_SESSIONS):
            await connection.execution_options(isolation_level="AUTOCOMMIT")
        yield connection


@asynccontextmanager
async def single(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Open a connection for one statement that writes; it is a transaction of its own.

    Without BEGIN and COMMIT it takes one round trip instead of three, unless a pooler hands each transaction to another
    session.
    """
    if engine.get_execution_options().get(KEEPS_SESSIONS):
        async with reading(engine) as connection:
            yield connection
    else:
        async with engine.begin() as connection:
            yield connection


async def was_committed(engine: AsyncEngine, look: Look) -> bool | None:
    """Look up in new connections whether a transaction whose COMMIT was lost took effect.

    Args:
        engine: Where it ran.
        look: Waits until the lost transaction is over, by a lock that it held, and returns whether its rows are there.

    Returns:
        None when this could not be found out in a few seconds.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + LOOK_UP_SECONDS
    while loop.time() < until:
        try:
            with answer_within(_LOOK_SECONDS):
                async with engine.connect() as connection:
                    await connection.execute(_LOOK_LOCK)
                    return await look(connection)
        except Exception as error:
            if not is_away(error):
                raise
        await asyncio.sleep(_PAUSE_SECONDS)
    return None
