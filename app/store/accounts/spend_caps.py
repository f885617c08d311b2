"""Store caps, and what counts against them; a cap's row is where spending lines up."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, Select, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.pricing import EntryKind
from app.domain.accounts.spend_cap import (
    ALL_PROVIDERS,
    EVERYBODY,
    CapKey,
    CapPeriod,
    CapSetter,
    CapUnit,
    SpendCap,
    counted,
    start_of,
)
from app.domain.vocabulary import Mode
from app.store.database import time_ids
from app.store.database.lock_wait import run_in_turn
from app.store.database.queries import SqlQuery
from app.store.database.row_sets import given, row_set
from app.store.tables.core import CHARGED, attempts, cascades, credit_entries
from app.store.tables.spend import spend_caps

_KEY = CapKey._fields
_GIVEN = given(spend_caps, (*_KEY, "used", "period_start"))
_COUNT = (
    update(spend_caps)
    .where(*(spend_caps.c[name] == _GIVEN.c[name] for name in _KEY))
    .values(used=_GIVEN.c.used, period_start=_GIVEN.c.period_start)
)
_ORDER = tuple(spend_caps.c[name] for name in _KEY)
_LOCK = (
    select(spend_caps)
    .where(spend_caps.c.unit == bindparam("unit"), spend_caps.c.account_id == func.any(bindparam("accounts")))
    .order_by(*_ORDER)
    .with_for_update()
)
_IN_CREDITS = (
    select(spend_caps)
    .where(
        spend_caps.c.unit == CapUnit.CREDITS.value,
        spend_caps.c.account_id == func.any(bindparam("accounts")),
    )
    .order_by(*_ORDER)
)


async def of_unit(connection: AsyncConnection, unit: CapUnit) -> list[SpendCap]:
    """Read all caps of a unit."""
    rows = await connection.execute(select(spend_caps).where(spend_caps.c.unit == unit.value).order_by(*_ORDER))
    return [_cap(row) for row in rows]


async def of_account(connection: AsyncConnection, account_id: UUID) -> list[SpendCap]:
    """Read the caps of an account, or those of all accounts together."""
    rows = await connection.execute(select(spend_caps).where(spend_caps.c.account_id == account_id).order_by(*_ORDER))
    return [_cap(row) for row in rows]


async def every(connection: AsyncConnection) -> list[SpendCap]:
    """Read all caps."""
    return [_cap(row) for row in await connection.execute(select(spend_caps).order_by(*_ORDER))]


def in_credits(account_ids: Iterable[UUID]) -> SqlQuery[Sequence[SpendCap]]:
    """Read the caps in credits of accounts; the locks of the accounts keep what counts against them."""
    return SqlQuery(_IN_CREDITS, {"accounts": list(account_ids)}, lambda rows: [_cap(row) for row in rows])


async def charge(
    connection: AsyncConnection, before: Sequence[SpendCap], moved: Mapping[UUID, int], now: datetime
) -> None:
    """Count credits that accounts are charged or get back against their caps, which were read just now."""
    after = before
    for account_id, credits_ in moved.items():
        after = counted(after, account_id, ALL_PROVIDERS, Decimal(credits_), now)
    await write(connection, before, after)


async def lock(connection: AsyncConnection, account_ids: Iterable[UUID], unit: CapUnit) -> list[SpendCap]:
    """Lock and read the caps of a unit that hold for accounts, in the order that every transaction keeps."""
    values = {"unit": unit.value, "accounts": [EVERYBODY, *set(account_ids)]}
    return await run_in_turn(connection, SqlQuery(_LOCK, values, lambda rows: [_cap(row) for row in rows]))


def _cap(row: Row[Any]) -> SpendCap:
    return SpendCap(
        account_id=row.account_id,
        provider=row.provider,
        period=CapPeriod(row.period),
        unit=CapUnit(row.unit),
        set_by=CapSetter(row.set_by),
        amount=row.amount,
        used=row.used,
        period_start=row.period_start,
    )


async def write(connection: AsyncConnection, before: Sequence[SpendCap], after: Sequence[SpendCap]) -> None:
    """Write what counts against caps that are locked."""
    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    if changed:
        await connection.execute(_COUNT, row_set(msgspec.structs.asdict(cap) for cap in changed))


async def put(connection: AsyncConnection, key: CapKey, amount: Decimal, now: datetime) -> None:
    """Set a cap; what was spent since the beginning of its period counts."""
    start = start_of(key.period, now)
    values = {
        "amount": amount,
        "used": await spent(connection, key, start),
        "period_start": start,
    }
    await connection.execute(
        insert(spend_caps)
        .values(**key._asdict(), **values)
        # What counts against a cap that there is goes on counting.
        .on_conflict_do_update(index_elements=_KEY, set_={"amount": amount})
    )


async def spent(connection: AsyncConnection, key: CapKey, since: datetime) -> Decimal:
    """Add up what counts against a cap since a time: charges of calls that began then, or credits."""
    return await connection.scalar(_spent(key, since)) or Decimal(0)


async def remove(connection: AsyncConnection, key: CapKey) -> bool:
    """Remove a cap; returns whether there was one."""
    mine = (spend_caps.c[name] == value for name, value in key._asdict().items())
    return bool((await connection.execute(delete(spend_caps).where(*mine))).rowcount)


def _spent(key: CapKey, since: datetime) -> Select[Any]:
    if key.unit is CapUnit.CREDITS:
        e = credit_entries.c
        mine = (e.account_id == key.account_id, e.id >= time_ids.since(since), e.created_at >= since)
        return select(func.greatest(0, -func.sum(e.amount))).where(*mine, e.kind != EntryKind.GRANT.value)
    c = cascades.c
    counts = c.mode == Mode.LIVE.value
    if key.account_id != EVERYBODY:
        counts &= c.account_id == key.account_id
    # Looked up call by call: for a join PostgreSQL would read all cascades there are.
    counts_here = select(counts).where(c.id == attempts.c.cascade_id).scalar_subquery()
    statement = select(func.sum(CHARGED)).where(attempts.c.started_at >= since, counts_here)
    return statement if key.provider == ALL_PROVIDERS else statement.where(attempts.c.provider == key.provider)
