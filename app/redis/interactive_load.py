"""Interactive load: a flag in Redis that workers set while single look-ups run, so that bulk work yields to them."""

from contextlib import suppress

from redis.asyncio import Redis

from app.redis.client import RedisAwayError

NAME = "leadrun:interactive-load"
EXPIRY_MS = 500


class InteractiveLoad:
    """The flag that single look-ups run in any worker; it expires by itself when no worker renews it."""

    def __init__(self, redis: Redis) -> None:
        """Use a connection."""
        self._redis = redis

    async def signal(self) -> None:
        """Set the flag for half a second. Without Redis no reader sees the flag, and each assumes that it is set."""
        with suppress(RedisAwayError):
            await self._redis.set(NAME, 1, px=EXPIRY_MS)

    async def present(self) -> bool:
        """Return whether the flag is set; True when Redis is unreachable."""
        try:
            return bool(await self._redis.exists(NAME))
        except RedisAwayError:
            return True
