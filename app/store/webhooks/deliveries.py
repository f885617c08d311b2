"""Deliveries in Postgres: the rows are the schedule, leases say who sends."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, and_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.vocabulary import Mode
from app.domain.webhooks.delivery import DeliveryState, host_of
from app.store.tables.webhooks import deliveries


class NewDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """An event owed to a URL.

    Attributes:
        run_id: The run that it reports, if any.
        job_id: The job that it reports, or that the run belongs to, if any.
        endpoint_id: The endpoint that it goes to; None for a URL that a request named.
        body: The bytes to send, frozen here for all attempts.
        due_at: When the first attempt is due, in UTC; None for one that is only kept, with its `reason` and `ended_at`.
        once: Whether no retries follow its first attempt.
    """

    id: UUID
    account_id: UUID
    mode: Mode
    run_id: UUID | None = None
    job_id: UUID | None = None
    endpoint_id: UUID | None = None
    event: str
    url: str
    body: bytes
    due_at: datetime | None
    once: bool = False
    state: DeliveryState = DeliveryState.PENDING
    reason: str | None = None
    ended_at: datetime | None = None


class LeasedDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that is ours until the lease ends.

    Attributes:
        endpoint_id: The endpoint that it goes to; None for a URL that a request named.
        once: Whether the attempt was requested by hand, so that no retries follow.
        attempts: Attempts recorded so far.
        lease_owner: Together with `lease_until` the proof that no other process has taken over since.
    """

    id: UUID
    account_id: UUID
    mode: Mode
    run_id: UUID | None
    event: str
    url: str
    host: str
    body: bytes
    attempts: int
    lease_owner: str
    lease_until: datetime
    endpoint_id: UUID | None = None
    once: bool = False


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


async def release(
    connection: AsyncConnection, leased_deliveries: Iterable[LeasedDelivery], due_at: datetime | None = None
) -> None:
    """Give leases back without an attempt, so that other processes may send at once.

    Args:
        connection: In a transaction.
        leased_deliveries: What to give back; those that another process took over are left alone.
        due_at: A later time in UTC, when sending at once would not help.
    """
    for leased in leased_deliveries:
        values = {"lease_owner": None, "lease_until": None} | ({"due_at": due_at, "ready_at": None} if due_at else {})
        await connection.execute(update(deliveries).where(_held(leased)).values(**values))


def _held(leased: LeasedDelivery) -> ColumnElement[bool]:
    return and_(
        deliveries.c.id == leased.id,
        deliveries.c.state == DeliveryState.PENDING.value,
        deliveries.c.lease_owner == leased.lease_owner,
        deliveries.c.lease_until == leased.lease_until,
    )
