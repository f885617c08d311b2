"""Every error the API answers: one table from refusals to status codes, and the problem document of RFC 9457."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from app.api.http.connection_errors import (
    HeadersTooLargeError,
    RequestTimeoutError,
    ShuttingDownError,
    TooManyConnectionsError,
    UriTooLongError,
)
from app.api.http.responses import Answer
from app.domain import errors as domain
from app.domain.accounts.key_terms import ForbiddenError, TooManyKeysError
from app.domain.accounts.suspension import AccountSuspendedError
from app.domain.errors import RequestError
from app.domain.problems import MAX_MESSAGE, shortened
from app.domain.waterfall.feedback import NothingToReportError

PROBLEM_JSON = "application/problem+json"
ERRORS_PATH = "/errors"
# No path of ours is as long; Litestar remembers the last 1 024 that it was asked for.
MAX_PATH = 500


class UnknownRouteError(RequestError):
    """Nothing is served at this path."""

    code = "unknown-route"
    title = "Nothing here"

    def __init__(self, path: str) -> None:
        """Keep the path."""
        super().__init__(f"Nothing is served at {shortened(path, MAX_PATH)}; /docs lists what is.")


class MethodNotAllowedError(RequestError):
    """The path exists, the method does not."""

    code = "method-not-allowed"
    title = "Method not allowed"

    def __init__(self, method: str, allowed: str) -> None:
        """Keep what is allowed, as the `Allow` header lists it."""
        super().__init__(f"{method} is not allowed here; allowed: {allowed}.")
        self.allowed = allowed


class NotAcceptableError(RequestError):
    """The client accepts nothing that we can answer."""

    code = "not-acceptable"
    title = "Not acceptable"

    def __init__(self, offered: str) -> None:
        """Name the media type that we have."""
        super().__init__(f"The answer can only be given as {offered}, which the Accept header excludes.")


class BodyTooLargeError(RequestError):
    """The body is above the limit."""

    code = "body-too-large"
    title = "Request body too large"

    def __init__(self, limit: int) -> None:
        """Keep the limit in bytes."""
        super().__init__(f"The request body must not exceed {limit} bytes.")


class UnsupportedMediaTypeError(RequestError):
    """The body is not JSON, or is encoded."""

    code = "unsupported-media-type"
    title = "Unsupported media type"

    def __init__(self, message: str) -> None:
        """Keep the sentence."""
        super().__init__(message)


class MalformedError(RequestError):
    """The request cannot be read as HTTP means it."""

    code = "malformed-request"
    title = "Malformed request"

    def __init__(self, message: str = "The request could not be read.") -> None:
        """Keep the sentence."""
        super().__init__(message)


class InternalError(RequestError):
    """Our own fault; the request id finds the log line."""

    code = "internal-error"
    title = "Internal error"

    def __init__(self, request_id: str) -> None:
        """Name the request and nothing else."""
        super().__init__(f"Something failed on our side. Quote request id {request_id} when you report it.")


STATUS: dict[type[RequestError], int] = {
    domain.InvalidInputError: 400,
    MalformedError: 400,
    domain.UnauthenticatedError: 401,
    domain.NotEnoughCreditsError: 402,
    domain.CapReachedError: 402,
    AccountSuspendedError: 403,
    ForbiddenError: 403,
    domain.UnknownIdError: 404,
    UnknownRouteError: 404,
    MethodNotAllowedError: 405,
    NotAcceptableError: 406,
    RequestTimeoutError: 408,
    domain.IdempotencyInFlightError: 409,
    domain.AlreadyEndedError: 409,
    NothingToReportError: 409,
    domain.TooManyEndpointsError: 409,
    TooManyKeysError: 409,
    domain.EndpointClosedError: 409,
    domain.PayloadExpungedError: 409,
    BodyTooLargeError: 413,
    UriTooLongError: 414,
    UnsupportedMediaTypeError: 415,
    domain.IdempotencyMismatchError: 422,
    domain.RecoveryTooOldError: 422,
    domain.RateLimitedError: 429,
    domain.AccountLimitError: 429,
    HeadersTooLargeError: 431,
    InternalError: 500,
    domain.UnavailableError: 503,
    TooManyConnectionsError: 503,
    ShuttingDownError: 503,
    domain.OutcomeUnknownError: 503,
}

_encode = msgspec.json.Encoder().encode


def status_of(kind: type[RequestError]) -> int:
    """Return the status code of a kind of refusal, a subclass's being its parent's unless it has its own."""
    return next(STATUS[parent] for parent in kind.__mro__ if parent in STATUS)


def headers_of(refusal: RequestError) -> dict[str, str]:
    """Return the headers that a refusal adds to its answer."""
    match refusal:
        case domain.UnauthenticatedError():
            return {"www-authenticate": "Bearer"}
        case MethodNotAllowedError():
            return {"allow": refusal.allowed}
        case domain.RateLimitedError() | domain.UnavailableError() | TooManyConnectionsError() | ShuttingDownError():
            return {"retry-after": str(refusal.retry_after)}
        case domain.IdempotencyInFlightError():
            return {"retry-after": "1"}
        case _:
            return {}


def members_of(refusal: RequestError) -> dict[str, Any]:
    """Return the members that a refusal adds to the problem document."""
    match refusal:
        case domain.InvalidInputError():
            return {"errors": _named(refusal.problems)} | ({"moreErrors": refusal.more} if refusal.more else {})
        case domain.UnauthenticatedError(reason=str(reason)):
            return {"detail": reason}
        case domain.NotEnoughCreditsError():
            return {"creditsRequired": refusal.required, "creditsAvailable": refusal.available}
        case ForbiddenError():
            return {"requiredScope": refusal.scope.value} if refusal.scope else {}
        case domain.RateLimitedError():
            return {"limit": refusal.limit, "windowSeconds": refusal.window, "retryAfter": refusal.retry_after}
        case _:
            return {}


def _named(problems: Sequence[domain.FieldError]) -> list[dict[str, str]]:
    return [{"field": problem.field, "message": problem.message} for problem in problems]


def problem_body(refusal: RequestError, *, path: str, request_id: str, more: Mapping[str, Any] | None = None) -> bytes:
    """Write the problem document (RFC 9457); ``error`` repeats the sentence for clients of both dialects.

    Args:
        refusal: What is wrong.
        path: Of the request, as ``instance``.
        request_id: Found in the logs, too.
        more: Further extension members.
    """
    sentence = shortened(refusal.message, MAX_MESSAGE)
    return _encode(
        {
            "type": f"{ERRORS_PATH}/{refusal.code}",
            "title": refusal.title,
            "status": status_of(type(refusal)),
            "detail": sentence,
            "instance": shortened(path, MAX_PATH),
            "error": sentence,
            "requestId": request_id,
            **members_of(refusal),
            **(more or {}),
        }
    )


def problem_answer(
    refusal: RequestError, *, path: str, request_id: str, more: Mapping[str, Any] | None = None
) -> Answer:
    """Answer a refusal."""
    return Answer(
        body=problem_body(refusal, path=path, request_id=request_id, more=more),
        status=status_of(type(refusal)),
        media=PROBLEM_JSON,
        headers=headers_of(refusal),
    )
