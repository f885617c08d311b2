"""Claims what is due, sends it, decides what follows and records it; no receiver holds up another."""

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.domain.webhooks.delivery import MAX_RETRY_AFTER, DeliveryState
from app.egress import Vetting
from app.metrics import CIRCUIT_BREAKERS_OPEN, DELIVERIES_ENDED
from app.services import Services
from app.store.webhooks import circuit_breakers, deliveries, leases
from app.store.webhooks.deliveries import LeasedDelivery
from app.store.webhooks.signing_secrets import SecretCipher
from webhooks.prepare import Prepared, PreparedBatch, prepare
from webhooks.rate_limit_wakeups import RateLimitWakeups
from webhooks.recorder import Recorder
from webhooks.sender import Sender

# A lease outlives the budget of a try by this much, so that there is time to record it.
LEASE_MARGIN = 15.0
# When a secret cannot be opened no try is used up: the operator has to add the key that sealed it.
UNSIGNED_PAUSE = timedelta(minutes=1)
# Seconds between looks at what no single try looks after.
LOOK_EVERY = 30.0
# Looks in a row when deliveries that have to wait stood in the way of others.
LOOKS = 20

log = structlog.get_logger()


class Dispatcher:
    """The deliveries of one process, at most `webhook_concurrency` at once.

    One account may occupy half of these, and a receiver `webhook_concurrency_per_host` over all processes, so that a
    receiver that hangs, and an account whose receivers all do, leave room for the others.
    """

    def __init__(self, services: Services, *, vetting: Vetting | None = None) -> None:
        """Prepare; nothing runs until `deliver_due`.

        Args:
            services: The process's.
            vetting: Judges addresses; made from the settings unless given.

        Raises:
            SettingsError: When LEADRUN_SECRET_KEY is not set.
        """
        self._services = services
        self._seal = SecretCipher(services.settings)
        self._sender = Sender(services, vetting or Vetting(services.settings))
        self._sending: dict[asyncio.Task[None], LeasedDelivery] = {}
        self._claiming = asyncio.Lock()
        self._following: asyncio.Task[None] | None = None
        self._record = Recorder(services)
        self._turns = RateLimitWakeups(services, self._look_again)
        self._looked = float("-inf")
        self._room_made = False
        self._closing = False

    async def deliver_due(self) -> int:
        """Claim what is due, as far as there is room, and start sending it in the background.

        Whenever a send ends, what has become possible is claimed without another call.

        Returns:
            How many deliveries were claimed.
        """
        async with self._claiming:
            if self._closing:
                return 0
            await self._look_after()
            count = 0
            for _ in range(LOOKS):
                claimed = await self._claim()
                count += self._send(claimed.ready)
                self._turns.keep(claimed.turns)
                if not claimed.planned:
                    break
            else:
                self._look_again()
            return count

    async def drain(self, seconds: float) -> None:
        """Claim no more, wait for the sends under way, then hand back what is not done.

        Args:
            seconds: To wait at most.
        """
        self._closing = True
        async with self._claiming:
            if self._sending:
                await asyncio.wait(self._sending, timeout=seconds)
            left = dict(self._sending)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
            if left:
                await self._hand_back(left.values())
        await self._turns.close()
        if self._following:
            await self._following

    async def _look_after(self) -> None:
        """Now and then set right what a wrong clock wrote, and see how many receivers are left alone."""
        ticks = self._services.clock.monotonic()
        if abs(ticks - self._looked) < LOOK_EVERY:
            return
        settings = self._services.settings
        longest = max((*settings.webhook_retry_delays, MAX_RETRY_AFTER.total_seconds())) * (1 + settings.webhook_jitter)
        now = self._services.now()
        async with self._services.engine.begin() as connection:
            mended = await leases.mend(connection, now, timedelta(seconds=longest))
            CIRCUIT_BREAKERS_OPEN.set(await circuit_breakers.look_after(connection, now))
        self._looked = ticks
        if mended:
            log.warning("delivery.rescheduled_after_clock_change", count=mended)

    async def _claim(self) -> PreparedBatch:
        settings = self._services.settings
        room = settings.webhook_concurrency - len(self._sending)
        if room <= 0:
            return PreparedBatch()
        async with self._services.engine.begin() as connection:
            found = await leases.claim(
                connection,
                now=self._services.now(),
                owner=self._services.name,
                lease_seconds=settings.webhook_timeout_seconds + LEASE_MARGIN,
                limit=room,
                per_host=settings.webhook_concurrency_per_host,
                per_account=max(1, settings.webhook_concurrency // 2),
                busy=Counter((claimed.host, claimed.account_id) for claimed in self._sending.values()),
            )
            prepared = await prepare(connection, self._services, self._seal, found) if found else PreparedBatch()
        if prepared.ended:
            DELIVERIES_ENDED.labels(DeliveryState.FAILED.value).inc(prepared.ended)
        return prepared

    def _send(self, ready: Sequence[Prepared]) -> int:
        for prepared in ready:
            task = asyncio.create_task(self._deliver(prepared))
            self._sending[task] = prepared.claimed
            task.add_done_callback(self._ended)
        return len(ready)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._sending.pop(task, None)
        if not task.cancelled() and (error := task.exception()):
            # The lease ends by itself, and then the delivery is sent again.
            log.error("delivery.attempt_lost", error=type(error).__name__, exc_info=error)
        self._look_again()

    def _look_again(self) -> None:
        self._room_made = True
        if not self._closing and (self._following is None or self._following.done()):
            self._following = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        try:
            while self._room_made:
                self._room_made = False
                await self.deliver_due()
        except (SQLAlchemyError, OSError) as error:
            # The sweep comes by in a few seconds.
            log.warning("delivery.lease_failed", error=type(error).__name__)

    async def _deliver(self, prepared: Prepared) -> None:
        claimed = prepared.claimed
        if not prepared.keys:
            await self._postpone(claimed)
            return
        started_at = self._services.now()
        result = await self._sender.send(claimed, prepared.keys, prepared.custom)
        await self._record(claimed, result, started_at)

    async def _hand_back(self, left: Collection[LeasedDelivery]) -> None:
        try:
            async with self._services.engine.begin() as connection:
                await deliveries.release(connection, left)
        except (SQLAlchemyError, OSError) as error:
            # The leases end by themselves.
            log.warning("delivery.lease_release_failed", count=len(left), error=type(error).__name__)

    async def _postpone(self, claimed: LeasedDelivery) -> None:
        log.error("delivery.not_signed", account_id=str(claimed.account_id), missing="the key that sealed the secret")
        async with self._services.engine.begin() as connection:
            await deliveries.release(connection, [claimed], self._services.now() + UNSIGNED_PAUSE)
