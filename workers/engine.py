"""The cascades of this process: claimed under a lease, run side by side, kept alive, handed back."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

import structlog

from app.context import Services
from app.domain.errors import Refusal
from app.live.wakeups import publish
from app.metrics import IN_FLIGHT, LEASES_LOST
from app.store import cascades, runs
from app.store.cascades import Claimed
from app.usecases.execute import Execute, Released
from app.usecases.record import LeaseLost

log = structlog.get_logger()

BEATS_PER_LEASE = 3


class Engine:
    """Runs at most `runs_in_flight` cascades at once."""

    def __init__(self, services: Services) -> None:
        """Prepare; `open` starts the heartbeat."""
        self._services = services
        self._execute = Execute(services, lambda: self._stopping)
        self._free = asyncio.Semaphore(services.settings.runs_in_flight)
        self._held: dict[UUID, asyncio.Task[None]] = {}
        self._stopping = False
        self._beat: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Start the heartbeat that keeps the leases."""
        self._beat = asyncio.create_task(self._keep_alive(), name="heartbeat")

    @property
    def room(self) -> int:
        """How many more cascades fit."""
        return 0 if self._stopping else max(0, self._services.settings.runs_in_flight - len(self._held))

    async def accept(self, ids: Sequence[UUID]) -> int:
        """Claim those of these cascades that are free, and start them; returns how many.

        Waits for room, which is what holds the queue back when this process has enough to do.
        """
        wanted = [i for i in dict.fromkeys(ids) if i not in self._held]
        if not wanted or self._stopping:
            return 0
        for _ in wanted:
            await self._free.acquire()
        started = 0
        try:
            for claimed in await self._claim(wanted):
                self._start(claimed)
                started += 1
        finally:
            for _ in range(len(wanted) - started):
                self._free.release()
        return started

    async def _claim(self, wanted: Sequence[UUID]) -> list[Claimed]:
        async with self._services.engine.begin() as connection:
            claimed = await cascades.claim(
                connection,
                wanted,
                owner=self._services.name,
                lease_seconds=self._services.settings.lease_seconds,
            )
            if claimed:
                await runs.start(connection, [c.id for c in claimed])
        await publish(self._services.redis, [c.id for c in claimed])
        return claimed

    def _start(self, claimed: Claimed) -> None:
        task = asyncio.create_task(self._run(claimed), name=f"cascade-{claimed.id}")
        self._held[claimed.id] = task
        IN_FLIGHT.set(len(self._held))
        task.add_done_callback(lambda _: self._ended(claimed.id))

    def _ended(self, cascade_id: UUID) -> None:
        del self._held[cascade_id]
        IN_FLIGHT.set(len(self._held))
        self._free.release()

    async def _run(self, claimed: Claimed) -> None:
        """Run one cascade; the outermost door of its errors."""
        with structlog.contextvars.bound_contextvars(cascade_id=str(claimed.id)):
            try:
                await self._execute(claimed)
            except Released:
                await self._hand_back([claimed.id])
            except LeaseLost:
                log.info("cascade.not_ours", epoch=claimed.epoch)
            except Refusal as refusal:
                log.warning("cascade.postponed", reason=refusal.code)
            except Exception:
                # The lease runs out and another worker tries; after `max_claims` of these the run ends and is refunded.
                log.exception("cascade.crashed", claims=claimed.claims)

    async def _keep_alive(self) -> None:
        settings = self._services.settings
        while True:
            await asyncio.sleep(settings.lease_seconds / BEATS_PER_LEASE)
            held = dict(self._held)
            if not held:
                continue
            try:
                async with self._services.engine.begin() as connection:
                    kept = await cascades.keep_alive(
                        connection,
                        list(held),
                        owner=self._services.name,
                        lease_seconds=settings.lease_seconds,
                    )
            except Exception:
                log.warning("heartbeat.missed", held=len(held), exc_info=True)
                continue
            for cascade_id, task in held.items():
                if cascade_id not in kept and not task.done():
                    LEASES_LOST.inc()
                    task.cancel()

    async def _hand_back(self, ids: Sequence[UUID]) -> None:
        async with self._services.engine.begin() as connection:
            await cascades.hand_back(connection, ids, owner=self._services.name)

    async def drain(self, seconds: float) -> None:
        """Stop in order: calls under way may end for so many seconds, then everything is handed back."""
        self._stopping = True
        if self._beat:
            self._beat.cancel()
        tasks = dict(self._held)
        if tasks:
            await asyncio.wait(tasks.values(), timeout=seconds)
        late = [cascade_id for cascade_id, task in tasks.items() if not task.done()]
        for cascade_id in late:
            tasks[cascade_id].cancel()
        with suppress(Exception):  # what cannot be handed back now is found by its expired lease
            if late:
                await asyncio.wait([tasks[i] for i in late], timeout=1)
                await self._hand_back(late)
        log.info("engine.drained", handed_back=len(late))
