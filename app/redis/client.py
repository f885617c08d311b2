"""The Redis connection of a process, and the one place that decides that Redis cannot be used now."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from hiredis import pack_command
from redis.asyncio import BlockingConnectionPool, Connection, Redis
from redis.commands.core import AsyncScript
from redis.exceptions import MasterDownError, NoScriptError, ReadOnlyError, RedisError, ResponseError

from app.deadlines import DeadlineWheel, longest
from app.settings.settings import Settings

ANSWER_SECONDS = 2.0
# Of a whole round trip: the wait for a connection and connecting, each of which has its own limit, and the answer.
ROUND_TRIP_SECONDS = 3.0
MOST_CONNECTIONS, MOST_AT_REST = 16, 8

Result = TypeVar("Result")


class TimeLimit:
    """A time limit of many tasks, each for what it awaits; one task has it once at a time."""

    def __init__(self, seconds: float) -> None:
        """Begin without tasks; each waits for `seconds` at most, and for five sixths of them at least."""
        self._running: DeadlineWheel[asyncio.Task[Any]] = DeadlineWheel(longest(seconds), self._expire)
        self._expired: set[asyncio.Task[Any]] = set()

    async def bound(self, work: Awaitable[Result]) -> Result:
        """Await something in time.

        The task is afterwards as cancelled as it was before, also where the work swallowed its cancellation.

        Raises:
            TimeoutError: The time is over; the work was cancelled.
        """
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a time limit outside a task")
        cancelled = task.cancelling()
        self._running.add(task)
        try:
            return await work
        except asyncio.CancelledError:
            if task in self._expired and task.cancelling() <= cancelled + 1:
                raise TimeoutError from None
            raise
        finally:
            self._running.discard(task)
            if task in self._expired:
                self._expired.discard(task)
                task.uncancel()

    def _expire(self, task: asyncio.Task[Any]) -> None:
        self._expired.add(task)
        task.cancel()


class RedisAwayError(RedisError):
    """Redis cannot be used now, for whatever reason; the cause is chained.

    Connections break in ways that no list of types names: `RuntimeError` of a transport that uvloop closed, half an
    answer, an unknown byte. And a server that answers may do no more than that: READONLY after a failover, LOADING,
    OOM, NOAUTH after a change of the password, MOVED, BUSY.
    """


class SteadyRedis(Redis):
    """A client whose every failure is a `RedisAwayError`, and whose every call ends in time.

    Connections stay with the client between two commands. redis-py's way of taking one from its pool and giving it
    back, with a clock and a task for each part, costs four times as much as the command.
    """

    def __init__(self, *, connection_pool: BlockingConnectionPool) -> None:
        """Take a pool; `from_pool` makes the client its owner."""
        super().__init__(connection_pool=connection_pool)
        self._at_rest: list[Connection] = []
        self._limit, self._answer_limit = TimeLimit(ROUND_TRIP_SECONDS), TimeLimit(ANSWER_SECONDS)

    def register_script(self, script: Any) -> AsyncScript:  # type: ignore[override] # noqa: ANN401 - the clients share it
        """Return a script, which is loaded when a server does not know it."""
        return _SteadyScript(self, script)

    async def execute_command(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - any command and answer
        """Run a command.

        Raises:
            RedisAwayError: It did not succeed in time.
        """
        try:
            limit = self._answer_limit if self._at_rest else self._limit
            return await limit.bound(self._exchange(args, options))
        except NoScriptError as error:
            if args[0] == "EVALSHA":
                raise  # redis-py loads the script and tries again
            raise RedisAwayError(type(error).__name__) from error
        except Exception as error:
            raise RedisAwayError(type(error).__name__) from error

    async def _take(self) -> Connection:
        """Take a connection at rest that still works, as far as this can be known, or one of the pool."""
        while self._at_rest:
            connection = self._at_rest.pop()
            works = False
            try:
                with suppress(Exception):  # a connection breaks in ways that no list names
                    # What waits there is the end of the connection, or no answer to the next command.
                    works = connection.is_connected and not await connection.can_read()
            finally:
                if not works:
                    await self._drop(connection)
            if works:
                return connection
        taken: Connection = await self.connection_pool.get_connection()  # type: ignore[no-untyped-call] # redis-py's
        return taken

    async def _exchange(self, args: Sequence[Any], options: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any answer
        connection = await self._take()
        try:
            # The name of a command may have two words.
            await connection.send_packed_command(pack_command((*args[0].split(), *args[1:])))
            answer = await self.parse_response(connection, args[0], **options)
        except (ReadOnlyError, MasterDownError):
            # A replica, as after a failover: the address may lead to another server by now.
            await self._drop(connection)
            raise
        except ResponseError:
            await self._leave(connection)
            raise
        except BaseException:
            await self._drop(connection)
            raise
        await self._leave(connection)
        return answer

    async def _leave(self, connection: Connection) -> None:
        """Let a connection rest, unless others wait for one of the pool."""
        if len(self._at_rest) < MOST_AT_REST and self.connection_pool.can_get_connection():
            self._at_rest.append(connection)
        else:
            await self.connection_pool.release(connection)

    async def _drop(self, connection: Connection) -> None:
        """Close a connection whose answer is not known, or not awaited any more."""
        try:
            with suppress(Exception):  # it is of no use in any case, and what made it so is raised
                await connection.disconnect(nowait=True)
        finally:
            await self.connection_pool.release(connection)


class _SteadyScript(AsyncScript):
    """A script whose every failure is a `RedisAwayError`, also where the server that it was loaded into is gone."""

    async def __call__(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - any arguments and answer
        try:
            return await super().__call__(*args, **options)
        except NoScriptError as error:
            raise RedisAwayError(type(error).__name__) from error


def open_redis(settings: Settings) -> Redis:
    """Return the Redis client; every operation ends after seconds, because all work goes on without Redis."""
    address = settings.redis_address()
    # A Unix socket knows no keep-alive, and redis-py refuses the argument.
    keepalive = {} if address.path else {"socket_keepalive": True}
    pool = BlockingConnectionPool.from_url(
        address.for_redis(),
        max_connections=MOST_CONNECTIONS,
        timeout=ANSWER_SECONDS,
        # `SteadyRedis` bounds each answer, and `Notifications` its own: redis-py would start a task for each write.
        socket_timeout=None,
        socket_connect_timeout=ANSWER_SECONDS,
        health_check_interval=10,
        decode_responses=True,
        **keepalive,
    )
    # The client owns the pool, so that closing it closes the connections.
    return SteadyRedis.from_pool(pool)


def cause_of(error: BaseException) -> str:
    """Return the name of what made Redis unusable, for the log."""
    return type(error.__cause__ or error).__name__
