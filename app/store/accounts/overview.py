"""The accounts of an installation at a glance, for its operators."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.tables.core import accounts, api_keys
from app.store.tables.people import memberships


async def overview(connection: AsyncConnection, most: int) -> Sequence[Any]:
    """Read the accounts by name: credits, keys that are not revoked, members, and when a key was used last."""
    rows: Sequence[Any] = (await connection.execute(_statement().order_by(accounts.c.name).limit(most))).all()
    return rows


async def one_account(connection: AsyncConnection, account_id: UUID) -> Row[Any] | None:
    """Read an account as `overview` does."""
    row: Row[Any] | None = (await connection.execute(_statement().where(accounts.c.id == account_id))).first()
    return row


def _statement() -> Select[Any]:
    k = api_keys.c
    own = (k.account_id == accounts.c.id, k.revoked_at.is_(None))
    members = select(func.count()).where(memberships.c.account_id == accounts.c.id).scalar_subquery()
    return select(
        accounts.c.id,
        accounts.c.name,
        accounts.c.title,
        accounts.c.balance,
        accounts.c.earned,
        accounts.c.spent,
        accounts.c.created_at,
        accounts.c.suspended_at,
        accounts.c.suspension,
        select(func.count()).where(*own).scalar_subquery().label("keys"),
        select(func.max(k.last_used_at)).where(k.account_id == accounts.c.id).scalar_subquery().label("last_used_at"),
        members.label("members"),
    )
