"""Add up hours and days that are over, from the rows themselves; to repeat it changes nothing."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Select, Table, delete, func, insert, literal, literal_column, or_, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as insert_new
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.figures.spans import DAY, HOUR, created, day_of, hour_of
from app.store.figures.standings import standing_hours
from app.store.figures.usage import key_hours, provider_hours
from app.store.tables.core import cascades, runs
from app.store.tables.figures import (
    figures_changes,
    figures_progress,
    key_usage,
    provider_standings,
    provider_usage,
)

# An hour is added up so long after its end: then whatever was created in it is committed, or noted by a trigger.
SETTLED_AFTER = timedelta(minutes=20)
_R, _C, _CHANGES = runs.c, cascades.c, figures_changes.c
_TABLES: Sequence[tuple[Table, Callable[..., Select[Any]], Table]] = (
    (key_usage, key_hours, runs),
    (provider_usage, provider_hours, runs),
    (provider_standings, standing_hours, cascades),
)
# All accounts of an hour in which very much ran, or the hours of a day.
_PATIENCE = text("SET LOCAL statement_timeout = '15min'")


class ChangedHour(msgspec.Struct, frozen=True, order=True):
    """An hour of an account that is to be added up again."""

    begins_at: datetime
    account_id: UUID
    mode: str


async def roll_next(connection: AsyncConnection, now: datetime) -> bool:
    """Add up the next hour of all accounts, the day with its last one; return whether there was one that is over.

    Hours of which runs still go on are noted, so that their rows are read until they are added up again.
    """
    progress = figures_progress.c.rolled_until
    begin = await connection.scalar(select(progress)) or await _first_hour(connection, now)
    if begin + HOUR + SETTLED_AFTER > now:
        return False
    await connection.execute(_PATIENCE)
    await connection.execute(delete(figures_changes).where(_CHANGES.begins_at == begin))
    await _add_up(connection, begin)
    if day_of(begin) != day_of(begin + HOUR):
        await _add_up_day(connection, day_of(begin))
    written = insert_new(figures_progress).values(rolled_until=begin + HOUR)
    await connection.execute(
        written.on_conflict_do_update(index_elements=["is_only"], set_={"rolled_until": begin + HOUR})
    )
    return True


async def changed_hours(connection: AsyncConnection) -> list[ChangedHour]:
    """Read which hours are to be added up again, the oldest first."""
    rows = await connection.execute(select(_CHANGES.begins_at, _CHANGES.account_id, _CHANGES.mode).distinct())
    return sorted(ChangedHour(*row) for row in rows)


async def roll_again(connection: AsyncConnection, changed: ChangedHour) -> bool:
    """Add up an hour of an account again, and its day; return False where it was never added up."""
    rolled_until = await connection.scalar(select(figures_progress.c.rolled_until))
    if rolled_until is None or changed.begins_at >= rolled_until:
        return False
    await connection.execute(_PATIENCE)
    mine = (_CHANGES.account_id == changed.account_id, _CHANGES.mode == changed.mode)
    # What changes from here on is noted again: what is deleted is what was committed.
    await connection.execute(delete(figures_changes).where(_CHANGES.begins_at == changed.begins_at, *mine))
    await _add_up(connection, changed.begins_at, changed)
    day = day_of(changed.begins_at)
    if day + DAY <= rolled_until:
        await _add_up_day(connection, day, changed)
    return True


async def _first_hour(connection: AsyncConnection, now: datetime) -> datetime:
    """Return the hour of the oldest run; ids may be ahead of the times at which runs were created."""
    oldest = await connection.scalar(select(_R.created_at).order_by(_R.id).limit(1))
    return hour_of((oldest or now) - 2 * HOUR)


async def _add_up(connection: AsyncConnection, begin: datetime, changed: ChangedHour | None = None) -> None:
    for table, hours, rows in _TABLES:
        await connection.execute(delete(table).where(*_place(table, 1, begin, changed)))
        found = hours(begin, begin + HOUR, *_of(rows, changed)).subquery()
        names = ["hours", *(column.name for column in found.c)]
        await connection.execute(insert(table).from_select(names, select(literal(1), found)))
    await connection.execute(_unsettled(begin, changed))


def _unsettled(begin: datetime, changed: ChangedHour | None) -> Any:  # noqa: ANN401 - a statement
    """Note the accounts of an hour of which something still goes on."""
    runs_of = (
        select(_R.account_id, _R.mode)
        .outerjoin(cascades, _C.id == _R.cascade_id)
        .where(*created(runs, begin, begin + HOUR), *_of(runs, changed), or_(_R.ended_at.is_(None), _C.open))
    )
    cascades_of = select(_C.account_id, _C.mode).where(
        *created(cascades, begin, begin + HOUR), *_of(cascades, changed), _C.open
    )
    both = runs_of.union(cascades_of).subquery()
    return insert(figures_changes).from_select(
        ["account_id", "mode", "begins_at"], select(both.c.account_id, both.c.mode, literal(begin))
    )


async def _add_up_day(connection: AsyncConnection, day: datetime, changed: ChangedHour | None = None) -> None:
    for table, _, _ in _TABLES:
        await connection.execute(delete(table).where(*_place(table, 24, day, changed)))
        await connection.execute(_day(table, day, changed))


def _day(table: Table, day: datetime, changed: ChangedHour | None) -> Any:  # noqa: ANN401 - a statement
    """Add up the hours of a day."""
    keys = [column for column in table.primary_key if column.name not in {"hours", "begins_at"}]
    sums = [column for column in table.c if not column.primary_key]
    grouped = (
        select(*keys)
        .add_columns(
            *((func.array_agg(one) if isinstance(one.type, JSONB) else func.sum(one)).label(one.name) for one in sums)
        )
        .where(*_of(table, changed), table.c.hours == 1, table.c.begins_at >= day, table.c.begins_at < day + DAY)
        .group_by(*keys)
        .subquery("of_day")
    )
    columns = [*keys, *sums]
    values = [_objects(one.name) if isinstance(one.type, JSONB) else grouped.c[one.name] for one in columns]
    names = ["hours", "begins_at", *(one.name for one in columns)]
    return insert(table).from_select(names, select(literal(24), literal(day), *values).select_from(grouped))


def _objects(name: str) -> Any:  # noqa: ANN401 - expressions of SQL
    """Add up an array of objects: the counts of each name."""
    # Each name is a column of ours.
    maps = f"unnest(of_day.{name}) AS one, jsonb_each_text(one) AS each (name, count)"
    added = f"SELECT name, sum(count::int) AS number FROM {maps} GROUP BY name"  # noqa: S608
    return literal_column(f"(SELECT coalesce(jsonb_object_agg(name, number), '{{}}') FROM ({added}) AS added)")  # noqa: S608


def _place(table: Table, hours: int, begin: datetime, changed: ChangedHour | None) -> list[ColumnElement[bool]]:
    return [table.c.hours == hours, table.c.begins_at == begin, *_of(table, changed)]


def _of(table: Table, changed: ChangedHour | None) -> list[ColumnElement[bool]]:
    if changed is None:
        return []
    return [table.c.account_id == changed.account_id, table.c.mode == changed.mode]
