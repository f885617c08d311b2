"""POST /batches: up to 100 000 contacts in one upload; and the batches that uploads make."""

from functools import partial
from uuid import UUID

from app.api.batches.options import ReadOptions
from app.api.batches.receiving import received
from app.api.http.authentication import AuthenticatedRequest
from app.api.http.dependencies import Dependencies
from app.api.http.filters import filter_of, mode_of
from app.api.http.json_body import Query
from app.api.http.pagination import cursor_of, limit_of, write_cursor
from app.api.http.responses import Answer, json_answer, path_id
from app.api.http.submission import REFUSALS, RETRY_AFTER, answer_once
from app.api.openapi import parameters
from app.api.openapi.batch_upload import OPTIONS, QUOTED, TEXTS
from app.api.openapi.operation import DocumentedResponse, operation
from app.dialects.batches import schemas
from app.dialects.batches.preview import reading_body
from app.dialects.submitted_body import body_digest
from app.domain.errors import AlreadyEndedError, InvalidInputError, UnavailableError, UnknownIdError
from app.domain.problems import first_of
from app.domain.runs.batch_view import batch_json, summary_json
from app.domain.runs.job import JobView
from app.usecases.batches import cancel
from app.usecases.batches.upload import NewBatch, UploadedBatch
from app.usecases.runs.submission import Idempotency

_BATCH = DocumentedResponse(description="The batch.", schema=schemas.BatchBody, headers=("Retry-After",))


@operation(
    "POST",
    "/batches",
    submits=True,
    parameters=(parameters.IDEMPOTENCY, *OPTIONS, *QUOTED),
    body=schemas.BatchRequestBody,
    texts=TEXTS,
    answers={
        201: DocumentedResponse(
            description="Accepted; poll `Location`, or wait for the webhook.",
            schema=schemas.BatchAcceptedBody,
            headers=("Location", "Retry-After", "Idempotent-Replayed"),
        )
    },
    refuses=REFUSALS,
)
async def create_batch(request: AuthenticatedRequest) -> Answer:
    """Upload up to 100 000 contacts.

    Its rows are looked up one portion after the other.
    """
    dependencies = request.dependencies
    async with received(request) as upload:
        said, warnings = upload.said, upload.warnings

        async def accept(record: Idempotency | None) -> Answer:
            async with upload.rows() as rows:
                accepted = await dependencies.receive_batch(_new_batch(request, said, warnings, record), rows)
            return await _accepted(dependencies, accepted)

        async def resume(batch_id: UUID) -> Answer:
            found = await dependencies.watch_batches.progress(request.owner, batch_id)
            batch = found.batch
            accepted = UploadedBatch(batch=batch, errors=found.errors, look_ups=batch.total - batch.done)
            return await _accepted(dependencies, accepted)

        return await answer_once(request, partial(body_digest, upload.identity), upload.key, accept, resume)


def _new_batch(
    request: AuthenticatedRequest, said: ReadOptions, warnings: tuple[str, ...], record: Idempotency | None
) -> NewBatch:
    return NewBatch(
        principal=request.principal,
        options=said.options,
        strict=said.strict,
        warnings=warnings,
        idempotency=record,
    )


async def _accepted(dependencies: Dependencies, accepted: UploadedBatch) -> Answer:
    batch = accepted.batch
    body = {
        "id": str(batch.id),
        "status": batch.status.value,
        "mode": batch.mode.value,
        "total": batch.total,
        "accepted": batch.total - batch.rejected,
        "rejected": batch.rejected,
        "errors": first_of(accepted.errors),
        "credits_reserved": batch.reserved_credits,
        "estimated_seconds": await _estimate(dependencies, batch, accepted.look_ups),
    }
    headers = {"location": f"/api/v1/batches/{batch.id}", "retry-after": RETRY_AFTER}
    reading = {"reading": reading_body(accepted.reading)} if accepted.reading else {}
    warnings = {"warnings": batch.warnings} if batch.warnings else {}
    return json_answer(body | reading | warnings, status=201, headers=headers)


async def _estimate(dependencies: Dependencies, batch: JobView, look_ups: int) -> int | None:
    """Estimate; whatever fails now must not look like a refusal of what is accepted."""
    try:
        return await dependencies.submit_job.estimate(batch, look_ups)
    except UnavailableError:
        return None


@operation(
    "GET",
    "/batches/{batch_id}",
    parameters=(parameters.BATCH_ID,),
    answers={200: _BATCH},
    refuses=(UnknownIdError,),
)
async def get_batch(request: AuthenticatedRequest) -> Answer:
    """Show a batch with its progress."""
    return await _show(request, _id(request))


async def _show(request: AuthenticatedRequest, batch_id: UUID) -> Answer:
    dependencies = request.dependencies
    found = await dependencies.watch_batches.progress(request.owner, batch_id)
    batch = found.batch
    seconds = None if batch.ended else await _estimate(dependencies, batch, batch.total - batch.done)
    headers = {} if batch.ended else {"retry-after": RETRY_AFTER}
    body = batch_json(batch, found.errors, credits_used=found.credits_used, estimated_seconds=seconds)
    return json_answer(body, headers=headers)


@operation(
    "GET",
    "/batches",
    parameters=parameters.PAGE_OF_JOBS,
    answers={200: DocumentedResponse(description="A page.", schema=schemas.BatchPageBody)},
    refuses=(InvalidInputError,),
)
async def list_batches(request: AuthenticatedRequest) -> Answer:
    """List batches, newest first.

    The cursor is the last one shown, so that new ones move nothing.
    """
    query = Query(request.http)
    limit, before = limit_of(query), cursor_of(query)
    mode, wanted = mode_of(query), filter_of(query)
    query.check()
    # A key sees the batches of its own mode alone.
    if mode not in {None, request.principal.mode}:
        return json_answer({"batches": [], "next_cursor": None})
    found = await request.dependencies.watch_batches.page(request.owner, wanted, before=before, limit=limit + 1)
    page = found[:limit]
    following = write_cursor(page[-1].id) if len(found) > limit else None
    return json_answer({"batches": [summary_json(batch) for batch in page], "next_cursor": following})


@operation(
    "POST",
    "/batches/{batch_id}/cancel",
    parameters=(parameters.BATCH_ID,),
    answers={200: _BATCH},
    refuses=(UnknownIdError, AlreadyEndedError),
    destructive=True,
)
async def cancel_batch(request: AuthenticatedRequest) -> Answer:
    """Cancel what has not ended of a batch."""
    batch_id = _id(request)
    await cancel.cancel_batch(request.dependencies.services, request.owner, batch_id)
    return await _show(request, batch_id)


def _id(request: AuthenticatedRequest) -> UUID:
    return path_id(request.http, "batch_id", "batch")
