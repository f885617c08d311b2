"""Wakes a dispatcher when the next delivery to an endpoint with a rate may be sent."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from app.services import Services

# Seconds between two awakenings, so that many endpoints, or high rates, share one.
LEAST_PAUSE = 0.02


class RateLimitWakeups:
    """Whose turn comes when.

    Whoever let a delivery of an endpoint wait, or sent one while others waited, looks for the next one: of many
    dispatchers usually a single one. Should it die, the sweep of any other takes over.
    """

    def __init__(self, services: Services, look: Callable[[], None]) -> None:
        """Prepare.

        Args:
            services: The process's.
            look: Called when something may be sent; returns at once.
        """
        self._services = services
        self._look = look
        self._turns: dict[UUID, datetime] = {}
        self._waking: asyncio.Task[None] | None = None

    def keep(self, turns: Mapping[UUID, datetime]) -> None:
        """Wake for the turns of these endpoints, instead of those that were known of them."""
        if not turns:
            return
        before = min(self._turns.values(), default=None)
        self._turns.update(turns)
        if self._waking is None or self._waking.done() or before is None or min(turns.values()) < before:
            if self._waking:
                self._waking.cancel()
            self._waking = asyncio.create_task(self._wake(), name="turns")

    async def close(self) -> None:
        """Wake no more."""
        if self._waking:
            self._waking.cancel()
            with suppress(asyncio.CancelledError):
                await self._waking

    async def _wake(self) -> None:
        clock = self._services.clock
        while self._turns:
            wait = (min(self._turns.values()) - self._services.now()).total_seconds()
            await clock.sleep(max(LEAST_PAUSE, wait))
            now = self._services.now()
            self._turns = {endpoint: at for endpoint, at in self._turns.items() if at > now}
            self._look()
