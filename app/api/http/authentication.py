"""Authenticate a request by its key, from ``Authorization: Bearer`` (RFC 6750) or ``X-API-Key``."""

import msgspec

from app.api.http.dependencies import Dependencies, dependencies_of
from app.api.http.request_context import AnyRequest, RequestContext, context_of
from app.domain.accounts.audit import Actor, ActorKind
from app.domain.accounts.client_address import client_address
from app.domain.accounts.owner import Owner
from app.domain.accounts.suspension import AccountSuspendedError
from app.domain.errors import UnauthenticatedError
from app.usecases.accounts.authenticate import Principal
from app.usecases.audit.note import acting


class TwoKeysError(UnauthenticatedError):
    """The headers hold two different keys."""

    reason = "Two different keys were sent; send one, as Authorization: Bearer <key> or as X-API-Key: <key>."


class AuthenticatedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request whose key is valid, and what its handler works with.

    Attributes:
        http: Headers, query, path and body.
        address: Of the client.
    """

    http: AnyRequest
    dependencies: Dependencies
    context: RequestContext
    principal: Principal
    address: str

    @property
    def owner(self) -> Owner:
        """The owner of the data that the key sees and changes: its account in its mode."""
        return self.principal.owner

    @property
    def operation(self) -> str:
        """Method and path of the operation, such as ``GET /api/v1/enrich/{run_id}``; idempotency is kept by it."""
        return f"{self.http.method} {self.http.scope['path_template']}"


async def authenticate(request: AnyRequest) -> AuthenticatedRequest:
    """Look up the key of a request.

    Raises:
        UnauthenticatedError: No key, two different ones, or one that is not valid.
        RateLimitedError: The client's address has failed too often.
        AccountSuspendedError: An operator has suspended the account.
        UnavailableError: Keys cannot be looked up.
    """
    dependencies, context = dependencies_of(request.scope), context_of(request.scope)
    client = request.scope["client"]
    address = client_address(
        client[0] if client else "",
        ",".join(request.headers.getall("x-forwarded-for")),
        dependencies.trusted_proxies,
    )
    try:
        key = presented_key(request)
    except UnauthenticatedError:
        dependencies.authenticate.fail(address)
        raise
    context.principal = principal = await dependencies.authenticate(key, address)
    acting.set(Actor(ActorKind.KEY, principal.key_id))
    if principal.suspension is not None:
        raise AccountSuspendedError(principal.suspension)
    return AuthenticatedRequest(
        http=request, dependencies=dependencies, context=context, principal=principal, address=address
    )


def presented_key(request: AnyRequest) -> str:
    """Read the key from the headers.

    Raises:
        UnauthenticatedError: There is none, or there are several that differ.
    """
    presented = {_bearer(value) for value in request.headers.getall("authorization")}
    presented.update(value.strip() for value in request.headers.getall("x-api-key"))
    if len(presented) > 1:
        raise TwoKeysError
    return presented.pop() if presented else ""


def _bearer(value: str) -> str:
    scheme, _, key = value.strip().partition(" ")
    # Another scheme counts as another key, so that it is refused together with a valid X-API-Key, not overlooked.
    return key.strip() if scheme.lower() == "bearer" else value
