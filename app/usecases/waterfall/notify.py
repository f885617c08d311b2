"""Notify waiting clients that runs have moved; changes during one notification share the next."""

import asyncio
from collections.abc import Iterable
from uuid import UUID

from redis.asyncio import Redis

from app.redis.notifications import publish


class Notify:
    """Sends signals after commits, so that a thousand cascades of one process do not send a thousand."""

    def __init__(self, redis: Redis) -> None:
        """Begin without anything to send."""
        self._redis = redis
        self._moved: list[UUID] = []
        self._gathering: asyncio.Task[None] | None = None
        self._sending: asyncio.Task[None] | None = None

    async def __call__(self, ids: Iterable[UUID]) -> None:
        """Return when a signal that names these was sent, or lost, which is logged."""
        await asyncio.shield(self.soon(ids))

    def soon(self, ids: Iterable[UUID]) -> asyncio.Task[None]:
        """Send a signal that names these, in the background: what goes on does not wait for Redis."""
        self._moved.extend(ids)
        if self._gathering is None:
            self._gathering = asyncio.create_task(self._send(self._sending), name="announce")
        return self._gathering

    async def _send(self, previous: asyncio.Task[None] | None) -> None:
        if previous:
            await asyncio.wait([previous])
        self._sending, self._gathering = self._gathering, None
        moved, self._moved = self._moved, []
        await publish(self._redis, moved)
