"""Idempotency records: begun, bound to the run they accepted, completed with the answer that was given.

All times are the database's, so that the clocks of the API's machines do not matter. A request holds its record by the
time until which it is locked: another time means that another request took the record over.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Row, and_, bindparam, delete, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.database.portions import oldest
from app.store.tables.core import idempotency_keys

_now = func.clock_timestamp()
_taken_over = ("fingerprint", "created_at", "locked_until", "run_id", "status", "headers", "body")


class RecordKey(msgspec.Struct, frozen=True):
    """Names a record: the API key, method and path, and the client's key."""

    key_id: UUID
    operation: str
    key: str

    def matches(self) -> ColumnElement[bool]:
        """Return the condition on its row."""
        table = idempotency_keys.c
        return and_(table.key_id == self.key_id, table.operation == self.operation, table.key == self.key)


async def begin(
    connection: AsyncConnection, record: RecordKey, *, fingerprint: bytes, lock: timedelta, lifetime: timedelta
) -> tuple[datetime | None, Row[Any] | None]:
    """Take a record, or return the one that is in the way.

    A record that is older than `lifetime`, or whose request died before it accepted anything, is taken over.

    Returns:
        The time until which the record is now held, or None and the row that is in the way, with `is_locked`.
    """
    table = idempotency_keys.c
    statement = insert(idempotency_keys).values(
        **msgspec.structs.asdict(record), fingerprint=fingerprint, created_at=_now, locked_until=_now + lock
    )
    abandoned = and_(table.status.is_(None), table.run_id.is_(None), table.locked_until < _now)
    taken = await connection.scalar(
        statement.on_conflict_do_update(
            index_elements=["key_id", "operation", "key"],
            set_={name: statement.excluded[name] for name in _taken_over},
            where=or_(table.created_at <= _now - lifetime, abandoned),
        ).returning(table.locked_until)
    )
    if taken is not None:
        return taken, None
    found = await connection.execute(
        select(idempotency_keys, (table.locked_until >= _now).label("is_locked")).where(record.matches())
    )
    return None, found.first()


async def held(connection: AsyncConnection, taken: Iterable[tuple[RecordKey, datetime]]) -> set[RecordKey]:
    """Lock records, and return those that the requests that took them still hold, and have accepted nothing yet."""
    wanted = dict(taken)
    if not wanted:
        return set()
    table = idempotency_keys.c
    key = (table.key_id, table.operation, table.key)
    rows = await connection.execute(
        select(*key, table.locked_until)
        .where(tuple_(*key).in_([msgspec.structs.astuple(record) for record in wanted]), table.run_id.is_(None))
        .order_by(*key)
        .with_for_update()
    )
    found = {RecordKey(row.key_id, row.operation, row.key): row.locked_until for row in rows}
    return {record for record, until in found.items() if wanted[record] == until}


async def was_begun(connection: AsyncConnection, record: RecordKey, held_until: datetime) -> bool:
    """Wait until nobody changes a record, and return whether it is held until this time."""
    table = idempotency_keys.c
    found = await connection.scalar(select(table.locked_until).where(record.matches()).with_for_update())
    return bool(found == held_until)


async def bind(connection: AsyncConnection, records: Sequence[tuple[RecordKey, UUID]]) -> None:
    """Tie records to the runs that their requests had accepted, in the transaction that accepts; a tie stays."""
    table = idempotency_keys.c
    if records:
        await connection.execute(
            update(idempotency_keys).where(
                table.key_id == bindparam("k"),
                table.operation == bindparam("o"),
                table.key == bindparam("n"),
                table.run_id.is_(None),
            ),
            [{"k": one.key_id, "o": one.operation, "n": one.key, "run_id": run_id} for one, run_id in records],
        )


async def complete(
    connection: AsyncConnection, record: RecordKey, *, status: int, headers: dict[str, str], body: bytes
) -> None:
    """Store the answer that later requests get."""
    await connection.execute(
        update(idempotency_keys)
        .where(record.matches(), idempotency_keys.c.status.is_(None))
        .values(status=status, headers=headers, body=body)
    )


async def release(connection: AsyncConnection, record: RecordKey, held_until: datetime | None) -> None:
    """Delete a record whose request accepted nothing; unlock it where the request did accept something after all.

    Where it is not known until when the request holds the record, any request loses it that has accepted nothing yet:
    it is then refused, and its repetition accepted.
    """
    table = idempotency_keys.c
    mine = and_(record.matches(), table.status.is_(None))
    if held_until is not None:
        mine = and_(mine, table.locked_until == held_until)
    deleted = await connection.execute(delete(idempotency_keys).where(mine, table.run_id.is_(None)))
    if not deleted.rowcount:
        await connection.execute(update(idempotency_keys).where(mine).values(locked_until=_now))


async def expire(connection: AsyncConnection, lifetime: timedelta, limit: int = 1000) -> int:
    """Delete records that are older; returns how many."""
    old = oldest(idempotency_keys, lambda c: c.created_at < func.now() - lifetime, by="created_at", limit=limit)
    result = await connection.execute(delete(idempotency_keys).where(old))
    return result.rowcount
