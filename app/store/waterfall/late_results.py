"""Lease attempts that were given up, and store the late results that come of them."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.contacts.contact import Contact
from app.domain.vocabulary import EnrichmentType, Field, Mode, RunStatus, Tier
from app.domain.waterfall.late_results import LateResult
from app.domain.waterfall.result import Result
from app.store.database.row_sets import insert_given, row_set
from app.store.tables.core import attempts, cache_entries, cascades, runs
from app.store.waterfall.cache import CacheEntry


class PendingLateResult(msgspec.Struct, frozen=True, kw_only=True):
    """A look-up that was given up, of a cascade that has ended, and that this process is to look at.

    Attributes:
        cost_usd: What the attempt says that it cost, in USD.
        looks: How many looks there were, this one included; a look that another process took over has another number.
        given_up_at: When the attempt ended.
        ended_at: When its cascade ended.
    """

    cascade_id: UUID
    account_id: UUID
    mode: Mode
    type: EnrichmentType
    fingerprint: bytes
    contact: Contact
    provider: str
    field: Field
    tier: Tier
    route: str
    position: int
    fencing_token: int
    ticket: dict[str, str]
    cost_usd: Decimal
    looks: int
    given_up_at: datetime
    ended_at: datetime


_PLACE = (attempts.c.cascade_id, attempts.c.provider, attempts.c.field)
_COLUMNS = (
    *_PLACE,
    attempts.c.tier,
    attempts.c.route,
    attempts.c.position,
    attempts.c.fencing_token,
    attempts.c.ticket,
    attempts.c.cost_usd,
    attempts.c.late_result_polls.label("looks"),
    attempts.c.ended_at.label("given_up_at"),
    cascades.c.account_id,
    cascades.c.mode,
    cascades.c.type,
    cascades.c.fingerprint,
    cascades.c.contact,
    cascades.c.ended_at,
)
_new = insert_given(cache_entries, CacheEntry.__struct_fields__)
# A newer look-up may have ended since the entry was read; what it said stays.
_PUT = _new.on_conflict_do_update(
    index_elements=["account_id", "mode", "fingerprint", "type"],
    set_={name: _new.excluded[name] for name in ("run_id", "result", "degraded", "ended_at")},
    where=cache_entries.c.ended_at <= _new.excluded.ended_at,
)


async def lease(connection: AsyncConnection, *, now: datetime, until: datetime, limit: int) -> list[PendingLateResult]:
    """Lease attempts whose result is due, until a time; the attempts of a lost process are due again then.

    Look-ups of cascades that still run are left alone: the run itself may yet end otherwise.
    """
    due = (
        select(*_PLACE)
        .join(cascades, cascades.c.id == attempts.c.cascade_id)
        .where(attempts.c.late_result_due_at <= now, attempts.c.ticket.is_not(None), cascades.c.open.is_(False))
        .order_by(attempts.c.late_result_due_at)
        .limit(limit)
        .with_for_update(of=attempts, skip_locked=True)
        .cte("due")
    )
    taken = await connection.execute(
        update(attempts)
        .where(
            *(column == due.c[column.name] for column in _PLACE),
            cascades.c.id == attempts.c.cascade_id,
        )
        .values(late_result_due_at=until, late_result_polls=attempts.c.late_result_polls + 1)
        .returning(*_COLUMNS)
    )
    return [_pending(row) for row in taken]


def _pending(row: Row[Any]) -> PendingLateResult:
    plain = (
        "cascade_id",
        "account_id",
        "provider",
        "route",
        "position",
        "fencing_token",
        "ticket",
        "cost_usd",
        "looks",
    )
    return PendingLateResult(
        **{name: getattr(row, name) for name in plain},
        mode=Mode(row.mode),
        type=EnrichmentType(row.type),
        fingerprint=bytes(row.fingerprint),
        contact=msgspec.convert(row.contact, Contact),
        field=Field(row.field),
        tier=Tier(row.tier),
        given_up_at=row.given_up_at,
        ended_at=row.ended_at,
    )


async def settle(
    connection: AsyncConnection, pending: PendingLateResult, *, due: datetime | None, late: LateResult | None
) -> bool:
    """Write when to look again, or what it came to.

    The cascade is locked first, so that two results of one cascade complete the same cache entry one after the other.

    Returns:
        False when another process took the look-up over; then nothing was written.
    """
    await connection.execute(
        select(cascades.c.id).where(cascades.c.id == pending.cascade_id).with_for_update(key_share=True)
    )
    written = await connection.execute(
        update(attempts)
        .where(
            attempts.c.cascade_id == pending.cascade_id,
            attempts.c.provider == pending.provider,
            attempts.c.field == pending.field.value,
            attempts.c.late_result_polls == pending.looks,
            attempts.c.late_result_due_at.is_not(None),
        )
        .values(late_result_due_at=due, late_result=None if late is None else msgspec.to_builtins(late))
    )
    return bool(written.rowcount)


async def source(connection: AsyncConnection, cascade_id: UUID) -> UUID | None:
    """Find the run that a cache entry points to: the first that its cascade ended; None where all were cancelled."""
    ended = (RunStatus.COMPLETED.value, RunStatus.FAILED.value)
    found: UUID | None = await connection.scalar(
        select(runs.c.id).where(runs.c.cascade_id == cascade_id, runs.c.status.in_(ended)).order_by(runs.c.id).limit(1)
    )
    return found


async def held(connection: AsyncConnection, pending: PendingLateResult) -> tuple[Result, datetime] | None:
    """Read what the cache holds for the person and type of a look-up, and when that look-up ended."""
    found = await connection.execute(
        select(cache_entries.c.result, cache_entries.c.ended_at).where(
            cache_entries.c.account_id == pending.account_id,
            cache_entries.c.mode == pending.mode.value,
            cache_entries.c.fingerprint == pending.fingerprint,
            cache_entries.c.type == pending.type.value,
        )
    )
    row = found.one_or_none()
    return (msgspec.convert(row.result, Result), row.ended_at) if row else None


async def improve(connection: AsyncConnection, entry: CacheEntry) -> None:
    """Write an entry unless that of a newer look-up has come meanwhile."""
    await connection.execute(_PUT, row_set([msgspec.structs.asdict(entry)]))
