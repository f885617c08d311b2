"""Errors of the client: what the API refused, by status and problem type, and what never got an answer."""

import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


class LeadrunError(Exception):
    """Any error of this client."""


class ConfigurationError(LeadrunError, ValueError):
    """A wrong or missing setting, such as the API key."""


class InvalidContactError(LeadrunError, ValueError):
    """A contact that cannot be sent: a member is unknown, or none says whom to look up."""


class ResumeFileError(LeadrunError):
    """The resume file cannot be used: it is something else, damaged, or in use."""


class WebhookSignatureError(LeadrunError):
    """A webhook that is not genuine, or too old to be believed."""


class NoAnswerError(LeadrunError):
    """No answer came: nothing listens there, or the connection broke each time.

    Attributes:
        sent: Whether a request may have reached the server. A submission that was sent has perhaps been accepted.
    """

    def __init__(self, message: str, *, sent: bool) -> None:
        """Keep whether a request was sent."""
        super().__init__(message)
        self.sent = sent


class InvalidAnswerError(LeadrunError):
    """An answer that is not one of leadrun's, such as a page of a proxy."""


class DeadlineError(LeadrunError, TimeoutError):
    """The deadline passed. What was accepted goes on at the server.

    Attributes:
        run_id: Of the run or batch that goes on; None if nothing is known to be accepted.
    """

    def __init__(self, message: str, *, run_id: str | None = None) -> None:
        """Keep the run that goes on."""
        super().__init__(message)
        self.run_id = run_id


@dataclass(frozen=True, kw_only=True)
class FieldFault:
    """One wrong member of a request; `field` is empty for the request as a whole."""

    field: str
    message: str


class ApiError(LeadrunError):
    """An answer that is an error (RFC 9457).

    Attributes:
        status: The HTTP status.
        code: The last part of the problem's `type`, such as `insufficient-credits`; empty if the server gave none.
        detail: The sentence that says what is wrong.
        request_id: Names the request in the server's logs.
        retry_after: Seconds after which to try again; None if the server did not say.
        errors: Every wrong member.
        problem: The whole problem document.
    """

    codes: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self, status: int, problem: Mapping[str, Any], *, request_id: str | None, retry_after: float | None
    ) -> None:
        """Read a problem document."""
        self.status: int = status
        self.problem: Mapping[str, Any] = problem
        self.code: str = str(problem.get("type") or "").rpartition("/")[2]
        self.detail: str = str(problem.get("detail") or problem.get("error") or problem.get("title") or "")
        self.request_id: str | None = request_id or problem.get("requestId")
        self.retry_after = retry_after
        faults = problem.get("errors")
        self.errors: Sequence[FieldFault] = tuple(
            FieldFault(field=str(one.get("field", "")), message=str(one.get("message", "")))
            for one in (faults if isinstance(faults, list) else ())
            if isinstance(one, dict)
        )
        named = f" (request {self.request_id})" if self.request_id else ""
        super().__init__(f"{status}: {self.detail or 'no reason given'}{named}")


class InvalidRequestError(ApiError):
    """The request is wrong and was not accepted; `errors` names each wrong member."""


class AuthenticationError(ApiError):
    """The API key is missing, mistyped or revoked (401)."""


class NotEnoughCreditsError(ApiError):
    """The balance does not cover the whole request, and nothing was accepted (402)."""

    @property
    def required(self) -> int | None:
        """Credits that the request needs."""
        return _whole(self.problem.get("creditsRequired"))

    @property
    def available(self) -> int | None:
        """Credits that there are."""
        return _whole(self.problem.get("creditsAvailable"))


class CapReachedError(NotEnoughCreditsError):
    """A cap of the account or key does not leave what the request needs; it opens again by itself, or is set higher."""

    codes: ClassVar[tuple[str, ...]] = ("cap-reached",)


class PermissionDeniedError(ApiError):
    """The key may not do this (403)."""


class AccountSuspendedError(PermissionDeniedError):
    """An operator has suspended the account, so that its keys do nothing."""

    codes: ClassVar[tuple[str, ...]] = ("account-suspended",)


class NotFoundError(ApiError):
    """There is nothing with this id, or it belongs to another account (404)."""


class ConflictError(ApiError):
    """The request does not fit the present state (409)."""


class AlreadyEndedError(ConflictError):
    """A run or job that has ended cannot be cancelled."""

    codes: ClassVar[tuple[str, ...]] = ("already-ended",)


class IdempotencyInFlightError(ConflictError):
    """A request with the same idempotency key is still being answered."""

    codes: ClassVar[tuple[str, ...]] = ("idempotency-in-flight",)


class IdempotencyMismatchError(ApiError):
    """The idempotency key was used before with another body (422)."""

    codes: ClassVar[tuple[str, ...]] = ("idempotency-mismatch",)


class RateLimitedError(ApiError):
    """Too many requests (429), and the deadline leaves no time to wait `retry_after` seconds."""


class ServerError(ApiError):
    """The server failed (5xx)."""


class UnavailableError(ServerError):
    """A part of the server is down; nothing was accepted or charged (503)."""


class OutcomeUnknownError(ServerError):
    """The request may have been accepted; repeat it with the same idempotency key to find out, at no further cost."""

    codes: ClassVar[tuple[str, ...]] = ("outcome-unknown",)


_BY_STATUS: dict[int, type[ApiError]] = {
    401: AuthenticationError,
    402: NotEnoughCreditsError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    429: RateLimitedError,
    503: UnavailableError,
}
CLASSES_BY_CODE: dict[str, type[ApiError]] = {
    code: kind
    for kind in (
        AccountSuspendedError,
        AlreadyEndedError,
        CapReachedError,
        IdempotencyInFlightError,
        IdempotencyMismatchError,
        OutcomeUnknownError,
    )
    for code in kind.codes
}
_SERVER = 500
_PAGE = re.compile(r"<(!doctype\s+)?html[\s>]", re.IGNORECASE)


def error_of(status: int, body: bytes, *, request_id: str | None, retry_after: float | None) -> ApiError:
    """Make the error of an answer; a body that is no problem document is kept as the sentence."""
    try:
        problem = json.loads(body)
    except ValueError:
        problem = None
    if not isinstance(problem, dict):
        problem = {"detail": words_of(body)}
    code = str(problem.get("type") or "").rpartition("/")[2]
    other = ServerError if status >= _SERVER else InvalidRequestError
    kind = CLASSES_BY_CODE.get(code) or _BY_STATUS.get(status) or other
    return kind(status, problem, request_id=request_id, retry_after=retry_after)


def words_of(body: bytes, most: int = 500) -> str:
    """Say what came instead of JSON: of a web page, its title; an error in XML is said as it is."""
    text = body[:4000].decode("utf-8-sig", errors="replace").strip()
    if not (text.startswith("<") and _PAGE.search(text)):
        return text[:most]
    title = re.search(r"<title[^>]*>\s*([^<\s][^<]{0,99})", text, re.IGNORECASE)
    name = html.unescape(title[1]).strip() if title else ""
    return f"a web page came{f' ({name})' if name else ''}, not an answer of the API; is the URL that of a leadrun?"


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None
