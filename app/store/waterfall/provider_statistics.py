"""Count what providers answer; what was counted fades with time and with newer answers."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.order.cells import Cell, Counts, RouteKey
from app.domain.vocabulary import Field, Mode
from app.store.database.lock_wait import run_in_turn
from app.store.database.queries import SqlQuery, nothing
from app.store.database.row_sets import insert_given, row_set
from app.store.tables.order import provider_statistics

# After so many days, or so many newer answers, an answer counts half as much.
HALF_LIFE_DAYS, HALF_LIFE_ANSWERS = 60.0, 1000.0
_COUNTS = Counts.__struct_fields__
_CELL = ("mode", "provider", "field", "route", "segment", "missed")
_NAMES = (*_CELL, *_COUNTS, "updated_at")
_ADD = insert_given(provider_statistics, _NAMES)
_OLD = provider_statistics.c
_DAYS = func.extract("epoch", _ADD.excluded.updated_at - _OLD.updated_at) / 86_400.0
_FADED = func.power(
    0.5,
    func.greatest(_DAYS, 0.0) / HALF_LIFE_DAYS + (_ADD.excluded.asked + _ADD.excluded.failed) / HALF_LIFE_ANSWERS,
)
_COUNT = _ADD.on_conflict_do_update(
    index_elements=_CELL,
    set_={name: _OLD[name] * _FADED + _ADD.excluded[name] for name in _COUNTS}
    | {"updated_at": func.greatest(_OLD.updated_at, _ADD.excluded.updated_at)},
)
_READ = select(provider_statistics).where(_OLD.mode == bindparam("mode"))


async def add(connection: AsyncConnection, observed: Mapping[tuple[Mode, Cell], Counts], now: datetime) -> None:
    """Count answers; the rows are locked in the order of their keys, until the transaction commits."""
    rows = {(mode.value, *_texts(cell)): counts for (mode, cell), counts in observed.items()}
    if rows:
        written = [
            dict(zip(_CELL, key, strict=True)) | msgspec.structs.asdict(rows[key]) | {"updated_at": now}
            for key in sorted(rows)
        ]
        await run_in_turn(connection, SqlQuery(_COUNT, row_set(written), nothing))


async def read(connection: AsyncConnection, mode: Mode) -> dict[Cell, Counts]:
    """Read everything that was counted in a mode, as it stood when it was counted last."""
    rows = await connection.execute(_READ, {"mode": mode.value})
    return {
        Cell(
            RouteKey(row.provider, Field(row.field), row.route),
            row.segment,
            frozenset(row.missed.split(",")) if row.missed else frozenset(),
        ): Counts(**{name: getattr(row, name) for name in _COUNTS})
        for row in rows
    }


def _texts(cell: Cell) -> tuple[str, ...]:
    key = cell.key
    return key.provider, key.field.value, key.route, cell.segment, ",".join(sorted(cell.missed))
