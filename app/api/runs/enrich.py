"""POST /enrich, whose body decides the dialect; and what can be asked of a run or job, and that it be cancelled."""

from uuid import UUID

from litestar.response.base import ASGIResponse

from app.api.http.authentication import authenticate
from app.api.http.dependencies import dependencies_of
from app.api.http.json_body import Query, check_accept
from app.api.http.long_poll import wait_for_end
from app.api.http.prefer import MAX_WAIT, preferred_wait
from app.api.http.request_context import AnyRequest, context_of
from app.api.http.responses import json_answer, run_id_of
from app.api.http.submission import RETRY_AFTER, accept_run, accepted_json, answer_once, check, receive
from app.api.runs import jobs
from app.dialects.leadmodule.request import WEBHOOK_URL, parse
from app.dialects.leadsonar.request import CONTACTS
from app.domain.errors import UnknownIdError
from app.domain.runs.view import RunView, attempt_json, run_json
from app.usecases.runs.submission import Idempotency

RUN_OR_JOB = "run or job"
OPERATION = "POST /api/v1/enrich"


async def submit(request: AnyRequest) -> ASGIResponse:
    """Accept one contact, or a job of several."""
    posted = await receive(request)
    if CONTACTS in posted.body:
        return await jobs.submit(posted, OPERATION)
    draft, problems = parse(posted.body, posted.provider_names)
    key, warnings = await check(
        posted, problems, webhook=(WEBHOOK_URL, draft.webhook_url), providers=draft.only_providers
    )
    wait = preferred_wait(request)

    async def accept(record: Idempotency | None) -> ASGIResponse:
        run = await accept_run(posted, draft, record, wait)
        return _answer(run, (*draft.warnings, *warnings), wait)

    async def resume(run_id: UUID) -> ASGIResponse:
        run = await posted.dependencies.watch.get(posted.principal.account_id, run_id)
        return _answer(run, (*draft.warnings, *warnings), wait)

    return await answer_once(posted, OPERATION, key, accept, resume)


def _answer(run: RunView, warnings: tuple[str, ...], wait: int | None) -> ASGIResponse:
    headers = {"location": f"/api/v1/enrich/{run.id}"}
    if wait is not None:
        headers["preference-applied"] = f"wait={wait}"
    if not run.ended:
        headers["retry-after"] = RETRY_AFTER
    body = run_json(run) if run.ended else accepted_json(run)
    if warnings:
        body["warnings"] = warnings
    return json_answer(body, status=200 if run.ended else 202, headers=headers)


async def read(request: AnyRequest) -> ASGIResponse:
    """Show a run or a job, after waiting for its end if that is asked for."""
    dependencies, context = dependencies_of(request.scope), context_of(request.scope)
    principal = await authenticate(dependencies, context, request)
    check_accept(request)
    await dependencies.limits.take_read(context, principal)
    query = Query(request)
    seconds = query.whole("wait", 0, MAX_WAIT)
    query.check()
    wanted = run_id_of(request, RUN_OR_JOB)
    headers: dict[str, str] = {}
    if seconds is None and (seconds := preferred_wait(request)) is not None:
        headers["preference-applied"] = f"wait={seconds}"
    try:
        run = await wait_for_end(dependencies, dependencies.watch, principal.account_id, wanted, seconds or 0)
    except UnknownIdError:
        return await jobs.show(dependencies, principal.account_id, wanted, seconds or 0, headers)
    if not run.ended:
        headers["retry-after"] = RETRY_AFTER
    return json_answer(run_json(run), headers=headers)


async def read_attempts(request: AnyRequest) -> ASGIResponse:
    """Show the cascade of a run as it happened."""
    dependencies, context = dependencies_of(request.scope), context_of(request.scope)
    principal = await authenticate(dependencies, context, request)
    check_accept(request)
    await dependencies.limits.take_read(context, principal)
    run_id = run_id_of(request)
    attempts = await dependencies.watch.attempts(principal.account_id, run_id)
    return json_answer({"runId": str(run_id), "attempts": [attempt_json(a) for a in attempts]})


async def cancel(request: AnyRequest) -> ASGIResponse:
    """Cancel a run, or what has not ended of a job."""
    dependencies, context = dependencies_of(request.scope), context_of(request.scope)
    principal = await authenticate(dependencies, context, request)
    check_accept(request)
    await dependencies.limits.take_read(context, principal)
    wanted = run_id_of(request, RUN_OR_JOB)
    try:
        return json_answer(run_json(await dependencies.cancel(principal.account_id, wanted)))
    except UnknownIdError:
        await dependencies.cancel_job(principal.account_id, wanted)
        return await jobs.show(dependencies, principal.account_id, wanted, 0, {})
