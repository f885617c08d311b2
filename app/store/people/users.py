"""Users and their memberships in the database."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.people.role import Role
from app.store.people import identities
from app.store.tables.core import accounts
from app.store.tables.people import memberships, user_sessions, users

_LAST_USED = (
    select(func.max(user_sessions.c.last_used_at)).where(user_sessions.c.user_id == users.c.id).scalar_subquery()
)
# By a password, or by an identity provider.
_CAN_ENTER = users.c.password_hash.is_not(None) | identities.is_of(users.c.id)
_USER = select(users, _CAN_ENTER.label("can_enter"))
# One at a time decides who is the last owner or operator, or claims an installation.
LAST_ONE_LOCK = 7_204_115


async def by_email(connection: AsyncConnection, email: str) -> Row[Any] | None:
    """Read the user of an address in its normal form."""
    return (await connection.execute(_USER.where(users.c.email == email))).first()


async def by_id(connection: AsyncConnection, user_id: UUID) -> Row[Any] | None:
    """Read a user."""
    return (await connection.execute(_USER.where(users.c.id == user_id))).first()


async def addresses(connection: AsyncConnection, user_ids: Iterable[UUID]) -> dict[str, str]:
    """Read the addresses of users by their ids as text."""
    wanted = select(users.c.id, users.c.email).where(users.c.id.in_(list(user_ids)))
    return {str(row.id): row.email for row in await connection.execute(wanted)}


async def add(connection: AsyncConnection, user_id: UUID, email: str, now: datetime) -> UUID:
    """Insert a user without a password, unless there is one of that address; returns the id of that address's user."""
    await connection.execute(
        insert(users).values(id=user_id, email=email, created_at=now).on_conflict_do_nothing(index_elements=["email"])
    )
    found: UUID = (await connection.execute(select(users.c.id).where(users.c.email == email))).scalar_one()
    return found


async def change(connection: AsyncConnection, user_id: UUID, **values: object) -> bool:
    """Change columns of a user; returns whether there is one."""
    return (await connection.execute(update(users).where(users.c.id == user_id).values(**values))).rowcount > 0


async def everyone(connection: AsyncConnection, most: int) -> Sequence[Row[Any]]:
    """Read the users by address, each with the names of their accounts and the time of their last request."""
    names = (
        select(func.coalesce(func.string_agg(accounts.c.name, ", "), ""))
        .select_from(memberships.join(accounts, accounts.c.id == memberships.c.account_id))
        .where(memberships.c.user_id == users.c.id)
        .scalar_subquery()
    )
    statement = select(users, names.label("accounts"), _LAST_USED.label("last_used_at"))
    return (await connection.execute(statement.order_by(users.c.email).limit(most))).all()


async def count(connection: AsyncConnection, *, operators: bool = False) -> int:
    """Count the users, or the operators among them that can sign in."""
    statement = select(func.count()).select_from(users)
    if operators:
        statement = statement.where(users.c.operator, users.c.disabled_at.is_(None), _CAN_ENTER)
    return await connection.scalar(statement) or 0


async def lock_last_one(connection: AsyncConnection) -> None:
    """Wait until no other transaction decides about the last owner or operator, and keep others waiting."""
    await connection.execute(select(func.pg_advisory_xact_lock(LAST_ONE_LOCK)))


async def join(connection: AsyncConnection, user_id: UUID, account_id: UUID, role: Role, now: datetime) -> None:
    """Make a user a member of an account, or give a member another role."""
    row = insert(memberships).values(user_id=user_id, account_id=account_id, role=role.value, created_at=now)
    await connection.execute(
        row.on_conflict_do_update(index_elements=["user_id", "account_id"], set_={"role": role.value})
    )


async def leave(connection: AsyncConnection, user_id: UUID, account_id: UUID) -> None:
    """End a membership; the user's sessions show another account from now on."""
    m, s = memberships.c, user_sessions.c
    await connection.execute(memberships.delete().where(m.user_id == user_id, m.account_id == account_id))
    await connection.execute(
        update(user_sessions).where(s.user_id == user_id, s.account_id == account_id).values(account_id=None)
    )


async def role_in(connection: AsyncConnection, user_id: UUID, account_id: UUID) -> Role | None:
    """Read a user's role in an account; None when they are no member."""
    m = memberships.c
    found = await connection.scalar(select(m.role).where(m.user_id == user_id, m.account_id == account_id))
    return Role(found) if found else None


def accounts_of_user(user_id: ColumnElement[UUID]) -> Select[Any]:
    """Select the accounts of a user by the name that people see, with the role in each."""
    shown = func.coalesce(accounts.c.title, accounts.c.name)
    return (
        select(accounts.c.id, shown.label("name"), memberships.c.role)
        .join(memberships, memberships.c.account_id == accounts.c.id)
        .where(memberships.c.user_id == user_id)
        .order_by(shown)
    )


async def accounts_of(connection: AsyncConnection, user_id: UUID) -> Sequence[Any]:
    """Read the accounts of a user by the name that people see, with the role in each."""
    found: Sequence[Any] = (await connection.execute(accounts_of_user(literal(user_id)))).all()
    return found


async def members(connection: AsyncConnection, account_id: UUID) -> Sequence[Any]:
    """Read the members of an account by address, with role and the time of their last request."""
    u = users.c
    statement = (
        select(u.id, u.email, u.name, u.disabled_at, memberships.c.role, _LAST_USED.label("last_used_at"))
        .join(memberships, memberships.c.user_id == u.id)
        .where(memberships.c.account_id == account_id)
    )
    return (await connection.execute(statement.order_by(u.email))).all()


async def owners(connection: AsyncConnection, account_id: UUID) -> int:
    """Count the owners of an account that may sign in."""
    m = memberships.c
    statement = (
        select(func.count())
        .select_from(memberships.join(users, users.c.id == m.user_id))
        .where(m.account_id == account_id, m.role == Role.OWNER.value, users.c.disabled_at.is_(None))
    )
    return await connection.scalar(statement) or 0
