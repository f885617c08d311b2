"""Read ended look-ups as they are recorded, for a simulation: a sample where there are many."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, String, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.owner import Owner
from app.domain.contacts.contact import Contact
from app.domain.order.waterfall import Waterfall
from app.domain.vocabulary import FINDS, EnrichmentType, Lane
from app.store.database import time_ids
from app.store.tables.core import cascades, runs

_c = cascades.c


class RecordedLookup(msgspec.Struct, frozen=True, kw_only=True):
    """An ended look-up that asked providers from the beginning."""

    id: UUID
    contact: Contact
    type: EnrichmentType
    lane: Lane
    only_providers: tuple[str, ...] | None
    max_cost_usd: Decimal | None
    waterfall: Waterfall | None


async def recorded(
    connection: AsyncConnection,
    owner: Owner,
    *,
    since: datetime,
    until: datetime,
    run_ids: Sequence[UUID] | None,
    most: int,
) -> tuple[int, list[RecordedLookup]]:
    """Count the ended look-ups of an owner, and read so many of them at most, always the same ones.

    Args:
        connection: To read.
        owner: Whose.
        since: When the first of them began.
        until: When the last of them began, exclusive.
        run_ids: Only the look-ups of these runs, whenever they began.
        most: A larger number is sampled by the digest of their ids, which says nothing about them.
    """
    mine = [_c.account_id == owner.account_id, _c.mode == owner.mode.value, ~_c.open]
    mine += [_c.type.in_([kind.value for kind in FINDS]), func.jsonb_array_length(_c.asked_before) == 0]
    if run_ids is None:
        # Ids are ordered by time, so that the range of the primary key is read alone.
        mine += [time_ids.between(_c.id, since, until)]
        mine += [_c.created_at >= since, _c.created_at < until]
    else:
        of_runs = select(runs.c.cascade_id).where(
            runs.c.id.in_(run_ids), runs.c.account_id == owner.account_id, runs.c.mode == owner.mode.value
        )
        mine.append(_c.id.in_(of_runs))
    columns = (_c.id, _c.contact, _c.type, _c.lane, _c.only_providers, _c.max_cost_usd, _c.waterfall)
    rows = await connection.execute(
        select(*columns, func.count().over().label("whole"))
        .where(*mine)
        .order_by(func.md5(cast(_c.id, String)))
        .limit(most)
    )
    found = rows.all()
    return (found[0].whole if found else 0), [_lookup(row) for row in found]


def _lookup(row: Row[Any]) -> RecordedLookup:
    return RecordedLookup(
        id=row.id,
        contact=msgspec.convert(row.contact, Contact),
        type=EnrichmentType(row.type),
        lane=Lane(row.lane),
        only_providers=None if row.only_providers is None else tuple(row.only_providers),
        max_cost_usd=row.max_cost_usd,
        waterfall=None if row.waterfall is None else msgspec.convert(row.waterfall, Waterfall),
    )
