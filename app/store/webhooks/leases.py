"""Lease due deliveries: accounts and receivers take turns, and none waits for a receiver whose circuit is open."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select, text
from sqlalchemy.dialects.postgresql import INTERVAL
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import or_, update

from app.domain.vocabulary import Mode
from app.domain.webhooks.circuit_breaker import PROBE_INTERVAL
from app.domain.webhooks.delivery import DeliveryState
from app.store.database.durability import COMMIT_SOON
from app.store.database.queries import SqlQuery, run, run_together
from app.store.tables.webhooks import deliveries, delivery_attempts
from app.store.webhooks import circuit_breakers
from app.store.webhooks.deliveries import LeasedDelivery

# A lease of the database's clock that ends later than any can was written before that clock was set back.
_LONGEST_LEASE = timedelta(hours=1)
_FREE = "(d.lease_until IS NULL OR d.lease_until < now() OR d.lease_until > now() + :longest_lease)"

# Accounts and receivers take turns: the best-placed delivery of each account first, and within an account of each
# receiver. The first step of the recursion asks whether anything is due at all; the others hop from one (receiver,
# account) to the next along an index, so that one receiver's backlog of any length costs as much as a single row. The
# first few that are due hold a receiver's places, whichever process sends them; of one whose circuit is open there is
# one, and only when it is time to probe.
_DUE = text(f"""
WITH RECURSIVE lanes (host, account_id) AS (
  (SELECT host, account_id FROM deliveries
   WHERE state = 'pending' AND EXISTS (
     SELECT FROM deliveries AS d WHERE d.state = 'pending' AND d.due_at <= :now AND {_FREE})
   ORDER BY host, account_id LIMIT 1)
  UNION ALL
  SELECT following.host, following.account_id
  FROM lanes CROSS JOIN LATERAL (
    SELECT d.host, d.account_id FROM deliveries AS d
    WHERE d.state = 'pending' AND (d.host, d.account_id) > (lanes.host, lanes.account_id)
    ORDER BY d.host, d.account_id LIMIT 1) AS following
), busy AS (
  SELECT * FROM unnest(
    CAST(:hosts AS text[]), CAST(:accounts AS uuid[]), CAST(:counts AS integer[]), CAST(:places AS integer[])
  ) AS b (host, account_id, count, places)
), waiting AS (
  SELECT due.id, due.due_at, lanes.account_id, lanes.host, r.open_until IS NOT NULL AS probes,
    row_number() OVER (PARTITION BY lanes.host, lanes.account_id ORDER BY due.due_at, due.id) AS place
  FROM lanes LEFT JOIN busy USING (host, account_id)
  LEFT JOIN webhook_circuit_breakers AS r ON r.account_id = lanes.account_id AND r.host = lanes.host
  CROSS JOIN LATERAL (
    SELECT d.id, d.due_at FROM (
      SELECT id, due_at, lease_until FROM deliveries
      WHERE state = 'pending' AND host = lanes.host AND account_id = lanes.account_id AND due_at <= :now
      ORDER BY due_at, id
      LIMIT CASE WHEN r.open_until IS NULL THEN coalesce(busy.places, :per_host)
                 WHEN r.open_until > :now AND r.open_until <= :next_probe THEN 0 ELSE 1 END) AS d
    WHERE {_FREE}
    ORDER BY d.due_at, d.id LIMIT greatest(0, coalesce(busy.places, :per_host) - coalesce(busy.count, 0))) AS due
), turns AS (
  SELECT *, row_number() OVER (PARTITION BY account_id ORDER BY place, due_at, id) AS turn
  FROM waiting
)
SELECT turns.id, turns.account_id, turns.host, turns.probes
FROM turns LEFT JOIN (SELECT account_id, sum(count) AS count FROM busy GROUP BY account_id) AS held USING (account_id)
WHERE turn <= :per_account - coalesce(held.count, 0)
ORDER BY turn, due_at LIMIT :limit
""")  # noqa: S608 - put together from constants alone

_CHOSEN = (
    select(deliveries.c.id)
    .where(
        deliveries.c.id == func.any(bindparam("chosen")),
        deliveries.c.state == DeliveryState.PENDING.value,
        # Another process may have planned it for later since the search.
        deliveries.c.due_at <= bindparam("now"),
        or_(
            deliveries.c.lease_until.is_(None),
            deliveries.c.lease_until < func.now(),
            deliveries.c.lease_until > func.now() + _LONGEST_LEASE,
        ),
    )
    .with_for_update(skip_locked=True)
    .cte("free")
)
_LEASE = (
    update(deliveries)
    .where(deliveries.c.id == _CHOSEN.c.id)
    .values(lease_owner=bindparam("owner"), lease_until=func.now() + bindparam("seconds", type_=INTERVAL))
    .returning(
        *(deliveries.c[name] for name in LeasedDelivery.__struct_fields__ if name != "attempts"),
        select(func.count())
        .select_from(delivery_attempts)
        .where(delivery_attempts.c.delivery_id == deliveries.c.id)
        .scalar_subquery()
        .label("attempts"),
    )
)

# Deliveries that were planned before the clock was set back wait as long as they were meant to, from now on; first
# attempts do not wait.
_MEND = text("""
UPDATE deliveries AS d SET due_at = :now + least(greatest(d.due_at - early.since, interval '0'), :longest)
FROM (
  SELECT p.id, coalesce(last.ended_at, p.created_at) AS since
  FROM deliveries AS p LEFT JOIN LATERAL (
    SELECT t.started_at + t.latency_ms * interval '1 millisecond' AS ended_at
    FROM delivery_attempts AS t WHERE t.delivery_id = p.id ORDER BY t.number DESC LIMIT 1) AS last ON true
  WHERE p.state = 'pending' AND p.due_at > :latest AND p.lease_until IS NULL
  FOR UPDATE OF p SKIP LOCKED
) AS early
WHERE d.id = early.id AND (early.since BETWEEN :latest AND d.due_at OR d.due_at > :now + :longest)
""")
# Clocks of machines that work together differ by so much at most; what lies further ahead was written by a wrong one.
_SKEW = timedelta(seconds=2)


async def lease(
    connection: AsyncConnection,
    *,
    now: datetime,
    owner: str,
    lease_seconds: float,
    limit: int,
    per_host: int,
    per_account: int,
    busy: Mapping[tuple[str, UUID], int],
    places: Mapping[tuple[str, UUID], int] | None = None,
) -> list[LeasedDelivery]:
    """Lease deliveries that are due, taking turns over accounts and, within one, over receivers.

    Args:
        connection: In a transaction of its own, committed before anything is sent, without a wait for the disk.
        now: The time in UTC that the schedule is compared with; leases go by the database's own clock.
        owner: Of the leases.
        lease_seconds: How long they last.
        limit: At most this many.
        per_host: How many one receiver may occupy for one account, over all processes, unless `places` says otherwise.
        per_account: How many one account may occupy, those in `busy` included.
        busy: What the caller is sending already, by host and account.
        places: How many of those receivers may occupy that earned more than others, or less.
    """
    earned = places or {}
    known = list(dict(busy) | dict(earned))
    values = {
        "now": now,
        "next_probe": now + PROBE_INTERVAL,
        "longest_lease": _LONGEST_LEASE,
        "limit": limit,
        "per_host": per_host,
        "per_account": per_account,
        "hosts": [host for host, _ in known],
        "accounts": [account for _, account in known],
        "counts": [busy.get(receiver, 0) for receiver in known],
        "places": [earned.get(receiver, per_host) for receiver in known],
    }
    due = await run(connection, SqlQuery(_DUE, values, list))
    probed = await circuit_breakers.probe(connection, {(row.account_id, row.host) for row in due if row.probes}, now)
    chosen = [row.id for row in due if not row.probes or (row.account_id, row.host) in probed]
    if not chosen:
        return []
    values = {"chosen": chosen, "now": now, "owner": owner, "seconds": timedelta(seconds=lease_seconds)}
    # A lease that is lost costs one more request, which carries the same id.
    leased, _ = await run_together(connection, SqlQuery(_LEASE, values, _leased), COMMIT_SOON)
    return leased  # type: ignore[no-any-return] # of the first query


def _leased(rows: Sequence[Any]) -> list[LeasedDelivery]:
    return [LeasedDelivery(**row._asdict() | {"mode": Mode(row.mode)}) for row in rows]


async def repair_schedule(connection: AsyncConnection, now: datetime, longest: timedelta) -> int:
    """Correct the due times that were written by a clock which has been set back since.

    Args:
        connection: In a transaction of its own.
        now: The time in UTC.
        longest: The longest wait before any attempt.

    Returns:
        How many deliveries would have waited too long.
    """
    repaired = await connection.execute(_MEND, {"now": now, "latest": now + _SKEW, "longest": longest})
    return repaired.rowcount
