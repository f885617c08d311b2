"""Figures that only the database knows: work that is open, and how long the oldest of it waits."""

from datetime import datetime

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.tables.core import cascades
from app.store.tables.webhooks import deliveries


class Backlog(msgspec.Struct, frozen=True, kw_only=True):
    """Open work of one kind.

    Attributes:
        queue: A lane, or ``webhooks``.
        oldest_seconds: Since the oldest was created (a cascade) or fell due (a delivery; 0 while none is due).
    """

    queue: str
    count: int
    oldest_seconds: float


async def backlog(connection: AsyncConnection, now: datetime) -> list[Backlog]:
    """Count open cascades by lane, and pending deliveries; partial indexes keep both cheap."""
    c, d = cascades.c, deliveries.c
    rows = await connection.execute(select(c.lane, func.count(), func.min(c.created_at)).where(c.open).group_by(c.lane))
    found = [Backlog(queue=lane, count=count, oldest_seconds=_age(oldest, now)) for lane, count, oldest in rows]
    count, due = (await connection.execute(select(func.count(), func.min(d.due_at)).where(d.state == "pending"))).one()
    return [*found, Backlog(queue="webhooks", count=count, oldest_seconds=_age(due, now))]


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0
