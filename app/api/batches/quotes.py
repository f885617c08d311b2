"""POST /quotes: what a list is expected to find and to cost, without spending anything."""

from app.api.batches.preview import NEVER, preview_body
from app.api.batches.receiving import received
from app.api.http.authentication import AuthenticatedRequest
from app.api.http.submission import REFUSALS
from app.api.openapi.batch_upload import OPTIONS, TEXTS
from app.api.openapi.operation import DocumentedResponse, operation
from app.dialects.batches import schemas
from app.dialects.batches.quote import QuoteBody, QuoteCredits, QuoteInterval
from app.domain.errors import RequestError
from app.domain.planning.quote import QuotedInterval
from app.usecases.batches.quote import quote_list


@operation(
    "POST",
    "/quotes",
    submits=True,
    parameters=OPTIONS,
    body=schemas.BatchRequest,
    texts=TEXTS,
    answers={200: DocumentedResponse(description="The quote.", schema=QuoteBody)},
    refuses=[error for error in REFUSALS if error not in NEVER],
)
async def quote(request: AuthenticatedRequest) -> QuoteBody:
    """Quote a list: what it is expected to find and to cost, with intervals that hold in nine of ten cases.

    It takes what `POST /batches` takes, and a slot of the submissions; nothing is stored, asked or charged.
    """
    dependencies = request.dependencies
    async with received(request) as upload:
        await dependencies.limits.take_submission(request.context, request.principal)
        try:
            found = await quote_list(
                dependencies.services,
                dependencies.submit_job.estimates,
                request.principal,
                upload.said.options,
                await upload.rows(),
                strict=upload.said.strict,
                warnings=upload.warnings,
            )
        except RequestError:
            await dependencies.limits.give_back_submission(request.context, request.principal)
            raise
    shown = preview_body(found.preview)
    members = {name: getattr(shown, name) for name in type(shown).__struct_fields__}
    return QuoteBody(
        **members,
        answered=found.answered,
        found=_interval(found.expected.found, more=found.answered_found),
        cost_usd=_interval(found.expected.cost_usd, places=4),
        credits=QuoteCredits(expected=round(found.credits_expected, 1), at_most=found.preview.credits_at_most),
        seconds=found.seconds,
    )


def _interval(interval: QuotedInterval, *, more: int = 0, places: int = 1) -> QuoteInterval:
    bounds = (interval.expected, interval.low, interval.high)
    expected, low, high = (round(bound + more, places) for bound in bounds)
    return QuoteInterval(expected=expected, low=low, high=high)
