"""One worker process: services, cascade runner, dispatcher, recovery and batch feeder, opened and closed in order."""

import asyncio
from contextlib import AsyncExitStack
from uuid import UUID

import structlog

from app.background import end_background, start_background
from app.broker import queues_of
from app.domain.vocabulary import Lane
from app.redis.processes import GiveSigns
from app.services import Services, open_services
from app.settings.settings import Settings
from app.usecases.providers.switches import LOOK_SECONDS, ProviderSwitches
from webhooks.dispatcher import Dispatcher
from workers.batch_feeder import BatchFeeder
from workers.cascade_runner import CascadeRunner
from workers.recovery import Recovery

log = structlog.get_logger()


class Worker:
    """The parts that a worker process runs on its event loop."""

    def __init__(self, settings: Settings) -> None:
        """Keep the settings; `open` connects."""
        self._settings = settings
        self._stack = AsyncExitStack()
        self.services: Services
        self._runner: CascadeRunner
        self._dispatcher: Dispatcher
        self._feeder: BatchFeeder
        self._background: tuple[asyncio.Task[None], ...] = ()

    async def open(self) -> None:
        """Connect, and start recovery and the batch feeder."""
        self.services = await self._stack.enter_async_context(open_services(self._settings))
        switches = ProviderSwitches(self.services)
        await switches.first_look()
        self._runner = CascadeRunner(self.services)
        self._dispatcher = Dispatcher(self.services)
        self._runner.open()
        self._feeder = BatchFeeder(self.services)
        recovery = Recovery(self.services, self._runner, self._dispatcher)
        recovers_rarely = self._settings.recovery_seconds > LOOK_SECONDS
        self._background = (
            start_background("signs-of-life", self._signs().run),
            start_background("recovery", recovery.run),
            # Each round of recovery looks for switches as well.
            *([start_background("provider-switches", switches.follow)] if recovers_rarely else []),
            *([start_background("batch-feeder", self._feeder.run)] if Lane.BULK.value in self._settings.lanes else []),
        )
        log.info("worker.lanes_open", name=self.services.name)

    def _signs(self) -> GiveSigns:
        services, queues = self.services, queues_of(self._settings.lanes)
        return GiveSigns(services.redis, name=services.name, kind="worker", queues=queues, now=services.now)

    async def enrich(self, ids: list[str], lane: Lane) -> None:
        """Run cascades that a notification names; one that cannot be run may be a new batch."""
        accepted = await self._runner.accept([UUID(i) for i in ids], lane)
        if lane is Lane.BULK and accepted < len(ids):
            self._feeder.wake()

    async def deliver(self) -> None:
        """Send the deliveries that are due."""
        await self._dispatcher.deliver_due()

    async def close(self) -> None:
        """Stop in order: take no new work, let running calls end, hand back the rest, disconnect."""
        await end_background(self._background)
        seconds = self._settings.shutdown_seconds
        async with asyncio.TaskGroup() as group:
            group.create_task(self._runner.drain(seconds))
            group.create_task(self._dispatcher.drain(seconds))
        await self._stack.aclose()
