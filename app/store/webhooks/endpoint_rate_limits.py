"""Apply the rate limits of endpoints: admit deliveries now, and plan the rest for later, under one lock."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.webhooks.endpoint import WAITS_FOR_ITS_RATE
from app.domain.webhooks.endpoint_rate_limit import HORIZON, SendSchedule
from app.store.database.durability import COMMIT_DURABLY
from app.store.database.queries import run
from app.store.tables.webhooks import webhook_endpoints
from app.store.webhooks.deliveries import LeasedDelivery, release

# So many are planned by one statement; what is left is found at the next look, at once.
_MOST = 1000
# Another process is deciding about this endpoint; it is done by then.
_SOON = timedelta(milliseconds=20)

# What has to wait leaves the receiver's places to others, by being due later. Those that wait for an attempt keep
# the order in which they became due.
_PLAN = text("""
WITH due AS (
  SELECT id, coalesce(ready_at, due_at) AS ready_at FROM deliveries
  WHERE state = 'pending' AND host = ANY(:hosts) AND account_id = :account_id AND endpoint_id = :endpoint_id
    AND due_at <= :now AND (lease_until IS NULL OR lease_until < now() OR id = ANY(:refused))
  ORDER BY due_at, id LIMIT :most FOR UPDATE SKIP LOCKED
), line AS (
  SELECT id, ready_at, row_number() OVER (ORDER BY ready_at, id) - 1 AS place FROM due
)
UPDATE deliveries AS d
SET due_at = least(:first + line.place * CAST(:spacing AS interval), :horizon), ready_at = line.ready_at,
  reason = coalesce(d.reason, :waits), lease_owner = NULL, lease_until = NULL
FROM line WHERE d.id = line.id RETURNING d.id
""")
# It is asked for only while something is planned, so it is found at once.
_NEXT = text("""
SELECT due_at FROM deliveries
WHERE state = 'pending' AND host = ANY(:hosts) AND account_id = :account_id AND endpoint_id = :endpoint_id
  AND due_at > :now AND due_at <= :until
ORDER BY due_at LIMIT 1
""")


class RateLimitDecision(msgspec.Struct, frozen=True, kw_only=True):
    """The leased deliveries of endpoints with a rate that may be sent now.

    Attributes:
        admitted: The deliveries; the leases of the others are given back.
        planned: How many deliveries were planned for later, and no longer stand in the way of others.
        turns: By endpoint, when its next delivery may be sent, in UTC.
    """

    admitted: frozenset[UUID] = frozenset()
    planned: int = 0
    turns: Mapping[UUID, datetime] = {}


async def admit(connection: AsyncConnection, leased_now: Sequence[LeasedDelivery], now: datetime) -> RateLimitDecision:
    """Admit as many attempts of endpoints as their rates allow over all processes, and plan the others.

    Args:
        connection: In the transaction that leased them.
        leased_now: Of endpoints with a rate.
        now: The time in UTC, asked for after the leases were taken.
    """
    if not leased_now:
        return RateLimitDecision()
    wanted: dict[UUID | None, list[LeasedDelivery]] = defaultdict(list)
    for leased in sorted(leased_now, key=lambda one: one.id):
        wanted[leased.endpoint_id].append(leased)
    plans = await _lock(connection, [endpoint_id for endpoint_id in wanted if endpoint_id])
    admitted: set[UUID] = set()
    turns: dict[UUID, datetime] = {}
    planned, changed = 0, []
    for endpoint_id, mine in wanted.items():
        if endpoint_id is None:
            continue
        if endpoint_id not in plans:
            await release(connection, mine)
            turns[endpoint_id] = now + _SOON
            continue
        count, plan = plans[endpoint_id].admit(len(mine), now)
        admitted |= {one.id for one in mine[:count]}
        if mine[count:]:
            waiting = await _queue(connection, plan, mine[count:], now)
            plan, planned = plan.queued(waiting, now), planned + waiting
        if next_at := await _next_turn(connection, plan, mine, now):
            turns[endpoint_id] = next_at
        changed.append({"endpoint": endpoint_id, "next_at": plan.next_at, "until": plan.until})
    if changed:
        await run(connection, COMMIT_DURABLY)
        await connection.execute(
            update(webhook_endpoints)
            .where(webhook_endpoints.c.id == bindparam("endpoint"))
            .values(next_attempt_at=bindparam("next_at"), planned_until=bindparam("until")),
            changed,
        )
    return RateLimitDecision(admitted=frozenset(admitted), planned=planned, turns=turns)


async def _lock(connection: AsyncConnection, endpoint_ids: Sequence[UUID]) -> dict[UUID, SendSchedule]:
    """Lock plans, less those that another process is deciding about, and read them as they are by then."""
    e = webhook_endpoints.c
    found = await connection.execute(
        select(e.id, e.rate_limit, e.next_attempt_at, e.planned_until)
        .where(e.id.in_(endpoint_ids), e.rate_limit.is_not(None))
        .order_by(e.id)
        .with_for_update(key_share=True, skip_locked=True)
    )
    return {
        row.id: SendSchedule(rate=row.rate_limit, next_at=row.next_attempt_at, until=row.planned_until) for row in found
    }


async def _queue(
    connection: AsyncConnection, plan: SendSchedule, refused: Sequence[LeasedDelivery], now: datetime
) -> int:
    """Plan what was refused, and what else is due for the same endpoint; returns how many."""
    values = {
        **_of(refused),
        "refused": [one.id for one in refused],
        "now": now,
        "most": _MOST,
        "first": plan.queue_from(now),
        "spacing": plan.spacing,
        "horizon": now + HORIZON,
        "waits": WAITS_FOR_ITS_RATE,
    }
    planned = set((await connection.execute(_PLAN, values)).scalars())
    # Deliveries that a backward clock change moved into the future are not planned; their leases end at once.
    await release(connection, [one for one in refused if one.id not in planned])
    return len(planned)


async def _next_turn(
    connection: AsyncConnection, plan: SendSchedule, mine: Sequence[LeasedDelivery], now: datetime
) -> datetime | None:
    """Return when the next planned delivery of an endpoint may be sent; None when nothing waits."""
    if plan.until is None or plan.until <= now:
        return None
    values = {**_of(mine), "now": now, "until": plan.until}
    due_at: datetime | None = await connection.scalar(_NEXT, values)
    return max(due_at, plan.opens_at(now)) if due_at else None


def _of(leased_now: Sequence[LeasedDelivery]) -> dict[str, object]:
    """Name the endpoint of leased deliveries, and the hosts by which an index finds its other ones."""
    return {
        "hosts": sorted({one.host for one in leased_now}),
        "account_id": leased_now[0].account_id,
        "endpoint_id": leased_now[0].endpoint_id,
    }
