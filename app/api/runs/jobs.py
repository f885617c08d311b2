"""Accept, show and list jobs: submissions of several contacts in the LeadSonar dialect."""

from uuid import UUID

from app.api.http.authentication import AuthenticatedRequest
from app.api.http.filters import filter_of, mode_of
from app.api.http.json_body import Query
from app.api.http.long_poll import wait_for_end
from app.api.http.pagination import cursor_of, limit_of, write_cursor
from app.api.http.responses import Answer, json_answer
from app.api.http.submission import RETRY_AFTER, answer_once, check
from app.api.openapi import parameters
from app.api.openapi.operation import DocumentedResponse, operation
from app.dialects.leadsonar import schemas as leadsonar
from app.dialects.leadsonar.request import WEBHOOK_URL, JobDraft
from app.dialects.leadsonar.response import accepted_job_body, job_body, job_page_body
from app.dialects.submitted_body import SubmittedBody
from app.domain.errors import InvalidInputError
from app.domain.runs.job import JobStatus, JobView
from app.domain.vocabulary import Dialect
from app.usecases.runs.submission import Idempotency
from app.usecases.runs.submit_job import AcceptedJob, NewJob


async def submit(request: AuthenticatedRequest, body: SubmittedBody, draft: JobDraft) -> Answer:
    """Accept a job whole, or refuse it whole.

    Args:
        request: The request.
        body: What it says.
        draft: The job that it states.
    """
    checked = await check(
        request, body.problems, draft.warnings, webhook=WEBHOOK_URL, options=draft.options, more=body.more
    )

    async def accept(record: Idempotency | None) -> Answer:
        new = NewJob(
            principal=request.principal,
            contacts=draft.contacts,
            given=draft.given,
            options=checked.options,
            webhook_events=draft.webhook_events,
            of_each=draft.of_each,
            warnings=checked.warnings,
            idempotency=record,
        )
        return _answer(await request.dependencies.submit_job(new))

    async def resume(job_id: UUID) -> Answer:
        job = await request.dependencies.watch_jobs.get(request.owner, job_id)
        seconds = await request.dependencies.submit_job.estimate(job, job.total - job.done)
        return _answer(AcceptedJob(job=job, estimated_seconds=seconds))

    return await answer_once(request, body.digest, checked.key, accept, resume)


def _answer(accepted: AcceptedJob) -> Answer:
    job = accepted.job
    headers = {"location": f"/api/v1/enrich/{job.id}"}
    if job.status is JobStatus.PROCESSING:
        headers["retry-after"] = RETRY_AFTER
    return json_answer(accepted_job_body(job, accepted.estimated_seconds), status=201, headers=headers)


async def show(request: AuthenticatedRequest, job_id: UUID, seconds: float, headers: dict[str, str]) -> Answer:
    """Show a job, after waiting for its end for at most `seconds`.

    Raises:
        UnknownId: The account has neither a run nor a job of this id.
        Unavailable: The database cannot be reached.
    """
    dependencies = request.dependencies
    job: JobView = await wait_for_end(dependencies, dependencies.watch_jobs, request.principal, job_id, seconds)
    if not job.ended:
        headers = headers | {"retry-after": RETRY_AFTER}
    shown = await dependencies.watch_jobs.show(job)
    return json_answer(job_body(job, shown.rows, shown.cost_usd), headers=headers)


@operation(
    "GET",
    "/jobs",
    parameters=parameters.PAGE_OF_JOBS,
    answers={200: DocumentedResponse(description="A page.", schema=leadsonar.JobPageBody)},
    refuses=(InvalidInputError,),
    dialect=Dialect.LEADSONAR,
)
async def list_jobs(request: AuthenticatedRequest) -> Answer:
    """List jobs, newest first.

    Jobs are shown without their contacts; the cursor is the last job shown.
    """
    query = Query(request.http)
    limit = limit_of(query)
    before = cursor_of(query)
    mode, wanted = mode_of(query), filter_of(query)
    query.check()
    # A key sees the jobs of its own mode alone.
    if mode not in {None, request.principal.mode}:
        return json_answer(job_page_body([], None))
    found = await request.dependencies.watch_jobs.page(request.owner, wanted, limit=limit + 1, before=before)
    page = found[:limit]
    following = write_cursor(page[-1].id) if len(found) > limit else None
    return json_answer(job_page_body(page, following))
