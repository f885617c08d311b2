"""Columns that hold encrypted values: read and replaced portion by portion, when the key changes."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Column, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.tables.webhooks import webhook_endpoints, webhook_secrets

ENCRYPTED: tuple[Column[Any], ...] = (webhook_secrets.c.encrypted_secret, webhook_endpoints.c.encrypted_headers)


async def portion(
    connection: AsyncConnection, column: Column[Any], *, after: UUID | None, limit: int
) -> list[tuple[UUID, bytes]]:
    """Read the next values of an encrypted column, with their rows' ids, in the order of these."""
    ids = column.table.c.id
    wanted = select(ids, column.label("value")).where(column.is_not(None)).order_by(ids).limit(limit)
    rows = await connection.execute(wanted if after is None else wanted.where(ids > after))
    return [(row.id, row.value) for row in rows]


async def replace(connection: AsyncConnection, column: Column[Any], new: Sequence[tuple[UUID, bytes, bytes]]) -> None:
    """Replace values, given as (id, old, new); one that was changed since it was read is left as it is."""
    change = (
        update(column.table)
        .where(column.table.c.id == bindparam("of_id"), column == bindparam("old"))
        .values({column.name: bindparam("new")})
    )
    if new:
        await connection.execute(change, [{"of_id": row_id, "old": old, "new": value} for row_id, old, value in new])
