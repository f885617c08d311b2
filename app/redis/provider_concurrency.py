"""How many calls to a provider may be under way at once, counted over all workers."""

import asyncio
import math
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.domain.waterfall.provider_limits import ConcurrencyLimit
from app.metrics import PROVIDER_GATE_FALLBACKS
from app.redis.provider_gate_scripts import TAKE

PREFIX = "leadrun:places:"
LOOK_SECONDS = 0.1  # between looks for a free place
AWAY_SECONDS = 1.0  # for which a Redis that failed is not asked again
SPARE_SECONDS = 5.0  # that a lease outlives the time that its holder was given
_DOWN = (RedisError, OSError, TimeoutError)


class ProviderConcurrency:
    """The places before all providers; Redis away means that there is always one."""

    def __init__(self, redis: Redis, sleep: Callable[[float], Awaitable[None]]) -> None:
        """Use a connection, and a way to wait."""
        self._redis = redis
        self._sleep = sleep
        self._take = redis.register_script(TAKE)
        # Of those in this process who wait for a place, the first one looks: a thousand of them would do nothing else.
        self._queues: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._away_until = float("-inf")

    @asynccontextmanager
    async def taken(self, place: ConcurrencyLimit | None, who: str, patience: float) -> AsyncIterator[bool]:
        """Hold a place meanwhile.

        Args:
            place: Which; None where there are any number.
            who: A unique id of the call.
            patience: Seconds that the call may take in all, waiting included.

        Yields:
            Whether there was one in time.
        """
        if place is None:
            yield True
            return
        name, lease = PREFIX + place.name, math.ceil((patience + SPARE_SECONDS) * 1000)
        try:
            yield await self._wait(patience, keys=[name], args=[place.at_once, who, lease])
        finally:
            await self._leave(name, who)

    async def _wait(self, patience: float, *, keys: list[str], args: list[Any]) -> bool:
        """Wait for one's turn and for a place."""
        loop, (name,) = asyncio.get_running_loop(), keys
        until = loop.time() + patience
        try:
            async with asyncio.timeout_at(until):
                await self._queues[name].acquire()
        except TimeoutError:
            return False
        try:
            return await self._look(until - loop.time(), keys=keys, args=args)
        finally:
            self._queues[name].release()

    async def _look(self, patience: float, *, keys: list[str], args: list[Any]) -> bool:
        """Look until there is a place, or the time is over."""
        loop, waited = asyncio.get_running_loop(), 0.0
        if loop.time() < self._away_until:
            return True
        try:
            while not await self._take(keys=keys, args=args):
                if waited + LOOK_SECONDS >= patience:
                    return False
                await self._sleep(LOOK_SECONDS)
                waited += LOOK_SECONDS
        except _DOWN:
            PROVIDER_GATE_FALLBACKS.inc()
            # A Redis that stands still takes seconds to say so; those behind us in the queue do not ask it again.
            self._away_until = loop.time() + AWAY_SECONDS
        return True

    async def _leave(self, name: str, who: str) -> None:
        try:
            await self._redis.zrem(name, who)
        except _DOWN:
            PROVIDER_GATE_FALLBACKS.inc()
