"""POST /batches/preview: what an upload would do, without accepting anything."""

import msgspec

from app.api.batches.receiving import received
from app.api.http.authentication import AuthenticatedRequest
from app.api.http.submission import REFUSALS
from app.api.openapi.batch_upload import OPTIONS, TEXTS
from app.api.openapi.operation import DocumentedResponse, operation
from app.dialects.batches import schemas
from app.dialects.batches.preview import reading_body, row_body
from app.domain.errors import (
    CapReachedError,
    IdempotencyInFlightError,
    IdempotencyMismatchError,
    NotEnoughCreditsError,
    RequestError,
)
from app.domain.problems import first_of
from app.domain.runs.batch import RowError
from app.usecases.batches import preview

NEVER = {IdempotencyInFlightError, IdempotencyMismatchError, NotEnoughCreditsError, CapReachedError}


@operation(
    "POST",
    "/batches/preview",
    submits=True,
    parameters=OPTIONS,
    body=schemas.BatchRequestBody,
    texts=TEXTS,
    answers={200: DocumentedResponse(description="What an upload would do.", schema=schemas.BatchPreviewBody)},
    refuses=[error for error in REFUSALS if error not in NEVER],
)
async def preview_batch(request: AuthenticatedRequest) -> schemas.BatchPreviewBody:
    """Preview an upload: the columns that are read, the first contacts, and the rows that cannot be looked up.

    It takes what `POST /batches` takes, and a slot of the submissions, for it costs as much work; nothing is stored,
    asked or charged.
    """
    limits = request.dependencies.limits
    async with received(request) as upload:
        await limits.take_submission(request.context, request.principal)
        try:
            async with upload.rows() as rows:
                found = await preview.preview_batch(
                    request.dependencies.services,
                    request.principal,
                    upload.said.options,
                    rows,
                    strict=upload.said.strict,
                    warnings=upload.warnings,
                )
        except RequestError:
            await limits.give_back_submission(request.context, request.principal)
            raise
    return preview_body(found)


def preview_body(found: preview.BatchPreview) -> schemas.BatchPreviewBody:
    """Write a preview."""
    return schemas.BatchPreviewBody(
        total=found.total,
        accepted=found.total - found.rejected,
        rejected=found.rejected,
        errors=_faults(found.errors),
        contacts=[row_body(one.row, one.line, one.contact) for one in found.contacts],
        duplicates=found.duplicates,
        unasked=found.unasked,
        unasked_rows=_faults(found.unasked_rows),
        credits_at_most=found.credits_at_most,
        reading=reading_body(found.reading),
        warnings=list(found.warnings) or msgspec.UNSET,
    )


def _faults(errors: tuple[RowError, ...]) -> list[schemas.BatchRowError]:
    return [msgspec.convert(error, schemas.BatchRowError, from_attributes=True) for error in first_of(errors)]
