"""Look up one contact while the client waits: POST /find-email and /find-phone (LeadSonar)."""

from collections.abc import Callable
from uuid import UUID

import msgspec

from app.api.http.authentication import AuthenticatedRequest
from app.api.http.prefer import preferred_wait, prefers_async
from app.api.http.request_context import AnyRequest
from app.api.http.responses import Answer, json_answer
from app.api.http.submission import REFUSALS, RETRY_AFTER, accept_run, answer_once, await_run, check, read_submission
from app.api.openapi import parameters
from app.api.openapi.operation import DocumentedResponse, Shape, operation
from app.dialects.leadmodule.response import accepted_body
from app.dialects.leadmodule.schemas import RunAcceptedBody
from app.dialects.leadsonar import schemas
from app.dialects.leadsonar.request import WEBHOOK_URL
from app.dialects.leadsonar.response import email_body, phone_body
from app.dialects.submitted_body import BodyKind
from app.domain.runs.view import RunView
from app.domain.vocabulary import Dialect
from app.usecases.runs.submission import Idempotency

Write = Callable[[RunView], msgspec.Struct]


_KEPT = ("Location", "X-Run-Id", "Preference-Applied", "Idempotent-Replayed")
_GOES_ON = DocumentedResponse(
    description="No result in time, or `respond-async`; the run goes on, poll `Location`.",
    schema=RunAcceptedBody,
    headers=(*_KEPT, "Retry-After"),
)


def _answers(found: Shape) -> dict[int, DocumentedResponse]:
    return {200: DocumentedResponse(description="The cascade has ended.", schema=found, headers=_KEPT), 202: _GOES_ON}


@operation(
    "POST",
    "/find-email",
    submits=True,
    parameters=(parameters.IDEMPOTENCY, parameters.PREFER_LOOKUP),
    body=schemas.LookupRequestBody,
    answers=_answers(schemas.EmailFoundBody),
    refuses=REFUSALS,
    dialect=Dialect.LEADSONAR,
)
async def find_email(request: AuthenticatedRequest) -> Answer:
    """Look up one contact's e-mail address, waiting for it."""
    return await _look_up(request, "find-email", email_body)


@operation(
    "POST",
    "/find-phone",
    submits=True,
    parameters=(parameters.IDEMPOTENCY, parameters.PREFER_LOOKUP),
    body=schemas.LookupRequestBody,
    answers=_answers(schemas.PhoneFoundBody),
    refuses=REFUSALS,
    dialect=Dialect.LEADSONAR,
)
async def find_phone(request: AuthenticatedRequest) -> Answer:
    """Look up one contact's phone number, waiting for it."""
    return await _look_up(request, "find-phone", phone_body)


async def _look_up(request: AuthenticatedRequest, kind: BodyKind, write: Write) -> Answer:
    body = await read_submission(request, kind)
    draft = body.submission
    checked = await check(
        request, body.problems, draft.warnings, webhook=WEBHOOK_URL, options=draft.options, more=body.more
    )
    draft = msgspec.structs.replace(draft, warnings=checked.warnings, options=checked.options)
    wait, applied = _patience(request.http, request.dependencies.services.settings.sync_wait_seconds)

    def answer(run: RunView) -> Answer:
        headers = {"location": f"/api/v1/enrich/{run.id}", "x-run-id": str(run.id)}
        if applied:
            headers["preference-applied"] = applied
        if not run.ended:
            headers["retry-after"] = RETRY_AFTER
        shown = write(run) if run.ended else accepted_body(run)
        return json_answer(shown, status=200 if run.ended else 202, headers=headers)

    async def accept(record: Idempotency | None) -> Answer:
        return answer(await accept_run(request, draft, record, wait))

    async def resume(run_id: UUID) -> Answer:
        run = await request.dependencies.watch.get(request.owner, run_id)
        return answer(await await_run(request, run, wait))

    return await answer_once(request, body.digest, checked.key, accept, resume)


def _patience(request: AnyRequest, longest: int) -> tuple[int, str | None]:
    """Return how many seconds to wait, and the preferences that this honours."""
    wanted, at_once = preferred_wait(request), prefers_async(request)
    # Both together ask to wait first (RFC 7240, section 4.3).
    seconds = min(wanted, longest) if wanted is not None else 0 if at_once else longest
    applied = ["respond-async"] * at_once + [f"wait={seconds}"] * (wanted is not None)
    return seconds, ", ".join(applied) or None
