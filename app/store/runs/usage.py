"""Usage of an account, added up from its runs and from the attempts that they started."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Date, Row, and_, cast, func, literal, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.owner import Owner
from app.domain.vocabulary import ResultStatus
from app.domain.waterfall.attempt import Outcome
from app.store.database import time_ids
from app.store.tables.core import api_keys, attempts, runs


class UsageGroup(StrEnum):
    """The grouping of usage rows."""

    DAY = "day"
    PROVIDER = "provider"
    KEY = "key"


class UsageRow(msgspec.Struct, frozen=True, kw_only=True):
    """Usage of one group. `cached` and `credits_used` are None by provider: neither belongs to one.

    Attributes:
        group: An ISO date (UTC), a provider's name or the id of a key.
        label: The display prefix of a key.
        runs: By provider those in which it was called.
        cost_usd: What providers charged, counted once, for the run that started the cascade.
    """

    group: str
    label: str | None = None
    runs: int = 0
    found: int = 0
    not_found: int = 0
    errors: int = 0
    cached: int | None = 0
    credits_used: int | None = 0
    cost_usd: float = 0.0


async def usage(
    connection: AsyncConnection, owner: Owner, *, since: datetime, until: datetime, by: UsageGroup
) -> list[UsageRow]:
    """Add up the runs of an owner that were created from `since` up to `until`, exclusive; groups in order."""
    r = runs.c
    mine = (
        select(r.id, r.cascade_id, r.key_id, r.created_at, r.result_status, r.cached, r.credits_used)
        .where(r.account_id == owner.account_id, r.mode == owner.mode.value)
        .where(time_ids.between(r.id, since, until))
        .where(r.created_at >= since, r.created_at < until)
        .cte("mine")
    )
    first = (
        select(mine.c.cascade_id, mine.c.id)
        .where(mine.c.cascade_id.is_not(None))
        .ext(distinct_on(mine.c.cascade_id))
        .order_by(mine.c.cascade_id, mine.c.id)
        .cte("first")
    )
    earlier = runs.alias("earlier")
    began = and_(
        attempts.c.cascade_id == first.c.cascade_id,
        # A cascade that a run before `since` has started is counted there.
        ~select(1).where(earlier.c.cascade_id == first.c.cascade_id, earlier.c.id < first.c.id).exists(),
    )
    if by is UsageGroup.PROVIDER:
        return [_by_provider(row) for row in await connection.execute(_of_attempts(first, began))]
    cost = select(first.c.id, func.sum(attempts.c.cost_usd).label("usd")).where(began).group_by(first.c.id).cte("cost")
    m = mine.c
    group: ColumnElement[Any] = (
        cast(func.timezone("UTC", m.created_at), Date) if by is UsageGroup.DAY else m.key_id
    ).label("group")
    label = api_keys.c.display if by is UsageGroup.KEY else literal(None)
    joined = mine.outerjoin(cost, cost.c.id == m.id).join(api_keys, api_keys.c.id == m.key_id)
    statement = (
        select(
            group,
            func.min(label).label("label"),
            func.count().label("runs"),
            *(func.count().filter(m.result_status == status.value).label(status.value) for status in ResultStatus),
            func.count().filter(m.cached).label("cached"),
            func.sum(m.credits_used).label("credits"),
            func.coalesce(func.sum(cost.c.usd), 0).label("usd"),
        )
        .select_from(joined)
        .group_by(group)
        .order_by(group)
    )
    return [_by_run(row) for row in await connection.execute(statement)]


async def has_many(connection: AsyncConnection, owner: Owner, *, since: datetime, until: datetime, many: int) -> bool:
    """Return whether more runs of an owner than `many` are of a time; no more than those are looked at."""
    r = runs.c
    mine = select(r.id).where(r.account_id == owner.account_id, r.mode == owner.mode.value)
    few = mine.where(time_ids.between(r.id, since, until)).limit(many + 1).subquery()
    return bool(await connection.scalar(select(func.count() > many).select_from(few)))


def _of_attempts(first: Any, began: ColumnElement[bool]) -> Any:  # noqa: ANN401 - statements of many types
    """Add up attempts by provider; a provider that was asked for both fields of a run counts once for it."""
    a = attempts.c
    missed = a.outcome.in_([Outcome.MISS.value, Outcome.REJECTED.value])
    asked = (
        select(
            a.provider,
            func.coalesce(func.bool_or(a.outcome == Outcome.HIT.value), False).label("hit"),
            func.coalesce(func.bool_or(missed), False).label("missed"),
            func.bool_and(a.outcome.is_not(None)).label("ended"),
            func.sum(a.cost_usd).label("usd"),
        )
        .select_from(first)
        .where(began)
        .group_by(a.cascade_id, a.provider)
        .cte("asked")
    )
    c = asked.c
    return (
        select(
            c.provider,
            func.count().label("runs"),
            func.count().filter(c.hit).label("found"),
            func.count().filter(~c.hit, c.missed).label("not_found"),
            func.count().filter(~c.hit, ~c.missed, c.ended).label("errors"),
            func.sum(c.usd).label("usd"),
        )
        .group_by(c.provider)
        .order_by(c.provider)
    )


def _by_run(row: Row[Any]) -> UsageRow:
    return UsageRow(
        group=str(row.group),
        label=row.label,
        runs=row.runs,
        found=row.found,
        not_found=row.not_found,
        errors=row.error,
        cached=row.cached,
        credits_used=int(row.credits),
        cost_usd=float(row.usd),
    )


def _by_provider(row: Row[Any]) -> UsageRow:
    return UsageRow(
        group=row.provider,
        runs=row.runs,
        found=row.found,
        not_found=row.not_found,
        errors=row.errors,
        cached=None,
        credits_used=None,
        cost_usd=float(row.usd),
    )


def with_empty_days(rows: Sequence[UsageRow], since: datetime, until: datetime) -> list[UsageRow]:
    """Add the days (UTC) on which nothing ran."""
    found = {row.group: row for row in rows}
    first, last = since.astimezone(UTC).date(), (until - timedelta(microseconds=1)).astimezone(UTC).date()
    days = [str(first + timedelta(days=number)) for number in range((last - first).days + 1)]
    return [found.get(day, UsageRow(group=day)) for day in days]
