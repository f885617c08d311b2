"""The recorder: writes an attempt, the new state of its delivery, circuit breakers and endpoint health, at once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.webhooks.circuit_breaker import CircuitChange, EndpointHealth, should_disable
from app.domain.webhooks.delivery import Delivered, DeliveryState, GaveUp, RetryAt, decide
from app.metrics import CIRCUIT_BREAKER_CHANGES, DELIVERIES_ENDED, DELIVERY_ATTEMPTS, DELIVERY_SECONDS, LEASES_LOST
from app.services import Services
from app.store.database.group_commit import WORKER_SECONDS, GroupCommit, patiently
from app.store.database.queries import run, run_together
from app.store.webhooks import circuit_breakers, delivery_attempts
from app.store.webhooks.circuit_breakers import Receiver
from app.store.webhooks.deliveries import LeasedDelivery
from app.store.webhooks.delivery_attempts import DeliveryAttempt
from app.usecases.webhooks.disable_endpoint import disable_endpoints
from webhooks.sender import DeliveryResult

log = structlog.get_logger()

GONE = "the receiver answered 410 Gone, which means: stop"


class RecordedAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """The recorded effects of an attempt.

    Attributes:
        state: The state of the delivery now; None when its lease was lost and nothing was written.
        change: The change of the receiver's circuit breaker, by any attempt of the same transaction.
        also_ended: How many other deliveries ended because the transaction disabled their endpoint.
    """

    state: DeliveryState | None
    change: CircuitChange = CircuitChange.KEPT
    also_ended: int = 0


class Recorder:
    """Records attempts; those that end while a transaction commits share the next one."""

    def __init__(self, services: Services) -> None:
        """Keep the services of this process."""
        self._services = services
        self._group: GroupCommit[DeliveryAttempt, RecordedAttempt] = GroupCommit(
            services.engine,
            self._write,
            what="deliveries",
            key=lambda attempt: (attempt.leased.account_id, attempt.leased.host),
            seconds=WORKER_SECONDS,
        )

    async def __call__(self, leased: LeasedDelivery, result: DeliveryResult, started_at: datetime) -> None:
        """Decide the next state of a delivery and record its attempt, with retries while the database restarts.

        Raises:
            UnavailableError: When the database stays unreachable; the lease expires and the delivery is sent again.
        """
        attempt = self._decide(leased, result, started_at)
        recorded = await patiently(self._group, attempt)
        _report(attempt, result, recorded)

    def _decide(self, leased: LeasedDelivery, result: DeliveryResult, started_at: datetime) -> DeliveryAttempt:
        settings, now = self._services.settings, self._services.now()
        decision = decide(
            settings.webhook_retry_delays,
            leased.attempts + 1,
            result.http_status,
            retry_after=result.retry_after,
            now=now,
            jitter=settings.webhook_jitter * self._services.random(),
            once=leased.once,
        )
        state, due_at, reason = _after(decision, result)
        return DeliveryAttempt(
            leased=leased,
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

    async def _write(self, connection: AsyncConnection, attempts: Sequence[DeliveryAttempt]) -> list[RecordedAttempt]:
        found: Sequence[Any] | None = None
        if all([one.state is DeliveryState.DELIVERED for one in attempts]):  # noqa: C419 - half the time of a generator
            # Then no circuit is to be made before those that there are can be locked.
            receivers = {(one.leased.account_id, one.leased.host) for one in attempts}
            written, found = await run_together(
                connection, delivery_attempts.recording(attempts), circuit_breakers.locking(receivers)
            )
        else:
            written = await run(connection, delivery_attempts.recording(attempts))
        states = [written.get(one.leased.id) for one in attempts]
        kept = [one for one, state in zip(attempts, states, strict=True) if state is not None]
        now = self._services.now()
        by_receiver: dict[Receiver, list[bool]] = defaultdict(list)
        by_endpoint: dict[UUID, list[bool]] = defaultdict(list)
        for one in kept:
            success = one.state is DeliveryState.DELIVERED
            by_receiver[one.leased.account_id, one.leased.host].append(success)
            if one.leased.endpoint_id:
                by_endpoint[one.leased.endpoint_id].append(success)
        changes = await circuit_breakers.count(connection, by_receiver, now, found=found) if kept else {}
        also_ended = 0
        if by_endpoint:
            reasons = self._reasons(kept, await circuit_breakers.count_endpoints(connection, by_endpoint, now), now)
            # The dispatcher leases again after each attempt, and so finds the alarms that this enqueues.
            also_ended = await disable_endpoints(connection, self._services, reasons, now)
        recorded = []
        for one, state in zip(attempts, states, strict=True):
            # Of the attempts that share a change, the first one reports it; likewise the deliveries that also ended.
            change = (
                changes.pop((one.leased.account_id, one.leased.host), CircuitChange.KEPT)
                if state
                else CircuitChange.KEPT
            )
            recorded.append(RecordedAttempt(state=state, change=change, also_ended=also_ended))
            also_ended = 0
        return recorded

    def _reasons(
        self, kept: Sequence[DeliveryAttempt], health: Mapping[UUID, EndpointHealth], now: datetime
    ) -> dict[UUID, str]:
        """Return the endpoints to disable, each with the reason."""
        hours = self._services.settings.webhook_disable_after_hours
        reasons = {
            endpoint: f"every attempt failed for {hours:g} hours"
            for endpoint, one in health.items()
            if should_disable(one, now, timedelta(hours=hours))
        }
        gone = {one.leased.endpoint_id for one in kept if one.http_status == HTTPStatus.GONE}
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


def _report(attempt: DeliveryAttempt, result: DeliveryResult, recorded: RecordedAttempt) -> None:
    leased, state = attempt.leased, recorded.state
    DELIVERY_ATTEMPTS.labels(result.outcome.value).inc()
    DELIVERY_SECONDS.observe(result.latency_ms / 1000)
    if state is None:
        LEASES_LOST.inc()
    elif state is not DeliveryState.PENDING:
        DELIVERIES_ENDED.labels(state.value).inc()
    if recorded.also_ended:
        DELIVERIES_ENDED.labels(DeliveryState.FAILED.value).inc(recorded.also_ended)
    log.info(
        "delivery.attempted",
        delivery_id=str(leased.id),
        run_id=str(leased.run_id) if leased.run_id else None,
        host=leased.host,
        number=leased.attempts + 1,
        outcome=result.outcome.value,
        http_status=result.http_status,
        latency_ms=result.latency_ms,
        state=(state or attempt.state).value,
        kept=state is not None,
    )
    if recorded.change is not CircuitChange.KEPT:
        CIRCUIT_BREAKER_CHANGES.labels(recorded.change.value).inc()
        tell = log.warning if recorded.change is CircuitChange.OPENED else log.info
        tell(
            "circuit_breaker.changed",
            host=leased.host,
            account_id=str(leased.account_id),
            change=recorded.change.value,
        )
