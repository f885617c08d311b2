"""What crashes leave behind: every worker looks for it every few seconds, so there is no singleton to lose."""

import asyncio
from datetime import timedelta

import structlog

from app.domain.vocabulary import Lane
from app.metrics import RECOVERED
from app.services import Services
from app.store.runs import idempotency_keys
from app.store.waterfall import cache, callbacks, queue
from app.usecases.waterfall.collect_late_results import CollectLateResults
from app.usecases.webhooks.expire_deliveries import expire_deliveries
from webhooks.dispatcher import Dispatcher
from workers.cascade_runner import CascadeRunner

log = structlog.get_logger()

MOST_AT_ONCE = 200
CLEAN_EVERY = 300.0


class Recovery:
    """Finds open cascades without a lease, deliveries and late results that are due, and records that are too old."""

    def __init__(self, services: Services, engine: CascadeRunner, dispatcher: Dispatcher) -> None:
        """Prepare; `forever` runs."""
        self._services = services
        self._engine = engine
        self._dispatcher = dispatcher
        self._cleaned = float("-inf")
        self._collect_late = CollectLateResults(services)
        self._collecting: asyncio.Task[int] | None = None

    async def forever(self) -> None:
        """Sweep until cancelled; a sweep that fails is logged and the next one tries again."""
        settings = self._services.settings
        try:
            while True:
                try:
                    await self.once()
                except Exception:
                    log.warning("recovery.failed", exc_info=True)
                # Spread, so that workers that started together do not look together.
                await asyncio.sleep(settings.recovery_seconds * (0.75 + self._services.random() / 2))
        finally:
            if self._collecting:
                self._collecting.cancel()
                await asyncio.wait([self._collecting])

    async def once(self) -> None:
        """Sweep once."""
        await self._cascades()
        sent = await self._dispatcher.deliver_due()
        RECOVERED.labels("delivery").inc(sent)
        self._late_results()
        now = self._services.clock.monotonic()
        if now - self._cleaned >= CLEAN_EVERY:
            self._cleaned = now
            await self._clean()

    async def _cascades(self) -> None:
        settings = self._services.settings
        for lane in map(Lane, settings.lanes):
            room = min(self._engine.room(lane), MOST_AT_ONCE)
            if not room:
                continue
            async with self._services.engine.connect() as connection:
                found = await queue.waiting(connection, lanes=(lane,), older_than=settings.recovery_seconds, limit=room)
            if found:
                RECOVERED.labels("cascade").inc(await self._engine.accept(found, lane))

    def _late_results(self) -> None:
        """Look for them aside: a vendor that takes its time must not hold up what crashes left behind."""
        before = self._collecting
        if before is None or before.done():
            self._collecting = asyncio.create_task(self._collect_late(), name="collect-late")
            if before is not None and not before.cancelled():
                before.result()  # raises what went wrong the last time

    async def _clean(self) -> None:
        settings, now = self._services.settings, self._services.now()
        async with self._services.engine.begin() as connection:
            await cache.expire(connection, now - timedelta(days=settings.cache_days))
            await callbacks.expire(connection, now)
            await idempotency_keys.expire(connection, now - timedelta(hours=settings.idempotency_hours))
        await expire_deliveries(self._services)
