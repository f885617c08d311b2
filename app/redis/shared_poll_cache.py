"""Looks at vendors' lists that all workers share: one looks, and the others read what it saw."""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.metrics import PROVIDER_GATE_FALLBACKS

PREFIX = "leadrun:looks:"
WAITING_SECONDS = 15.0  # that a process counts as waiting after its last look
KEPT_SECONDS = 60.0
TURN_SECONDS = 3.0  # after which another one may look, where whoever looks gives no sign of life
PAUSE_SECONDS = 0.1  # between looks for what another one sees
_DOWN = (RedisError, OSError, TimeoutError)

# KEYS: who waits. ARGV: who asks, milliseconds that it counts as waiting. Returns how many wait.
WAIT = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('ZCARD', KEYS[1])
"""
# KEYS: what was seen, whose turn it is. ARGV: who asks, milliseconds of a turn, how many milliseconds ago the look must
# have begun at the most. Returns what was seen, or whether it is the asker's turn.
LOOK = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local seen = redis.call('HMGET', KEYS[1], 'began', 'text')
if seen[1] and now - seen[1] <= tonumber(ARGV[3]) then return {seen[2]} end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return {1, tostring(now)} end
return {0}
"""
# KEYS: what was seen, whose turn it is. ARGV: who looked, when it began, what it saw or nothing, milliseconds kept.
SHOW = """
if ARGV[3] ~= '' then
  redis.call('HSET', KEYS[1], 'began', ARGV[2], 'text', ARGV[3])
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
"""
KEEP = "return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('PEXPIRE', KEYS[1], ARGV[2]) or 0"


class SharedPollCache:
    """Where the workers show each other what they saw.

    It is never the only copy: without Redis, or when it lost everything, each worker looks for itself. Times are those
    of Redis and of durations, so that the clocks of the workers need not agree.
    """

    def __init__(self, redis: Redis, who: str, now: Callable[[], float]) -> None:
        """Use a connection whose answers are decoded, a name of this process, and seconds that never go back."""
        self._redis = redis
        self._who = who
        self._now = now
        self._wait = redis.register_script(WAIT)
        self._look = redis.register_script(LOOK)
        self._show = redis.register_script(SHOW)
        self._keep = redis.register_script(KEEP)

    async def several(self, topic: str) -> bool:
        """Tell whether another process waits as well, and that this one does."""
        try:
            keys = [f"{PREFIX}{topic}:waiting"]
            return int(await self._wait(keys=keys, args=[self._who, math.ceil(WAITING_SECONDS * 1000)])) > 1
        except _DOWN:
            PROVIDER_GATE_FALLBACKS.inc()
            return False

    async def read(self, topic: str, since: float, look: Callable[[], Awaitable[str | None]]) -> str | None:
        """Return what one of the workers has seen, or look and show it to the others.

        Args:
            topic: What is looked at.
            since: A time of the clock; a look that began before it is too old.
            look: Looks; returns nothing where there is nothing to show.

        Returns:
            What another one saw, else what `look` returned.
        """
        keys = [f"{PREFIX}{topic}:seen", f"{PREFIX}{topic}:turn"]
        while True:
            age = max(0, math.floor((self._now() - since) * 1000))
            try:
                answer = await self._look(keys=keys, args=[self._who, math.ceil(TURN_SECONDS * 1000), age])
            except _DOWN:
                PROVIDER_GATE_FALLBACKS.inc()
                return await look()
            if isinstance(answer[0], str):
                return answer[0]
            if answer[0] == 1:
                return await self._take_turn(keys, str(answer[1]), look)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _take_turn(self, keys: list[str], began: str, look: Callable[[], Awaitable[str | None]]) -> str | None:
        seen: str | None = None
        try:
            async with self._alive(keys[1]):
                seen = await look()
        finally:
            with suppress(*_DOWN):
                await self._show(keys=keys, args=[self._who, began, seen or "", math.ceil(KEPT_SECONDS * 1000)])
        return seen

    @asynccontextmanager
    async def _alive(self, turn: str) -> AsyncIterator[None]:
        """Keep the turn for as long as it takes: a vendor may be slow, or its limit leave no room for a while."""

        async def keep() -> None:
            while True:
                await asyncio.sleep(TURN_SECONDS / 3)
                with suppress(*_DOWN):
                    await self._keep(keys=[turn], args=[self._who, math.ceil(TURN_SECONDS * 1000)])

        keeping = asyncio.create_task(keep())
        try:
            yield
        finally:
            keeping.cancel()
