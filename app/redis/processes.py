"""Signs of life of the processes of an installation, in one hash of Redis: one write a process every 15 seconds."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import msgspec
from redis.asyncio import Redis

from app.background import end_if_cancelled
from app.redis.client import RedisAwayError

KEY = "leadrun:processes"
SIGN_SECONDS = 15.0
# After three signs that did not come it is taken for lost, and after a day it is forgotten.
LOST, FORGOTTEN = timedelta(seconds=45), timedelta(days=1)


class SignOfLife(msgspec.Struct, frozen=True, kw_only=True):
    """The last sign of life of a process.

    Attributes:
        name: Host, process id, and letters that no other start has.
        kind: ``api`` or ``worker``.
        queues: Those whose work it does.
        since: When it began.
    """

    name: str
    kind: str
    queues: tuple[str, ...] = ()
    since: datetime
    seen_at: datetime

    def is_lost(self, now: datetime) -> bool:
        """Return whether signs are missing."""
        return now - self.seen_at > LOST


class GiveSigns:
    """Gives this process's signs of life."""

    def __init__(
        self, redis: Redis, *, name: str, kind: str, queues: Sequence[str] = (), now: Callable[[], datetime]
    ) -> None:
        """Describe the process; `run` gives the signs."""
        self._redis = redis
        self._name, self._now = name, now
        self._sign = SignOfLife(name=name, kind=kind, queues=tuple(queues), since=now(), seen_at=now())

    async def run(self) -> None:
        """Give a sign every 15 seconds until cancelled; a process that ends in order takes its last one away."""
        try:
            while True:
                sign = msgspec.structs.replace(self._sign, seen_at=self._now())
                with suppress(RedisAwayError):
                    await self._redis.hset(KEY, self._name, msgspec.json.encode(sign))
                end_if_cancelled()
                await asyncio.sleep(SIGN_SECONDS)
        finally:
            with suppress(RedisAwayError):
                await self._redis.hdel(KEY, self._name)


async def read_processes(redis: Redis, now: datetime) -> list[SignOfLife] | None:
    """Read the processes by kind and age, and forget those of which nothing was seen for a day; None without Redis."""
    try:
        found = await redis.hgetall(KEY)
        signs = {name: msgspec.json.decode(text, type=SignOfLife) for name, text in found.items()}
        if old := [name for name, sign in signs.items() if now - sign.seen_at > FORGOTTEN]:
            await redis.hdel(KEY, *old)
    except RedisAwayError:
        return None
    return sorted((sign for name, sign in signs.items() if name not in old), key=lambda sign: (sign.kind, sign.since))
