"""Sign-ups in the database: one for each mailbox."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.tables.people import sign_ups


async def has_signed_up(connection: AsyncConnection, mailbox: str) -> bool:
    """Return whether a mailbox has opened an account."""
    found = await connection.scalar(select(sign_ups.c.mailbox).where(sign_ups.c.mailbox == mailbox))
    return found is not None


async def add(connection: AsyncConnection, mailbox: str, user_id: UUID, account_id: UUID, now: datetime) -> None:
    """Insert a sign-up; the mailbox has none yet."""
    await connection.execute(
        insert(sign_ups).values(mailbox=mailbox, user_id=user_id, account_id=account_id, created_at=now)
    )
