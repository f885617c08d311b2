"""Waterfalls of accounts: read, written and deleted by name."""

from datetime import datetime

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.owner import Owner
from app.domain.order.waterfall import Waterfall
from app.store.tables.order import waterfalls


async def of_owner(connection: AsyncConnection, owner: Owner) -> dict[str, Waterfall]:
    """Read an account's waterfalls in one mode, by name."""
    w = waterfalls.c
    rows = await connection.execute(
        select(w.name, w.definition)
        .where(w.account_id == owner.account_id, w.mode == owner.mode.value)
        .order_by(w.name)
    )
    return {row.name: msgspec.convert(row.definition | {"name": row.name}, Waterfall) for row in rows}


async def put(connection: AsyncConnection, owner: Owner, waterfall: Waterfall, now: datetime) -> None:
    """Write a waterfall under its name, in place of one that has it."""
    definition = msgspec.to_builtins(waterfall)
    definition.pop("name", None)
    statement = insert(waterfalls).values(
        account_id=owner.account_id,
        mode=owner.mode.value,
        name=waterfall.name,
        definition=definition,
        updated_at=now,
    )
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["account_id", "mode", "name"],
            set_={"definition": statement.excluded.definition, "updated_at": statement.excluded.updated_at},
        )
    )


async def remove(connection: AsyncConnection, owner: Owner, name: str) -> bool:
    """Delete a waterfall; return whether there was one."""
    w = waterfalls.c
    gone = await connection.execute(
        delete(waterfalls).where(w.account_id == owner.account_id, w.mode == owner.mode.value, w.name == name)
    )
    return gone.rowcount > 0
