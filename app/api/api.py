"""The ASGI application round the router: the context of a request, its headers, its log line, and its end."""

import asyncio
from collections.abc import Callable
from http import HTTPMethod, HTTPStatus
from typing import TypeGuard

from litestar import Litestar
from litestar.enums import ScopeType
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
from structlog.contextvars import bind_contextvars

from app.api.http.connection_errors import CutOffError, ShuttingDownError
from app.api.http.dependencies import Dependencies
from app.api.http.errors import MAX_PATH, UnknownRouteError, problem_answer
from app.api.http.rate_limit_headers import rate_limit_headers
from app.api.http.request_context import RequestContext, is_sane
from app.api.request_log import AnsweredRequest, record_request
from app.clock import Clock, SystemClock
from app.domain.accounts.client_address import client_address
from app.services import uuid7

UNROUTED = "(none)"
_SITE = "/app"
# Kept in memory, so that they cost next to nothing.
_FILES = f"{_SITE}/static/"
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

    async def __call__(
        self, scope: Scope | LifeSpanScope, receive: Receive | LifeSpanReceive, send: Send | LifeSpanSend
    ) -> None:
        """Answer one request, or run the lifespan."""
        if _is_http(scope):
            await self._answer(scope, receive, send)  # type: ignore[arg-type]
        else:
            await super().__call__(scope, receive, send)

    async def _answer(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        began = self.clock.monotonic()
        context = RequestContext(self._request_id(scope))
        scope.setdefault("state", {})["context"] = context
        bind_contextvars(request_id=context.request_id)
        receiving = False

        async def receive_on() -> ReceiveMessage:
            nonlocal receiving
            while True:
                receiving = True
                message = await receive()
                receiving = False
                if message["type"] == "http.disconnect":
                    context.gone = True
                elif context.status:
                    # Streams listen for the client's end while they are sent, one call deeper for each piece of a body.
                    continue
                return message

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                context.status = message["status"]
                message["headers"] = self._complete(context, list(message["headers"]))
            await send(message)

        try:
            await self._serve(scope, receive_on, send_on)
        except asyncio.CancelledError:
            # The process ends. An answer that has begun breaks off; the rest can be asked for again.
            if not context.status:
                unsubmitted = receiving or context.reads_body or scope["method"] in _READS
                error = ShuttingDownError() if unsubmitted else CutOffError()
                answer = problem_answer(error, path=scope["path"], request_id=context.request_id)
                await answer(scope, receive, send_on)
        finally:
            context.end()
            self._record(scope, context, self.clock.monotonic() - began)

    async def _serve(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if len(path) > MAX_PATH:
            request_id = scope["state"]["context"].request_id
            await problem_answer(UnknownRouteError(path), path=path, request_id=request_id)(scope, receive, send)
        elif self.site and (path == _SITE or path.startswith(f"{_SITE}/")):
            if not path.startswith(_FILES):
                await self._begin(scope)
            await self.site(scope, receive, send)
        else:
            await self._route(scope, receive, send)

    async def _route(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        """Answer by the handler of the path; an error that comes after an answer has begun breaks it off."""
        try:
            await super().__call__(scope, receive, send)
        except Exception as error:
            if scope["state"]["context"].status:
                raise
            await self.fail(scope, error)(scope, receive, send)

    async def _begin(self, scope: HTTPScope) -> None:
        """Wait until a page may begin."""
        dependencies: Dependencies = self.state.dependencies
        forwarded = ",".join(value.decode("latin-1") for name, value in scope["headers"] if name == _FORWARDED)
        peer = scope["client"][0] if scope["client"] else ""
        await dependencies.beginnings.wait(client_address(peer, forwarded, dependencies.trusted_proxies))

    def _request_id(self, scope: HTTPScope) -> str:
        for name, value in scope["headers"]:
            if name == b"x-request-id":
                text = value.decode("latin-1")
                if is_sane(text):
                    return text
                break
        return str(uuid7(int(self.clock.now().timestamp() * 1000)))

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


def _is_http(scope: Scope | LifeSpanScope) -> TypeGuard[HTTPScope]:
    return scope["type"] == ScopeType.HTTP
