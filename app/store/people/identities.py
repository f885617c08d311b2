"""Identities of people in the database, and the log-ins that their provider has not answered yet."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.tables.people import begun_log_ins, user_identities, users

_LASTS = timedelta(minutes=10)
_i, _b = user_identities.c, begun_log_ins.c


async def user_of(connection: AsyncConnection, issuer: str, subject: str) -> Row[Any] | None:
    """Read the user whom a provider knows by a subject."""
    statement = select(users).join(user_identities, _i.user_id == users.c.id)
    return (await connection.execute(statement.where(_i.issuer == issuer, _i.subject == subject))).first()


async def add(connection: AsyncConnection, issuer: str, subject: str, user_id: UUID, now: datetime) -> None:
    """Insert an identity; the subject has no user yet."""
    values = {"issuer": issuer, "subject": subject, "user_id": user_id, "created_at": now}
    await connection.execute(insert(user_identities).values(**values))


def is_of(user_id: Any) -> ColumnElement[bool]:  # noqa: ANN401 - an id, or a column of ids
    """Return the condition that a user has an identity."""
    return select(_i.user_id).where(_i.user_id == user_id).exists()


async def begin(connection: AsyncConnection, digest: bytes, goes_on: str, invitation: bytes | None) -> None:
    """Insert a log-in that lasts ten minutes, and delete those that are over."""
    await connection.execute(delete(begun_log_ins).where(_b.expires_at < func.now()))
    values = {"digest": digest, "goes_on": goes_on, "invitation": invitation, "expires_at": func.now() + _LASTS}
    await connection.execute(insert(begun_log_ins).values(**values))


async def take(connection: AsyncConnection, digest: bytes) -> Row[Any] | None:
    """Delete a log-in that is not over, and return it: nobody else gets it."""
    is_over = (_b.expires_at < func.now()).label("is_over")
    statement = delete(begun_log_ins).where(_b.digest == digest).returning(_b.goes_on, _b.invitation, is_over)
    found: Row[Any] | None = (await connection.execute(statement)).first()
    return None if found is None or found.is_over else found
