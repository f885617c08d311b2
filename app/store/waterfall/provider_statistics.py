"""Count what providers answer; what was counted fades with time and with newer answers."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, and_, bindparam, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.order.cells import Cell, Counts, RouteKey
from app.domain.vocabulary import Field, Mode
from app.store.database.lock_wait import run_in_turn
from app.store.database.queries import SqlQuery, nothing
from app.store.database.row_sets import insert_given, row_set
from app.store.tables.order import provider_statistics

# After so many days, or so many newer answers, an answer counts half as much.
HALF_LIFE_DAYS, HALF_LIFE_ANSWERS = 60.0, 1000.0
# The last answers of a cell, apart from the others. Where their rate is further from that of the older answers than
# chance explains, in standard errors, the provider has changed, and the older answers are forgotten. Fewer than `FEW`
# on either side show nothing.
RECENT_HALF_LIFE_ANSWERS, FEW, CHANGED_ERRORS = 60.0, 20.0, 4.0
_COUNTS = Counts.__struct_fields__
_CELL = ("mode", "provider", "field", "route", "segment", "missed")
_RECENT = {"recent_asked": "asked", "recent_returned": "returned"}
_NAMES = (*_CELL, *_COUNTS, *_RECENT, "updated_at")
_ADD = insert_given(provider_statistics, _NAMES)
_OLD = provider_statistics.c
_DAYS = func.extract("epoch", _ADD.excluded.updated_at - _OLD.updated_at) / 86_400.0


def _faded(column: str, half_life_answers: float) -> ColumnElement[float]:
    """Return a count with what is new, its older part faded."""
    new = _ADD.excluded
    halves = func.greatest(_DAYS, 0.0) / HALF_LIFE_DAYS + (new.asked + new.failed) / half_life_answers
    return _OLD[column] * func.power(0.5, halves) + new[_RECENT.get(column, column)]


_NOW = {name: _faded(name, HALF_LIFE_ANSWERS) for name in _COUNTS}
_LATELY = {name: _faded(name, RECENT_HALF_LIFE_ANSWERS) for name in _RECENT}
_OLDER = {of: _NOW[of] - _LATELY[name] for name, of in _RECENT.items()}
_RATE = (_NOW["returned"] + 1.0) / (_NOW["asked"] + 2.0)
# Pearson's test of two rates. PostgreSQL may compute both conditions, so that neither divides by zero.
_RECENT_TRIES, _OLDER_TRIES = (func.greatest(tries, 1.0) for tries in (_LATELY["recent_asked"], _OLDER["asked"]))
_HAS_CHANGED = and_(
    func.least(_LATELY["recent_asked"], _OLDER["asked"]) >= FEW,
    func.power(_LATELY["recent_returned"] / _RECENT_TRIES - _OLDER["returned"] / _OLDER_TRIES, 2.0)
    > CHANGED_ERRORS**2 * _RATE * (1.0 - _RATE) * (1.0 / _RECENT_TRIES + 1.0 / _OLDER_TRIES),
)
# The parts of what was counted that are recent: of the values and of what became of them, and of everything else.
_OF_VALUES = _LATELY["recent_returned"] / func.greatest(_NOW["returned"], 1e-9)
_OF_CALLS = _LATELY["recent_asked"] / _NOW["asked"]
_COUNT = _ADD.on_conflict_do_update(
    index_elements=_CELL,
    set_={
        name: case(
            (_HAS_CHANGED, _NOW[name] * (_OF_VALUES if name in {"returned", "accepted", "risky"} else _OF_CALLS)),
            else_=_NOW[name],
        )
        for name in _COUNTS
    }
    | _LATELY
    | {"updated_at": func.greatest(_OLD.updated_at, _ADD.excluded.updated_at)},
)
_READ = select(provider_statistics).where(_OLD.mode == bindparam("mode"))


async def add(connection: AsyncConnection, observed: Mapping[tuple[Mode, Cell], Counts], now: datetime) -> None:
    """Count answers; the rows are locked in the order of their keys, until the transaction commits."""
    rows = {(mode.value, *_texts(cell)): counts for (mode, cell), counts in observed.items()}
    if rows:
        written = [
            dict(zip(_CELL, key, strict=True))
            | msgspec.structs.asdict(rows[key])
            | {name: getattr(rows[key], of) for name, of in _RECENT.items()}
            | {"updated_at": now}
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
