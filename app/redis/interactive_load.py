"""Presence: workers tell each other, through Redis, that single look-ups are under way."""

from contextlib import suppress

from redis.asyncio import Redis
from redis.exceptions import RedisError

NAME = "leadrun:single-look-ups"
LASTS_MS = 500
_DOWN = (RedisError, OSError, TimeoutError)


class InteractiveLoad:
    """Whether anybody works on single look-ups: a hint that runs out by itself when its teller is gone."""

    def __init__(self, redis: Redis) -> None:
        """Use a connection."""
        self._redis = redis

    async def tell(self) -> bool:
        """Say that single look-ups are under way here; it holds for half a second.

        Returns:
            Always True: they are about.
        """
        with suppress(*_DOWN):  # nobody can ask either then, and whoever cannot ask takes it for said
            await self._redis.set(NAME, 1, px=LASTS_MS)
        return True

    async def about(self) -> bool:
        """Ask whether anybody said so lately; when Redis is away it may well be."""
        try:
            return bool(await self._redis.exists(NAME))
        except _DOWN:
            return True
