"""Read deliveries for their account: page by page, and one with its attempts."""

from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Select, and_, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.owner import Owner
from app.domain.vocabulary import Mode
from app.domain.webhooks.circuit_breaker import CircuitBreaker, wait_reason
from app.domain.webhooks.delivery import DeliveryState, host_of
from app.domain.webhooks.delivery_log import DeliveryAttemptView, DeliveryFilter, DeliveryView
from app.store.database import time_ids
from app.store.tables.webhooks import deliveries, delivery_attempts
from app.store.webhooks import circuit_breakers

_ATTEMPTS = (
    select(func.count())
    .select_from(delivery_attempts)
    .where(delivery_attempts.c.delivery_id == deliveries.c.id)
    .scalar_subquery()
)
_VIEW = select(
    *(deliveries.c[name] for name in DeliveryView.__struct_fields__ if name not in {"attempts", "state"}),
    _ATTEMPTS.label("attempts"),
    deliveries.c.state,
)
_IS_UNDELIVERED = deliveries.c.state != literal_column("'delivered'")


def _owned(owner: Owner) -> tuple[ColumnElement[bool], ...]:
    return deliveries.c.account_id == owner.account_id, deliveries.c.mode == owner.mode.value


async def page(
    connection: AsyncConnection, owner: Owner, wanted: DeliveryFilter, *, before_id: UUID | None, limit: int
) -> list[DeliveryView]:
    """Read deliveries, newest first, below an id; ids are ordered by time (UUIDv7)."""
    return await _read(connection, listing(owner, wanted, before_id=before_id, limit=limit))


def listing(owner: Owner, wanted: DeliveryFilter, *, before_id: UUID | None, limit: int) -> Select[tuple[object, ...]]:
    """Write the statement of a page."""
    chosen = _VIEW.where(*_owned(owner))
    if wanted.run_id:
        of_run = deliveries.c.run_id == wanted.run_id
        # In two halves, because each has an index of its own.
        chosen = chosen.where(
            or_(
                and_(of_run, deliveries.c.endpoint_id.is_(None)),
                and_(of_run, deliveries.c.endpoint_id.is_not(None)),
            )
        )
    for name in ("job_id", "endpoint_id", "state", "event"):
        if (value := getattr(wanted, name)) is not None:
            chosen = chosen.where(deliveries.c[name] == value)
    if wanted.state in {DeliveryState.PENDING, DeliveryState.FAILED}:
        # By itself and as it stands in the index: a plan for any state cannot know that this one is in it.
        chosen = chosen.where(_IS_UNDELIVERED)
    if wanted.created_after:
        after = wanted.created_after
        chosen = chosen.where(deliveries.c.id >= time_ids.since(after), deliveries.c.created_at > after)
    if wanted.created_before:
        until = wanted.created_before
        chosen = chosen.where(deliveries.c.id < time_ids.until(until), deliveries.c.created_at < until)
    if before_id:
        chosen = chosen.where(deliveries.c.id < before_id)
    return chosen.order_by(deliveries.c.id.desc()).limit(limit)


async def one(
    connection: AsyncConnection, owner: Owner, delivery_id: UUID, *, lock: bool = False
) -> DeliveryView | None:
    """Read one delivery of an owner; None when it has no such delivery."""
    chosen = _VIEW.where(deliveries.c.id == delivery_id, *_owned(owner))
    found = await _read(connection, chosen.with_for_update() if lock else chosen)
    return found[0] if found else None


async def payload(connection: AsyncConnection, owner: Owner, delivery_id: UUID) -> bytes | None:
    """Read what a delivery sends; None once it was deleted, or when the owner has no such delivery."""
    chosen = select(deliveries.c.body).where(
        deliveries.c.id == delivery_id, deliveries.c.expunged_at.is_(None), *_owned(owner)
    )
    return (await connection.execute(chosen)).scalar_one_or_none()


async def attempts(connection: AsyncConnection, delivery_id: UUID) -> list[DeliveryAttemptView]:
    """Read the attempts of a delivery, the first one first."""
    found = await connection.execute(
        select(*(delivery_attempts.c[name] for name in DeliveryAttemptView.__struct_fields__))
        .where(delivery_attempts.c.delivery_id == delivery_id)
        .order_by(delivery_attempts.c.number)
    )
    return [DeliveryAttemptView(**row) for row in found.mappings()]


async def _read(connection: AsyncConnection, chosen: Select[tuple[object, ...]]) -> list[DeliveryView]:
    found = await connection.execute(chosen)
    views = [
        DeliveryView(**(dict(row) | {"state": DeliveryState(row["state"]), "mode": Mode(row["mode"])}))
        for row in found.mappings()
    ]
    pending = {host_of(view.url) for view in views if view.state is DeliveryState.PENDING}
    circuits = await circuit_breakers.read(connection, views[0].account_id, pending) if pending else {}
    return [_waiting(view, circuits.get(host_of(view.url))) for view in views]


def _waiting(view: DeliveryView, circuit: CircuitBreaker | None) -> DeliveryView:
    """Return the view with the reason why a pending delivery waits for the circuit breaker of its receiver."""
    if circuit is None or view.state is not DeliveryState.PENDING:
        return view
    return msgspec.structs.replace(view, reason=wait_reason(circuit) or view.reason)
