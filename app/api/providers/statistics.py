"""GET /statistics/providers: the league table of the providers that an account has used."""

from datetime import timedelta
from typing import Annotated

from msgspec import Meta, Struct

from app.api.http.authentication import AuthenticatedRequest
from app.api.http.json_body import Query
from app.api.http.pagination import choice_of, time_of
from app.api.openapi.operation import DocumentedResponse, operation
from app.api.openapi.parameters import TIME, parameter
from app.dialects.timestamp import Timestamp
from app.domain.errors import InvalidInputError
from app.domain.order.league import MeasuredRate, ProviderStanding
from app.domain.time_text import time_text
from app.domain.vocabulary import Field
from app.store.figures.standings import standings

DEFAULT_DAYS = 30
MAX_DAYS = 366
MAX_SEGMENT = 60
_Count = Annotated[int, Meta(ge=0)]
_Chance = Annotated[float, Meta(ge=0, le=1)]
_Usd = Annotated[float, Meta(ge=0)]


class RateBody(Struct, kw_only=True, rename="camel"):
    """A share with its interval of 90 %, and the number of tries that it was counted on."""

    estimate: _Chance
    low: _Chance
    high: _Chance
    tries: Annotated[int, Meta(ge=1)]


class RescueBody(Struct, kw_only=True, rename="camel"):
    """The share that a provider accepts of contacts that another one has missed before it."""

    missed_by: str
    rate: RateBody


class ProviderStandingBody(Struct, kw_only=True, rename="camel"):
    """One provider for one field."""

    provider: str
    field: Field
    asked: Annotated[int, Meta(ge=0, description="Calls that have ended.")]
    found: Annotated[int, Meta(ge=0, description="Values that passed our checks, risky ones among them.")]
    accepted: Annotated[int, Meta(ge=0, description="Values that ended the look-up.")]
    missed: _Count
    rejected: _Count
    errors: _Count
    match_rate: Annotated[
        RateBody | None,
        Meta(
            description="What it accepts by itself: of contacts for whom it was asked first. A raw rate would say less."
        ),
    ]
    rescue_rate: Annotated[RateBody | None, Meta(description="What it accepts of contacts that others had missed.")]
    rescues: Annotated[
        list[RescueBody], Meta(description="The same by each of the others that had missed: where the two overlap.")
    ]
    bounce_rate: Annotated[RateBody | None, Meta(description="Values that were reported as wrong, of those found.")]
    reported_wrong: _Count
    reported_right: _Count
    cost_usd: _Usd
    cost_per_accepted_usd: Annotated[float, Meta(ge=0, description="Misses included.")] | None
    latency_p50_ms: _Count | None
    latency_p95_ms: _Count | None


class ProviderStatisticsBody(Struct, kw_only=True, rename="camel"):
    """The league table of the account in the mode of the key, from `since` up to now."""

    since: Timestamp
    until: Timestamp
    providers: list[ProviderStandingBody]


@operation(
    "GET",
    "/statistics/providers",
    parameters=(
        parameter("query", "field", "Of this field.", {"type": "string", "enum": [field.value for field in Field]}),
        parameter(
            "query",
            "segment",
            "Of contacts that are alike: a country by its letters, or `world`; `linkedin` or `names`; `domain`, "
            "`company` or `none`.",
            {"type": "string", "maxLength": MAX_SEGMENT, "examples": ["de linkedin domain"]},
        ),
        parameter("query", "since", f"The begin; {DEFAULT_DAYS} days ago when absent, {MAX_DAYS} at most.", TIME),
    ),
    answers={200: DocumentedResponse(description="The table.", schema=ProviderStatisticsBody)},
    refuses=(InvalidInputError,),
)
async def get_provider_statistics(request: AuthenticatedRequest) -> ProviderStatisticsBody:
    """Show what each provider found, cost and took.

    Match rates are counted where a provider was asked first, because one that is asked later sees only what the others
    have missed.
    """
    services, query = request.dependencies.services, Query(request.http)
    now = services.now()
    field, since = choice_of(query, "field", Field), time_of(query, "since") or now - timedelta(days=DEFAULT_DAYS)
    if not query.problems and not now - timedelta(days=MAX_DAYS) <= since <= now:
        query.wrong("since", f"must be in the last {MAX_DAYS} days")
    segment = query.text("segment")
    if segment and len(segment) > MAX_SEGMENT:
        query.wrong("segment", f"must have at most {MAX_SEGMENT} characters")
    query.check()
    async with services.read() as connection:
        found = await standings(
            connection,
            since=since,
            until=now,
            mode=request.principal.mode,
            account_id=request.principal.account_id,
            field=field,
            segment=segment,
        )
    return ProviderStatisticsBody(since=time_text(since), until=time_text(now), providers=[_body(one) for one in found])


def _body(one: ProviderStanding) -> ProviderStandingBody:
    return ProviderStandingBody(
        provider=one.provider,
        field=one.field,
        asked=one.calls,
        found=one.found,
        accepted=one.accepted,
        missed=one.missed,
        rejected=one.rejected,
        errors=one.errors,
        match_rate=_rate(one.match_rate),
        rescue_rate=_rate(one.rescue_rate),
        rescues=[RescueBody(missed_by=other.missed_by, rate=_measured(other.rate)) for other in one.rescues],
        bounce_rate=_rate(one.bounce_rate),
        reported_wrong=one.reported_wrong,
        reported_right=one.reported_right,
        cost_usd=float(one.cost_usd),
        cost_per_accepted_usd=one.cost_per_accepted_usd,
        latency_p50_ms=one.latency_p50_ms,
        latency_p95_ms=one.latency_p95_ms,
    )


def _rate(rate: MeasuredRate | None) -> RateBody | None:
    return None if rate is None else _measured(rate)


def _measured(rate: MeasuredRate) -> RateBody:
    low, high = round(rate.low, 4), round(rate.high, 4)
    return RateBody(estimate=round(rate.estimate, 4), low=low, high=high, tries=rate.tries)
