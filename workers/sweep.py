"""What crashes leave behind: every worker looks for it every few seconds, so there is no singleton to lose."""

import asyncio
from datetime import timedelta

import structlog

from app.context import Services
from app.metrics import SWEPT
from app.store import cache, cascades, idempotency
from webhooks.dispatcher import Dispatcher
from workers.engine import Engine

log = structlog.get_logger()

MOST_AT_ONCE = 200
CLEAN_EVERY = 300.0


class Sweep:
    """Finds open cascades without a lease, deliveries that are due, and records that are too old."""

    def __init__(self, services: Services, engine: Engine, dispatcher: Dispatcher) -> None:
        """Prepare; `forever` runs."""
        self._services = services
        self._engine = engine
        self._dispatcher = dispatcher
        self._cleaned = float("-inf")

    async def forever(self) -> None:
        """Sweep until cancelled; a sweep that fails is logged and the next one tries again."""
        settings = self._services.settings
        while True:
            try:
                await self.once()
            except Exception:
                log.warning("sweep.failed", exc_info=True)
            # Spread, so that workers that started together do not look together.
            await asyncio.sleep(settings.sweep_seconds * (0.75 + self._services.random() / 2))

    async def once(self) -> None:
        """Sweep once."""
        await self._cascades()
        sent = await self._dispatcher.deliver_due()
        SWEPT.labels("delivery").inc(sent)
        now = self._services.clock.monotonic()
        if now - self._cleaned >= CLEAN_EVERY:
            self._cleaned = now
            await self._clean()

    async def _cascades(self) -> None:
        room = min(self._engine.room, MOST_AT_ONCE)
        if not room:
            return
        async with self._services.engine.connect() as connection:
            found = await cascades.left_behind(connection, older_than=self._services.settings.sweep_seconds, limit=room)
        if found:
            taken = await self._engine.accept(found)
            SWEPT.labels("cascade").inc(taken)

    async def _clean(self) -> None:
        settings, now = self._services.settings, self._services.now()
        async with self._services.engine.begin() as connection:
            await cache.expire(connection, now - timedelta(days=settings.cache_days))
            await idempotency.expire(connection, now - timedelta(hours=settings.idempotency_hours))
