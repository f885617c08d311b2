"""Read what each provider found, cost and took, from the attempts and from what clients reported."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, case, func, select, text, true
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.order.league import ProviderStanding, Rescue, rescue
from app.domain.order.segment import COUNTRY_LETTERS
from app.domain.vocabulary import Field, Mode
from app.domain.waterfall.answer import ACCEPTANCE
from app.domain.waterfall.attempt import Outcome
from app.store.database import time_ids
from app.store.tables.core import attempts, cascades
from app.store.tables.spend import feedback

_a, _c = attempts.c, cascades.c
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

    Args:
        connection: To read.
        since: The begin.
        until: The end, exclusive.
        mode: Live, or test.
        account_id: Of one account; all of them when absent.
        field: Of one field; both when absent.
        segment: Of contacts of one segment; all when absent.
    """
    where: list[Any] = [
        # Ids are ordered by time, so that the range of the primary key is read alone.
        time_ids.between(_a.cascade_id, since, until),
        _c.created_at >= since,
        _c.created_at < until,
        _c.mode == mode.value,
        _a.outcome.is_not(None),
    ]
    where += [_c.account_id == account_id] if account_id else []
    where += [_a.field == field.value] if field else []
    where += [segment == _SEGMENT] if segment else []
    proper = _a.outcome.in_(_PROPER)
    grade = _a.answer["status"].astext
    accepted = and_(_a.outcome == Outcome.HIT.value, *(_is_accepted(one, grade) for one in Field))
    first = and_(_a.missed_before == _NONE, _c.asked_before == _NONE)
    rows = await connection.execute(
        select(
            _a.provider,
            _a.field,
            func.count().label("calls"),
            func.count().filter(_a.outcome == Outcome.HIT.value).label("found"),
            func.count().filter(accepted).label("accepted"),
            func.count().filter(_a.outcome == Outcome.MISS.value).label("missed"),
            func.count().filter(_a.outcome == Outcome.REJECTED.value).label("rejected"),
            func.count().filter(~proper).label("errors"),
            func.count().filter(proper, first).label("first_asked"),
            func.count().filter(accepted, first).label("first_accepted"),
            func.count().filter(proper, ~first).label("later_asked"),
            func.count().filter(accepted, ~first).label("later_accepted"),
            func.sum(_a.cost_usd).label("cost_usd"),
            *(
                func.percentile_disc(share).within_group(_a.latency_ms).label(f"latency_p{share * 100:.0f}_ms")
                for share in (0.5, 0.95)
            ),
        )
        .join(cascades, _c.id == _a.cascade_id)
        .where(*where)
        .group_by(_a.provider, _a.field)
        .order_by(_a.field, _a.provider)
    )
    said = await _reported(connection, since=since, until=until, mode=mode, account_id=account_id)
    rescues = await _rescues(connection, [*where, proper], accepted)
    return [
        _standing(row, said.get((row.provider, row.field), (0, 0)), rescues.get((row.provider, row.field), []))
        for row in rows
    ]


async def _rescues(connection: AsyncConnection, where: list[Any], accepted: Any) -> dict[tuple[str, str], list[Rescue]]:  # noqa: ANN401 - expressions of SQL
    """Count what each provider accepted of the contacts that each of the others had missed before it."""
    other = func.jsonb_array_elements_text(_a.missed_before).table_valued("value", name="other").lateral()
    rows = await connection.execute(
        select(_a.provider, _a.field, other.c.value.label("missed_by"), func.count().label("asked"))
        .add_columns(func.count().filter(accepted).label("accepted"))
        .join(cascades, _c.id == _a.cascade_id)
        .join(other, true())
        .where(*where)
        .group_by(_a.provider, _a.field, other.c.value)
        .order_by(_a.provider, _a.field, other.c.value)
    )
    found: dict[tuple[str, str], list[Rescue]] = {}
    for row in rows:
        if one := rescue(row.missed_by, row.accepted, row.asked):
            found.setdefault((row.provider, row.field), []).append(one)
    return found


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


def _standing(row: Row[Any], said: tuple[int, int], rescues: Sequence[Rescue]) -> ProviderStanding:
    members = row._asdict() | {"field": Field(row.field), "rescues": tuple(rescues)}
    return ProviderStanding(**members, reported_wrong=said[0], reported_right=said[1])
