"""Submit, read and cancel runs and jobs at /enrich; the body of a POST decides the dialect."""

from uuid import UUID

import msgspec

from app.api.http.authentication import AuthenticatedRequest
from app.api.http.json_body import Query
from app.api.http.long_poll import wait_for_end
from app.api.http.prefer import MAX_WAIT, preferred_wait
from app.api.http.responses import Answer, json_answer, run_id_of
from app.api.http.submission import REFUSALS, RETRY_AFTER, accept_run, answer_once, check, read_submission
from app.api.openapi import parameters
from app.api.openapi.operation import DocumentedResponse, operation
from app.api.runs import jobs
from app.dialects.leadmodule import schemas as leadmodule
from app.dialects.leadmodule.request import WEBHOOK_URL
from app.dialects.leadmodule.response import accepted_body, attempts_body, run_body
from app.dialects.leadsonar import schemas as leadsonar
from app.dialects.submitted_body import SubmittedBody
from app.domain.errors import AccountLimitError, AlreadyEndedError, InvalidInputError, UnknownIdError
from app.domain.runs.view import RunView
from app.usecases.runs import cancel
from app.usecases.runs.submission import Idempotency

RUN_OR_JOB = "run or job"
_EITHER = DocumentedResponse(description="The run or job.", schema=(leadmodule.RunBody, leadsonar.JobBody))


@operation(
    "POST",
    "/enrich",
    submits=True,
    parameters=(parameters.IDEMPOTENCY, parameters.PREFER),
    body=(leadmodule.RunRequestBody, leadsonar.JobRequestBody),
    answers={
        200: DocumentedResponse(
            description="Answered from the cache, or ended within `Prefer: wait`.",
            schema=leadmodule.RunBody,
            headers=("Location", "Preference-Applied", "Idempotent-Replayed"),
        ),
        201: DocumentedResponse(
            description="The job is accepted; poll `Location`, or wait for the webhook.",
            schema=leadsonar.JobAcceptedBody,
            headers=("Location", "Retry-After", "Idempotent-Replayed"),
        ),
        202: DocumentedResponse(
            description="Accepted; poll `Location`, or wait for the webhook.",
            schema=leadmodule.RunAcceptedBody,
            headers=("Location", "Retry-After", "Preference-Applied", "Idempotent-Replayed"),
        ),
    },
    refuses=REFUSALS,
)
async def enrich(request: AuthenticatedRequest) -> Answer:
    """Submit one contact, or a job of up to 100."""
    body = await read_submission(request, "enrich")
    return await (jobs.submit(request, body, body.job) if body.job else submit_one(request, body))


async def submit_one(request: AuthenticatedRequest, body: SubmittedBody) -> Answer:
    """Submit the one contact or address of a body, and answer with its run."""
    draft = body.submission
    checked = await check(
        request, body.problems, draft.warnings, webhook=WEBHOOK_URL, options=draft.options, more=body.more
    )
    draft = msgspec.structs.replace(draft, warnings=checked.warnings, options=checked.options)
    wait = preferred_wait(request.http)

    async def accept(record: Idempotency | None) -> Answer:
        run = await accept_run(request, draft, record, wait)
        return _answer(run, wait)

    async def resume(run_id: UUID) -> Answer:
        run = await request.dependencies.watch.get(request.owner, run_id)
        return _answer(run, wait)

    return await answer_once(request, body.digest, checked.key, accept, resume)


def _answer(run: RunView, wait: int | None) -> Answer:
    headers = {"location": f"/api/v1/enrich/{run.id}"}
    if wait is not None:
        headers["preference-applied"] = f"wait={wait}"
    if not run.ended:
        headers["retry-after"] = RETRY_AFTER
    body = run_body(run) if run.ended else accepted_body(run)
    return json_answer(body, status=200 if run.ended else 202, headers=headers)


@operation(
    "GET",
    "/enrich/{run_id}",
    parameters=(parameters.RUN_OR_JOB_ID, parameters.WAIT, parameters.PREFER),
    answers={200: msgspec.structs.replace(_EITHER, headers=("Retry-After", "Preference-Applied"))},
    refuses=(InvalidInputError, UnknownIdError, AccountLimitError),
    at_once=True,
)
async def get_run(request: AuthenticatedRequest) -> Answer:
    """Show a run or a job."""
    query = Query(request.http)
    seconds = query.whole("wait", 0, MAX_WAIT)
    query.check()
    wanted = run_id_of(request.http, RUN_OR_JOB)
    headers: dict[str, str] = {}
    if seconds is None and (seconds := preferred_wait(request.http)) is not None:
        headers["preference-applied"] = f"wait={seconds}"
    try:
        run = await wait_for_end(
            request.dependencies, request.dependencies.watch, request.principal, wanted, seconds or 0
        )
    except UnknownIdError:
        return await jobs.show(request, wanted, seconds or 0, headers)
    if not run.ended:
        headers["retry-after"] = RETRY_AFTER
    return json_answer(run_body(run), headers=headers)


@operation(
    "GET",
    "/enrich/{run_id}/attempts",
    parameters=(parameters.RUN_ID,),
    answers={200: DocumentedResponse(description="The attempts.", schema=leadmodule.AttemptsBody)},
    refuses=(UnknownIdError,),
)
async def get_attempts(request: AuthenticatedRequest) -> Answer:
    """Show the cascade of a run as it happened."""
    run_id = run_id_of(request.http)
    attempts = await request.dependencies.watch.attempts(request.owner, run_id)
    return json_answer(attempts_body(run_id, attempts))


@operation(
    "POST",
    "/enrich/{run_id}/cancel",
    parameters=(parameters.RUN_OR_JOB_ID,),
    answers={200: _EITHER},
    refuses=(UnknownIdError, AlreadyEndedError),
    destructive=True,
)
async def cancel_run(request: AuthenticatedRequest) -> Answer:
    """Cancel a run, or what has not ended of a job."""
    wanted = run_id_of(request.http, RUN_OR_JOB)
    try:
        return json_answer(run_body(await cancel.cancel_run(request.dependencies.services, request.owner, wanted)))
    except UnknownIdError:
        await cancel.cancel_job(request.dependencies.services, request.owner, wanted)
        return await jobs.show(request, wanted, 0, {})
