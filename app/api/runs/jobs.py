"""POST /enrich with several contacts, the job that it makes, and the collection of jobs (LeadSonar)."""

from uuid import UUID

from litestar.response.base import ASGIResponse

from app.api.http.authentication import authenticate
from app.api.http.dependencies import Dependencies, dependencies_of
from app.api.http.json_body import Query, check_accept
from app.api.http.long_poll import wait_for_end
from app.api.http.pagination import cursor_of, limit_of, write_cursor
from app.api.http.request_context import AnyRequest, context_of
from app.api.http.responses import json_answer
from app.api.http.submission import RETRY_AFTER, Posted, answer_once, check
from app.dialects.leadsonar.request import WEBHOOK_URL, JobDraft, parse_job
from app.domain.runs.job import JobStatus, JobView
from app.domain.runs.job_row import job_json, job_line
from app.usecases.runs.submission import Idempotency
from app.usecases.runs.submit_job import AcceptedJob, NewJob


async def submit(posted: Posted, operation: str) -> ASGIResponse:
    """Accept a job whole, or refuse it whole.

    Args:
        posted: The request, whose body has `contacts`.
        operation: Method and path.
    """
    draft, problems = parse_job(posted.body, posted.provider_names)
    key, warnings = await check(
        posted, problems, webhook=(WEBHOOK_URL, draft.webhook_url), providers=draft.only_providers
    )
    warnings = (*draft.warnings, *warnings)

    async def accept(record: Idempotency | None) -> ASGIResponse:
        return _answer(await posted.dependencies.submit_job(_new_job(posted, draft, record)), warnings)

    async def resume(job_id: UUID) -> ASGIResponse:
        job = await posted.dependencies.watch_jobs.get(posted.principal.account_id, job_id)
        seconds = await posted.dependencies.submit_job.estimate(job, job.total - job.done)
        return _answer(AcceptedJob(job=job, estimated_seconds=seconds), warnings)

    return await answer_once(posted, operation, key, accept, resume)


def _new_job(posted: Posted, draft: JobDraft, record: Idempotency | None) -> NewJob:
    return NewJob(
        principal=posted.principal,
        contacts=draft.contacts,
        given=draft.given,
        type=draft.type,
        only_providers=draft.only_providers,
        max_cost_usd=draft.max_cost_usd,
        force_refresh=draft.force_refresh,
        webhook_url=draft.webhook_url,
        webhook_events=tuple(event.value for event in draft.webhook_events),
        metadata=draft.metadata,
        idempotency=record,
    )


def _answer(accepted: AcceptedJob, warnings: tuple[str, ...]) -> ASGIResponse:
    job = accepted.job
    body = {
        "id": str(job.id),
        "status": job.status.value,
        "total_contacts": job.total,
        "estimated_seconds": accepted.estimated_seconds,
    }
    headers = {"location": f"/api/v1/enrich/{job.id}"}
    if job.status is JobStatus.PROCESSING:
        headers["retry-after"] = RETRY_AFTER
    return json_answer(body | ({"warnings": warnings} if warnings else {}), status=201, headers=headers)


async def show(
    dependencies: Dependencies, account_id: UUID, job_id: UUID, seconds: float, headers: dict[str, str]
) -> ASGIResponse:
    """Show a job, after waiting for its end for so many seconds.

    Raises:
        UnknownId: The account has neither a run nor a job of this id.
        Unavailable: The database cannot be reached.
    """
    job: JobView = await wait_for_end(dependencies, dependencies.watch_jobs, account_id, job_id, seconds)
    if not job.ended:
        headers = headers | {"retry-after": RETRY_AFTER}
    shown = await dependencies.watch_jobs.show(job)
    return json_answer(job_json(job, shown.rows, shown.cost_usd), headers=headers)


async def list_jobs(request: AnyRequest) -> ASGIResponse:
    """Show a page of the account's jobs, without their contacts; the cursor is the last job shown."""
    dependencies, context = dependencies_of(request.scope), context_of(request.scope)
    principal = await authenticate(dependencies, context, request)
    check_accept(request)
    await dependencies.limits.take_read(context, principal)
    query = Query(request)
    limit = limit_of(query)
    before = cursor_of(query)
    query.check()
    found = await dependencies.watch_jobs.page(principal.account_id, limit=limit + 1, before=before)
    page = found[:limit]
    following = write_cursor(page[-1].id) if len(found) > limit else None
    return json_answer({"jobs": [job_line(job) for job in page], "next_cursor": following})
