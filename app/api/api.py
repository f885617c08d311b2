"""The ASGI application round the router: the context of a request, its headers, its log line, and its end."""

import asyncio
from http import HTTPMethod, HTTPStatus
from typing import TypeGuard

from litestar import Litestar
from litestar.enums import ScopeType
from litestar.types import (
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
from structlog.contextvars import bind_contextvars, clear_contextvars

from app.api.http.connection_errors import CutOffError, ShuttingDownError
from app.api.http.errors import problem_answer
from app.api.http.rate_limit_headers import rate_limit_headers
from app.api.http.request_context import RequestContext, is_sane
from app.api.request_log import AnsweredRequest, record_request
from app.clock import Clock, SystemClock
from app.services import uuid7

UNROUTED = "(none)"
_SITE = "/app"
_READS = {HTTPMethod.GET, HTTPMethod.HEAD, HTTPMethod.OPTIONS}

_SAFE = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
)
_STRICT = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_NO_STORE = (b"cache-control", b"no-store")


class Api(Litestar):
    """Litestar, with the context, headers and log line of a request wrapped round its router: a 404 has them too."""

    # Litestar has slots; these are ours.
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
        clear_contextvars()
        bind_contextvars(request_id=context.request_id)
        status = 0
        receiving = False

        async def receive_on() -> ReceiveMessage:
            nonlocal receiving
            while True:
                receiving = True
                message = await receive()
                receiving = False
                if message["type"] == "http.disconnect":
                    context.gone = True
                elif status:
                    # Streams listen for the client's end while they are sent, one call deeper for each piece of a body.
                    continue
                return message

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = self._complete(context, list(message["headers"]))
            await send(message)

        try:
            if self.site and (scope["path"] == _SITE or scope["path"].startswith(f"{_SITE}/")):
                await self.site(scope, receive_on, send_on)
            else:
                await super().__call__(scope, receive_on, send_on)
        except asyncio.CancelledError:
            # The process ends. An answer that has begun breaks off; the rest can be asked for again.
            if not status:
                error = ShuttingDownError() if receiving or scope["method"] in _READS else CutOffError()
                answer = problem_answer(error, path=scope["path"], request_id=context.request_id)
                await answer(scope, receive, send_on)
        finally:
            self._record(scope, context, status or HTTPStatus.INTERNAL_SERVER_ERROR, self.clock.monotonic() - began)

    def _request_id(self, scope: HTTPScope) -> str:
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        text = given.decode("latin-1")
        return text if is_sane(text) else str(uuid7(int(self.clock.now().timestamp() * 1000)))

    def _complete(self, context: RequestContext, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        names = {name.lower() for name, _ in headers}
        headers.append((b"x-request-id", context.request_id.encode()))
        headers.extend(_SAFE)
        headers.extend(header for header in (_STRICT, _NO_STORE) if header[0] not in names)
        if context.quotas:
            headers.extend(rate_limit_headers(context.quotas, self.clock.now()))
        return headers

    def _record(self, scope: HTTPScope, context: RequestContext, status: int, seconds: float) -> None:
        answered = AnsweredRequest(
            method=scope["method"],
            route=scope.get("path_template") or UNROUTED,
            status=status,
            ms=round(seconds * 1000, 1),
            key_id=str(context.principal.key_id) if context.principal else None,
            request_id=context.request_id,
        )
        record_request(answered, seconds, self.clock.now())


def _is_http(scope: Scope | LifeSpanScope) -> TypeGuard[HTTPScope]:
    return scope["type"] == ScopeType.HTTP
