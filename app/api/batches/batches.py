"""POST /batches: up to 100 000 contacts in one upload; and the batches that uploads make."""

import asyncio
from uuid import UUID

from litestar.response.base import ASGIResponse

from app.api.batches.csv_reader import CsvReader
from app.api.batches.json_reader import ColumnNames, contacts, lines, read_head
from app.api.batches.options import WEBHOOK_URL, ReadOptions, from_query, read_options
from app.api.batches.upload import Upload, format_of, uploaded
from app.api.http.authentication import authenticate
from app.api.http.dependencies import Dependencies, dependencies_of
from app.api.http.json_body import Query, check_accept
from app.api.http.pagination import cursor_of, limit_of, write_cursor
from app.api.http.rate_limit_headers import refuse
from app.api.http.request_context import AnyRequest, context_of
from app.api.http.responses import json_answer, path_id
from app.api.http.submission import RETRY_AFTER, Posted, answer_once, check
from app.domain.errors import UnavailableError
from app.domain.runs.batch import BatchOptions, Format
from app.domain.runs.batch_view import batch_json, summary_json
from app.domain.runs.job import JobView
from app.usecases.batches.read import BatchProgress
from app.usecases.batches.upload import NewBatch, Rows, UploadedBatch
from app.usecases.runs.submission import Idempotency

OPERATION = "POST /api/v1/batches"


async def submit(request: AnyRequest) -> ASGIResponse:
    """Accept a batch; its rows are looked up one portion after the other."""
    dependencies, context = dependencies_of(request.scope), context_of(request.scope)
    principal = await authenticate(dependencies, context, request)
    check_accept(request)
    kind = format_of(request)
    # Before 64 MiB are on their way: the place itself is taken when they have come.
    await dependencies.limits.look(context, principal)
    if context.quotas and not context.quotas.submissions.allowed:
        raise refuse(context.quotas.submissions)
    async with uploaded(request, kind) as upload:
        query, problems = from_query(request)
        head = await asyncio.to_thread(read_head, upload.file) if kind is Format.JSON else {}
        said, more = read_options(query, head, dependencies.provider_names())
        identity = {"sha256": upload.digest, "format": kind.value, "query": sorted(query.items())}
        posted = Posted(dependencies=dependencies, context=context, request=request, principal=principal, body=identity)
        key, warnings = await check(
            posted, problems + more, webhook=(WEBHOOK_URL, said.webhook_url), providers=said.only_providers
        )
        warnings = (*said.warnings, *warnings)

        async def accept(record: Idempotency | None) -> ASGIResponse:
            rows = await asyncio.to_thread(rows_of, upload)
            received = await dependencies.receive_batch(_new_batch(posted, said, record), rows)
            return await _accepted(dependencies, received, warnings)

        async def resume(batch_id: UUID) -> ASGIResponse:
            found = await dependencies.watch_batches.progress(principal.account_id, batch_id)
            batch = found.batch
            received = UploadedBatch(batch=batch, errors=found.errors, look_ups=batch.total - batch.done)
            return await _accepted(dependencies, received, warnings)

        return await answer_once(posted, OPERATION, key, accept, resume)


def rows_of(upload: Upload) -> Rows:
    """Begin to read the rows of an upload.

    Raises:
        InvalidInput: It cannot be read at all.
    """
    if upload.format is Format.CSV:
        sheet = CsvReader(upload.file)
        options = BatchOptions(format=upload.format, delimiter=sheet.delimiter, bom=sheet.bom)
        return Rows(each=sheet.rows(), columns=lambda: sheet.columns, options=options)
    columns = ColumnNames()
    given = lines(upload.file) if upload.format is Format.NDJSON else contacts(upload.file)
    return Rows(
        each=map(columns.note, given), columns=lambda: columns.names, options=BatchOptions(format=upload.format)
    )


def _new_batch(posted: Posted, said: ReadOptions, record: Idempotency | None) -> NewBatch:
    return NewBatch(
        principal=posted.principal,
        type=said.type,
        only_providers=said.only_providers,
        max_cost_usd=said.max_cost_usd,
        force_refresh=said.force_refresh,
        strict=said.strict,
        webhook_url=said.webhook_url,
        metadata=said.metadata,
        idempotency=record,
    )


async def _accepted(dependencies: Dependencies, received: UploadedBatch, warnings: tuple[str, ...]) -> ASGIResponse:
    batch = received.batch
    body = {
        "id": str(batch.id),
        "status": batch.status.value,
        "total": batch.total,
        "accepted": batch.total - batch.refused,
        "rejected": batch.refused,
        "errors": received.errors,
        "credits_reserved": batch.held,
        "estimated_seconds": await _estimate(dependencies, batch, received.look_ups),
    }
    headers = {"location": f"/api/v1/batches/{batch.id}", "retry-after": RETRY_AFTER}
    return json_answer(body | ({"warnings": warnings} if warnings else {}), status=201, headers=headers)


async def _estimate(dependencies: Dependencies, batch: JobView, look_ups: int) -> int | None:
    """Estimate; whatever fails now must not look like a refusal of what is accepted."""
    try:
        return await dependencies.submit_job.estimate(batch, look_ups)
    except UnavailableError:
        return None


async def read(request: AnyRequest) -> ASGIResponse:
    """Show a batch with its progress."""
    dependencies, account_id = await _reader(request)
    return await _shown(dependencies, await dependencies.watch_batches.progress(account_id, batch_id_of(request)))


async def _shown(dependencies: Dependencies, found: BatchProgress) -> ASGIResponse:
    batch = found.batch
    seconds = None if batch.ended else await _estimate(dependencies, batch, batch.total - batch.done)
    headers = {} if batch.ended else {"retry-after": RETRY_AFTER}
    body = batch_json(batch, found.errors, credits_used=found.credits_used, estimated_seconds=seconds)
    return json_answer(body, headers=headers)


async def list_batches(request: AnyRequest) -> ASGIResponse:
    """Show a page of the account's batches; the cursor is the last one shown, so that new ones move nothing."""
    dependencies, account_id = await _reader(request)
    query = Query(request)
    limit, before = limit_of(query), cursor_of(query)
    query.check()
    found = await dependencies.watch_batches.page(account_id, before=before, limit=limit + 1)
    page = found[:limit]
    following = write_cursor(page[-1].id) if len(found) > limit else None
    return json_answer({"batches": [summary_json(batch) for batch in page], "next_cursor": following})


async def cancel(request: AnyRequest) -> ASGIResponse:
    """Cancel what has not ended of a batch."""
    dependencies, account_id = await _reader(request)
    batch_id = batch_id_of(request)
    await dependencies.cancel_batch(account_id, batch_id)
    return await _shown(dependencies, await dependencies.watch_batches.progress(account_id, batch_id))


def batch_id_of(request: AnyRequest) -> UUID:
    """Read the id of a batch from the path.

    Raises:
        UnknownId: It cannot be one.
    """
    return path_id(request, "batch_id", "batch")


async def _reader(request: AnyRequest) -> tuple[Dependencies, UUID]:
    dependencies, context = dependencies_of(request.scope), context_of(request.scope)
    principal = await authenticate(dependencies, context, request)
    check_accept(request)
    await dependencies.limits.take_read(context, principal)
    return dependencies, principal.account_id
