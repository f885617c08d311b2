"""The Redis connection of a process, and the one place that decides that Redis cannot be used now."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import NoScriptError, RedisError

from app.settings.settings import Settings

SOCKET_TIMEOUT = 2.0
# Of a whole round trip: the wait for a connection, connecting and the answer, each of which has its own limit.
ROUND_TRIP_SECONDS = 3.0
# The parts of a time that `in_time` counts.
PARTS = 5

T = TypeVar("T")


class RedisAwayError(RedisError):
    """Redis cannot be used now, for whatever reason; the cause is chained.

    Connections break in ways that no list of types names: `RuntimeError` of a transport that uvloop closed, half an
    answer, an unknown byte. And a server that answers may do no more than that: READONLY after a failover, LOADING,
    OOM, NOAUTH after a change of the password, MOVED, BUSY.
    """


class SteadyRedis(Redis):
    """A client whose every failure is a `RedisAwayError`, and whose every call ends in time."""

    async def execute_command(self, *args: object, **options: object) -> object:
        """Run a command.

        Raises:
            RedisAwayError: It did not succeed in time.
        """
        try:
            async with asyncio.timeout(ROUND_TRIP_SECONDS):
                return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call] # redis-py's
        except NoScriptError:
            raise  # redis-py loads the script and tries again
        except Exception as error:
            raise RedisAwayError(type(error).__name__) from error


def open_redis(settings: Settings) -> Redis:
    """Return the Redis client; every operation ends after seconds, because all work goes on without Redis."""
    address = settings.redis_address()
    # A Unix socket knows no keep-alive, and redis-py refuses the argument.
    keepalive = {} if address.path else {"socket_keepalive": True}
    pool = BlockingConnectionPool.from_url(
        address.for_redis(),
        max_connections=16,
        timeout=SOCKET_TIMEOUT,
        socket_timeout=SOCKET_TIMEOUT,
        socket_connect_timeout=SOCKET_TIMEOUT,
        health_check_interval=10,
        decode_responses=True,
        **keepalive,
    )
    # The client owns the pool, so that closing it closes the connections.
    return SteadyRedis.from_pool(pool)


async def in_time(work: Awaitable[T], seconds: float) -> T:
    """Await what Redis answers, for `seconds` during which this process runs.

    A process that was held up finds that the time is over in the same moment as it could read the answer. So the time
    is counted in parts: after each of them what has arrived is read.

    Raises:
        TimeoutError: There was no answer; `work` is cancelled.
    """
    task = asyncio.ensure_future(work)
    try:
        for _ in range(PARTS):
            done, _ = await asyncio.wait([task], timeout=seconds / PARTS)
            if done:
                return task.result()
        raise TimeoutError
    finally:
        task.cancel()


def cause_of(error: BaseException) -> str:
    """Return the name of what made Redis unusable, for the log."""
    return type(error.__cause__ or error).__name__
