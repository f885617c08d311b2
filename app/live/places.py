"""How many calls to a provider may be under way at once, counted over all workers."""

import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.domain.pacing import Place
from app.live.gate_scripts import TAKE
from app.metrics import GATE_FALLBACKS

PREFIX = "leadrun:places:"
LOOK_SECONDS = 0.1  # between looks for a free place
SPARE_SECONDS = 5.0  # that a lease outlives the time that its holder was given
_DOWN = (RedisError, OSError, TimeoutError)


class Places:
    """The places before all providers; Redis away means that there is always one."""

    def __init__(self, redis: Redis, sleep: Callable[[float], Awaitable[None]]) -> None:
        """Use a connection, and a way to wait."""
        self._redis = redis
        self._sleep = sleep
        self._take = redis.register_script(TAKE)

    @asynccontextmanager
    async def taken(self, place: Place | None, who: str, patience: float) -> AsyncIterator[bool]:
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
        waited = 0.0
        try:
            while not (got := bool(await self._take(keys=[name], args=[place.at_once, who, lease]))):
                if waited + LOOK_SECONDS >= patience:
                    break
                await self._sleep(LOOK_SECONDS)
                waited += LOOK_SECONDS
        except _DOWN:
            GATE_FALLBACKS.inc()
            got = True
        try:
            yield got
        finally:
            await self._leave(name, who)

    async def _leave(self, name: str, who: str) -> None:
        try:
            await self._redis.zrem(name, who)
        except _DOWN:
            GATE_FALLBACKS.inc()
