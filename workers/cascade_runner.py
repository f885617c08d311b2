"""The cascades of this process: claimed under a lease, run side by side, kept alive, handed back."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.domain.errors import RequestError
from app.domain.vocabulary import Lane
from app.metrics import CASCADES_IN_FLIGHT, LEASES_LOST
from app.redis.interactive_load import InteractiveLoad
from app.redis.notifications import publish
from app.services import Services
from app.store.runs import runs
from app.store.waterfall import attempts, cascades, queue
from app.store.waterfall.cascades import LeasedCascade
from app.usecases.waterfall.record_attempt import LeaseLostError
from app.usecases.waterfall.run_cascade import CascadeHandedBack, RunCascade
from workers.capacity import Capacity

log = structlog.get_logger()

BEATS_PER_LEASE = 3
PULSE = 0.05
MOST_AT_ONCE = 200


class CascadeRunner:
    """Runs at most `worker_concurrency` cascades at once.

    Single look-ups that find no room wait for it, which holds their queue back. Those of the bulk lane never wait:
    what does not fit stays in the database and is looked up when there is room again, so that whoever carries messages
    is free for the next single look-up.
    """

    def __init__(self, services: Services) -> None:
        """Prepare; `open` starts the heartbeat."""
        self._services = services
        self._room = Capacity(services.settings)
        self._execute = RunCascade(services, lambda: self._stopping, self._room.turn)
        self._presence = InteractiveLoad(services.redis)
        self._held: dict[UUID, asyncio.Task[None]] = {}
        self._stopping = False
        self._beat: asyncio.Task[None] | None = None
        self._pulse: asyncio.Task[None] | None = None
        self._bulk_waits = False
        self._refilling: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Start the heartbeat that keeps the leases, and the pulse that tells how much bulk work there is room for."""
        self._beat = asyncio.create_task(self._keep_alive(), name="heartbeat")
        self._pulse = asyncio.create_task(self._feel_the_pulse(), name="pulse")

    def room(self, lane: Lane) -> int:
        """How many more cascades of a lane fit."""
        return 0 if self._stopping else self._room.left(lane)

    async def accept(self, ids: Sequence[UUID], lane: Lane = Lane.INTERACTIVE) -> int:
        """Claim those of these cascades that are free, and start them; returns how many.

        Args:
            ids: Of the cascades.
            lane: Whose room they take.
        """
        wanted = [i for i in dict.fromkeys(ids) if i not in self._held]
        started = 0
        while wanted and not self._stopping:
            taken = await self._room.take(lane, len(wanted))
            started += await self._claim_and_start(wanted[:taken], lane)
            wanted = wanted[taken:]
            if lane is Lane.BULK:
                self._bulk_waits |= bool(wanted)
                break
        return started

    async def _claim_and_start(self, wanted: Sequence[UUID], lane: Lane) -> int:
        """Start those that are free, in places that were taken for all of them."""
        started = 0
        try:
            for claimed in await self._claim(wanted):
                self._start(claimed, lane)
                started += 1
        finally:
            self._room.give_back(lane, len(wanted) - started)
        return started

    async def _claim(self, wanted: Sequence[UUID]) -> list[LeasedCascade]:
        if not wanted:
            return []
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

    def _start(self, claimed: LeasedCascade, lane: Lane) -> None:
        task = asyncio.create_task(self._run(claimed), name=f"cascade-{claimed.id}")
        self._held[claimed.id] = task
        CASCADES_IN_FLIGHT.set(len(self._held))
        task.add_done_callback(lambda _: self._ended(claimed.id, lane))

    def _ended(self, cascade_id: UUID, lane: Lane) -> None:
        del self._held[cascade_id]
        CASCADES_IN_FLIGHT.set(len(self._held))
        self._room.give_back(lane, 1)
        if self._bulk_waits and self._room.worth_filling(Lane.BULK):
            self.refill()

    async def _feel_the_pulse(self) -> None:
        clock = self._services.clock
        while True:
            before = clock.monotonic()
            await asyncio.sleep(PULSE)
            late = clock.monotonic() - before - PULSE
            self._room.adapt(late, beside=await self._single_look_ups_about())
            if self._bulk_waits and self._room.worth_filling(Lane.BULK):
                self.refill()

    async def _single_look_ups_about(self) -> bool:
        """Tell the others that we have some; else, where that matters, ask whether anybody has."""
        if self._room.taken(Lane.INTERACTIVE):
            return await self._presence.tell()
        return bool(self._room.taken(Lane.BULK)) and await self._presence.about()

    def refill(self) -> None:
        """Look for cascades of the bulk lane that wait, in the background, unless that goes on already."""
        if Lane.BULK.value not in self._services.settings.lanes or self._stopping:
            return
        if self._refilling is None or self._refilling.done():
            self._refilling = asyncio.create_task(self._refill(), name="refill")

    async def _refill(self) -> None:
        try:
            while room := min(self.room(Lane.BULK), MOST_AT_ONCE):
                async with self._services.engine.connect() as connection:
                    found = await queue.waiting(connection, lanes=(Lane.BULK,), older_than=0, limit=room)
                self._bulk_waits = len(found) == room
                if not found or not await self.accept(found, Lane.BULK):
                    return
        except (SQLAlchemyError, OSError) as error:
            # The sweep comes by in a few seconds.
            log.warning("worker.refill_failed", error=type(error).__name__)

    async def _run(self, claimed: LeasedCascade) -> None:
        """Run one cascade; the outermost door of its errors."""
        with structlog.contextvars.bound_contextvars(cascade_id=str(claimed.id)):
            try:
                mine: LeasedCascade | None = claimed
                while mine:
                    mine = await self._execute_once(mine)
            except CascadeHandedBack:
                await self._hand_back([claimed.id])
            except RequestError as refusal:
                log.warning("cascade.postponed", reason=refusal.code)
            except Exception:
                # The lease runs out and another worker tries; after `max_leases` of these the run ends and is refunded.
                log.exception("cascade.crashed", claims=claimed.claims)

    async def _execute_once(self, claimed: LeasedCascade) -> LeasedCascade | None:
        """Run it to its end; answers it with a new lease where it must be begun anew.

        A worker whose lease ran out may answer a call after we had looked what was answered. What it answered is kept,
        and seen by whoever looks again.
        """
        try:
            await self._execute(claimed)
        except LeaseLostError:
            async with self._services.engine.begin() as connection:
                again = await cascades.claim_anew(connection, claimed, owner=self._services.name)
            if not again:
                # The other field's call was cut off with it.
                await self._close([claimed.id])
            log.info("cascade.restarted" if again else "cascade.lease_lost", epoch=claimed.epoch)
            return again
        return None

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
                await self._cut_off({i: task for i, task in held.items() if i not in kept and not task.done()})
            except Exception:
                log.warning("heartbeat.missed", held=len(held), exc_info=True)

    async def _cut_off(self, lost: dict[UUID, asyncio.Task[None]]) -> None:
        """End the work on cascades that another worker took over, or that were cancelled."""
        if not lost:
            return
        for task in lost.values():
            task.cancel()
        # Those that take longer to end hold up no lease.
        await asyncio.wait(lost.values(), timeout=1)
        LEASES_LOST.inc(len(lost) - len(await self._close(lost)))

    async def _close(self, ids: Iterable[UUID]) -> set[UUID]:
        """Write that the calls of cancelled cascades were cut off; returns those that were cancelled."""
        async with self._services.engine.begin() as connection:
            return await attempts.close_open(connection, ids, self._services.now())

    async def _hand_back(self, ids: Sequence[UUID]) -> None:
        async with self._services.engine.begin() as connection:
            await cascades.hand_back(connection, ids, owner=self._services.name)

    async def drain(self, seconds: float) -> None:
        """Stop in order: calls under way may end for so many seconds, then everything is handed back."""
        self._stopping = True
        for beating in (self._beat, self._pulse):
            if beating:
                beating.cancel()
        if self._refilling:
            await asyncio.wait([self._refilling], timeout=seconds)
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
        log.info("worker.drained", handed_back=len(late))
