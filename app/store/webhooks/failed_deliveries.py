"""Read the deliveries of all accounts that were given up lately."""

from datetime import datetime

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.tables.core import accounts
from app.store.tables.webhooks import deliveries

MOST_SHOWN = 20


class FailedDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that was given up; of its URL the host alone, because the rest may be a secret."""

    host: str
    event: str
    reason: str
    account: str
    mode: str
    ended_at: datetime


async def failed_deliveries(connection: AsyncConnection) -> list[FailedDelivery]:
    """Read the last ones, the newest first."""
    d = deliveries.c
    last = (
        select(d.host, d.event, func.coalesce(d.reason, "").label("reason"), d.account_id, d.mode, d.ended_at)
        .where(d.state == "failed")
        .order_by(d.ended_at.desc())
        .limit(MOST_SHOWN)
        .subquery()
    ).c
    rows = await connection.execute(
        select(last.host, last.event, last.reason, accounts.c.name.label("account"), last.mode, last.ended_at)
        .join(accounts, accounts.c.id == last.account_id)
        .order_by(last.ended_at.desc())
    )
    return [FailedDelivery(**row) for row in rows.mappings()]
