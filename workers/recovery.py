"""Recovery: every worker looks every few seconds for due work that no notification announced, and for switches.

There is no singleton to lose. Lost messages, crashed workers and expired leases are all found this way.
"""

import asyncio
from datetime import timedelta

import structlog

from app.domain.vocabulary import Lane
from app.metrics import RECOVERED
from app.services import Services
from app.store.accounts import audit_log
from app.store.database.errors import is_away
from app.store.database.portions import PORTION, Portion, in_portions
from app.store.database.transaction import reading
from app.store.runs import idempotency_keys
from app.store.waterfall import cache, callbacks, queue
from app.store.waterfall.due_work import look_for_work
from app.usecases.figures.roll_up import roll_up_figures
from app.usecases.waterfall.collect_late_results import CollectLateResults
from app.usecases.webhooks.expire_deliveries import expire_deliveries
from webhooks.dispatcher import Dispatcher
from workers.cascade_runner import CascadeRunner

log = structlog.get_logger()

MAX_CASCADES = 200
CLEANUP_SECONDS = 300.0


class Recovery:
    """Finds open cascades without a lease, due deliveries and due late results, and deletes expired records.

    It waits for no slot, since each round looks for switched-off providers as well.
    """

    def __init__(self, services: Services, runner: CascadeRunner, dispatcher: Dispatcher) -> None:
        """Keep the parts; `run` starts."""
        self._services = services
        self._runner = runner
        self._dispatcher = dispatcher
        self._cleaned_at = float("-inf")
        self._collect_late = CollectLateResults(services)
        self._collecting: asyncio.Task[int] | None = None
        self._cleaning: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Recover every few seconds until cancelled; a failed round is logged and the next one repeats it."""
        settings = self._services.settings
        try:
            while True:
                try:
                    await self.recover()
                except Exception as error:
                    log.warning("recovery.failed", error=type(error).__name__, exc_info=not is_away(error))
                # Jittered, so that workers that started together do not query together.
                await asyncio.sleep(settings.recovery_seconds * (0.75 + self._services.random() / 2))
        finally:
            if background := [task for task in (self._collecting, self._cleaning) if task]:
                for task in background:
                    task.cancel()
                await asyncio.wait(background)

    async def recover(self) -> None:
        """Run one round."""
        async with reading(self._services.engine) as connection:
            due = await look_for_work(connection, self._services.now())
        self._services.registry.switch_off(due.switched_off)
        if due.cascades:
            await self._recover_cascades()
        if due.deliveries or self._dispatcher.needs_maintenance():
            RECOVERED.labels("delivery").inc(await self._dispatcher.deliver_due())
        self._collect_late_results(any_due=due.late_results)
        now = self._services.clock.monotonic()
        if now - self._cleaned_at >= CLEANUP_SECONDS:
            self._cleaned_at = now
            self._delete_expired()

    async def _recover_cascades(self) -> None:
        settings = self._services.settings
        for lane in map(Lane, settings.lanes):
            limit = min(self._runner.available(lane), MAX_CASCADES)
            if not limit:
                continue
            async with reading(self._services.engine) as connection:
                found = await queue.waiting(
                    connection, lanes=(lane,), older_than=settings.recovery_seconds, limit=limit
                )
            if found:
                RECOVERED.labels("cascade").inc(await self._runner.accept(found, lane, waits=False))

    def _collect_late_results(self, *, any_due: bool) -> None:
        """Collect late results in the background, so that a slow vendor delays no recovery."""
        before = self._collecting
        if before is None or before.done():
            self._collecting = asyncio.create_task(self._collect_late(), name="collect-late") if any_due else None
            if before is not None and not before.cancelled():
                before.result()  # raises the error of the last round

    def _delete_expired(self) -> None:
        """Delete expired records in the background, so that many of them delay no recovery."""
        before = self._cleaning
        if before is None or before.done():
            self._cleaning = asyncio.create_task(self._clean(), name="delete-expired")
            if before is not None and not before.cancelled():
                before.result()  # raises the error of the last round

    async def _clean(self) -> None:
        settings, now = self._services.settings, self._services.now()
        cached, lifetime = now - timedelta(days=settings.cache_days), timedelta(hours=settings.idempotency_hours)
        kept = timedelta(days=settings.audit_retention_days)
        kinds: dict[str, Portion] = {
            "cache": lambda connection: cache.expire(connection, cached, PORTION),
            "callbacks": lambda connection: callbacks.expire(connection, now, PORTION),
            "audit": lambda connection: audit_log.expire(connection, kept, PORTION),
            "idempotency": lambda connection: idempotency_keys.expire(connection, lifetime, PORTION),
        }
        for name, expire in kinds.items():
            await in_portions(self._services.engine, expire, name=name)
        await expire_deliveries(self._services)
        await roll_up_figures(self._services)
