"""Concurrency slots: the calls to a provider that may be under way at the same time, counted over all workers."""

import asyncio
import math
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any

from redis.asyncio import Redis

from app.domain.waterfall.provider_limits import ConcurrencyLimit
from app.metrics import PROVIDER_GATE_FALLBACKS
from app.redis.client import RedisAwayError
from app.redis.provider_gate_scripts import TAKE

PREFIX = "leadrun:concurrency:"
LOOK_SECONDS = 0.1  # between looks for a free slot
AWAY_SECONDS = 1.0  # for which a Redis that failed is not called again
SPARE_SECONDS = 5.0  # that a lease outlives the time that its holder was given


class ProviderConcurrency:
    """The concurrency slots of all providers; while Redis is away there is always a free one."""

    def __init__(self, redis: Redis, sleep: Callable[[float], Awaitable[None]]) -> None:
        """Use a connection, and a way to wait."""
        self._redis = redis
        self._sleep = sleep
        self._take = redis.register_script(TAKE)
        # Of the calls of this process that wait for a slot, the first one looks: a thousand would do nothing else.
        self._queues: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._away_until = float("-inf")

    def taken(self, limit: ConcurrencyLimit | None, holder: str, patience: float) -> AbstractAsyncContextManager[bool]:
        """Hold a slot meanwhile; the block is given whether one was free in time.

        Args:
            limit: The limit; None where there is none.
            holder: A unique id of the call.
            patience: Seconds that the call may take in all, waiting included.
        """
        return nullcontext(enter_result=True) if limit is None else self._held(limit, holder, patience)

    @asynccontextmanager
    async def _held(self, limit: ConcurrencyLimit, holder: str, patience: float) -> AsyncIterator[bool]:
        name, lease = PREFIX + limit.name, math.ceil((patience + SPARE_SECONDS) * 1000)
        try:
            yield await self._wait(patience, keys=[name], args=[limit.at_once, holder, lease])
        finally:
            await self._leave(name, holder)

    async def _wait(self, patience: float, *, keys: list[str], args: list[Any]) -> bool:
        """Wait for the call's turn and for a slot."""
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
        """Look until a slot is free, or the time is over."""
        loop, waited = asyncio.get_running_loop(), 0.0
        if loop.time() < self._away_until:
            return True
        try:
            while not await self._take(keys=keys, args=args):
                if waited + LOOK_SECONDS >= patience:
                    return False
                await self._sleep(LOOK_SECONDS)
                waited += LOOK_SECONDS
        except RedisAwayError:
            PROVIDER_GATE_FALLBACKS.inc()
            # A Redis that stands still takes seconds to say so; the calls behind this one do not repeat it.
            self._away_until = loop.time() + AWAY_SECONDS
        return True

    async def _leave(self, name: str, holder: str) -> None:
        try:
            await self._redis.zrem(name, holder)
        except RedisAwayError:
            PROVIDER_GATE_FALLBACKS.inc()
