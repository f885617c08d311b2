"""The cascade runner: leases cascades, runs them concurrently, renews their leases, and hands them back."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

import structlog

from app.background import start_background
from app.domain.errors import RequestError
from app.domain.vocabulary import Lane
from app.metrics import CASCADES_IN_FLIGHT, LEASES_LOST
from app.redis.interactive_load import InteractiveLoad
from app.services import Services
from app.store.database.connection import answer_within
from app.store.database.errors import is_away
from app.store.database.transaction import single
from app.store.waterfall import cascades, queue
from app.store.waterfall.cascades import LeasedCascade
from app.usecases.waterfall.notify import Notify
from app.usecases.waterfall.record_attempt import LeaseLostError
from app.usecases.waterfall.run_cascade import CascadeHandedBack, RunCascade
from workers.capacity import Capacity

log = structlog.get_logger()

HEARTBEATS_PER_LEASE = 3
LAG_SAMPLE_SECONDS = 0.05
MAX_REFILL = 200
HAND_BACK_TRIES, HAND_BACK_SECONDS = 30, 1.0


class CascadeRunner:
    """Runs at most `worker_concurrency` cascades at once.

    Single look-ups wait for a free slot, which holds their queue back. Bulk cascades never wait: those that do not fit
    stay in the database until a refill finds them, so that messages of single ones are consumed at once.
    """

    def __init__(self, services: Services) -> None:
        """Prepare; `open` starts the heartbeat."""
        self._services = services
        self._capacity = Capacity(services.settings)
        self._run_cascade = RunCascade(services, lambda: self._stopping, self._capacity.call_slot)
        self._interactive_load = InteractiveLoad(services.redis)
        self._announce = Notify(services.redis)
        self._running: dict[UUID, asyncio.Task[None]] = {}
        self._busy = asyncio.Event()  # while any runs
        self._stopping = False
        self._heartbeat: asyncio.Task[None] | None = None
        self._sampling: asyncio.Task[None] | None = None
        self._bulk_waiting = False
        self._refilling: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Start the heartbeat that renews leases, and the sampling that adapts the bulk capacity."""
        self._heartbeat = start_background("heartbeat", self._keep_alive)
        self._sampling = start_background("bulk-capacity", self._adapt_capacity)

    def available(self, lane: Lane) -> int:
        """Return how many more cascades of a lane may start now; none while the runner stops."""
        return 0 if self._stopping else self._capacity.available(lane)

    async def accept(self, ids: Sequence[UUID], lane: Lane = Lane.INTERACTIVE, *, waits: bool = True) -> int:
        """Lease those of these cascades that are free, start them, and return how many.

        Args:
            ids: Ids of cascades.
            lane: The lane whose capacity they take.
            waits: Whether single look-ups wait for a free slot.
        """
        wanted = [i for i in dict.fromkeys(ids) if i not in self._running]
        started = 0
        while wanted and not self._stopping:
            taken = await self._capacity.acquire(lane, len(wanted), waits=waits)
            started += await self._lease_and_start(wanted[:taken], lane)
            wanted = wanted[taken:]
            self._bulk_waiting |= lane is Lane.BULK and bool(wanted)
            if lane is Lane.BULK or not waits:
                break
        return started

    async def _lease_and_start(self, wanted: Sequence[UUID], lane: Lane) -> int:
        """Start the cascades that are free, and release the slots acquired for the others."""
        started = 0
        try:
            for leased in await self._lease(wanted):
                self._start(leased, lane)
                started += 1
        finally:
            self._capacity.release(lane, len(wanted) - started)
        return started

    async def _lease(self, wanted: Sequence[UUID]) -> list[LeasedCascade]:
        if not wanted:
            return []
        seconds = self._services.settings.lease_seconds
        async with single(self._services.engine) as connection:
            leased = await cascades.lease(connection, wanted, owner=self._services.name, lease_seconds=seconds)
        if leased:
            self._announce.soon([c.id for c in leased])
        return leased

    def _start(self, leased: LeasedCascade, lane: Lane) -> None:
        task = asyncio.create_task(self._run(leased), name=f"cascade-{leased.id}")
        self._running[leased.id] = task
        self._busy.set()
        CASCADES_IN_FLIGHT.set(len(self._running))
        task.add_done_callback(lambda _: self._on_end(leased.id, lane))

    def _on_end(self, cascade_id: UUID, lane: Lane) -> None:
        del self._running[cascade_id]
        CASCADES_IN_FLIGHT.set(len(self._running))
        self._capacity.release(lane, 1)
        if self._bulk_waiting and self._capacity.should_refill():
            self.refill()

    async def _adapt_capacity(self) -> None:
        clock = self._services.clock
        while True:
            if not self._running:
                self._busy.clear()
                await self._busy.wait()
            before = clock.monotonic()
            await asyncio.sleep(LAG_SAMPLE_SECONDS)
            lag = clock.monotonic() - before - LAG_SAMPLE_SECONDS
            self._capacity.adapt(lag, interactive_load=await self._has_interactive_load())
            if self._bulk_waiting and self._capacity.should_refill():
                self.refill()

    async def _has_interactive_load(self) -> bool:
        """Signal single look-ups of this process; else read the flag, when bulk work runs that would yield."""
        if self._capacity.in_use(Lane.INTERACTIVE):
            await self._interactive_load.signal()
            return True
        return bool(self._capacity.in_use(Lane.BULK)) and await self._interactive_load.present()

    def refill(self) -> None:
        """Start a background search for waiting bulk cascades, unless one runs already."""
        if Lane.BULK.value not in self._services.settings.lanes or self._stopping:
            return
        if self._refilling is None or self._refilling.done():
            self._refilling = asyncio.create_task(self._refill(), name="refill")

    async def _refill(self) -> None:
        try:
            while limit := min(self.available(Lane.BULK), MAX_REFILL):
                async with self._services.engine.connect() as connection:
                    found = await queue.waiting(connection, lanes=(Lane.BULK,), older_than=0, limit=limit)
                self._bulk_waiting = len(found) == limit
                if not found or not await self.accept(found, Lane.BULK):
                    return
        except Exception as error:
            if not is_away(error):
                raise
            # Recovery finds them in a few seconds.
            log.warning("worker.refill_failed", error=type(error).__name__)

    async def _run(self, leased: LeasedCascade) -> None:
        """Run one cascade, and log every error that it raises."""
        structlog.contextvars.bind_contextvars(cascade_id=str(leased.id))  # in the task's own context
        try:
            current: LeasedCascade | None = leased
            while current is not None:
                try:
                    await self._run_cascade(current)
                except LeaseLostError:
                    current = await self._renew(current)
                else:
                    current = None
        except CascadeHandedBack:
            await self._hand_back([leased.id], HAND_BACK_TRIES)
        except Exception as error:
            if isinstance(error, RequestError) or is_away(error):
                log.warning("cascade.postponed", error=type(error).__name__)
                await self._hand_back([leased.id], HAND_BACK_TRIES)
            else:
                # The lease expires and another worker takes over; after `max_leases` the run fails, refunded.
                log.exception("cascade.crashed", leases=leased.leases)

    async def _renew(self, leased: LeasedCascade) -> LeasedCascade | None:
        """Return a cascade with a new lease where it is still ours and must restart.

        A worker whose lease expired may record an answer after this one read the attempts; the restart sees it.
        """
        async with self._services.engine.begin() as connection:
            renewed = await cascades.renew_lease(connection, leased, owner=self._services.name)
        log.info("cascade.restarted" if renewed else "cascade.lease_lost", fencing_token=leased.fencing_token)
        return renewed

    async def _keep_alive(self) -> None:
        owner, seconds = self._services.name, self._services.settings.lease_seconds
        pause = seconds / HEARTBEATS_PER_LEASE
        while True:
            await asyncio.sleep(pause)
            if not (running := dict(self._running)):
                continue
            try:
                with answer_within(pause):
                    async with self._services.engine.begin() as connection:
                        kept = await cascades.keep_alive(connection, list(running), owner=owner, lease_seconds=seconds)
                await self._cancel_lost({i: task for i, task in running.items() if i not in kept and not task.done()})
            except Exception as error:
                unforeseen = not is_away(error)
                log.warning("heartbeat.missed", running=len(running), error=type(error).__name__, exc_info=unforeseen)

    async def _cancel_lost(self, lost: dict[UUID, asyncio.Task[None]]) -> None:
        """Cancel the tasks of cascades that another worker took over, or that were cancelled."""
        if not lost:
            return
        for task in lost.values():
            task.cancel()
        # Tasks that take longer to end delay no heartbeat.
        await asyncio.wait(lost.values(), timeout=1)
        async with self._services.engine.connect() as connection:
            LEASES_LOST.inc(len(lost) - len(await cascades.ended(connection, lost)))

    async def _hand_back(self, ids: Sequence[UUID], tries: int = 1) -> None:
        """Hand back cascades, which counts as no lost worker; without the database their leases expire."""
        for _ in range(tries):
            try:
                async with self._services.engine.begin() as connection:
                    await cascades.hand_back(connection, ids, owner=self._services.name)
            except Exception as error:
                if not is_away(error):
                    raise
                await asyncio.sleep(HAND_BACK_SECONDS)
            else:
                return

    async def drain(self, seconds: float) -> None:
        """Stop: let calls under way end for so many seconds, then hand back the cascades that remain."""
        self._stopping = True
        for background in (self._heartbeat, self._sampling):
            if background:
                background.cancel()
        if self._refilling:
            await asyncio.wait([self._refilling], timeout=seconds)
        tasks = dict(self._running)
        if tasks:
            await asyncio.wait(tasks.values(), timeout=seconds)
        remaining = [cascade_id for cascade_id, task in tasks.items() if not task.done()]
        for cascade_id in remaining:
            tasks[cascade_id].cancel()
        with suppress(Exception):  # recovery finds the others when their leases expire
            if remaining:
                await asyncio.wait([tasks[i] for i in remaining], timeout=1)
                await self._hand_back(remaining)
        log.info("worker.drained", handed_back=len(remaining))
