"""Sessions of people in the database; idle ones count as ended, by the database's clock."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Row, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.database.queries import SqlQuery, run_together
from app.store.people.users import accounts_of_user
from app.store.tables.core import accounts
from app.store.tables.people import user_sessions, users

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=30)
USED_EVERY = timedelta(minutes=1)
_s = user_sessions.c


class NewSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session to be inserted; only the digest of its secret is stored."""

    id: UUID
    digest: bytes
    user_id: UUID
    account_id: UUID | None
    user_agent: str
    address: str
    created_at: datetime


def _alive() -> tuple[ColumnElement[bool], ...]:
    return (
        _s.ended_at.is_(None),
        _s.last_used_at > func.now() - IDLE,
        _s.created_at > func.now() - LONGEST,
    )


_FIND = (
    select(
        _s.id,
        _s.mode,
        _s.user_id,
        (_s.last_used_at < func.now() - USED_EVERY).label("stale"),
        users.c.email,
        users.c.name,
        users.c.operator,
        _s.account_id,
        accounts.c.balance,
        accounts.c.suspension,
    )
    .join(users, users.c.id == _s.user_id)
    .outerjoin(accounts, accounts.c.id == _s.account_id)
    .where(_s.digest == bindparam("digest"), users.c.disabled_at.is_(None), *_alive())
)
_ACCOUNTS_OF_SESSION = accounts_of_user(select(_s.user_id).where(_s.digest == bindparam("digest")).scalar_subquery())


async def add(connection: AsyncConnection, session: NewSession) -> None:
    """Insert a session."""
    values = msgspec.structs.asdict(session)
    # The database's clock decides when a session is idle, so that it also says when it was used.
    times = {"created_at": func.now(), "last_used_at": func.now()}
    await connection.execute(insert(user_sessions).values(**values | times))


async def find(connection: AsyncConnection, digest: bytes) -> tuple[Any | None, Sequence[Any]]:
    """Read a living session with its user and the account that it shows, and the accounts that the user belongs to.

    Both come in one round trip, for every page of the app asks for them. The account that the session shows may be
    among those no longer; where no session lives, there is neither.
    """
    values = {"digest": digest}
    found, own = await run_together(
        connection, SqlQuery(_FIND, values, _first), SqlQuery(_ACCOUNTS_OF_SESSION, values, list)
    )
    return (found, own) if found else (None, [])


def _first(rows: Sequence[Any]) -> Any | None:  # noqa: ANN401 - a row
    return rows[0] if rows else None


async def touch(connection: AsyncConnection, session_id: UUID) -> None:
    """Note that a session is used; nobody waits for a row that another request notes."""
    free = select(_s.id).where(_s.id == session_id).with_for_update(skip_locked=True)
    await connection.execute(update(user_sessions).where(_s.id.in_(free)).values(last_used_at=func.now()))


async def show(connection: AsyncConnection, session_id: UUID, **values: object) -> None:
    """Let a session show another account or mode."""
    await connection.execute(update(user_sessions).where(_s.id == session_id).values(**values))


async def of_user(connection: AsyncConnection, user_id: UUID) -> Sequence[Row[Any]]:
    """Read the living sessions of a user, the one that was used last first."""
    statement = select(user_sessions).where(_s.user_id == user_id, *_alive())
    return (await connection.execute(statement.order_by(_s.last_used_at.desc()))).all()


async def end(connection: AsyncConnection, user_id: UUID, session_id: UUID | None = None) -> int:
    """End one of a user's sessions, or all of them; returns how many were ended."""
    statement = update(user_sessions).where(_s.user_id == user_id, _s.ended_at.is_(None))
    if session_id:
        statement = statement.where(_s.id == session_id)
    return (await connection.execute(statement.values(ended_at=func.now()))).rowcount


async def end_others(connection: AsyncConnection, user_id: UUID, kept: UUID) -> None:
    """End all sessions of a user but one."""
    others = update(user_sessions).where(_s.user_id == user_id, _s.id != kept, _s.ended_at.is_(None))
    await connection.execute(others.values(ended_at=func.now()))


async def forget(connection: AsyncConnection, user_id: UUID) -> None:
    """Delete a user's sessions that have been over for long."""
    old = (_s.last_used_at < func.now() - 2 * LONGEST) | (_s.ended_at < func.now() - LONGEST)
    await connection.execute(user_sessions.delete().where(_s.user_id == user_id, old))
