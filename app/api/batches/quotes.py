"""POST /quotes: what a list is expected to find and to cost, without spending anything."""

from datetime import timedelta

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
from app.domain.planning.quote_terms import QUOTE_DAYS
from app.domain.time_text import time_text
from app.usecases.batches.quote import quote_list


@operation(
    "POST",
    "/quotes",
    submits=True,
    parameters=OPTIONS,
    body=schemas.BatchRequestBody,
    texts=TEXTS,
    answers={200: DocumentedResponse(description="The quote.", schema=QuoteBody)},
    refuses=[error for error in REFUSALS if error not in NEVER],
)
async def quote(request: AuthenticatedRequest) -> QuoteBody:
    """Quote a list: what it is expected to find and to cost, with intervals that hold in nine of ten cases.

    It takes what `POST /batches` takes, and a slot of the submissions; nothing is asked or charged. A batch may refer
    to the quote by its id, be stopped at its upper bounds, and be compared with it when it ends.
    """
    dependencies = request.dependencies
    async with received(request) as upload:
        await dependencies.limits.take_submission(request.context, request.principal)
        try:
            async with upload.rows() as rows:
                found = await quote_list(
                    dependencies.services,
                    dependencies.submit_job.estimates,
                    request.principal,
                    upload.said.options,
                    rows,
                    strict=upload.said.strict,
                    warnings=upload.warnings,
                )
        except RequestError:
            await dependencies.limits.give_back_submission(request.context, request.principal)
            raise
    shown = preview_body(found.preview)
    members = {name: getattr(shown, name) for name in type(shown).__struct_fields__}
    terms = found.terms
    return QuoteBody(
        **members,
        quote_id=found.quote.id if found.quote.contacts else None,
        expires_at=time_text(found.quote.created_at + timedelta(days=QUOTE_DAYS)),
        answered=found.answered,
        found=_interval(terms.found),
        cost_usd=_interval(terms.cost_usd),
        credits=QuoteCredits(
            expected=terms.credits.expected,
            low=int(terms.credits.low),
            high=int(terms.credits.high),
            at_most=found.preview.credits_at_most,
        ),
        seconds=terms.seconds,
    )


def _interval(interval: QuotedInterval) -> QuoteInterval:
    return QuoteInterval(expected=interval.expected, low=interval.low, high=interval.high)
