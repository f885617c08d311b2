"""Delete deliveries, payloads and answers when their retention is over, a bounded portion at a time."""

from datetime import datetime

from sqlalchemy import and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.webhooks.delivery import DeliveryState
from app.store.database.portions import oldest
from app.store.database.time_ids import until
from app.store.tables.webhooks import deliveries, delivery_attempts, webhook_secrets

_ENDED = deliveries.c.state != DeliveryState.PENDING.value


async def expunge_payloads(connection: AsyncConnection, before: datetime, now: datetime, limit: int) -> int:
    """Empty the bodies of ended deliveries created before a time; returns how many."""
    old = oldest(
        deliveries,
        lambda d: and_(d.created_at < before, d.expunged_at.is_(None), d.state != DeliveryState.PENDING.value),
        by="created_at",
        limit=limit,
    )
    return (await connection.execute(update(deliveries).where(old).values(body=b"", expunged_at=now))).rowcount


async def expunge_answers(connection: AsyncConnection, before: datetime, limit: int) -> int:
    """Delete the excerpts of receivers' answers to attempts that began before a time; returns how many."""
    old = oldest(
        delivery_attempts,
        lambda tries: and_(tries.started_at < before, tries.answer.is_not(None)),
        by="started_at",
        limit=limit,
    )
    return (await connection.execute(update(delivery_attempts).where(old).values(answer=None))).rowcount


async def delete_deliveries(connection: AsyncConnection, before: datetime, limit: int) -> int:
    """Delete ended deliveries created before a time, with their attempts; returns how many."""
    # The oldest have the smallest ids (UUIDv7), so the primary key leads there, and ends where younger ones begin.
    found = await connection.scalars(
        select(deliveries.c.id)
        .where(deliveries.c.id < until(before), deliveries.c.created_at < before, _ENDED)
        .order_by(deliveries.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = found.all()
    if ids:
        await connection.execute(delete(delivery_attempts).where(delivery_attempts.c.delivery_id.in_(ids)))
        await connection.execute(delete(deliveries).where(deliveries.c.id.in_(ids)))
    return len(ids)


async def delete_secrets(connection: AsyncConnection, now: datetime) -> int:
    """Delete secrets that no longer sign; returns how many."""
    return (await connection.execute(delete(webhook_secrets).where(webhook_secrets.c.expires_at < now))).rowcount
