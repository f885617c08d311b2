"""Split a time into days and hours that are added up already, and the rest, of which the rows are to be read."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Table, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.owner import Owner
from app.domain.vocabulary import Mode
from app.store.database import time_ids
from app.store.tables.figures import figures_changes, figures_progress

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Spans(msgspec.Struct, frozen=True):
    """The parts of a time.

    Attributes:
        days: That are added up, by their begin.
        hours: That are added up and in none of these days, by their begin.
        live: Begins and ends of what is not added up. While it is being added up for the first time each is of one day,
            so that no statement reads very much.
    """

    days: Sequence[datetime] = ()
    hours: Sequence[datetime] = ()
    live: Sequence[tuple[datetime, datetime]] = ()


async def read_spans(
    connection: AsyncConnection, *, since: datetime, until: datetime, mode: Mode, account_id: UUID | None
) -> Spans:
    """Read what is added up from `since` up to `until`, exclusive; of all accounts without one."""
    c = figures_changes.c
    changed = select(c.begins_at.distinct()).where(
        c.mode == mode.value, c.begins_at > since - HOUR, c.begins_at < until
    )
    if account_id:
        changed = changed.where(c.account_id == account_id)
    statement = select(select(figures_progress.c.rolled_until).scalar_subquery(), func.array(changed.scalar_subquery()))
    rolled_until, hours = (await connection.execute(statement)).one()
    return split(since, until, rolled_until, hours)


def split(since: datetime, until: datetime, rolled_until: datetime | None, changed: Collection[datetime]) -> Spans:
    """Split a time by what is added up: all hours before a time but for those that have changed."""
    days: list[datetime] = []
    hours: list[datetime] = []
    live: list[tuple[datetime, datetime]] = []
    changed_days = {day_of(one) for one in changed}
    moment, until = since.astimezone(UTC), until.astimezone(UTC)
    if rolled_until is None:
        return Spans(live=[(moment, until)])
    rolled = min(until, rolled_until)
    while moment < until:
        day, hour = day_of(moment), hour_of(moment)
        if moment == day and moment + DAY <= rolled and day not in changed_days:
            days.append(moment)
            moment += DAY
        elif moment == hour and moment + HOUR <= rolled and hour not in changed:
            hours.append(moment)
            moment += HOUR
        else:
            end = min(until, hour + HOUR if moment < rolled else day + DAY)
            follows = bool(live) and live[-1][1] == moment and day_of(live[-1][0]) == day
            begin = live.pop()[0] if follows else moment
            live.append((begin, end))
            moment = end
    return Spans(days, hours, live)


def day_of(moment: datetime) -> datetime:
    """Return the begin of a day (UTC)."""
    return hour_of(moment).replace(hour=0)


def hour_of(moment: datetime) -> datetime:
    """Return the begin of an hour (UTC)."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def rolled(table: Table, spans: Spans) -> ColumnElement[bool]:
    """Return the condition of the rows of a table of figures that cover the days and hours of a time."""
    c = table.c
    return or_(
        *(
            and_(c.hours == size, c.begins_at == func.any(list(begins)))
            for size, begins in ((24, spans.days), (1, spans.hours))
            if begins
        )
    )


def of_owner(columns: Any, owner: Owner) -> tuple[ColumnElement[bool], ...]:  # noqa: ANN401 - columns of any table
    """Return the conditions that rows are of an account and a mode."""
    return columns.account_id == owner.account_id, columns.mode == owner.mode.value


def created(table: Table, begin: datetime, end: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that rows of runs or cascades were created from a time up to another, exclusive."""
    return time_ids.between(table.c.id, begin, end), table.c.created_at >= begin, table.c.created_at < end


def hour_column(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the hour (UTC) of a column of times."""
    hour: ColumnElement[Any] = func.date_trunc("hour", column, "UTC")
    return hour
