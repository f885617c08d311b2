"""Connections that never wait for ever: a server that does not answer in time counts as gone."""

import asyncio
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

from psycopg import AsyncConnection, AsyncCursor, InternalError, IsolationLevel
from psycopg.abc import RV, PQGen
from psycopg.pq import ConnStatus, TransactionStatus
from psycopg.pq.abc import PGconn
from psycopg.rows import AsyncRowFactory, tuple_row
from sqlalchemy.dialects.postgresql.psycopg import PGDialectAsync_psycopg
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.engine.url import URL

# Longer than the server lets a statement run, so that it is the server that ends a slow one.
ANSWER_SECONDS = 16.0
PING_SECONDS = 1.0
CANCEL_SECONDS = 1.0
# A connection that has answered within so many seconds is used without a test before.
FRESH_SECONDS = 1.0
_INTERVAL = 0.1

_answer_seconds: ContextVar[float] = ContextVar("answer_seconds", default=ANSWER_SECONDS)


@contextmanager
def answer_within(seconds: float) -> Iterator[None]:
    """Wait no longer than this for each answer of the database; a connection that is silent longer is closed."""
    token = _answer_seconds.set(seconds)
    try:
        yield
    finally:
        _answer_seconds.reset(token)


class BoundedConnection(AsyncConnection[Any]):
    """A connection that closes its own socket when an answer is late.

    A failover or a firewall may leave a connection on which nothing comes any more, not even an error, and what stands
    between may go on acknowledging bytes, so that no timeout of TCP ends it.

    Attributes:
        answered_at: When the server answered last, by the monotonic clock.
        after_begin: A statement that goes with BEGIN, where one is needed.
        cursors: Those that have run a statement, and do so again.
    """

    answered_at = 0.0
    after_begin = b""

    def __init__(self, pgconn: PGconn, row_factory: AsyncRowFactory[Any] = tuple_row) -> None:
        """Begin without cursors."""
        super().__init__(pgconn, row_factory)
        self.cursors: dict[object, AsyncCursor[Any]] = {}

    def begin_gen(self) -> PQGen[None]:
        """Begin a transaction: psycopg's commands, and ours."""
        yield from self._exec_command(self._get_tx_start_command())
        if self.after_begin:
            yield from self._exec_command(self.after_begin)

    def _start_query(self) -> PQGen[None]:
        """Begin a transaction if necessary, for statements that SQLAlchemy sends."""
        begins = not self._autocommit and self.pgconn.transaction_status == TransactionStatus.IDLE
        yield from super()._start_query()
        if begins and self.after_begin:
            yield from self._exec_command(self.after_begin)

    async def wait(self, gen: PQGen[RV], interval: float = _INTERVAL, timeout: float | None = None) -> RV:  # noqa: ASYNC109 - psycopg's
        """Wait for the server, at most as long as `answer_within` says; psycopg then finds the connection closed."""
        hang_up = asyncio.get_running_loop().call_later(_answer_seconds.get(), self._hang_up)
        try:
            answer = await super().wait(gen, interval, timeout)
        finally:
            hang_up.cancel()
        self.answered_at = time.monotonic()
        return answer

    def set_mode(self, *, autocommit: bool, isolation_level: IsolationLevel | None) -> None:
        """Set what the next statement begins, of a connection that nobody uses and that is idle.

        The server is not asked for it, so that nothing is to be awaited: psycopg's methods take a lock, a timer and a
        turn of the driver's generator each, and a read changes both twice.

        Raises:
            psycopg.Error: When it is not idle.
        """
        for change in (self._set_autocommit_gen(autocommit), self._set_isolation_level_gen(isolation_level)):
            for _ in change:  # it waits in a pipeline alone
                raise InternalError("a pooled connection is in a pipeline")

    async def _try_cancel(self, *, timeout: float = CANCEL_SECONDS) -> None:  # noqa: ASYNC109 - psycopg's
        """Cancel the statement of a task that was cancelled; a server that does not react is left alone."""
        asyncio.get_running_loop().call_later(2 * CANCEL_SECONDS, self._hang_up_if_active)
        await super()._try_cancel(timeout=min(timeout, CANCEL_SECONDS))

    def _hang_up_if_active(self) -> None:
        if self.pgconn.status == ConnStatus.OK and self._is_active():
            self._hang_up()

    def _is_active(self) -> bool:
        return self.info.transaction_status.name == "ACTIVE"

    def _hang_up(self) -> None:
        with suppress(Exception), socket.socket(fileno=os.dup(self.pgconn.socket)) as opened:
            opened.shutdown(socket.SHUT_RDWR)


class BoundedDialect(PGDialectAsync_psycopg):
    """SQLAlchemy's dialect of psycopg, whose test of a pooled connection is bounded, and left out under load."""

    supports_statement_cache = True

    @classmethod
    def get_async_dialect_cls(cls, _url: URL) -> type["BoundedDialect"]:
        """Return this class: what it inherits would give asynchronous engines SQLAlchemy's own."""
        return cls

    def _do_isolation_level(
        self,
        connection: DBAPIConnection,
        autocommit: bool,  # noqa: FBT001 - as SQLAlchemy has it
        isolation_level: IsolationLevel | None,
    ) -> None:
        connection.driver_connection.set_mode(autocommit=autocommit, isolation_level=isolation_level)

    def do_ping(self, dbapi_connection: DBAPIConnection) -> bool:
        """Test a connection before it is used, unless it has answered a moment ago."""
        driver = dbapi_connection.driver_connection
        if not driver.closed and time.monotonic() - driver.answered_at < FRESH_SECONDS:
            return True
        with answer_within(PING_SECONDS):
            return bool(super().do_ping(dbapi_connection))  # type: ignore[no-untyped-call] # SQLAlchemy's has no types
