"""Submission: the steps of every POST that submits, in any dialect: key, body, webhook, rate limit, idempotency."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.api.http.authentication import AuthenticatedRequest
from app.api.http.errors import BodyTooLargeError, UnsupportedMediaTypeError
from app.api.http.idempotency_key import idempotency_key
from app.api.http.json_body import check_media_type, read_body
from app.api.http.long_poll import wait_for_end
from app.api.http.responses import Answer
from app.dialects.submission import SubmissionDraft
from app.dialects.submitted_body import BodyKind, SubmittedBody
from app.domain.errors import (
    CapReachedError,
    FieldError,
    IdempotencyInFlightError,
    IdempotencyMismatchError,
    InvalidInputError,
    NotEnoughCreditsError,
    RequestError,
    UnavailableError,
)
from app.domain.runs.lookup_options import LookupOptions
from app.domain.runs.view import RunView
from app.domain.runs.warnings import bounded
from app.egress import Unresolved, UrlRejected
from app.store.runs.idempotency_keys import RecordKey
from app.usecases.runs.idempotency import Replay, Resume
from app.usecases.runs.submission import Idempotency, Submission

# What may be refused beyond what any authenticated request may be.
REFUSALS: tuple[type[RequestError], ...] = (
    InvalidInputError,
    NotEnoughCreditsError,
    CapReachedError,
    IdempotencyInFlightError,
    IdempotencyMismatchError,
    BodyTooLargeError,
    UnsupportedMediaTypeError,
)
RETRY_AFTER = "2"
RELEASED_WITHIN = 1.0
REPLAYED_HEADERS = ("location", "retry-after", "preference-applied", "content-type", "x-run-id")

log = structlog.get_logger()

Accept = Callable[[Idempotency | None], Awaitable[Answer]]
Resumed = Callable[[UUID], Awaitable[Answer]]
# What a request says, digested: a repetition of its key must say the same.
Digest = Callable[[], bytes]


class CheckedRequest(NamedTuple):
    """A request in which nothing is wrong."""

    key: str | None
    warnings: tuple[str, ...]
    options: LookupOptions


async def read_submission(request: AuthenticatedRequest, kind: BodyKind) -> SubmittedBody:
    """Read the body of a submission; a large one is read by another process, so that many at once hold nobody up.

    Raises:
        UnsupportedMediaTypeError: It is not JSON, or compressed.
        BodyTooLargeError: It is above 1 MiB, declared or not.
        InvalidInputError: It is no proper JSON object.
    """
    check_media_type(request.http)
    text = await read_body(request.http)
    request.context.reads_body = True
    body = await request.dependencies.readers.body(text, kind, request.principal.account_id)
    request.context.reads_body = False
    return body


async def check(
    request: AuthenticatedRequest,
    problems: Sequence[FieldError],
    warnings: Sequence[str],
    *,
    webhook: str,
    options: LookupOptions,
    more: int = 0,
) -> CheckedRequest:
    """Refuse what is wrong with a request, everything at once.

    Args:
        request: The request.
        problems: What its dialect found wrong with the body.
        warnings: What its dialect ignored.
        webhook: The name of the member that holds the receiver's URL. A host that does not resolve now may do so when
            the run ends.
        options: The options that the body states.
        more: How many problems there are besides, where there are more than an answer names.

    Returns:
        The idempotency key, if one is given, all warnings for the client, as many as are stored, and the options
        under the waterfall that holds.

    Raises:
        InvalidInput: Something is wrong.
    """
    problems = list(problems)
    warnings = list(warnings)
    if options.only_providers:
        warnings += request.dependencies.out_of_reach(options.only_providers, request.principal.mode)
    key, settled = None, options
    try:
        settled = await request.dependencies.waterfalls.applied(request.principal, options)
    except InvalidInputError as refusal:
        problems += refusal.problems
    try:
        key = idempotency_key(request.http)
    except InvalidInputError as refusal:
        problems += refusal.problems
    warnings += await vet_webhook(request, options.webhook_url, webhook, problems, submits=True, more=more)
    return CheckedRequest(key, bounded(warnings), settled)


async def vet_webhook(
    request: AuthenticatedRequest,
    url: str | None,
    member: str,
    problems: Sequence[FieldError],
    *,
    submits: bool = False,
    more: int = 0,
) -> list[str]:
    """Vet a receiver's URL; DNS is asked only for a request in which nothing else is wrong, and within its limit.

    Args:
        request: The request.
        url: The URL, if one is given.
        member: Its name in the client's dialect.
        problems: What else is wrong with the request.
        submits: Whether the limit of submissions is the request's.
        more: How many problems there are besides.

    Returns:
        A warning where the host does not resolve now; it may do so when it is needed.

    Raises:
        InvalidInputError: Something is wrong.
        RateLimitedError: The request would be refused anyway.
    """
    dependencies, mode = request.dependencies, request.principal.mode
    target = dependencies.vetting.check_url(url, mode) if url else None
    if isinstance(target, UrlRejected):
        problems = [*problems, FieldError(field=member, message=target.reason)]
    if problems:
        raise InvalidInputError(problems, more=more)
    if not url:
        return []
    if submits:
        await dependencies.limits.check_submission(request.context, request.principal)
    match await dependencies.vetting.vet_url(url, mode):
        case UrlRejected(reason=reason):
            raise InvalidInputError([FieldError(field=member, message=reason)])
        case Unresolved(reason=reason):
            return [f"{member}: {reason}"]
        case _:
            return []


async def answer_once(
    request: AuthenticatedRequest,
    digest: Digest,
    key: str | None,
    accept: Accept,
    resume: Resumed,
) -> Answer:
    """Take a place of the rate limit and accept; with an idempotency key, only the first time.

    Args:
        request: The request.
        digest: Digests what it says; a repetition of the key must say the same.
        key: The idempotency key, if one is given.
        accept: Accepts and answers.
        resume: Answers for what was accepted by a process that died before it had answered.
    """
    await request.dependencies.limits.take_submission(request.context, request.principal)
    try:
        if key is None:
            return await accept(None)
        record = RecordKey(request.principal.key_id, request.operation, key)
        return await _once(request, digest, record, accept, resume)
    except RequestError:
        await request.dependencies.limits.give_back_submission(request.context, request.principal)
        raise


async def _once(
    request: AuthenticatedRequest, digest: Digest, record: RecordKey, accept: Accept, resume: Resumed
) -> Answer:
    dependencies = request.dependencies
    begun = await dependencies.idempotent.begin(record, digest())
    if isinstance(begun, Replay):
        return Answer(body=begun.body, status=begun.status, headers={**begun.headers, "idempotent-replayed": "true"})
    if isinstance(begun, Resume):
        answer = await resume(begun.run_id)
    else:
        try:
            answer = await accept(begun)
        except RequestError as error:
            release = dependencies.idempotent.release(begun.record, begun.held_until)
            if not isinstance(error, UnavailableError):
                # Awaited where the database is there, so that the same key can be sent again at once.
                await asyncio.wait([release], timeout=RELEASED_WITHIN)
            raise
    kept = {name: value for name, value in answer.headers.items() if name in REPLAYED_HEADERS}
    replay = Replay(status=answer.status, headers=kept, body=answer.body)
    try:
        await dependencies.idempotent.complete(record, replay)
    except (UnavailableError, SQLAlchemyError, OSError) as error:
        # It is accepted; a repetition finds it by the record that was committed with it.
        log.warning("idempotency.store_failed", location=kept.get("location"), error=type(error).__name__)
    return answer


async def accept_run(
    request: AuthenticatedRequest, draft: SubmissionDraft, record: Idempotency | None, wait: int | None
) -> RunView:
    """Submit one contact, and wait for the end of its run as long as is wanted."""
    submission = Submission(
        principal=request.principal,
        contact=draft.contact,
        options=draft.options,
        warnings=draft.warnings,
        idempotency=record,
    )
    run = (await request.dependencies.submit([submission]))[0].run
    return await await_run(request, run, wait) if wait else run


async def await_run(request: AuthenticatedRequest, run: RunView, wait: int | None) -> RunView:
    """Wait for the end of a run that is accepted and paid for: whatever fails now must not look like a refusal."""
    if not wait or run.ended:
        return run
    try:
        return await wait_for_end(request.dependencies, request.dependencies.watch, request.principal, run.id, wait)
    except RequestError as refusal:
        log.warning("submit.wait_failed", run_id=str(run.id), code=refusal.code)
        return run
