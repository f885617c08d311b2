"""The accounts of an installation at a glance, for its operators."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.tables.core import accounts, api_keys
from app.store.tables.people import memberships


async def overview(connection: AsyncConnection, most: int) -> Sequence[Any]:
    """Read the accounts by name: credits, keys that are not revoked, members, and when a key was used last."""
    k = api_keys.c
    own = (k.account_id == accounts.c.id, k.revoked_at.is_(None))
    members = select(func.count()).where(memberships.c.account_id == accounts.c.id).scalar_subquery()
    statement = select(
        accounts.c.id,
        accounts.c.name,
        accounts.c.balance,
        accounts.c.earned,
        accounts.c.spent,
        accounts.c.created_at,
        select(func.count()).where(*own).scalar_subquery().label("keys"),
        select(func.max(k.last_used_at)).where(k.account_id == accounts.c.id).scalar_subquery().label("last_used_at"),
        members.label("members"),
    )
    return (await connection.execute(statement.order_by(accounts.c.name).limit(most))).all()
