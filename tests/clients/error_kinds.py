"""What the clients make of each error of the API: its type, its status, and the class that says it."""

import re

from leadrun import errors
from tests.architecture.tree import text_of

KINDS: dict[str, type[errors.ApiError]] = {
    "invalid-input": errors.InvalidRequestError,
    "malformed-request": errors.InvalidRequestError,
    "unauthenticated": errors.AuthenticationError,
    "insufficient-credits": errors.NotEnoughCreditsError,
    "cap-reached": errors.CapReachedError,
    "account-suspended": errors.AccountSuspendedError,
    "forbidden": errors.PermissionDeniedError,
    "not-found": errors.NotFoundError,
    "unknown-route": errors.NotFoundError,
    "method-not-allowed": errors.InvalidRequestError,
    "not-acceptable": errors.InvalidRequestError,
    "request-timeout": errors.InvalidRequestError,
    "idempotency-in-flight": errors.IdempotencyInFlightError,
    "already-ended": errors.AlreadyEndedError,
    "nothing-to-report": errors.ConflictError,
    "too-many-endpoints": errors.ConflictError,
    "too-many-keys": errors.ConflictError,
    "endpoint-closed": errors.ConflictError,
    "payload-expunged": errors.ConflictError,
    "body-too-large": errors.InvalidRequestError,
    "uri-too-long": errors.InvalidRequestError,
    "unsupported-media-type": errors.InvalidRequestError,
    "idempotency-mismatch": errors.IdempotencyMismatchError,
    "recovery-too-old": errors.InvalidRequestError,
    "quota-exceeded": errors.RateLimitedError,
    "account-limit": errors.RateLimitedError,
    "headers-too-large": errors.InvalidRequestError,
    "internal-error": errors.ServerError,
    "unavailable": errors.UnavailableError,
    "too-many-connections": errors.UnavailableError,
    "shutting-down": errors.UnavailableError,
    "outcome-unknown": errors.OutcomeUnknownError,
}
# Of the guide, so that a new type is noticed: its status by its last part.
_ROWS = re.compile(r"^\| `/errors/([\w-]+)` \| (\d+)", re.MULTILINE)
STATUSES = {code: int(status) for code, status in _ROWS.findall(text_of("docs/errors.md"))}
