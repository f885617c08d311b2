"""Count the results of receivers and endpoints in the transaction that records delivery attempts, and open circuits."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import delete, exists, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.webhooks.circuit_breaker import (
    PROBE_INTERVAL,
    CircuitBreaker,
    CircuitChange,
    EndpointHealth,
    after_results,
    health_after,
)
from app.domain.webhooks.delivery import DeliveryState
from app.store.database.queries import SqlQuery, run
from app.store.database.row_sets import given, row_set
from app.store.tables.webhooks import deliveries, webhook_endpoints
from app.store.tables.webhooks import webhook_circuit_breakers as breakers

Receiver = tuple[UUID, str]
_CIRCUIT = CircuitBreaker.__struct_fields__
_FORGOTTEN = timedelta(days=1)

# Taking the turn to probe moves the next one; a row that is locked by a count is left for later.
_PROBE = text("""
WITH wanted AS (
  SELECT r.account_id, r.host FROM webhook_circuit_breakers AS r
  JOIN unnest(CAST(:accounts AS uuid[]), CAST(:hosts AS text[])) AS w (account_id, host) USING (account_id, host)
  WHERE r.open_until <= :now OR r.open_until > :next
  FOR UPDATE OF r SKIP LOCKED
)
UPDATE webhook_circuit_breakers AS r SET open_until = :next FROM wanted
WHERE r.account_id = wanted.account_id AND r.host = wanted.host
RETURNING r.account_id, r.host
""")

_LOCK = text("""
SELECT r.* FROM webhook_circuit_breakers AS r
JOIN unnest(CAST(:accounts AS uuid[]), CAST(:hosts AS text[])) AS w (account_id, host) USING (account_id, host)
ORDER BY r.account_id, r.host FOR NO KEY UPDATE OF r
""")


async def probe(connection: AsyncConnection, wanted: Collection[Receiver], now: datetime) -> set[Receiver]:
    """Take the turn to probe receivers whose circuits are open.

    Args:
        connection: In the transaction that leases the deliveries that probe.
        wanted: Accounts and hosts.
        now: The time in UTC.

    Returns:
        Those that may be sent one delivery; another process has just probed the others.
    """
    if not wanted:
        return set()
    accounts, hosts = [account for account, _ in wanted], [host for _, host in wanted]
    values = {"accounts": accounts, "hosts": hosts, "now": now, "next": now + PROBE_INTERVAL}
    return {(row.account_id, row.host) for row in await connection.execute(_PROBE, values)}


def locking(receivers: Collection[Receiver]) -> SqlQuery[list[Any]]:
    """Lock and read the circuits of receivers; one that never fails has none, and costs one look-up.

    They are locked in one order everywhere, so that two processes do not wait for each other.
    """
    accounts, hosts = [account for account, _ in receivers], [host for _, host in receivers]
    return SqlQuery(_LOCK, {"accounts": accounts, "hosts": hosts}, list)


async def count(
    connection: AsyncConnection,
    results: Mapping[Receiver, Sequence[bool]],
    now: datetime,
    *,
    found: Sequence[Any] | None = None,
) -> dict[Receiver, CircuitChange]:
    """Count the results of delivery attempts by receiver, and open or close circuits.

    Args:
        connection: In the transaction that records the attempts.
        results: By account and host, in order; True is a success.
        now: The time in UTC.
        found: What `locking` has read, where nothing has failed.

    Returns:
        Which circuits opened or closed.
    """
    failing = sorted(key for key, some in results.items() if not all(some))
    if failing:
        new = [{"account_id": account, "host": host, "since": now} for account, host in failing]
        await connection.execute(insert(breakers).on_conflict_do_nothing(), new)
    if found is None:
        found = await run(connection, locking(results))
    turns: dict[Receiver, CircuitChange] = {}
    changed = []
    for row in found:
        key, before = (row.account_id, row.host), CircuitBreaker(**{name: getattr(row, name) for name in _CIRCUIT})
        after, turn = after_results(before, results.get(key, ()), now)
        if after != before:
            changed.append({"account_id": row.account_id, "host": row.host, **msgspec.structs.asdict(after)})
        if turn is not CircuitChange.KEPT:
            turns[key] = turn
    if changed:
        rows = given(breakers, ("account_id", "host", *_CIRCUIT))
        await connection.execute(
            update(breakers)
            .where(
                breakers.c.account_id == rows.c.account_id,
                breakers.c.host == rows.c.host,
            )
            .values({name: rows.c[name] for name in _CIRCUIT}),
            row_set(changed),
        )
    return turns


async def read(connection: AsyncConnection, account_id: UUID, hosts: Collection[str]) -> dict[str, CircuitBreaker]:
    """Read the circuits of an account's receivers, by host; those that never failed have none."""
    found = await connection.execute(
        select(breakers).where(breakers.c.account_id == account_id, breakers.c.host.in_(set(hosts)))
    )
    return {row.host: CircuitBreaker(**{name: getattr(row, name) for name in _CIRCUIT}) for row in found}


async def maintain(connection: AsyncConnection, now: datetime) -> int:
    """Forget receivers that nothing was sent to for a day, and count those whose circuits keep deliveries waiting."""
    await connection.execute(delete(breakers).where(breakers.c.since < now - _FORGOTTEN))
    d = deliveries.c
    waiting = exists().where(
        d.state == DeliveryState.PENDING.value,
        d.host == breakers.c.host,
        d.account_id == breakers.c.account_id,
    )
    counted = select(func.count()).select_from(breakers).where(breakers.c.open_until.is_not(None), waiting)
    return await connection.scalar(counted) or 0


_UNHEALTHY = text("""
SELECT id, failing_since, failures FROM webhook_endpoints
WHERE id = ANY(CAST(:ids AS uuid[])) AND enabled AND (id = ANY(CAST(:failed AS uuid[])) OR failing_since IS NOT NULL)
ORDER BY id FOR NO KEY UPDATE
""")


async def count_endpoints(
    connection: AsyncConnection, results: Mapping[UUID, Sequence[bool]], now: datetime
) -> dict[UUID, EndpointHealth]:
    """Count the results of delivery attempts by endpoint.

    Args:
        connection: In the transaction that records the attempts.
        results: By endpoint, in order; True is a success.
        now: The time in UTC.

    Returns:
        How those are that are enabled and did not only succeed all along.
    """
    e = webhook_endpoints.c
    busy = [endpoint for endpoint, some in results.items() if not all(some)]
    found = await run(connection, SqlQuery(_UNHEALTHY, {"ids": list(results), "failed": busy}, list))
    after: dict[UUID, EndpointHealth] = {}
    for row in found:
        # Enabling it again clears the beginning, and with it the count.
        before = EndpointHealth(failing_since=row.failing_since, failures=row.failures if row.failing_since else 0)
        after[row.id] = health_after(before, results[row.id], now)
    if after:
        rows = given(webhook_endpoints, ("id", "failing_since", "failures"))
        values = {"failing_since": rows.c.failing_since, "failures": rows.c.failures}
        await connection.execute(
            update(webhook_endpoints).where(e.id == rows.c.id).values(values),
            row_set([{"id": one, **msgspec.structs.asdict(health)} for one, health in after.items()]),
        )
    return after
