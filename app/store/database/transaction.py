"""Transactions that know when the answer to their COMMIT was lost, and look up whether it took effect."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Self

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncTransaction
from sqlalchemy.pool import Pool, QueuePool

from app.store.database.connection import answer_within
from app.store.database.errors import CommitLostError, is_away, is_retriable
from app.store.database.lock_wait import begin_with_waits_of

# The truth is looked up for so many seconds; each look may take a second, and wait half of one for a lock.
LOOK_UP_SECONDS = 3.0
_LOOK_SECONDS = 1.0
_PAUSE_SECONDS = 0.1
Look = Callable[[AsyncConnection], Awaitable[bool]]

# An option of the engine: a connection is the same session of the server as long as it lives.
KEEPS_SESSIONS = "keeps_sessions"

_LOOK_LOCK = text("SET LOCAL lock_timeout = '500ms'")


def keeps_sessions(engine: AsyncEngine) -> bool:
    """Return whether a connection of the engine is the same session of the server as long as it lives."""
    return bool(engine.get_execution_options().get(KEEPS_SESSIONS))


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Open a transaction; it commits at the end of the block and rolls back on an exception.

    Raises:
        CommitLostError: The connection broke during COMMIT.
    """
    async with engine.connect() as connection, connection.begin() as begun:
        yield connection
        await _commit(begun)


async def _commit(begun: AsyncTransaction) -> None:
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
        if keeps_sessions(engine):
            await connection.execution_options(isolation_level="AUTOCOMMIT")
        yield connection


@asynccontextmanager
async def single(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Open a connection for one statement that writes; it is a transaction of its own.

    Without BEGIN and COMMIT it takes one round trip instead of three, unless a pooler hands each transaction to another
    session.
    """
    if keeps_sessions(engine):
        async with reading(engine) as connection:
            yield connection
    else:
        async with engine.begin() as connection:
            yield connection


class HeldConnection:
    """A connection that one batch after another uses: to take one from the pool costs as much as a statement.

    It goes back after a failure, at the end, and after each batch where the pool has few others. Behind a pooler it
    goes back each time, because the transaction of a read lasts until then. Where the engine was disposed of meanwhile,
    as after a failover, it is closed.
    """

    def __init__(self, engine: AsyncEngine, *, reads: bool) -> None:
        """Hold none yet; `reads` says that each statement may be committed by itself."""
        self._engine = engine
        self._reads = reads
        self._keeps = keeps_sessions(engine)
        self._connection: AsyncConnection | None = None
        self._pool: Pool | None = None

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Give it back."""
        await self.give_back()

    @asynccontextmanager
    async def used(self, lock_seconds: float | None) -> AsyncIterator[AsyncConnection]:
        """Use it for one transaction, or for some reads.

        Args:
            lock_seconds: The longest wait for a row that another transaction holds; None leaves the session's.

        Raises:
            CommitLostError: The connection broke during COMMIT.
        """
        try:
            connection = await self._take()
            if self._reads:
                yield connection
            else:
                bounded = begin_with_waits_of(connection, lock_seconds, keeps_sessions=self._keeps)
                async with connection.begin() as begun, bounded:
                    yield connection
                    await _commit(begun)
        except BaseException:
            await self.give_back()
            raise
        pool = self._engine.pool
        if not self._keeps or (isinstance(pool, QueuePool) and 2 * pool.checkedout() > pool.size()):
            await self.give_back()

    async def _take(self) -> AsyncConnection:
        if self._pool is not self._engine.pool:
            await self.give_back()
        if self._connection is None:
            self._pool = self._engine.pool
            self._connection = self._engine.connect()
            await self._connection.start()
            if self._reads and self._keeps:
                await self._connection.execution_options(isolation_level="AUTOCOMMIT")
        return self._connection

    async def give_back(self) -> None:
        """Give the connection back to its pool, if one is held; the next use takes another."""
        connection, self._connection = self._connection, None
        if connection is None or connection.sync_connection is None:
            return
        if self._pool is not self._engine.pool:
            # Nobody would take it from there, or close it.
            await connection.invalidate()
        await connection.close()


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
