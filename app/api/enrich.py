"""POST /enrich, and what can be asked of one run: its state and its attempts, and that it be cancelled."""

import structlog
from litestar.response.base import ASGIResponse
from sqlalchemy.exc import SQLAlchemyError

from app.api.answer import encode, json_answer, run_id_of
from app.api.auth import authenticate
from app.api.decode import Query, check_accept, read_object
from app.api.desk import Desk, desk_of
from app.api.idempotency import fingerprint, idempotency_key
from app.api.leadmodule import Draft, parse
from app.api.prefer import MAX_WAIT, preferred_wait
from app.api.visit import AnyRequest, visit_of
from app.api.waiting import wait_for_end
from app.domain.errors import InvalidInput, Problem, Refusal, Unavailable
from app.domain.view import RunView, attempt_json, run_json
from app.egress import Refused, Unresolved
from app.usecases.authenticate import Principal
from app.usecases.idempotent import Replay, Resume
from app.usecases.submission import Idempotency, Submission

OPERATION = "POST /api/v1/enrich"
RETRY_AFTER = "2"
REPLAYED_HEADERS = ("location", "retry-after", "preference-applied", "content-type")

log = structlog.get_logger()


async def submit(request: AnyRequest) -> ASGIResponse:
    """Accept one contact."""
    desk, visit = desk_of(request.scope), visit_of(request.scope)
    principal = await authenticate(desk, visit, request)
    check_accept(request)
    body = await read_object(request)
    draft, problems = parse(body, desk.provider_names(principal.mode))
    key = None
    try:
        key = idempotency_key(request)
    except InvalidInput as refusal:
        problems += refusal.problems
    problems, warnings = await _vet(desk, draft, problems)
    if problems:
        raise InvalidInput(problems)
    await desk.limits.take_submission(visit, principal)
    submission = Submission(
        principal=principal,
        contact=draft.contact,
        type=draft.type,
        only_providers=draft.only_providers,
        max_cost_usd=draft.max_cost_usd,
        force_refresh=draft.force_refresh,
        webhook_url=draft.webhook_url,
        metadata=draft.metadata,
        idempotency=Idempotency(operation=OPERATION, key=key) if key is not None else None,
    )
    wait = preferred_wait(request)
    try:
        return await _accept_once(desk, submission, fingerprint(body) if key else b"", warnings, wait)
    except Refusal:
        await desk.limits.give_back_submission(visit, principal)
        raise


async def _vet(desk: Desk, draft: Draft, problems: list[Problem]) -> tuple[list[Problem], tuple[str, ...]]:
    """Check the webhook's address; a name that does not resolve now may do so when the run ends."""
    if draft.webhook_url is None:
        return problems, draft.warnings
    match await desk.vetting.vet_url(draft.webhook_url):
        case Refused(reason=reason):
            return [*problems, Problem(field="webhookUrl", message=reason)], draft.warnings
        case Unresolved(reason=reason):
            return problems, (*draft.warnings, f"webhookUrl: {reason}")
        case _:
            return problems, draft.warnings


async def _accept(desk: Desk, submission: Submission, wait: int | None) -> RunView:
    accepted = (await desk.submit([submission]))[0]
    run = accepted.run
    if wait and not run.ended:
        try:
            return await wait_for_end(desk, run.account_id, run.id, wait)
        except Refusal as refusal:
            # It is accepted and paid for: whatever fails now must not look like a refusal.
            log.warning("submit.wait_failed", run_id=str(run.id), code=refusal.code)
    return run


async def _accept_once(
    desk: Desk, submission: Submission, digest: bytes, warnings: tuple[str, ...], wait: int | None
) -> ASGIResponse:
    if submission.idempotency is None:
        return _answer(await _accept(desk, submission, wait), warnings, wait)
    key = submission.idempotency.key
    principal = submission.principal
    begun = await desk.idempotent.begin(principal, OPERATION, key, digest)
    if isinstance(begun, Replay):
        return ASGIResponse(
            body=begun.body, status_code=begun.status, headers={**begun.headers, "idempotent-replayed": "true"}
        )
    if isinstance(begun, Resume):
        run = await desk.watch.get(principal.account_id, begun.run_id)
    else:
        try:
            run = await _accept(desk, submission, wait)
        except Refusal:
            await _release(desk, principal, key)
            raise
    answer = _answer(run, warnings, wait)
    kept = {name: value for name, value in answer.headers.items() if name in REPLAYED_HEADERS}
    replay = Replay(status=answer.status_code, headers=kept, body=answer.body)
    try:
        await desk.idempotent.complete(principal, OPERATION, key, replay)
    except (SQLAlchemyError, OSError) as error:
        # The run is accepted; a repetition finds it by the record that was committed with it.
        log.warning("idempotency.not_stored", run_id=str(run.id), error=type(error).__name__)
    return answer


async def _release(desk: Desk, principal: Principal, key: str) -> None:
    try:
        await desk.idempotent.release(principal, OPERATION, key)
    except (Unavailable, SQLAlchemyError, OSError) as error:
        log.warning("idempotency.not_released", error=type(error).__name__)


def _answer(run: RunView, warnings: tuple[str, ...], wait: int | None) -> ASGIResponse:
    headers = {"location": f"/api/v1/enrich/{run.id}"}
    if wait is not None:
        headers["preference-applied"] = f"wait={wait}"
    if run.ended:
        body = run_json(run)
    else:
        headers["retry-after"] = RETRY_AFTER
        body = {"runId": str(run.id), "status": run.status.value, "creditsUsed": run.credits_used}
    if warnings:
        body["warnings"] = warnings
    return ASGIResponse(
        body=encode(body), status_code=200 if run.ended else 202, media_type="application/json", headers=headers
    )


async def read_run(request: AnyRequest) -> ASGIResponse:
    """Show a run, after waiting for its end if that is asked for."""
    desk, visit = desk_of(request.scope), visit_of(request.scope)
    principal = await authenticate(desk, visit, request)
    check_accept(request)
    await desk.limits.take_read(visit, principal)
    query = Query(request)
    seconds = query.whole("wait", 0, MAX_WAIT)
    query.check()
    run_id = run_id_of(request)
    headers: dict[str, str] = {}
    if seconds is None and (seconds := preferred_wait(request)) is not None:
        headers["preference-applied"] = f"wait={seconds}"
    if seconds:
        run = await wait_for_end(desk, principal.account_id, run_id, seconds)
    else:
        run = await desk.watch.get(principal.account_id, run_id)
    if not run.ended:
        headers["retry-after"] = RETRY_AFTER
    return json_answer(run_json(run), headers=headers)


async def read_attempts(request: AnyRequest) -> ASGIResponse:
    """Show the cascade of a run as it happened."""
    desk, visit = desk_of(request.scope), visit_of(request.scope)
    principal = await authenticate(desk, visit, request)
    check_accept(request)
    await desk.limits.take_read(visit, principal)
    run_id = run_id_of(request)
    attempts = await desk.watch.attempts(principal.account_id, run_id)
    return json_answer({"runId": str(run_id), "attempts": [attempt_json(a) for a in attempts]})


async def cancel(request: AnyRequest) -> ASGIResponse:
    """Cancel a run."""
    desk, visit = desk_of(request.scope), visit_of(request.scope)
    principal = await authenticate(desk, visit, request)
    check_accept(request)
    await desk.limits.take_read(visit, principal)
    return json_answer(run_json(await desk.cancel(principal.account_id, run_id_of(request))))
