"""The dispatcher: leases due deliveries, sends them, and records each attempt; no receiver delays another."""

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.domain.webhooks.delivery import MAX_RETRY_AFTER, DeliveryState
from app.domain.webhooks.receiver_concurrency import next_places
from app.egress import Vetting
from app.metrics import CIRCUIT_BREAKERS_OPEN, DELIVERIES_ENDED
from app.services import Services
from app.store.webhooks import circuit_breakers, deliveries, leases
from app.store.webhooks.deliveries import LeasedDelivery
from app.store.webhooks.signing_secrets import SecretCipher
from webhooks.prepare import Prepared, PreparedBatch, prepare
from webhooks.rate_limit_wakeups import RateLimitWakeups
from webhooks.recorder import Recorder
from webhooks.sender import DeliveryOutcome, DeliveryResult, Sender

# Seconds that a lease outlives the timeout of an attempt, so that there is time to record it.
LEASE_MARGIN = 15.0
# A secret that cannot be decrypted uses up no attempt: the operator has to add the key that encrypted it.
NOT_SIGNED_DELAY = timedelta(minutes=1)
# Seconds between two rounds of maintenance.
MAINTENANCE_SECONDS = 30.0
# Queries in a row while rate-limited deliveries stand before others in the schedule.
MAX_ROUNDS = 20
# Seconds from one search to the next that ends of attempts ask for: they gather meanwhile, and share it. Where so many
# have ended already, they wait no longer.
GATHER_SECONDS, ENOUGH = 0.005, 8
# Receivers whose places a process remembers; those that were sent to longest ago are forgotten first.
MAX_RECEIVERS = 1000

log = structlog.get_logger()


