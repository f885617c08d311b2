"""Rate limit wake-ups: wake the dispatcher when the next delivery to a rate-limited endpoint may be sent."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from app.services import Services

# Seconds between two wake-ups, so that many endpoints, or high rates, share one.
MIN_PAUSE = 0.02


class RateLimitWakeups:
    """Timers of this process, one time for each endpoint.

    A dispatcher that let a delivery of an endpoint wait, or sent one while others waited, wakes for the next one. Of
    many dispatchers this is usually one. When it dies, recovery of any other takes over.
    """

    def __init__(self, services: Services, wake: Callable[[], None]) -> None:
        """Keep the parts.

        Args:
            services: Of this process.
            wake: Called when a delivery may be sent; returns at once.
        """
        self._services = services
        self._wake = wake
        self._next_at: dict[UUID, datetime] = {}
        self._waking: asyncio.Task[None] | None = None

    def schedule(self, next_at: Mapping[UUID, datetime]) -> None:
        """Replace the times of these endpoints."""
        if not next_at:
            return
        before = min(self._next_at.values(), default=None)
        self._next_at.update(next_at)
        if self._waking is None or self._waking.done() or before is None or min(next_at.values()) < before:
            if self._waking:
                self._waking.cancel()
            self._waking = asyncio.create_task(self._run(), name="rate-limit-wakeups")

    async def close(self) -> None:
        """Stop all timers."""
        if self._waking:
            self._waking.cancel()
            with suppress(asyncio.CancelledError):
                await self._waking

    async def _run(self) -> None:
        clock = self._services.clock
        while self._next_at:
            wait = (min(self._next_at.values()) - self._services.now()).total_seconds()
            await clock.sleep(max(MIN_PAUSE, wait))
            now = self._services.now()
            self._next_at = {endpoint: at for endpoint, at in self._next_at.items() if at > now}
            self._wake()
