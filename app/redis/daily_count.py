"""A count by day in Redis, shared by all processes; what Redis has lost or cannot say counts as nothing."""

from datetime import datetime

from redis.asyncio import Redis
from redis.exceptions import RedisError

_TWO_DAYS = 172_800


class DailyCount:
    """Counts by name and day (UTC)."""

    def __init__(self, redis: Redis, name: str) -> None:
        """Use a connection; `name` begins every key."""
        self._redis = redis
        self._name = name

    async def read(self, of: str, now: datetime) -> int:
        """Return the count of a day."""
        try:
            return int(await self._redis.get(self._key(of, now)) or 0)
        except (RedisError, ValueError):
            return 0

    async def add(self, of: str, now: datetime, count: int) -> None:
        """Add to the count of a day."""
        key = self._key(of, now)
        try:
            # In this order no count stays for good; no pipeline, whose errors are not those of `SteadyRedis`.
            await self._redis.set(key, 0, ex=_TWO_DAYS, nx=True)
            await self._redis.incrby(key, count)
        except RedisError:
            return

    def _key(self, of: str, now: datetime) -> str:
        return f"leadrun:daily:{self._name}:{of}:{now:%Y%m%d}"
