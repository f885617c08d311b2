"""What a try leaves behind, in one transaction: its row, what the delivery becomes, circuits, and endpoints' health."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from uuid import UUID

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.webhooks.circuit_breaker import CircuitChange, EndpointHealth, given_up
from app.domain.webhooks.delivery import Delivered, DeliveryState, GaveUp, RetryAt, decide
from app.metrics import CIRCUIT_BREAKER_CHANGES, DELIVERIES_ENDED, DELIVERY_ATTEMPTS, DELIVERY_SECONDS, LEASES_LOST
from app.services import Services
from app.store.database.group_commit import GroupCommit, patiently
from app.store.webhooks import circuit_breakers, delivery_attempts
from app.store.webhooks.circuit_breakers import Receiver
from app.store.webhooks.deliveries import LeasedDelivery
from app.store.webhooks.delivery_attempts import DeliveryAttempt
from app.usecases.webhooks.disable_endpoint import disable_endpoints
from webhooks.sender import DeliveryResult

log = structlog.get_logger()

GONE = "the receiver answered 410 Gone, which means: stop"


class RecordedAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """What was written of a try.

    Attributes:
        state: What the delivery is now; None when its lease was lost and nothing was written.
        change: What the receiver's circuit did, with any of the tries of the same transaction.
        ended_beside: How many deliveries ended because their endpoint was disabled in the same transaction.
    """

    state: DeliveryState | None
    change: CircuitChange = CircuitChange.KEPT
    ended_beside: int = 0


class Recorder:
    """Records tries; those that end while a transaction is on its way share the next one."""

    def __init__(self, services: Services) -> None:
        """Use the process's services."""
        self._services = services
        self._group: GroupCommit[DeliveryAttempt, RecordedAttempt] = GroupCommit(
            services.engine, self._write, what="deliveries"
        )

    async def __call__(self, claimed: LeasedDelivery, result: DeliveryResult, started_at: datetime) -> None:
        """Decide what follows a try and record it, patiently while the database restarts.

        Raises:
            Unavailable: When the database stays away; the lease ends by itself and the delivery is sent again.
        """
        tried = self._decide(claimed, result, started_at)
        recorded = await patiently(self._group, tried)
        _tell(tried, result, recorded)

    def _decide(self, claimed: LeasedDelivery, result: DeliveryResult, started_at: datetime) -> DeliveryAttempt:
        settings, now = self._services.settings, self._services.now()
        decision = decide(
            settings.webhook_retry_delays,
            claimed.tries + 1,
            result.http_status,
            retry_after=result.retry_after,
            now=now,
            jitter=settings.webhook_jitter * self._services.random(),
            once=claimed.once,
        )
        state, due_at, reason = _after(decision, result)
        return DeliveryAttempt(
            claimed=claimed,
            state=state,
            due_at=due_at,
            reason=reason,
            started_at=started_at,
            ended_at=now,
            latency_ms=result.latency_ms,
            http_status=result.http_status,
            error=result.error,
            answer=result.answer_excerpt,
        )

    async def _write(self, connection: AsyncConnection, tried: Sequence[DeliveryAttempt]) -> list[RecordedAttempt]:
        states = await delivery_attempts.record(connection, tried)
        kept = [one for one, state in zip(tried, states, strict=True) if state is not None]
        now = self._services.now()
        by_receiver: dict[Receiver, list[bool]] = defaultdict(list)
        by_endpoint: dict[UUID, list[bool]] = defaultdict(list)
        for one in kept:
            success = one.state is DeliveryState.DELIVERED
            by_receiver[one.claimed.account_id, one.claimed.host].append(success)
            if one.claimed.endpoint_id:
                by_endpoint[one.claimed.endpoint_id].append(success)
        turns = await circuit_breakers.count(connection, by_receiver, now) if kept else {}
        beside = 0
        if by_endpoint:
            reasons = self._reasons(kept, await circuit_breakers.count_endpoints(connection, by_endpoint, now), now)
            # Whoever ends a try claims again, and finds the alarms among what is due.
            beside = await disable_endpoints(connection, self._services, reasons, now)
        recorded = []
        for one, state in zip(tried, states, strict=True):
            # One of those that share a change tells of it, and one of what ended beside them.
            change = (
                turns.pop((one.claimed.account_id, one.claimed.host), CircuitChange.KEPT)
                if state
                else CircuitChange.KEPT
            )
            recorded.append(RecordedAttempt(state=state, change=change, ended_beside=beside))
            beside = 0
        return recorded

    def _reasons(
        self, kept: Sequence[DeliveryAttempt], health: Mapping[UUID, EndpointHealth], now: datetime
    ) -> dict[UUID, str]:
        """Tell which endpoints are to be disabled, and why."""
        hours = self._services.settings.webhook_disable_after_hours
        reasons = {
            endpoint: f"every try failed for {hours:g} hours"
            for endpoint, one in health.items()
            if given_up(one, now, timedelta(hours=hours))
        }
        gone = {one.claimed.endpoint_id for one in kept if one.http_status == HTTPStatus.GONE}
        return reasons | {endpoint: GONE for endpoint in gone if endpoint}


def _after(
    decision: Delivered | RetryAt | GaveUp, result: DeliveryResult
) -> tuple[DeliveryState, datetime | None, str | None]:
    match decision:
        case Delivered():
            return DeliveryState.DELIVERED, None, None
        case RetryAt(at=at):
            return DeliveryState.PENDING, at, result.error
        case GaveUp(reason=reason):
            return DeliveryState.FAILED, None, reason


def _tell(tried: DeliveryAttempt, result: DeliveryResult, recorded: RecordedAttempt) -> None:
    claimed, state = tried.claimed, recorded.state
    DELIVERY_ATTEMPTS.labels(result.outcome.value).inc()
    DELIVERY_SECONDS.observe(result.latency_ms / 1000)
    if state is None:
        LEASES_LOST.inc()
    elif state is not DeliveryState.PENDING:
        DELIVERIES_ENDED.labels(state.value).inc()
    DELIVERIES_ENDED.labels(DeliveryState.FAILED.value).inc(recorded.ended_beside)
    log.info(
        "delivery.attempted",
        delivery_id=str(claimed.id),
        run_id=str(claimed.run_id) if claimed.run_id else None,
        host=claimed.host,
        number=claimed.tries + 1,
        outcome=result.outcome.value,
        http_status=result.http_status,
        latency_ms=result.latency_ms,
        state=(state or tried.state).value,
        kept=state is not None,
    )
    if recorded.change is not CircuitChange.KEPT:
        CIRCUIT_BREAKER_CHANGES.labels(recorded.change.value).inc()
        tell = log.warning if recorded.change is CircuitChange.OPENED else log.info
        tell(
            "circuit_breaker.changed",
            host=claimed.host,
            account_id=str(claimed.account_id),
            change=recorded.change.value,
        )
