"""Read what each provider found, cost and took, from the attempts and from what clients reported."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Numeric,
    Row,
    Select,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    select,
    text,
    true,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.order.league import ProviderStanding, quantile, rescue
from app.domain.order.segment import COUNTRY_LETTERS
from app.domain.vocabulary import Field, Mode
from app.domain.waterfall.answer import ACCEPTANCE
from app.domain.waterfall.attempt import Outcome
from app.store.database import time_ids
from app.store.figures.spans import Spans, hour_column, read_spans, rolled
from app.store.tables.core import CHARGED, attempts, cascades
from app.store.tables.figures import provider_standings
from app.store.tables.spend import feedback

_a, _c, _s = attempts.c, cascades.c, provider_standings.c
_NONE = text("'[]'::jsonb")
_PROPER = (Outcome.HIT.value, Outcome.MISS.value, Outcome.REJECTED.value)
# `segment_of` of app.domain.order.segment in SQL; a test compares them.
_TOP = func.regexp_replace(_c.contact["company_domain"].astext, "^.*[.]", "")
_SEGMENT = func.concat_ws(
    " ",
    case(
        (func.char_length(_TOP) == COUNTRY_LETTERS, _TOP),
        else_=func.coalesce(func.nullif(func.lower(_c.contact["region"].astext), ""), "world"),
    ),
    case((func.coalesce(_c.contact["linkedin_url"].astext, "") != "", "linkedin"), else_="names"),
    case(
        (func.coalesce(_c.contact["company_domain"].astext, "") != "", "domain"),
        (func.coalesce(_c.contact["company_name"].astext, "") != "", "company"),
        else_="none",
    ),
)
_STOPS = {field: [status.value for status in policy.stops] for field, policy in ACCEPTANCE.items()}


_KEYS = ("begins_at", "account_id", "mode", "provider", "field")
_MAPS = ("latencies", "rescue_asked", "rescue_accepted")
_COUNTS = tuple(c.name for c in provider_standings.c if c.name not in {"hours", *_KEYS, *_MAPS})


async def standings(
    connection: AsyncConnection,
    *,
    since: datetime,
    until: datetime,
    mode: Mode,
    account_id: UUID | None = None,
    field: Field | None = None,
    segment: str | None = None,
) -> Sequence[ProviderStanding]:
    """Add up the attempts of cascades that began from `since` up to `until`, by provider and field.

    Days and hours that are added up already are read, and only of the rest the attempts themselves. Of a segment
    nothing is added up ahead.

    Args:
        connection: To read.
        since: The begin.
        until: The end, exclusive.
        mode: Live, or test.
        account_id: Of one account; all of them when absent.
        field: Of one field; both when absent.
        segment: Of contacts of one segment; all when absent.
    """
    if segment:
        spans = Spans(live=[(since, until)])
    else:
        spans = await read_spans(connection, since=since, until=until, mode=mode, account_id=account_id)
    sources: list[Select[Any]] = []
    if spans.days or spans.hours:
        where: list[Any] = [rolled(provider_standings, spans), _s.mode == mode.value]
        where += [_s.account_id == account_id] if account_id else []
        sources.append(select(provider_standings).where(*where))
    for begin, end in spans.live:
        where = [_c.mode == mode.value]
        where += [_c.account_id == account_id] if account_id else []
        where += [segment == _SEGMENT] if segment else []
        sources.append(standing_hours(begin, end, *where))
    groups: dict[tuple[str, str], list[Row[Any]]] = {}
    for source in sources:
        for row in await connection.execute(source):
            if field is None or field.value == row.field:
                groups.setdefault((row.field, row.provider), []).append(row)
    said = await _reported(connection, since=since, until=until, mode=mode, account_id=account_id)
    return [_standing(groups[key], said.get((key[1], key[0]), (0, 0))) for key in sorted(groups)]


def standing_hours(begin: datetime, end: datetime, *conditions: ColumnElement[bool]) -> Select[Any]:
    """Add up the attempts of the cascades of a time by hour, account, mode, provider and field.

    These are the columns of `provider_standings` behind its first. Latencies are counted by their first two digits.
    """
    grade, is_hit = _a.answer["status"].astext, _a.outcome == Outcome.HIT.value
    calls = (
        select(hour_column(_c.created_at).label("begins_at"), _c.account_id, _c.mode, _a.provider, _a.field)
        .add_columns(
            _a.outcome,
            _a.outcome.in_(_PROPER).label("proper"),
            and_(is_hit, *(_is_accepted(one, grade) for one in Field)).label("accepted"),
            and_(_a.missed_before == _NONE, _c.asked_before == _NONE).label("first"),
            CHARGED.label("usd"),
            _two_digits(_a.latency_ms).label("latency"),
            _a.missed_before,
        )
        # Ids are ordered by time, so that a range of the primary key is read alone; of one table only, because
        # PostgreSQL takes a short range of UUIDs for empty, and reads the range of the other for each row of it.
        .join(cascades, _c.id == _a.cascade_id)
        .where(time_ids.between(_a.cascade_id, begin, end), _c.created_at >= begin, _c.created_at < end)
        .where(_a.outcome.is_not(None), *conditions)
        .cte("calls")
    )
    c = calls.c
    keys = [c[name] for name in _KEYS]
    counts: dict[str, ColumnElement[Any]] = {
        "calls": func.count(),
        "found": func.count().filter(c.outcome == Outcome.HIT.value),
        "accepted": func.count().filter(c.accepted),
        "missed": func.count().filter(c.outcome == Outcome.MISS.value),
        "rejected": func.count().filter(c.outcome == Outcome.REJECTED.value),
        "errors": func.count().filter(~c.proper),
        "first_asked": func.count().filter(c.proper, c.first),
        "first_accepted": func.count().filter(c.accepted, c.first),
        "later_asked": func.count().filter(c.proper, ~c.first),
        "later_accepted": func.count().filter(c.accepted, ~c.first),
        "cost_usd": func.sum(c.usd),
    }
    by_latency = select(
        *keys,
        *(count.label(name) for name, count in counts.items()),
        cast(c.latency, Text).label("latency"),
        *(null().label(name) for name in ("missed_by", "asked", "rescued")),
    ).group_by(*keys, c.latency)
    other = func.jsonb_array_elements_text(c.missed_before).table_valued("value", name="other").lateral()
    by_other = (
        select(*keys, *(literal(0).label(name) for name in counts), null().label("latency"))
        .add_columns(other.c.value, func.count(), counts["accepted"])
        .select_from(calls.join(other, true()))
        .where(c.proper)
        .group_by(*keys, other.c.value)
    )
    parts = union_all(by_latency, by_other).subquery("parts")
    p = parts.c
    maps = {"latencies": (p.latency, p.calls), "rescue_asked": (p.missed_by, p.asked)}
    maps |= {"rescue_accepted": (p.missed_by, p.rescued)}
    return select(
        *(p[name] for name in _KEYS),
        *(func.sum(p[name]).label(name) for name in counts),
        *(_map(*members).label(name) for name, members in maps.items()),
    ).group_by(*(p[name] for name in _KEYS))


def _map(name: ColumnElement[Any], count: ColumnElement[Any]) -> ColumnElement[Any]:
    """Gather counts by name into an object."""
    gathered: ColumnElement[Any] = func.jsonb_object_agg(name, count).filter(name.is_not(None))
    return func.coalesce(gathered, text("'{}'::jsonb"))


def _two_digits(column: Any) -> Any:  # noqa: ANN401 - expressions of SQL
    number = cast(column, Numeric)
    digits = 1 - cast(func.floor(func.log(func.greatest(number, 1))), Integer)
    return cast(func.round(number, func.least(digits, 0)), Integer)


def _is_accepted(field: Field, grade: Any) -> Any:  # noqa: ANN401 - expressions of SQL
    return (_a.field != field.value) | grade.in_(_STOPS[field])


async def _reported(
    connection: AsyncConnection, *, since: datetime, until: datetime, mode: Mode, account_id: UUID | None
) -> dict[tuple[str, str], tuple[int, int]]:
    """Count the values that were reported as wrong and as right; several reports about one value count once."""
    f = feedback.c
    where = [f.created_at >= since, f.created_at < until, f.mode == mode.value]
    where += [f.account_id == account_id] if account_id else []
    value = func.concat(f.account_id, f.value)
    rows = await connection.execute(
        select(
            f.provider,
            f.field,
            func.count(value.distinct()).filter(f.wrong).label("wrong"),
            func.count(value.distinct()).filter(~f.wrong).label("right"),
        )
        .where(*where)
        .group_by(f.provider, f.field)
    )
    return {(row.provider, row.field): (row.wrong, row.right) for row in rows}


def _standing(rows: Sequence[Row[Any]], said: tuple[int, int]) -> ProviderStanding:
    """Add up the hours and days of a provider and a field."""
    # A sum of counts is a decimal in PostgreSQL.
    counts = {name: int(sum(getattr(row, name) for row in rows)) for name in _COUNTS if name != "cost_usd"}
    latencies, asked, accepted = (_added(getattr(row, name) for row in rows) for name in _MAPS)
    by_time = {int(text): count for text, count in latencies.items()}
    shares = (rescue(name, accepted[name], asked[name]) for name in sorted(asked))
    return ProviderStanding(
        provider=rows[0].provider,
        field=Field(rows[0].field),
        **counts,
        cost_usd=sum((row.cost_usd for row in rows), Decimal(0)),
        latency_p50_ms=quantile(by_time, 0.5),
        latency_p95_ms=quantile(by_time, 0.95),
        rescues=tuple(one for one in shares if one),
        reported_wrong=said[0],
        reported_right=said[1],
    )


def _added(maps: Iterable[Mapping[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for one in maps:
        total.update(one)
    return total
