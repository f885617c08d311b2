"""GET /statistics/quotes: how well quotes foresaw what lists came to."""

from datetime import timedelta
from typing import Annotated

from msgspec import Meta, Struct

from app.api.http.authentication import AuthenticatedRequest
from app.api.http.json_body import Query
from app.api.http.pagination import time_of
from app.api.openapi.operation import DocumentedResponse, operation
from app.api.openapi.parameters import TIME, parameter
from app.dialects.timestamp import Timestamp
from app.domain.errors import InvalidInputError
from app.domain.planning.quote_terms import QuoteCoverage, calibration
from app.domain.time_text import time_text
from app.store.runs import quotes

DEFAULT_DAYS, MAX_DAYS, MOST_LISTS = 90, 366, 1000
_Count = Annotated[int, Meta(ge=0)]


class CoverageBody(Struct, kw_only=True, rename="camel"):
    """How many lists came to what was quoted."""

    lists: _Count
    inside: Annotated[int, Meta(ge=0, description="Within the bounds, which hold in nine of ten cases.")]
    below: _Count
    above: Annotated[int, Meta(ge=0, description="Lists that were stopped there among them.")]
    coverage: Annotated[float, Meta(ge=0, le=1, description="The share of those inside; about 0.9 is right.")] | None


class QuoteStatisticsBody(Struct, kw_only=True, rename="camel"):
    """The lists of the account, in the mode of the key, that were submitted by a quote since a time and have ended."""

    since: Timestamp
    until: Timestamp
    found: CoverageBody
    cost_usd: CoverageBody
    credits: CoverageBody
    stopped: Annotated[int, Meta(ge=0, description="Lists that were stopped at the upper bound of their quote.")]
    seconds_ratio: (
        Annotated[float, Meta(ge=0, description="What half of the lists took at most, as a share of what was quoted.")]
        | None
    )


@operation(
    "GET",
    "/statistics/quotes",
    parameters=(
        parameter("query", "since", f"The begin; {DEFAULT_DAYS} days ago when absent, {MAX_DAYS} at most.", TIME),
    ),
    answers={200: DocumentedResponse(description="The comparison.", schema=QuoteStatisticsBody)},
    refuses=(InvalidInputError,),
)
async def get_quote_statistics(request: AuthenticatedRequest) -> QuoteStatisticsBody:
    """Compare lists with the quotes by which they were submitted: the bounds of a quote hold in nine of ten.

    The newest thousand lists count. A cancelled list compares with nothing; one that was stopped at its quote counts
    as above the bound that stopped it, and for nothing else.
    """
    services, query = request.dependencies.services, Query(request.http)
    now = services.now()
    since = time_of(query, "since") or now - timedelta(days=DEFAULT_DAYS)
    if not query.problems and not now - timedelta(days=MAX_DAYS) <= since <= now:
        query.wrong("since", f"must be in the last {MAX_DAYS} days")
    query.check()
    async with services.read() as connection:
        found = calibration(await quotes.outcomes(connection, request.owner, since, MOST_LISTS))
    return QuoteStatisticsBody(
        since=time_text(since),
        until=time_text(now),
        found=_coverage(found.found),
        cost_usd=_coverage(found.cost_usd),
        credits=_coverage(found.credits),
        stopped=found.stopped,
        seconds_ratio=None if found.seconds_ratio is None else round(found.seconds_ratio, 2),
    )


def _coverage(counted: QuoteCoverage) -> CoverageBody:
    return CoverageBody(
        lists=counted.lists,
        inside=counted.inside,
        below=counted.below,
        above=counted.above,
        coverage=round(counted.inside / counted.lists, 3) if counted.lists else None,
    )
