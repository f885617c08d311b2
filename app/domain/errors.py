"""Request errors: why a request is not accepted, with the facts as attributes and without HTTP."""

from collections.abc import Sequence
from typing import ClassVar

import msgspec

from app.domain.problems import MAX_FIELD, MAX_MESSAGE, first_of, sendable, shortened


class FieldError(msgspec.Struct, frozen=True, kw_only=True):
    """One wrong member of a request.

    Attributes:
        field: Path of the member in the client's spelling, such as ``companyDomain`` or ``contacts[3].domain``;
            empty for the body as a whole.
        message: The fault and the remedy, in one sentence.

    Both may hold what the client wrote: they are shortened to `MAX_FIELD` and `MAX_MESSAGE` characters, and what cannot
    be stored or sent is escaped.
    """

    field: str
    message: str

    def __post_init__(self) -> None:
        """Shorten and escape."""
        msgspec.structs.force_setattr(self, "field", sendable(shortened(self.field, MAX_FIELD)))
        msgspec.structs.force_setattr(self, "message", sendable(shortened(self.message, MAX_MESSAGE)))


class RequestError(Exception):
    """A request that is not accepted; nothing is stored or charged for it."""

    code: ClassVar[str] = "refused"
    title: ClassVar[str] = "Request refused"
    sentence: ClassVar[str] = ""

    def __init__(self, message: str = "") -> None:
        """Keep the sentence for the client; without one it is that of the class."""
        super().__init__(message or self.sentence)
        self.message = message or self.sentence


class InvalidInputError(RequestError):
    """The request is malformed; every wrong member is named at once.

    Attributes:
        problems: The first ones.
        more: How many there are besides.
    """

    code = "invalid-input"
    title = "Invalid input"

    def __init__(self, problems: Sequence[FieldError], message: str | None = None, *, more: int = 0) -> None:
        """Collect the problems; the first one is the sentence unless `message` is given."""
        first = problems[0]
        place = f"{first.field}: " if first.field else ""
        self.problems = first_of(problems)
        self.more = len(problems) - len(self.problems) + more
        super().__init__((message or f"{place}{first.message}") + (f" (and {self.more} more)" if self.more else ""))


class UnauthenticatedError(RequestError):
    """The key is missing, malformed, unknown or revoked; the response gives no `reason` that reveals which."""

    code = "unauthenticated"
    title = "Invalid or missing API key"
    sentence = "Invalid or missing API key"
    reason: ClassVar[str | None] = None


class NotEnoughCreditsError(RequestError):
    """The balance does not cover the whole request."""

    code = "insufficient-credits"
    title = "Not enough credits"

    def __init__(self, *, required: int, available: int) -> None:
        """Keep both amounts, in credits."""
        super().__init__(
            f"Not enough credits: this request needs {required}, the balance is {available}. "
            "Add credits and send it again."
        )
        self.required = required
        self.available = available


class CapReachedError(NotEnoughCreditsError):
    """A cap in credits does not leave what the whole request needs."""

    code = "cap-reached"
    title = "Cap reached"

    def __init__(self, cap: str, *, required: int, available: int) -> None:
        """Take the sentence about the cap, and both amounts in credits."""
        super().__init__(required=required, available=available)
        self.message = f"This request needs {required} credits, and {cap}; it leaves {available}."


class UnknownIdError(RequestError):
    """The account has nothing with that id; the response does not say whether another account has."""

    code = "not-found"
    title = "Not found"

    def __init__(self, what: str) -> None:
        """Name the kind of resource, such as ``run``."""
        super().__init__(f"No {what} with this id belongs to your account.")
        self.what = what


class AlreadyEndedError(RequestError):
    """The run or job has ended, so it cannot be cancelled."""

    code = "already-ended"
    title = "Already ended"

    def __init__(self, status: str, *, what: str = "run") -> None:
        """Keep the terminal status, and name the kind of resource."""
        super().__init__(f"The {what} is already {status}; a {what} that has ended cannot be cancelled.")
        self.status = status


