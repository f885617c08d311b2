"""Suspensions of accounts in the database."""

from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.tables.core import accounts


async def suspend(connection: AsyncConnection, account_id: UUID, reason: str) -> bool:
    """Suspend an account, or give another reason; returns whether there is such an account."""
    since = func.coalesce(accounts.c.suspended_at, func.now())
    statement = update(accounts).where(accounts.c.id == account_id).values(suspended_at=since, suspension=reason)
    return (await connection.execute(statement)).rowcount > 0


async def resume(connection: AsyncConnection, account_id: UUID) -> bool:
    """End the suspension of an account; returns whether there is such an account."""
    statement = update(accounts).where(accounts.c.id == account_id).values(suspended_at=None, suspension=None)
    return (await connection.execute(statement)).rowcount > 0


async def read(connection: AsyncConnection, account_id: UUID) -> str | None:
    """Read why an account is suspended; None where it is not."""
    found: str | None = await connection.scalar(select(accounts.c.suspension).where(accounts.c.id == account_id))
    return found