class Dispatcher:
    """Sends the deliveries of one process, at most `webhook_concurrency` at once.

    One account may use half of these slots, and one receiver begins with `webhook_concurrency_per_host` places over all
    processes. So a receiver that hangs, and an account whose receivers all hang, leave slots to the others. A receiver
    that answers quickly earns more places, and one that is slow or fails loses some.
    """

    def __init__(self, services: Services, *, vetting: Vetting | None = None) -> None:
        """Keep the parts; `deliver_due` starts.

        Args:
            services: Of this process.
            vetting: Checks addresses; made from the settings by default.

        Raises:
            SettingsError: When LEADRUN_SECRET_KEY is not set.
        """
        self._services = services
        self._cipher = SecretCipher(services.settings)
        self._sender = Sender(services, vetting or Vetting(services.settings))
        self._sending: dict[asyncio.Task[None], LeasedDelivery] = {}
        self._busy: Counter[tuple[str, UUID]] = Counter()
        self._leasing = asyncio.Lock()
        self._refilling: asyncio.Task[None] | None = None
        self._recorder = Recorder(services)
        # By host and account, of receivers that earned other places than they began with.
        self._places: dict[tuple[str, UUID], int] = {}
        self._wakeups = RateLimitWakeups(services, self._refill)
        self._maintained_at = float("-inf")
        self._freed = 0
        self._closing = False

    async def deliver_due(self) -> int:
        """Lease due deliveries, as far as slots are free, and start sending them in the background.

        Whenever a send ends, the dispatcher leases the next ones by itself.

        Returns:
            How many deliveries it started to send.
        """
        async with self._leasing:
            if self._closing:
                return 0
            await self._maintain()
            count = 0
            for _ in range(MAX_ROUNDS):
                batch = await self._lease()
                count += self._send(batch.ready)
                self._wakeups.schedule(batch.next_at)
                if not batch.planned:
                    break
            else:
                self._refill()
            return count

    async def drain(self, seconds: float) -> None:
        """Lease no more, wait for the sends under way, then release the deliveries that remain.

        Args:
            seconds: The longest wait.
        """
        self._closing = True
        async with self._leasing:
            if self._sending:
                await asyncio.wait(self._sending, timeout=seconds)
            left = dict(self._sending)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
            if left:
                await self._release(left.values())
        self._sender.close()
        await self._wakeups.close()
        if self._refilling:
            await self._refilling

    def needs_maintenance(self) -> bool:
        """Return whether `deliver_due` has more to do than to send."""
        return abs(self._services.clock.monotonic() - self._maintained_at) >= MAINTENANCE_SECONDS

    async def _maintain(self) -> None:
        """Every 30 s, repair due times that a wrong clock wrote, and count open circuit breakers."""
        if not self.needs_maintenance():
            return
        ticks = self._services.clock.monotonic()
        settings = self._services.settings
        longest = max((*settings.webhook_retry_delays, MAX_RETRY_AFTER.total_seconds())) * (1 + settings.webhook_jitter)
        now = self._services.now()
        async with self._services.engine.begin() as connection:
            repaired = await leases.repair_schedule(connection, now, timedelta(seconds=longest))
            CIRCUIT_BREAKERS_OPEN.set(await circuit_breakers.maintain(connection, now))
        self._maintained_at = ticks
        if repaired:
            log.warning("delivery.rescheduled_after_clock_change", count=repaired)

    async def _lease(self) -> PreparedBatch:
        settings = self._services.settings
        free = settings.webhook_concurrency - len(self._sending)
        if free <= 0:
            return PreparedBatch()
        async with self._services.engine.begin() as connection:
            found = await leases.lease(
                connection,
                now=self._services.now(),
                owner=self._services.name,
                lease_seconds=settings.webhook_timeout_seconds + LEASE_MARGIN,
                limit=free,
                per_host=settings.webhook_concurrency_per_host,
                per_account=max(1, settings.webhook_concurrency // 2),
                busy=self._busy,
                places=self._places,
            )
            prepared = await prepare(connection, self._services, self._cipher, found) if found else PreparedBatch()
        if prepared.ended:
            DELIVERIES_ENDED.labels(DeliveryState.FAILED.value).inc(prepared.ended)
        return prepared

    def _send(self, ready: Sequence[Prepared]) -> int:
        for prepared in ready:
            task = asyncio.create_task(self._deliver(prepared))
            self._sending[task] = prepared.delivery
            self._busy[prepared.delivery.host, prepared.delivery.account_id] += 1
            task.add_done_callback(self._on_end)
        return len(ready)

    def _on_end(self, task: asyncio.Task[None]) -> None:
        if leased := self._sending.pop(task, None):
            receiver = leased.host, leased.account_id
            self._busy[receiver] -= 1
            if not self._busy[receiver]:
                del self._busy[receiver]
        if not task.cancelled() and (error := task.exception()):
            # The lease expires, and then the delivery is sent again.
            log.error("delivery.attempt_lost", error=type(error).__name__, exc_info=error)
        self._refill()

    def _refill(self) -> None:
        self._freed += 1
        if not self._closing and (self._refilling is None or self._refilling.done()):
            self._refilling = asyncio.create_task(self._refill_loop())

    async def _refill_loop(self) -> None:
        try:
            while self._freed and not self._closing:
                self._freed = 0
                await self.deliver_due()
                if self._sending and self._freed < ENOUGH:
                    await asyncio.sleep(GATHER_SECONDS)
        except (SQLAlchemyError, OSError) as error:
            # Recovery starts the dispatcher again in a few seconds.
            log.warning("delivery.lease_failed", error=type(error).__name__)

    async def _deliver(self, prepared: Prepared) -> None:
        leased = prepared.delivery
        if not prepared.keys:
            await self._postpone(leased)
            return
        started_at = self._services.now()
        result = await self._sender.send(leased, prepared.keys, prepared.custom)
        self._earn(leased, result)
        await self._recorder(leased, result, started_at)

    def _earn(self, leased: LeasedDelivery, result: DeliveryResult) -> None:
        """Give the receiver more places, or fewer, by how it answered."""
        start, receiver = self._services.settings.webhook_concurrency_per_host, (leased.host, leased.account_id)
        before = self._places.pop(receiver, start)
        places = next_places(
            before,
            start,
            result.latency_ms / 1000,
            delivered=result.outcome is DeliveryOutcome.DELIVERED,
            taken=self._busy[receiver],
        )
        if places != start:
            while len(self._places) >= MAX_RECEIVERS:
                del self._places[next(iter(self._places))]
            self._places[receiver] = places

    async def _release(self, left: Collection[LeasedDelivery]) -> None:
        try:
            async with self._services.engine.begin() as connection:
                await deliveries.release(connection, left)
        except (SQLAlchemyError, OSError) as error:
            # The leases expire.
            log.warning("delivery.lease_release_failed", count=len(left), error=type(error).__name__)

    async def _postpone(self, leased: LeasedDelivery) -> None:
        log.error("delivery.not_signed", account_id=str(leased.account_id), missing="the key that encrypted the secret")
        async with self._services.engine.begin() as connection:
            await deliveries.release(connection, [leased], self._services.now() + NOT_SIGNED_DELAY)
