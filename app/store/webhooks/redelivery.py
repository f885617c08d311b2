"""Change deliveries apart from the schedule: by hand, or because an endpoint is disabled, moved or enabled."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Update, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.owner import Owner
from app.domain.webhooks.delivery import DeliveryState, host_of
from app.domain.webhooks.endpoint import WAITS_FOR_ITS_RATE, Endpoint
from app.store.database import time_ids
from app.store.tables.webhooks import deliveries, webhook_endpoints

_PENDING = deliveries.c.state == DeliveryState.PENDING.value
_FAILED = deliveries.c.state == DeliveryState.FAILED.value
_PLANNED = deliveries.c.ready_at.is_not(None)
_KEPT = deliveries.c.expunged_at.is_(None)


async def end(connection: AsyncConnection, ids: Collection[UUID], reason: str, now: datetime) -> None:
    """End pending deliveries without an attempt, in the transaction that holds their rows."""
    if ids:
        await connection.execute(_ended(reason, now).where(deliveries.c.id.in_(ids), _PENDING))


async def end_pending(connection: AsyncConnection, endpoint: Endpoint, reason: str, now: datetime) -> int:
    """End what is pending for an endpoint; returns how many.

    What is being sent at this moment is left alone: its next lease ends it.
    """
    idle = or_(deliveries.c.lease_until.is_(None), deliveries.c.lease_until < func.now())
    ended = await connection.execute(_ended(reason, now).where(deliveries.c.id.in_(_free(endpoint).where(idle))))
    return ended.rowcount


async def move(connection: AsyncConnection, endpoint: Endpoint, url: str) -> None:
    """Let what is pending for an endpoint take turns at another URL; where it is sent its endpoint says by then."""
    await connection.execute(
        update(deliveries).where(deliveries.c.id.in_(_free(endpoint))).values(url=url, host=host_of(url))
    )


async def unplan(connection: AsyncConnection, endpoint: Endpoint, now: datetime) -> list[UUID]:
    """Make due what waits for the rate of a locked endpoint, because that rate has changed; returns which.

    A delivery that is leased at this moment comes when it was planned for.
    """
    freed = await connection.execute(
        update(deliveries)
        .where(deliveries.c.id.in_(_free(endpoint).where(_PLANNED)), _PLANNED)
        .values(
            due_at=func.least(deliveries.c.due_at, now), reason=func.nullif(deliveries.c.reason, WAITS_FOR_ITS_RATE)
        )
        .returning(deliveries.c.id)
    )
    await connection.execute(
        update(webhook_endpoints).where(webhook_endpoints.c.id == endpoint.id).values(planned_until=None)
    )
    return list(freed.scalars())


async def once_more(connection: AsyncConnection, delivery_id: UUID, endpoint: Endpoint | None, now: datetime) -> None:
    """Make a locked delivery due now: a pending one goes on with its schedule, an ended one gets one more attempt."""
    await connection.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id, _PENDING)
        # What its endpoint's rate lets wait has its turn already.
        .values(due_at=case((_PLANNED, deliveries.c.due_at), else_=func.least(deliveries.c.due_at, now)))
    )
    await connection.execute(
        update(deliveries).where(deliveries.c.id == delivery_id, ~_PENDING).values(_due(endpoint, now, once=True))
    )


async def recover(
    connection: AsyncConnection,
    owner: Owner,
    endpoint: Endpoint | None,
    *,
    since: datetime,
    run_id: UUID | None,
    now: datetime,
) -> int:
    """Give one more attempt to what failed, of those created since a time.

    Args:
        connection: In a transaction.
        owner: Whose deliveries.
        endpoint: Those of this endpoint; None for those of URLs that requests named.
        since: In UTC.
        run_id: Only those that report this run, unless None.
        now: The time in UTC.

    Returns:
        How many.
    """
    chosen = update(deliveries).where(
        deliveries.c.account_id == owner.account_id,
        deliveries.c.mode == owner.mode.value,
        deliveries.c.endpoint_id == endpoint.id if endpoint else deliveries.c.endpoint_id.is_(None),
        deliveries.c.id >= time_ids.since(since),
        deliveries.c.created_at >= since,
        _FAILED,
        _KEPT,
    )
    if run_id:
        chosen = chosen.where(deliveries.c.run_id == run_id)
    return (await connection.execute(chosen.values(_due(endpoint, now, once=True)))).rowcount


async def replay(connection: AsyncConnection, endpoint: Endpoint, *, since: datetime, now: datetime) -> int:
    """Take up again what ended while an endpoint was disabled, each where its schedule stopped; returns how many."""
    resumed = (
        update(deliveries)
        .where(deliveries.c.endpoint_id == endpoint.id, _FAILED, _KEPT, deliveries.c.ended_at >= since)
        .values(_due(endpoint, now, once=False))
    )
    return (await connection.execute(resumed)).rowcount


async def expunge(connection: AsyncConnection, delivery_id: UUID, reason: str, now: datetime) -> int:
    """Delete the payload of a locked delivery, and end it if it is pending; returns how many ended by it."""
    ended = await connection.execute(_ended(reason, now).where(deliveries.c.id == delivery_id, _PENDING))
    await connection.execute(
        update(deliveries).where(deliveries.c.id == delivery_id, _KEPT).values(body=b"", expunged_at=now)
    )
    return ended.rowcount


def _free(endpoint: Endpoint) -> Select[tuple[UUID]]:
    """Lock what is pending for an endpoint, less what others hold: they may be waiting for the endpoint's own row."""
    return (
        select(deliveries.c.id)
        .where(
            _PENDING,
            # An index leads there by the receiver.
            deliveries.c.host == host_of(endpoint.url),
            deliveries.c.account_id == endpoint.account_id,
            deliveries.c.endpoint_id == endpoint.id,
        )
        .with_for_update(skip_locked=True)
    )


def _ended(reason: str, now: datetime) -> Update:
    return update(deliveries).values(
        state=DeliveryState.FAILED.value,
        due_at=None,
        ready_at=None,
        ended_at=now,
        reason=reason,
        lease_owner=None,
        lease_until=None,
    )


def _due(endpoint: Endpoint | None, now: datetime, *, once: bool) -> dict[str, Any]:
    values = {"state": DeliveryState.PENDING.value, "due_at": now, "ended_at": None, "reason": None, "once": once}
    return values | ({"url": endpoint.url, "host": host_of(endpoint.url)} if endpoint else {})