class TooManyEndpointsError(RequestError):
    """The account has as many webhook endpoints as it may have."""

    code = "too-many-endpoints"
    title = "Too many endpoints"

    def __init__(self, most: int) -> None:
        """Keep the limit."""
        super().__init__(f"An account may have {most} webhook endpoints; change or delete one of them.")
        self.most = most


class EndpointClosedError(RequestError):
    """The endpoint is disabled or deleted, so that nothing can be sent to it in this way."""

    code = "endpoint-closed"
    title = "Endpoint is disabled or deleted"


class PayloadExpungedError(RequestError):
    """The delivery's payload is deleted, so it cannot be sent again."""

    code = "payload-expunged"
    title = "Payload is deleted"
    sentence = "The payload of this delivery is deleted, so it cannot be sent again; read the run instead."


class RecoveryTooOldError(RequestError):
    """Deliveries are recovered since a time that is too long ago."""

    code = "recovery-too-old"
    title = "Recovery begins too early"

    def __init__(self, days: int) -> None:
        """Keep the longest time in days."""
        super().__init__(f"Deliveries can be recovered for the last {days} days; send a later `since`.")
        self.days = days


class IdempotencyInFlightError(RequestError):
    """A request with the same idempotency key is still being answered."""

    code = "idempotency-in-flight"
    title = "Same Idempotency-Key in flight"
    sentence = "A request with this Idempotency-Key is still being processed; repeat it in a second."


class IdempotencyMismatchError(RequestError):
    """The idempotency key was used before with another body."""

    code = "idempotency-mismatch"
    title = "Idempotency-Key reused with a different body"
    sentence = "This Idempotency-Key was used before with a different body; use a new key for a new request."


class RateLimitedError(RequestError):
    """Too many requests in the sliding window.

    Attributes:
        retry_after: Whole seconds, rounded up, after which the only client of a key is accepted.
    """

    code = "quota-exceeded"
    title = "Rate limit exceeded"

    def __init__(self, *, limit: int, window: int, retry_after: int, what: str) -> None:
        """Keep the limit (requests), the window (seconds) and the wait (seconds); `what` names the requests."""
        super().__init__(
            f"Rate limit exceeded: {limit} {what} in any {window} seconds. Retry after {retry_after} seconds."
        )
        self.limit = limit
        self.window = window
        self.retry_after = retry_after


class AccountLimitError(RateLimitedError):
    """The account uploads more at once, or has uploaded more today, than it may."""

    code = "account-limit"
    title = "Limit of the account reached"

    def __init__(self, message: str, *, limit: int, window: int, retry_after: int) -> None:
        """Keep the sentence, the limit, its window (seconds) and the wait (seconds)."""
        super().__init__(limit=limit, window=window, retry_after=retry_after, what="uploads")
        self.message, self.args = message, (message,)


class UnavailableError(RequestError):
    """A dependency is down; nothing was accepted or charged.

    Attributes:
        retry_after: Seconds after which a retry makes sense.
    """

    code = "unavailable"
    title = "Temporarily unavailable"

    def __init__(self, dependency: str, *, retry_after: int = 2, message: str | None = None) -> None:
        """Name the dependency, such as ``database``; `message` replaces the sentence that says so."""
        super().__init__(
            message
            or f"The {dependency} cannot be reached; nothing was accepted or charged. "
            f"Retry after {retry_after} seconds."
        )
        self.dependency = dependency
        self.retry_after = retry_after


class OutcomeUnknownError(UnavailableError):
    """The database was lost while it committed, and could not be asked whether it did."""

    code = "outcome-unknown"
    title = "Outcome unknown"

    def __init__(self) -> None:
        """Set the sentence with the remedy, which costs nothing even if the request was accepted."""
        super().__init__(
            "database",
            message="The connection to the database was lost while the request was being stored; it may or may not "
            "have been accepted. Repeat it after 2 seconds with the same Idempotency-Key, or the same contact "
            "without forceRefresh: what was accepted is not accepted or charged again. Where a request takes neither, "
            "look first whether it took effect.",
        )
