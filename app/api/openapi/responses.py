"""Describe the responses of operations: successes, and errors with an example of each."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from app.api.http import errors
from app.api.http.errors import PROBLEM_JSON, problem_body, status_of
from app.api.openapi.headers import QUOTA
from app.api.openapi.operation import DocumentedResponse, Operation, Shape, published_name, shapes
from app.api.openapi.problem import Problem
from app.dialects.examples import EXAMPLES
from app.domain import errors as domain
from app.domain.accounts.key_terms import ForbiddenError, Scope, TooManyKeysError
from app.domain.accounts.suspension import AccountSuspendedError
from app.domain.errors import RequestError
from app.domain.waterfall.feedback import NothingToReportError

_OWN_HEADERS = {401: ("WWW-Authenticate",), 429: ("Retry-After",), 503: ("Retry-After",)}
_REQUEST = "01a1fffb-5d10-7c2b-9e83-6a5b4c3d2e1f"
_WRONG_DOMAIN = domain.FieldError(
    field="companyDomain", message="'acme': it is no domain such as acme.example, URL or e-mail address of a company"
)
# Bodies where a path serves both dialects.
_UNIONS: dict[tuple[str, ...], str] = {("RunRequest", "JobRequest"): "EnrichBody", ("Run", "Job"): "RunOrJob"}
# One of each, for the examples.
_ERRORS: tuple[RequestError, ...] = (
    domain.InvalidInputError([_WRONG_DOMAIN]),
    errors.MalformedError(),
    domain.UnauthenticatedError(),
    domain.NotEnoughCreditsError(required=6, available=5),
    domain.CapReachedError(
        "the cap of the account of 10 credits a day is reached until 2026-11-22T00:00Z", required=6, available=5
    ),
    ForbiddenError("This key lacks the scope submit; use one that has it.", Scope.SUBMIT),
    AccountSuspendedError("the invoice of October is open"),
    TooManyKeysError(),
    domain.UnknownIdError("run"),
    errors.UnknownRouteError("/errors/none"),
    errors.NotAcceptableError("application/json"),
    domain.IdempotencyInFlightError(),
    domain.AlreadyEndedError("completed"),
    NothingToReportError("the run has found no email, so there is nothing to report about it"),
    domain.TooManyEndpointsError(20),
    domain.EndpointClosedError("The endpoint is disabled; enable it first."),
    domain.PayloadExpungedError(),
    errors.BodyTooLargeError(1048576),
    errors.UnsupportedMediaTypeError("The body must be JSON: send Content-Type: application/json."),
    domain.IdempotencyMismatchError(),
    domain.RecoveryTooOldError(14),
    domain.RateLimitedError(limit=60, window=60, retry_after=31, what="submissions"),
    errors.InternalError(_REQUEST),
    domain.UnavailableError("database"),
    domain.OutcomeUnknownError(),
)


def described(shape: Shape) -> dict[str, Any]:
    """Describe JSON of a shape, with an example of each of its structs."""
    names = [published_name(struct.__name__) for struct in shapes(shape)]
    examples = {name: {"value": EXAMPLES[name]} for name in names if name in EXAMPLES}
    schema = {"$ref": f"#/components/schemas/{union_name(names) if len(names) > 1 else names[0]}"}
    return {"schema": schema} | ({"examples": examples} if examples else {})


def union_name(names: Sequence[str]) -> str:
    """Return the name of a body that is one of several; without it, generators of clients invent one that clashes."""
    return _UNIONS[tuple(names)]


def unions(named: Mapping[str, Any]) -> dict[str, Any]:
    """Describe the bodies that are one of several, by name."""
    return {
        name: {"oneOf": [{"$ref": f"#/components/schemas/{one}"} for one in of]}
        for of, name in _UNIONS.items()
        if set(of) <= set(named)
    }


def responses(operation: Operation) -> dict[str, Any]:
    """Describe every response of an operation, by status; errors by a reference."""
    quota = QUOTA if operation.handler else ()
    written = {str(status): _success(answer, quota) for status, answer in operation.answers.items()}
    return written | {
        str(status): {"$ref": f"#/components/responses/{_error_name(kinds, quota)}"}
        for status, kinds in _errors_of(operation).items()
    }


def error_responses(operations: Sequence[Operation]) -> dict[str, Any]:
    """Describe the errors of all operations, each combination of kinds once, by name."""
    written = {}
    for operation in operations:
        quota = QUOTA if operation.handler else ()
        for status, kinds in _errors_of(operation).items():
            # Unauthenticated responses carry no rate-limit headers.
            own = (*_OWN_HEADERS.get(status, ()), *(() if domain.UnauthenticatedError in kinds else quota))
            written[_error_name(kinds, quota)] = {
                "description": "; ".join(dict.fromkeys(kind.title for kind in kinds)),
                "headers": _headers(("X-Request-Id", *own)),
                "content": {PROBLEM_JSON: described(Problem) | {"examples": _examples(kinds)}},
            }
    return dict(sorted(written.items()))


def _errors_of(operation: Operation) -> dict[int, list[type[RequestError]]]:
    """List the errors of an operation by status, both in order."""
    kinds: list[type[RequestError]] = [*operation.refuses, errors.MalformedError, errors.InternalError]
    if operation.handler:
        kinds += [
            domain.UnauthenticatedError,
            AccountSuspendedError,
            ForbiddenError,
            errors.NotAcceptableError,
            domain.RateLimitedError,
            domain.UnavailableError,
            *([] if operation.method == "GET" else [domain.OutcomeUnknownError]),
        ]
    by_status: dict[int, list[type[RequestError]]] = {}
    for kind in sorted(set(kinds), key=lambda kind: (status_of(kind), kind.__name__)):
        by_status.setdefault(status_of(kind), []).append(kind)
    return by_status


def _error_name(kinds: Sequence[type[RequestError]], quota: tuple[str, ...]) -> str:
    named = "Or".join(kind.__name__.removesuffix("Error") for kind in kinds)
    return named if quota else f"Public{named}"


def _examples(kinds: Sequence[type[RequestError]]) -> dict[str, Any]:
    return {one.code: {"$ref": f"#/components/examples/{one.code}"} for one in _ERRORS if type(one) in kinds}


def error_examples() -> dict[str, Any]:
    """Write a problem document of each kind, by its code."""
    return {
        one.code: {
            "summary": one.title,
            "value": msgspec.json.decode(problem_body(one, path="/api/v1/enrich", request_id=_REQUEST)),
        }
        for one in _ERRORS
    }


def _success(answer: DocumentedResponse, quota: tuple[str, ...]) -> dict[str, Any]:
    written: dict[str, Any] = {
        "description": answer.description,
        "headers": _headers(("X-Request-Id", *answer.headers, *quota)),
    }
    if answer.schema:
        others = {media: {"schema": schema} for media, schema in answer.others}
        written["content"] = {answer.media: described(answer.schema)} | others
    elif answer.content:
        written["content"] = {answer.media: answer.content}
    return written


def _headers(names: tuple[str, ...]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in dict.fromkeys(names)}
