"""Reads the key of a request, and lets it in; both spellings of the header are accepted everywhere."""

from app.api.http.dependencies import Dependencies, dependencies_of
from app.api.http.json_body import check_accept
from app.api.http.request_context import AnyRequest, RequestContext, context_of
from app.domain.errors import UnauthenticatedError
from app.usecases.accounts.authenticate import Principal


async def authenticate(dependencies: Dependencies, context: RequestContext, request: AnyRequest) -> Principal:
    """Find out who asks, from ``Authorization: Bearer`` (RFC 6750) or ``X-API-Key``.

    Raises:
        Unauthenticated: No key, two different ones, or one that is not valid.
        Unavailable: When keys cannot be looked up.
    """
    principal = await dependencies.authenticate(presented_key(request))
    context.principal = principal
    return principal


async def admit(request: AnyRequest) -> tuple[Dependencies, Principal]:
    """Let a request in that submits nothing: find out who asks, and take a place of their budget of reads.

    Raises:
        Unauthenticated, NotAcceptable, RateLimited, Unavailable: As their names say.
    """
    dependencies, context = dependencies_of(request.scope), context_of(request.scope)
    principal = await authenticate(dependencies, context, request)
    check_accept(request)
    await dependencies.limits.take_read(context, principal)
    return dependencies, principal


def presented_key(request: AnyRequest) -> str:
    """Read the key from the headers.

    Raises:
        Unauthenticated: There is none, or there are several that differ.
    """
    presented = {_bearer(value) for value in request.headers.getall("authorization", [])}
    presented |= {value.strip() for value in request.headers.getall("x-api-key", [])}
    if len(presented) != 1:
        raise UnauthenticatedError
    return presented.pop()


def _bearer(value: str) -> str:
    scheme, _, key = value.strip().partition(" ")
    # Another scheme counts as another key, so that beside a valid X-API-Key it is refused and not overlooked.
    return key.strip() if scheme.lower() == "bearer" else value
