"""Deliveries and their tries in Postgres: the rows are the schedule, leases say who sends."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, and_, cast, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import INTERVAL, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.delivery import DeliveryState, host_of
from app.store.delivery_tables import deliveries, delivery_tries

# Everybody takes turns: the best-placed delivery of each account first, and within an account of each receiver. The
# first step of the recursion asks whether anything is due at all; the others hop from one (receiver, account) to the
# next along an index, so that one receiver's backlog of any length costs as much as a single row.
_DUE = text("""
WITH RECURSIVE lanes (host, account_id) AS (
  (SELECT host, account_id FROM deliveries
   WHERE state = 'pending' AND EXISTS (
     SELECT FROM deliveries
     WHERE state = 'pending' AND due_at <= :now AND (lease_until IS NULL OR lease_until < now()))
   ORDER BY host, account_id LIMIT 1)
  UNION ALL
  SELECT following.host, following.account_id
  FROM lanes CROSS JOIN LATERAL (
    SELECT d.host, d.account_id FROM deliveries AS d
    WHERE d.state = 'pending' AND (d.host, d.account_id) > (lanes.host, lanes.account_id)
    ORDER BY d.host, d.account_id LIMIT 1) AS following
), busy AS (
  SELECT * FROM unnest(CAST(:hosts AS text[]), CAST(:accounts AS uuid[]), CAST(:counts AS integer[]))
    AS b (host, account_id, count)
), waiting AS (
  SELECT due.id, due.due_at, lanes.account_id,
    row_number() OVER (PARTITION BY lanes.host, lanes.account_id ORDER BY due.due_at, due.id) AS place
  FROM lanes LEFT JOIN busy USING (host, account_id)
  CROSS JOIN LATERAL (
    SELECT d.id, d.due_at FROM deliveries AS d
    WHERE d.state = 'pending' AND d.host = lanes.host AND d.account_id = lanes.account_id
      AND d.due_at <= :now AND (d.lease_until IS NULL OR d.lease_until < now())
    ORDER BY d.due_at LIMIT greatest(0, :per_host - coalesce(busy.count, 0))) AS due
), turns AS (
  SELECT id, due_at, account_id,
    row_number() OVER (PARTITION BY account_id ORDER BY place, due_at, id) AS turn
  FROM waiting
)
SELECT turns.id
FROM turns LEFT JOIN (SELECT account_id, sum(count) AS count FROM busy GROUP BY account_id) AS held USING (account_id)
WHERE turn <= :per_account - coalesce(held.count, 0)
ORDER BY turn, due_at LIMIT :limit
""")

# A try is written if and only if its lease still held, so that no two processes number the same try.
_RECORD = text("""
WITH tried AS (
  SELECT * FROM unnest(
    CAST(:id AS uuid[]), CAST(:lease_owner AS text[]), CAST(:lease_until AS timestamptz[]), CAST(:state AS text[]),
    CAST(:due_at AS timestamptz[]), CAST(:started_at AS timestamptz[]), CAST(:ended_at AS timestamptz[]),
    CAST(:number AS smallint[]), CAST(:latency_ms AS integer[]), CAST(:http_status AS smallint[]),
    CAST(:error AS text[]), CAST(:answer AS text[])
  ) AS t (id, lease_owner, lease_until, state, due_at, started_at, ended_at, number, latency_ms, http_status, error,
    answer)
), kept AS (
  UPDATE deliveries AS d SET state = tried.state, due_at = tried.due_at, lease_owner = NULL, lease_until = NULL,
    ended_at = CASE WHEN tried.state <> 'pending' THEN tried.ended_at END
  FROM tried
  WHERE d.id = tried.id AND d.state = 'pending'
    AND d.lease_owner = tried.lease_owner AND d.lease_until = tried.lease_until
  RETURNING d.id
), written AS (
  INSERT INTO delivery_tries (delivery_id, number, started_at, latency_ms, http_status, error, answer)
  SELECT id, number, started_at, latency_ms, http_status, error, answer FROM tried JOIN kept USING (id)
)
SELECT id FROM kept
""")
_TRIED = ("due_at", "started_at", "ended_at", "latency_ms", "http_status", "error", "answer")


class NewDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """An event owed to a URL.

    Attributes:
        run_id: The run that it tells of, if any.
        job_id: The job that it tells of, or that the run belongs to, if any.
        body: The bytes to send, frozen here once and for all tries.
        due_at: When the first try is due, in UTC.
    """

    id: UUID
    account_id: UUID
    run_id: UUID | None = None
    job_id: UUID | None = None
    event: str
    url: str
    body: bytes
    due_at: datetime


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that is ours until the lease ends.

    Attributes:
        tries: Tries recorded so far.
        lease_owner: Together with `lease_until` the proof that nobody has taken over since.
    """

    id: UUID
    account_id: UUID
    run_id: UUID | None
    event: str
    url: str
    host: str
    body: bytes
    tries: int
    lease_owner: str
    lease_until: datetime


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """One try, and what the delivery becomes by it.

    Attributes:
        due_at: When the next try is due, in UTC; None once the delivery has ended.
        error: In words, when the try failed.
        answer: How the receiver's answer began.
    """

    claimed: Claimed
    state: DeliveryState
    due_at: datetime | None
    started_at: datetime
    ended_at: datetime
    latency_ms: int
    http_status: int | None
    error: str | None
    answer: str | None


