"""POST /mcp: assistants call the tools of the Python client over streamable HTTP (MCP 2025-11-25 and 2026-07-28).

The tools ask this API, within this process and with the key of the request (docs/adr/0015-assistants.md). Each request
stands for itself, so any process may answer it.
"""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from functools import cache
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import structlog
from litestar.types import ASGIApp, Receive, ReceiveMessage, Scope, Send

from app.api.http.authentication import AuthenticatedRequest, authenticate, presented_key
from app.api.http.errors import UnknownRouteError
from app.api.http.json_body import check_media_type, parsed, read_body
from app.api.http.request_context import AnyRequest
from app.api.openapi.operation import public_operation
from app.domain.accounts import key_terms
from app.domain.accounts.key_terms import ForbiddenError
from app.domain.errors import FieldError, InvalidInputError

CALL_TOOL = "tools/call"
_MAX_ID = 200
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_PACKAGE = "leadrun_mcp"

log = structlog.get_logger()

Answering = Callable[..., Awaitable[None]]


class NoAssistantsError(UnknownRouteError):
    """The package that serves assistants is not installed."""

    def __init__(self, path: str) -> None:
        """Name the package to install."""
        super().__init__(path)
        self.message = f"Nothing is served at {path}: the operator has to install leadrun-client[mcp] next to leadrun."


@public_operation("POST", "/mcp")
async def mcp(request: AnyRequest) -> ASGIApp:
    """Answer an assistant.

    It takes a slot of the key's reads; what a tool asks for takes slots and scopes as if it were asked directly.
    """
    known = await authenticate(request)
    _check_origin(known)
    limits = known.dependencies.limits
    limits.check_refusals(known.principal)
    known.principal.terms.check(_scope(known), known.address)
    await limits.take_read(known.context, known.principal)
    check_media_type(request)
    body = await read_body(request)
    # Strictly, as everywhere: what two parsers could read differently is refused.
    message = await parsed(request, body)
    _check_id(message.get("id"))
    answer = await _answering(request)
    if message.get("method") == CALL_TOOL:
        known.context.at_end.append(await known.dependencies.places.tool_call(known.principal.account_id))
    return _served(known, answer, body)


def _check_id(given: object) -> None:
    """Refuse an id of a message that nobody would read; the answer repeats it (JSON-RPC 2.0, section 5)."""
    if isinstance(given, str) and len(given) > _MAX_ID:
        raise InvalidInputError([FieldError(field="id", message=f"must be at most {_MAX_ID} characters long")])


def _scope(known: AuthenticatedRequest) -> key_terms.Scope:
    """Return the scope that a key needs here: `read`, or `submit` where it has only that; tools check their own."""
    wanted = (key_terms.Scope.READ, key_terms.Scope.SUBMIT)
    return next((scope for scope in wanted if scope in known.principal.terms.scopes), key_terms.Scope.READ)


def _check_origin(known: AuthenticatedRequest) -> None:
    """Refuse pages of strangers, against DNS rebinding (MCP 2025-11-25, "Security Warning" of streamable HTTP).

    Programs send no `Origin`. `Host` proves nothing, for a name that was bound again stands there as well.
    """
    public = known.dependencies.services.settings.public_url
    for given in known.http.headers.getall("origin"):
        if not _is_ours(given, public):
            raise ForbiddenError(
                "Pages of other sites may not use this; set LEADRUN_PUBLIC_URL to this site's address."
            )


def _is_ours(origin: str, public_url: str | None) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    if public_url:
        ours = urlsplit(public_url)
        return (parts.scheme, parts.netloc.lower()) == (ours.scheme, ours.netloc.lower())
    return parts.scheme in {"http", "https"} and parts.hostname in _LOOPBACK


async def _answering(request: AnyRequest) -> Answering:
    """Import what answers, at the first request: the SDK takes a second and 60 MB, which most processes never need.

    Raises:
        NoAssistantsError: It is not installed.
    """
    try:
        return await asyncio.to_thread(_imported)
    except ModuleNotFoundError as error:
        log.warning("mcp.not_installed", missing=error.name)
        raise NoAssistantsError(request.scope["path"]) from error


@cache
def _imported() -> Answering:
    answer: Answering = import_module(f"{_PACKAGE}.http").answer
    # A look of the collector through all of this would hold everybody up for half a tenth of a second each time.
    gc.freeze()
    return answer


def _served(known: AuthenticatedRequest, answer: Answering, body: bytes) -> ASGIApp:
    """Serve a request whose body has been read."""
    named = [(b"x-request-id", known.context.request_id.encode())]
    # Our proxies' word about the client's address counts for what is asked for its sake, too.
    forwarded = [header for header in known.http.scope["headers"] if header[0] == b"x-forwarded-for"]

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        left = [body]

        async def replay() -> ReceiveMessage:
            if left:
                return {"type": "http.request", "body": left.pop(), "more_body": False}
            return await receive()

        api: Any = known.http.scope["app"]
        await answer(
            scope,
            replay,
            send,
            api=api,
            api_key=presented_key(known.http),
            headers=[*named, *forwarded],
            ends=known.dependencies.stopping.is_set,
        )

    return serve
