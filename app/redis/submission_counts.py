"""Submissions of keys by day, and those that their rate limits refused: counted by the limiter, within its own script.

What is decided while Redis is away is not counted, and a Redis that was emptied begins at 0.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from redis.asyncio import Redis

from app.redis.client import RedisAwayError
from app.redis.sliding_window_scripts import COUNTS

DAYS = 30
_SECONDS_OF_DAY = 86_400


class SubmissionCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The submissions of a key on the last 30 days (UTC), the oldest first: `accepted` and `refused` of each day."""

    accepted: tuple[int, ...]
    refused: tuple[int, ...]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.accepted) + sum(self.refused)

    @property
    def total_refused(self) -> int:
        """Those that the rate limit refused (429)."""
        return sum(self.refused)

    @property
    def share_refused(self) -> float:
        """The refused part of all, 0 to 1."""
        return self.total_refused / self.total if self.total else 0.0

    @property
    def by_day(self) -> tuple[int, ...]:
        """All of each day."""
        return tuple(map(sum, zip(self.accepted, self.refused, strict=True)))


def counter_of(key_id: UUID) -> str:
    """Return the name of the counter of a key."""
    return f"leadrun:submissions:{key_id.hex}"


async def read_counts(redis: Redis, key_ids: Sequence[UUID], now: datetime) -> Mapping[UUID, SubmissionCounts] | None:
    """Read the counts of keys; None while Redis is away."""
    today = int(now.timestamp()) // _SECONDS_OF_DAY
    days = range(today - DAYS + 1, today + 1)
    fields = [*map(str, days), *(f"r{day}" for day in days)]
    if not key_ids:
        return {}
    try:
        answer = await redis.register_script(COUNTS)(keys=[counter_of(key_id) for key_id in key_ids], args=fields)
    except RedisAwayError:
        return None
    counts = [int(count) for count in str(answer).split()]
    found = {}
    for key_id in key_ids:
        accepted, refused, counts = counts[:DAYS], counts[DAYS : 2 * DAYS], counts[2 * DAYS :]
        found[key_id] = SubmissionCounts(accepted=tuple(accepted), refused=tuple(refused))
    return found
