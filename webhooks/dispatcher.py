"""Claims what is due, sends it, decides what follows and records it; no receiver holds up another."""

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.context import Services
from app.domain.delivery import Delivered, DeliveryState, GaveUp, RetryAt, decide
from app.egress import Vetting
from app.metrics import DELIVERIES_ENDED, DELIVERY_SECONDS, DELIVERY_TRIES, LEASES_LOST
from app.store import deliveries
from app.store.deliveries import Claimed, Tried
from app.store.groupcommit import GroupCommit, patiently
from app.store.secrets import Seal
from app.usecases.webhook_secrets import active_secrets
from webhooks.sender import Sender, TryResult

# A lease outlives the budget of a try by this much, so that there is time to record it.
LEASE_MARGIN = 15.0
# When a secret cannot be opened no try is used up: the operator has to add the key that sealed it.
UNSIGNED_PAUSE = timedelta(minutes=1)

log = structlog.get_logger()


class Dispatcher:
    """The deliveries of one process, at most `webhooks_in_flight` at once.

    One account may occupy half of these and `webhooks_per_host` a receiver, so that a receiver that hangs, and an
    account whose receivers all do, leave room for the others.
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
        self._seal = Seal(services.settings)
        self._sender = Sender(services, vetting or Vetting(services.settings))
        self._sending: dict[asyncio.Task[None], Claimed] = {}
        self._claiming = asyncio.Lock()
        self._following: asyncio.Task[None] | None = None
        self._record = GroupCommit(services.engine, deliveries.record, what="deliveries")
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
            claims = await self._claim()
            for claimed, keys in claims:
                task = asyncio.create_task(self._deliver(claimed, keys))
                self._sending[task] = claimed
                task.add_done_callback(self._ended)
            return len(claims)

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
        if self._following:
            await self._following

    async def _claim(self) -> list[tuple[Claimed, list[bytes]]]:
        settings = self._services.settings
        room = settings.webhooks_in_flight - len(self._sending)
        if room <= 0:
            return []
        async with self._services.engine.begin() as connection:
            claims = await deliveries.claim(
                connection,
                now=self._services.now(),
                owner=self._services.name,
                lease_seconds=settings.webhook_timeout + LEASE_MARGIN,
                limit=room,
                per_host=settings.webhooks_per_host,
                per_account=max(1, settings.webhooks_in_flight // 2),
                busy=Counter((claimed.host, claimed.account_id) for claimed in self._sending.values()),
            )
            if not claims:
                return []
            secrets = await active_secrets(connection, self._services, self._seal, {c.account_id for c in claims})
        return [(c, [s.key for s in secrets[c.account_id] if s.key is not None]) for c in claims]

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._sending.pop(task, None)
        if not task.cancelled() and (error := task.exception()):
            # The lease ends by itself, and then the delivery is sent again.
            log.error("delivery.try_lost", error=type(error).__name__, exc_info=error)
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
            log.warning("delivery.claim_failed", error=type(error).__name__)

    async def _deliver(self, claimed: Claimed, keys: Sequence[bytes]) -> None:
        if not keys:
            await self._postpone(claimed)
            return
        started_at = self._services.now()
        result = await self._sender.send(claimed, keys)
        settings, now = self._services.settings, self._services.now()
        decision = decide(
            settings.webhook_retry_delays,
            claimed.tries + 1,
            result.http_status,
            retry_after=result.retry_after,
            now=now,
            jitter=settings.webhook_jitter * self._services.random(),
        )
        state, due_at = _state_after(decision)
        tried = Tried(
            claimed=claimed,
            state=state,
            due_at=due_at,
            started_at=started_at,
            ended_at=now,
            latency_ms=result.latency_ms,
            http_status=result.http_status,
            error=result.error,
            answer=result.answer_excerpt,
        )
        _tell(tried, result, kept=await patiently(self._record, tried))

    async def _hand_back(self, claims: Collection[Claimed]) -> None:
        try:
            async with self._services.engine.begin() as connection:
                await deliveries.release(connection, claims)
        except (SQLAlchemyError, OSError) as error:
            # The leases end by themselves.
            log.warning("delivery.leases_left", count=len(claims), error=type(error).__name__)

    async def _postpone(self, claimed: Claimed) -> None:
        log.error("delivery.unsigned", account_id=str(claimed.account_id), missing="the key that sealed the secret")
        async with self._services.engine.begin() as connection:
            await deliveries.release(connection, [claimed], self._services.now() + UNSIGNED_PAUSE)


def _state_after(decision: Delivered | RetryAt | GaveUp) -> tuple[DeliveryState, datetime | None]:
    match decision:
        case Delivered():
            return DeliveryState.DELIVERED, None
        case RetryAt(at=at):
            return DeliveryState.PENDING, at
        case GaveUp():
            return DeliveryState.FAILED, None


def _tell(tried: Tried, result: TryResult, *, kept: bool) -> None:
    claimed = tried.claimed
    DELIVERY_TRIES.labels(result.outcome.value).inc()
    DELIVERY_SECONDS.observe(result.latency_ms / 1000)
    if not kept:
        LEASES_LOST.inc()
    elif tried.state is not DeliveryState.PENDING:
        DELIVERIES_ENDED.labels(tried.state.value).inc()
    log.info(
        "delivery.tried",
        delivery_id=str(claimed.id),
        run_id=str(claimed.run_id) if claimed.run_id else None,
        host=claimed.host,
        number=claimed.tries + 1,
        outcome=result.outcome.value,
        http_status=result.http_status,
        latency_ms=result.latency_ms,
        state=tried.state.value,
        kept=kept,
    )
