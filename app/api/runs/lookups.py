"""POST /find-email and /find-phone: a run and a wait."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from litestar.response.base import ASGIResponse

from app.api.http.prefer import preferred_wait, prefers_async
from app.api.http.request_context import AnyRequest
from app.api.http.responses import json_answer
from app.api.http.submission import RETRY_AFTER, accept_run, accepted_json, answer_once, await_run, check, receive
from app.dialects.leadsonar.request import WEBHOOK_URL, email_json, parse_lookup, phone_json
from app.domain.runs.view import RunView
from app.domain.vocabulary import EnrichmentType
from app.usecases.runs.submission import Idempotency

Write = Callable[[RunView], dict[str, Any]]


async def find_email(request: AnyRequest) -> ASGIResponse:
    """Look up one contact's e-mail address."""
    return await _look_up(request, EnrichmentType.EMAIL, email_json)


async def find_phone(request: AnyRequest) -> ASGIResponse:
    """Look up one contact's phone number."""
    return await _look_up(request, EnrichmentType.PHONE, phone_json)


async def _look_up(request: AnyRequest, kind: EnrichmentType, write: Write) -> ASGIResponse:
    posted = await receive(request)
    draft, problems = parse_lookup(posted.body, kind, posted.provider_names)
    key, warnings = await check(
        posted, problems, webhook=(WEBHOOK_URL, draft.webhook_url), providers=draft.only_providers
    )
    warnings = (*draft.warnings, *warnings)
    wait, applied = _patience(request, posted.dependencies.services.settings.sync_wait_seconds)

    def answer(run: RunView) -> ASGIResponse:
        headers = {"location": f"/api/v1/enrich/{run.id}", "x-run-id": str(run.id)}
        if applied:
            headers["preference-applied"] = applied
        if not run.ended:
            headers["retry-after"] = RETRY_AFTER
        body = write(run) if run.ended else accepted_json(run)
        if warnings:
            body["warnings"] = warnings
        return json_answer(body, status=200 if run.ended else 202, headers=headers)

    async def accept(record: Idempotency | None) -> ASGIResponse:
        return answer(await accept_run(posted, draft, record, wait))

    async def resume(run_id: UUID) -> ASGIResponse:
        run = await posted.dependencies.watch.get(posted.principal.account_id, run_id)
        return answer(await await_run(posted.dependencies, run, wait))

    return await answer_once(posted, f"POST /api/v1/find-{kind.value}", key, accept, resume)


def _patience(request: AnyRequest, longest: int) -> tuple[int, str | None]:
    """Tell how many seconds to wait, and which preferences that honours."""
    wanted, at_once = preferred_wait(request), prefers_async(request)
    # Both together ask to wait first (RFC 7240, section 4.3).
    seconds = min(wanted, longest) if wanted is not None else 0 if at_once else longest
    applied = ["respond-async"] * at_once + [f"wait={seconds}"] * (wanted is not None)
    return seconds, ", ".join(applied) or None
