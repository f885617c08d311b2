"""Usage of an account: runs, and the attempts that they started, added up by day, provider or key."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Row,
    Select,
    and_,
    cast,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.accounts.owner import Owner
from app.domain.vocabulary import ResultStatus
from app.domain.waterfall.attempt import Outcome
from app.store.figures.spans import created, hour_column, of_owner, read_spans, rolled
from app.store.tables.core import CHARGED, api_keys, attempts, runs
from app.store.tables.figures import key_usage, provider_usage

_r, _a = runs.c, attempts.c


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
        cost_usd: What providers charged, late results included, counted once: for the run that started the cascade.
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
    connection: AsyncConnection,
    owner: Owner,
    *,
    since: datetime,
    until: datetime,
    by: UsageGroup,
    provider: str | None = None,
) -> list[UsageRow]:
    """Add up the runs of an owner that were created from `since` up to `until`, exclusive; groups in order.

    With a provider the runs in which it was called alone, and its charges.
    Days and hours that are added up already are read, and only of the rest the runs themselves.
    """
    spans = await read_spans(connection, since=since, until=until, mode=owner.mode, account_id=owner.account_id)
    of_providers = provider is not None or by is UsageGroup.PROVIDER
    table, live = (provider_usage, provider_hours) if of_providers else (key_usage, key_hours)
    sources: list[FromClause] = []
    if spans.days or spans.hours:
        known = select(table).where(rolled(table, spans), *of_owner(table.c, owner))
        sources.append(known.subquery("usage"))
    for begin, end in spans.live:
        sources.append(live(begin, end, *of_owner(_r, owner)).subquery("usage"))
    rows = []
    for source in sources:
        grouped = _grouped(source, by)
        grouped = grouped.where(source.c.provider == provider) if provider is not None else grouped
        rows += [_row(row, of_runs=not of_providers) for row in await connection.execute(grouped)]
    return merged(rows)


def _grouped(source: FromClause, by: UsageGroup) -> Select[Any]:
    """Add up hours or days by the group that is asked for."""
    c = source.c
    day = cast(func.timezone("UTC", c.begins_at), Date)
    group: ColumnElement[Any] = day if by is UsageGroup.DAY else c["key_id" if by is UsageGroup.KEY else "provider"]
    names = set(UsageRow.__struct_fields__) & set(c.keys())
    sums = [func.sum(c[name]).label(name) for name in sorted(names)]
    if by is not UsageGroup.KEY:
        return select(group.label("name"), literal(None).label("label"), *sums).group_by(group)
    label = func.min(api_keys.c.display).label("label")
    return select(group.label("name"), label, *sums).join_from(source, api_keys, group == api_keys.c.id).group_by(group)


def _row(row: Row[Any], *, of_runs: bool) -> UsageRow:
    return UsageRow(
        group=str(row.name),
        label=row.label,
        runs=int(row.runs),
        found=int(row.found),
        not_found=int(row.not_found),
        errors=int(row.errors),
        cached=int(row.cached) if of_runs else None,
        credits_used=int(row.credits_used) if of_runs else None,
        cost_usd=float(row.cost_usd),
    )


def key_hours(begin: datetime, end: datetime, *conditions: ColumnElement[bool]) -> Select[Any]:
    """Add up the runs of a time by hour, account, mode and key: the columns of `key_usage` behind its first."""
    mine, first, began = _started(*created(runs, begin, end), *conditions)
    m = mine.c
    counts: dict[str, ColumnElement[Any]] = {
        "runs": func.count(),
        "found": func.count().filter(m.result_status == ResultStatus.FOUND.value),
        "not_found": func.count().filter(m.result_status == ResultStatus.NOT_FOUND.value),
        "errors": func.count().filter(m.result_status == ResultStatus.ERROR.value),
        "cached": func.count().filter(m.cached),
        "credits_used": func.sum(m.credits_used),
    }
    keys = [*_PLACE, "key_id"]
    of_runs = (
        select(*(m[key] for key in keys), *(count.label(name) for name, count in counts.items()))
        .add_columns(literal(0).label("cost_usd"))
        .group_by(*(m[key] for key in keys))
    )
    of_calls = (
        select(*(first.c[key] for key in keys), *(literal(0) for _ in counts), func.sum(CHARGED))
        .where(began)
        .group_by(*(first.c[key] for key in keys))
    )
    # Added up together instead of joined: PostgreSQL takes a short range of UUIDs for empty, and would look through all
    # charges for each run.
    both = union_all(of_runs, of_calls).subquery("both").c
    sums = (func.sum(both[name]).label(name) for name in (*counts, "cost_usd"))
    return select(*(both[key] for key in keys), *sums).group_by(*(both[key] for key in keys))


def provider_hours(begin: datetime, end: datetime, *conditions: ColumnElement[bool]) -> Select[Any]:
    """Add up the runs of a time by hour, account, mode and provider: the columns of `provider_usage` behind its first.

    A provider that was asked for both fields of a run counts once for it, by its best answer.
    """
    _, first, began = _started(*created(runs, begin, end), *conditions)
    missed = _a.outcome.in_([Outcome.MISS.value, Outcome.REJECTED.value])
    places = [first.c[name] for name in _PLACE]
    asked = (
        select(
            *places,
            _a.provider,
            func.coalesce(func.bool_or(_a.outcome == Outcome.HIT.value), False).label("hit"),
            func.coalesce(func.bool_or(missed), False).label("missed"),
            func.bool_and(_a.outcome.is_not(None)).label("ended"),
            func.sum(CHARGED).label("usd"),
        )
        .select_from(first)
        .where(began)
        .group_by(*places, _a.cascade_id, _a.provider)
        .cte("asked")
    )
    c = asked.c
    return select(
        *(c[name] for name in _PLACE),
        c.provider,
        func.count().label("runs"),
        func.count().filter(c.hit).label("found"),
        func.count().filter(~c.hit, c.missed).label("not_found"),
        func.count().filter(~c.hit, ~c.missed, c.ended).label("errors"),
        func.sum(c.usd).label("cost_usd"),
    ).group_by(*(c[name] for name in _PLACE), c.provider)


_PLACE = ("begins_at", "account_id", "mode")


def _started(*conditions: ColumnElement[bool]) -> tuple[Any, Any, ColumnElement[bool]]:
    """Return runs, the first run of each of their cascades, and the condition that it has started the cascade."""
    mine = (
        select(_r.id, _r.cascade_id, _r.account_id, _r.mode, _r.key_id, _r.result_status, _r.cached, _r.credits_used)
        .add_columns(hour_column(_r.created_at).label("begins_at"))
        .where(*conditions)
        .cte("mine")
    )
    first = (
        select(mine.c.cascade_id, mine.c.id, mine.c.key_id, *(mine.c[name] for name in _PLACE))
        .where(mine.c.cascade_id.is_not(None))
        .ext(distinct_on(mine.c.cascade_id))
        .order_by(mine.c.cascade_id, mine.c.id)
        .cte("first")
    )
    earlier = runs.alias("earlier")
    began = and_(
        _a.cascade_id == first.c.cascade_id,
        # A cascade that an earlier run has started is counted there.
        ~select(1).where(earlier.c.cascade_id == first.c.cascade_id, earlier.c.id < first.c.id).exists(),
    )
    return mine, first, began


def merged(rows: Iterable[UsageRow]) -> list[UsageRow]:
    """Add up the rows of each group."""
    found: dict[str, UsageRow] = {}
    for row in rows:
        before = found.get(row.group)
        found[row.group] = _sum(before, row) if before else row
    return [found[group] for group in sorted(found)]


def _sum(one: UsageRow, other: UsageRow) -> UsageRow:
    return msgspec.structs.replace(
        one,
        runs=one.runs + other.runs,
        found=one.found + other.found,
        not_found=one.not_found + other.not_found,
        errors=one.errors + other.errors,
        cached=_both(one.cached, other.cached),
        credits_used=_both(one.credits_used, other.credits_used),
        # Charges have six decimals; so the sum is what it would be at once.
        cost_usd=round(one.cost_usd + other.cost_usd, 6),
    )


def _both(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


def with_empty_days(rows: Sequence[UsageRow], since: datetime, until: datetime) -> list[UsageRow]:
    """Add the days (UTC) on which nothing ran."""
    found = {row.group: row for row in rows}
    first, last = since.astimezone(UTC).date(), (until - timedelta(microseconds=1)).astimezone(UTC).date()
    days = [str(first + timedelta(days=number)) for number in range((last - first).days + 1)]
    return [found.get(day, UsageRow(group=day)) for day in days]