async def add(connection: AsyncConnection, new: Sequence[NewDelivery], now: datetime) -> None:
    """Insert deliveries; one that is owed already (same run, event and URL) stays as it is.

    Args:
        connection: In the transaction that ends the runs.
        new: The deliveries.
        now: The time in UTC.
    """
    if not new:
        return
    rows = [msgspec.structs.asdict(one) | {"host": host_of(one.url), "created_at": now} for one in new]
    await connection.execute(insert(deliveries).on_conflict_do_nothing(), rows)


async def claim(
    connection: AsyncConnection,
    *,
    now: datetime,
    owner: str,
    lease_seconds: float,
    limit: int,
    per_host: int,
    per_account: int,
    busy: Mapping[tuple[str, UUID], int],
) -> list[Claimed]:
    """Lease deliveries that are due, taking turns over accounts and, within one, over receivers.

    Args:
        connection: In a transaction of its own, committed before anything is sent.
        now: The time in UTC that the schedule is compared with; leases go by the database's own clock.
        owner: Of the leases.
        lease_seconds: How long they last.
        limit: At most this many.
        per_host: How many one receiver may occupy for one account, those in `busy` included.
        per_account: How many one account may occupy, those in `busy` included.
        busy: What the caller is sending already, by host and account.
    """
    due = await connection.scalars(
        _DUE,
        {
            "now": now,
            "limit": limit,
            "per_host": per_host,
            "per_account": per_account,
            "hosts": [host for host, _ in busy],
            "accounts": [account for _, account in busy],
            "counts": list(busy.values()),
        },
    )
    chosen = due.all()
    if not chosen:
        return []
    free = (
        select(deliveries.c.id)
        .where(
            deliveries.c.id.in_(chosen),
            deliveries.c.state == DeliveryState.PENDING.value,
            or_(deliveries.c.lease_until.is_(None), deliveries.c.lease_until < func.now()),
        )
        .with_for_update(skip_locked=True)
        .cte("free")
    )
    tries = (
        select(func.count())
        .select_from(delivery_tries)
        .where(delivery_tries.c.delivery_id == deliveries.c.id)
        .scalar_subquery()
    )
    leased = await connection.execute(
        update(deliveries)
        .where(deliveries.c.id == free.c.id)
        .values(lease_owner=owner, lease_until=func.now() + cast(f"{lease_seconds:.3f} seconds", INTERVAL))
        .returning(
            *(deliveries.c[name] for name in Claimed.__struct_fields__ if name != "tries"),
            tries.label("tries"),
        )
    )
    return [Claimed(**row) for row in leased.mappings()]


async def record(connection: AsyncConnection, tried: Sequence[Tried]) -> list[bool]:
    """Write tries and the states they leave behind, and end their leases.

    Returns:
        For each whether its lease still held; where it was lost somebody else sends, and nothing is written here.
    """
    columns: dict[str, list[object]] = {name: [getattr(one, name) for one in tried] for name in _TRIED}
    columns |= {name: [getattr(one.claimed, name) for one in tried] for name in ("id", "lease_owner", "lease_until")}
    columns["number"] = [one.claimed.tries + 1 for one in tried]
    columns["state"] = [one.state.value for one in tried]
    kept = set(await connection.scalars(_RECORD, columns))
    return [one.claimed.id in kept for one in tried]


async def release(connection: AsyncConnection, claims: Iterable[Claimed], due_at: datetime | None = None) -> None:
    """Give leases back without a try, so that others may send at once.

    Args:
        connection: In a transaction.
        claims: What to give back; those that somebody else took over are left alone.
        due_at: A later time in UTC, when sending at once would not help.
    """
    for claimed in claims:
        values = {"lease_owner": None, "lease_until": None} | ({"due_at": due_at} if due_at else {})
        await connection.execute(update(deliveries).where(_held(claimed)).values(**values))


def _held(claimed: Claimed) -> ColumnElement[bool]:
    return and_(
        deliveries.c.id == claimed.id,
        deliveries.c.state == DeliveryState.PENDING.value,
        deliveries.c.lease_owner == claimed.lease_owner,
        deliveries.c.lease_until == claimed.lease_until,
    )
