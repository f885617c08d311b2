"""The ASGI application round the router: the context of a request, its headers, its log line, and its end."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from http import HTTPMethod, HTTPStatus
from typing import Any, TypeGuard

from litestar import Litestar
from litestar._asgi.utils import is_valid_host
from litestar.enums import ScopeType
from litestar.exceptions import ClientException
from litestar.types import (
    ASGIApp,
    HTTPScope,
    LifeSpanReceive,
    LifeSpanScope,
    LifeSpanSend,
    Message,
    Receive,
    ReceiveMessage,
    Scope,
    Send,
)
from litestar.utils import normalize_path
from structlog.contextvars import bind_contextvars

from app.api.http.connection_errors import ENDED_BEFORE, CutOffError, ShuttingDownError
from app.api.http.dependencies import Dependencies
from app.api.http.errors import MAX_PATH, UnknownRouteError, problem_answer
from app.api.http.rate_limit_headers import rate_limit_headers
from app.api.http.request_context import RequestContext, RequestHeaders, context_of, is_sane
from app.api.request_log import AnsweredRequest, record_request
from app.clock import Clock, SystemClock
from app.domain.accounts.client_address import client_address
from app.services import uuid7_text

UNROUTED = "(none)"
_SITE = "/app"
# Kept in memory, so that they cost next to nothing.
_BELOW_SITE, _FILES = f"{_SITE}/", f"{_SITE}/static/"
_FORWARDED = b"x-forwarded-for"
_READS = {HTTPMethod.GET, HTTPMethod.HEAD, HTTPMethod.OPTIONS}

_SAFE = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
)
# Of answers that have none of their own.
_USUAL = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)
_USUAL_NAMES = frozenset(name for name, _ in _USUAL)


class Api(Litestar):
    """Litestar, with the context, headers and log line of a request wrapped round its router: a 404 has them too."""

    # Litestar has slots; these are ours.
    fail: Callable[[HTTPScope, Exception], ASGIApp]  # answers for an error that nothing else has answered
    clock: Clock = SystemClock()
    stopping: asyncio.Event
    site: Litestar | None = None  # serves the paths below `/app`

    def __call__(
        self, scope: Scope | LifeSpanScope, receive: Receive | LifeSpanReceive, send: Send | LifeSpanSend
    ) -> Coroutine[Any, Any, None]:
        """Answer one request, or run the lifespan."""
        if _is_http(scope):
            return self._answer(scope, receive, send)  # type: ignore[arg-type]
        return super().__call__(scope, receive, send)

    async def _answer(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        began = self.clock.monotonic()
        headers = RequestHeaders(scope["headers"])
        context = RequestContext(self._request_id(headers), headers)
        scope.setdefault("state", {})["context"] = context
        bind_contextvars(request_id=context.request_id)
        receive_on = _Receiver(context, receive)

        def send_on(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                context.status = message["status"]
                message["headers"] = self._complete(context, list(message["headers"]))
            return send(message)

        try:
            if ENDED_BEFORE in scope["state"]:
                await _cut_off(scope, context, receiving=True)(scope, receive, send_on)
            elif self.site and self._is_page(scope["path"]):
                await self._show(self.site, scope, receive_on, send_on)
            else:
                # An error that comes after an answer has begun breaks it off.
                try:
                    await self._routed(scope)(scope, receive_on, send_on)
                except Exception as failure:
                    if context.status:
                        raise
                    await self.fail(scope, failure)(scope, receive_on, send_on)
        except asyncio.CancelledError:
            # The process ends. An answer that has begun breaks off; the rest can be asked for again.
            if not context.status:
                await _cut_off(scope, context, receiving=receive_on.waits)(scope, receive, send_on)
        finally:
            context.end()
            self._record(scope, context, self.clock.monotonic() - began)

    @staticmethod
    def _is_page(path: str) -> bool:
        return len(path) <= MAX_PATH and (path == _SITE or path.startswith(_BELOW_SITE))

    async def _show(self, site: Litestar, scope: HTTPScope, receive: Receive, send: Send) -> None:
        if not scope["path"].startswith(_FILES):
            await self._begin(scope)
        await site(scope, receive, send)

    def _routed(self, scope: HTTPScope) -> ASGIApp:
        """Find the handler of a path in Litestar's routes.

        Its own calls round them prepare layers for errors and hooks, which are ours here, and are resumed after each
        wait of each request.

        Raises:
            HTTPException: There is no such path, or the name of the host is none.
        """
        path, context = scope["path"], context_of(scope)
        if len(path) > MAX_PATH:
            return problem_answer(UnknownRouteError(path), path=path, request_id=context.request_id)
        scope["app"] = scope["litestar_app"] = self
        host = context.headers.get("host")
        if host and not is_valid_host(host.encode("latin-1")):
            raise ClientException("Invalid host header")
        asgi_app, scope["route_handler"], scope["path"], scope["path_params"], scope["path_template"] = (
            self.asgi_router.handle_routing(path=normalize_path(path), method=scope["method"])
        )
        return asgi_app

    async def _begin(self, scope: HTTPScope) -> None:
        """Wait until a page may begin."""
        dependencies: Dependencies = self.state.dependencies
        forwarded = ",".join(value.decode("latin-1") for name, value in scope["headers"] if name == _FORWARDED)
        peer = scope["client"][0] if scope["client"] else ""
        await dependencies.beginnings.wait(client_address(peer, forwarded, dependencies.trusted_proxies))

    def _request_id(self, headers: RequestHeaders) -> str:
        given = headers.get("x-request-id")
        if given and is_sane(given):
            return given
        return uuid7_text(int(self.clock.now().timestamp() * 1000))

    def _complete(self, context: RequestContext, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        own = dict(headers)
        headers.append((b"x-request-id", context.request_id.encode()))
        headers += _SAFE
        headers += _USUAL if own.keys().isdisjoint(_USUAL_NAMES) else [one for one in _USUAL if one[0] not in own]
        if context.quotas:
            headers += rate_limit_headers(context.quotas, self.clock.now())
        return headers

    def _record(self, scope: HTTPScope, context: RequestContext, seconds: float) -> None:
        answered = AnsweredRequest(
            method=scope["method"],
            route=scope.get("path_template") or UNROUTED,
            status=context.status or HTTPStatus.INTERNAL_SERVER_ERROR,
            ms=round(seconds * 1000, 1),
            key_id=context.principal.key_id if context.principal else None,
            request_id=context.request_id,
            timestamp=self.clock.now(),
        )
        record_request(answered, seconds)


class _Receiver:
    """Receives for a request, and notes whether it waits for the client, and whether that is gone."""

    __slots__ = ("_context", "_receive", "waits")

    def __init__(self, context: RequestContext, receive: Receive) -> None:
        self._context, self._receive = context, receive
        self.waits = False

    async def __call__(self) -> ReceiveMessage:
        while True:
            self.waits = True
            message = await self._receive()
            self.waits = False
            if message["type"] == "http.disconnect":
                self._context.gone = True
            elif self._context.status:
                # Streams listen for the client's end while they are sent, one call deeper for each piece of a body.
                continue
            return message


def _cut_off(scope: HTTPScope, context: RequestContext, *, receiving: bool) -> ASGIApp:
    unsubmitted = receiving or context.reads_body or scope["method"] in _READS
    error = ShuttingDownError() if unsubmitted else CutOffError()
    return problem_answer(error, path=scope["path"], request_id=context.request_id)


def _is_http(scope: Scope | LifeSpanScope) -> TypeGuard[HTTPScope]:
    return scope["type"] == ScopeType.HTTP
