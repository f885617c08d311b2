"""Idempotency records: begun, bound to the run they accepted, completed with the answer that was given."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, bindparam, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.tables.core import idempotency_keys


async def begin(
    connection: AsyncConnection,
    *,
    key_id: UUID,
    operation: str,
    key: str,
    fingerprint: bytes,
    now: datetime,
    lock: timedelta,
    lifetime: timedelta,
) -> Row[Any] | None:
    """Take a record, or return the one that is in the way.

    A record that is older than `lifetime`, or whose request died before it accepted anything, is taken over.
    """
    table = idempotency_keys.c
    statement = insert(idempotency_keys).values(
        key_id=key_id,
        operation=operation,
        key=key,
        fingerprint=fingerprint,
        created_at=now,
        locked_until=now + lock,
    )
    abandoned = and_(table.status.is_(None), table.run_id.is_(None), table.locked_until < now)
    taken = await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["key_id", "operation", "key"],
            set_={
                name: statement.excluded[name]
                for name in (
                    "fingerprint",
                    "created_at",
                    "locked_until",
                    "run_id",
                    "status",
                    "headers",
                    "body",
                )
            },
            where=or_(table.created_at <= now - lifetime, abandoned),
        ).returning(table.key)
    )
    if taken.first():
        return None
    found = await connection.execute(
        select(idempotency_keys).where(table.key_id == key_id, table.operation == operation, table.key == key)
    )
    return found.first()


async def bind(connection: AsyncConnection, records: Sequence[tuple[UUID, str, str, UUID]]) -> None:
    """Tie records to the runs that their requests had accepted, in the transaction that accepts."""
    if records:
        await connection.execute(
            update(idempotency_keys).where(
                idempotency_keys.c.key_id == bindparam("k"),
                idempotency_keys.c.operation == bindparam("o"),
                idempotency_keys.c.key == bindparam("n"),
            ),
            [{"k": key_id, "o": operation, "n": key, "run_id": run_id} for key_id, operation, key, run_id in records],
        )


async def is_bound(connection: AsyncConnection, *, key_id: UUID, operation: str, key: str) -> bool:
    """Lock a record and return whether it is tied to a run, job or batch that was accepted."""
    table = idempotency_keys.c
    found = await connection.scalar(
        select(table.run_id)
        .where(table.key_id == key_id, table.operation == operation, table.key == key)
        .with_for_update()
    )
    return found is not None


async def complete(
    connection: AsyncConnection,
    *,
    key_id: UUID,
    operation: str,
    key: str,
    status: int,
    headers: dict[str, str],
    body: bytes,
) -> None:
    """Store the answer that later requests get."""
    await connection.execute(
        update(idempotency_keys)
        .where(
            idempotency_keys.c.key_id == key_id,
            idempotency_keys.c.operation == operation,
            idempotency_keys.c.key == key,
        )
        .values(status=status, headers=headers, body=body)
    )


async def release(connection: AsyncConnection, *, key_id: UUID, operation: str, key: str) -> None:
    """Delete a record whose request was rejected."""
    await connection.execute(
        delete(idempotency_keys).where(
            idempotency_keys.c.key_id == key_id,
            idempotency_keys.c.operation == operation,
            idempotency_keys.c.key == key,
            idempotency_keys.c.run_id.is_(None),
            idempotency_keys.c.status.is_(None),
        )
    )


async def expire(connection: AsyncConnection, before: datetime, limit: int = 1000) -> int:
    """Delete records older than a time; returns how many."""
    table = idempotency_keys.c
    old = select(table.key_id, table.operation, table.key).where(table.created_at < before).limit(limit).subquery()
    result = await connection.execute(
        delete(idempotency_keys).where(
            table.key_id == old.c.key_id, table.operation == old.c.operation, table.key == old.c.key
        )
    )
    return result.rowcount
