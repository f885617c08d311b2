"""GET /usage: what an account used, by day, provider or key."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from app.api.http.authentication import AuthenticatedRequest
from app.api.http.json_body import Query
from app.api.http.pagination import choice_of, time_of
from app.api.openapi.operation import DocumentedResponse, operation
from app.api.openapi.parameters import TIME, parameter
from app.dialects.timestamp import Timestamp
from app.domain.errors import InvalidInputError
from app.domain.time_text import timestamp
from app.store.figures.usage import UsageGroup, UsageRow, usage, with_empty_days

DEFAULT_DAYS = 30
MAX_DAYS = 366
_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)

Count = Annotated[int, Meta(ge=0)]


class UsageRowBody(Struct, kw_only=True, rename="camel"):
    """Usage of a day (UTC), a provider or a key. By provider, a run counts where the provider was called for it."""

    day: date | UnsetType = UNSET
    provider: str | UnsetType = UNSET
    key: UUID | UnsetType = UNSET
    key_prefix: str | UnsetType = UNSET
    runs: Count
    found: Count
    not_found: Count
    errors: Count
    cached: Annotated[int, Meta(ge=0, description="Answered from the cache; not by provider.")] | UnsetType = UNSET
    credits_used: Annotated[int, Meta(ge=0, description="Not by provider.")] | UnsetType = UNSET
    cost_usd: Annotated[float, Meta(ge=0, description="What the providers charged.")]


class UsageBody(Struct, kw_only=True, rename="camel"):
    """Usage of the account in the mode of the key, from `since` up to `until`, exclusive."""

    since: Timestamp
    until: Timestamp
    by: Literal["day", "provider", "key"]
    usage: list[UsageRowBody]


@operation(
    "GET",
    "/usage",
    parameters=(
        parameter("query", "since", f"The begin; {DEFAULT_DAYS} days before the end when absent.", TIME),
        parameter(
            "query", "until", f"The end, exclusive; now when absent. At most {MAX_DAYS} days after `since`.", TIME
        ),
        parameter(
            "query",
            "by",
            "What a row stands for.",
            {"type": "string", "enum": [one.value for one in UsageGroup], "default": UsageGroup.DAY.value},
        ),
    ),
    answers={200: DocumentedResponse(description="The usage.", schema=UsageBody)},
    refuses=(InvalidInputError,),
)
async def get_usage(request: AuthenticatedRequest) -> UsageBody:
    """Show runs, results, credits and the providers' charges by day, provider or key."""
    services, query = request.dependencies.services, Query(request.http)
    by = choice_of(query, "by", UsageGroup) or UsageGroup.DAY
    since, until = _range(query, services.now())
    query.check()
    async with services.read() as connection:
        rows = await usage(connection, request.owner, since=since, until=until, by=by)
    if by is UsageGroup.DAY:
        rows = with_empty_days(rows, since, until)
    return UsageBody(
        since=timestamp(since) or "",
        until=timestamp(until) or "",
        by=by.value,
        usage=[_row(by, row) for row in rows],
    )


def _range(query: Query, now: datetime) -> tuple[datetime, datetime]:
    """Read the bounds and note what is wrong with them; a begin that is not given is a midnight (UTC)."""
    given = {name: time_of(query, name) for name in ("since", "until")}
    for name, moment in given.items():
        if moment and not _FIRST <= moment <= _LAST:
            query.wrong(name, f"must be between {_FIRST.year} and {_LAST.year}")
    until = given["until"] or now
    since = given["since"]
    if query.problems:
        return now, now
    if since is None:
        last = (until - timedelta(microseconds=1)).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        since = last - timedelta(days=DEFAULT_DAYS - 1)
    if since >= until:
        query.wrong("since", "must be before until")
    elif until - since > timedelta(days=MAX_DAYS):
        query.wrong("since", f"must be at most {MAX_DAYS} days before until")
    return since, until


def _row(by: UsageGroup, row: UsageRow) -> UsageRowBody:
    counted = UsageRowBody(
        runs=row.runs,
        found=row.found,
        not_found=row.not_found,
        errors=row.errors,
        cached=UNSET if row.cached is None else row.cached,
        credits_used=UNSET if row.credits_used is None else row.credits_used,
        cost_usd=row.cost_usd,
    )
    match by:
        case UsageGroup.DAY:
            return msgspec.structs.replace(counted, day=date.fromisoformat(row.group))
        case UsageGroup.PROVIDER:
            return msgspec.structs.replace(counted, provider=row.group)
        case UsageGroup.KEY:
            return msgspec.structs.replace(counted, key=UUID(row.group), key_prefix=row.label or UNSET)
