"""The batch feeder: leases a batch, admits its next rows, and so keeps enough of them running."""

import asyncio
from contextlib import suppress
from functools import partial
from uuid import UUID

import structlog

from app.domain.runs.batch import ABANDONED_AFTER
from app.services import Services
from app.store.database.errors import is_away
from app.store.database.transaction import single
from app.store.runs import batches
from app.usecases.batches.admit import admit_batch
from app.usecases.batches.compare_quotes import compare_quotes

log = structlog.get_logger()

# Rows of a transaction: enough to make its commit cheap, few enough to hold the account's lock for a short time.
CHUNK = 500
# Rounds between two rounds of recovery while batches are fed: rows in flight last for seconds, so two rounds a second
# suffice. Where nothing was admitted for a minute, a round of recovery is early enough, or five seconds: a new batch
# wakes the feeder.
ROUNDS_PER_RECOVERY = 4
BUSY_SECONDS = 60.0
IDLE_SECONDS = 5.0
CLEANUP_SECONDS = 300.0
COMPARISON_SECONDS = 5.0
MAX_POSITIONS = 1000


class BatchFeeder:
    """Admits rows of batches while fewer than `batch_concurrency` of a batch are in flight.

    A lease covers one chunk, so that workers and accounts alternate. A lost worker has admitted the whole chunk or
    nothing of it, and its lease expires.
    """

    def __init__(self, services: Services) -> None:
        """Keep the services; `run` starts."""
        self._services = services
        self._admit = partial(admit_batch, services)
        self._chunk = min(CHUNK, services.settings.batch_concurrency)
        self._cleaned_at = self._compared_at = self._fed_at = float("-inf")
        self._woken = asyncio.Event()
        # The last position that this process admitted of each batch; only a hint where to read on.
        self._positions: dict[UUID, int] = {}

    async def run(self) -> None:
        """Feed batches until cancelled; a failure is logged, and repeated when the lease has expired."""
        while True:
            self._woken.clear()
            try:
                while await self.feed():
                    self._fed_at = self._services.clock.monotonic()
                await self._compare_quotes()
                await self._discard_abandoned()
            except Exception as error:
                log.warning("batch_feeder.failed", error=type(error).__name__, exc_info=not is_away(error))
            recovery = self._services.settings.recovery_seconds
            seconds = recovery / ROUNDS_PER_RECOVERY if self._is_busy() else min(recovery, IDLE_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds * (0.75 + self._services.random() / 2)):
                    await self._woken.wait()

    def wake(self) -> None:
        """Begin the next round now, as there may be a new batch, unless it begins soon anyway."""
        if not self._is_busy():
            self._woken.set()

    def _is_busy(self) -> bool:
        return self._services.clock.monotonic() - self._fed_at < BUSY_SECONDS

    async def feed(self) -> bool:
        """Admit the next chunk of the batch that waited longest; return whether there was one."""
        settings = self._services.settings
        async with single(self._services.engine) as connection:
            batch_id = await batches.lease(
                connection,
                owner=self._services.name,
                lease_seconds=settings.lease_seconds,
                window=settings.batch_concurrency,
                portion=self._chunk,
            )
        if batch_id is None:
            return False
        admitted = await self._admit(batch_id, after=self._positions.get(batch_id, -1), limit=self._chunk)
        if admitted is None:
            return True
        if len(self._positions) >= MAX_POSITIONS:
            self._positions.clear()
        self._positions[batch_id] = admitted.last
        return True

    async def _compare_quotes(self) -> None:
        now = self._services.clock.monotonic()
        if now - self._compared_at >= COMPARISON_SECONDS:
            self._compared_at = now
            while await compare_quotes(self._services):
                pass

    async def _discard_abandoned(self) -> None:
        now = self._services.clock.monotonic()
        if now - self._cleaned_at < CLEANUP_SECONDS:
            return
        self._cleaned_at = now
        async with self._services.engine.begin() as connection:
            count = await batches.discard_abandoned(connection, ABANDONED_AFTER)
        if count:
            log.info("batch.abandoned", count=count)
