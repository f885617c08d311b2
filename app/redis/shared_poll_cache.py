"""Polls of vendors' lists that all workers share: one polls, and the others read its answer."""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from redis.asyncio import Redis

from app.metrics import PROVIDER_GATE_FALLBACKS
from app.redis.client import RedisAwayError

PREFIX = "leadrun:looks:"
WAITING_SECONDS = 15.0  # that a process counts as waiting after its last poll
KEPT_SECONDS = 60.0
TURN_SECONDS = 3.0  # after which another process may poll, where the one whose turn it is gives no sign of life
PAUSE_SECONDS = 0.1  # between looks for another one's answer

# KEYS: the waiting processes. ARGV: this process, milliseconds that it counts as waiting. Returns how many wait.
WAIT = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('ZCARD', KEYS[1])
"""
# KEYS: the last answer, the turn. ARGV: this process, milliseconds of a turn, how many milliseconds ago the poll must
# have begun at the most. Returns the answer, or whether it is this process's turn.
LOOK = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local seen = redis.call('HMGET', KEYS[1], 'began', 'text')
if seen[1] and now - seen[1] <= tonumber(ARGV[3]) then return {seen[2]} end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return {1, tostring(now)} end
return {0}
"""
# KEYS: the last answer, the turn. ARGV: this process, the time when the poll began, its answer or nothing, milliseconds
# that the answer is kept.
SHOW = """
if ARGV[3] ~= '' then
  redis.call('HSET', KEYS[1], 'began', ARGV[2], 'text', ARGV[3])
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
"""
KEEP = "return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('PEXPIRE', KEYS[1], ARGV[2]) or 0"


class SharedPollCache:
    """The answers that the workers share; see docs/adr/0009-polls-of-one-vendor-are-shared.md.

    It is never the only copy: without Redis, or when it lost everything, each worker polls for itself. Times are those
    of Redis and of durations, so that the clocks of the workers need not agree.
    """

    def __init__(self, redis: Redis, name: str, now: Callable[[], float]) -> None:
        """Use a connection whose answers are decoded, a name of this process, and seconds that never go back."""
        self._redis = redis
        self._name = name
        self._now = now
        self._wait = redis.register_script(WAIT)
        self._look = redis.register_script(LOOK)
        self._show = redis.register_script(SHOW)
        self._keep = redis.register_script(KEEP)

    async def several(self, topic: str) -> bool:
        """Register this process as waiting, and check whether another one waits as well."""
        try:
            keys = [f"{PREFIX}{topic}:waiting"]
            return int(await self._wait(keys=keys, args=[self._name, math.ceil(WAITING_SECONDS * 1000)])) > 1
        except RedisAwayError:
            PROVIDER_GATE_FALLBACKS.inc()
            return False

    async def read(self, topic: str, since: float, poll: Callable[[], Awaitable[str | None]]) -> str | None:
        """Return the answer that another worker got, or poll and share the answer.

        Args:
            topic: Name of the list.
            since: A time of the clock; a poll that began before it is too old.
            poll: Polls; returns None where there is no answer to share.

        Returns:
            The answer of another worker, else that of `poll`.
        """
        keys = [f"{PREFIX}{topic}:seen", f"{PREFIX}{topic}:turn"]
        while True:
            age = max(0, math.floor((self._now() - since) * 1000))
            try:
                answer = await self._look(keys=keys, args=[self._name, math.ceil(TURN_SECONDS * 1000), age])
            except RedisAwayError:
                PROVIDER_GATE_FALLBACKS.inc()
                return await poll()
            if isinstance(answer[0], str):
                return answer[0]
            if answer[0] == 1:
                return await self._take_turn(keys, str(answer[1]), poll)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _take_turn(self, keys: list[str], began: str, poll: Callable[[], Awaitable[str | None]]) -> str | None:
        answer: str | None = None
        try:
            async with self._alive(keys[1]):
                answer = await poll()
        finally:
            with suppress(RedisAwayError):
                await self._show(keys=keys, args=[self._name, began, answer or "", math.ceil(KEPT_SECONDS * 1000)])
        return answer

    @asynccontextmanager
    async def _alive(self, turn: str) -> AsyncIterator[None]:
        """Keep the turn during the poll: a vendor may be slow, or its limit leave no room for a while."""

        async def keep() -> None:
            while True:
                await asyncio.sleep(TURN_SECONDS / 3)
                with suppress(RedisAwayError):
                    await self._keep(keys=[turn], args=[self._name, math.ceil(TURN_SECONDS * 1000)])

        keeping = asyncio.create_task(keep())
        try:
            yield
        finally:
            keeping.cancel()
