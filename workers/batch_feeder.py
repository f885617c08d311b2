"""Keeps batches supplied: every worker looks for one with room, and admits its next rows, portion by portion."""

import asyncio
from uuid import UUID

import structlog

from app.domain.runs.batch import ABANDONED
from app.domain.vocabulary import Lane
from app.services import Services
from app.store.runs import batches
from app.usecases.batches.admit import AdmitBatch

log = structlog.get_logger()

# Rows of a transaction: enough to make its commit cheap, few enough that nobody waits long for the account's lock.
PORTION = 500
# As a share of the sweep's: a window holds seconds of work, so that looking twice a second never lets it run empty.
LOOKS_PER_SWEEP = 4
CLEAN_EVERY = 300.0
MOST_REMEMBERED = 1000


class BatchFeeder:
    """Admits rows of batches while there is room for them.

    The lease is taken for one portion and given back by it, so that workers and accounts take turns. A worker that is
    lost in between admitted a portion or none of it, and its lease runs out.
    """

    def __init__(self, services: Services) -> None:
        """Prepare; `forever` runs."""
        self._services = services
        self._admit = AdmitBatch(services)
        self._portion = min(PORTION, services.settings.batch_concurrency)
        self._cleaned = float("-inf")
        # How far each batch was admitted by this process: where to look first, nothing more.
        self._reached: dict[UUID, int] = {}

    async def forever(self) -> None:
        """Admit until cancelled; what fails is logged, and tried again when its lease has run out."""
        settings = self._services.settings
        if Lane.BULK.value not in settings.lanes:
            return
        while True:
            try:
                while await self.once():
                    pass
                await self._clean()
            except Exception:
                log.warning("batch_feeder.failed", exc_info=True)
            await asyncio.sleep(settings.recovery_seconds / LOOKS_PER_SWEEP * (0.75 + self._services.random() / 2))

    async def once(self) -> bool:
        """Admit a portion of the batch whose turn it is; tells whether there was one."""
        settings = self._services.settings
        async with self._services.engine.begin() as connection:
            batch_id = await batches.lease(
                connection,
                owner=self._services.name,
                lease_seconds=settings.lease_seconds,
                window=settings.batch_concurrency,
                portion=self._portion,
            )
        if batch_id is None:
            return False
        admitted = await self._admit(batch_id, after=self._reached.get(batch_id, -1), limit=self._portion)
        if admitted is None:
            return True
        if len(self._reached) >= MOST_REMEMBERED:
            self._reached.clear()
        self._reached[batch_id] = admitted.last
        return True

    async def _clean(self) -> None:
        now = self._services.clock.monotonic()
        if now - self._cleaned < CLEAN_EVERY:
            return
        self._cleaned = now
        async with self._services.engine.begin() as connection:
            broken = await batches.discard_abandoned(connection, ABANDONED)
        if broken:
            log.info("batch.abandoned", count=broken)
