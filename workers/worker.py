"""One worker process: its services, engine, dispatcher and sweep, opened and closed in order."""

import asyncio
from contextlib import AsyncExitStack, suppress
from uuid import UUID

import structlog

from app.domain.vocabulary import Lane
from app.services import Services, open_services
from app.settings.settings import Settings
from webhooks.dispatcher import Dispatcher
from workers.batch_feeder import BatchFeeder
from workers.cascade_runner import CascadeRunner
from workers.recovery import Recovery

log = structlog.get_logger()


class Worker:
    """Everything that a worker runs on its event loop."""

    def __init__(self, settings: Settings) -> None:
        """Prepare; `open` connects."""
        self._settings = settings
        self._stack = AsyncExitStack()
        self.services: Services
        self._engine: CascadeRunner
        self._dispatcher: Dispatcher
        self._sweeping: asyncio.Task[None]
        self._admitting: asyncio.Task[None]

    async def open(self) -> None:
        """Connect and start sweeping."""
        self.services = await self._stack.enter_async_context(open_services(self._settings))
        self._engine = CascadeRunner(self.services)
        self._dispatcher = Dispatcher(self.services)
        self._engine.open()
        sweep = Recovery(self.services, self._engine, self._dispatcher)
        self._sweeping = asyncio.create_task(sweep.forever(), name="sweep")
        self._admitting = asyncio.create_task(BatchFeeder(self.services).forever(), name="admission")
        log.info("worker.lanes_open", name=self.services.name)

    async def enrich(self, ids: list[str], lane: Lane) -> None:
        """Take cascades that somebody kicked."""
        await self._engine.accept([UUID(i) for i in ids], lane)

    async def deliver(self) -> None:
        """Send what is due."""
        await self._dispatcher.deliver_due()

    async def close(self) -> None:
        """Stop in order: no new work, what runs may end, the rest is handed back."""
        for task in (self._sweeping, self._admitting):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        seconds = self._settings.shutdown_seconds
        async with asyncio.TaskGroup() as group:
            group.create_task(self._engine.drain(seconds))
            group.create_task(self._dispatcher.drain(seconds))
        await self._stack.aclose()
